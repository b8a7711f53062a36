"""Sources that are read in chunks: arrays in memory or on disk, and Parquet files."""

import mmap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from trainwell.data.stream import Rows, sizes_of
from trainwell.errors import ConfigurationError, DataError, ShapeError
from trainwell.settings import check_integer
from trainwell.types import FloatArray


@dataclass(frozen=True, eq=False)
class ArrayChunks:
    """Arrays with one example a row, such as those of ``numpy.memmap``.

    Nothing is copied but what is read, and of a mapped file only that much is in memory.

    Parameters
    ----------
    x : array of shape (N, I)
        Features.
    y : array of shape (N, O)
        Targets; with ``classes`` the classes 0, 1, ... of shape (N,).
    weight : array of shape (N,) or None, default=None
        Weights of the examples, at least 0, not all 0.
    rows : int, default=65536
        Examples of a chunk, positive.
    classes : int or None, default=None
        Number of classes, at least 2: each becomes a target of its own.

    Raises
    ------
    ConfigurationError
        If a setting is outside its domain.
    ShapeError
        If the arrays do not fit each other.
    DataError
        If an array is empty or does not hold real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.chunks import ArrayChunks
    >>> chunks = ArrayChunks(np.zeros((5, 2)), np.array([0, 1, 2, 2, 0]), rows=2, classes=3)
    >>> chunks.sizes, chunks.read(1).y.tolist()
    ((2, 2, 1), [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
    """

    x: Any
    y: Any
    weight: Any = None
    rows: int = 65_536
    classes: int | None = None

    def __post_init__(self) -> None:
        check_integer(self, "rows", 1)
        if self.classes is not None:
            check_integer(self, "classes", 2)
        for name, axes in (("x", 2), ("y", 2 if self.classes is None else 1), ("weight", 1)):
            array = getattr(self, name)
            if array is None and name == "weight":
                continue
            if not hasattr(array, "shape"):
                array = np.asarray(array)
                object.__setattr__(self, name, array)
            self._check(name, tuple(array.shape), axes)
            kind = getattr(array, "dtype", None)
            if isinstance(kind, np.dtype) and kind.kind not in "biuf":
                problem = f"must hold real numbers, got {kind}"
                raise DataError.in_array("ArrayChunks", name, problem)

    def _check(self, name: str, shape: tuple[int, ...], axes: int) -> None:
        """Refuse a shape that is empty or not that of so many rows as x has."""
        if len(shape) != axes:
            expected = "(N,)" if axes == 1 else "(N, columns)"
            raise ShapeError.mismatch("ArrayChunks", name, shape, expected)
        if 0 in shape:
            raise DataError.in_array("ArrayChunks", name, f"is empty, its shape is {shape}")
        count = self.x.shape[0]
        if shape[0] != count:
            expected = f"({count},)" if axes == 1 else f"({count}, columns)"
            raise ShapeError.mismatch("ArrayChunks", name, shape, f"{expected}, as x has rows")

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Number of examples of each chunk."""
        return sizes_of(int(self.x.shape[0]), self.rows)

    @property
    def inputs(self) -> int:
        """Number of features."""
        return int(self.x.shape[1])

    @property
    def outputs(self) -> int:
        """Number of targets."""
        return self.classes or int(self.y.shape[1])

    @cached_property
    def total_weight(self) -> float | None:
        """Sum of all weights; each is looked at."""
        if self.weight is None:
            return None
        total = 0.0
        for number in range(len(self.sizes)):
            weight = self._rows(self.weight, number).astype(np.float64)
            row = _first(~(np.isfinite(weight) & (weight >= 0)))
            if row is not None:
                place = f"row {number * self.rows + row} (counted from 0)"
                problem = f"must be finite and at least 0, got {weight[row]} at {place}"
                raise DataError.in_array("ArrayChunks", "weight", problem)
            total += float(weight.sum())
        return total

    def read(self, number: int) -> Rows:
        """Return the examples of a chunk."""
        x, y = self._rows(self.x, number), self._rows(self.y, number)
        if self.classes is not None:
            row = _first(~np.isin(y, np.arange(self.classes)))
            if row is not None:
                place = f"row {number * self.rows + row} (counted from 0)"
                problem = f"must hold the classes 0 to {self.classes - 1}, got {y[row]} at {place}"
                raise DataError.in_array("ArrayChunks", "y", problem)
            y = _one_hot(y, self.classes)
        return Rows(x, y, None if self.weight is None else self._rows(self.weight, number))

    def _rows(self, array: Any, number: int) -> np.ndarray:
        return _unmapped(np.asarray(array[number * self.rows : (number + 1) * self.rows]))


@dataclass(frozen=True)
class ParquetChunks:
    """The numeric columns of a Parquet file, some rows at a time.

    Parameters
    ----------
    path : path-like
        The file; or a folder or pattern (``part-*.parquet``) of files with the same columns,
        which follow each other in the order of their names.
    target : str or sequence of str
        Columns that are predicted.
    features : str, sequence of str or None, default=None
        Columns to predict from; ``None`` takes all others.
    classes : int or None, default=None
        Number of classes of a single target column that holds 0, 1, ...: each becomes a
        target of its own; at least 2.
    weight : str or None, default=None
        Column of the weights, at least 0, not all 0.
    rows : int, default=65536
        Examples of a chunk, positive.

    Raises
    ------
    ConfigurationError
        If a setting is outside its domain, or a column is named twice.
    DataError
        If the file or a column is not there, or a column holds no numbers.

    Notes
    -----
    Only the named columns are decoded, and of them only the pages of a chunk. The row groups
    that a chunk lies in are fetched whole, though: a file is read best if its row groups are
    not much larger than ``rows``.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import polars as pl
    >>> from trainwell.data.chunks import ParquetChunks
    >>> table = pl.DataFrame({"length": [1.5, 2.5, 3.5], "width": [1, 2, 3], "kind": [0, 1, 1]})
    >>> with TemporaryDirectory() as folder:
    ...     table.write_parquet(Path(folder) / "shells.parquet")
    ...     chunks = ParquetChunks(Path(folder) / "shells.parquet", "kind", classes=2, rows=2)
    ...     chunks.columns, chunks.sizes, chunks.read(1).y.tolist()
    (('length', 'width'), (2, 1), [[0.0, 1.0]])
    """

    path: str | PathLike[str]
    target: str | Sequence[str]
    features: str | Sequence[str] | None = None
    classes: int | None = None
    weight: str | None = None
    rows: int = 65_536
    _scan: Any = field(init=False, repr=False, compare=False)
    _opened: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        import polars as pl

        check_integer(self, "rows", 1)
        for name in ("target", "features", "weight"):
            _check_names(name, getattr(self, name), several=name != "weight")
        if self.classes is not None:
            check_integer(self, "classes", 2)
            if len(self.targets) != 1:
                sentence = "classes belong to a single target column"
                raise ConfigurationError.contradiction("ParquetChunks", sentence)
        if not isinstance(self.path, str | PathLike):
            raise ConfigurationError.out_of_range("ParquetChunks", "path", self.path, "a path")
        with _reading(self.path):
            literal = Path(self.path).is_file()  # brackets may belong to a name
            scan = pl.scan_parquet(str(self.path), glob=not literal)
            scan.collect_schema()
        object.__setattr__(self, "_scan", scan)
        object.__setattr__(self, "_opened", _stamp(self.path))
        self._check_columns()
        if not self.sizes:
            raise DataError.in_file(self.path, "has no rows")

    def _check_columns(self) -> None:
        """Refuse columns that are not there, named twice or without numbers."""
        schema = self._scan.collect_schema()
        named = [*self.targets, *_names(self.features), *_names(self.weight)]
        missing = [name for name in named if name not in schema]
        if missing:
            raise DataError.unknown_columns(missing, schema)
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            sentence = f"column {twice[0]!r} is named twice among target, features and weight"
            raise ConfigurationError.contradiction("ParquetChunks", sentence)
        if not self.columns:
            raise DataError.in_file(self.path, "has no columns left to predict from")
        for name in (*self.columns, *self.targets, *_names(self.weight)):
            # Truth values are written as integers are.
            if not (schema[name].is_numeric() or schema[name].to_python() is bool):
                problem = f"must hold numbers to be read in chunks, holds {schema[name]}"
                raise DataError.in_column(name, problem)

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the target columns."""
        return _names(self.target)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the features, in their order."""
        if self.features is not None:
            return _names(self.features)
        others = {*self.targets, self.weight}
        return tuple(name for name in self._scan.collect_schema() if name not in others)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Number of examples of each chunk."""
        import polars as pl

        with _reading(self.path):
            return sizes_of(int(self._scan.select(pl.len()).collect().item()), self.rows)

    @property
    def inputs(self) -> int:
        """Number of features."""
        return len(self.columns)

    @property
    def outputs(self) -> int:
        """Number of targets."""
        return self.classes or len(self.targets)

    @cached_property
    def total_weight(self) -> float | None:
        """Sum of all weights; each is looked at."""
        if self.weight is None:
            return None
        total = 0.0
        for number in range(len(self.sizes)):
            weight = self._weights(self._chunk(number, (self.weight,)), number)
            total += float(weight.sum(dtype=np.float64))
        return total

    def read(self, number: int) -> Rows:
        """Return the examples of a chunk."""
        names = (*self.columns, *self.targets, *_names(self.weight))
        frame = self._chunk(number, names)
        x, y = (self._numbers(frame, names, number) for names in (self.columns, self.targets))
        if self.classes is not None:
            row = _first(~np.isin(y[:, 0], np.arange(self.classes)))
            if row is not None:
                problem = f"must hold the classes 0 to {self.classes - 1}, got {y[row, 0]:g}"
                raise DataError.in_column(self.targets[0], problem, number * self.rows + row + 1)
            y = _one_hot(y[:, 0], self.classes)
        return Rows(x, y, None if self.weight is None else self._weights(frame, number))

    def _chunk(self, number: int, names: Sequence[str]) -> Any:
        """Return some columns of a chunk as a data frame."""
        if _stamp(self.path) != self._opened:  # the reader would go by the old table of contents
            raise DataError.in_file(self.path, "has changed since it was opened")
        with _reading(self.path):
            return self._scan.select(names).slice(number * self.rows, self.rows).collect()

    def _numbers(self, frame: Any, names: Sequence[str], number: int) -> FloatArray:
        """Return columns of a chunk side by side, or say where one has no finite number."""
        import polars as pl

        part = frame.select(names)
        single = all(kind == pl.Float32 for kind in part.dtypes)
        numbers: FloatArray = part.cast(pl.Float32 if single else pl.Float64).to_numpy()
        finite = np.isfinite(numbers)
        if not finite.all():
            row, column = (int(i) for i in np.argwhere(~finite)[0])
            value = part[row, column]
            got = "null" if value is None else value
            problem = f"must hold finite numbers, got {got}"
            raise DataError.in_column(names[column], problem, number * self.rows + row + 1)
        return numbers

    def _weights(self, frame: Any, number: int) -> FloatArray:
        assert self.weight is not None  # noqa: S101 - asked by the caller
        weight = self._numbers(frame, (self.weight,), number)[:, 0]
        row = _first(weight < 0)
        if row is not None:
            problem = f"must be at least 0 as a weight, got {weight[row]:g}"
            raise DataError.in_column(self.weight, problem, number * self.rows + row + 1)
        return weight


