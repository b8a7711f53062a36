"""Faults where the forward pass prepares something for the backward pass."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION
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
        "the forward pass that is patched is run once",
        f"{GRADIENTS}/patchable.py",
        "if anew or prepared or looks_up else",
        "if anew or looks_up else",
        (
            "tests/diagnosis/test_check_prepared.py::test_what_is_kept_in_plain_arrays_is_prepared_anew_for_each_patch",
        ),
    ),
    Fault(
        "a line that makes the cost, too, is right",
        f"{LOCALISATION}/backward.py",
        "return lines - self._of_both",
        "return lines",
        (f"{TOLD}[count]",),
    ),
)
