"""The same mistake in every round: of a loop through time, or of a helper that all layers share.

Each round hands its wrong derivative on to the next, so what the mistake does to the gradients
is not linear in it. Here the way back is gone again, with the mistake at each of the places.
"""

# ruff: noqa: ARG001, ARG005 - an edit takes the step, its derivative and all others

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.recording import Recording, Step
from trainwell.diagnosis.gradient_trials.pool import name_of
from trainwell.diagnosis.gradient_trials.screening import Budget
from trainwell.diagnosis.gradient_trials.suspects import PASSING
from trainwell.types import FloatArray

_EXACT = 1e-6
_CHAIN = 8  # elementwise operations from a value to its activation
_ROUNDS = 512
_LENGTH = 12  # rows and columns that are looked at one by one

Known = Mapping[int, FloatArray]
Users = dict[int, list[Step]]
Edit = Callable[[Step, FloatArray, Known], FloatArray]
"""From a step, its derivative and the derivatives behind it to a wrong derivative."""


@dataclass(frozen=True, eq=False)
class Repeated:
    """A mistake that is made in every round.

    Parameters
    ----------
    steps : tuple of Step
        Where.
    edit : callable
        What is done to the derivative.
    kinds : tuple of str
        As in :data:`~trainwell.diagnosis.gradient_localisation.finding.KINDS`.
    said : str
        For a person; continues "as if".
    factor : float or None
        The wrong derivative over the right one, where that is one number.
    """

    steps: tuple[Step, ...]
    edit: Edit
    kinds: tuple[str, ...]
    said: str
    factor: float | None = None


def swept_with(
    recording: Recording,
    output: Step,
    edits: Mapping[int, Edit],
    replaced: Known,
) -> dict[int, FloatArray]:
    """Return all derivatives of an output where some are changed on the way.

    Parameters
    ----------
    recording : Recording
        What was done.
    output : Step
        Whose derivatives.
    edits : mapping of int to callable
        Changes, by the index of the step.
    replaced : mapping of int to FloatArray
        Derivatives that are taken as given.

    Returns
    -------
    dict of int to FloatArray
        By the index of the step.
    """
    sums: dict[int, FloatArray] = {output.index: np.ones(np.shape(output.value))}
    with np.errstate(all="ignore"):
        for step in reversed(recording.steps[: output.index + 1]):
            found = sums.get(step.index)
            if found is None:
                continue
            if step.index in replaced:
                found = sums[step.index] = replaced[step.index]
            if step.index in edits:
                found = sums[step.index] = edits[step.index](step, found, sums)
            if step.pull is None:
                continue
            for parent, part in zip(step.parents, step.pull(found), strict=True):
                if part is not None:
                    known = sums.get(parent.index)
                    sums[parent.index] = part if known is None else known + part
    return sums


def sites(steps: Sequence[Step], cotangents: Known) -> list[tuple[Step, ...]]:
    """Return the places that were passed more than once, with all their steps."""
    groups: dict[Any, list[Step]] = {}
    for step in steps:
        if step.place[1] and step.index in cotangents and np.ndim(step.value):
            groups.setdefault(step.instruction, []).append(step)
    return [tuple(group) for group in groups.values() if 1 < len(group) <= _ROUNDS]


def repeated(sites: Sequence[tuple[Step, ...]], users: Users) -> Iterator[Repeated]:
    """Yield mistakes in every round, without unknown numbers.

    Parameters
    ----------
    sites : sequence of tuple of Step
        Places that were passed more than once.
    users : mapping of int to list of Step
        What was made of each value.

    Yields
    ------
    Repeated
        The simplest first, as far as that can be said.
    """
    for steps in sites:
        where = f"the derivative of {name_of(steps[0])} were"
        for edit, chosen, said in _forms(steps[0]):
            yield Repeated(steps, edit, chosen, f"{where} {said}")
    for steps in sites:
        ends = [_activation(step, users) for step in steps]
        for at in range(min(map(len, ends))):
            behind = {s.index: found[at] for s, found in zip(steps, ends, strict=True)}
            for name, slope in SLOPES.items():
                missing = name == "1"
                chosen = (
                    "activation-missing" if missing else "activation-wrong",
                    "operand",
                    "mask",
                )
                said = f"the slope at {name_of(steps[0])} were {name}"
                yield Repeated(steps, partial(_sloped, behind, slope), chosen, said)


