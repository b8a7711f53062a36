"""Any table is read from its file alone: separator, quote, header, encoding, decimal mark."""

import csv
import datetime as dt
import gzip
import io
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.data.cells import tidy
from trainwell.data.delimited import Dialect, detect_dialect
from trainwell.data.table_files import TableFormat, read_table
from trainwell.errors import DataError


def read(folder, content, name="table.csv", **settings):
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path, **settings)


PEOPLE = [("name", "age", "town"), ("Ada", "36", "London"), ("Alan", "41", None)]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " ", "   "])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_the_separator_is_found(tmp_path, separator, end, last) -> None:
    lines = [separator.join(cell or "NA" for cell in row) for row in PEOPLE]
    table = read(tmp_path, end.join(lines) + end * last)
    assert table.columns == PEOPLE[0]
    assert table.frame.rows() == PEOPLE[1:]
    assert table.format.separator == separator[0]


@pytest.mark.parametrize("quote", ['"', "'"])
def test_the_quote_is_found(tmp_path, quote) -> None:
    text = "x,'the ''best'', of all'\n1,'two\nlines'\n2,\n"
    table = read(tmp_path, text.replace("'", quote))
    assert table.columns == ("x", f"the {quote}best{quote}, of all")
    assert table.frame.rows() == [("1", "two\nlines"), ("2", None)]


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("1,5;2,3\n4,0;7,1\n", Dialect(";")),
        ("a;b\n1,5;x, y\n", Dialect(";")),
        ("price, EUR;weight, kg\n1,5;2,3\n4,0;7,1\n", Dialect(";")),
        ("x,1\ty\n1,5\t2\n4,0\t7\n", Dialect("\t")),
        ("a;b,c;d\nx;y,z;w\n", Dialect(",")),
        ("1,2,drama;comedy\n3,4,crime;love\n", Dialect(",")),
        ("1,a|b\n2,c|d\n", Dialect(",")),
        ("when,x\n2019-01-01 10:00,1\n2019-01-02 11:00,2\n", Dialect(",")),
        ("one\ntwo\nthree\n", Dialect(",")),
        ("O'Brien,1\n'tis,2\n", Dialect(",", '"')),
        ("'a','b'\n1,2\n", Dialect(",", "'")),
        ("'a',\"b\"\n1,2\n", Dialect(",", '"')),
        ('"a,b,c";d\n"e";f\n', Dialect(";")),
        ("a\tb c\n1\t2 3\n", Dialect("\t")),
        ("1 2\n3 4\n", Dialect(" ")),
        ("a;b;c\n1;2;3\n4;5\n6;7;8\n", Dialect(";")),
    ],
)
def test_words_do_not_mislead_the_search_for_the_separator(text, dialect) -> None:
    assert detect_dialect(text.encode()) == dialect


def test_a_record_cut_by_the_sample_does_not_mislead_it() -> None:
    text = "a;b;c\n" + "1;2;3\n" * 100_000
    assert detect_dialect(text.encode()).separator == ";"


HEADERS = {
    "words above numbers": ("a,b\n1,x\n2,y\n", True),
    "words above numbers and stray ones": ("a\n" + "1\n" * 20 + "oops\n", True),
    "words above dates": ("day,town\n2019-01-01,Ulm\n2019-01-02,Ulm\n", True),
    "numbers above numbers": ("1,2\n3,4\n", False),
    "numbers and words": ("3,?,alfa\n1,164,audi\n", False),
    "quoted numbers": ("0.2,'-1'\n0.1,'1'\n", False),
    "a date in the first record": ("2019-01-01,a\n2019-01-02,b\n", False),
    "words that come again": ("p,x,s\ne,x,s\np,b,s\n", False),
    "words that are new": ("class,shape,colour\ne,x,red\np,x,blue\n", True),
    "the same word twice above words": ("a,a\nb,c\n", False),
    "an unnamed first column": (",a,b\n0,x,1\n1,y,2\n", True),
    "numbered by pandas": (",0,1,2\n0,5,6,7\n1,8,9,9\n", True),
    "only missing cells": (",,\n1,2,3\n", False),
    "a single record of numbers": ("1,2,3\n", False),
}


