"""Dates and times: the forms in which tables write them."""

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from trainwell.data.cells import WEAK_MARKERS, refuse_cells

if TYPE_CHECKING:
    import polars as pl

_DAYS = (
    # the form, what it looks like
    ("%Y-%m-%d", r"\d{4}-\d{1,2}-\d{1,2}"),
    ("%Y/%m/%d", r"\d{4}/\d{1,2}/\d{1,2}"),
    ("%Y.%m.%d", r"\d{4}\.\d{1,2}\.\d{1,2}"),
    ("%d.%m.%Y", r"\d{1,2}\.\d{1,2}\.\d{4}"),
    ("%m/%d/%Y", r"\d{1,2}/\d{1,2}/\d{4}"),
    ("%d/%m/%Y", r"\d{1,2}/\d{1,2}/\d{4}"),
    ("%m/%d/%y", r"\d{1,2}/\d{1,2}/\d{2}"),
    ("%d/%m/%y", r"\d{1,2}/\d{1,2}/\d{2}"),
    ("%d.%m.%y", r"\d{1,2}\.\d{1,2}\.\d{2}"),
    ("%d-%m-%Y", r"\d{1,2}-\d{1,2}-\d{4}"),
    ("%m-%d-%Y", r"\d{1,2}-\d{1,2}-\d{4}"),
    ("%d %b %Y", r"\d{1,2} [A-Za-z]{3} \d{4}"),
    ("%d-%b-%Y", r"\d{1,2}-[A-Za-z]{3}-\d{4}"),
    ("%d %B %Y", r"\d{1,2} [A-Za-z]+ \d{4}"),
    ("%b %d, %Y", r"[A-Za-z]{3} \d{1,2}, \d{4}"),
    ("%B %d, %Y", r"[A-Za-z]+ \d{1,2}, \d{4}"),
)
_TIMES = (
    ("%H:%M", r"\d{1,2}:\d{2}"),
    ("%H:%M:%S%.f", r"\d{1,2}:\d{2}:\d{2}(?:\.\d+)?"),
    ("%I:%M %p", r"\d{1,2}:\d{2} [AaPp][Mm]"),
    ("%I:%M:%S %p", r"\d{1,2}:\d{2}:\d{2} [AaPp][Mm]"),
)
_ZONE = ("%#z", r" ?(?:[Zz]|[+-]\d{2}:?\d{2})")

FORMS: dict[str, str] = {
    **dict(_DAYS),
    **{
        f"{day}{gap}{time}": day_looks + gap + time_looks
        for day, day_looks in _DAYS
        for time, time_looks in _TIMES
        for gap in (" ", "T")
    },
    **{
        f"%Y-%m-%d{gap}{time}{_ZONE[0]}": _DAYS[0][1] + gap + time_looks + _ZONE[1]
        for time, time_looks in _TIMES[:2]
        for gap in (" ", "T")
    },
    **dict(_TIMES),
}
"""Every form that is known, as for strptime, with the pattern of its text."""

AMBIGUOUS = {
    "%m/%d/%Y": "%d/%m/%Y",
    "%m/%d/%y": "%d/%m/%y",
    "%d-%m-%Y": "%m-%d-%Y",
}
"""Forms that are believed before another one that may fit as well."""

_ANY_FORM = re.compile("|".join(FORMS.values()))
_SAMPLE = 20


def instants(series: "pl.Series", form: str = "") -> "pl.Series":
    """Return the instants in a tidy column, null where there is none.

    Parameters
    ----------
    series : polars.Series
        Words, dates, date-times or times of day.
    form : str, default=""
        Form of the words, one of :data:`FORMS`.

    Returns
    -------
    polars.Series
        Date-times without a zone, in UTC where the form has one; times of day stand
        on 1970-01-01.

    Examples
    --------
    >>> import polars as pl
    >>> from trainwell.data.dates import instants
    >>> instants(pl.Series(["23.3.2019", "31.2.2019"]), "%d.%m.%Y").to_list()
    [datetime.datetime(2019, 3, 23, 0, 0), None]
    """
    import polars as pl

    moment = pl.Datetime("us")
    if series.dtype == pl.String and form:
        fits = series.str.contains(f"^(?:{FORMS[form]})$")
        words = pl.select(pl.when(fits).then(series)).to_series()
        if "%d" not in form:
            return _on_the_first_day(words.str.to_time(form, strict=False))
        if "%H" not in form and "%I" not in form:
            return words.str.to_date(form, strict=False).cast(moment)
        parsed = words.str.to_datetime(form, strict=False, time_unit="us")
        return parsed.dt.replace_time_zone(None)
    if series.dtype == pl.Time:
        return _on_the_first_day(series)
    if isinstance(series.dtype, pl.Date | pl.Datetime):  # a set would not know the units
        return series.cast(moment)
    return pl.Series(series.name, [None] * len(series), moment)


def _on_the_first_day(times: "pl.Series") -> "pl.Series":
    import polars as pl

    return (times.cast(pl.Int64) // 1000).cast(pl.Datetime("us"))


def looks_like_date(word: str) -> bool:
    """Return whether a word has one of the known forms; it may still be no day of any year."""
    return _ANY_FORM.fullmatch(word) is not None


def detect_form(series: "pl.Series", forms: Collection[str] = FORMS) -> str | None:
    """Return the form in which every word of a tidy column is a date or time.

    Parameters
    ----------
    series : polars.Series
        The column.
    forms : collection of str
        Forms that come into question, some of :data:`FORMS`.

    Returns
    -------
    str or None
        One of :data:`FORMS`; of two that fit, month first between slashes and day
        first between dashes. None where the column does not hold words.

    Examples
    --------
    >>> import polars as pl
    >>> from trainwell.data.dates import detect_form
    >>> detect_form(pl.Series(["2019-03-23T10:11:12Z", None]))
    '%Y-%m-%dT%H:%M:%S%.f%#z'
    >>> detect_form(pl.Series(["23/03/2019", "24/03/2019"]))
    '%d/%m/%Y'
    """
    import polars as pl

    if series.dtype != pl.String:
        return None
    sample = series.drop_nulls().head(_SAMPLE)
    if not len(sample) or not re.search(r"\d[-/.: ]|[A-Za-z] \d", sample[0]):
        return None
    for form in forms:
        if re.fullmatch(FORMS[form], sample[0]) is None or instants(sample, form).null_count():
            continue
        if instants(series, form).null_count() == series.null_count():
            return form
    return None


def days(moments: "pl.Series") -> "pl.Series":
    """Return instants as days since 1970-01-01, with fractions."""
    import polars as pl

    return moments.dt.epoch("us").cast(pl.Float64) / 86_400e6


def instants_in(series: "pl.Series", form: str, markers: tuple[str, ...]) -> "pl.Series":
    """Return the dates of a tidy column, null where missing.

    Parameters
    ----------
    series : polars.Series
        The column.
    form : str
        Form of written dates; if empty it is found out.
    markers : tuple of str
        Words that count as missing, beside the weak ones.

    Returns
    -------
    polars.Series
        Date-times.

    Raises
    ------
    DataError
        If a cell is neither a date in the column's form nor one of the markers.
    """
    import polars as pl

    if series.dtype == pl.String and not form:
        weak = series.is_in(WEAK_MARKERS)
        certain = pl.select(pl.when(~weak).then(series)).to_series()
        form = detect_form(certain) or "%Y-%m-%d"
    moments = instants(series, form)
    looks = f"is not a date or time of the form {form}" if form else "is not a date or time"
    if moments.null_count() > series.null_count():
        refuse_cells(series, moments.is_null(), markers, looks)
    return moments
