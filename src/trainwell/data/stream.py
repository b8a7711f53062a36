"""Examples that do not fit in memory: read chunk by chunk, shuffled within and across chunks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np

from trainwell.data.dataset import Data
from trainwell.errors import DataError
from trainwell.randomness import generator
from trainwell.settings import check_integer, check_kind
from trainwell.types import FloatArray, IntArray


class Rows(NamedTuple):
    """Adjacent examples of a source, one a row.

    ``x`` has the shape (N, I), ``y`` (N, O), ``weight`` (N,) or is ``None``.
    """

    x: FloatArray
    y: FloatArray
    weight: FloatArray | None = None


@runtime_checkable
class Chunks(Protocol):
    """A source that is read in pieces of known sizes, any of them at any time."""

    @property
    def sizes(self) -> Sequence[int]:
        """Number of examples of each chunk."""
        ...

    @property
    def inputs(self) -> int:
        """Number of features."""
        ...

    @property
    def outputs(self) -> int:
        """Number of targets."""
        ...

    @property
    def total_weight(self) -> float | None:
        """Sum of all weights; ``None`` where examples have none."""
        ...

    def read(self, number: int) -> Rows:
        """Return the examples of a chunk; equal calls give equal rows."""
        ...


class Visit(NamedTuple):
    """Examples in the order in which an epoch visits them, and which ones they are."""

    rows: Rows
    numbers: IntArray


@dataclass(frozen=True)
class Stream:
    r"""Training examples that are read while they are visited.

    Each epoch visits the chunks in an order of its own. Some of them are in memory at a
    time, and their examples are mixed with each other before they are cut into batches. The
    order is a function of seed and epoch alone; the memory that is needed depends on the
    size of a chunk, not on the number of chunks.

    Parameters
    ----------
    chunks : Chunks
        Where the examples come from.
    mixed : int, default=4
        Chunks that are in memory, and mixed, together; at least 1.
    single : bool, default=True
        Whether the numbers are trained on in single precision.

    Raises
    ------
    ConfigurationError
        If a setting is outside its domain.
    DataError
        If there is no example.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.chunks import ArrayChunks
    >>> from trainwell.data.stream import Stream
    >>> x = np.arange(12.0).reshape(6, 2)
    >>> stream = Stream(ArrayChunks(x, x[:, :1], rows=2), mixed=2)
    >>> [visit.numbers.tolist() for visit in stream.visits(seed=0, epoch=0)]
    [[3, 2, 5, 4], [0, 1]]
    """

    chunks: Chunks
    mixed: int = 4
    single: bool = True

    def __post_init__(self) -> None:
        check_kind(self, "chunks", Chunks, "chunks")  # type: ignore[type-abstract]
        check_integer(self, "mixed", 1)
        if not self.chunks.sizes or min(self.chunks.sizes) < 1:
            raise DataError.in_array("Stream", "chunks", "has a chunk without an example")

    @property
    def examples(self) -> int:
        """Number of examples, ``N``."""
        return sum(self.chunks.sizes)

    @property
    def inputs(self) -> int:
        """Number of features."""
        return self.chunks.inputs

    @property
    def outputs(self) -> int:
        """Number of targets."""
        return self.chunks.outputs

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """Precision of what is visited."""
        return np.dtype(np.float32 if self.single else np.float64)

    @property
    def total_weight(self) -> float:
        """Sum of the weights; without weights the number of examples."""
        total = self.chunks.total_weight
        return float(self.examples) if total is None else total

    def visits(self, seed: int, epoch: int, *, shuffle: bool = True) -> Iterator[Visit]:
        """Iterate over all examples once, so many at a time as are mixed.

        Parameters
        ----------
        seed : int
            The run's seed.
        epoch : int
            Which epoch, from 0.
        shuffle : bool, default=True
            Whether the epoch has its own order.

        Yields
        ------
        Visit
            Examples with relative weights, 1 on average.
        """
        count = len(self.chunks.sizes)
        order = generator(seed, "shuffle chunks", epoch).permutation(count)
        if not shuffle:
            order = np.arange(count)
        for number, start in enumerate(range(0, count, self.mixed)):
            visit = self._read(order[start : start + self.mixed])
            if shuffle:
                rng = generator(seed, "shuffle mixed", epoch, number)
                visit = _taken(visit, rng.permutation(len(visit.numbers)))
            yield visit

    def sample(self) -> Data:
        """Return the first chunk as a data set, for what is looked at before training."""
        rows = self._read(np.array([0])).rows
        return Data(rows.x.T, rows.y.T, rows.weight)

    def _read(self, numbers: IntArray) -> Visit:
        starts = np.concatenate([[0], np.cumsum(self.chunks.sizes)])
        parts = [self._checked(int(number), int(starts[number])) for number in numbers]
        names = [np.arange(starts[number], starts[number + 1]) for number in numbers]
        x, y = (np.concatenate([part[which] for part in parts]) for which in (0, 1))
        weights = [part.weight for part in parts if part.weight is not None]
        weight = np.concatenate(weights) if weights else None
        return Visit(Rows(x, y, weight), np.concatenate(names))

    def _checked(self, number: int, start: int) -> Rows:
        """Return a chunk in our precision, or refuse what is not finite in it."""
        size = self.chunks.sizes[number]
        rows = self.chunks.read(number)
        shapes = {"x": (size, self.inputs), "y": (size, self.outputs)}
        parts = []
        for name, shape in shapes.items():
            with np.errstate(over="ignore"):
                array = np.asarray(getattr(rows, name), dtype=self.dtype)
            if array.shape != shape:
                problem = f"has shape {array.shape} in chunk {number}, not {shape}"
                raise DataError.in_array("Stream", name, problem)
            finite = np.isfinite(array)
            if not finite.all():
                row, column = (int(i) for i in np.argwhere(~finite)[0])
                value = np.asarray(getattr(rows, name))[row, column]
                place = f"row {start + row}, column {column} (counted from 0)"
                problem = f"must be finite in {self.dtype.name}, got {value} at {place}"
                raise DataError.in_array("Stream", name, problem)
            parts.append(array)
        if rows.weight is None:
            return Rows(parts[0], parts[1])
        mean = self.total_weight / self.examples
        relative = np.asarray(rows.weight, dtype=np.float64) / mean
        if relative.shape != (size,) or not (relative >= 0).all():
            problem = f"must hold {size} numbers that are not negative in chunk {number}"
            raise DataError.in_array("Stream", "weight", problem)
        return Rows(parts[0], parts[1], relative.astype(self.dtype))


def in_batches(visits: Iterator[Visit], cuts: Sequence[int]) -> Iterator[tuple[Visit, slice]]:
    """Regroup visits so that each holds whole batches.

    Parameters
    ----------
    visits : iterator of Visit
        All examples of an epoch.
    cuts : sequence of int
        Where the epoch's batches begin and end, from 0 to the number of examples.

    Yields
    ------
    visit : Visit
        One or more whole batches; what is left of one is put in front of the next.
    batches : slice
        Which batches they are.
    """
    left: Visit | None = None
    first = begun = 0
    for visit in visits:
        joined = visit if left is None else _joined(left, visit)
        last = first
        while last + 1 < len(cuts) and cuts[last + 1] - begun <= len(joined.numbers):
            last += 1
        whole = cuts[last] - begun
        if last > first:
            yield _taken(joined, slice(0, whole)), slice(first, last)
        left = _taken(joined, slice(whole, None))
        first, begun = last, cuts[last]


def _taken(visit: Visit, places: IntArray | slice) -> Visit:
    x, y, weight = visit.rows
    rows = Rows(x[places], y[places], None if weight is None else weight[places])
    return Visit(rows, visit.numbers[places])


def _joined(one: Visit, other: Visit) -> Visit:
    weight = None
    if one.rows.weight is not None and other.rows.weight is not None:
        weight = np.concatenate([one.rows.weight, other.rows.weight])
    x = np.concatenate([one.rows.x, other.rows.x])
    y = np.concatenate([one.rows.y, other.rows.y])
    return Visit(Rows(x, y, weight), np.concatenate([one.numbers, other.numbers]))


def sizes_of(examples: int, rows: int) -> tuple[int, ...]:
    """Return the sizes of chunks of so many rows, the remainder last."""
    edges = [*range(0, examples, rows), examples]
    return tuple(stop - start for start, stop in pairwise(edges))