SLOPES: dict[str, Callable[[FloatArray, FloatArray], Any]] = {
    "1": lambda a, z: np.ones_like(a),
    "a": lambda a, z: a,
    "1 - a": lambda a, z: 1 - a,
    "1 - a^2": lambda a, z: 1 - a * a,
    "a (1 - a)": lambda a, z: a * (1 - a),
    "a (1 + a)": lambda a, z: a * (1 + a),
    "1 + a^2": lambda a, z: 1 + a * a,
    "a^2": lambda a, z: a * a,
    "-a": lambda a, z: -a,
    "z < 0": lambda a, z: z < 0,
    "z <= 0": lambda a, z: z <= 0,
    "a > 0": lambda a, z: a > 0,
    "a <= 0": lambda a, z: a <= 0,
    "a < 0": lambda a, z: a < 0,
    "a >= 0": lambda a, z: a >= 0,
    "z (1 - z)": lambda a, z: z * (1 - z),
    "1 - z^2": lambda a, z: 1 - z * z,
}
"""Slopes in terms of a value, z, and its activation, a."""


def _activation(step: Step, users: Users) -> list[Step]:
    """Return the values of the same shape that are made of a value, element by element."""
    found: list[Step] = []
    waiting = [step]
    seen = {step.index}
    for _ in range(_CHAIN):
        waiting = [c for s in waiting for c in users.get(s.index, ()) if c.index not in seen]
        if not waiting:
            break
        for consumer in waiting:
            seen.add(consumer.index)
        waiting = [
            c
            for c in waiting
            if c.operation in PASSING and np.shape(c.value) == np.shape(step.value)
        ]
        found += waiting
    return found


def _kinds_of(factor: float) -> tuple[str, ...]:
    if factor == 0:
        return ("zero", "path", "mask")
    if abs(factor + 1) <= _EXACT:
        return ("sign", "operation", "factor")
    return ("factor", "uniform", "constant")


def _times(number: float, step: Step, found: FloatArray, known: Known) -> FloatArray:
    return number * found


def _sloped(
    behind: Mapping[int, Step],
    slope: Callable[[FloatArray, FloatArray], Any],
    step: Step,
    found: FloatArray,
    known: Known,
) -> FloatArray:
    after = behind[step.index]
    wrong: FloatArray = known.get(after.index, found) * slope(after.value, step.value)
    return wrong


def _forms(step: Step) -> Iterator[tuple[Edit, tuple[str, ...], str]]:
    """Yield changes of the form of a derivative."""
    value = np.asarray(step.value)
    turned = ("permuted", "transposed")
    for axis in range(value.ndim):
        if value.shape[axis] > 1:
            yield partial(_flipped, axis), turned, f"in reverse order along axis {axis}"
            yield partial(_shifted, axis), turned, f"shifted along axis {axis}"
            for at in range(min(value.shape[axis], _LENGTH)):
                yield (
                    partial(_without, axis, at),
                    ("support", "examples", "zero"),
                    f"zero at {at} along axis {axis}",
                )
    if value.ndim == 2:
        yield _in_columns, turned, "in Fortran's order"
    for kind in (np.float16, np.float32):
        yield partial(_narrow, kind), ("precision",), f"rounded to {kind.__name__}"


def _flipped(axis: int, step: Step, found: FloatArray, known: Known) -> FloatArray:
    return np.flip(found, axis)


def _shifted(axis: int, step: Step, found: FloatArray, known: Known) -> FloatArray:
    return np.roll(found, 1, axis)


def _in_columns(step: Step, found: FloatArray, known: Known) -> FloatArray:
    return found.T.reshape(found.shape)


def _narrow(kind: Any, step: Step, found: FloatArray, known: Known) -> FloatArray:
    wrong: FloatArray = found.astype(kind).astype(np.float64)
    return wrong


