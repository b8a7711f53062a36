"""A recorded backward pass that is mended step by step."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.backward import Backward
from trainwell.diagnosis.gradient_localisation.change import Change, Surroundings
from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradient_localisation.formed import Line, assigned, well_formed
from trainwell.diagnosis.gradient_localisation.matching import (
    CLOSE,
    Derivative,
    Match,
    Matcher,
    matched,
)
from trainwell.diagnosis.gradient_tape.recording import (
    REFUSED,
    Edit,
    Step,
    ancestors,
    dependents,
    handed_on,
    repeated,
    replay,
    replay_what_can_be,
)
from trainwell.diagnosis.gradient_verdict.comparison import (
    FLOOR,
    are_close,
    peak_of,
    relative_error,
)
from trainwell.types import FloatArray

MENDED = 1e-9
"""Relative error of a gradient that a change made right."""

_BESIDE = 1e-3  # of an error: so much closer is what does not have it
_CLOSEST = 1e-12


@dataclass(frozen=True, eq=False)
class Repair:
    """A change of one place in the user's source.

    Parameters
    ----------
    site : tuple of Step
        The operation, each time it was carried out.
    change : Change
        What it should have been.
    edits : mapping of int to tuple
        The calls in its place.
    mended : tuple of str
        Parameters whose gradients it makes right.
    new : FloatArray
        What the first of the operations gives with it.
    """

    site: tuple[Step, ...]
    change: Change
    edits: Mapping[int, Edit]
    mended: tuple[str, ...]
    new: Any


@dataclass(frozen=True, eq=False)
class _Way:
    """From a place to the gradients: the operations in two parts, in the order of their turn.

    The first part leads to the nearest wrong gradients, which soon tell that a change is of no
    use.
    """

    near: tuple[str, ...]
    first: Sequence[Step]
    rest: Sequence[Step]


class Workshop:
    """A backward pass that is mended step by step.

    Parameters
    ----------
    backward : Backward
        What was recorded.
    expected : mapping of str to FloatArray
        The right gradients.
    known : sequence of Derivative
        Every derivative that the tape knows.
    around : Surroundings
        What an operation could have used.
    scale : float
        The largest norm of any right gradient.
    deadline : Deadline
        When the search has to end.
    matcher : Matcher
        Knows the same derivatives; how close what it finds is, is decided here.
    """

    def __init__(
        self,
        backward: Backward,
        expected: Mapping[str, FloatArray],
        known: Sequence[Derivative],
        around: Surroundings,
        scale: float,
        deadline: Deadline,
        matcher: Matcher,
    ) -> None:
        self.backward, self.expected, self.around = backward, expected, around
        self.scale = scale
        self.known = known
        self.steps = backward.steps
        self._begin(deadline)
        self._largest = {name: _largest(array, scale) for name, array in expected.items()}
        self.matcher = matcher.at(self._closeness())
        self.lineage = {name: ancestors([step]) for name, step in backward.outputs.items()}
        self.sites: dict[tuple[Any, ...], list[Step]] = {}
        for step in self.steps:
            self.sites.setdefault(step.instruction, []).append(step)

    def _begin(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.unsettled: tuple[str, ...] = ()
        self.usual: tuple[Any, list[float]] | None = None
        self.accepted: dict[int, Edit] = {}
        self.values: dict[int, Any] = {}
        self._ways: dict[Any, _Way] = {}
        self._base: dict[int, Any] | None = None

    def again(self, deadline: Deadline) -> "Workshop":
        """Return the same backward pass with nothing mended."""
        shop = copy(self)
        shop._begin(deadline)  # noqa: SLF001 - the same class
        return shop

    @cached_property
    def assigned(self) -> list[Step]:
        """What the statements give: arrays that other statements use, or gradients."""
        indices = assigned(self.backward)
        return [s for s in self.steps if s.index in indices and np.size(s.value) > 1]

    @cached_property
    def ends_of_forward(self) -> set[int]:
        """Indices of what statements of the forward pass give, and of the parameters."""
        return handed_on(self.backward.forward) | {
            step.index for step in self.backward.trace.leaves.values()
        }

    @cached_property
    def given(self) -> dict[int, list[Match]]:
        """Arrays of the forward pass that are derivatives, such as the error of squares."""
        arrays = [step for step in self.backward.forward if np.size(step.value) > 1]
        rows = matched(arrays, {}, self.matcher)
        return {
            index: row
            for index, row in rows.items()
            if any(near(m.factor, 1.0) and m.derivative.consumer is None for m in row)
        }

    @cached_property
    def formed(self) -> frozenset[Line]:
        """The statements whose values were derivatives before anything was mended."""
        return well_formed(self.backward, self.known)

    @cached_property
    def _returned(self) -> frozenset[int]:
        """Indices of values that are used outside of the call in which they were computed."""
        pairs = ((parent, step) for step in self.steps for parent in step.parents)
        return frozenset(p.index for p, s in pairs if not _is_within(p.place[3], s.place[3]))

    def returned(self, site: Sequence[Step]) -> list[Step]:
        """Return when a call has given the result of an operation: several times, and not each."""
        found = [step for step in site if step.index in self._returned]
        return found if 1 < len(found) < len(site) else []

    @cached_property
    def _given_values(self) -> frozenset[bytes]:
        steps = (s for s in self.backward.forward if s.index in self.ends_of_forward)
        return frozenset(np.asarray(s.value).tobytes() for s in steps if np.size(s.value) > 1)

    def is_of_forward(self, step: Step) -> bool:
        """Say whether a value is computed again, to the bit, as in the forward pass."""
        own = np.asarray(step.value).tobytes() if np.size(step.value) > 1 else b""
        made = (np.asarray(p.value).tobytes() for p in step.parents)  # by `s * 1` nothing is
        return own in self._given_values and own not in made

    def _closeness(self) -> float:
        """Return how far apart values may be that are the same: less than what is looked for."""
        errors = [self.error(name, {}) for name in self.wrong()]
        return max(_CLOSEST, min(CLOSE, _BESIDE * min(errors, default=1.0)))

    def value(self, step: Step) -> Any:
        """Return the value of a step as the backward pass stands now."""
        return self.values.get(step.index, step.value)

    def error(self, name: str, values: Mapping[int, Any]) -> float:
        """Return the relative error of a gradient."""
        step = self.backward.outputs[name]
        given = np.asarray(values.get(step.index, step.value), dtype=np.float64)
        expected = self.expected[name]
        if given.shape != expected.shape:
            return np.inf
        return relative_error(given, expected, self.scale)

    def is_right(self, name: str, values: Mapping[int, Any]) -> bool:
        """Say whether a gradient is right: most that are not are so at the largest number."""
        step = self.backward.outputs[name]
        given = np.asarray(values.get(step.index, step.value))
        expected = self.expected[name]
        at, bound = self._largest[name]
        if given.shape != expected.shape or (
            given.size and abs(given.item(at) - expected.item(at)) > bound
        ):
            return False
        return are_close(np.asarray(given, np.float64), expected, self.scale, MENDED)

    def wrong(self, values: Mapping[int, Any] | None = None) -> list[str]:
        """Return the parameters whose gradients are wrong."""
        chosen = self.values if values is None else values
        return [n for n in self.backward.outputs if not self.is_right(n, chosen)]

    def out_of_time(self) -> bool:
        """Say whether the search has to end."""
        return self.deadline.passed

    def tried(self, site: Sequence[Step], change: Change, wrong: Sequence[str]) -> Repair | None:
        """Return a change as a repair if it mends something and breaks nothing."""
        edits = {}
        for step in site:
            edit = change.make(step)
            if edit is not None:
                edits[step.index] = edit
        if not edits:
            return None
        way = self._way(site, wrong)
        together = {**self.accepted, **edits}
        try:
            if self._base is None:
                self._base = replay(self.steps, {}, self.accepted)
            values = repeated(way.first, self._base, together)
            if not any(self.is_right(n, values) for n in way.near):
                return None
            values = repeated(way.rest, values, together)
        except REFUSED:
            return None
        # A gradient without a new value is as it was.
        changed = [n for n, step in self.backward.outputs.items() if step.index in values]
        wrong_still = {n for n in changed if not self.is_right(n, values)}
        mended = tuple(n for n in self.unsettled if n in changed and n not in wrong_still)
        if not mended or wrong_still - set(self.unsettled):
            return None
        return Repair(tuple(site), change, edits, mended, values.get(site[0].index))

    def _way(self, site: Sequence[Step], wrong: Sequence[str]) -> _Way:
        """Return the way from a place to the first wrong gradients behind it, and to all."""
        key = (site[0].index, len(site), tuple(wrong))
        known = self._ways.get(key)
        if known is None:
            touched = {step.index for step in site}
            behind = [n for n in wrong if touched & self.lineage[n]]
            near = tuple(sorted(behind, key=lambda n: self.backward.outputs[n].index)[:2])
            needed = set().union(*(self.lineage[n] for n in near))
            steps = dependents(self.steps, touched)
            first = [step for step in steps if step.index in needed]
            rest = [step for step in steps if step.index not in needed]
            known = self._ways[key] = _Way(near, first, rest)
        return known

    @contextmanager
    def within(self, share: float) -> Iterator[None]:
        """Let a search end after a share of the time that is left."""
        before = self.deadline
        self.deadline = Deadline(share * before.left)
        try:
            yield
        finally:
            self.deadline = before

    @contextmanager
    def with_repair(self, repair: Repair) -> Iterator[None]:
        """Go on with a repair for a while."""
        before = dict(self.accepted), self._base, self.values
        self.accept(repair)
        try:
            yield
        finally:
            self.accepted, self._base, self.values = before

    def accept(self, repair: Repair) -> None:
        """Go on with a repair."""
        self.accepted.update(repair.edits)
        try:
            self._base = self.values = replay(self.steps, {}, self.accepted)
        except Exception:  # noqa: BLE001 - with other values, what the user calls may raise anything
            self._base = self.values = replay_what_can_be(self.steps, self.accepted)

    def matches(self) -> dict[int, list[Match]]:
        """Return which steps are derivatives, as the backward pass stands."""
        return matched(self.steps, self.values, self.matcher)

    def region(self, name: str, found: Mapping[int, list[Match]]) -> set[int]:
        """Return the steps between a wrong gradient and what is right above it."""
        region: set[int] = set()
        waiting = [self.backward.outputs[name]]
        while waiting:
            step = waiting.pop()
            if step.index in region or step.index < self.backward.boundary:
                continue
            region.add(step.index)
            if step.index in found and step is not self.backward.outputs[name]:
                continue
            waiting.extend(step.parents)
        return region


def between(
    step: Step, right: Container[int], boundary: int, longest: int
) -> tuple[list[Step], list[Step]]:
    """Return the operations that make a value of what is right, and what that is.

    Parameters
    ----------
    step : Step
        The value.
    right : container of int
        Indices of what is right; the value itself does not count.
    boundary : int
        Index of the first operation of the backward pass, where the way ends, too.
    longest : int
        So many operations are looked at, and one more where there are more.

    Returns
    -------
    region : list of Step
        In the order in which they were carried out.
    behind : list of Step
        The first that is right on each way.
    """
    region: dict[int, Step] = {}
    behind: dict[int, Step] = {}
    waiting = [step]
    while waiting and len(region) <= longest:
        one = waiting.pop()
        if one.index in right and one is not step:
            behind[one.index] = one
        elif one.index >= boundary and one.index not in region:
            region[one.index] = one
            waiting.extend(one.parents)
    return [region[at] for at in sorted(region)], [*behind.values()]


def _is_within(calls: Sequence[Any], others: Sequence[Any]) -> bool:
    """Say whether calls, the innermost first, are still open where others are."""
    return not calls or tuple(others[-len(calls) :]) == tuple(calls)


def _largest(array: FloatArray, scale: float) -> tuple[int, float]:
    """Return where the largest number stands, and by how much it may be wrong there."""
    if not array.size:
        return 0, np.inf
    at = int(np.argmax(np.abs(array)))
    return at, MENDED * (max(peak_of(array), FLOOR * scale) or 1.0)


def near(a: float, b: float) -> bool:
    """Say whether two factors are the same."""
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b))


def is_round(factor: float, named: Iterable[float]) -> bool:
    """Say whether a factor is one that somebody may have written, or forgotten."""
    known = [1.0, *(x for x in named if x), *(1 / x for x in named if x)]
    return any(near(abs(factor), k * n) for k in known for n in (1.0, 2.0, 3.0, 4.0, 0.5, 0.25))
