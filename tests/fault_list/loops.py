"""Faults in what is told of programs that go example by example, and of lost numbers."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_loops.py"
CALLS = (f"{TESTS}::test_what_each_call_lacks_is_named_where_it_is_called",)
TOGETHER = (f"{TESTS}::test_what_comes_from_above_and_from_the_step_behind_is_missing_together",)
NUMBERS = f"{TESTS}::test_a_fault_among_many_numbers_is_named"
NUMBER = "tests/diagnosis/test_check_lost_numbers.py"
LOST = f"{NUMBER}::test_a_lost_number_is_missing_where_the_value_is_not_what_it_is_called"
UPDATES = f"{TESTS}::test_the_update_that_a_gradient_lacks_is_told_beside_another"
WRITTEN = (f"{TESTS}::test_what_a_function_writes_lacks_no_update",)
LIKELY = (f"{TESTS}::test_what_is_hardly_written_by_mistake_costs_more",)
AGAIN = (f"{TESTS}::test_what_is_exactly_a_value_of_the_forward_pass_is_right",)  # in either way

FAULTS = (
    Fault(
        "one of many numbers is told to be a multiple of all of them",
        f"{LOCALISATION}/matching.py",
        "if value.size == 1 and len(self._rows[1]) > _MANY:",
        "if False:",
        (f"{TESTS}::test_of_many_numbers_only_whole_multiples_are_told",),
    ),
    Fault(
        "parts of a number are not told",
        f"{LOCALISATION}/matching.py",
        "ratios = np.maximum(sizes, 1 / sizes)",
        "ratios = sizes",
        (f"{TESTS}::test_of_many_numbers_only_whole_multiples_are_told",),
    ),
    Fault(
        "what calls return is not looked at apart",
        f"{LOCALISATION}/oracles.py",
        "for part in (site, shop.returned(site)):",
        "for part in (site,):",
        CALLS,
    ),
    Fault(
        "a function is to blame for what its caller leaves out",
        f"{LOCALISATION}/names.py",
        'if best.change.kind == "unknown" and _is_returned(shop, best, site):',
        "if False:",
        CALLS,
    ),
    Fault(
        "what is found first is lost where the time is too short for more",
        f"{LOCALISATION}/repair.py",
        "return best if shorter else other",
        "return other",
        (f"{TESTS}::test_what_is_found_first_is_kept_where_the_time_ends",),
    ),
    Fault(
        "only one variable that nothing reads is missing",
        f"{PATCHES}/patches_of_products.py",
        "    yield from _times_sum(slot, known)\n",
        "",
        TOGETHER,
    ),
    Fault(
        "gradients have short names",
        f"{PATCHES}/around.py",
        " or _is_d_of(name, known)",
        "",
        TOGETHER,
    ),
    Fault(
        "what is a little wrong is right with any patch",
        f"{GRADIENTS}/patchable.py",
        "within = max(_EXACT, min([exact, *(_LESS * error for error in errors)]))",
        "within = RIGHT + 0 * sum(errors)",
        (f"{NUMBERS}[digits]",),
    ),
    Fault(
        "a number in a sum lacks no array",
        f"{PATCHES}/patches_of_statements.py",
        "number = operation and slot.is_term and known.is_number(slot.node)",
        "number = False",
        (f"{TESTS}::test_an_array_that_a_term_lacks_is_offered",),
    ),
    Fault(
        "texts are compared the wrong way round as often as numbers",
        f"{PATCHES}/patches_of_formulas.py",
        "_OF_TEXT = 1.05",
        "_OF_TEXT = 1.0",
        LIKELY,
    ),
    Fault(
        "a part of the parameters lacks a number as often as a formula does",
        f"{PATCHES}/patches_of_constants.py",
        "_ALIAS = 0.02",
        "_ALIAS = 0.0",
        LIKELY,
    ),
    Fault(
        "what an entry's gradient is kept under is a gradient",
        f"{PATCHES}/around.py",
        "if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):",
        "if isinstance(node, ast.Name):",
        LIKELY,
    ),
    Fault(
        "an array is missing beside 2 as often as beside 1",
        f"{PATCHES}/patches_of_statements.py",
        "_BESIDE_NUMBER = 0.2",
        "_BESIDE_NUMBER = 0.0",
        LIKELY,
    ),
    Fault(
        "a minus of an axis is a sign",
        f"{PATCHES}/patches_of_formulas.py",
        "kinds, factor = OF_AXIS, None",
        "pass",
        (f"{TESTS}::test_a_minus_of_an_axis_is_no_sign",),
    ),
    Fault(
        "what a loop takes apart is no gradient",
        f"{PATCHES}/around.py",
        "ast.Assign | ast.AugAssign | ast.For):",
        "ast.Assign | ast.AugAssign):",
        (f"{UPDATES}[sums]",),
    ),
    Fault(
        "no gradient lacks all its updates",
        f"{PATCHES}/patches_of_updates.py",
        "others = [each for each in _unwritten(sort[1], own, known) if each != own] if own else []",
        "others = []",
        (f"{UPDATES}[products]",),
    ),
    Fault(
        "an entry that is written with its whole key is missing",
        f"{PATCHES}/patches_of_updates.py",
        'if not all(f"{each}{end}" in whole for end in ends)',
        "if ends",
        WRITTEN,
    ),
    Fault(
        "entries whose keys begin like others are missing",
        f"{PATCHES}/patches_of_updates.py",
        "for each in found - begun",
        "for each in found",
        WRITTEN,
    ),
    Fault(
        "a part of what is returned is looked at, and not all of it",
        f"{LOCALISATION}/names.py",
        "behind = there and later.place[2] > step.place[2]",
        "behind = False",
        (f"{NUMBER}::test_what_a_statement_gives_is_what_its_last_operation_gives",),
    ),
    Fault(
        "what is called like a derivative, and is not, is right as it stands",
        f"{LOCALISATION}/names.py",
        " and not _is_called_otherwise(shop, best):",
        ":",
        (f"{LOST}[called]",),
    ),
    Fault(
        "entries are called like nothing",
        f"{LOCALISATION}/namesakes.py",
        'frozenset(map(_bare, target_of(step).split(", ")))',
        'frozenset(target_of(step).split(", "))',
        (f"{LOST}[called]",),
    ),
    Fault(
        "a number that is computed is as unlikely to be missing as any other",
        f"{LOCALISATION}/repair_findings.py",
        "        more = _COMPUTED\n",
        "        more = _FREE\n",
        (f"{LOST}[computed]",),
    ),
    Fault(
        "the first call is to blame for what is wrong in all of them",
        f"{LOCALISATION}/names.py",
        "and len({each.place[3][:1] for each in best.site} - {()}) == 1",
        "and step.place[3]",
        (f"{NUMBER}::test_a_helper_that_is_wrong_in_every_call_is_to_blame_itself",),
    ),
    Fault(
        "operations that give what the forward pass has given are as likely as others",
        f"{LOCALISATION}/repair.py",
        "counts[at] -= shop.is_of_forward(repair.site[0])",
        "counts[at] -= 0",
        AGAIN,
    ),
    Fault(
        "what the forward pass has given may be wrong when it is computed again",
        f"{PATCHES}/patching.py",
        "formed or given else",
        "formed else",
        AGAIN,
    ),
)
