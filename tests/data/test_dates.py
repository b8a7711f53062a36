"""Dates and times are read in their form, and in no other."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.data.dates import AMBIGUOUS, FORMS, days, detect_form, instants, instants_in
from trainwell.errors import DataError


def moment(*parts):
    return dt.datetime(*parts)  # noqa: DTZ001 - tables without zones


@pytest.mark.parametrize(
    ("word", "form", "found"),
    [
        ("2019-03-23", "%Y-%m-%d", moment(2019, 3, 23)),
        ("2019-3-5", "%Y-%m-%d", moment(2019, 3, 5)),
        ("2019/03/23", "%Y/%m/%d", moment(2019, 3, 23)),
        ("23.3.2019", "%d.%m.%Y", moment(2019, 3, 23)),
        ("23.3.19", "%d.%m.%y", moment(2019, 3, 23)),
        ("3/23/2019", "%m/%d/%Y", moment(2019, 3, 23)),
        ("23/3/2019", "%d/%m/%Y", moment(2019, 3, 23)),
        ("3/4/2019", "%m/%d/%Y", moment(2019, 3, 4)),
        ("3-4-2019", "%d-%m-%Y", moment(2019, 4, 3)),
        ("23 Mar 2019", "%d %b %Y", moment(2019, 3, 23)),
        ("23-mar-2019", "%d-%b-%Y", moment(2019, 3, 23)),
        ("March 23, 2019", "%B %d, %Y", moment(2019, 3, 23)),
        ("2019-03-23 10:11", "%Y-%m-%d %H:%M", moment(2019, 3, 23, 10, 11)),
        ("2019-03-23T10:11:12", "%Y-%m-%dT%H:%M:%S%.f", moment(2019, 3, 23, 10, 11, 12)),
        ("2019-03-23 10:11:12.5", "%Y-%m-%d %H:%M:%S%.f", moment(2019, 3, 23, 10, 11, 12, 500_000)),
        ("2019-03-23T10:11:12Z", "%Y-%m-%dT%H:%M:%S%.f%#z", moment(2019, 3, 23, 10, 11, 12)),
        ("2019-03-23T00:30:00+01:00", "%Y-%m-%dT%H:%M:%S%.f%#z", moment(2019, 3, 22, 23, 30)),
        ("2019-03-23 00:30-0130", "%Y-%m-%d %H:%M%#z", moment(2019, 3, 23, 2, 0)),
        ("3/4/2019 1:02 PM", "%m/%d/%Y %I:%M %p", moment(2019, 3, 4, 13, 2)),
        ("10:11", "%H:%M", moment(1970, 1, 1, 10, 11)),
        ("10:11:12.25", "%H:%M:%S%.f", moment(1970, 1, 1, 10, 11, 12, 250_000)),
        ("12:01 am", "%I:%M %p", moment(1970, 1, 1, 0, 1)),
    ],
)
def test_a_date_is_recognised_and_read(word, form, found) -> None:
    series = pl.Series([None, word])
    assert detect_form(series) == form
    assert instants(series, form).to_list() == [None, found]


@pytest.mark.parametrize(
    "word",
    [
        *("2019-02-30", "2019-13-01", "24:01", "12019-03-05", "32.1.2019", "2019", "20190323"),
        *("1.5", "2019-03", "1-2", "Mar 2019", "10:11 o'clock", "x2019-03-23", "1.2.3.4"),
        *("13:01 PM", "+1", "1.2.300", "+2019-03-05"),
    ],
)
def test_what_is_no_date_is_not_taken_for_one(word) -> None:
    assert detect_form(pl.Series([word])) is None


def test_one_cell_in_another_form_makes_it_no_column_of_dates() -> None:
    days_ = [f"2019-01-{day:02}" for day in range(1, 29)] * 3
    assert detect_form(pl.Series(days_)) == "%Y-%m-%d"
    assert detect_form(pl.Series([*days_, "1.2.2019"])) is None
    assert detect_form(pl.Series([*days_, "+2019-03-05"])) is None


@given(st.datetimes(moment(1000, 1, 1)), st.sampled_from(sorted(FORMS)))
def test_what_a_form_writes_it_reads(when, form) -> None:
    python = form.replace("%.f", ".%f").replace("%#z", "+02:00")
    series = pl.Series([when.strftime(python)])
    (found,) = instants(series, form).to_list()
    assert found is not None
    assert detect_form(series) is not None
    if "%y" not in form and "%#z" not in form:
        again = found.strftime(python)
        assert again == when.strftime(python)


@pytest.mark.parametrize(("first", "second"), AMBIGUOUS.items())
def test_a_form_is_believed_until_a_cell_contradicts_it(first, second) -> None:
    both = moment(2019, 3, 4)
    only = moment(2019, 3, 23)
    assert detect_form(pl.Series([both.strftime(first)])) == first
    assert detect_form(pl.Series([both.strftime(first), only.strftime(second)])) == second


def test_days_count_from_1970() -> None:
    series = pl.Series([moment(1970, 1, 1), moment(1969, 12, 31, 12), None])
    assert days(series).to_list() == [0.0, -0.5, None]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_typed_dates_need_no_form(unit) -> None:
    noon = pl.Series([moment(2019, 3, 23, 12), None], dtype=pl.Datetime(unit))
    assert instants(noon).to_list() == [moment(2019, 3, 23, 12), None]
    assert instants(pl.Series([dt.date(2019, 3, 23)])).to_list() == [moment(2019, 3, 23)]
    assert instants(pl.Series([dt.time(12)])).to_list() == [moment(1970, 1, 1, 12)]
    assert instants(pl.Series([1.5])).to_list() == [None]


def test_a_cell_that_is_no_date_is_refused_with_its_row() -> None:
    series = pl.Series("day", ["2019-01-01", None, "-", "soon", "5.1.2019"])
    sentence = r"^column 'day', row 5: '5.1.2019' is not a date or time of the form %Y-%m-%d$"
    with pytest.raises(DataError, match=sentence):
        instants_in(series, "%Y-%m-%d", ("soon",))
    with pytest.raises(DataError, match=r"column 'x', row 1: '1\.5' is not a date or time$"):
        instants_in(pl.Series("x", [1.5]), "", ())


def test_words_in_place_of_typed_dates_are_read_in_their_own_form() -> None:
    found = instants_in(pl.Series(["23.3.2019", None, "-"]), "", ())
    assert found.to_list() == [moment(2019, 3, 23), None, None]
