"""Plain text: numbers, lists of names, tables, and what a terminal must not be sent."""

import pytest

from trainwell.cli.text import aligned, counted, listed, naming, number, printable, shortened
from trainwell.errors import DataError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0.0, "0"),
        (0.123456, "0.1235"),
        (1.5e-7, "1.5e-07"),
        (123.456, "123.5"),
        (12345.6, "12,346"),
        (2.5e30, "2.5e+30"),
        (float("inf"), "inf"),
    ],
)
def test_numbers_have_four_digits(value: float | None, text: str) -> None:
    assert number(value) == text


def test_a_cursor_is_not_moved_by_a_name() -> None:
    assert printable("a\x1b[2Jb\nc\r\u202ed") == "a\\x1b[2Jb\\nc\\r\\u202ed"
    assert printable("Größe 長さ") == "Größe 長さ"


def test_long_lists_say_how_much_they_leave_out() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed("abcdefghi") == "a, b, c, d, e, f, g, h, i"
    assert listed("abcdefghij") == "a, b, c, d, e, f, g, h and 2 more"


def test_one_is_not_many() -> None:
    assert [counted(1, "row"), counted(0, "row"), counted(1234, "row")] == [
        "1 row",
        "0 rows",
        "1,234 rows",
    ]
    assert shortened("abcdefgh", 6) == "abc..."
    assert shortened("abcdef", 6) == "abcdef"


def test_columns_are_aligned_and_numbers_stand_right() -> None:
    table = aligned([("", "loss", "what"), ("train", "0.5", "x"), ("長さ", "-10.25", "yy")], "  ")
    assert table.splitlines() == [
        "           loss  what",
        "  train     0.5  x",
        "  長さ   -10.25  yy",
    ]


def test_a_table_is_named_once() -> None:
    with pytest.raises(DataError, match=r"^t\.csv: column 'a': bad$"), naming("t.csv"):
        raise DataError.in_column("a", "bad")
    with pytest.raises(DataError, match=r"^t\.csv: is empty$"), naming("t.csv"):
        raise DataError.in_file("t.csv", "is empty")
