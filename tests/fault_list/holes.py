"""Faults in how values are computed outside of their functions while patches are tried."""

from fault_list.gradient_folders import PATCHES
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_holes.py"

FAULTS = (
    Fault(
        "a hole is used beside another patch",
        f"{PATCHES}/patched.py",
        "if known is None or known[0] is not state:",
        "if known is None:",
        (f"{TESTS}::test_beside_another_patch_the_function_is_compiled_anew",),
    ),
    Fault(
        "a function that is held has holes",
        f"{PATCHES}/patched.py",
        "if hole.own is not None and self.hold is None and self.outer is None:",
        "if hole.own is not None and self.outer is None:",
        (f"{TESTS}::test_a_function_that_is_held_has_no_hole",),
    ),
    Fault(
        "what has variables of its own sees those of the function",
        f"{PATCHES}/holes.py",
        'return None if inner or "super" in found.co_names else found',
        "return found",
        (f"{TESTS}::test_what_has_variables_of_its_own_is_compiled_in_its_function",),
    ),
    Fault(
        "any change fits a hole",
        f"{PATCHES}/holes.py",
        'if id(holder) not in self._inside and (holder, name) != (self.statement, "value"):',
        "if False:",
        (f"{TESTS}::test_what_is_changed_outside_of_a_value_is_compiled_in_its_function",),
    ),
    Fault(
        "what mends is not compiled",
        f"{PATCHES}/patch_trials.py",
        "        if not names:\n            return Trial(",
        "        if True:\n            return Trial(",
        (f"{TESTS}::test_what_mends_has_the_code_of_its_function_and_the_rest_none",),
    ),
)
