"""Faults in what stops a loop that comes to no end."""

from fault_list.gradient_folders import PATCHES, VERDICT
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_endless.py"
PATCHED = (
    "tests/diagnosis/test_check_patches.py::test_of_patches_that_come_to_no_end_some_are_tried"
)

FAULTS = (
    Fault(
        "what catches every exception is never stopped",
        f"{VERDICT}/bounded.py",
        "class _Stop(BaseException):",
        "class _Stop(Exception):",
        (f"{TESTS}::test_what_has_no_end_is_stopped_whatever_it_catches",),
    ),
    Fault(
        "an inner call may take longer than the outer one",
        f"{VERDICT}/bounded.py",
        "min(before, perf_counter() + seconds)",
        "perf_counter() + seconds",
        (f"{TESTS}::test_the_shorter_of_two_limits_counts",),
    ),
    Fault(
        "an inner call takes the outer one's limit along",
        f"{VERDICT}/bounded.py",
        "        _set(thread, before)\n    return result",
        "        _set(thread, inf)\n    return result",
        (f"{TESTS}::test_the_shorter_of_two_limits_counts",),
    ),
    Fault(
        "an inner call's limit counts for the outer one",
        f"{VERDICT}/bounded.py",
        "        if isinf(end):\n            _ends.pop(thread, None)\n",
        "        if isinf(end) or end > _ends.get(thread, inf):\n            pass\n",
        (f"{TESTS}::test_the_longer_limit_counts_again_behind_the_shorter_one",),
    ),
    Fault(
        "a cost that has no end elsewhere is an error",
        f"{VERDICT}/verdict.py",
        "        FloatingPointError,\n        EndlessError,\n",
        "        FloatingPointError,\n",
        (f"{TESTS}::test_points_at_which_the_cost_has_no_end_are_left_out",),
    ),
    Fault(
        "an endless function has no name",
        f"{VERDICT}/calls.py",
        'raise EndlessError.of("check_gradients", name, seconds, self.shortest) from error',
        "raise",
        (f"{TESTS}::test_a_cost_that_has_no_end_elsewhere_says_so",),
    ),
    Fault(
        "each statement's patches may come to no end",
        f"{PATCHES}/patch_trials.py",
        "sum(backward.endless.values()) >= _ENDLESS",
        "backward.endless[statement] >= _ENDLESS",
        (PATCHED,),
    ),
    Fault(
        "what came to no end once is not tried again",
        f"{PATCHES}/patch_trials.py",
        "    if statement in backward.endless and sum(",
        "    if statement in backward.endless or sum(",
        (PATCHED,),
    ),
)
