"""Features of a table: fitted on the training rows, applied to any, stored to the bit."""

import datetime as dt
import json
from math import cos, pi, sin

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.data.cells import tidy
from trainwell.data.columns import infer_columns
from trainwell.data.encoding import TableEncoding, fit_encoding, from_parts
from trainwell.data.inputs import MOST_LEVELS, least_count
from trainwell.data.moments import centre_and_scale, standardised
from trainwell.errors import DataError, FileFormatError

DAY = dt.date(2019, 3, 23)


def fitted(frame, target=None):
    return fit_encoding(frame, infer_columns(frame, target))


def column(cells, kind=pl.String):
    return pl.DataFrame({"x": pl.Series(cells, dtype=kind)})


def mixed(rows=40, seed=0):
    """Return a table with every kind of column."""
    rng = np.random.default_rng(seed)
    real = [f"{number:.3f}" for number in rng.normal(5, 2, rows)]
    real[3] = None
    moments = [dt.datetime(2019, 3, 1) + dt.timedelta(hours=7 * at) for at in range(rows)]  # noqa: DTZ001
    return pl.DataFrame(
        {
            "number": [str(at) for at in range(1, rows + 1)],
            "real": real,
            "colour": [*rng.choice(["red", "blue", "green"], rows - 2), "pink", None],
            "when": [moment.isoformat() for moment in moments],
            "day": [DAY + dt.timedelta(days=int(at)) for at in rng.integers(0, 60, rows)],
            "truth": rng.choice([True, False], rows),
            "constant": ["c"] * rows,
            "note": [f"note {at}" for at in range(rows)],
        }
    )


def test_numbers_are_standardised_and_missing_ones_become_the_median() -> None:
    encoding = fitted(column(["1", "2", "6", None, "9"]))
    assert encoding.feature_names == ("x", "x (missing)")
    mean, spread = 4.5, np.std([1, 2, 6, 9])
    expected = (np.array([1, 2, 6, 2, 9]) - mean) / spread
    features = encoding.apply(column(["1", "2", "6", None, "9"]))
    assert features[:, 0] == pytest.approx(expected)
    assert features[:, 1].tolist() == [0, 0, 0, 1, 0]


def test_there_is_no_indicator_where_nothing_was_missing() -> None:
    encoding = fitted(column(["1", "2", "9"]))
    assert encoding.feature_names == ("x",)
    features = encoding.apply(column([None, "2"]))
    assert features[0] == features[1]  # the median


def test_numbers_are_the_same_from_words_and_types() -> None:
    words, reals = column(["1", "2.5", None]), column([1, 2.5, None], pl.Float64)
    assert (fitted(words).apply(words) == fitted(reals).apply(reals)).all()
    assert (fitted(words).apply(reals) == fitted(reals).apply(words)).all()


def test_true_is_one_in_words_and_types() -> None:
    words, types = column(["True", "false", "true"]), column([True, False, True], pl.Boolean)
    assert (fitted(words).apply(types) == fitted(types).apply(words)).all()


def test_rare_and_unseen_levels_are_one_feature() -> None:
    cells = ["a"] * 5 + ["b"] * 4 + ["c"] * 2 + ["d"]
    encoding = fitted(column(cells))
    assert encoding.feature_names == ("x = a", "x = b", "x = (other)")
    features = encoding.apply(column(["a", "b", "c", "d", "new", None]))
    assert features.tolist() == [[1, 0, 0], [0, 1, 0], *[[0, 0, 1]] * 4]


def test_an_unseen_level_is_no_feature_where_no_level_was_rare() -> None:
    encoding = fitted(column(["a", "b"] * 3))
    assert encoding.feature_names == ("x = a", "x = b")
    assert encoding.apply(column(["b", "new", None])).tolist() == [[0, 1], [0, 0], [0, 0]]


def test_missing_words_are_a_level_of_their_own() -> None:
    encoding = fitted(column(["a", "b", None] * 3))
    assert encoding.feature_names == ("x = a", "x = b", "x = (missing)")
    assert encoding.apply(column([None, "a", "new"])).tolist() == [[0, 0, 1], [1, 0, 0], [0, 0, 0]]


def test_a_level_called_other_is_no_other_level() -> None:
    cells = ["(other)"] * 5 + ["b"] * 4 + ["c"]
    features = fitted(column(cells)).apply(column(["(other)", "c", "new", "(missing)"]))
    assert features.tolist() == [[1, 0, 0], *[[0, 0, 1]] * 3]


