"""Faults in what is said of parameters that are no real arrays, and in what needs a gradient."""

from fault_list.gradient_folders import GRADIENTS, VERDICT
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_other_numbers.py"
SETTING = f"{TESTS}::test_a_number_that_is_called_like_a_setting_needs_no_gradient"

FAULTS = (
    Fault(
        "complex parameters are left out beside real ones",
        f"{GRADIENTS}/both_passes.py",
        "    if others:",
        "    if False:",
        (f"{TESTS}::test_what_has_a_gradient_and_would_not_be_checked_is_refused",),
    ),
    Fault(
        "what has no gradient is refused",
        f"{VERDICT}/other_numbers.py",
        "if said and gradients.get(name) is not None:",
        "if said:",
        (f"{TESTS}::test_what_has_a_gradient_and_would_not_be_checked_is_refused",),
    ),
    Fault(
        "structured arrays are refused without a word",
        f"{VERDICT}/other_numbers.py",
        'if getattr(dtype, "names", None):',
        "if False:",
        (f"{TESTS}::test_what_is_no_real_array_is_refused_with_what_to_give",),
    ),
    Fault(
        "every number in a dictionary needs a gradient",
        f"{VERDICT}/parameters.py",
        "type(value) is float and _is_called_setting(name)",
        "False",
        (SETTING,),
    ),
    Fault(
        "no number in a dictionary needs a gradient",
        f"{VERDICT}/parameters.py",
        "type(value) is float and _is_called_setting(name)",
        "type(value) is float",
        (f"{TESTS}::test_another_number_needs_one",),
    ),
)
