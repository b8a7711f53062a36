"""Faults in what is said of gradients without their code, and of points that hide mistakes."""

from fault_list.gradient_folders import TRIALS, VERDICT
from fault_list.record import Fault

POINTS = "tests/diagnosis/test_check_adequacy.py"
CODELESS = "tests/diagnosis/test_gradients_without_code.py"
ONE_MISTAKE = (
    f"{CODELESS}::test_one_mistake_on_the_way_back_is_one_finding_with_all_arrays_behind_it"
)
FIRST = (f"{CODELESS}::test_of_kinds_that_are_alike_the_right_one_comes_first",)
IN_ROUNDS = (f"{CODELESS}::test_a_mistake_in_every_round_of_a_recurrence_is_found",)
PRODUCTS = (
    f"{CODELESS}::test_at_every_place_the_products_with_the_derivative_are_those_of_its_part_of_the_gradient",
)
BIASES = (
    f"{POINTS}::test_biases_that_keep_all_units_active_get_the_other_sign_at_the_mirrored_point",
)
UNSEEN = (f"{POINTS}::test_a_mistake_that_no_gradient_shows_is_named_with_its_place",)

FAULTS = (
    # gradients without code
    Fault(
        "changes along directions are twice as large as they are",
        f"{TRIALS}/suspects.py",
        "np.asarray(behind[index])) / (2 * size)",
        "np.asarray(behind[index])) / size",
        PRODUCTS,
    ),
    Fault(
        "what a consumer sees moves twice as far",
        f"{TRIALS}/suspects.py",
        "np.asarray(behind)) / (2 * step)",
        "np.asarray(behind)) / step",
        PRODUCTS,
    ),
    Fault(
        "arrays behind a place may stay wrong",
        f"{TRIALS}/hypotheses.py",
        "if (name not in wrong or name in names) and not size <= most:",
        "if False:",
        (f"{CODELESS}::test_what_explains_one_array_and_not_the_others_is_not_borne_out",),
    ),
    Fault(
        "a factor is told without the one that was right",
        f"{TRIALS}/trials_of_form.py",
        "        factor = 1 + float(found[0])\n        return _factor(around, factor, (",
        "        factor = float(found[0])\n        return _factor(around, factor, (",
        (f"{CODELESS}::test_the_factor_is_told_and_named",),
    ),
    Fault(
        "a missing slope is taken for another variable",
        f"{TRIALS}/trials_of_values.py",
        'return ("activation-missing", "activation-wrong", "operand"), "the slope"',
        'return ("operand", "activation-wrong", "path"), "the slope"',
        FIRST,
    ),
    Fault(
        "limits are not moved",
        f"{TRIALS}/trials_of_values.py",
        "above = (flat[None, :] >= levels[1:, None])",
        "above = (flat[None, :] >= 0 * levels[1:, None])",
        (f"{ONE_MISTAKE}[mask shifted]",),
    ),
    Fault(
        "the bound of a clipped derivative may be anything",
        f"{TRIALS}/trials_of_form.py",
        "held[row:, at] = 1.0",
        "held[row, at] = 1.0",
        (f"{ONE_MISTAKE}[clipped]",),
    ),
    Fault(
        "examples are never left out",
        f"{TRIALS}/trials_of_form.py",
        "batch = length == around.examples",
        "batch = False",
        FIRST,
    ),
    Fault(
        "an explained mistake is not gone",
        f"{TRIALS}/without_code.py",
        "search.replaced = dict(found[0].replaced)",
        "search.replaced = dict(search.replaced)",
        (f"{CODELESS}::test_two_mistakes_that_do_not_meet_are_two_findings",),
    ),
    Fault(
        "a mistake is made in one round only",
        f"{TRIALS}/repeated.py",
        "found = self.gradient(dict.fromkeys((s.index for s in mistake.steps), mistake.edit))",
        "found = self.gradient({mistake.steps[0].index: mistake.edit})",
        IN_ROUNDS,
    ),
    Fault(
        "the factor of all rounds is guessed once",
        f"{TRIALS}/repeated.py",
        "        for _ in range(8):",
        "        for _ in range(1):",
        IN_ROUNDS,
    ),
    Fault(
        "a loop through time is taken for rounds that do not depend on each other",
        f"{TRIALS}/suspects.py",
        "            if step.index in own:\n                return False",
        "            if step.index in own:\n                return True",
        (f"{CODELESS}::test_rounds_of_a_loop_are_taken_together_unless_they_depend_on_each_other",),
    ),
    # what a point hides
    Fault(
        "positive biases are never mirrored",
        f"{VERDICT}/points.py",
        "array.min() > 0 and not always:",
        "array.min() > 0:",
        BIASES,
    ),
    Fault(
        "a choice on the other side is the same blind spot",
        f"{VERDICT}/adequacy.py",
        '"first" if above.all() else "second"',
        '"first"',
        BIASES,
    ),
    Fault(
        "a mistake counts as hidden if one gradient does not show it",
        f"{TRIALS}/hidden.py",
        "return all(are_close",
        "return any(are_close",
        UNSEEN,
    ),
    Fault(
        "masks are never hidden",
        f"{TRIALS}/hidden.py",
        'said.append("a mask")',
        "pass",
        UNSEEN,
    ),
)
