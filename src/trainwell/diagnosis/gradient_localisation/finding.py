"""One thing that is wrong with a gradient: where, how, and how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from linecache import getline

from trainwell.diagnosis.gradient_localisation.statements import Statement

_SIMPLE = 1.15

SURE = 0.9
"""How sure a finding is at least that says what is wrong."""

UNDONE = 0.95
"""How sure a change is that mends a part of what is wrong and undoes something in the source."""

KINDS = {
    "factor": "the gradient is a multiple of the right one",
    "sign": "the sign is wrong",
    "zero": "the gradient is zero, missing or never updated",
    "transposed": "the gradient is the transpose of the right one",
    "regularisation": "the gradient of the penalty is missing, doubled or wrong",
    "data-term": "the penalty's part is right, the data's is scaled",
    "activation-missing": "a local derivative (such as an activation's slope) is missing",
    "activation-wrong": "a local derivative (such as an activation's slope) is wrong",
    "mask": "a mask is wrong or missing",
    "dropout": "dropout's mask or division is missing, doubled or inverted",
    "matrix": "the gradient went through the wrong matrix",
    "path": "a path of the gradient is dropped or counted twice",
    "examples": "examples are dropped, or weighted wrongly",
    "reduction": "a sum runs over the wrong axis, or stands for a mean",
    "support": "some rows, columns or elements are wrong",
    "permuted": "rows, columns or elements are in another order",
    "copied": "it is the gradient of another parameter",
    "clipped": "it is clipped",
    "precision": "digits are lost in a narrower kind of number",
    "not-finite": "it is not finite",
    "accumulated": "it accumulates from call to call",
    "aliased": "an array is changed in place that others still use",
    "stale": "it is the gradient at other parameters",
    "uniform": "all gradients are scaled alike",
    "operation": "an operation stands for another",
    "constant": "a number in a formula is wrong",
    "operand": "another variable is meant",
    "shape": "it does not have the shape of the parameter",
    "unknown": "none of the known forms fits",
}
"""What can be wrong."""


@dataclass(frozen=True)
class Finding:
    """One bug.

    Parameters
    ----------
    target : str
        What the faulty statement assigns, the variable that lacks something in it, or the
        parameter whose gradient is wrong.
    kind : str
        One of :data:`KINDS`.
    factor : float or None
        The wrong value over the right one, where that is one number.
    statement : Statement or None
        The faulty statement, where it is known.
    message : str
        What is wrong, for a person.
    confidence : float
        In (0, 1]: 1 if a simple change of this one place makes everything right.
    affected : tuple of str
        Parameters whose gradients are wrong because of it.
    alternatives : tuple of str
        Other kinds that would explain it, the likeliest first.
    tried : bool, default=False
        Whether a change of the source was tried with which these gradients are right, if need be
        together with the other findings.
    within : int or None, default=None
        Line of the part that is wrong, of a statement of several lines.
    """

    target: str
    kind: str
    factor: float | None
    statement: Statement | None
    message: str
    confidence: float
    affected: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    tried: bool = False
    within: int | None = None

    @property
    def file(self) -> str:
        """File of the faulty statement; empty where it is not known."""
        return "" if self.statement is None else self.statement.file

    @property
    def line(self) -> int | None:
        """First line of the faulty statement."""
        return None if self.statement is None else self.statement.line

    @property
    def shown_line(self) -> int | None:
        """Line of the part that is wrong, as far as it is known; the first of the statement."""
        statement, within = self.statement, self.within
        if statement is None or within is None:
            return self.line
        return within if statement.line <= within <= statement.last else statement.line

    @property
    def source(self) -> str:
        """What stands in that line; the whole statement where it is the first one."""
        if self.statement is None:
            return ""
        line = self.shown_line or self.statement.line
        first = line == self.statement.line
        return self.statement.text if first else getline(self.file, line).strip()


def confidence(cost: float) -> float:
    """Return how sure it is that a change was meant that makes everything right.

    Parameters
    ----------
    cost : float
        How unlikely somebody is to mean it; about 1 for the simplest changes.

    Returns
    -------
    float
        Between 0.9 and 1.
    """
    return 1.0 if cost <= _SIMPLE else max(0.91, 0.99 - 0.1 * (cost - _SIMPLE))


def cost_of(sure: float) -> float:
    """Return the cost of a change from how sure it is."""
    return _SIMPLE if sure == 1.0 else _SIMPLE + (0.99 - sure) / 0.1


def gradients_called(names: Sequence[str]) -> str:
    """Return what a person calls the gradients of some parameters.

    Parameters
    ----------
    names : sequence of str
        At least one.

    Returns
    -------
    str
        As ``"dW1, db1"``, and where a name is a way to something, ``"the gradient of net.W"``.
    """
    if all(name.isidentifier() for name in names):
        return ", ".join(f"d{name}" for name in names)
    several = "s" if len(names) > 1 else ""
    return f"the gradient{several} of {', '.join(names)}"
