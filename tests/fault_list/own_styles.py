"""Faults in what is offered to programs of many styles."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES, VERDICT
from fault_list.record import Fault

CHOICES = "tests/diagnosis/test_check_choices.py"
TESTS = "tests/diagnosis/test_check_own_styles.py"
TOLD = "tests/diagnosis/test_check_told.py"
NUMBER = f"{TESTS}::test_a_term_that_is_missing_so_many_times_is_found_with_its_number"
TERM = (f"{NUMBER}[term-of-a-count]",)
ZERO = (f"{NUMBER}[slope-of-zero]",)


def offered(name: str) -> tuple[str, ...]:
    """Return the test that sees what a program of the list is offered."""
    return (f"{TESTS}::test_what_is_meant_is_offered_and_mends_everything[{name}]",)


def chosen(*names: str) -> tuple[str, ...]:
    """Return the tests that see mistakes of habit."""
    test = f"{CHOICES}::test_the_mistake_is_told_with_what_is_meant"
    return tuple(f"{test}[{name}]" for name in names)


FAULTS = (
    Fault(
        "terms are missing once, or not at all",
        f"{PATCHES}/patching.py",
        "best = fitted_term(backward, offer.known, given, left) or best",
        "pass",
        TERM,
    ),
    Fault(
        "what is missing is as much as there is",
        f"{PATCHES}/fitted_terms.py",
        "change, lacking = trial.numbers - own, right - own",
        "change, lacking = trial.numbers - own, right",
        TERM,
    ),
    Fault(
        "numbers without a name are told before those with one",
        f"{PATCHES}/fitted_terms.py",
        "return named or whole",
        "return whole",
        ZERO,
    ),
    Fault(
        "a term that stands for zero is added to it",
        f"{PATCHES}/fitted_terms.py",
        "return _Term(None if isinstance(old, ast.Constant) and not old.value else left, right)",
        "return _Term(left, right)",
        ZERO,
    ),
    Fault(
        "nothing is divided in a fitted term",
        f"{PATCHES}/fitted_terms.py",
        '(ast.Div(), "{1} / {0}"), ',
        "",
        TERM,
    ),
    Fault(
        "settings of a file are no factors",
        f"{PATCHES}/patches_of_statements.py",
        "for name in known.settings:",
        "for name in ():",
        offered("setting"),
    ),
    Fault(
        "what is handed to a call is never divided",
        f"{PATCHES}/patches_of_statements.py",
        "if chosen or handed or (term and not number):",
        "if chosen or (term and not number):",
        offered("count-of-a-scatter"),
    ),
    Fault(
        "the slope of the logistic function is not known",
        f"{PATCHES}/patches_of_slopes.py",
        "            same = next((each for each in rest if ast.unparse(each) == text), None)",
        "            same = None",
        offered("tangent"),
    ),
    Fault(
        "the slope of the tangent is not known",
        f"{PATCHES}/patches_of_slopes.py",
        "            return 1, value, rest",
        "            return None",
        offered("logistic"),
    ),
    Fault(
        "the slope of the rectifier is not known",
        f"{PATCHES}/patches_of_slopes.py",
        "            return 2, value, rest",
        "            return None",
        offered("rectifier"),
    ),
    Fault(
        "nobody chooses a slope of one",
        f"{PATCHES}/patches_of_slopes.py",
        'if slot.name == "args" and slot.at:',
        "if False:",
        offered("one"),
    ),
    Fault(
        "lists are in order",
        f"{PATCHES}/patches_of_parts.py",
        "others[one], others[two] = others[two], others[one]",
        "others[one], others[two] = others[one], others[two]",
        offered("order"),
    ),
    Fault(
        "parts lie only where some are taken",
        f"{PATCHES}/patches_of_parts.py",
        "for one, two in product([None, *bounds.values()], repeat=2):",
        "for one, two in ():",
        offered("part"),
    ),
    Fault(
        "what nothing reads has the shape of what stands there",
        f"{PATCHES}/patches_of_names.py",
        "if alike or (arrays and sort != own and other in known.unread",
        "if alike or (False and other in known.unread",
        offered("other-shape"),
    ),
    Fault(
        "squares are never forgotten",
        f"{PATCHES}/patches_of_powers.py",
        "        yield slot.becomes(square, _KINDS, _SQUARE, message)",
        "        yield from ()",
        offered("square"),
    ),
    Fault(
        "nothing comes to a gradient through a gate",
        f"{PATCHES}/patches_of_terms.py",
        "for one, gate in product(through, gates):",
        "for one, gate in ():",
        offered("gate"),
    ),
    # what is told
    Fault(
        "two bugs of one gradient are likelier than one",
        f"{GRADIENTS}/diagnosis.py",
        "return _one_instead(passes, findings, deadline) or findings",
        "return findings",
        (f"{TOLD}::test_a_division_that_an_alias_lacks_is_told_of_a_flat_vector",),
    ),
    Fault(
        "what nobody can say is told once for each array",
        f"{GRADIENTS}/text.py",
        "if len(unsaid) < 2:",
        "if True:",
        (f"{TOLD}::test_gradients_of_which_nothing_is_said_are_one_bug",),
    ),
    Fault(
        "likely mistakes have the names of their kinds",
        f"{GRADIENTS}/text.py",
        "likely = [KINDS[kind] for",
        "likely = [kind for",
        (f"{TOLD}::test_gradients_of_which_nothing_is_said_are_one_bug",),
    ),
    Fault(
        "a term is the whole gradient",
        f"{LOCALISATION}/repair_findings.py",
        "if sums <= added and (",
        "if True or (",
        (f"{TOLD}::test_of_one_term_it_is_not_said_that_the_gradient_is_off",),
    ),
    Fault(
        "what is zero for a reason is rounded as the right numbers are",
        f"{VERDICT}/judgement.py",
        "scale = min(max([scale, *sizes]), scale / FLOOR)",
        "pass",
        (f"{TOLD}::test_rounding_of_what_is_zero_is_not_wrong_beside_a_mistake",),
    ),
    Fault(
        "a mask is not meant by its value",
        f"{PATCHES}/patches_of_choices.py",
        "if product and known.shape(node) and not _is_mask(node, known):",
        "if False:",
        chosen("mask"),
    ),
    Fault(
        "a mask may be meant by a mask",
        f"{PATCHES}/patches_of_choices.py",
        "if product and known.shape(node) and not _is_mask(node, known):",
        "if product and known.shape(node):",
        (f"{CHOICES}::test_a_mask_is_wrong_where_it_is_made",),
    ),
    Fault(
        "the smallest is never the largest",
        f"{PATCHES}/patches_of_choices.py",
        "function = ast.Attribute(value, EXCHANGED[name], ast.Load())",
        "function = ast.Attribute(value, name, ast.Load())",
        chosen("largest"),
    ),
    Fault(
        "an attribute is exchanged in one place only",
        f"{PATCHES}/patches_of_names.py",
        "yield from _repeated_attributes(statement, slots, known)",
        "yield from ()",
        chosen("attribute-throughout", "call-throughout"),
    ),
    Fault(
        "entries under each other's names are right",
        f"{PATCHES}/patches_of_parts.py",
        "if all(_is_called(new, at) and not _is_called(node, at) for at in (one, two)):",
        "if False:",
        chosen("entries"),
    ),
    Fault(
        "all entries may be exchanged",
        f"{PATCHES}/patches_of_parts.py",
        "return key in name or name in key",
        "return False",
        chosen("entries"),
    ),
    Fault(
        "a formula is given what it should be given a function of",
        f"{PATCHES}/patches_of_choices.py",
        "if _is_argument(slot, known) and known.shape(node):",
        "if False:",
        (f"{CHOICES}::test_a_formula_is_called_with_a_function_of_what_it_is_given",),
    ),
    Fault(
        "two factors in one line are two bugs",
        f"{GRADIENTS}/weighing.py",
        "if (one.file, one.line) in places and not unaccounted(located, wrong) and one.factor:",
        "if False:",
        ("tests/diagnosis/test_check_loops_and_products.py",),
    ),
)
