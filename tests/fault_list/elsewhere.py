"""Faults in what patches do at another point."""

from fault_list.gradient_folders import GRADIENTS, PATCHES
from fault_list.record import Fault

TESTS = ("tests/diagnosis/test_patches_elsewhere.py::test_what_is_right_by_chance_costs_more",)

FAULTS = (
    Fault(
        "what is right by chance is as likely",
        f"{PATCHES}/elsewhere.py",
        "cost=trial.patch.cost + _BY_CHANCE))",
        "cost=trial.patch.cost))",
        TESTS,
    ),
    Fault(
        "another point is the same one",
        f"{GRADIENTS}/patchable.py",
        '"a point to see patches at"), _FAR)',
        '"a point to see patches at"), 0.0)',
        TESTS,
    ),
)
