"""What a framework has to offer so that its derivative rules can be checked."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Protocol

from trainwell.diagnosis.gradient_localisation.backward import Backward
from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.statements import Statement, statement_at
from trainwell.diagnosis.gradient_tape.places import Place
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.diagnosis.gradient_verdict.judgement import Judgement
from trainwell.diagnosis.gradient_verdict.trace import Trace
from trainwell.diagnosis.gradients.returned_order import owners_of, said_of
from trainwell.errors import ConfigurationError
from trainwell.types import FloatArray

Point = Mapping[str, FloatArray]


class Subject(Protocol):
    """What is checked: a function of a framework, as a cost of named arrays in float64."""

    arrays: Point
    """The given point."""

    seconds: float
    """Time for the search of lines."""

    def value(self, point: Point) -> float:
        """Return the cost, of the untouched function."""

    def given(self, point: Point) -> dict[str, Any]:
        """Return what the user's rule gives; ``None`` for what it does not return."""

    def rule(self, point: Point) -> Callable[[], dict[str, Any]]:
        """Return a function that gives the same, by the rule alone where that can be called."""

    def expected(self, point: Point) -> dict[str, FloatArray]:
        """Return the framework's derivative of the forward code, or raise ``Unsupported``."""

    def recorded(self, point: Point) -> Trace | None:
        """Return the forward code as NumPy would have it; ``None`` if it cannot be followed."""

    def lost_digits(self, point: Point) -> tuple[bool, bool]:
        """Say whether forward and backward pass use numbers narrower than float64."""

    def backward(self, point: Point) -> Backward | None:
        """Return both passes in one recording; ``None`` if they cannot be followed."""

    def told(
        self, point: Point, expected: Point, wrong: Sequence[str], constants: Constants
    ) -> list[Finding]:
        """Return the bugs that are known without a search of the rule as a whole."""

    def scale(self, factor: float) -> None:
        """Make the cotangents of the outputs larger, or smaller again."""

    def stoppable(self) -> AbstractContextManager[Any]:
        """Return the context in which a call that does not end can be stopped."""

    def placed(self, finding: Finding) -> Finding:
        """Return a finding without a line with one, where the rule's ``return`` is at fault."""

    def oddities(self) -> tuple[list[Finding], list[str]]:
        """Return what is wrong beside the numbers, and what else has to be said."""


@dataclass(frozen=True)
class Settings:
    """How thorough a check is.

    Parameters
    ----------
    directions : int
        Random directions that must confirm the reference, at most.
    points : int
        Points to check at.
    tolerance : float or None
        Relative error that passes.
    diagnose : bool
        Whether to look for lines.
    hyperparams : mapping of str to float
        Numbers with a name.
    """

    directions: int = 2
    points: int = 2
    tolerance: float | None = None
    diagnose: bool = True
    hyperparams: Mapping[str, float] | None = None

    def refuse(self, owner: str, seconds: float) -> None:
        """Raise if a setting, or the time for the search, is outside its domain."""
        if not seconds >= 0:
            raise ConfigurationError.out_of_range(owner, "seconds", seconds, "at least 0")
        for name in ("directions", "points"):
            if getattr(self, name) < 1:
                raise ConfigurationError.out_of_range(
                    owner, name, getattr(self, name), "at least 1"
                )
        number = isinstance(self.tolerance, int | float)
        if self.tolerance is not None and not (number and self.tolerance > 0):
            raise ConfigurationError.out_of_range(owner, "tolerance", self.tolerance, "positive")


def placed(finding: Finding, places: Mapping[str, Place], last: Statement | None) -> Finding:
    """Return a finding with its line, where the shape or the ``return`` is at fault.

    Parameters
    ----------
    finding : Finding
        On one array.
    places : mapping of str to tuple
        Where gradients of another shape were made, by the name of their array.
    last : Statement or None
        The ``return``.

    Returns
    -------
    Finding
        The same, if nothing more is known.
    """
    if len(finding.affected) == 1 and finding.affected[0] in places:
        statement = statement_at(*places[finding.affected[0]][:2])
        target = statement.target or finding.target
        others = ("transposed", "reduction")
        return replace(finding, statement=statement, target=target, alternatives=others)
    returned = finding.target == "return" or finding.kind in ("copied", "zero", "shape")
    if returned and finding.line is None:
        return replace(finding, statement=last)
    return finding


def exchanged(judgement: Judgement, wrong: Sequence[str]) -> list[Finding]:
    """Return that gradients are returned in another order than the inputs stand.

    Parameters
    ----------
    judgement : Judgement
        What was compared.
    wrong : sequence of str
        Inputs whose gradients are wrong.

    Returns
    -------
    list of Finding
        One, without a line, or none: where a gradient is nobody's.
    """
    given = {name: judgement.arrays[name].given for name in wrong}
    owners = owners_of(given, judgement.reference.gradient, wrong)
    if not owners:
        return []
    return [Finding("return", "operand", None, None, said_of(owners), 1.0, tuple(owners))]