def test_no_category_has_more_features_than_the_limit() -> None:
    cells = [f"level {at % 150:03}" for at in range(150 * 30)]
    encoding = fitted(column(["level 149", *cells]))
    assert len(encoding.feature_names) == MOST_LEVELS + 1
    assert encoding.feature_names[:2] == ("x = level 149", "x = level 000")
    assert encoding.feature_names[-1] == "x = (other)"


@pytest.mark.parametrize(
    ("rows", "least"), [(1, 3), (600, 3), (601, 4), (1000, 5), (2000, 10), (10**6, 10)]
)
def test_a_level_needs_half_a_per_cent_but_three_and_at_most_ten_rows(rows, least) -> None:
    assert least_count(rows) == least


def test_a_date_is_its_day_and_its_place_in_its_cycles() -> None:
    days = [dt.datetime(2019, 3, 4, 6), dt.datetime(2019, 4, 9, 12), dt.datetime(2019, 3, 8)]  # noqa: DTZ001
    frame = column([day.isoformat() for day in days])
    encoding = fitted(frame)
    cycles = ["hour sin", "hour cos", "weekday sin", "weekday cos", "month sin", "month cos"]
    assert encoding.feature_names == ("x (days)", *(f"x ({cycle})" for cycle in cycles))
    features = encoding.apply(frame)
    assert features[:, 0].mean() == pytest.approx(0)
    assert features[1, 0] - features[2, 0] == pytest.approx(
        32.5 / np.std([0.25, 36.5, 4.0]), rel=1e-9
    )
    for row, (hour, weekday, month) in enumerate([(6, 0, 2), (12, 1, 3), (0, 4, 2)]):
        shares = (hour / 24, weekday / 7, month / 12)
        waves = [wave(2 * pi * share) for share in shares for wave in (sin, cos)]
        assert features[row, 1:] == pytest.approx(waves, abs=1e-9)


def test_a_cycle_that_stood_still_is_no_feature() -> None:
    frame = column(["2019-03-04", "2019-03-11", None])
    encoding = fitted(frame)
    assert encoding.feature_names == ("x (days)", "x (missing)")
    times = column(["10:00", "11:30", "23:00"])
    assert fitted(times).feature_names == ("x (days)", "x (hour sin)", "x (hour cos)")


def test_a_missing_date_stands_nowhere_in_its_cycles() -> None:
    frame = column(["2019-03-04", "2019-04-05", None, "2019-05-06"])
    encoding = fitted(frame)
    assert encoding.feature_names[1] == "x (missing)"
    absent = encoding.apply(frame)[2]
    assert absent[1:].tolist() == [1, 0, 0, 0, 0]


def test_dates_are_the_same_from_words_and_types() -> None:
    words = column(["2019-03-04", "2019-04-05", None])
    types = column([dt.date(2019, 3, 4), dt.date(2019, 4, 5), None], pl.Date)
    assert (fitted(words).apply(types) == fitted(types).apply(words)).all()


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M:%S%.f", "%d.%m.%Y %H:%M", "%Y-%m-%dT%H:%M:%S%#z"])
def test_moments_are_the_same_from_words_and_types(form, unit, zone) -> None:
    moments = [dt.datetime(2019, month, 4, 5 * month, 30) for month in (1, 2, 4)]  # noqa: DTZ001
    types = column([*moments, None], pl.Datetime(unit)).with_columns(
        pl.col("x").dt.replace_time_zone(zone)
    )
    written = form if zone or "%#z" not in form else form.removesuffix("%#z") + "+00:00"
    words = types.select(pl.col("x").dt.strftime(written.replace("%#z", "%z")))
    if zone and "%#z" not in form:
        types = types.with_columns(pl.col("x").dt.replace_time_zone(None))
    types, words = tidy(types), tidy(words)
    features = fitted(words).apply(words)
    assert features.shape == (4, 8)
    assert (fitted(types).apply(types) == features).all()
    assert (fitted(words).apply(types) == features).all()
    assert (fitted(types).apply(words) == features).all()


def test_what_is_constant_in_the_training_rows_is_no_feature() -> None:
    frame = mixed()
    columns = infer_columns(frame)
    training = frame.with_columns(
        pl.lit("5").alias("real"),
        pl.lit("red").alias("colour"),
        pl.lit(True).alias("truth"),
        pl.lit("2019-03-04T00:00:00").alias("when"),
    )
    encoding = fit_encoding(training, columns)
    assert encoding.columns == ("day",)
    assert dict(encoding.left_out) == {
        "number": "row numbers or identifiers",
        "real": "does not differ within the training rows",
        "colour": "does not differ within the training rows",
        "when": "does not differ within the training rows",
        "truth": "does not differ within the training rows",
        "constant": "constant ('c')",
        "note": "text that differs in nearly every row ('note 0')",
    }


