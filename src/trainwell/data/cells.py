"""Cells: which of them are missing, which are numbers, and the plain form of a table."""

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from trainwell.errors import DataError
from trainwell.types import FloatArray

if TYPE_CHECKING:
    import polars as pl

MISSING_MARKERS = (
    *("?", "NA", "N/A", "n/a", "#N/A", "<NA>", "\\N"),
    *("NaN", "nan", "NAN", "-nan", "-NaN", "null", "NULL"),
)
"""Cells that are missing in every column, beside blank ones."""

WEAK_MARKERS = ("-", "--", ".", "None", "none", "na", "unknown", "missing")
"""Cells that are missing among numbers and dates, and a level like any other among words."""

INFINITE = "is infinite, or too large for a 64-bit number"

BOOLEANS = {"false": 0.0, "true": 1.0}
"""The words that are numbers, in any case."""

_USABLE = "only numbers, words, dates and times can be used"
_INTEGER_OR_COMMA = r"^[+-]?\d+(?:,\d+)?(?:[eE][+-]?\d+)?$"
# A comma that cannot stand for thousands: not three digits after it, or a zero before it.
_CERTAIN_COMMA = r"^[+-]?(?:0+,\d+|\d+,(?:\d{1,2}|\d{4,})|\d{4,},\d+)(?:[eE][+-]?\d+)?$"
_POINT_NUMBER = r"^[+-]?\d*\.\d+(?:[eE][+-]?\d+)?$"


def tidy(frame: "pl.DataFrame", missing: Collection[str] = MISSING_MARKERS) -> "pl.DataFrame":
    """Return a table in the plain form that everything below works on.

    Words lose the blanks around them; blank and marked cells and NaN become null;
    decimals and durations (in seconds) become floats, categories words, and zoned
    times UTC.

    Parameters
    ----------
    frame : polars.DataFrame
        Any table; not modified.
    missing : collection of str, default=MISSING_MARKERS
        Cells that are missing wherever they stand, beside blank ones.

    Returns
    -------
    polars.DataFrame
        The same rows and columns, of words, numbers, truth values, dates and times;
        lists, records and bytes stay as they are (see :func:`unusable`).

    Raises
    ------
    DataError
        If a column holds objects of Python.

    Examples
    --------
    >>> import polars as pl
    >>> from trainwell.data.cells import tidy
    >>> tidy(pl.DataFrame({"age": [" 12", "NA", ""]}))["age"].to_list()
    ['12', None, None]
    """
    import polars as pl
    from polars import selectors as columns

    for name, kind in frame.schema.items():
        if kind == pl.Object:
            raise DataError.in_column(name, f"holds objects of Python; {_USABLE}")
    zoned = columns.datetime(time_zone="*").dt.convert_time_zone("UTC")
    plain = frame.with_columns(
        columns.by_dtype(pl.Categorical, pl.Enum).cast(pl.String),
        columns.decimal().cast(pl.Float64),
        columns.duration().dt.total_microseconds() / 1e6,
        zoned.dt.replace_time_zone(None),
    )
    words = columns.string().str.strip_chars()
    return plain.with_columns(
        pl.when(~words.is_in(["", *missing])).then(words), columns.float().fill_nan(None)
    )


def unusable(series: "pl.Series") -> str:
    """Return what a tidy column holds if it can be neither input nor target, else nothing.

    Parameters
    ----------
    series : polars.Series
        A tidy column.

    Returns
    -------
    str
        For a person: ``"holds lists"``.

    Examples
    --------
    >>> import polars as pl
    >>> from trainwell.data.cells import unusable
    >>> unusable(pl.Series([[1], [2, 3]])), unusable(pl.Series([1, 2]))
    ('holds lists', '')
    """
    import polars as pl

    if series.dtype == pl.Binary:
        return "holds bytes"
    if series.dtype.is_nested():
        return "holds records" if series.dtype == pl.Struct else "holds lists"
    return ""


def usable_column(frame: "pl.DataFrame", name: str) -> "pl.Series":
    """Return a column of a tidy table that an input or the target needs.

    Parameters
    ----------
    frame : polars.DataFrame
        The table.
    name : str
        Name of the column.

    Returns
    -------
    polars.Series
        Of words, numbers, truth values, dates or times.

    Raises
    ------
    DataError
        If there is no such column, or it holds lists, records or bytes.
    """
    series: pl.Series | None = frame.get_column(name, default=None)
    if series is None:
        raise DataError.unknown_columns((name,), frame.columns)
    if word := unusable(series):
        raise DataError.in_column(name, f"{word}; {_USABLE}")
    return series


