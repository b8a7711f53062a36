"""Faults in the gradient check."""

from fault_list.record import Fault

CHECK = ("tests/diagnosis/test_gradient_check.py",)

FAULTS = (
    Fault(
        "central differences are divided by twice their distance",
        "diagnosis/gradient_check.py",
        "float(function(below))) / distance",
        "float(function(below))) / (2 * distance)",
        CHECK,
    ),
    Fault(
        "one of the two points stays where it is",
        "diagnosis/gradient_check.py",
        "below.flat[i] -= length",
        "below.flat[i] -= 0",
        CHECK,
    ),
    Fault(
        "the difference is relative to the norm of the sum",
        "diagnosis/gradient_check.py",
        "np.linalg.norm(analytic.ravel()) + np.linalg.norm(numeric.ravel())",
        "np.linalg.norm(analytic.ravel() + numeric.ravel())",
        CHECK,
    ),
    Fault(
        "rounding excuses everything",
        "diagnosis/gradient_check.py",
        "bound = _MACHINE * (abs(value)",
        "bound = (abs(value)",
        CHECK,
    ),
    Fault(
        "a component that is not a number passes",
        "diagnosis/gradient_check.py",
        "~(np.abs(given - numeric) <= bound)",
        "np.abs(given - numeric) > bound",
        CHECK,
    ),
    Fault(
        "a kink of the cost is a mistake",
        "diagnosis/gradient_check.py",
        "(kinks if ladder.admits_at_kink(slope) else wrong).append(i)",
        "wrong.append(i)",
        CHECK,
    ),
    Fault(
        "what is measured again is not used",
        "diagnosis/gradient_check.py",
        "if not ladder.admits(slope):",
        "if True:",
        CHECK,
    ),
    Fault(
        "a cost without digits passes every gradient",
        "diagnosis/gradient_check.py",
        'return "PASS" if self.hidden <= MOST_HIDDEN else "UNDECIDED"',
        'return "PASS"',
        ("tests/diagnosis/test_undecided.py",),
    ),
    Fault(
        "a bound wider than the gradient counts as agreement",
        "diagnosis/gradient_check.py",
        "<= bound) | coarse)",
        "<= bound))",
        ("tests/diagnosis/test_undecided.py",),
    ),
    Fault(
        "a cost that draws anew is believed",
        "diagnosis/gradient_check.py",
        "if value != again:",
        "if False:",
        ("tests/diagnosis/test_undecided.py",),
    ),
)