def test_a_table_without_inputs_is_refused() -> None:
    frame = pl.DataFrame({"a": ["c", "c"], "b": [None, None]})
    sentence = r"table: has no column that could be an input \(a: constant \('c'\); b: every cell"
    with pytest.raises(DataError, match=sentence):
        fitted(frame)
    with pytest.raises(DataError, match=r"could be an input \(no other column\)"):
        fit_encoding(frame, ())
    with pytest.raises(DataError, match="the training part has no rows"):
        fit_encoding(frame.clear(), ())


def test_rows_outside_the_training_part_do_not_enter_the_encoding() -> None:
    frame = mixed(60)
    others = mixed(60, seed=9).with_columns(pl.lit("1e9").alias("real"))
    changed = pl.concat([frame.head(40), others.tail(20)])
    first, second = (fit_encoding(rows.head(40), infer_columns(rows)) for rows in (frame, changed))
    assert not frame.equals(changed)
    assert first.inputs == second.inputs
    assert (first.apply(changed)[:40] == first.apply(frame)[:40]).all()
    assert first.apply(changed)[40:].max() > 2.5


def test_a_row_is_encoded_alike_alone_and_among_others() -> None:
    frame = mixed()
    encoding = fitted(frame)
    features = encoding.apply(frame)
    for row in range(frame.height):
        assert (encoding.apply(frame[row : row + 1]) == features[row]).all()


def test_order_and_number_of_other_columns_do_not_matter() -> None:
    frame = mixed()
    encoding = fitted(frame)
    other = frame.select(reversed(frame.columns)).with_columns(pl.lit(1).alias("extra"))
    assert (encoding.apply(other) == encoding.apply(frame)).all()
    assert encoding.mismatch(other).extra == ("extra",)
    assert encoding.mismatch(other, target="extra").extra == ()


def test_new_words_are_told() -> None:
    encoding = fitted(column(["a"] * 4 + ["b"] * 3))
    table = column(["a", "new", None, "newer", "new"])
    assert encoding.mismatch(table).grouped == (("x", ("new", "newer")),)
    assert encoding.mismatch(column(["a", "b"])).grouped == ()


def test_missing_columns_are_refused_all_by_name() -> None:
    encoding = fitted(mixed())
    with pytest.raises(DataError) as refused:
        encoding.apply(mixed().drop("real", "day"))
    assert str(refused.value) == "the table has no columns 'real', 'day' (2 are missing)"
    with pytest.raises(DataError, match="the table has no column 'real'; did you mean 'Real'"):
        encoding.apply(mixed().rename({"real": "Real"}))


@pytest.mark.parametrize(
    ("name", "cells", "sentence"),
    [
        ("real", ["1", "oops"], "column 'real', row 2: 'oops' is not a number"),
        ("real", ["1", "inf"], "column 'real', row 2: 'inf' is infinite, or too large for a 64-b"),
        ("real", ["-1e999", "1"], "column 'real', row 1: '-1e999' is infinite"),
        ("real", ["1,5", "2"], "column 'real', row 1: '1,5' is not a number"),
        ("real", [DAY, DAY], "column 'real', row 1: '2019-03-23' is not a number"),
        ("when", ["2019-03-01T00:00:00", "x"], "column 'when', row 2: 'x' is not a date or time "),
        ("when", [None, "1.2.2019"], "column 'when', row 2: '1.2.2019' is not a date or time of"),
        ("day", [1.5, 2.5], "column 'day', row 1: '1.5' is not a date or time"),
        ("colour", [["red"], ["blue"]], "column 'colour': holds lists; only numbers, words, dat"),
        ("real", [{"a": 1.5}, {"a": 2.5}], "column 'real': holds records; only numbers"),
        ("truth", ["true", "maybe"], "column 'truth', row 2: 'maybe' is not a number"),
    ],
)
def test_a_cell_that_does_not_fit_its_column_is_refused(name, cells, sentence) -> None:
    encoding = fitted(mixed())
    table = mixed()[:2].with_columns(pl.Series(name, cells))
    with pytest.raises(DataError) as refused:
        encoding.apply(table)
    assert str(refused.value).startswith(sentence)


def test_words_that_were_missing_numbers_in_training_stay_so() -> None:
    cells = [*map(str, range(10, 60)), "80+"]
    encoding = fitted(column(cells))
    assert encoding.apply(column(["80+", "-"]))[:, 1].tolist() == [1, 1]
    with pytest.raises(DataError, match=r"row 2: '90\+' is not a number"):
        encoding.apply(column(["80+", "90+"]))


