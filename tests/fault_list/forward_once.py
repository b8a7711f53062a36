"""Faults in the forward pass that is run once for many backward passes."""

from fault_list.gradient_folders import GRADIENTS
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_forward_once.py"
ONCE = f"{GRADIENTS}/forward_once.py"
KEPT = (f"{TESTS}::test_what_is_kept_gives_the_gradients_of_a_pass_of_its_own",)
DIFFERENT = f"{TESTS}::test_where_it_makes_a_difference_each_pass_is_run"

FAULTS = (
    Fault(
        "a backward pass writes into the cache that is kept",
        ONCE,
        "return value, deep_copy(kept)",
        "return value, kept",
        KEPT,
    ),
    Fault(
        "the forward pass is run each time",
        ONCE,
        "return once if all(",
        "return calls.value if all(",
        KEPT,
    ),
    Fault(
        "what a forward pass leaves elsewhere is that of this point",
        ONCE,
        "calls.beside().value()",
        "calls.value()",
        (f"{DIFFERENT}[kept elsewhere]",),
    ),
    Fault(
        "arrays of a cache may be views of each other",
        ONCE,
        "return not any(np.may_share_memory(*pair) for pair in combinations(arrays, 2))",
        "return True",
        (f"{DIFFERENT}[views]",),
    ),
    Fault(
        "random draws are kept",
        ONCE,
        "calls.generators.have_moved() or ",
        "",
        (f"{DIFFERENT}[random draws]",),
    ),
    Fault(
        "a cache may hold anything",
        ONCE,
        "        else:\n            return None\n",
        "",
        (f"{DIFFERENT}[objects]",),
    ),
    Fault(
        "what a backward pass leaves is not looked at",
        ONCE,
        "_same(found, each) for each in again",
        "set(found) == set(each) for each in again",
        (f"{DIFFERENT}[a pass that leaves something]",),
    ),
    Fault(
        "another point is the last to leave something",
        ONCE,
        "        calls.value()  # what a forward pass leaves is that of this point again\n",
        "",
        (f"{TESTS}::test_what_a_forward_pass_leaves_is_that_of_the_point",),
    ),
)