def numbers(series: "pl.Series") -> "pl.Series":
    """Return the numbers in a tidy column as float64, null where there is none.

    Words count where they are a number as a whole: sign, digits, decimal point and
    exponent. Truth values and the words true and false are 1 and 0. Infinite values
    stay infinite.

    Parameters
    ----------
    series : polars.Series
        A tidy column.

    Returns
    -------
    polars.Series
        As long as the column.

    Examples
    --------
    >>> import polars as pl
    >>> from trainwell.data.cells import numbers
    >>> numbers(pl.Series(["1e3", "+.5", "1,000", "True"])).to_list()
    [1000.0, 0.5, None, 1.0]
    """
    import polars as pl

    if series.dtype != pl.String:
        if series.dtype.is_numeric() or series.dtype in {pl.Boolean, pl.Null}:
            return series.cast(pl.Float64).fill_nan(None)
        return pl.Series(series.name, [None] * len(series), pl.Float64)
    values = series.cast(pl.Float64, strict=False).fill_nan(None)
    if values.null_count() > series.null_count():
        truth = series.str.to_lowercase().replace_strict(
            list(BOOLEANS), list(BOOLEANS.values()), default=None, return_dtype=pl.Float64
        )
        values = values.fill_null(truth)
    return values


def numbers_in(series: "pl.Series", markers: tuple[str, ...]) -> FloatArray:
    """Return the numbers of a tidy column, NaN where missing.

    Parameters
    ----------
    series : polars.Series
        The column.
    markers : tuple of str
        Words that count as missing, beside the weak ones.

    Returns
    -------
    FloatArray of shape (rows,)
        Finite but for NaN.

    Raises
    ------
    DataError
        If a cell is neither a number nor one of the markers, or is infinite.
    """
    import polars as pl

    values = numbers(series)
    if values.null_count() > series.null_count():
        refuse_cells(series, values.is_null(), markers, "is not a number")
    array: FloatArray = values.to_numpy()  # null is NaN here
    if np.isinf(array).any():
        refuse_cells(series, pl.Series(np.isinf(array)), (), INFINITE)
    return array


def refuse_cells(
    series: "pl.Series", bad: "pl.Series", markers: tuple[str, ...], problem: str
) -> None:
    """Refuse the first bad cell that is neither missing nor a marker.

    Parameters
    ----------
    series : polars.Series
        A tidy column.
    bad : polars.Series
        Which of its cells are bad, unless they are missing.
    markers : tuple of str
        Words that count as missing, beside the weak ones.
    problem : str
        What is wrong with the cell.

    Raises
    ------
    DataError
        With the row and the cell.
    """
    import polars as pl

    bad = bad & series.is_not_null()
    if bad.any() and series.dtype == pl.String:
        bad = bad & ~series.is_in([*WEAK_MARKERS, *markers])
    if bad.any():
        row = int(bad.arg_max() or 0)
        raise DataError.in_column(series.name, f"{str(series[row])!r} {problem}", row + 1)


def with_decimal_points(frame: "pl.DataFrame") -> tuple["pl.DataFrame", bool]:
    """Return a tidy table of words with points for decimal commas, and whether it had any.

    Commas are taken for decimal ones where no column has a decimal point and at least
    one comma cannot separate thousands ("1,5", not "1,500").
    """
    with_comma = [
        name for name in frame.columns if frame[name].str.contains(",", literal=True).any()
    ]
    commas = [name for name in with_comma if _all_match(frame[name], _INTEGER_OR_COMMA)]
    if not any(frame[name].str.contains(_CERTAIN_COMMA).any() for name in commas):
        return frame, False
    others = [name for name in frame.columns if name not in set(commas)]
    if any(frame[name].str.contains(_POINT_NUMBER).any() for name in others):
        return frame, False
    points = [frame[name].str.replace(",", ".", literal=True) for name in commas]
    return frame.with_columns(points), True


def _all_match(series: "pl.Series", pattern: str) -> bool:
    # The first rows decide for most columns.
    head = series.head(100).drop_nulls()
    if not head.str.contains(pattern).all():
        return False
    return bool(series.drop_nulls().str.contains(pattern).all())
