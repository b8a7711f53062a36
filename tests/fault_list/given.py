"""Faults in what is taken of what a check is given: numbers, settings and gradients in order."""

from fault_list.gradient_folders import GRADIENTS, VERDICT
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_given.py"
MISSING = (f"{TESTS}::test_where_a_gradient_is_missing_it_is_said_what_is_returned",)
ORDER = (f"{TESTS}::test_gradients_in_another_order_are_one_finding",)

FAULTS = (
    Fault(
        "whole numbers are never parameters",
        f"{GRADIENTS}/check.py",
        "if calls.parameters.has_settings:",
        "if False:",
        (f"{TESTS}::test_whole_numbers_with_a_gradient_are_parameters",),
    ),
    Fault(
        "all whole numbers are parameters",
        f"{VERDICT}/parameters.py",
        "n in self.arrays or n in sized}",
        "True}",
        (f"{TESTS}::test_whole_numbers_without_a_gradient_stay_what_they_are",),
    ),
    Fault(
        "any gradient is that of a whole number",
        f"{VERDICT}/parameters.py",
        "if g is not None and np.size(g) == every.arrays[name].size",
        "if g is not None",
        (f"{TESTS}::test_what_is_returned_beside_the_gradients_is_not_that_of_a_whole_number",),
    ),
    Fault(
        "whole numbers alone are no parameters",
        f"{VERDICT}/parameters.py",
        "dict(_leaves(structure, settings=False)) or leaves",
        "dict(_leaves(structure, settings=False))",
        (f"{TESTS}::test_where_there_are_only_whole_numbers_they_are_parameters",),
    ),
    Fault(
        "parameters may be infinite",
        f"{VERDICT}/parameters.py",
        "if not all_finite(array):",
        "if False:",
        (f"{TESTS}::test_parameters_have_to_be_finite",),
    ),
    Fault(
        "what is not finite among the data is not told",
        f"{GRADIENTS}/both_passes.py",
        "lost = [*_lost(calls)]",
        "lost = []",
        (f"{TESTS}::test_of_a_cost_that_is_not_finite_the_data_are_told_that_are_not",),
    ),
    Fault(
        "nobody says what is returned in the place of a gradient",
        f"{GRADIENTS}/both_passes.py",
        "if all(each is not None for each in given.values()):",
        "if True:",
        MISSING,
    ),
    Fault(
        "half a point may be asked for",
        f"{GRADIENTS}/check.py",
        "if not isinstance(number, int | np.integer):",
        "if False:",
        (f"{TESTS}::test_settings_have_to_be_in_their_domain",),
    ),
    Fault(
        "a key of one's own is one of many",
        f"{VERDICT}/parameters.py",
        "patterns = PATTERNS if key == PATTERNS[0] else (key,)",
        "patterns = (key, *PATTERNS)",
        (f"{TESTS}::test_a_key_of_ones_own_is_the_only_one",),
    ),
    Fault(
        "gradients in another order are looked for by line",
        f"{GRADIENTS}/check.py",
        "in_another_order(written, code) or",
        "",
        ORDER,
    ),
    Fault(
        "gradients stand in another order where one is nobody's",
        f"{GRADIENTS}/returned_order.py",
        "            return {}\n",
        "            continue\n",
        (f"{TESTS}::test_gradients_that_are_nobodys_are_not_told_to_be_in_another_order",),
    ),
    Fault(
        "gradients may stand in the place of themselves",
        f"{GRADIENTS}/returned_order.py",
        "if not owner or owner == name:",
        "if not owner:",
        (f"{TESTS}::test_gradients_with_fewer_digits_are_in_order",),
    ),
    Fault(
        "what is kept of a recording stops a check",
        f"{GRADIENTS}/changed_state.py",
        "with suppress(Exception):",
        "with suppress(KeyError):",
        (f"{TESTS}::test_nothing_is_named_where_the_functions_cannot_be_called_once_more",),
    ),
    Fault(
        "nobody says what a backward pass updates",
        f"{GRADIENTS}/check.py",
        "        changed = changed_state(calls)",
        "        changed = []",
        (f"{TESTS}::test_what_a_backward_pass_updates_is_named",),
    ),
    Fault(
        "gradients with names have an order",
        f"{GRADIENTS}/returned_order.py",
        "if found is None and not ordered:",
        "if False:",
        (f"{TESTS}::test_gradients_with_names_have_no_order",),
    ),
)
