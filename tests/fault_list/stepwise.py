"""Faults in the search from the cost on, in whose fault something is, and in what is said of it."""

from fault_list.gradient_folders import LOCALISATION, PATCHES
from fault_list.record import Fault

STEPWISE = "tests/diagnosis/test_check_stepwise.py"
LOOP = f"{STEPWISE}::test_each_of_two_faults_in_a_loop_is_named"
OPERAND, LENGTH = ((f"{LOOP}[{name}]",) for name in ("operand", "length"))
PART = (
    f"{STEPWISE}::test_what_a_function_returns_is_judged_where_only_a_part_of_a_derivative_is_made",
)
SLOPE = (f"{STEPWISE}::test_what_belongs_in_a_place_is_said_with_the_local_derivative",)
FINITE = (f"{STEPWISE}::test_behind_what_is_not_finite_another_fault_is_found[divided]",)
WHOSE = "tests/diagnosis/test_check_whose.py"
RENAMED = (f"{WHOSE}::test_of_two_lines_for_a_slope_the_one_that_only_renames_lacks_it",)
HANDED = (f"{WHOSE}::test_what_a_helper_returns_rightly_lacks_something_where_it_is_only_renamed",)
CALL = (f"{WHOSE}::test_a_wrong_argument_of_one_of_two_calls_is_the_matter_of_that_call",)
LIKELIER = "tests/diagnosis/test_check_likelier.py"
TERM = (f"{LIKELIER}::test_a_term_is_missing_from_what_is_called_like_a_gradient",)
PRODUCT = (f"{WHOSE}::test_a_product_too_many_is_another_operand",)
ALIKE = (f"{WHOSE}::test_gradients_are_called_like_what_they_belong_to",)
MATCHES = (f"{WHOSE}::test_what_matches_is_found_among_many_with_its_factor",)

FAULTS = (
    Fault(
        "several faults on one path are not found from the cost on",
        f"{LOCALISATION}/localisation.py",
        "_mended(shop, constants, stepwise_repairs(shop))",
        "_mended(shop, constants, ())",
        OPERAND,
    ),
    Fault(
        "an error that is a derivative itself gives nothing to judge by",
        f"{LOCALISATION}/wrong_values.py",
        "found = {**shop.given, **",
        "found = {**",
        OPERAND,
    ),
    Fault(
        "a derivative with any factor is right",
        f"{LOCALISATION}/wrong_values.py",
        "if any(has(carried, m.factor) for m in row):",
        "if row:",
        LENGTH,
    ),
    Fault(
        "what is a part of a formula, too, is not judged",
        f"{LOCALISATION}/wrong_values.py",
        "if len(meant) < len(row) and not any(meant):",
        "if len(meant) < len(row):",
        LENGTH,
    ),
    Fault(
        "a value takes the values of another round of its loop",
        f"{LOCALISATION}/stepwise.py",
        "alike = phase == 0 or (phase == 1 and change.kind not in _OF_VALUES)",
        "alike = True",
        OPERAND,
    ),
    Fault(
        "a line that is mended each round is a bug each time",
        f"{LOCALISATION}/executions.py",
        "kept.append(replace(alike[0], affected=tuple(names)))",
        "kept += alike",
        OPERAND,
    ),
    Fault(
        "what a function returns is compared with whole derivatives alone",
        f"{LOCALISATION}/matching.py",
        "found += _through_statements(step, own)",
        "found += ()",
        PART,
    ),
    Fault(
        "an inner operation stands for the line that uses a value",
        f"{LOCALISATION}/matching.py",
        "return calls[-depth - 1][:2] if len(calls) > depth else consumer.place[:2]",
        "return consumer.place[:2]",
        PART,
    ),
    Fault(
        "a wrong local derivative is a missing path",
        f"{LOCALISATION}/repair_findings.py",
        "(likely[::-1] if belongs and belongs.local else likely)",
        "likely",
        SLOPE,
    ),
    Fault(
        "the derivative of a quotient has the wrong sign",
        f"{LOCALISATION}/meant.py",
        '"-{0} / {1}**2"',
        '"{0} / {1}**2"',
        (f"{STEPWISE}::test_the_derivatives_by_one_of_two_that_are_told_are_right",),
    ),
    Fault(
        "an operation inside a formula is taken for its statement",
        f"{LOCALISATION}/meant.py",
        "if user.index not in shop.around.named or not all(texts):",
        "if not all(texts):",
        (f"{STEPWISE}::test_of_an_operation_inside_a_formula_no_factor_is_told",),
    ),
    Fault(
        "an error of squares is no derivative",
        f"{LOCALISATION}/meant.py",
        "found = {**shop.given, **shop.matches()}",
        "found = shop.matches()",
        SLOPE,
    ),
    Fault(
        "behind what is not finite nothing is looked for",
        f"{PATCHES}/patch_pairs.py",
        "pair = _behind_not_finite(backward, wrong, trials, deadline)",
        "pair = None",
        FINITE,
    ),
    Fault(
        "a line that only renames is as good as any",
        f"{PATCHES}/likeliest.py",
        "return not renames, trial.patch.cost",
        "return False, trial.patch.cost",
        RENAMED,
    ),
    Fault(
        "a term may as well be missing from what is no gradient",
        f"{PATCHES}/likeliest.py",
        "trial.patch.cost, not called, turn",
        "trial.patch.cost, False, turn",
        TERM,
    ),
    Fault(
        "a helper that is right lacks what its caller leaves out",
        f"{LOCALISATION}/names.py",
        'return _handed_on(statement_at(*step.place[3][0])), "", ""',
        'return None, "", ""',
        HANDED,
    ),
    Fault(
        "a wrong argument is the matter of the function",
        f"{LOCALISATION}/names.py",
        "(not replaced or _by_one_call(best, executions))",
        "not replaced",
        CALL,
    ),
    Fault(
        "what is added to is read",
        f"{PATCHES}/patch.py",
        "    written |= {id(target) for target in map(_added_to, nodes) if target is not None}\n",
        "",
        (f"{WHOSE}::test_what_is_handed_out_lacks_a_term_if_nothing_else_reads_it",),
    ),
    Fault(
        "a product too many is an operation",
        f"{LOCALISATION}/edits_of_values.py",
        '    **dict.fromkeys(PRODUCTS, "operand"),\n',
        "",
        PRODUCT,
    ),
    Fault(
        "whatever ends alike is called like a gradient",
        f"{LOCALISATION}/namesakes.py",
        "g != n and g.endswith",
        "g.endswith",
        ALIKE,
    ),
    Fault(
        "of many derivatives only those of one sign match",
        f"{LOCALISATION}/matching.py",
        "sign = 1.0 if (shade > 0) == (other_shade > 0) else -1.0",
        "sign = 1.0",
        MATCHES,
    ),
    Fault(
        "matching looks at a part of the derivatives",
        f"{LOCALISATION}/matching.py",
        "last = bisect_right(shades, shade + self.close)",
        "last = first",
        MATCHES,
    ),
)
