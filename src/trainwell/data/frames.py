"""Data frames of any library: whether something is one, and its cells as polars has them."""

from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.errors import DataError

if TYPE_CHECKING:
    import narwhals as nw
    import polars as pl


def as_frame(table: object) -> "nw.DataFrame[Any] | None":
    """Return a pandas, polars, pyarrow, Modin or cuDF table under one interface, else nothing.

    Parameters
    ----------
    table : object
        Anything.

    Returns
    -------
    narwhals.DataFrame or None
        A view; nothing is copied.

    Raises
    ------
    DataError
        If two columns have one name.
    """
    if isinstance(table, np.ndarray | list | tuple):  # not worth the import
        return None
    import narwhals as nw

    try:
        found = nw.from_native(table, eager_only=True, pass_through=True)
    except nw.exceptions.DuplicateError as error:
        names = " ".join(str(error).split())
        raise DataError.in_array(
            "table", "columns", f"must differ in their names: {names}"
        ) from None
    return found if isinstance(found, nw.DataFrame) else None


def holds_numbers_alone(frame: "nw.DataFrame[Any]") -> bool:
    """Return whether every column holds numbers or truth values."""
    import narwhals as nw

    kinds = frame.schema.values()
    return all(kind.is_numeric() or kind == nw.Boolean for kind in kinds)


def is_categorical(kind: object) -> bool:
    """Return whether a column was declared to be one of categories."""
    import narwhals as nw

    return isinstance(kind, nw.Categorical | nw.Enum)


def to_polars(frame: "nw.DataFrame[Any]") -> "pl.DataFrame":
    """Return the cells of a data frame as polars has them; needs no other library.

    Categories become words, cells of mixed kinds as well.

    Parameters
    ----------
    frame : narwhals.DataFrame
        As :func:`as_frame` returns.

    Returns
    -------
    polars.DataFrame
        The same rows and columns; missing cells are null.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from trainwell.data.frames import as_frame, to_polars
    >>> to_polars(as_frame(pa.table({"age": [3, None], "pet": ["cat", "dog"]}))).rows()
    [(3.0, 'cat'), (None, 'dog')]
    """
    import polars as pl

    native = frame.to_native()
    if isinstance(native, pl.DataFrame):
        return native
    return pl.DataFrame([_series(frame[name]) for name in frame.columns])


def _series(column: "nw.Series[Any]") -> "pl.Series":
    import narwhals as nw
    import polars as pl

    name, kind = str(column.name), column.dtype
    if kind.is_numeric():
        return pl.Series(name, column.cast(nw.Float64).to_numpy(), nan_to_null=True)
    if kind == nw.Boolean:
        return pl.Series(name, column.to_list(), pl.Boolean)
    if isinstance(kind, nw.Datetime | nw.Duration):
        return pl.Series(name, column.to_numpy())
    if kind.is_temporal():
        return pl.Series(name, column.to_list())
    if kind.is_nested() or kind == nw.Binary:
        return pl.Series(name, column.to_list(), strict=False)
    missing = column.is_null().to_list()
    words = [
        None if absent else str(cell)
        for cell, absent in zip(column.to_list(), missing, strict=True)
    ]
    return pl.Series(name, words, pl.String)
