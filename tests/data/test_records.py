"""Reading records: the quick reader, the careful one and the standard library agree."""

import csv
from io import StringIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trainwell.data import records
from trainwell.data.delimited import Dialect
from trainwell.data.records import MAX_COLUMNS, read_records
from trainwell.errors import DataError

SEPARATORS = [",", ";", "\t", "|"]
# Whatever could confuse a reader, and letters of one to four bytes.
CELLS = st.text(st.sampled_from(list(" ab,;|\t\n\"'é€😀.-1")), max_size=6)


@st.composite
def tables(draw):
    width = draw(st.integers(1, 4))
    return draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6))


def plain(rows):
    """Return what is the same in every reader: blanks around cells do not count."""
    return [tuple((cell or "").strip(" ") for cell in row) for row in rows]


def blank(row):
    return all(not cell.strip(" \n") for cell in row)


def written(rows, separator, quote, everything):
    text = StringIO()
    quoting = csv.QUOTE_ALL if everything else csv.QUOTE_MINIMAL
    csv.writer(
        text, delimiter=separator, quotechar=quote, quoting=quoting, lineterminator="\n"
    ).writerows(rows)
    return text.getvalue().encode()


@given(tables(), st.sampled_from(SEPARATORS), st.sampled_from("\"'"), st.booleans())
@example([["a", "b"], ["x\n\ny", '""'], ["", ""]], ",", '"', False)
def test_what_was_written_is_read(rows, separator, quote, everything) -> None:
    if len(rows[0]) == 1:
        # A blank line is no cell at either end of a single column.
        rows = [["first"], *rows, ["last"]]
    content = written(rows, separator, quote, everything)
    frame = read_records("t.csv", content, Dialect(separator, quote))
    assert plain(frame.rows()) == plain(rows)


@given(tables(), st.sampled_from(SEPARATORS), st.sampled_from("\"'"), st.booleans())
def test_the_careful_reader_reads_what_the_quick_one_reads(
    rows, separator, quote, everything
) -> None:
    rows = [["first"] * len(rows[0]), *rows, ["last"] * len(rows[0])]
    content = written(rows, separator, quote, everything)
    dialect = Dialect(separator, quote)
    quick = read_records("t.csv", content, dialect)
    careful = records._read_carefully("t.csv", content.decode(), dialect, 1)
    assert plain(careful.rows()) == plain(quick.rows())


@given(st.text(st.sampled_from(list(' ab,\n"')), max_size=30))
def test_text_is_read_as_the_standard_library_reads_it_or_refused(text) -> None:
    content = f"p,q\n{text}".encode()
    try:
        frame = read_records("t.csv", content, Dialect(",", '"'))
    except DataError:
        return
    reader = csv.reader(StringIO(content.decode()), skipinitialspace=True, strict=False)
    expected = [row for row in reader if not (blank(row) and len(row) < 2)]
    assert plain(frame.rows()) == plain(expected)


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 16])
def test_where_a_chunk_ends_does_not_matter(chunk: int, monkeypatch) -> None:
    rows = [["a", "b,", 'c"\n'], ["", "é", "x\ny"], ['"', '""', "z"]] * 3
    content = written(rows, ",", '"', everything=False)
    whole = records._scan(content, Dialect(","))
    monkeypatch.setattr(records, "_CHUNK", chunk)
    parts = records._scan(content, Dialect(","))
    assert whole is not None
    assert parts is not None
    assert parts.ends.tolist() == whole.ends.tolist()
    assert parts.fields.tolist() == whole.fields.tolist() == [3] * 9


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n\n1,2\n   \n3,4\n\n\n", [("a", "b"), ("1", "2"), ("3", "4")]),
        ("\n\n  \na,b\n1,2", [("a", "b"), ("1", "2")]),
        ("a\n1\n\n2\n\n", [("a",), ("1",), ("",), ("2",)]),
        ('a,b\n1, "x, y"\n', [("a", "b"), ("1", "x, y")]),
        ('a,b\n"1" ,"x"\n', [("a", "b"), ("1", "x")]),
        ("a,b\n5'11\",O'Brien\n", [("a", "b"), ("5'11\"", "O'Brien")]),
        ('a,b\n"",""""\n', [("a", "b"), ("", '"')]),
        (",\n,\n", [("", ""), ("", "")]),
    ],
)
def test_loose_text_is_read_as_a_person_reads_it(text, rows) -> None:
    assert plain(read_records("t.csv", text.encode(), Dialect(",")).rows()) == rows


@pytest.mark.parametrize(
    "text",
    ["a b\n1 2\n", "  a   b\n\t1\t 2  \n", 'a "b"\n1 2', "a b\n\n  1 '2'\n"],
)
def test_runs_of_blanks_are_one_separator(text) -> None:
    quote = "'" if "'" in text else '"'
    frame = read_records("t.txt", text.encode(), Dialect(" ", quote))
    assert frame.rows() == [("a", "b"), ("1", "2")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n3\n", "t.csv: line 3 has 1 field where 2 are expected (separated by commas)"),
        ("a,b\n1,2,3\n", "t.csv: line 2 has 3 fields where 2 are expected (separated by commas)"),
        ("\n\na,b\n\n1,2,3\n", "t.csv: line 5 has 3 fields"),
        ('a,b\n"1\n2",3\n4\n', "t.csv: line 4 has 1 field"),
        ('a,b\n"1\n2" ,3\n4\n', "t.csv: line 4 has 1 field"),
        ('a,b\n1,"x\n2,y\n', 't.csv: line 2 opens a quote (") that is never closed'),
        ('a,b\n1,2\n"x\ny"z,3\n', 't.csv: line 3 has text behind a closing quote (")'),
    ],
)
def test_a_ragged_record_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(DataError) as refusal:
        read_records("t.csv", text.encode(), Dialect(","))
    assert str(refusal.value).startswith(sentence)


@pytest.mark.parametrize("quoted", [False, True])
def test_ten_thousand_columns_are_the_most(quoted: bool) -> None:
    cell = '"1 " ' if quoted else "1"
    most = ",".join([cell] * MAX_COLUMNS).encode()
    assert read_records("t.csv", most, Dialect(",")).shape == (1, MAX_COLUMNS)
    with pytest.raises(DataError, match="has 10,001 columns; at most 10,000 can be used"):
        read_records("t.csv", most + b"," + cell.encode(), Dialect(","))
