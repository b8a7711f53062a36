"""What gradients without code tell: at which place of the way back something else was done.

The forward pass is on tape, so the right way back is known, with every derivative on it. Each
place of it is a suspect: had one wrong derivative been there, the gradients of just the parameters
behind it would be wrong, in a way that depends on the place and on the mistake. The simplest
mistake that explains all of them to the last digits is taken.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.recording import ancestors
from trainwell.diagnosis.gradient_trials.cancelled import without_effect
from trainwell.diagnosis.gradient_trials.combinations import mixed_powers, powers, terms, weights
from trainwell.diagnosis.gradient_trials.pool import Pool, pool_of
from trainwell.diagnosis.gradient_trials.repeated import Repeated, Rounds
from trainwell.diagnosis.gradient_trials.screening import Budget, Hit, Screen, Target, target_of
from trainwell.diagnosis.gradient_trials.suspects import (
    Directions,
    Suspect,
    directions,
    suspects,
    swept,
    tangents,
)
from trainwell.diagnosis.gradient_trials.trials import Around, Told, Trials, nice_numbers
from trainwell.diagnosis.gradient_trials.trials_of_form import (
    factors,
    limited,
    rounded,
    slices,
    turned,
)
from trainwell.diagnosis.gradient_trials.trials_of_products import penalties, products, sums
from trainwell.diagnosis.gradient_trials.trials_of_values import others, slopes, thresholds
from trainwell.diagnosis.gradient_verdict.comparison import scale_of_all
from trainwell.diagnosis.gradient_verdict.constants import Constants, batch_size, shape_of
from trainwell.diagnosis.gradient_verdict.trace import Trace
from trainwell.types import FloatArray

_DIRECTIONS = 16
_NUMBERS = 3e7
_OPERATIONS = 1e5  # repeated for the changes along all directions
_WORK = 8e8
_SWEEPS = 4e8
_CONFIRMED = 60  # sweeps that confirm what the directions say
_EXACT = 1e-6
_SUMMING = frozenset(("add", "subtract", "dot", "matmul", "einsum", "sum", "mean"))
_NEAR = 0.5  # alternatives cost at most so much more
_SEVERAL = 12
_TRIED = 2  # arrays that are explained alone
_Family = Callable[[Around], Iterator[Trials]]
_STAGES: tuple[tuple[tuple[_Family, ...], tuple[_Family, ...]], ...] = (
    ((factors, turned, slices, rounded, penalties, others), ()),
    ((limited,), (products, sums, slopes)),
    ((), (thresholds, terms, weights, powers)),
    ((), (mixed_powers,)),
)
"""What is tried one after the other: at all places, and where a statement ends."""

_OF_ONE = (factors, rounded, penalties, others, products, sums)


@dataclass(frozen=True, eq=False)
class Explanation:
    """A mistake that explains wrong gradients.

    Parameters
    ----------
    hit : Hit
        Where and what.
    told : Told
        What it says, with the exact numbers.
    replaced : mapping of int to FloatArray
        The wrong derivatives by the index of their step.
    affected : tuple of str
        The gradients that it explains.
    """

    hit: Hit
    told: Told
    replaced: Mapping[int, FloatArray]
    affected: tuple[str, ...]


class Search:
    """The search for mistakes on the way back.

    Parameters
    ----------
    trace : Trace
        The forward pass.
    given : mapping of str to FloatArray
        The gradients.
    data : tuple
        What the cost was given beside the parameters.
    constants : Constants
        Numbers with a name.
    """

    def __init__(
        self,
        trace: Trace,
        given: Mapping[str, FloatArray],
        data: tuple[Any, ...],
        constants: Constants,
    ) -> None:
        self.trace, self.given, self.data, self.constants = trace, given, data, constants
        self.nice = nice_numbers(constants)
        self.budget = Budget(_WORK)
        self.repeated: list[Repeated] = []
        self.replaced_by_hits = False
        self.replaced: dict[int, FloatArray] = {}
        self.steps = trace.recording.steps[: trace.output.index + 1]
        self.last = {step.place[:2]: step.operation for step in self.steps}
        self.along = self._directions()
        self.sweep()
        fixed = without_effect(trace.recording, self.cotangents, self.parts)
        self.replaced = {index: np.zeros_like(value) for index, value in fixed.items()}
        self.sweep()
        wanted = set(self.cotangents)
        self.changes = tangents(trace.recording, trace.leaves, self.along, wanted, fixed)
        self.scale = scale_of_all(self.right)
        self.units = {
            name: max(
                float(np.abs(right).max(initial=0.0)),
                float(np.abs(given[name]).max(initial=0.0)),
                1e-6 * self.scale,
            )
            for name, right in self.right.items()
        }

    def _directions(self) -> Directions:
        size = sum(np.size(step.value) for step in self.steps)
        each = max(size * len(self.trace.leaves), 1)
        repeated = 2 * len(self.steps) * len(self.trace.leaves)
        most = int(np.clip(min(_NUMBERS / each, _OPERATIONS / repeated), 3, _DIRECTIONS))
        arrays = {name: leaf.value for name, leaf in self.trace.leaves.items()}
        return directions(arrays, np.random.Generator(np.random.Philox(0)), most)

    def sweep(self) -> None:
        """Go back with the wrong derivatives that were found so far."""
        trace = self.trace
        self.cotangents, self.parts = swept(trace.recording, trace.output, self.replaced)
        self.right = trace.gradient(self.cotangents)

    def wrong(self, names: Sequence[str]) -> frozenset[str]:
        """Return the gradients that are not explained so far."""
        found = set()
        for name in names:
            distance = float(np.abs(self.given[name] - self.right[name]).max(initial=0.0))
            if not distance <= 1e-10 * self.units[name]:
                found.add(name)
        return frozenset(found)

    def effect(self, suspect: Suspect, change: FloatArray) -> dict[str, FloatArray]:
        """Return what a change of one derivative does to all gradients."""
        replaced = self._with(suspect, change)
        found, _ = swept(self.trace.recording, self.trace.output, replaced)
        gradient = self.trace.gradient(found)
        return {name: gradient[name] - self.right[name] for name in gradient}

    def _with(self, suspect: Suspect, change: FloatArray) -> dict[int, FloatArray]:
        replaced = dict(self.replaced)
        for index, added in suspect.lifted(change).items():
            replaced[index] = self.cotangents[index] + added
        return replaced

    def around(self, suspect: Suspect, pool: Pool) -> Around:
        """Return what the trials at a place are made of."""
        shape = suspect.cotangent.shape
        names = {leaf.index: name for name, leaf in self.trace.leaves.items()}
        own = names.get(suspect.steps[0].index, "") if not suspect.consumer else ""
        return Around(
            suspect,
            self.constants,
            pool,
            pool.fitting(shape, derived=False),
            pool.fitting(shape, derived=True),
            own,
            batch_size(self.data),
            tuple(n for x in self.data for n in shape_of(x)),
            self.of_penalty(suspect),
        )

    def of_penalty(self, suspect: Suspect) -> bool:
        """Say whether a place is made of one parameter and of numbers: part of a penalty."""
        if any(step.operation == "leaf" for step in suspect.steps):
            return False
        for step in suspect.steps:
            within = [self.steps[at] for at in ancestors([step])]
            plain = not any(
                isinstance(a, np.ndarray) and a.ndim for s in within for a in s.arguments
            )
            if not plain or sum(s.operation == "leaf" for s in within) != 1:
                return False
        return True

    def explanations(self, wrong: frozenset[str]) -> list[Explanation]:
        """Return what explains most of the wrong gradients, the simplest first."""
        target = target_of(self.along, self.given, self.right, wrong, self.scale)
        data = tuple(self.data)
        pool = pool_of(self.steps, self.trace.leaves, self.cotangents, self.parts, data)
        found_places = suspects(self.trace.recording, self.cotangents, self.parts, self.changes)
        screens = [Screen(target, suspect, self.nice) for suspect in found_places]
        places = [
            (screen, self.around(screen.suspect, pool))
            for screen in screens
            if screen.explained and screen.equations
        ]
        whole = [place for place in places if place[0].explained == wrong]
        rest = [place for place in places if place[0].explained != wrong]
        for chosen, stages in (
            (whole, _STAGES[:2]),
            ([], ()),  # here mistakes are looked for that are made in every round
            (whole, _STAGES[2:]),
            (rest, _STAGES[:3]),
        ):
            if not stages and not self.replaced_by_hits:
                mistake = self._of_rounds()
                if mistake is not None:
                    self.repeated.append(mistake)
                    return []
            for stage in stages:
                found = self._confirmed(self._hits(chosen, *stage), wrong)
                if found:
                    return found
        return self._of_one_array(target, [around for _, around in places], wrong)

    def _of_rounds(self) -> Repeated | None:
        trace = self.trace
        rounds = Rounds(trace.recording, trace.output, trace.leaves, self.given, self.replaced)
        return rounds.first(Budget(_SWEEPS))

    def _of_one_array(
        self, target: Target, places: Sequence[Around], wrong: frozenset[str]
    ) -> list[Explanation]:
        """Return what explains an array, where those behind it are wrong for more reasons."""
        first = {
            name: min((s.index for s in self.steps if leaf in s.parents), default=0)
            for name, leaf in self.trace.leaves.items()
        }
        # What is used last in the forward pass comes first on the way back.
        for name in sorted(wrong, key=lambda n: (-first[n], n))[:_TRIED]:
            found = []
            for around in places:
                screen = Screen(target, around.suspect, self.nice, frozenset({name}))
                if screen.explained and screen.equations > 2 and len(screen.below) > 1:
                    found.append((screen, around))
            for stage in _STAGES[:2]:
                explanations = self._confirmed(self._hits(found, *stage), frozenset({name}), wrong)
                if explanations:
                    return explanations
        return []

    def _hits(
        self,
        places: Sequence[tuple[Screen, Around]],
        light: Sequence[_Family],
        heavy: Sequence[_Family],
    ) -> list[Hit]:
        hits: list[Hit] = []
        with np.errstate(all="ignore"):
            for screen, around in places:
                families = (*light, *heavy) if self.ends(screen.suspect) else light
                for family in families if self.budget.left > 0 else ():
                    if screen.suspect.cotangent.size > 1 or family in _OF_ONE:
                        for trials in family(around):
                            hits += screen.hits(trials, self.budget)
        return sorted(hits, key=lambda hit: hit.told.cost)

    def ends(self, suspect: Suspect) -> bool:
        """Say whether a place is a parameter, a sum or a product, or what a statement comes to."""
        step = suspect.shown
        if not step.place[1] or step.operation in _SUMMING:
            return True
        return self.last.get(step.place[:2]) == step.operation

    def _confirmed(
        self,
        hits: Sequence[Hit],
        wrong: frozenset[str],
        allowed: frozenset[str] = frozenset(),
    ) -> list[Explanation]:
        """Return the hits that explain the arrays to the last digits, the simplest first."""
        found: list[Explanation] = []
        limit = np.inf
        for hit in hits[:_CONFIRMED]:
            if hit.told.cost > limit:
                break
            explanation = self.confirmed(hit, wrong, allowed)
            if explanation is not None:
                found.append(explanation)
                if set(explanation.affected) >= wrong:
                    limit = min(limit, explanation.told.cost + _NEAR)
                    if len(found) == _SEVERAL:
                        break
        most = max((len(e.affected) for e in found), default=0)
        best = [e for e in found if len(e.affected) == most]
        return sorted(best, key=lambda e: e.told.cost)

    def confirmed(
        self, hit: Hit, wrong: frozenset[str], allowed: frozenset[str] = frozenset()
    ) -> Explanation | None:
        """Return an explanation if one sweep for each unknown number bears it out.

        Parameters
        ----------
        hit : Hit
            What the directions say.
        wrong : frozenset of str
            Arrays that it must explain as far as it changes them.
        allowed : frozenset of str, optional
            Arrays that may stay wrong.

        Returns
        -------
        Explanation or None
            ``None`` if it leaves something unexplained.
        """
        nothing = {name: np.zeros_like(right) for name, right in self.right.items()}
        gone = self.effect(hit.suspect, -hit.removed) if hit.removed.any() else nothing
        columns = [self.effect(hit.suspect, column) for column in hit.columns]
        units = {
            name: float(np.abs(self.given[name] - self.right[name]).max(initial=0.0)) or 1.0
            for name in self.right
        }
        names = sorted(n for n in wrong if any(np.any(c[n]) for c in [gone, *columns]))
        if not names:
            return None

        def line(of: Mapping[str, FloatArray]) -> FloatArray:
            return np.concatenate([np.ravel(of[n]) / units[n] for n in names])

        error = {n: self.given[n] - self.right[n] - gone[n] for n in self.right}
        basis = np.stack([line(c) for c in columns], axis=1)
        lengths = np.linalg.norm(basis, axis=0)
        if not np.isfinite(basis).all() or not lengths.all():
            return None
        numbers = np.linalg.lstsq(basis / lengths, line(error), rcond=1e-13)[0] / lengths
        left = {
            n: error[n] - sum(x * c[n] for x, c in zip(numbers, columns, strict=True))
            for n in self.right
        }
        limit = 3e-3 if hit.trials.blunt else _EXACT
        for name in self.right:
            if name in allowed - wrong:
                continue
            peak = float(np.abs(self.right[name]).max(initial=0.0))
            size = float(np.abs(left[name]).max(initial=0.0))
            most = limit * units[name] + 1e-12 * max(peak, 1e-6 * self.scale)
            if name not in wrong:
                most = 1e-9 * max(peak, 1e-6 * self.scale)
            if (name not in wrong or name in names) and not size <= most:
                return None
        told = hit.trials.told(hit.at, numbers)
        if told is None:
            return None
        change = sum((x * c for x, c in zip(numbers, hit.columns, strict=True)), -hit.removed)
        touched = {n for n in allowed if any(np.any(c[n]) for c in [gone, *columns])}
        affected = tuple(n for n in self.right if n in touched | {*names})
        return Explanation(hit, told, self._with(hit.suspect, change), affected)
