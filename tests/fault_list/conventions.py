"""Faults in what is right as people write it."""

from fault_list.gradient_folders import GRADIENTS, TAPE, VERDICT
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_conventions.py"
LOGARITHM = f"{TESTS}::test_a_gradient_without_the_tiny_number_of_a_logarithm_passes"
BESIDE = f"{TESTS}::test_a_mistake_beside_a_tiny_number_is_named"
IDLE = f"{TESTS}::test_nobody_needs_a_gradient_of_what_the_cost_is_made_without"
AGAIN = f"{TESTS}::test_a_backward_pass_that_runs_the_forward_pass_has_its_draws"
ANOTHER = f"{TESTS}::test_a_mask_that_the_backward_pass_draws_itself_is_another_one"

FAULTS = (
    Fault(
        "tiny numbers have to be in the gradient",
        f"{VERDICT}/verdict.py",
        "return without_tiny_numbers(judgement) or judgement",
        "return judgement",
        (LOGARITHM, BESIDE),
    ),
    Fault(
        "any number is tiny",
        f"{TAPE}/recorder.py",
        "_TINY = 1e-5",
        "_TINY = 1e-2",
        (f"{TESTS}::test_a_number_that_is_not_tiny_is_not_left_out",),
    ),
    Fault(
        "tiny numbers are recorded in any case",
        f"{TAPE}/recorder.py",
        'exact = self._without_tiny if self.without and name == "add" else _as_given',
        "exact = _as_given",
        (LOGARITHM,),
    ),
    Fault(
        "the tiny number of a root may be left out",
        f"{VERDICT}/tiny_numbers.py",
        "if cured and (worst <= _PROMISED or _are_in_logarithms(trace.of_cost, lines)):",
        "if cured:",
        (f"{TESTS}::test_the_tiny_number_of_a_root_has_to_be_there",),
    ),
    Fault(
        "the tiny number of a logarithm has to be less than a millionth",
        f"{VERDICT}/tiny_numbers.py",
        "(worst <= _PROMISED or _are_in_logarithms(trace.of_cost, lines))",
        "worst <= _PROMISED",
        (LOGARITHM,),
    ),
    Fault(
        "beside another point's tiny numbers nothing is measured",
        f"{VERDICT}/calls.py",
        "        moved.without = frozenset()  # which is found anew there\n",
        "",
        (f"{TESTS}::test_tiny_numbers_are_looked_for_anew_at_another_point",),
    ),
    Fault(
        "idle parameters need a gradient",
        f"{VERDICT}/verdict.py",
        "    given, said = without_effect(found, given)\n",
        "    said: tuple[str, ...] = ()\n",
        (IDLE,),
    ),
    Fault(
        "no parameter needs a gradient",
        f"{VERDICT}/reference.py",
        "if each is None and leaves[n].index not in of_cost]",
        "if each is None]",
        (IDLE,),
    ),
    Fault(
        "what is returned in vain is not told",
        f"{GRADIENTS}/check.py",
        "    reasons += _unmatched(passes, judgement)\n",
        "",
        (IDLE,),
    ),
    Fault(
        "a forward pass within the backward pass draws anew",
        f"{VERDICT}/calls.py",
        "if self.draws_again or not (",
        "if not (",
        (AGAIN,),
    ),
    Fault(
        "whatever the backward pass draws is drawn again",
        f"{GRADIENTS}/both_passes.py",
        "return bool(before & again)",
        "return bool(before and again)",
        (ANOTHER,),
    ),
    Fault(
        "a wrong gradient is always meant for the cost as it is",
        f"{GRADIENTS}/conventions.py",
        "return other if more else judgement",
        "return judgement",
        (f"{TESTS}::test_where_all_is_wrong_it_is_seen_that_the_tiny_number_is_not_meant",),
    ),
    Fault(
        "a wrong gradient is never meant for the cost as it is",
        f"{GRADIENTS}/conventions.py",
        "return other if more else judgement",
        "return other",
        (f"{TESTS}::test_a_gradient_with_the_tiny_number_is_compared_with_that_of_the_cost",),
    ),
)
