"""The score card of the gradient checker: everything that is measured of it, in one run."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from trainwell.diagnosis.scorecard.alarms import HOSTILE, ORDINARY, Alarms, alarms
from trainwell.diagnosis.scorecard.baselines import (
    BASELINES,
    Answer,
    on_mutant,
    on_right,
    why_missing,
)
from trainwell.diagnosis.scorecard.judging import (
    Row,
    judged,
    judged_pair,
    judged_real,
    judged_values,
    real_faults,
    real_programs,
    why_not,
)
from trainwell.diagnosis.scorecard.measures import Measure, measures
from trainwell.diagnosis.scorecard.mutants import Mutant, pairs, sample
from trainwell.diagnosis.scorecard.parallel import Progress, Task, carried_out, cores
from trainwell.diagnosis.scorecard.programs import program, programs
from trainwell.diagnosis.scorecard.speed import NETWORKS, Speed, speed
from trainwell.errors import ConfigurationError

FULL = 1_500
"""Mutants of the full card."""

PARTS = ("mutants", "pairs", "values", "real", "alarms", "speed", "baselines")
"""What can be measured."""

SHORT = ("mutants", "alarms")
"""What a card of a given number of mutants measures, unless it is told more."""

_PER_MUTANT = {"pairs": 0.16, "ordinary": 6.67, "hostile": 0.83}
_VALUES = 4  # one in so many planted faults is judged by its numbers alone, too
_HELD_OUT = 0.5  # of the faults: the goals are set for programs held out
_CHUNK = 20
_RIGHT_POINTS = 10


@dataclass(frozen=True)
class Baseline:
    """How another checker fares on the same programs.

    Parameters
    ----------
    name : str
        Of the checker.
    missing : str
        Why it was not asked; empty if it was.
    tuning, held_out : float or None
        Share of the planted faults that it saw, of NumPy programs of each set.
    false_alarms : float or None
        Share of right programs that it called wrong.
    seconds : float or None
        Mean time for one mutant.
    """

    name: str
    missing: str
    tuning: float | None = None
    held_out: float | None = None
    false_alarms: float | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Card:
    """What was measured; what was not asked for is empty.

    Parameters
    ----------
    seed : int
        Of the sample of mutants and of all points.
    mutants, pairs, values, real : tuple of Row
        One planted fault each; two each; gradients without their code; faults met in the wild.
    alarms : tuple of Alarms
        Of right programs, by program and sort of points.
    speeds : tuple of Speed
        By network.
    baselines : tuple of Baseline
        What people use today.
    notes : tuple of str
        What was left out, and why.
    seconds : float
        Time of the whole card.
    """

    seed: int
    mutants: tuple[Row, ...] = ()
    pairs: tuple[Row, ...] = ()
    values: tuple[Row, ...] = ()
    real: tuple[Row, ...] = ()
    alarms: tuple[Alarms, ...] = ()
    speeds: tuple[Speed, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The lines of the table, with their targets."""
        return measures(self.mutants, self.pairs, self.values, self.real, self.alarms)

    def __getitem__(self, name: str) -> Measure:
        found = {measure.name: measure for measure in self.measures}
        if name not in found:
            raise ConfigurationError.unknown_name("measure", name, found)
        return found[name]

    def __str__(self) -> str:
        from trainwell.diagnosis.scorecard.card_text import card_text

        return card_text(self)

    def as_dict(self) -> dict[str, Any]:
        """Return the card as plain values; of held-out programs only what the text shows."""
        rows = ("mutants", "pairs", "values", "real")
        shown = {
            name: [asdict(row) for row in getattr(self, name) if not row.held_out] for name in rows
        }
        return {
            "seed": self.seed,
            "seconds": self.seconds,
            "measures": [asdict(measure) for measure in self.measures],
            "alarms": [asdict(each) for each in self.alarms if not each.held_out],
            "speeds": [asdict(each) for each in self.speeds],
            "baselines": [asdict(each) for each in self.baselines],
            "notes": list(self.notes),
            "wrong": {
                name: [row for row in found if not self._is_right(row)]
                for name, found in shown.items()
            },
        }

    @staticmethod
    def _is_right(row: Mapping[str, Any]) -> bool:
        return bool(row["detected"] and row["alone"] and row["first"])


