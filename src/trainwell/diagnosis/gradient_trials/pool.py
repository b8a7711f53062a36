"""Arrays that a backward pass could have used, rightly or wrongly: values and derivatives."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.statements import statement_at
from trainwell.diagnosis.gradient_tape.recording import Step
from trainwell.diagnosis.gradient_trials.suspects import Parts, consumers_of, rounds, stacked
from trainwell.types import FloatArray

_MOST = 40  # arrays of one shape


@dataclass(frozen=True, eq=False)
class Entry:
    """An array that was at hand.

    Parameters
    ----------
    array : FloatArray
        Its numbers; rounds of a loop in front.
    said : str
        What a person calls it.
    sort : {"value", "parameter", "data", "derivative", "gradient"}
        What it is.
    """

    array: FloatArray
    said: str
    sort: str

    @property
    def mask(self) -> bool:
        """Whether its elements are zero or one other number."""
        others = self.array[self.array != 0]
        return bool(0 < others.size < self.array.size and (others == others.flat[0]).all())


class Pool:
    """All of them.

    Parameters
    ----------
    entries : iterable of Entry
        Those that say the same twice are dropped.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries: list[Entry] = []
        seen: set[Any] = set()
        for entry in entries:
            if entry.array.ndim and np.isfinite(entry.array).all():
                key = (entry.array.shape, entry.sort in _DERIVED, entry.array.tobytes())
                if key not in seen:
                    seen.add(key)
                    self.entries.append(entry)

        self._oriented: dict[int, list[tuple[Entry, FloatArray, bool]]] = {}
        self._sums: list[tuple[Entry, int | None, FloatArray]] = []

    def oriented(self, dimensions: int) -> list[tuple[Entry, FloatArray, bool]]:
        """Return matrices as they are and transposed, or vectors."""
        if dimensions not in self._oriented:
            self._oriented[dimensions] = [
                (entry, entry.array.T if turned else entry.array, turned)
                for entry in self.entries
                if entry.array.ndim == dimensions
                for turned in ([False, True] if dimensions == 2 else [False])
            ]
        return self._oriented[dimensions]

    def sums(self) -> list[tuple[Entry, int | None, FloatArray]]:
        """Return sums over each axis, which stays, or goes if it is not the last; and over all."""
        if not self._sums:
            for entry in self.entries:
                if entry.array.size > 1:
                    for axis in range(entry.array.ndim):
                        for kept in (True, False):
                            total = np.sum(entry.array, axis=axis, keepdims=kept)
                            self._sums.append((entry, axis, total))
                    self._sums.append((entry, None, np.asarray(np.sum(entry.array))))
        return self._sums

    def fitting(self, shape: tuple[int, ...], *, derived: bool) -> list[Entry]:
        """Return the arrays that can be multiplied with one of a shape, brought to it."""
        found: list[Entry] = []
        seen: set[bytes] = set()
        for entry in self.entries:
            if (entry.sort in _DERIVED) is not derived:
                continue
            array = _brought(entry.array, shape)
            if array is None or not array.any() or array.tobytes() in seen:
                continue
            seen.add(array.tobytes())
            found.append(Entry(array, entry.said, entry.sort))
            if len(found) == _MOST:
                break
        return found


_DERIVED = ("derivative", "gradient")


def _brought(array: FloatArray, shape: tuple[int, ...]) -> FloatArray | None:
    """Return an array, repeated so that it has a shape; ``None`` if it does not fit."""
    if array.shape == shape:
        return array
    if array.size == 1 or array.ndim > len(shape):
        if array.size == np.prod(shape) > 1 and np.squeeze(array).shape == _long(shape):
            return array.reshape(shape)
        return None
    if array.ndim == 1 and len(shape) == 2 and array.size == shape[0] != shape[1]:
        array = array[:, None]
    lined = (1,) * (len(shape) - array.ndim) + array.shape
    if all(n in (1, m) for n, m in zip(lined, shape, strict=True)):
        return np.ascontiguousarray(np.broadcast_to(array, shape))
    return None


def _long(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)


def name_of(step: Step) -> str:
    """Return what the source calls a value, with its line."""
    file, line = step.place[:2]
    if not line:
        return f"`{step.operation}`"
    target = statement_at(file, line).target
    return f"`{target}`, line {line}" if target and target != "return" else f"line {line}"


def pool_of(
    steps: list[Step],
    leaves: Mapping[str, Step],
    cotangents: Mapping[int, FloatArray],
    parts: Parts,
    data: tuple[Any, ...],
) -> Pool:
    """Return what is at hand behind a forward pass.

    Parameters
    ----------
    steps : list of Step
        The forward pass.
    leaves : mapping of str to Step
        The parameters.
    cotangents : mapping of int to FloatArray
        The derivatives of the cost.
    parts : mapping of int to list
        What each consumer contributed to them.
    data : tuple
        What the cost was given beside the parameters.

    Returns
    -------
    Pool
        Parameters and data first.
    """
    return Pool(_entries(steps, leaves, cotangents, parts, data))


def _entries(
    steps: list[Step],
    leaves: Mapping[str, Step],
    cotangents: Mapping[int, FloatArray],
    parts: Parts,
    data: tuple[Any, ...],
) -> Iterator[Entry]:
    names = {step.index: name for name, step in leaves.items()}
    for at, item in enumerate(data):
        if isinstance(item, np.ndarray) and item.dtype.kind in "fiub":
            yield Entry(item.astype(np.float64), f"data[{at}]", "data")
    for name, step in leaves.items():
        yield Entry(np.asarray(step.value, dtype=np.float64), name, "parameter")
    for group in rounds(steps):
        first = group[0]
        said = names.get(first.index) or name_of(first)
        if np.asarray(first.value).dtype.kind in "fiub":
            yield Entry(stacked([s.value for s in group]), said, "value")
        for at, argument in enumerate(first.arguments):
            if isinstance(argument, np.ndarray) and argument.dtype.kind in "fiub":
                given = [s.arguments[at] for s in group]
                if len({np.shape(x) for x in given}) == 1:
                    yield Entry(stacked(given), f"an array used in {said}", "value")
        sort = "gradient" if first.index in names else "derivative"
        yield from _derivatives(group, said, sort, cotangents, parts)


def _derivatives(
    group: tuple[Step, ...],
    said: str,
    sort: str,
    cotangents: Mapping[int, FloatArray],
    parts: Parts,
) -> Iterator[Entry]:
    """Yield the derivative of a value, and its parts."""
    known = [cotangents[s.index] for s in group if s.index in cotangents]
    if len(known) < len(group):
        return
    yield Entry(stacked(known), said, sort)
    views = consumers_of([parts.get(s.index, []) for s in group])
    if len(views) > 1:
        for _, part in views:
            yield Entry(stacked(part), f"a part of {said}", "derivative")
