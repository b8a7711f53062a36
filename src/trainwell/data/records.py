"""Records of a text table: divided into fields, and refused where they are ragged.

Well-formed text goes to polars. Text whose quotes do not stand around whole fields
goes to a slower reader, which knows whether they still make sense.
"""

import re
from collections.abc import Iterator
from os import PathLike
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainwell.data.delimited import Dialect
from trainwell.errors import DataError

if TYPE_CHECKING:
    import polars as pl

MAX_COLUMNS = 10_000
"""More columns than this are refused."""

_CHUNK = 2**24
_NEWLINE = ord("\n")


class _Scan(NamedTuple):
    """Where each record ends, and how many fields it has."""

    ends: NDArray[np.int64]
    fields: NDArray[np.int64]


def read_records(path: str | PathLike[str], content: bytes, dialect: Dialect) -> "pl.DataFrame":
    r"""Return every record of a text table, the header included, as columns of words.

    Parameters
    ----------
    path : str or path-like
        Name of the file, for messages.
    content : bytes
        UTF-8 text with ``\n`` at the end of lines.
    dialect : Dialect
        How its fields are separated and quoted.

    Returns
    -------
    polars.DataFrame
        Columns ``c0``, ``c1``, ... of words. Blank lines are left out; but where there
        is only one column, those between its cells are missing cells.

    Raises
    ------
    DataError
        If a record has another number of fields than the first, a quote is never
        closed or has text behind it, or there are more than 10,000 columns.
    """
    start = len(content) - len(content.lstrip(b" \n"))
    first_line = content.count(b"\n", 0, start) + 1
    content = content[start:].rstrip(b" \n") + b"\n"
    if dialect.separator == " " and dialect.quote.encode() not in content:
        content = re.sub(rb"[ \t]+", b" ", content)
        content = re.sub(rb" ?\n ?", b"\n", content)
    scan = None if _needs_care(content, dialect) else _scan(content, dialect)
    if scan is None:
        return _read_carefully(path, content.decode(), dialect, first_line)
    expected = int(scan.fields[0])
    _check_width(path, expected)
    blank = _blank_records(content, scan) if expected > 1 else np.empty(0, np.int64)
    odd = np.setdiff1d(np.flatnonzero(scan.fields != expected), blank)
    if odd.size:
        at = int(odd[0])
        begins = int(scan.ends[at - 1]) + 1
        line = content.count(b"\n", 0, begins) + first_line
        raise _ragged(path, line, int(scan.fields[at]), expected, dialect)
    return _read_quickly(_without(content, scan, blank), dialect, expected)


def _needs_care(content: bytes, dialect: Dialect) -> bool:
    """Say whether runs of blanks separate fields of which some are quoted."""
    return dialect.separator == " " and dialect.quote.encode() in content


def _scan(content: bytes, dialect: Dialect) -> _Scan | None:
    """Find the records, or return nothing where a quote does not stand at a field's edge."""
    text = np.frombuffer(content, np.uint8)
    separator, quote = ord(dialect.separator), ord(dialect.quote)
    edge = np.zeros(256, np.bool_)
    edge[[separator, quote, _NEWLINE]] = True
    quoted = dialect.quote.encode() in content
    parity, separators = 0, 0
    ends, totals = [], []
    for begin in range(0, text.size, _CHUNK):
        part = text[begin : begin + _CHUNK]
        outside = np.ones(part.size, np.bool_)
        if quoted:
            mark = part == quote
            inside = (np.cumsum(mark, dtype=np.uint8) + np.uint8(parity)) & 1
            place = np.flatnonzero(mark)
            opening = inside[place] == 1
            place += begin
            before = text[place[opening] - 1][place[opening] > 0]
            after = text[np.minimum(place[~opening] + 1, text.size - 1)]
            if not edge[before].all() or not edge[after].all():
                return None
            outside = inside == 0
            parity = int(inside[-1])
        cuts = np.flatnonzero((part == separator) & outside)
        stops = np.flatnonzero((part == _NEWLINE) & outside)
        ends.append(stops + begin)
        totals.append(np.searchsorted(cuts, stops) + separators)
        separators += cuts.size
    if parity:
        return None
    total = np.concatenate(([0], *totals))
    return _Scan(np.concatenate(ends), total[1:] - total[:-1] + 1)


