"""Words that look like numbers are told from codes, dates and other words."""

import polars as pl
import pytest

from trainwell.data.number_words import number_like

CODES = [f"{number}{letter}" for number in (10, 11, 12) for letter in "ABCD"]


@pytest.mark.parametrize(
    "word",
    [
        *("34.5%", "34,5 %", "$1,234.50", "-$5", "$-5", "(1,234)", "1,234", "1.234,56", "1'234"),
        *("12 kg", "12kg", "1 234,5 €", "€ 3", "<5", ">= 10", "20 °C", "3 m²", "9.81 m/s2", "1.5M"),
        "\u22123.5 %",
    ],
)
def test_a_number_with_something_about_it_looks_like_one(word) -> None:
    assert number_like(pl.Series([None, "-", word])) == word
    assert number_like(pl.Series(["7", *[word] * 8, "n/a"])) == word
    assert number_like(pl.Series(["7", *[word] * 7, "n/a"])) is None


@pytest.mark.parametrize(
    "words",
    [
        *(["red", "blue"], ["12", "1.5"], ["01067", "10115"], ["2019-02-30"], ["31.2.2019"]),
        *(["10:11 h"], ["10.0.0.1"], ["1.2.3"], ["1,23,456"], ["Q1"], ["B 52"], ["kg"], ["%"]),
        *(["1-2"], ["10-20 kg"], ["5 apples in a basket"], CODES, [None], []),
    ],
)
def test_other_words_do_not(words) -> None:
    assert number_like(pl.Series(words, dtype=pl.String)) is None


def test_what_is_no_word_does_not_look_like_a_number() -> None:
    assert number_like(pl.Series([1.5, 2.5])) is None
    assert number_like(pl.Series([True])) is None
