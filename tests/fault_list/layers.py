"""Faults in how layers that are objects are checked."""

from fault_list.gradient_folders import GRADIENTS
from fault_list.record import Fault

TESTS = "tests/cli/test_check_layers.py"
GIVEN = f"{TESTS}::test_what_a_layer_is_given_has_a_gradient"
WRONG = f"{TESTS}::test_a_wrong_gradient_of_what_a_layer_is_given_is_named"

FAULTS = (
    Fault(
        "what a layer returns is not looked at",
        "cli/check_made.py",
        "        if self.owner is not None and layer:\n",
        "        if self.owner is None and layer:\n",
        (f"{GIVEN}[dense]", f"{WRONG}[dense]"),
    ),
    Fault(
        "a layer has to have parameters",
        "cli/check_made.py",
        "        except DataError as error:  # it may have no parameters of its own\n",
        "        except ZeroDivisionError as error:\n",
        (f"{GIVEN}[tanh]",),
    ),
    Fault(
        "an object without parameters is refused",
        "cli/check_made.py",
        'anything = owner.arrays or {"": np.ones(1)}  # a layer may have no parameters',
        "anything = owner.arrays",
        (f"{GIVEN}[tanh]",),
    ),
    Fault(
        "a loss has no gradient of what it is given",
        "cli/check_made.py",
        "layer = self.owner is not None and not self.owner.arrays",
        "layer = False",
        (f"{GIVEN}[loss]",),
    ),
    Fault(
        "what a layer does not return is missing",
        "cli/check_made.py",
        'if np.shape(found.get(f"d{name}")) == given.shape:',
        "if given.shape:",
        (f"{TESTS}::test_a_layer_that_returns_nothing_is_checked_by_its_parameters",),
    ),
    Fault(
        "a gradient without a name is nobody's",
        f"{GRADIENTS}/owned.py",
        "value = alike[0] if len(alike) == 1 else None",
        "value = None",
        (f"{GIVEN}[dense]",),
    ),
)