def _without(axis: int, at: int, step: Step, found: FloatArray, known: Known) -> FloatArray:
    if axis >= found.ndim or at >= found.shape[axis]:
        return found
    changed = found.copy()
    changed[(slice(None),) * axis + (at,)] = 0.0
    return changed


class Rounds:
    """Tries mistakes that are made in every round.

    Parameters
    ----------
    recording : Recording
        The forward pass.
    output : Step
        The cost.
    leaves : mapping of str to Step
        The parameters.
    given : mapping of str to FloatArray
        The gradients.
    replaced : mapping of int to FloatArray
        Derivatives that are taken as given.
    """

    def __init__(
        self,
        recording: Recording,
        output: Step,
        leaves: Mapping[str, Step],
        given: Mapping[str, FloatArray],
        replaced: Known,
    ) -> None:
        self.recording, self.output, self.leaves = recording, output, leaves
        self.given, self.replaced = given, replaced
        self.right = self.gradient({})
        self.units = {
            n: float(np.abs(given[n] - r).max(initial=0.0)) for n, r in self.right.items()
        }
        peak = max((float(np.abs(r).max(initial=0.0)) for r in self.right.values()), default=0.0)
        self.floor = 1e-10 * peak

    def gradient(self, edits: Mapping[int, Edit]) -> dict[str, FloatArray]:
        """Return the gradient with a mistake."""
        found = swept_with(self.recording, self.output, edits, self.replaced)
        return {
            name: np.asarray(found.get(leaf.index, np.zeros_like(leaf.value)))
            for name, leaf in self.leaves.items()
        }

    def left(self, mistake: Repeated) -> float:
        """Return how much of the error a mistake leaves, relative to that of each array."""
        try:
            found = self.gradient(dict.fromkeys((s.index for s in mistake.steps), mistake.edit))
        except (ValueError, IndexError):  # not each round has the axes that it takes
            return np.inf
        return max(
            float(np.abs(self.given[n] - g).max(initial=0.0))
            / max(self.units[n], self.floor / (3e-3 if "precision" in mistake.kinds else _EXACT))
            for n, g in found.items()
        )

    def first(self, budget: Budget) -> Repeated | None:
        """Return the first mistake that explains everything.

        Parameters
        ----------
        budget : Budget
            What may be spent.

        Returns
        -------
        Repeated or None
            ``None`` if none does.
        """
        steps = self.recording.steps[: self.output.index + 1]
        known = swept_with(self.recording, self.output, {}, self.replaced)
        found = sites(steps, known)
        users: Users = {}
        for step in steps:
            for parent in step.parents:
                users.setdefault(parent.index, []).append(step)
        work = 2e3 * len(steps)
        for group in found:
            if not budget.takes(4 * work):
                return None
            mistake = self._scaled(group)
            if mistake is not None:
                return mistake
        for mistake in repeated(found, users):
            if not budget.takes(work):
                return None
            limit = 3e-3 if "precision" in mistake.kinds else _EXACT
            if self.left(mistake) <= limit:
                return mistake
        return None

    def _scaled(self, steps: tuple[Step, ...]) -> Repeated | None:
        """Return the factor that explains everything, if one does: by Newton's method."""
        factor = 1.0

        def error(at: float) -> FloatArray:
            edits = dict.fromkeys((s.index for s in steps), partial(_times, at))
            found = self.gradient(edits)
            return np.concatenate(
                [
                    np.ravel(found[n] - self.given[n]) / max(self.units[n], self.floor / _EXACT)
                    for n in found
                ]
            )

        left = np.inf
        for _ in range(8):
            here = error(factor)
            size = float(np.abs(here).max(initial=0.0))
            if size <= _EXACT and factor != 1:
                factor = 0.0 if abs(factor) < _EXACT else factor
                said = f"the derivative of {name_of(steps[0])} were multiplied by {factor:.6g}"
                kinds = _kinds_of(factor)
                return Repeated(steps, partial(_times, factor), kinds, said, factor)
            if not size < 0.7 * left:  # another place is at fault, or more than a factor
                return None
            left = size
            slope = (error(factor + 1e-4) - error(factor - 1e-4)) / 2e-4
            square = float(slope @ slope)
            if not np.isfinite(square) or not square:
                return None
            factor -= float(slope @ here) / square
        return None
