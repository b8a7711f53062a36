"""What a column is: numbers, categories, dates, or nothing to learn from."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.data.columns import STRAY_WORDS, infer_column, infer_columns
from trainwell.errors import DataError

MOMENT = dt.datetime(2019, 1, 1, 10)  # noqa: DTZ001 - tables without zones
NUMBERS = [str(number / 4) for number in range(1, 61)]

# Cells, and what the column is: its kind, its word, its missing cells.
CASES = {
    "reals": (["1.5", "-2e3", "+.5"], "numeric", "numbers", 0),
    "whole numbers": (["3", "1", "3"], "numeric", "whole numbers", 0),
    "reals and missing cells": (["1.5", None, "2"], "numeric", "numbers", 1),
    "few whole levels": (["0", "1", "0", "1"], "numeric", "whole numbers", 0),
    "beyond 64-bit integers": (["123456789012345678901234567890", "1"], "numeric", "whole numb", 0),
    "truth": (["true", "False", "TRUE", None], "numeric", "true or false", 1),
    "weak markers": (
        ["1.5", "-", ".", "2.5", None],
        "numeric",
        "numbers; 2 that are none count as missing (first '-', row 2)",
        3,
    ),
    "a stray word": (
        [*NUMBERS, "80+"],
        "numeric",
        "numbers; 1 cell that is none counts as missing (first '80+', row 61)",
        1,
    ),
    "too many stray words": ([*NUMBERS, *["a"] * 10], "categorical", "61 levels", 0),
    "words": (["red", "blue", "red", None], "categorical", "2 levels", 1),
    "words that could be missing": (["-", "+", "-", "+"], "categorical", "2 levels", 0),
    "yes and no": (["yes", "no", "yes"], "categorical", "2 levels", 0),
    "thousands": (
        ["1,500", "2,250", "1,500"],
        "categorical",
        "2 levels that look like numbers ('1,500')",
        0,
    ),
    "prices that differ": (
        ["950", "$1,234.50", "$7"],
        "left out",
        "text that looks like numbers and differs in nearly every row ('$1,234.50')",
        0,
    ),
    "codes of one width": (["01067", "10115", "01067"], "categorical", "2 levels", 0),
    "zeros before digits of any width": (["007", "12", "3"], "numeric", "whole numbers", 0),
    "one word and missing cells": (["x", None, "x"], "categorical", "1 level, and missing", 1),
    "ISO dates": (["2019-03-23", None, "2020-02-29"], "date", "dates or times", 1),
    "dates and a weak marker": (["2019-03-23", "-", "2020-02-29"], "date", "dates or times", 1),
    "a date that never was": (["2019-03-23", "2019-02-30", "2019-03-23"], "categorical", "2 l", 0),
    "month or day first": (["01/02/2019", "03/04/2019"], "date", "dates or times, month first", 0),
    "day first": (["01/02/2019", "23/04/2019"], "date", "dates or times", 0),
    "times": (["10:11", "23:59"], "date", "dates or times", 0),
    "nothing": ([None, None], "left out", "every cell is missing", 2),
    "a constant word": (["x", "x"], "left out", "constant ('x')", 0),
    "a constant number": (["3", "3"], "left out", "constant ('3')", 0),
    "row numbers from one": (["1", "2", "3"], "left out", "row numbers or identifiers", 0),
    "row numbers from zero": (["0", "1", "2"], "left out", "row numbers or identifiers", 0),
    "numbers in a row from two": (["2", "3", "4"], "numeric", "whole numbers", 0),
    "row numbers with a gap": (["1", "2", None, "4"], "numeric", "whole numbers", 1),
    "names": (["Ada L.", "Alan T.", "Kurt G."], "left out", "text that differs in nearly ever", 0),
    "prose": (
        ["a sentence that says so much that it can be no category at all", "b" * 80] * 2
        + ["c" * 80],
        "left out",
        "prose ('a sentence that says so muc...')",
        0,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_column_of_words_is_recognised(case) -> None:
    cells, kind, word, missing = CASES[case]
    column = infer_column(pl.Series("x", cells, pl.String))
    assert (column.name, column.kind, column.rows) == ("x", kind, len(cells))
    assert column.word.startswith(word)
    assert column.missing == missing
    assert column.used is (kind != "left out")


@pytest.mark.parametrize(
    ("cells", "kind", "word", "distinct"),
    [
        ([3, None, 3, 5], "numeric", "whole numbers", 2),
        ([1.5, 2.0, 2.0], "numeric", "numbers", 2),
        ([True, False, None], "numeric", "true or false", 2),
        ([dt.date(2019, 1, 1), dt.date(2020, 1, 1)], "date", "dates or times", 2),
        ([dt.time(10), dt.time(11)], "date", "dates or times", 2),
        ([MOMENT, MOMENT + dt.timedelta(hours=1), None], "date", "dates or times", 2),
        ([None, None], "left out", "every cell is missing", 0),
        ([7, 7], "left out", "constant ('7')", 1),
        ([7, None], "numeric", "whole numbers", 1),
        ([1, 2, 3], "left out", "row numbers or identifiers", 3),
        ([[1], [1], None], "left out", "holds lists", 1),
        ([[{"a": 1}], [{"a": 2}]], "left out", "holds lists", 2),
        ([{"a": 1}, {"a": 2}], "left out", "holds records", 2),
        ([b"x", b"x"], "left out", "holds bytes", 1),
    ],
)
def test_a_column_with_a_type_is_recognised(cells, kind, word, distinct) -> None:
    column = infer_column(pl.Series("x", cells))
    assert (column.kind, column.word, column.distinct) == (kind, word, distinct)


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        ("id", True),
        ("ID", True),
        ("customer_id", True),
        ("customerID", True),
        ("order id", True),
        ("rownames", True),
        ("row_number", True),
        ("index", True),
        ("Unnamed: 0", True),
        ("unnamed_0", True),
        ("No.", True),
        ("width", False),
        ("acid", False),
        ("humid", False),
        ("bid", False),
        ("notes", False),
        ("growth", False),
    ],
)
def test_a_name_makes_different_whole_numbers_identifiers(name, left_out) -> None:
    column = infer_column(pl.Series(name, ["70", "30", "50"]))
    assert column.used is not left_out
    repeated = infer_column(pl.Series(name, ["70", "30", "30"]))
    real = infer_column(pl.Series(name, ["70", "30", "50.5"]))
    assert repeated.used
    assert real.used


@pytest.mark.parametrize("cells", [["1", "1e400", "2"], ["1", "-inf", "2"], ["9" * 400, "1", "2"]])
def test_an_infinite_number_is_refused_with_its_row(cells) -> None:
    row = 2 if cells[0] == "1" else 1
    with pytest.raises(DataError, match=rf"^column 'x', row {row}: .* is infinite, or too large"):
        infer_columns(pl.DataFrame({"x": cells, "y": ["a", "b", "a"]}))


def test_a_long_cell_is_not_repeated_in_full() -> None:
    with pytest.raises(DataError) as refused:
        infer_column(pl.Series("x", ["9" * 400, "1"]))
    assert len(str(refused.value)) < 120


def test_the_target_is_no_input() -> None:
    frame = pl.DataFrame({"x": ["1", "5"], "y": ["a", "b"]})
    assert [column.name for column in infer_columns(frame, "y")] == ["x"]


def test_a_column_can_be_left_out_by_request() -> None:
    frame = pl.DataFrame({"x": ["1", "5"], "y": ["2", "9"]})
    columns = infer_columns(frame, exclude=["x"])
    assert [(column.kind, column.word) for column in columns] == [
        ("left out", "by request"),
        ("numeric", "whole numbers"),
    ]
    with pytest.raises(DataError, match="the table has no column 'Y'; did you mean 'y'"):
        infer_columns(frame, exclude=["Y"])


def test_row_numbers_are_kept_where_there_is_nothing_else() -> None:
    frame = pl.DataFrame({"hour": ["0", "1", "2"], "y": ["5", "7", "9"], "z": ["c", "c", "c"]})
    hour, z = infer_columns(frame, "y")
    assert hour.used
    assert hour.word == "row numbers, kept as there is no other input"
    assert not z.used


@given(st.integers(0, STRAY_WORDS + 3), st.integers(15, 300))
def test_few_stray_words_among_many_numbers_count_as_missing(stray, found) -> None:
    cells = [f"{number}.5" for number in range(found)] + [f"w{at}" for at in range(stray)]
    column = infer_column(pl.Series("x", cells))
    few = stray <= 0.05 * (found + stray) and stray <= STRAY_WORDS and (found >= 20 or not stray)
    assert (column.kind == "numeric") is few
    if few:
        assert column.markers == tuple(sorted(f"w{at}" for at in range(stray)))
        assert column.missing == stray
        assert column.distinct == found


@given(st.lists(st.sampled_from([None, "1", "2.5", "x", "y", "2019-01-01", "-"]), min_size=1))
def test_the_order_of_the_rows_does_not_matter(cells) -> None:
    def kind(words):
        return infer_column(pl.Series("x", words, pl.String)).kind

    assert kind(cells) == kind(cells[::-1]) == kind(sorted(cells, key=str))
