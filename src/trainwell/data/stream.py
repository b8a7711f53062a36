"""Examples that do not fit in memory: read chunk by chunk, shuffled within and across chunks."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from trainwell.data.dataset import Data
from trainwell.errors import ConfigurationError, DataError
from trainwell.randomness import generator
from trainwell.settings import check_flag, check_integer, required_integer
from trainwell.types import FloatArray, IntArray


class Rows(NamedTuple):
    """Examples of a source, one a row.

    Parameters
    ----------
    x : FloatArray of shape (N, I)
        Features.
    y : FloatArray of shape (N, O)
        Targets.
    weight : FloatArray of shape (N,) or None, default=None
        Weights of the examples, if they have any.
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
        """Return the adjacent examples of a chunk; equal calls give equal rows."""
        ...


class Visit(NamedTuple):
    """Examples in the order in which an epoch visits them, and which ones they are.

    Parameters
    ----------
    rows : Rows
        The examples, with relative weights: 1 on average over the whole source.
    numbers : IntArray of shape (N,)
        Their rows in the source, from 0.
    """

    rows: Rows
    numbers: IntArray


@dataclass(frozen=True)
class Stream:
    r"""Training examples that are read while they are visited.

    Each epoch visits the chunks in an order of its own. Some of them are in memory at a
    time, and their examples are mixed with each other before they are cut into batches. The
    order is a function of seed, epoch, sizes of the chunks and ``mixed`` alone.

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
        If there is no example, or the weights have no positive, finite sum.

    See Also
    --------
    trainwell.data.chunks.ArrayChunks : Arrays in memory or mapped from a file.
    trainwell.data.chunks.ParquetChunks : Columns of a Parquet file.

    Notes
    -----
    The memory that is needed depends on the size of a chunk, not on the number of chunks:
    it is a few times that of ``mixed`` chunks. Mixing moves an example anywhere among those
    of the chunks that are in memory with it; a source that is sorted is mixed best by many
    small chunks and a larger ``mixed``.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.chunks import ArrayChunks
    >>> from trainwell.data.stream import Stream
    >>> x = np.arange(12.0).reshape(6, 2)
    >>> stream = Stream(ArrayChunks(x, x[:, :1], rows=2), mixed=2)
    >>> [visit.numbers.tolist() for visit in stream.visits(seed=0, epoch=0)]
    [[0, 5, 4, 1], [2, 3]]
    """

    chunks: Chunks
    mixed: int = 4
    single: bool = True

    def __post_init__(self) -> None:
        kind = self.chunks if isinstance(self.chunks, type) else type(self.chunks)
        if kind is self.chunks or not isinstance(self.chunks, Chunks):
            domain = "an ArrayChunks, a ParquetChunks or another source of chunks"
            raise ConfigurationError.out_of_range("Stream", "chunks", kind.__name__, domain)
        check_integer(self, "mixed", 1)
        check_flag(self, "single")
        sizes = self.chunks.sizes
        if not sizes:
            raise DataError.in_array("Stream", "chunks", "hold no example")
        if min(sizes) < 1:
            problem = f"must hold an example each, chunk {np.argmin(sizes)} holds {min(sizes)}"
            raise DataError.in_array("Stream", "chunks", problem)
        if not 0 < self.total_weight < np.inf:
            problem = f"must have a positive, finite sum, got {self.total_weight}"
            raise DataError.in_array("Stream", "weight", problem)

    @cached_property
    def _starts(self) -> IntArray:
        """Where each chunk begins, and where the last one ends."""
        return np.concatenate([[0], np.cumsum(self.chunks.sizes, dtype=np.int64)])

    @property
    def examples(self) -> int:
        """Number of examples, ``N``."""
        return int(self._starts[-1])

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
            The run's seed, non-negative.
        epoch : int
            Which epoch, from 0.
        shuffle : bool, default=True
            Whether the epoch has its own order; without, that of the source.

        Returns
        -------
        iterator of Visit
            What is in memory together; each is read when it is asked for.

        Raises
        ------
        ConfigurationError
            If a number is negative or no integer.
        DataError
            While it is iterated over: if a number in a chunk is not finite, a weight
            is negative or an array is not as announced.
        """
        seed = required_integer("visits", "seed", seed, 0)
        epoch = required_integer("visits", "epoch", epoch, 0)
        return self._visits(seed, epoch, shuffle=shuffle)

    def sample(self) -> Data:
        """Return ``mixed`` chunks, spread evenly, for what is looked at before training."""
        last = len(self.chunks.sizes) - 1
        chosen = np.unique(np.linspace(0, last, self.mixed).round().astype(np.int64))
        x, y, weight = self._read(chosen, None).rows
        return Data(x.T, y.T, weight if weight is not None and weight.any() else None)

    def _visits(self, seed: int, epoch: int, *, shuffle: bool) -> Iterator[Visit]:
        count = len(self.chunks.sizes)
        order = np.arange(count)
        if shuffle:
            order = generator(seed, "shuffle chunks", epoch).permutation(count)
        for number, start in enumerate(range(0, count, self.mixed)):
            # Nothing here holds on to a visit while the next is read.
            rng = generator(seed, "shuffle mixed", epoch, number) if shuffle else None
            yield self._read(order[start : start + self.mixed], rng)

    def _read(self, numbers: IntArray, rng: np.random.Generator | None) -> Visit:
        """Return chunks, one behind the other or mixed; each example is put where it belongs."""
        count = sum(self.chunks.sizes[number] for number in numbers)
        places = np.arange(count)
        if rng is not None:
            places[rng.permutation(count)] = np.arange(count)
        x, y = (np.empty((count, width), self.dtype) for width in (self.inputs, self.outputs))
        weight = None if self.chunks.total_weight is None else np.empty(count, self.dtype)
        names = np.empty(count, np.int64)
        begun = 0
        for number in numbers:
            rows = self._checked(int(number))
            first, size = self._starts[number], self.chunks.sizes[number]
            ours: Any = slice(begun, begun + size) if rng is None else places[begun : begun + size]
            x[ours], y[ours] = rows.x, rows.y
            names[ours] = np.arange(first, first + size)
            if weight is not None:
                weight[ours] = rows.weight
            begun += size
        return Visit(Rows(x, y, weight), names)

    def _checked(self, number: int) -> Rows:
        """Return a chunk in our precision with relative weights, or say what is wrong in it."""
        size, first = self.chunks.sizes[number], int(self._starts[number])
        rows = self.chunks.read(number)
        arrays = []
        for name, given, width in (("x", rows.x, self.inputs), ("y", rows.y, self.outputs)):
            array = np.asarray(given)
            _check_array(name, array, (size, width), number)
            arrays.append(_finite(name, array, self.dtype, first))
        if (rows.weight is None) != (self.chunks.total_weight is None):
            problem = f"must be in every chunk or in none, unlike in chunk {number}"
            raise DataError.in_array("Stream", "weight", problem)
        if rows.weight is None:
            return Rows(arrays[0], arrays[1])
        weight = np.asarray(rows.weight)
        _check_array("weight", weight, (size,), number)
        weight = _finite("weight", weight, np.dtype(np.float64), first)
        if weight.min() < 0:
            row = int(weight.argmin())
            problem = f"must not be negative, got {weight[row]} at row {first + row}"
            raise DataError.in_array("Stream", "weight", f"{problem} (counted from 0)")
        # Scaled by a power of two, which rounds nothing, the smallest mean does not vanish.
        total, exponent = np.frexp(self.total_weight)
        return Rows(arrays[0], arrays[1], np.ldexp(weight, -exponent) / (total / self.examples))


def in_batches(
    visits: Iterator[Visit], cuts: Sequence[int] | IntArray
) -> Iterator[tuple[Visit, slice]]:
    """Regroup visits so that each holds whole batches.

    Parameters
    ----------
    visits : iterator of Visit
        All examples of an epoch.
    cuts : sequence or array of int
        Where the epoch's batches begin and end, from 0 to the number of examples.

    Yields
    ------
    visit : Visit
        One or more whole batches of one visit, without a copy; or a batch whose examples
        lie in several visits, put together.
    batches : slice
        Which batches they are.
    """
    pieces: list[Visit] = []  # of the batch that is begun
    number = seen = 0
    for visit in visits:
        start, count = 0, len(visit.numbers)
        if pieces:
            start = min(cuts[number + 1] - seen, count)
            pieces.append(_taken(visit, slice(0, start)))
            if cuts[number + 1] <= seen + count:
                yield _joined(pieces), slice(number, number + 1)
                pieces, number = [], number + 1
        whole = bisect_right(cuts, seen + count) - 1
        if whole > number:
            stop = cuts[whole] - seen
            yield _taken(visit, slice(start, stop)), slice(number, whole)
            start, number = stop, whole
        if start < count:  # a copy: the visit itself can be forgotten
            pieces.append(_joined([_taken(visit, slice(start, count))]))
        seen += count
        del visit


def sizes_of(examples: int, rows: int) -> tuple[int, ...]:
    """Return the sizes of chunks of so many rows, the remainder last."""
    edges = [*range(0, examples, rows), examples]
    return tuple(stop - start for start, stop in pairwise(edges))


def _taken(visit: Visit, places: slice) -> Visit:
    x, y, weight = visit.rows
    rows = Rows(x[places], y[places], None if weight is None else weight[places])
    return Visit(rows, visit.numbers[places])


def _joined(visits: Sequence[Visit]) -> Visit:
    """Return copies, one behind the other."""
    weights = [rows.weight for rows, _ in visits if rows.weight is not None]
    x, y = (np.concatenate([rows[which] for rows, _ in visits]) for which in (0, 1))
    numbers = np.concatenate([visit.numbers for visit in visits])
    return Visit(Rows(x, y, np.concatenate(weights) if weights else None), numbers)


def _check_array(name: str, array: np.ndarray, shape: tuple[int, ...], number: int) -> None:
    """Refuse an array of a chunk that is not as its source has announced."""
    if array.dtype.kind not in "biuf":
        problem = f"must hold real numbers, got {array.dtype} in chunk {number}"
        raise DataError.in_array("Stream", name, problem)
    if array.shape != shape:
        problem = f"must have shape {shape} in chunk {number}, got {array.shape}"
        raise DataError.in_array("Stream", name, problem)


def _finite(name: str, given: np.ndarray, dtype: np.dtype[Any], first: int) -> FloatArray:
    """Return numbers in a precision, or say which is not finite in it."""
    with np.errstate(over="ignore"):  # reported here
        array: FloatArray = given.astype(dtype, copy=False)
    finite = np.isfinite(array)
    if not finite.all():
        row, *column = (int(i) for i in np.argwhere(~finite)[0])
        place = f"row {first + row}" + "".join(f", column {i}" for i in column)
        value = given[(row, *column)]
        problem = f"must be finite in {dtype.name}, got {value} at {place} (counted from 0)"
        raise DataError.in_array("Stream", name, problem)
    return array
