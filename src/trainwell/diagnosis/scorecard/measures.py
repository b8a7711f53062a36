"""The lines of the score card: shares and counts of the two sets, and what is aimed at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trainwell.diagnosis.scorecard.alarms import HOSTILE, ORDINARY, Alarms
from trainwell.diagnosis.scorecard.judging import Row


@dataclass(frozen=True)
class Measure:
    """One line of the score card.

    Parameters
    ----------
    name : str
        What is measured.
    tuning, held_out : float or None
        Share in [0, 1] of the programs that were tuned on, and of the others; ``None`` where
        there is none.
    tuning_of, held_out_of : int
        How many cases these are shares of.
    target : float or None
        What is aimed at; ``None`` where nothing is.
    at_most : bool, default=False
        Whether less is better.
    """

    name: str
    tuning: float | None
    held_out: float | None
    tuning_of: int
    held_out_of: int
    target: float | None
    at_most: bool = False

    def met(self, share: float | None) -> bool:
        """Say whether a share reaches the target; one that there is not does."""
        if share is None or self.target is None:
            return True
        return share <= self.target if self.at_most else share >= self.target


_Judge = Callable[[Row], bool]
_PLANTED: dict[str, tuple[_Judge, float]] = {
    "detected": (lambda row: row.detected, 1.0),
    "statement named": (lambda row: row.named, 0.97),
    "nothing else named": (lambda row: row.alone, 0.95),
    "kind right": (lambda row: row.first, 0.95),
    "kind among three": (lambda row: row.third, 0.98),
}
_TWO: dict[str, tuple[_Judge, float | None]] = {
    "two at once: detected": (lambda row: row.detected, 1.0),
    "two at once: both named": (lambda row: row.named, 0.95),
    "two at once: both kinds": (lambda row: row.first, None),
}
_VALUES: dict[str, tuple[_Judge, float | None]] = {
    "no code: the wrong arrays": (lambda row: row.named, None),
    "no code: and the kind": (lambda row: row.named and row.third, 0.85),
}
_REAL: dict[str, tuple[_Judge, float | None]] = {
    "in the wild: detected": (lambda row: row.detected, 1.0),
    "in the wild: named": (lambda row: row.named, 0.97),
    "in the wild: kind right": (lambda row: row.first, 0.95),
    "in the wild: among three": (lambda row: row.third, 0.98),
}


def measures(
    mutants: Sequence[Row],
    pairs: Sequence[Row],
    values: Sequence[Row],
    real: Sequence[Row],
    alarms: Sequence[Alarms],
) -> tuple[Measure, ...]:
    """Return the lines of the score card; none for what was not measured.

    Parameters
    ----------
    mutants, pairs, values, real : sequence of Row
        One planted fault each; two each; gradients without their code; faults met in the wild.
    alarms : sequence of Alarms
        Of right programs.

    Returns
    -------
    tuple of Measure
        In the order of the table.
    """
    found = [_measure(name, mutants, *how) for name, how in _PLANTED.items() if mutants]
    found += [_measure(name, pairs, *how) for name, how in _TWO.items() if pairs]
    found += [_measure(name, values, *how) for name, how in _VALUES.items() if values]
    single = [row for row in values if row.alone]
    if single:
        found.append(_measure("no code, one array: kind", single, lambda row: row.third, 0.85))
    found += [_measure(name, real, *how) for name, how in _REAL.items() if real]
    ordinary = [each for each in alarms if each.sort == ORDINARY]
    hostile = [each for each in alarms if each.sort in HOSTILE]
    for name, group in (("ordinary", ordinary), ("hostile", hostile)):
        if group:
            limit = 0.0 if name == "ordinary" else 0.01
            found.append(_counted(f"false alarms, {name}", group, lambda a: len(a.failed), 0.0))
            undecided = f"undecided, {name}"
            found.append(_counted(undecided, group, lambda a: len(a.undecided), limit))
            found.append(_counted(f"exceptions, {name}", group, lambda a: len(a.ended), 0.0))
    return tuple(found)


def _measure(name: str, rows: Sequence[Row], judge: _Judge, target: float | None) -> Measure:
    sets = [[judge(row) for row in rows if row.held_out is held] for held in (False, True)]
    tuning, held_out = (sum(each) / len(each) if each else None for each in sets)
    return Measure(name, tuning, held_out, len(sets[0]), len(sets[1]), target)


def _counted(
    name: str, alarms: Sequence[Alarms], count: Callable[[Alarms], int], target: float
) -> Measure:
    shares: list[float | None] = []
    sizes = []
    for held in (False, True):
        group = [each for each in alarms if each.held_out is held]
        total = sum(each.checks for each in group)
        shares.append(sum(map(count, group)) / total if total else None)
        sizes.append(total)
    return Measure(name, shares[0], shares[1], sizes[0], sizes[1], target, at_most=True)
