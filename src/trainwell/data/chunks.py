"""Sources that are read in chunks: arrays on disk or in memory, and Parquet files."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike, fspath
from typing import Any

import numpy as np

from trainwell.data.stream import Rows, sizes_of
from trainwell.errors import ConfigurationError, DataError, ShapeError
from trainwell.settings import check_integer
from trainwell.types import FloatArray


@dataclass(frozen=True, eq=False)
class ArrayChunks:
    """Arrays with one example a row, such as those of ``numpy.memmap``; nothing is copied.

    Parameters
    ----------
    x : array of shape (N, I)
        Features.
    y : array of shape (N, O)
        Targets.
    weight : array of shape (N,) or None, default=None
        Weights of the examples, at least 0.
    rows : int, default=65536
        Examples of a chunk, positive.

    Raises
    ------
    ConfigurationError
        If ``rows`` is not a positive integer.
    ShapeError
        If the arrays do not fit each other.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.chunks import ArrayChunks
    >>> ArrayChunks(np.zeros((5, 2)), np.zeros((5, 1)), rows=2).sizes
    (2, 2, 1)
    """

    x: Any
    y: Any
    weight: Any = None
    rows: int = 65_536

    def __post_init__(self) -> None:
        check_integer(self, "rows", 1)
        for name, axes in (("x", 2), ("y", 2), ("weight", 1)):
            array = getattr(self, name)
            if array is None and name == "weight":
                continue
            shape = np.shape(array)
            expected = "(N,)" if axes == 1 else "(N, columns)"
            if len(shape) != axes:
                raise ShapeError.mismatch("ArrayChunks", name, shape, expected)
            if shape[0] != np.shape(self.x)[0]:
                expected = f"{np.shape(self.x)[0]} rows, as x has"
                raise ShapeError.mismatch("ArrayChunks", name, shape, expected)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of examples of each chunk."""
        return sizes_of(len(self.x), self.rows)

    @property
    def inputs(self) -> int:
        """Number of features."""
        return int(self.x.shape[1])

    @property
    def outputs(self) -> int:
        """Number of targets."""
        return int(self.y.shape[1])

    @cached_property
    def total_weight(self) -> float | None:
        """Sum of all weights."""
        if self.weight is None:
            return None
        starts = range(0, len(self.weight), self.rows)
        return float(sum(np.sum(self.weight[i : i + self.rows], dtype=float) for i in starts))

    def read(self, number: int) -> Rows:
        """Return the examples of a chunk."""
        place = slice(number * self.rows, (number + 1) * self.rows)
        weight = None if self.weight is None else np.asarray(self.weight[place])
        return Rows(np.asarray(self.x[place]), np.asarray(self.y[place]), weight)


@dataclass(frozen=True)
class ParquetChunks:
    """The numeric columns of a Parquet file, some rows at a time.

    Parameters
    ----------
    path : path-like
        The file.
    target : str or sequence of str
        Columns that are predicted; the values 0, 1, ... of classes go into ``classes``.
    features : sequence of str or None, default=None
        Columns to predict from; ``None`` takes all others.
    classes : int or None, default=None
        Number of classes of a single target column of numbers from 0 on: each becomes a
        target of its own.
    weight : str or None, default=None
        Column of the weights.
    rows : int, default=65536
        Examples of a chunk, positive.

    Raises
    ------
    ConfigurationError
        If a setting is outside its domain.
    DataError
        If the file or a column is not there, or a column holds no numbers.
    """

    path: str | PathLike[str]
    target: str | Sequence[str]
    features: Sequence[str] | None = None
    classes: int | None = None
    weight: str | None = None
    rows: int = 65_536
    _scan: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        import polars as pl

        check_integer(self, "rows", 1)
        if self.classes is not None:
            check_integer(self, "classes", 2)
            if len(self.targets) != 1:
                sentence = "classes belong to a single target column"
                raise ConfigurationError.contradiction("ParquetChunks", sentence)
        try:
            scan = pl.scan_parquet(fspath(self.path))
            schema = dict(scan.collect_schema())
        except (OSError, pl.exceptions.PolarsError) as error:
            raise DataError.in_file(self.path, str(error).partition("\n")[0]) from None
        object.__setattr__(self, "_scan", scan)
        wanted = [*self.targets, *(self.features or ()), *([self.weight] if self.weight else ())]
        missing = [name for name in wanted if name not in schema]
        if missing:
            raise DataError.unknown_columns(missing, schema)
        for name in (*self.columns, *wanted):
            if not (schema[name].is_numeric() or schema[name] == pl.Boolean):
                problem = f"must hold numbers to be read in chunks, has {schema[name]}"
                raise DataError.in_column(name, problem)

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the target columns."""
        return (self.target,) if isinstance(self.target, str) else tuple(self.target)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the features, in their order."""
        if self.features is not None:
            return tuple(self.features)
        others = {*self.targets, self.weight}
        return tuple(name for name in self._scan.collect_schema() if name not in others)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Number of examples of each chunk."""
        import polars as pl

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
        """Sum of all weights."""
        if self.weight is None:
            return None
        return float(self._scan.select(self.weight).sum().collect().item())

    def read(self, number: int) -> Rows:
        """Return the examples of a chunk."""
        frame = self._scan.slice(number * self.rows, self.rows).collect()
        x, y = (self._numbers(frame, names) for names in (self.columns, self.targets))
        if self.classes is not None:
            y = self._one_hot(y[:, 0], number)
        weight = None if self.weight is None else self._numbers(frame, (self.weight,))[:, 0]
        return Rows(x, y, weight)

    def _numbers(self, frame: Any, names: Sequence[str]) -> FloatArray:
        import polars as pl

        part = frame.select(pl.col(list(names)).cast(pl.Float64).fill_null(float("nan")))
        numbers: FloatArray = part.to_numpy()
        return numbers

    def _one_hot(self, labels: FloatArray, number: int) -> FloatArray:
        assert self.classes is not None  # noqa: S101 - asked by the caller
        known = np.isin(labels, np.arange(self.classes))
        if not known.all():
            row = int(np.argmin(known))
            problem = f"must hold the numbers 0 to {self.classes - 1}, got {labels[row]:g}"
            raise DataError.in_column(self.targets[0], problem, number * self.rows + row + 1)
        result: FloatArray = np.eye(self.classes)[labels.astype(np.int64)]
        return result
