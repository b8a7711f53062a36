"""Cells: which of them are missing, which are numbers, and the plain form of a table."""

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from trainwell.errors import DataError

if TYPE_CHECKING:
    import polars as pl

MISSING_MARKERS = (
    *("?", "NA", "N/A", "n/a", "#N/A", "<NA>", "\\N"),
    *("NaN", "nan", "NAN", "-nan", "-NaN", "null", "NULL"),
)
"""Cells that are missing in every column, beside blank ones."""

WEAK_MARKERS = ("-", "--", ".", "None", "none", "na", "unknown", "missing")
"""Cells that are missing among numbers and dates, and a level like any other among words."""

BOOLEANS = {"false": 0.0, "true": 1.0}
"""The words that are numbers, in any case."""

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
        The same rows and columns, of words, numbers, truth values, dates and times.

    Raises
    ------
    DataError
        If a column holds lists, records or bytes.

    Examples
    --------
    >>> import polars as pl
    >>> from trainwell.data.cells import tidy
    >>> tidy(pl.DataFrame({"age": [" 12", "NA", ""]}))["age"].to_list()
    ['12', None, None]
    """
    import polars as pl

    plain = []
    for name, kind in frame.schema.items():
        column = pl.col(_exactly(name))
        if kind.is_nested() or kind in {pl.Binary, pl.Object}:
            raise DataError.in_column(
                name, f"holds {kind}; only numbers, words, dates and times can be used"
            )
        if kind in {pl.Categorical, pl.Enum}:
            column, kind = column.cast(pl.String), pl.String()  # noqa: PLW2901
        if kind == pl.String:
            column = column.str.strip_chars()
            absent = column.is_in(["", *missing])
            column = pl.when(absent).then(None).otherwise(column)
        elif kind.is_decimal():
            column = column.cast(pl.Float64)
        elif kind.is_float():
            column = column.fill_nan(None)
        elif kind == pl.Duration:
            column = column.dt.total_microseconds() / 1e6
        elif isinstance(kind, pl.Datetime) and kind.time_zone:
            column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        plain.append(column.alias(name))
    return frame.select(plain)


def _exactly(name: str) -> str:
    """Return the name so that polars takes it literally, as it reads ^...$ as a pattern."""
    return f"^{re.escape(name)}$" if name.startswith("^") and name.endswith("$") else name


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
