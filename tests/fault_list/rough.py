"""Faults in what rounded, narrow and rough costs still show."""

from fault_list.gradient_folders import GRADIENTS, PATCHES, VERDICT
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_rough_costs.py"
HOSTILE = "tests/diagnosis/test_check_hostile.py"
BELOW = "test_a_gradient_below_the_rounding_of_its_cost_passes_if_the_tape_holds_elsewhere"
REFUTED = f"{TESTS}::test_the_function_refutes_what_is_given_and_not_the_tape"
WITHOUT = f"{TESTS}::test_what_is_far_beyond_the_error_bars_is_wrong_without_a_tape"
STILL = "test_where_the_tape_is_too_rough_to_confirm_what_differs_from_it_may_still_be_refuted"

FAULTS = (
    Fault(
        "a rounded cost is measured as it is",
        f"{VERDICT}/reference.py",
        "_not_the_same(calls, cost) or _rounded(calls, cost)",
        "_not_the_same(calls, cost)",
        (f"{TESTS}::test_a_rounded_cost_is_said_to_be_so_and_nobody_is_accused",),
    ),
    Fault(
        "a cost of few digits at one point is rounded",
        f"{VERDICT}/reference.py",
        "if other == cost or not _is_short(other):",
        "if other == cost:",
        (f"{TESTS}::test_a_cost_of_few_digits_that_is_not_rounded_is_measured",),
    ),
    Fault(
        "a rough function is measured with short steps",
        f"{VERDICT}/slopes.py",
        "    if slope.bar <= _ROUGH * size:",
        "    if slope.bar <= np.inf * size:",
        (
            f"{TESTS}::test_longer_steps_are_taken_where_shorter_ones_are_rough",
            f"{TESTS}::test_a_right_gradient_of_a_narrow_cost_passes",
        ),
    ),
    Fault(
        "the longer steps of a tame function count",
        f"{VERDICT}/slopes.py",
        "    if slope.bar <= _ROUGH * size:\n        return slope\n",
        "",
        (f"{TESTS}::test_longer_steps_are_taken_where_shorter_ones_are_rough",),
    ),
    Fault(
        "numbers one by one are measured with short steps",
        f"{VERDICT}/element_wise.py",
        "slope = longest_ladder(function, arrays, v, max(largest, abs(slope.value)))",
        "slope = ladder_slope(function, arrays, v)",
        (f"{TESTS}::test_numbers_of_a_rough_cost_are_measured_with_longer_steps",),
    ),
    Fault(
        "a tape that is refuted refutes",
        f"{VERDICT}/rough_cost.py",
        "return agrees and abs(",
        "return abs(",
        (REFUTED,),
    ),
    Fault(
        "what is not refuted is wrong",
        f"{VERDICT}/rough_cost.py",
        "> _BEYOND * slope.bar",
        "> 0 * slope.bar",
        (REFUTED,),
    ),
    Fault(
        "beside a rough cost nothing is wrong",
        f"{VERDICT}/verdict.py",
        "or only_wrong(judgement)",
        "",
        (WITHOUT,),
    ),
    Fault(
        "what a tape vouches for is wrong where it is contradicted",
        f"{VERDICT}/rough_cost.py",
        "if found.bars is None or found.anchor.confirmed or contradicted or not wrong:",
        "if found.bars is None or contradicted or not wrong:",
        (f"{HOSTILE}::test_a_tape_that_is_contradicted_vouches_for_nothing",),
    ),
    Fault(
        "what cannot be judged is a bug",
        f"{GRADIENTS}/check.py",
        "settled = (Status.OK, Status.UNDECIDED)",
        "settled = (Status.OK,)",
        (WITHOUT,),
    ),
    Fault(
        "a tape that nothing confirms is confirmed",
        f"{GRADIENTS}/text.py",
        'known = "confirmed on" if report.confirmed else "compared with"',
        'known = "confirmed on"',
        (f"{TESTS}::{STILL}",),
    ),
    Fault(
        "a rough cost is measured number by number in any case",
        f"{VERDICT}/verdict.py",
        "        if roughly is not None:\n",
        "        if roughly is None:\n            roughly = by_tape\n        elif calls is None:\n",
        (f"{TESTS}::{STILL}",),
    ),
    Fault(
        "a tape that is too rough to confirm is asked for nowhere else",
        f"{VERDICT}/rough_cost.py",
        "return as_the_tape(agreeing, key, rng) or undecided(judgement, said)",
        "return undecided(judgement, said)",
        (f"{HOSTILE}::{BELOW}",),
    ),
    Fault(
        "in single precision no patch makes anything right",
        f"{GRADIENTS}/patchable.py",
        "exact = max(RIGHT, coarseness(judgement.reference))",
        "exact = RIGHT",
        (f"{TESTS}::test_a_mistake_among_single_precision_is_mended_by_itself",),
    ),
    Fault(
        "what is right in single precision is made wrong by each patch",
        f"{PATCHES}/patch_trials.py",
        "return all(_is_right(backward, given, name, scale, backward.exact) for name in others)",
        "return all(_is_right(backward, given, name, scale, RIGHT / 10) for name in others)",
        (f"{TESTS}::test_a_mistake_among_single_precision_is_mended_by_itself",),
    ),
    Fault(
        "nothing is measured where a tape shows nothing",
        f"{VERDICT}/verdict.py",
        "        found = measured_reference(calls, found, rng)\n",
        "",
        (f"{TESTS}::{STILL}",),
    ),
)
