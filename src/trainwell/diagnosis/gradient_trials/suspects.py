r"""The places of a forward pass at which a backward pass may have gone wrong.

A suspect is a value :math:`x` of the tape, or a value as one of its consumers sees it. What a
wrong derivative there does to the gradients of the parameters is linear:

.. math:: \langle z, \Delta G \rangle = \langle \dot x_z, \Delta \bar x \rangle

for every direction :math:`z` among the parameters, with the change :math:`\dot x_z` of the value
along it. So a few directions tell, for thousands of wrong derivatives at the price of a scalar
product each, whether one of them explains the gradients that were given.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.recording import Recording, Step, filled, replay
from trainwell.types import FloatArray

_STEP = 1e-6  # of a central difference: its error is some 1e-10
_LOOPS = 256  # the most rounds of a loop that are taken together
_STEPS = 400  # from so many on, steps of loops are not looked at one by one
_FEW = 8
PASSING = frozenset(
    """add subtract multiply divide negative positive exp log tanh maximum minimum where sqrt square
    power absolute copy cast expit reciprocal""".split()  # noqa: SIM905
)


@dataclass(frozen=True, eq=False)
class Directions:
    """Directions among the parameters, each within one of them.

    Parameters
    ----------
    names : tuple of str
        The parameter of each direction.
    vectors : mapping of str to FloatArray
        For each parameter its directions, in rows.
    """

    names: tuple[str, ...]
    vectors: Mapping[str, FloatArray]

    def projected(self, gradient: Mapping[str, FloatArray]) -> FloatArray:
        """Return the products of a gradient with all directions."""
        parts = [v @ np.ravel(gradient[n]) for n, v in self.vectors.items()]
        return np.concatenate(parts) if parts else np.zeros(0)


def directions(arrays: Mapping[str, FloatArray], rng: np.random.Generator, most: int) -> Directions:
    """Return orthonormal directions: all of a small array, some of a large one.

    Parameters
    ----------
    arrays : mapping of str to FloatArray
        The parameters.
    rng : numpy.random.Generator
        Draws the directions of large arrays.
    most : int
        How many for each array.

    Returns
    -------
    Directions
        In the order of the parameters.
    """
    vectors: dict[str, FloatArray] = {}
    for name, array in arrays.items():
        if array.size <= most:
            vectors[name] = np.eye(array.size)
        else:
            columns = np.linalg.qr(rng.standard_normal((array.size, most)))[0]
            vectors[name] = np.ascontiguousarray(columns.T)
    names = tuple(name for name, v in vectors.items() for _ in v)
    return Directions(names, vectors)


@dataclass(frozen=True, eq=False)
class Suspect:
    """A value of the forward pass, or the same value in every round of a loop.

    Parameters
    ----------
    steps : tuple of Step
        The value, in each round.
    consumer : tuple of Step
        The operation through which it is seen; empty for all together.
    position : int
        Which parent of the consumer it is.
    value : FloatArray
        The value, or the consumer's; rounds of a loop in front.
    cotangent : FloatArray
        The derivative of the cost with respect to it.
    tangent : FloatArray
        Its change along every direction, in front.
    parts : tuple of FloatArray
        What each of several consumers contributes to the derivative.
    """

    steps: tuple[Step, ...]
    consumer: tuple[Step, ...]
    position: int
    value: FloatArray
    cotangent: FloatArray
    tangent: FloatArray
    parts: tuple[FloatArray, ...] = ()

    @property
    def shown(self) -> Step:
        """The step whose source says where this is."""
        return (self.consumer or self.steps)[0]

    def lifted(self, change: FloatArray) -> dict[int, FloatArray]:
        """Return what a change of the derivative adds to the derivatives of the steps."""
        rounds = change if len(self.consumer or self.steps) > 1 else change[None]
        if not self.consumer:
            return {s.index: part for s, part in zip(self.steps, rounds, strict=True)}
        found: dict[int, FloatArray] = {}
        for consumer, part in zip(self.consumer, rounds, strict=True):
            if consumer.pull is None:
                continue
            pulled = consumer.pull(part)[self.position]
            parent = consumer.parents[self.position]
            if pulled is not None:
                found[parent.index] = found.get(parent.index, 0) + pulled
        return found


Parts = dict[int, list[tuple[Step, int, FloatArray]]]
"""By the index of a value: each consumer, the place among its parents, and what it contributes."""


def swept(
    recording: Recording, output: Step, replaced: Mapping[int, FloatArray]
) -> tuple[dict[int, FloatArray], Parts]:
    """Return all derivatives of an output, and the parts that they are sums of.

    Parameters
    ----------
    recording : Recording
        What was done.
    output : Step
        Whose derivatives.
    replaced : mapping of int to FloatArray
        Derivatives that are taken as given, by the index of their step.

    Returns
    -------
    cotangents : dict of int to FloatArray
        By the index of the step.
    parts : dict of int to list
        What each consumer contributed.
    """
    sums: dict[int, FloatArray] = {output.index: np.ones(np.shape(output.value))}
    parts: Parts = {}
    with np.errstate(all="ignore"):
        for step in reversed(recording.steps[: output.index + 1]):
            if step.index not in sums:
                continue
            if step.index in replaced:
                sums[step.index] = replaced[step.index]
            if step.pull is None:
                continue
            pulled = step.pull(sums[step.index])
            for at, (parent, part) in enumerate(zip(step.parents, pulled, strict=True)):
                if part is not None:
                    known = sums.get(parent.index)
                    sums[parent.index] = part if known is None else known + part
                    parts.setdefault(parent.index, []).append((step, at, part))
    return sums, parts


def tangents(
    recording: Recording,
    leaves: Mapping[str, Step],
    along: Directions,
    wanted: set[int],
    fixed: Mapping[int, FloatArray],
) -> dict[int, FloatArray]:
    """Return how values change along directions among the parameters.

    Parameters
    ----------
    recording : Recording
        What was done.
    leaves : mapping of str to Step
        The parameters.
    along : Directions
        The directions.
    wanted : set of int
        Indices of the values.
    fixed : mapping of int to FloatArray
        Values that are taken not to change, by their index.

    Returns
    -------
    dict of int to FloatArray
        By the index of the step, the directions in front; without values that do not change.
    """
    rows = len(along.names)
    found: dict[int, FloatArray] = {}
    at = 0
    for name, vectors in along.vectors.items():
        leaf = leaves[name]
        size = _STEP * (float(np.abs(leaf.value).max(initial=0.0)) or 1.0)
        for vector in vectors:
            move = size * vector.reshape(np.shape(leaf.value))
            ahead = replay(recording.steps, {**fixed, leaf.index: leaf.value + move})
            behind = replay(recording.steps, {**fixed, leaf.index: leaf.value - move})
            for index, value in ahead.items():
                if index in wanted and index not in fixed and not np.iscomplexobj(value):
                    if index not in found:
                        found[index] = np.zeros((rows, *np.shape(value)))
                    change = (np.asarray(value) - np.asarray(behind[index])) / (2 * size)
                    found[index][at] = np.where(np.isfinite(change), change, 0.0)
            at += 1
    return found


def suspects(
    recording: Recording,
    cotangents: Mapping[int, FloatArray],
    parts: Parts,
    changes: Mapping[int, FloatArray],
) -> Iterator[Suspect]:
    """Yield the places at which a derivative may be wrong, from the parameters up.

    Parameters
    ----------
    recording : Recording
        What was done.
    cotangents, parts : mapping
        As :func:`swept` returns them.
    changes : mapping of int to FloatArray
        As :func:`tangents` returns them.

    Yields
    ------
    Suspect
        Values first, each followed by the views that its consumers have of it.
    """
    usable = [
        s
        for s in recording.steps
        if s.index in cotangents and s.index in changes and s.value.dtype.kind != "c"
    ]
    for steps in rounds(usable):
        value = stacked([s.value for s in steps])
        cotangent = stacked([cotangents[s.index] for s in steps])
        tangent = stacked([changes[s.index] for s in steps], axis=1)
        views = consumers_of([parts.get(s.index, []) for s in steps])
        seen = tuple(stacked(part) for _, part in views) if len(views) > 1 else ()
        yield Suspect(steps, (), 0, value, cotangent, tangent, seen)
        for consumers, _ in views:
            yield from _view(steps, consumers, cotangents, changes)


def _key(step: Step) -> Any:
    return (*step.place[:3], step.operation, np.shape(step.value))


def rounds(steps: Sequence[Step]) -> Iterator[tuple[Step, ...]]:
    """Yield steps, those of a loop whose rounds do not depend on each other together.

    Of a loop of very many rounds, and of one that cannot be taken together, the steps are left
    out where there are too many to look at each.
    """
    groups: dict[Any, list[Step]] = {}
    for step in steps:
        groups.setdefault(_key(step) if step.place[1] else step.index, []).append(step)
    many = len(steps) > _STEPS
    for group in groups.values():
        if 1 < len(group) <= _LOOPS and _apart(group, steps):
            yield tuple(group)
        elif not many or len(group) <= _FEW:
            for step in group:
                yield (step,)


def _apart(group: Sequence[Step], steps: Sequence[Step]) -> bool:
    """Say whether no step of a group depends on another one."""
    own = {step.index for step in group}
    reached: set[int] = set()
    for step in steps:
        if any(parent.index in own or parent.index in reached for parent in step.parents):
            if step.index in own:
                return False
            reached.add(step.index)
    return True


_Views = list[tuple[list[tuple[Step, int]], list[FloatArray]]]


def consumers_of(own: Sequence[Sequence[tuple[Step, int, FloatArray]]]) -> _Views:
    """Return who consumes a value, with what is contributed in each round.

    A value that all rounds of a loop consume has one consumer, of many rounds.
    """
    if len(own) > 1:
        if len({len(each) for each in own}) > 1:
            return []
        return [
            ([(c, at) for c, at, _ in found], [part for *_, part in found])
            for found in zip(*own, strict=True)
        ]
    grouped: dict[Any, list[tuple[Step, int, FloatArray]]] = {}
    for consumer, at, part in own[0]:
        grouped.setdefault((_key(consumer), at), []).append((consumer, at, part))
    return [
        ([(c, at) for c, at, _ in found], [sum((p for *_, p in found[1:]), found[0][2])])
        for found in grouped.values()
    ]


def _view(
    steps: tuple[Step, ...],
    consumers: Sequence[tuple[Step, int]],
    cotangents: Mapping[int, FloatArray],
    changes: Mapping[int, FloatArray],
) -> Iterator[Suspect]:
    """Yield a value as one of its consumers sees it, where that is another shape."""
    first, at = consumers[0]
    if first.operation in PASSING and np.shape(first.value) == np.shape(steps[0].value):
        return
    if len({np.shape(c.value) for c, _ in consumers}) > 1:
        return
    parents = steps if len(steps) > 1 else steps * len(consumers)
    if any(c.index not in cotangents or c.value.dtype.kind == "c" for c, _ in consumers):
        return
    moved = []
    for parent, (consumer, place) in zip(parents, consumers, strict=True):
        change = _moved(consumer, place, changes[parent.index])
        if change is None:
            return
        moved.append(change)
    chosen = tuple(c for c, _ in consumers)
    yield Suspect(
        steps,
        chosen,
        at,
        stacked([c.value for c in chosen]),
        stacked([cotangents[c.index] for c in chosen]),
        stacked(moved, axis=1),
    )


def _moved(consumer: Step, position: int, change: FloatArray) -> FloatArray | None:
    """Return the change of an operation's result where only one argument changes."""
    places = [at for at, x in enumerate(consumer.arguments) if isinstance(x, Step)]
    if consumer.call is None or len(places) != len(consumer.parents):
        return None
    arguments = list(filled(consumer.arguments))
    at = places[position]
    value = np.asarray(arguments[at])
    size = _STEP * (float(np.abs(value).max(initial=0.0)) or 1.0)
    found = np.zeros((len(change), *np.shape(consumer.value)))
    with np.errstate(all="ignore"):
        for row, move in enumerate(change):
            length = float(np.abs(move).max(initial=0.0))
            if length == 0:
                continue
            step = size / length
            ahead = consumer.call(*arguments[:at], value + step * move, *arguments[at + 1 :])
            behind = consumer.call(*arguments[:at], value - step * move, *arguments[at + 1 :])
            found[row] = (np.asarray(ahead) - np.asarray(behind)) / (2 * step)
    return found if np.isfinite(found).all() else None


def stacked(arrays: Sequence[FloatArray], axis: int = 0) -> FloatArray:
    """Return the rounds of a loop as one array; a single value as it is.

    Of what comes to a real number through complex ones, the real part counts.
    """
    if len(arrays) == 1:
        return np.asarray(np.real(arrays[0]), dtype=np.float64)
    return np.stack([np.asarray(np.real(a), dtype=np.float64) for a in arrays], axis=axis)