def _names(names: str | Sequence[str] | None) -> tuple[str, ...]:
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)


def _check_names(setting: str, value: Any, *, several: bool) -> None:
    """Refuse what does not name columns; the target has no default."""
    if isinstance(value, str) or (value is None and setting != "target"):
        return
    listed = several and isinstance(value, Sequence) and len(value) > 0
    if not (listed and all(isinstance(name, str) for name in value)):
        domain = "the name of a column" + (" or a list of names" if several else "")
        raise ConfigurationError.out_of_range("ParquetChunks", setting, value, domain)


def _stamp(path: str | PathLike[str]) -> tuple[int, int] | None:
    """Return what changes with a file; nothing for a pattern."""
    with suppress(OSError, ValueError):
        status = Path(path).stat()
        return status.st_size, status.st_mtime_ns
    return None


@contextmanager
def _reading(path: str | PathLike[str]) -> Iterator[None]:
    """Turn what the reader says about a file into one sentence."""
    import polars as pl

    try:
        yield
    except FileNotFoundError:
        raise DataError.in_file(path, "there is no such file") from None
    except (OSError, ValueError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        reason = str(error).partition("\n")[0].strip()
        if "paths were empty" in reason:  # of a folder or a pattern
            raise DataError.in_file(path, "there is no Parquet file") from None
        raise DataError.in_file(path, f"cannot be read as Parquet ({reason[:120]})") from None


def _first(wrong: np.ndarray) -> int | None:
    """Return where the first is, if there is one."""
    return int(np.argmax(wrong)) if wrong.any() else None


def _one_hot(labels: np.ndarray, classes: int) -> FloatArray:
    result = np.zeros((len(labels), classes), np.float32)  # 0 and 1 in any precision
    result[np.arange(len(labels)), labels.astype(np.int64)] = 1
    return result


def _unmapped(part: np.ndarray) -> np.ndarray:
    """Return rows as they are; those of a mapped file as a copy whose pages were given back.

    Pages that were read count as memory of the process until it gives them back. Those of
    a copy-on-write mapping are kept: they may hold changes that are not in the file.
    """
    mapping: Any = part
    shared = False
    while isinstance(mapping, np.ndarray):
        shared = shared or (isinstance(mapping, np.memmap) and mapping.mode != "c")
        mapping = mapping.base
    if not (shared and isinstance(mapping, mmap.mmap)):
        return part
    copy = np.array(part)
    if hasattr(mmap, "MADV_DONTNEED") and min(part.strides) >= 0:
        origin = np.frombuffer(mapping, np.uint8).ctypes.data
        low = part.ctypes.data - origin
        reach = sum((n - 1) * step for n, step in zip(part.shape, part.strides, strict=True))
        start = low - low % mmap.PAGESIZE
        mapping.madvise(mmap.MADV_DONTNEED, start, low + reach + part.itemsize - start)
    return copy
