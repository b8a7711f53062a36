"""What a comparison found: rows of timings, their ratios and the targets."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import log

from benchmarks.timing import OURS, Timing
from benchmarks.work import IntArray, mean_loss

ALIKE = 0.1
"""Largest difference between the losses of equal work, in nats per example."""


@dataclass(frozen=True)
class Target:
    """What is aimed at.

    Parameters
    ----------
    value : float
        A ratio, or a time in the unit of the comparison.
    at_most : bool, default=False
        Whether less is better.
    """

    value: float
    at_most: bool = False

    def met(self, value: float) -> bool:
        """Return whether a value reaches it."""
        return value <= self.value if self.at_most else value >= self.value

    def __str__(self) -> str:
        return f"{'<=' if self.at_most else '>='} {self.value:g}"


@dataclass(frozen=True)
class Row:
    """One line of a comparison; what was not measured is ``None``.

    Parameters
    ----------
    name, variant : str
        Who, and how.
    best, median : float or None, default=None
        Of the repeats, in the unit of the comparison.
    ratio_best, ratio_median : float or None, default=None
        Of the best repeats and of the medians.
    target : Target or None, default=None
        For the ratio, or for the time where there is no ratio.
    loss : float or None, default=None
        After the work, in nats per example.
    """

    name: str
    variant: str
    best: float | None = None
    median: float | None = None
    ratio_best: float | None = None
    ratio_median: float | None = None
    target: Target | None = None
    loss: float | None = None

    @property
    def verdict(self) -> str:
        """Whether best and median reach the target."""
        judged = (self.best, self.median)
        if self.ratio_best is not None:
            judged = (self.ratio_best, self.ratio_median)
        if self.target is None or judged[0] is None or judged[1] is None:
            return ""
        best, median = (self.target.met(value) for value in judged if value is not None)
        if best == median:
            return "met" if best else "missed"
        return "best only" if best else "median only"


@dataclass(frozen=True)
class Comparison:
    """A table.

    Parameters
    ----------
    name : str
        What is compared.
    work : str
        The work in words.
    unit : str
        Of the times.
    rows : tuple of Row
        Ours first.
    notes : tuple of str, default=()
        What must be known to read it.
    """

    name: str
    work: str
    unit: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


def record(comparison: Comparison) -> Mapping[str, object]:
    """Return a comparison as JSON, verdicts included."""
    rows = [asdict(row) | {"verdict": row.verdict} for row in comparison.rows]
    return asdict(comparison) | {"rows": rows}


SCALES: Mapping[str, float] = {"s": 1.0, "ms": 1e3, "us": 1e6}


def measured(timing: Timing, unit: str, labels: IntArray | None = None) -> Row:
    """Return the row of one timing, its loss included where labels are known."""
    scale = SCALES[unit.partition("/")[0]]
    loss = None
    if labels is not None and timing.candidate.probabilities is not None:
        loss = mean_loss(timing.candidate.probabilities(timing.result), labels)
    name, variant = timing.candidate.name, timing.candidate.variant
    return Row(name, variant, timing.best * scale, timing.median * scale, loss=loss)


def not_installed(name: str) -> Row:
    """Return the row of a peer that is missing."""
    return Row(name, "not installed")


def against_ours(
    timings: Sequence[Timing],
    unit: str,
    targets: Mapping[str, Target],
    labels: IntArray | None = None,
) -> tuple[Row, ...]:
    """Return a row per timing; a ratio says how many times as long as ours a peer takes."""
    (ours,) = (timing for timing in timings if timing.candidate.name == OURS)
    rows = []
    for timing in timings:
        row = measured(timing, unit, labels)
        if timing is not ours:
            row = replace(
                row,
                ratio_best=timing.best / ours.best,
                ratio_median=timing.median / ours.median,
                target=targets.get(row.name),
            )
        rows.append(row)
    return tuple(rows)


def over(timing: Timing, base: Timing, unit: str, target: Target) -> tuple[Row, Row]:
    """Return the rows of ours and of what it is measured by; the ratio is ours over that."""
    row = replace(
        measured(timing, unit),
        ratio_best=timing.best / base.best,
        ratio_median=timing.median / base.median,
        target=target,
    )
    return row, measured(base, unit)


def doubts(rows: Sequence[Row], classes: int) -> tuple[str, ...]:
    """Say whose loss shows that the work was not done, or was not the same."""
    losses = {row.name: row.loss for row in rows if row.loss is not None}
    idle = [name for name, loss in losses.items() if not loss < 0.9 * log(classes)]
    found = [f"DOUBTFUL: {name} has learnt nothing" for name in idle]
    if losses and max(losses.values()) - min(losses.values()) > ALIKE:
        found.append("DOUBTFUL: the losses differ")
    return tuple(found)
