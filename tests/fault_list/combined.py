"""Faults in what is said of one function that returns the cost and its gradients."""

from fault_list.gradient_folders import LOCALISATION, PATCHES, VERDICT
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_combined.py"
NAMED = f"{TESTS}::test_the_statement_is_named_among_those_of_both_passes"
PATCHED = (f"{TESTS}::test_a_patch_of_it_is_told",)
KEPT = (f"{TESTS}::test_numbers_that_the_cost_is_made_with_are_not_patched",)

FAULTS = (
    Fault(
        "all that the call for the cost runs is right",
        f"{LOCALISATION}/backward.py",
        "if not self.prepared and not lines.issuperset(step.place[:2] for step in self.steps):",
        "if True:",
        (f"{NAMED}[penalty]",),
    ),
    Fault(
        "what runs for the cost, too, is never patched",
        f"{PATCHES}/sources.py",
        "own, others = _within(tree, code, of_cost), _within(tree, code, of_gradients)",
        "own, others = _within(tree, code, of_cost), set()",
        PATCHED,
    ),
    Fault(
        "what the cost is made by is patched",
        f"{PATCHES}/patches.py",
        "if statement.lineno in source.of_cost:",
        "if False:",
        KEPT,
    ),
    Fault(
        "numbers of the cost are patched",
        f"{PATCHES}/sources.py",
        "found[code] = serving(tree, own, others)",
        "found[code] = frozenset(own)",
        KEPT,
    ),
    Fault(
        "what a gradient is made by serves the cost",
        f"{PATCHES}/serving.py",
        "if not within.isdisjoint(others):",
        "if False:",
        KEPT,
    ),
    Fault(
        "half precision of a gradient excuses it",
        f"{VERDICT}/lost_digits.py",
        "for step in found.trace.of_cost}",
        "for step in found.trace.recording.steps}",
        (f"{NAMED}[half-precision]",),
    ),
    Fault(
        "a choice that only gradients depend on is a kink",
        f"{VERDICT}/trace.py",
        "return [*ties(self.of_cost)]",
        "return [*ties(self.recording.steps)]",
        (f"{TESTS}::test_a_right_one_passes_and_has_no_kink_where_only_gradients_are_made",),
    ),
)
