"""Columns of a table: what each of them is, and which cannot be an input."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from trainwell.data.cells import BOOLEANS, INFINITE, WEAK_MARKERS, numbers, unusable
from trainwell.data.dates import AMBIGUOUS, detect_form
from trainwell.data.number_words import number_like
from trainwell.errors import DataError
from trainwell.types import FloatArray

if TYPE_CHECKING:
    import polars as pl

Kind = Literal["numeric", "categorical", "date", "left out"]

STRAY_SHARE = 0.05
"""A column is one of numbers if at most this share of its cells is something else,"""

STRAY_WORDS = 10
"""in at most this many words, ..."""

STRAY_NUMBERS = 20
"""and it has at least this many numbers; the words then count as missing."""

TEXT_SHARE = 0.9
"""Words of which this share or more differ are names or prose, not categories."""

PROSE_SHARE, PROSE_LENGTH = 0.5, 60
"""Words of which this share differ are prose if their mean length is above this."""

ROW_NUMBERS = "row numbers or identifiers"

_ROW_NAME = re.compile(
    r"(?i:^(?:unnamed.*|row_?(?:names?|id|numbers?)?|no\.?|nr\.?)$|(?:^|[\W_])(?:id|idx|index|key|uid)$)"
    r"|[a-z]I[dD]$"
)


@dataclass(frozen=True)
class Column:
    """What one column of a table is, and why.

    Parameters
    ----------
    name : str
        Its name in the table.
    kind : {"numeric", "categorical", "date", "left out"}
        How it is made an input, or that it is not one.
    word : str
        What a person should know: ``"whole numbers"``, ``"12 levels"``, ``"constant"``.
    rows : int
        Rows of the table that was looked at.
    missing : int
        Cells that are blank, marked, or among ``markers``.
    distinct : int
        Different cells that are not missing.
    form : str, default=""
        Form of written dates, one of :data:`trainwell.data.dates.FORMS`.
    markers : tuple of str, default=()
        Words that count as missing in this column of numbers or dates.
    """

    name: str
    kind: Kind
    word: str
    rows: int
    missing: int
    distinct: int
    form: str = ""
    markers: tuple[str, ...] = ()

    @property
    def used(self) -> bool:
        """Whether the column becomes an input."""
        return self.kind != "left out"


def infer_columns(
    frame: "pl.DataFrame", target: str | None = None, exclude: Collection[str] = ()
) -> tuple[Column, ...]:
    """Return what each column of a table is, in the table's order.

    - **numeric**: every cell that is not missing is a number, true or false, or nearly
      every one (:data:`STRAY_SHARE`) and the rest counts as missing. Columns of few
      whole numbers stay numeric; codes of one width with leading zeros do not.
    - **date**: every cell that is not missing is a date or time in one known form.
    - **categorical**: other words, if fewer than :data:`TEXT_SHARE` of them differ.
    - **left out**: nothing but missing cells, one constant value, row numbers (1, 2, ...
      or 0, 1, ..., or whole numbers that all differ under a name such as ``id``,
      ``rownames``, ``index`` or ``unnamed``), text of which nearly every cell differs,
      and lists, records and bytes.

    Row numbers are kept where there would be no input without them.

    Parameters
    ----------
    frame : polars.DataFrame
        Tidy table (see :func:`~trainwell.data.cells.tidy`).
    target : str, optional
        Column to be predicted, which is not among the result.
    exclude : collection of str, default=()
        Columns to leave out by request.

    Returns
    -------
    tuple of Column
        One for every column but the target.

    Raises
    ------
    DataError
        If a number is infinite in float64, or ``exclude`` names no column.

    Examples
    --------
    >>> import polars as pl
    >>> from trainwell.data.columns import infer_columns
    >>> frame = pl.DataFrame({"id": [7, 3, 5], "paid": ["yes", "no", "yes"], "sum": [1.5, 2, 9]})
    >>> for column in infer_columns(frame):
    ...     print(f"{column.name}: {column.kind}, {column.word}")
    id: left out, row numbers or identifiers
    paid: categorical, 2 levels
    sum: numeric, numbers
    """
    if unknown := [name for name in exclude if name not in frame.columns]:
        raise DataError.unknown_columns(unknown, frame.columns)
    names = [name for name in frame.columns if name != target]
    found = [
        _left_out(frame[name], "by request") if name in exclude else infer_column(frame[name])
        for name in names
    ]
    if not any(column.used for column in found):
        found = [
            replace(column, kind="numeric", word="row numbers, kept as there is no other input")
            if column.word == ROW_NUMBERS
            else column
            for column in found
        ]
    return tuple(found)


def infer_column(series: "pl.Series") -> Column:
    """Return what one tidy column is, by the rules of :func:`infer_columns`."""
    import polars as pl

    present = series.drop_nulls()
    if word := unusable(series) if len(present) else "every cell is missing":
        return _left_out(series, word)
    if present.n_unique() == 1:
        # One value and missing cells tell two kinds of rows apart.
        if len(present) == len(series):
            return _left_out(series, f"constant ({_shown(present[0])})")
        if series.dtype == pl.String:
            return _described(series, "categorical", "1 level, and missing cells")
    if isinstance(series.dtype, pl.Date | pl.Datetime | pl.Time):
        return _described(series, "date", "dates or times")
    values = numbers(series)
    markers = _stray_words(series, values)
    if markers is not None and not _are_codes(series, values):
        return _numeric(series, values, markers)
    return _date(series) or _words(series)


def _described(
    series: "pl.Series", kind: Kind, word: str, form: str = "", markers: tuple[str, ...] = ()
) -> Column:
    present = series.drop_nulls()
    if markers:
        present = present.filter(~present.is_in(markers))
    missing = len(series) - len(present)
    return Column(series.name, kind, word, len(series), missing, present.n_unique(), form, markers)


def _left_out(series: "pl.Series", word: str) -> Column:
    return _described(series, "left out", word)


def _stray_words(series: "pl.Series", values: "pl.Series") -> tuple[str, ...] | None:
    """Return the words among the numbers of a column, or nothing if it is not one of numbers."""
    found = len(values) - values.null_count()
    if values.null_count() == series.null_count():
        return ()
    stray = series.filter(series.is_not_null() & values.is_null())
    words = tuple(sorted(stray.unique().to_list()))
    if found and set(words) <= set(WEAK_MARKERS):
        return words
    few = len(stray) <= STRAY_SHARE * (found + len(stray)) and len(words) <= STRAY_WORDS
    return words if few and found >= STRAY_NUMBERS else None


def _are_codes(series: "pl.Series", values: "pl.Series") -> bool:
    """Say whether whole numbers of one width begin with zeros, as post codes do."""
    import polars as pl

    if series.dtype != pl.String or not _whole(values.to_numpy()):
        return False
    if not series.str.contains(r"^0\d+$").any():
        return False
    digits = series.str.contains(r"^\d+$").all()
    return bool(digits) and series.drop_nulls().str.len_chars().n_unique() == 1


def _numeric(series: "pl.Series", values: "pl.Series", markers: tuple[str, ...]) -> Column:
    import polars as pl

    array = values.to_numpy()  # null is NaN here
    if np.isinf(array).any():
        row = int(np.isinf(array).argmax())
        raise DataError.in_column(series.name, f"{_shown(series[row])} {INFINITE}", row + 1)
    whole = _whole(array)
    if whole and values.null_count() == 0 and _are_row_numbers(series.name, array):
        return _left_out(series, ROW_NUMBERS)
    first = series.drop_nulls()[0]
    truths = series.dtype == pl.Boolean or str(first).lower() in BOOLEANS
    word = "true or false" if truths else "whole numbers" if whole else "numbers"
    if markers:
        stray = series.is_in(markers)
        count = int(stray.sum())
        row = int(stray.fill_null(value=False).arg_max() or 0)
        cells = "1 cell that is none counts" if count == 1 else f"{count} that are none count"
        word += f"; {cells} as missing (first {_shown(series[row])}, row {row + 1})"
    column = _described(series, "numeric", word, markers=markers)
    return replace(column, distinct=values.drop_nulls().n_unique())


def _whole(values: FloatArray) -> bool:
    return bool((np.isnan(values) | (values == np.floor(values))).all())


def _are_row_numbers(name: str, values: FloatArray) -> bool:
    if values[0] in {0, 1} and (values == values[0] + np.arange(values.size)).all():
        return True
    return _ROW_NAME.search(name) is not None and np.unique(values).size == values.size


def _date(series: "pl.Series") -> Column | None:
    import polars as pl

    weak = series.is_in(WEAK_MARKERS)
    certain = pl.select(pl.when(~weak).then(series)).to_series()
    form = detect_form(certain)
    if form is None:
        return None
    markers = tuple(sorted(series.filter(weak).unique().to_list()))
    day = form.split(" ")[0].split("T")[0]
    word = "dates or times"
    if day in AMBIGUOUS and detect_form(certain, (form.replace(day, AMBIGUOUS[day]),)):
        word += ", month first" if day.startswith("%m") else ", day first"
    return _described(series, "date", word, form, markers)


def _words(series: "pl.Series") -> Column:
    present = series.drop_nulls()
    levels = present.n_unique()
    share = levels / len(present)
    number = number_like(series)
    if share >= TEXT_SHARE:
        looks = "looks like numbers and " if number else ""
        text = f"text that {looks}differs in nearly every row ({_shown(number or present[0])})"
        return _left_out(series, text)
    length = present.str.len_chars().mean()
    if share >= PROSE_SHARE and isinstance(length, float) and length > PROSE_LENGTH:
        return _left_out(series, f"prose ({_shown(present[0])})")
    looks = f" that look like numbers ({_shown(number)})" if number else ""
    return _described(series, "categorical", f"{levels} levels{looks}")


def _shown(cell: object) -> str:
    words = str(cell)
    return repr(words if len(words) <= 30 else f"{words[:27]}...")
