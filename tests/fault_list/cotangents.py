"""Faults in which derivatives a rule is given."""

from fault_list.record import Fault

TESTS = "tests/cli/test_check_layers.py"
FILE = "cli/check_cotangents.py"

FAULTS = (
    Fault(
        "of two derivatives one is given",
        FILE,
        "if len(left) == len(results) > 1 and arguments:",
        "if False:",
        (f"{TESTS}::test_a_rule_of_two_results_takes_their_derivatives_in_order",),
    ),
    Fault(
        "derivatives are given by their place alone",
        FILE,
        "return found if len(found) == len(left) or len(left) > len(results) else by_place",
        "return by_place",
        (f"{TESTS}::test_a_derivative_by_its_name_goes_before_its_place",),
    ),
    Fault(
        "what is kept has a derivative",
        FILE,
        "for at, name in enumerate(outputs) if not CACHE.fullmatch(name)]",
        "for at, name in enumerate(outputs)]",
        (f"{TESTS}::test_a_rule_of_two_results_takes_their_derivatives_in_order",),
    ),
)
