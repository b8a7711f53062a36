"""Whether the first record of a table is a header, and the names it gives."""

from collections import Counter
from os import PathLike
from typing import TYPE_CHECKING

from trainwell.data.cells import numbers
from trainwell.data.dates import detect_form, looks_like_date
from trainwell.errors import DataError

if TYPE_CHECKING:
    import polars as pl

SAMPLE_ROWS = 1000


def looks_like_header(records: "pl.DataFrame") -> bool:
    """Return whether the first record names the columns of those below it.

    A record with a number or a date is no header (but blank, 0, 1, 2, ... as pandas
    writes it is one). Above a column of numbers or dates a word is a name. Where all
    columns are words, names all differ and most do not occur again below.

    Parameters
    ----------
    records : polars.DataFrame
        Tidy words, the record in question first.

    Returns
    -------
    bool
        Whether the first record is a header.

    Examples
    --------
    >>> import polars as pl
    >>> from trainwell.data.header import looks_like_header
    >>> looks_like_header(pl.DataFrame({"c0": ["age", "31"], "c1": ["town", "Ulm"]}))
    True
    >>> looks_like_header(pl.DataFrame({"c0": ["44", "31"], "c1": ["Bonn", "Ulm"]}))
    False
    """
    import polars as pl

    first = records.row(0)
    counted = [str(number) for number in range(len(first) - 1)]
    if len(first) > 2 and first[0] is None and list(first[1:]) == counted:
        return True
    if all(cell is None for cell in first):
        return False
    words = pl.Series("first", first, pl.String).drop_nulls()
    if numbers(words).count() or any(looks_like_date(word) for word in words):
        return False
    body = records.slice(1, SAMPLE_ROWS)
    below = [
        (cell, column.drop_nulls())
        for cell, column in zip(first, body, strict=True)
        if cell is not None
    ]
    if any(_mostly_typed(column) for _, column in below):
        return True
    recurring = sum(bool((column == cell).any()) for cell, column in below)
    return words.n_unique() == len(words) and recurring <= len(first) / 2


def _mostly_typed(cells: "pl.Series") -> bool:
    """Say whether words are numbers, but for one in ten, or dates."""
    if not len(cells):
        return False
    share = 1 - numbers(cells).null_count() / len(cells)
    return share >= 0.9 or detect_form(cells) is not None


def names_in(path: str | PathLike[str], record: tuple[str | None, ...]) -> tuple[str, ...]:
    """Return the names that a header gives, ``unnamed_0`` for a blank first one, and so on.

    Parameters
    ----------
    path : str or path-like
        Name of the file, for messages.
    record : tuple of str or None
        The header, tidy.

    Returns
    -------
    tuple of str
        One name a column, all different.

    Raises
    ------
    DataError
        If two columns have the same name.
    """
    names = tuple(cell or f"unnamed_{at}" for at, cell in enumerate(record))
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        places = [str(at + 1) for at, name in enumerate(names) if name == repeated[0]]
        where = f"columns {', '.join(places[:-1])} and {places[-1]}"
        raise DataError.in_file(path, f"{where} have the same name, {repeated[0]!r}")
    return names
