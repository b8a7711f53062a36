from math import inf, nan

import pytest

from trainwell.report.wording import number, percent, rows, shortened


@pytest.mark.parametrize(
    ("share", "decimals", "words"),
    [
        (0.0, 0, "0 %"),
        (1.0, 0, "100 %"),
        (0.0, 1, "0 %"),
        (1.0, 1, "100 %"),
        (0.004, 0, "<1 %"),
        (0.996, 0, ">99 %"),
        (0.0004, 1, "<0.1 %"),
        (0.99961, 1, ">99.9 %"),
        (0.9994, 1, "99.9 %"),
        (0.006, 0, "1 %"),
        (0.985507, 1, "98.6 %"),
        (1 / 3, 2, "33.33 %"),
    ],
)
def test_a_share_is_all_or_nothing_only_where_it_is(share, decimals, words):
    assert percent(share, decimals=decimals) == words


@pytest.mark.parametrize(
    ("value", "digits", "words"),
    [
        (0.0, 3, "0"),
        (0.475123, 3, "0.475"),
        (9.0491, 3, "9.05"),
        (999.4, 3, "999"),
        (1113.7, 4, "1,114"),
        (999.6, 3, "1,000"),
        (12345.6, 3, "12,346"),
        (-12345.6, 3, "-12,346"),
        (0.00012345, 2, "0.00012"),
        (2.5e9, 3, "2.5e+09"),
        (inf, 3, "inf"),
        (nan, 3, "nan"),
    ],
)
def test_a_number_has_few_digits(value, digits, words):
    assert number(value, digits=digits) == words


@pytest.mark.parametrize(
    ("count", "kind", "words"),
    [
        (0, "", "0 rows"),
        (1, "", "1 row"),
        (1, "test", "1 test row"),
        (12000, "test", "12,000 test rows"),
    ],
)
def test_rows_are_counted_in_words(count, kind, words):
    assert rows(count, kind) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", ""),
        ("short", "short"),
        ("exactly10!", "exactly10!"),
        ("one letter more", "one lette…"),
        ("two\n\tlines", "two lines"),
        ("nine abcd efgh", "nine abcd…"),
        ("nine abc efgh", "nine abc…"),
    ],
)
def test_a_label_is_one_short_line(name, words):
    assert shortened(name, 10) == words
    assert len(shortened(name, 10)) <= 10
