"""Tables in files: CSV with any separator, TSV, gzipped ones, and Parquet.

The content of a file decides what it is, never its name. Numbers are written with a
decimal point or, where the whole table says so without a doubt, a decimal comma;
separators of thousands, currencies and per cent signs make a cell a word.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from os import PathLike, fspath
from typing import TYPE_CHECKING

from trainwell.data.cells import MISSING_MARKERS, tidy, with_decimal_points
from trainwell.data.delimited import detect_dialect
from trainwell.data.file_bytes import FileBytes, read_bytes
from trainwell.data.header import looks_like_header, names_in
from trainwell.data.parquet import read_parquet
from trainwell.data.records import MAX_COLUMNS, read_records
from trainwell.errors import DataError

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class TableFormat:
    """How a file wrote its table.

    Parameters
    ----------
    kind : {"delimited", "parquet"}
        Text with separators, or Parquet.
    separator, quote : str
        One character each; a blank separator stands for any run of blanks and tabs.
    header : bool
        Whether the first record named the columns.
    header_detected : bool
        Whether that was found out here, not told.
    encoding : str
        Encoding of the text.
    packed : bool
        Whether the file was packed with gzip.
    decimal : {".", ","}
        The decimal mark.
    """

    kind: str
    separator: str = ""
    quote: str = ""
    header: bool = True
    header_detected: bool = False
    encoding: str = ""
    packed: bool = False
    decimal: str = "."

    def __str__(self) -> str:
        packed = ", gzipped" if self.packed else ""
        if self.kind == "parquet":
            return f"Parquet{packed}"
        names = {"\t": "tabs", ";": "semicolons", "|": "bars", ",": "commas", " ": "blanks"}
        header = "a header" if self.header else "no header (columns are c0, c1, ...)"
        comma = ", decimal commas" if self.decimal == "," else ""
        other = f", {self.encoding.upper()}" if self.encoding != "utf-8" else ""
        return f"text separated by {names[self.separator]}, {header}{comma}{other}{packed}"


@dataclass(frozen=True, eq=False)
class Table:
    """A table from a file.

    Parameters
    ----------
    frame : polars.DataFrame
        Its rows in order, tidy (see :func:`~trainwell.data.cells.tidy`); from text every
        column is one of words.
    format : TableFormat
        How the file wrote it.
    path : str
        Where it came from.
    """

    frame: "pl.DataFrame"
    format: TableFormat
    path: str

    @property
    def rows(self) -> int:
        """Number of rows, without a header."""
        return self.frame.height

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(self.frame.columns)


def read_table(
    path: str | PathLike[str],
    *,
    header: bool | None = None,
    missing: Collection[str] = MISSING_MARKERS,
    expected: Collection[str] = (),
) -> Table:
    r"""Read a table from a file.

    Separator (comma, semicolon, tab, bar, blanks), quote (double or single), header,
    encoding (UTF-8, UTF-16) and decimal mark are found out. Blanks around cells do not
    count, blank lines neither.

    Parameters
    ----------
    path : str or path-like
        A text table, perhaps gzipped, or a Parquet file.
    header : bool, optional
        Whether the first record of a text table names the columns; found out if not
        given. Without one the columns are ``c0``, ``c1``, ...
    missing : collection of str
        Cells that are missing, beside blank ones.
    expected : collection of str, default=()
        Names of columns that the table should have; a first record with one of them is
        a header, and where all of them are ``c0``, ``c1``, ... there is none.

    Returns
    -------
    Table
        The tidy table and how it was written.

    Raises
    ------
    DataError
        If the file cannot be read, is no table, or is one with ragged rows, repeated
        names, no row, or too many columns.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from trainwell.data.table_files import read_table
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "people.csv"
    ...     _ = path.write_text("name;height\nAda;1,65\nAlan;?\n")
    ...     table = read_table(path)
    >>> print(table.format)
    text separated by semicolons, a header, decimal commas
    >>> table.frame["height"].to_list()
    ['1.65', None]
    """
    name = fspath(path)
    file = read_bytes(name)
    if file.kind == "parquet":
        table_format = TableFormat("parquet", packed=file.packed)
        frame = _tidy(name, read_parquet(name, file.content), missing)
    else:
        frame, table_format = _from_text(name, file, header, missing, expected)
    if frame.width > MAX_COLUMNS:
        limit = f"has {frame.width:,} columns; at most {MAX_COLUMNS:,} can be used"
        raise DataError.in_file(name, limit)
    if not frame.height:
        what = "has a header and no rows" if table_format.kind != "parquet" else "has no rows"
        raise DataError.in_file(name, what)
    return Table(frame, table_format, name)


def _tidy(name: str, frame: "pl.DataFrame", missing: Collection[str]) -> "pl.DataFrame":
    try:
        return tidy(frame, missing)
    except DataError as error:
        raise DataError.in_file(name, str(error)) from None


def _from_text(
    name: str,
    file: FileBytes,
    header: bool | None,  # noqa: FBT001 - the three answers of the caller
    missing: Collection[str],
    expected: Collection[str],
) -> tuple["pl.DataFrame", TableFormat]:
    dialect = detect_dialect(file.content)
    raw = read_records(name, file.content, dialect)
    # A name may be a word that marks a missing cell.
    first = tidy(raw.head(1), ()).row(0)
    records = tidy(raw, missing)
    named = header
    if named is None and expected:
        named = _as_expected(first, expected)
    if named is None:
        named = looks_like_header(records)
    if named:
        names = names_in(name, first)
        records = records.slice(1)
        records.columns = list(names)
    records, commas = with_decimal_points(records)
    return records, TableFormat(
        kind="delimited",
        separator=dialect.separator,
        quote=dialect.quote,
        header=named,
        header_detected=header is None,
        encoding=file.encoding,
        packed=file.packed,
        decimal="," if commas else ".",
    )


def _as_expected(first: tuple[str | None, ...], expected: Collection[str]) -> bool | None:
    """Say whether the first record is the header that is expected, or that it is open."""
    if set(first) & set(expected):
        return True
    return False if all(re.fullmatch(r"c\d+", name) for name in expected) else None