@pytest.mark.parametrize("case", HEADERS)
def test_a_header_is_told_from_a_record(tmp_path, case) -> None:
    text, header = HEADERS[case]
    table = read(tmp_path, text)
    assert table.format.header is header
    assert table.format.header_detected
    lines = len(text.splitlines())
    assert table.rows == lines - header
    if not header:
        assert table.columns == tuple(f"c{at}" for at in range(table.frame.width))


@pytest.mark.parametrize("case", HEADERS)
def test_the_header_can_be_decided_by_hand(tmp_path, case) -> None:
    text, _ = HEADERS[case]
    lines = text.splitlines()
    without = read(tmp_path, text, header=False)
    assert without.rows == len(lines)
    assert not without.format.header_detected
    if len(lines) > 1 and case != "the same word twice above words":
        assert read(tmp_path, text, header=True).rows == len(lines) - 1


@pytest.mark.parametrize(
    ("text", "expected", "header"),
    [
        ("p,x\np,y\n", ("p", "q"), True),
        ("class,shape\ne,x\n", ("c0", "c1"), False),
        ("class,shape\ne,x\n", ("kind", "form"), True),
        ("1,2\n3,4\n", ("kind", "form"), False),
    ],
)
def test_names_that_are_expected_make_a_header(tmp_path, text, expected, header) -> None:
    assert read(tmp_path, text, expected=expected).format.header is header


def test_a_column_without_a_name_gets_one(tmp_path) -> None:
    table = read(tmp_path, ",b,\n1,x,5\n2,y,6\n")
    assert table.columns == ("unnamed_0", "b", "unnamed_2")


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-32", "utf-32"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_unicode_is_read_in_each_of_its_encodings(tmp_path, encoding, name, pack) -> None:
    table = read(tmp_path, pack("größe,Σ\n1,😀\r\n2,é\n".encode(encoding)))
    assert table.columns == ("größe", "Σ")
    assert table.frame.rows() == [("1", "😀"), ("2", "é")]
    assert table.format.encoding == name
    assert table.format.packed is (pack is gzip.compress)


def test_the_other_end_of_utf16_is_read(tmp_path) -> None:
    table = read(tmp_path, b"\xfe\xff" + "a,b\n1,ü\n".encode("utf-16-be"))
    assert table.frame.rows() == [("1", "ü")]


@pytest.mark.parametrize(
    "cell", ["", " ", "?", "NA", " NA ", "N/A", "n/a", "NaN", "nan", "null", "NULL", '"NA"', "\\N"]
)
def test_a_marked_cell_is_missing(tmp_path, cell) -> None:
    assert read(tmp_path, f"a,b\n1,x\n2,{cell}\n").frame.rows() == [("1", "x"), ("2", None)]


@pytest.mark.parametrize("cell", ["None", "-", ".", "unknown", "Na", "NAN1"])
def test_a_word_that_may_mean_something_is_kept(tmp_path, cell) -> None:
    assert read(tmp_path, f"a,b\n1,x\n2,{cell}\n").frame.rows() == [("1", "x"), ("2", cell)]


def test_what_marks_a_missing_cell_can_be_decided_by_hand(tmp_path) -> None:
    table = read(tmp_path, "a,b\n1,NA\n-9,x\n,y\n", missing=("-9",))
    assert table.frame.rows() == [("1", "NA"), (None, "x"), (None, "y")]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a;b\n1,5;2\n2,25;3\n", [("1.5", "2"), ("2.25", "3")]),
        ("a;b\n1,500;2\n0,250;3\n", [("1.500", "2"), ("0.250", "3")]),
        ("a;b\n1,5e3;x, y\n2;z\n", [("1.5e3", "x, y"), ("2", "z")]),
        ("a\tb\n-1,5\t7\nNA\t8\n", [("-1.5", "7"), (None, "8")]),
        # thousands or decimals: nobody can tell
        ("a;b\n1,500;2\n2,250;3\n", [("1,500", "2"), ("2,250", "3")]),
        # another column has points
        ("a;b\n1,5;2.5\n2,5;3.5\n", [("1,5", "2.5"), ("2,5", "3.5")]),
        # not every cell is a number
        ("a;b\n1,5;2\n2,5 kg;3\n", [("1,5", "2"), ("2,5 kg", "3")]),
    ],
)
def test_decimal_commas_are_read_where_they_are_certain(tmp_path, text, rows) -> None:
    table = read(tmp_path, text)
    assert table.frame.rows() == rows
    assert table.format.decimal == ("," if "," not in str(rows[0][0]) else ".")