def run_card(
    mutants: int | None = None,
    seed: int = 0,
    *,
    parts: Collection[str] | None = None,
    processes: int | None = None,
    progress: Progress | None = None,
) -> Card:
    """Measure the gradient checker.

    Parameters
    ----------
    mutants : int or None, default=None
        How many programs with a planted fault; everything else is in proportion. ``None``
        runs the full card: 1,500 mutants, 10,000 ordinary and 1,000 hostile right programs.
    seed : int, default=0
        The same seed, the same mutants and points.
    parts : collection of str, optional
        Which of :data:`PARTS` to measure: all of them for the full card; with a given number of
        mutants by default these and right programs.
    processes : int or None, default=None
        How many to use; ``None`` takes as many as there are cores. Times are measured by one.
    progress : callable, optional
        Is called with what is being done, how much of it is done, and how much there is.

    Returns
    -------
    Card
        Prints as a table.

    Raises
    ------
    ConfigurationError
        If there is no such part, or a count is not positive.
    """
    count = FULL if mutants is None else mutants
    processes = cores() if processes is None else processes
    if parts is None:
        parts = PARTS if mutants is None else SHORT
    for name, value in (("mutants", count), ("processes", processes)):
        if value < 1:
            raise ConfigurationError.out_of_range("run_card", name, value, "at least 1")
    for part in parts:
        if part not in PARTS:
            raise ConfigurationError.unknown_name("part", part, PARTS)
    return _Run(count, seed, processes, progress).card(parts)


