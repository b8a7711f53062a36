"""Faults in what a loop hands on, and in mistakes of order: brackets, axes, rows, transforms."""

from fault_list.gradient_folders import LOCALISATION, PATCHES, TAPE
from fault_list.record import Fault

CARRIED = "tests/diagnosis/test_check_carried.py"
LACKS = (f"{CARRIED}::test_a_state_that_lacks_a_path_is_told_where_it_is_handed_on",)
ROUNDS = (f"{CARRIED}::test_what_a_number_of_a_loop_lacks_is_told_by_all_rounds",)
ZERO = (f"{CARRIED}::test_a_sum_that_is_not_set_to_zero_again_is_told",)
SISTER = (f"{CARRIED}::test_the_slope_of_a_sisters_logarithm_is_missing",)
GATHERED = "tests/diagnosis/test_check_gathered.py"
FALSE = "tests/diagnosis/test_check_false_names.py"
NAMES = "tests/cli/test_check_arguments.py"
ORDERS = "tests/diagnosis/test_patches_of_orders.py"
TOLD = f"{ORDERS}::test_what_is_done_in_another_order_is_told"

FAULTS = (
    Fault(
        "a loop hands on as many values as the forward pass has rounds",
        f"{LOCALISATION}/oracles.py",
        ", *_with_one_left(site, loop)):",
        "):",
        LACKS,
    ),
    Fault(
        "numbers of a loop have no derivative that is known",
        f"{LOCALISATION}/meant.py",
        "np.size(best.new) < 2 and len(best.site) == 1",
        "np.size(best.new) < 2",
        ROUNDS,
    ),
    Fault(
        "a factor of one round is one of all",
        f"{LOCALISATION}/repair_findings.py",
        'if best.change.kind != "unknown" or len(best.site) == 1:',
        "if True:",
        (f"{CARRIED}::test_a_factor_of_one_round_is_not_told_of_a_loop",),
    ),
    Fault(
        "no sum is set to zero again",
        f"{PATCHES}/patches.py",
        "if isinstance(statement, ast.For | ast.While):",
        "if isinstance(statement, ast.While):",
        ZERO,
    ),
    Fault(
        "entries have no sisters",
        f"{PATCHES}/patches_of_namesakes.py",
        "if isinstance(slot.holder, ast.Dict):",
        "if isinstance(slot.holder, ast.Set):",
        SISTER,
    ),
    Fault(
        "an entry has its sister's key",
        f"{PATCHES}/patches_of_namesakes.py",
        "{**meant, other: target}",
        "meant",
        SISTER,
    ),
    Fault(
        "brackets make no difference",
        f"{PATCHES}/patches_of_brackets.py",
        "return any(sums) and any(products)",
        "return False",
        (f"{TOLD}[brackets that are missing]",),
    ),
    Fault(
        "each row has a weight of its own only in sums over all",
        f"{PATCHES}/patches_of_broadcasts.py",
        '_SUMS = ("sum", "mean", "cumsum", "average")',
        '_SUMS = ("nansum",)',
        (f"{TOLD}[rows without their weights]",),
    ),
    Fault(
        "nothing is put in an order that stands elsewhere",
        f"{PATCHES}/patches_of_orders.py",
        "if axes <= len(shape) and arrays:",
        "if axes < len(shape) and arrays:",
        (f"{TOLD}[an order that is missing]",),
    ),
    Fault(
        "a new axis stands where it stands",
        f"{PATCHES}/patches_of_directions.py",
        'if not named and {*map(_axis, pair)} != {"old", "new"}:',
        "if not named:",
        (f"{TOLD}[axes of a column and a row]",),
    ),
    Fault(
        "a vector of parts is wrong as a whole",
        f"{LOCALISATION}/gathered.py",
        "if len(off) != 1:",
        "if len(off) != 9:",
        (f"{GATHERED}::test_the_part_of_a_vector_that_is_wrong_is_told_where_it_is_made",),
    ),
    Fault(
        "complex numbers on the way are taken for real ones",
        "diagnosis/gradient_trials/suspects.py",
        " and not np.iscomplexobj(value):",
        ":",
        ("tests/diagnosis/test_given_data.py::test_complex_numbers_on_the_way_make_no_noise",),
    ),
    Fault(
        "the second factor of a cross product is pulled back like the first",
        f"{TAPE}/product_rules.py",
        "np.cross(g, a, axis=along)",
        "np.cross(a, g, axis=along)",
        ("tests/diagnosis/test_tape.py",),
    ),
    Fault(
        "what one end of a bond gets the other does not lose",
        f"{PATCHES}/patches.py",
        "elif isinstance(statement, ast.AugAssign):",
        "elif isinstance(statement, ast.If):",
        (f"{TOLD}[what the other end of a bond gets]",),
    ),
    Fault(
        "a filter that goes back turns only what it is given",
        f"{PATCHES}/patches_of_orders.py",
        'read(f"{text}[{index}]")',
        "read(text)",
        (f"{TOLD}[a filter that goes back]",),
    ),
    Fault(
        "a factor is missing only where the function does not have it",
        f"{PATCHES}/patches_of_likeness.py",
        "again = _others(factors, known, ast.unparse(slot.statement)) if slot.is_whole else ()",
        "again = ()",
        (f"{TOLD}[a factor that the cost has once more]",),
    ),
    Fault(
        "what gets another name has no factor that is a number",
        f"{PATCHES}/patches_of_likeness.py",
        "for each in formulas if copied or not",
        "for each in formulas if not",
        (f"{TOLD}[a factor of what only gets another name]",),
    ),
    Fault(
        "a loop ends where it ends",
        f"{PATCHES}/patches.py",
        "isinstance(statement, ast.Break | ast.Continue)",
        "isinstance(statement, ast.Pass)",
        (f"{TOLD}[a loop that ends where a round does]",),
    ),
    Fault(
        "what is put in a shape is a count",
        f"{LOCALISATION}/counts.py",
        "return not used and all(",
        'return "shape" in statement.text or all(',
        (f"{FALSE}::test_what_is_put_in_a_shape_is_no_count",),
    ),
    Fault(
        "a factor of a part of a gradient is no factor",
        f"{LOCALISATION}/repair.py",
        "        if partly:  #",
        "        if not off.size:  #",
        (f"{FALSE}::test_what_is_put_in_a_shape_is_no_count",),
    ),
    Fault(
        "a gradient that is multiplied with a forward value is a slope",
        f"{LOCALISATION}/names.py",
        "or not others or factors[0].place",
        "or factors[0].place",
        (f"{FALSE}::test_a_gradient_that_is_multiplied_with_a_forward_value_is_no_slope",),
    ),
    Fault(
        "no rows are masked behind a number",
        f"{PATCHES}/patches.py",
        "        yield from broadcasts.masked_rows(body, at, statement, known)\n",
        "",
        (f"{FALSE}::test_a_mask_of_rows_is_missing_before_the_gradient_forks",),
    ),
    Fault(
        "what a function is given is as much too large as what it gives",
        f"{LOCALISATION}/repair_findings.py",
        "(added or _is_of_whole(shop, best, factor or -1.0))",
        "True",
        (f"{FALSE}::test_a_factor_within_a_function_is_none_of_the_gradient",),
    ),
    Fault(
        "a loss that is called after CLIP clips",
        "cli/check_names.py",
        "(?!.*(?:loss|cost)).*clip.*",
        ".*clip.*",
        (f"{NAMES}::test_what_clips_is_a_helper_and_a_loss_of_that_name_is_none",),
    ),
    Fault(
        "a zero is what is meant",
        f"{PATCHES}/patches_of_held.py",
        "    yield from _for_zero(slot, known)\n",
        "",
        (f"{TOLD}[a zero for what nothing reads]",),
    ),
    Fault(
        "what nothing is known of is as many bugs as arrays",
        "cli/check_view.py",
        "bugs = bugs_of(report.findings)",
        "bugs = list(report.findings)",
        ("tests/cli/test_check.py::test_what_nothing_is_known_of_is_one_bug_as_the_headline_says",),
    ),
    Fault(
        "no transform is taken for its inverse",
        f"{PATCHES}/patches_of_choices.py",
        '("fft", "fft2",',
        '("fft2",',
        (f"{TOLD}[the other transform]",),
    ),
)