def test_the_format_is_told_in_words(tmp_path) -> None:
    text = "1,5;2\n2,5;3\n".encode("utf-16")
    told = str(read(tmp_path, gzip.compress(text)).format)
    assert told == (
        "text separated by semicolons, no header (columns are c0, c1, ...), "
        "decimal commas, UTF-16, gzipped"
    )
    assert str(TableFormat("parquet")) == "Parquet"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_parquet_is_read_with_its_types(tmp_path, pack) -> None:
    day = dt.date(2019, 3, 23)
    noon = dt.datetime(2019, 7, 1, 12)  # noqa: DTZ001 - as a table without zones has it
    frame = pl.DataFrame(
        {
            "whole": pl.Series([1, None], dtype=pl.UInt64),
            "real": [1.5, float("nan")],
            "word": [" x ", "NA"],
            "truth": [True, None],
            "level": pl.Series(["low", "high"], dtype=pl.Categorical),
            "price": [Decimal("1.25"), None],
            "day": [day, None],
            "zoned": pl.Series([noon, None]).dt.replace_time_zone("Europe/Berlin"),
            "lasted": [dt.timedelta(minutes=1.5), None],
            "^any$": [1, 2],
            "nothing": [None, None],
        }
    )
    stream = io.BytesIO()
    frame.write_parquet(stream)
    table = read(tmp_path, pack(stream.getvalue()), "no_extension")
    assert table.frame.rows() == [
        (1, 1.5, "x", True, "low", 1.25, day, noon - dt.timedelta(hours=2), 90.0, 1, None),
        (None, None, None, None, "high", None, None, None, None, 2, None),
    ]
    assert table.columns == tuple(frame.columns)
    assert table.format == TableFormat("parquet", packed=pack is gzip.compress)


def test_lists_and_records_in_parquet_do_not_hide_the_other_columns(tmp_path) -> None:
    frame = pl.DataFrame(
        {"a": [1, 5], "tags": [["x"], []], "place": [{"north": 1}, None], "raw": [b"x", b"y"]}
    )
    stream = io.BytesIO()
    frame.write_parquet(stream)
    assert read(tmp_path, stream.getvalue()).frame.rows() == frame.rows()


def test_objects_of_python_are_no_cells() -> None:
    frame = pl.DataFrame({"a": pl.Series([object()], dtype=pl.Object)})
    with pytest.raises(DataError, match="column 'a': holds objects of Python; only numbers"):
        tidy(frame)


def test_a_name_with_stars_is_one_file(tmp_path) -> None:
    stream = io.BytesIO()
    pl.DataFrame({"a": [1]}).write_parquet(stream)
    (tmp_path / "ab.parquet").write_bytes(stream.getvalue())
    with pytest.raises(DataError, match="there is no such file"):
        read_table(tmp_path / "a*.parquet")


@st.composite
def written_tables(draw):
    """Draw a table of words, and how to write it."""
    width = draw(st.integers(2, 5))
    cells = st.text(st.sampled_from(list("abc ,;|\t\n\"'é😀")), max_size=5)
    rows = draw(st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=5))
    separator = draw(st.sampled_from([",", ";", "\t", "|"]))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow([f"name {at}" for at in range(width)])
    writer.writerows(rows)
    return rows, separator, text.getvalue()


@given(written_tables(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.booleans())
def test_a_table_of_words_comes_back(tmp_path_factory, written, encoding, packed) -> None:
    rows, separator, text = written
    content = text.encode(encoding)
    folder = tmp_path_factory.mktemp("words")
    table = read(folder, gzip.compress(content) if packed else content, header=True)
    assert table.format.separator == separator
    assert table.frame.rows() == [tuple(cell.strip() or None for cell in row) for row in rows]


@given(
    st.lists(
        st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**53), 2**53)),
        min_size=1,
    ),
    st.sampled_from([",", ";", "\t", "|", " "]),
)
def test_numbers_come_back_to_the_bit(tmp_path_factory, rows, separator) -> None:
    text = "\n".join(f"{real!r}{separator}{whole}" for real, whole in rows)
    table = read(tmp_path_factory.mktemp("numbers"), text)
    found = table.frame.cast(pl.Float64).rows()
    assert found == [(real, float(whole)) for real, whole in rows]