@dataclass(frozen=True)
class _Run:
    """The work of one card."""

    count: int
    seed: int
    processes: int
    progress: Progress | None
    notes: list[str] = field(default_factory=list)

    def card(self, parts: Collection[str]) -> Card:
        """Measure what is asked for, times last and alone."""
        begun = perf_counter()
        drawn = self.drawn() if {"mutants", "values", "baselines"} & {*parts} else []
        plain = [each for each in drawn if each.program.framework == "numpy"]
        found: dict[str, Any] = {}
        if "mutants" in parts:
            found["mutants"] = self.rows("planted faults", [(judged, (each,)) for each in drawn])
        if "values" in parts:
            tasks: list[Task] = [(judged_values, (each,)) for each in plain[::_VALUES]]
            found["values"] = self.rows("gradients without code", tasks)
        if "pairs" in parts:
            found["pairs"] = self.pairs()
        if "real" in parts:
            real = real_programs()
            tasks = [(judged_real, (p.name, bug)) for p in real for bug in real_faults(p.name)]
            found["real"] = self.rows("faults met in the wild", tasks)
        if "alarms" in parts:
            found["alarms"] = self.alarms()
        if "baselines" in parts:
            found["baselines"] = self.baselines(plain)
        if "speed" in parts:
            found["speeds"] = self.speeds()
        seconds = perf_counter() - begun
        return Card(self.seed, **found, notes=tuple(self.notes), seconds=seconds)

    def drawn(self) -> list[Mutant]:
        """Draw the mutants, without those whose framework is missing."""
        self.say("drawing mutants", 0, self.count)
        left_out = {each: reason for each in programs() if (reason := why_not(each))}
        apart = round(_HELD_OUT * self.count)
        drawn = sample(self.count - apart, self.seed, held_out=False)
        drawn += sample(apart, self.seed, held_out=True)
        kept = [each for each in drawn if each.program not in left_out]
        for each, reason in left_out.items():
            name = "a program held out" if each.held_out else each.name
            self.notes.append(f"left out: {name} ({reason})")
        self.say("drawing mutants", len(kept), len(kept))
        return kept

    def rows(self, title: str, tasks: Sequence[Task]) -> tuple[Row, ...]:
        """Judge."""
        found = carried_out(title, tasks, self.processes, self.progress)
        return tuple(row for row in found if row is not None)

    def pairs(self) -> tuple[Row, ...]:
        """Judge two faults at once, about as many of each NumPy program at hand, or held out."""
        tasks: list[Task] = []
        for held_out, share in ((False, 1 - _HELD_OUT), (True, _HELD_OUT)):
            plain = [each for each in programs(held_out=held_out) if each.framework == "numpy"]
            total = max(1, round(_PER_MUTANT["pairs"] * share * self.count))
            shares = np.diff(np.arange(len(plain) + 1) * total // len(plain))
            tasks += [
                (_pairs_of, (program.name, int(each), self.seed))
                for program, each in zip(plain, shares, strict=True)
                if each
            ]
        found = carried_out("two faults at once", tasks, self.processes, self.progress)
        return tuple(row for rows in found for row in rows)

    def alarms(self) -> tuple[Alarms, ...]:
        """Check right programs."""
        plain = [each.name for each in programs() if each.framework == "numpy"]
        real = [each.name for each in real_programs()]
        per_program = self.count / len([*plain, *real])
        ordinary = max(1, round(_PER_MUTANT["ordinary"] * per_program))
        hostile = self.count / len(plain) / len(HOSTILE)
        hostile = max(1, round(_PER_MUTANT["hostile"] * hostile))
        wanted = [(name, ORDINARY, ordinary) for name in [*plain, *real]]
        wanted += [(name, sort, hostile) for name in plain for sort in HOSTILE]
        tasks: list[Task] = []
        first = 100_000 * self.seed
        for name, sort, number in wanted:
            for start in range(first, first + number, _CHUNK):
                seeds = tuple(range(start, min(start + _CHUNK, first + number)))
                tasks.append((alarms, (name, sort, seeds)))
        return tuple(carried_out("right programs", tasks, self.processes, self.progress))

    def baselines(self, plain: Sequence[Mutant]) -> tuple[Baseline, ...]:
        """Ask what people use today."""
        tasks: list[Task] = [(on_mutant, (each,)) for each in plain]
        said = carried_out("what people use today", tasks, self.processes, self.progress)
        names = [each.name for each in programs() if each.framework == "numpy"]
        points = min(_RIGHT_POINTS, max(1, self.count // 100))
        tasks = [(on_right, (name, point)) for name in names for point in range(points)]
        title = "what people use today, right programs"
        right = carried_out(title, tasks, self.processes, self.progress)
        held = [each.program.held_out for each in plain]
        sets = {
            flag: [answers for answers, of in zip(said, held, strict=True) if of is flag]
            for flag in (False, True)
        }
        return tuple(
            Baseline(name, missing)
            if (missing := why_missing(name))
            else Baseline(
                name,
                "",
                _share(name, sets[False]),
                _share(name, sets[True]),
                _share(name, right),
                _mean([each.seconds for each in _of(name, said)]),
            )
            for name in BASELINES
        )

    def speeds(self) -> tuple[Speed, ...]:
        """Time networks one after the other."""
        found = []
        for done, sizes in enumerate(NETWORKS):
            self.say("times", done, len(NETWORKS))
            found.append(speed(sizes))
        self.say("times", len(NETWORKS), len(NETWORKS))
        return tuple(found)

    def say(self, title: str, done: int, total: int) -> None:
        """Tell how far the work is."""
        if self.progress is not None:
            self.progress(title, done, total)


def _pairs_of(name: str, count: int, seed: int) -> list[Row]:
    return [judged_pair(pair) for pair in pairs(program(name), count, seed)]


def _of(name: str, said: Iterable[Sequence[Answer]]) -> list[Answer]:
    return [answer for answers in said for answer in answers if answer.name == name]


def _share(name: str, said: Iterable[Sequence[Answer]]) -> float | None:
    return _mean([float(answer.wrong) for answer in _of(name, said)])


def _mean(numbers: Sequence[float]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None