def test_huge_numbers_give_finite_features() -> None:
    encoding = fitted(column(["1e308", "-1e308", "0", "1.5e308"]))
    features = encoding.apply(column(["1.7e308", "-1.7e308", "0"]))
    assert np.abs(features).max() < 3
    tiny = fitted(column(["1e-200", "2e-200", "4e-200"])).apply(column(["1e300", "2e-200"]))
    assert np.abs(tiny).max() < 3


def test_numbers_beyond_the_training_rows_are_held_one_deviation_further() -> None:
    encoding = fitted(column(["1", "2", "3", "2"]))
    features = encoding.apply(column(["1", "3", "3.5", "99", "-1e300"]))[:, 0]
    spread = np.std([1, 2, 3, 2])
    assert features[:3] == pytest.approx([-1 / spread, 1 / spread, 1.5 / spread])
    assert features[3:] == pytest.approx([1 / spread + 1, -1 / spread - 1])


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_standardised_values_are_finite_for_any_numbers(values) -> None:
    array = np.array(values)
    centre, scale = centre_and_scale(array)
    assert np.isfinite([centre, scale]).all()
    if scale:
        z = standardised(array, centre, scale)
        assert np.isfinite(z).all()
        assert np.abs(z).max() <= np.sqrt(len(values)) * (1 + 1e-6)


def test_an_encoding_survives_its_parts() -> None:
    encoding = fitted(mixed())
    document = json.loads(json.dumps(encoding.as_json(), allow_nan=False))
    again = from_parts(document, encoding.arrays())
    assert again == encoding
    assert (again.apply(mixed(50, seed=3)) == encoding.apply(mixed(50, seed=3))).all()


def test_the_numbers_of_an_encoding_are_in_its_arrays_alone() -> None:
    encoding = fitted(mixed())
    scaled = {name: 2 * array for name, array in encoding.arrays().items()}
    again = from_parts(encoding.as_json(), scaled)
    assert again.inputs[0].spread.scale == 2 * encoding.inputs[0].spread.scale


def damaged(**changes):
    document = fitted(mixed()).as_json()
    document.update(changes)
    return document


@pytest.mark.parametrize(
    ("document", "arrays"),
    [
        ({}, None),
        (damaged(version=2), None),
        (damaged(version="1"), None),
        (damaged(inputs=None), None),
        (damaged(inputs=[]), None),
        (damaged(inputs=[1, 2, 3, 4, 5]), None),
        (damaged(inputs=[{"kind": "NumericInput", "name": "x"}]), None),
        (damaged(inputs=[{"kind": "Interval"}]), None),
        (damaged(inputs=[{**damaged()["inputs"][1], "levels": "red"}] * 5), None),
        (damaged(inputs=[{**damaged()["inputs"][1], "levels": [1]}] * 5), None),
        (damaged(inputs=[{**damaged()["inputs"][1], "other": 1}] * 5), None),
        (damaged(inputs=[{**damaged()["inputs"][2], "cycles": ["year"]}] * 5), None),
        (damaged(inputs=[{**damaged()["inputs"][2], "form": "%Q"}] * 5), None),
        (damaged(inputs=[{**damaged()["inputs"][2], "form": []}] * 5), None),
        (damaged(left_out=3), None),
        (damaged(), {}),
        (damaged(), {"input_statistics": np.zeros((4, 5))}),
        (damaged(), {"input_statistics": np.full((5, 5), np.nan)}),
        (damaged(), {"input_statistics": np.array([["a"] * 5] * 5)}),
    ],
)
def test_parts_that_do_not_fit_are_refused(document, arrays) -> None:
    given_arrays = fitted(mixed()).arrays() if arrays is None else arrays
    with pytest.raises(FileFormatError, match=r"^table encoding: "):
        from_parts(document, given_arrays)


CELL = st.sampled_from(
    [None, "1", "2", "-3.5", "1e300", "a", "b", "c d", "2019-01-02", "10:11", "-"]
)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=12), st.integers(1, 9))
def test_any_table_gives_finite_features_that_its_stored_encoding_repeats(rows, share) -> None:
    frame = tidy(pl.DataFrame(rows, schema=dict.fromkeys("abc", pl.String), orient="row"))
    try:
        encoding = fit_encoding(frame.head(share), infer_columns(frame))
    except DataError:
        return
    features = encoding.apply(frame)
    assert features.shape == (len(rows), len(encoding.feature_names))
    assert np.isfinite(features).all()
    assert len(set(encoding.feature_names)) == len(encoding.feature_names)
    again = from_parts(json.loads(json.dumps(encoding.as_json())), encoding.arrays())
    assert isinstance(again, TableEncoding)
    assert (again.apply(frame) == features).all()
