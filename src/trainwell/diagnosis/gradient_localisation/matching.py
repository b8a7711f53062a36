r"""Which derivative a value of the backward pass is, up to a factor.

Every step :math:`x` of the forward pass has a derivative :math:`\bar{x} = \partial J / \partial x`,
and one part of it for each of its consumers. A value :math:`v` of the backward pass *matches* if
:math:`v = c\,\bar{x}` for some :math:`c`, as it stands or transposed. Two numbers of each array,
its length and its projection on a fixed random vector, find the match without comparing all pairs.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from operator import itemgetter

import numpy as np

from trainwell.diagnosis.gradient_tape.recording import Recording, Step
from trainwell.types import FloatArray

CLOSE = 1e-7
"""Relative distance of two arrays that are taken for the same."""

_MANY = 100  # numbers; one is a multiple of all of them, which says nothing
_WHOLE = 1e-9  # relative distance of a factor from a whole number


@dataclass(frozen=True, eq=False, slots=True)
class Derivative:
    """A derivative of the cost that the tape knows.

    Parameters
    ----------
    step : Step
        With respect to which value.
    consumer : Step or None
        The one operation through which; ``None`` for all of them together.
    value : FloatArray
        The derivative.
    """

    step: Step
    consumer: Step | None
    value: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class Match:
    """A value of the backward pass is a derivative, up to a factor.

    Parameters
    ----------
    derivative : Derivative
        Which one.
    factor : float
        The value over the derivative.
    transposed : bool
        Whether it is its transpose.
    """

    derivative: Derivative
    factor: float
    transposed: bool


def derivatives(recording: Recording, output: Step) -> list[Derivative]:
    """Return every derivative of an output, with its parts where a value has several consumers.

    Those of complex numbers are left out: there are several conventions for them.
    """
    sums: dict[int, FloatArray] = {output.index: np.ones(np.shape(output.value))}
    parts: dict[int, list[tuple[Step, FloatArray]]] = {}
    found: list[Derivative] = []
    for step in reversed(recording.steps[: output.index + 1]):
        cotangent = sums.get(step.index)
        if cotangent is None:
            continue
        own = parts.pop(step.index, [])
        real = cotangent.dtype.kind != "c"
        if real:
            found.append(Derivative(step, None, cotangent))
        if real and len(own) > 1:
            found += [Derivative(step, consumer, part) for consumer, part in own]
            found += _through_statements(step, own)
        if step.pull is None:
            continue
        for parent, part in zip(step.parents, step.pull(cotangent), strict=True):
            if part is not None:
                known = sums.get(parent.index)
                sums[parent.index] = part if known is None else known + part
                parts.setdefault(parent.index, []).append((step, part))
    return found


def _through_statements(
    step: Step, parts: Sequence[tuple[Step, FloatArray]]
) -> Iterator[Derivative]:
    """Yield the sums of those parts that lead through one statement, or what it calls.

    What a function of the backward pass returns is the part through that of the forward pass.
    """
    groups: dict[tuple[str, int], list[tuple[Step, FloatArray]]] = {}
    for consumer, part in parts:
        groups.setdefault(used_at(step, consumer), []).append((consumer, part))
    for group in groups.values():
        if 1 < len(group) < len(parts):
            yield Derivative(step, group[0][0], np.sum([part for _, part in group], axis=0))


def parts_by_line(known: Iterable[Derivative], value: Step) -> dict[int, FloatArray]:
    """Return the parts of a derivative by the lines through which they come.

    Parameters
    ----------
    known : iterable of Derivative
        What :func:`derivatives` returns.
    value : Step
        With respect to which value.

    Returns
    -------
    dict of int to FloatArray
        Empty where one operation uses the value twice.
    """
    own = [each for each in known if each.step is value]
    users: dict[int, Derivative] = {}
    for each in own:
        if each.consumer is not None:
            # What leads through one statement together comes later, under its first operation.
            users.setdefault(each.consumer.index, each)
    consumers = [each.consumer for each in users.values() if each.consumer is not None]
    lines = [consumer.place[1] for consumer in consumers]
    if len(set(lines)) < len(lines):  # as within a function that is called twice
        lines = [used_at(value, consumer)[1] for consumer in consumers]
    found: dict[int, FloatArray] = {}
    for line, each in zip(lines, users.values(), strict=True):
        found[line] = found[line] + each.value if line in found else each.value
    whole = [each.value for each in own if each.consumer is None]
    total = sum(found.values())
    return found if whole and np.allclose(total, whole[0], rtol=1e-9) else {}


def used_at(step: Step, consumer: Step) -> tuple[str, int]:
    """Return file and line of the function that makes a value where an operation uses it."""
    calls, depth = consumer.place[3], len(step.place[3])  # the innermost first
    return calls[-depth - 1][:2] if len(calls) > depth else consumer.place[:2]


_Row = tuple[int, Derivative, bool, float, float]
"""Its number, the derivative, whether it is transposed, its length and its projection."""


class Matcher:
    """Finds derivatives by their numbers.

    Parameters
    ----------
    known : iterable of Derivative
        What can be found.
    close : float, default=1e-7
        Relative distance of what is taken for the same.
    """

    def __init__(self, known: Iterable[Derivative], close: float = CLOSE) -> None:
        self.close = close
        by_size: dict[int, list[_Row]] = {}
        for derivative in known:
            value = np.asarray(derivative.value, dtype=np.float64)
            orders = [False, True] if value.ndim == 2 and min(value.shape) > 1 else [False]
            for turned in orders:
                length, shade = _shadow(value, turned=turned)
                if length and np.isfinite(length):
                    rows = by_size.setdefault(value.size, [])
                    rows.append((len(rows), derivative, turned, length, shade))
        # Sorted by their projection, so that few of them have to be looked at.
        self._rows = {n: sorted(rows, key=lambda row: abs(row[4])) for n, rows in by_size.items()}
        self._shades = {n: [abs(row[4]) for row in rows] for n, rows in self._rows.items()}
        self._numbers = np.array([row[1].value.item() for row in self._rows.get(1, ())])

    def at(self, close: float) -> "Matcher":
        """Return the same derivatives, at another distance of what is taken for the same."""
        other = copy(self)
        other.close = close
        return other

    def matches(self, value: FloatArray) -> list[Match]:
        """Return the derivatives that a value is a multiple of."""
        value = np.asarray(value)
        if value.dtype.kind != "f" or value.size not in self._rows:
            return []
        length, shade = _shadow(value)
        if not length or not np.isfinite(length):
            return []
        if value.size == 1 and len(self._rows[1]) > _MANY:
            return self._of_a_number(value.item())
        found = []
        for _, derivative, turned, other, other_shade in self._alike(value.size, abs(shade)):
            sign = 1.0 if (shade > 0) == (other_shade > 0) else -1.0
            if value.size > 1 and abs(shade) <= self.close:  # then its sign says nothing
                sign = 1.0
            if _fits(value.shape, derivative.value.shape, turned):
                found.append(Match(derivative, sign * length / other, turned))
        return found

    def _of_a_number(self, value: float) -> list[Match]:
        """Return the derivatives of which a number is a whole multiple, or a whole part."""
        factors = value / self._numbers
        sizes = np.abs(factors)
        ratios = np.maximum(sizes, 1 / sizes)
        whole = np.flatnonzero(np.abs(ratios - np.rint(ratios)) <= _WHOLE * ratios)
        return [Match(self._rows[1][at][1], float(factors[at]), transposed=False) for at in whole]

    def _alike(self, size: int, shade: float) -> list[_Row]:
        """Return the rows with a projection of some size, in the order in which they were given."""
        rows, shades = self._rows[size], self._shades[size]
        if size == 1:  # one number is a multiple of any other
            return sorted(rows, key=itemgetter(0))
        first = bisect_left(shades, shade - self.close)
        last = bisect_right(shades, shade + self.close)
        return sorted(rows[first:last], key=itemgetter(0))


def _fits(shape: tuple[int, ...], other: tuple[int, ...], turned: bool) -> bool:  # noqa: FBT001
    other = other[::-1] if turned else other
    return tuple(n for n in shape if n != 1) == tuple(n for n in other if n != 1)


def _shadow(value: FloatArray, *, turned: bool = False) -> tuple[float, float]:
    """Return the length of an array, and the projection of its direction on a fixed vector.

    That of the transposed array is found without transposing it.
    """
    flat = np.asarray(value, dtype=np.float64).ravel()
    weights = _weights(value.shape if turned else (flat.size,))
    length = float(np.sqrt(flat @ flat))
    return length, float(weights @ flat) / length if length else 0.0


@lru_cache(maxsize=256)
def _weights(shape: tuple[int, ...]) -> FloatArray:
    """Return the fixed vector, of one length, or so that it meets a transposed array."""
    if len(shape) > 1:
        return _weights((prod(shape),)).reshape(shape[::-1]).T.ravel()
    return np.random.Generator(np.random.Philox(shape[0])).standard_normal(shape)


def matched(
    steps: Iterable[Step], values: Mapping[int, FloatArray], matcher: Matcher
) -> dict[int, list[Match]]:
    """Return what each of some steps matches, by its index, if it matches anything.

    Parameters
    ----------
    steps : iterable of Step
        Operations of the backward pass.
    values : mapping of int to FloatArray
        Values that have changed since they were recorded.
    matcher : Matcher
        Knows the derivatives.

    Returns
    -------
    dict of int to list of Match
        By the index of the step.
    """
    found = {}
    for step in steps:
        matches = matcher.matches(values.get(step.index, step.value))
        if matches:
            found[step.index] = matches
    return found
