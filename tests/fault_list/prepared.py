"""Faults where the forward pass prepares something for the backward pass."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES
from fault_list.record import Fault

TOLD = "tests/diagnosis/test_check_prepared.py::test_the_line_of_the_forward_pass_is_told"

FAULTS = (
    Fault(
        "what is prepared belongs to the forward pass",
        f"{LOCALISATION}/backward.py",
        "    if not moved:\n",
        "    if moved:\n",
        (f"{TOLD}[power]",),
    ),
    Fault(
        "what is moved keeps its place",
        f"{LOCALISATION}/backward.py",
        "    for at, step in enumerate(steps[:boundary]):\n        step.index = at\n",
        "",
        (f"{TOLD}[power]", f"{TOLD}[value]", f"{TOLD}[axis]"),
    ),
    Fault(
        "functions of the forward pass alone are not patched",
        f"{PATCHES}/sources.py",
        "for code in before if of_gradients else ():",
        "for code in ():",
        (f"{TOLD}[index]",),
    ),
    Fault(
        "the forward pass that is patched is run once",
        f"{GRADIENTS}/patchable.py",
        "if anew or prepared else",
        "if anew else",
        (f"{TOLD}[index]",),
    ),
    Fault(
        "a line that makes the cost, too, is right",
        f"{LOCALISATION}/backward.py",
        "for step in self.forward) - self._of_both",
        "for step in self.forward)",
        (f"{TOLD}[count]",),
    ),
)
