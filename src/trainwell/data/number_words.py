"""Words that a person reads as numbers, and a table does not: "$1,234.50", "12 kg", "3 %"."""

from typing import TYPE_CHECKING

from trainwell.data.cells import WEAK_MARKERS, numbers

if TYPE_CHECKING:
    import polars as pl

NEARLY_ALL = 0.9
"""Words of which this share are numbers with something about them look like numbers."""

MOST_UNITS = 3
"""More kinds of letters after the digits are parts of a code ("12A", "12B"), not units."""

_DIGITS = r"(?:\d{1,3}(?:[.,'\u{2019} \u{a0}\u{202f}]\d{3})+|\d+)(?:[.,]\d+)?"
_BEFORE = r"[(+\-<>=~\u{2212}]*\s?[$€£¥]?\s?[+-]?"
_UNIT = r"[%‰$€£¥°]|°?\p{L}{1,8}[²³23]?(?:/\p{L}{1,8}[²³23]?)?"
_LOOKS = rf"^{_BEFORE}{_DIGITS}\s?({_UNIT})?\)?$"


def number_like(series: "pl.Series") -> str | None:
    """Return a word that shows that the words of a tidy column look like numbers.

    Parameters
    ----------
    series : polars.Series
        A column that is not one of numbers.

    Returns
    -------
    str or None
        The first number with a unit, currency, sign or separators of thousands, if
        nearly all words (:data:`NEARLY_ALL`) are such or plain numbers.

    Examples
    --------
    >>> import polars as pl
    >>> from trainwell.data.number_words import number_like
    >>> number_like(pl.Series(["950", "$1,234.50", "2,000", None]))
    '$1,234.50'
    >>> number_like(pl.Series(["12A", "12B", "12C", "13D"]))
    """
    import polars as pl

    if series.dtype != pl.String:
        return None
    words = series.filter(series.is_not_null() & ~series.is_in(WEAK_MARKERS))
    looks = words.str.contains(_LOOKS)
    dressed = words.filter(looks & numbers(words).is_null())
    if not len(dressed) or looks.sum() < NEARLY_ALL * len(words):
        return None
    units = dressed.str.extract(_LOOKS).drop_nulls().n_unique()
    return str(dressed[0]) if units <= MOST_UNITS else None