def _blank_records(content: bytes, scan: _Scan) -> NDArray[np.int64]:
    """Return which records of one field hold nothing but blanks."""
    single = np.flatnonzero(scan.fields == 1)
    begins = scan.ends[single - 1] + 1
    empty = [
        not content[begin:end].strip(b" ")
        for begin, end in zip(begins, scan.ends[single], strict=True)
    ]
    return single[np.array(empty, np.bool_)]


def _without(content: bytes, scan: _Scan, records: NDArray[np.int64]) -> bytes:
    """Return the text without some of its records."""
    if not records.size:
        return content
    kept, begin = [], 0
    for record in records:
        kept.append(content[begin : scan.ends[record - 1] + 1])
        begin = scan.ends[record] + 1
    return b"".join([*kept, content[begin:]])


def _read_quickly(content: bytes, dialect: Dialect, width: int) -> "pl.DataFrame":
    import polars as pl

    return pl.read_csv(
        content,
        has_header=False,
        new_columns=[f"c{column}" for column in range(width)],
        separator=dialect.separator,
        quote_char=dialect.quote if dialect.quote.encode() in content else None,
        infer_schema=False,
    )


def _read_carefully(
    path: str | PathLike[str], text: str, dialect: Dialect, first_line: int
) -> "pl.DataFrame":
    import polars as pl

    rows: list[list[str]] = []
    for line, row in _records(path, text, dialect, first_line):
        if rows and row == [""] and len(rows[0]) > 1:
            continue
        if not rows:
            _check_width(path, len(row))
        elif len(row) != len(rows[0]):
            raise _ragged(path, line, len(row), len(rows[0]), dialect)
        rows.append(row)
    columns = zip(*rows, strict=True)
    return pl.DataFrame(
        [pl.Series(f"c{at}", column, pl.String) for at, column in enumerate(columns)]
    )


def _records(
    path: str | PathLike[str], text: str, dialect: Dialect, line: int
) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line on which it begins."""
    quote = dialect.quote
    begins, row = line, list[str]()
    for match in _field(dialect).finditer(text):
        whole, bare, stop = match.groups()
        if whole is not None:
            row.append(whole.replace(quote * 2, quote))
            line += whole.count("\n")
        elif bare.startswith(quote):
            closed = re.compile(f"{quote}(?:[^{quote}]|{quote}{quote})*+{quote}")
            what = "has text behind a closing" if closed.match(text, match.start(2)) else "opens a"
            never = " that is never closed" if what == "opens a" else ""
            raise DataError.in_file(path, f"line {line} {what} quote ({quote}){never}")
        else:
            row.append(bare.strip(" "))
        if stop:
            yield begins, row
            line += 1
            begins, row = line, []


def _field(dialect: Dialect) -> re.Pattern[str]:
    """Return a pattern of one field: its quoted text or its bare text, and the record's end."""
    quote = dialect.quote
    lead, tail, gap = " *", " *", re.escape(dialect.separator)
    letters = f"[^{gap}\n]"
    if dialect.separator == " ":
        lead, tail, gap, letters = r"[ \t]*", "", r"[ \t]+", r"[^ \t\n]"
    whole = f"{quote}((?:[^{quote}]|{quote}{quote})*+){quote}{tail}"
    stop = r"[ \t]*\n" if dialect.separator == " " else r"\n"
    return re.compile(f"{lead}(?:{whole}|({letters}*+))(?:({stop})|{gap})")


def _check_width(path: str | PathLike[str], width: int) -> None:
    if width > MAX_COLUMNS:
        limit = f"has {width:,} columns; at most {MAX_COLUMNS:,} can be used"
        raise DataError.in_file(path, limit)


def _ragged(
    path: str | PathLike[str], line: int, fields: int, expected: int, dialect: Dialect
) -> DataError:
    names = {"\t": "tabs", ";": "semicolons", "|": "bars", ",": "commas", " ": "blanks"}
    count = f"{fields} field{'s' * (fields != 1)}"
    separated = names.get(dialect.separator, repr(dialect.separator))
    return DataError.in_file(
        path, f"line {line} has {count} where {expected} are expected (separated by {separated})"
    )
