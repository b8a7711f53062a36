"""Frames of any library: the same cells."""

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from trainwell.data.frames import as_frame, holds_numbers_alone, is_categorical, to_polars
from trainwell.errors import DataError

PANDAS = pd.DataFrame(
    {
        "number": [1.5, None, 3.0],
        "whole": pd.array([1, None, 3], dtype="Int64"),
        "truth": [True, False, True],
        "word": ["x", None, "z"],
        "category": pd.Categorical(["u", None, "v"]),
        "code": pd.Categorical([1, 2, 1]),
        "moment": pd.to_datetime(["2020-01-01 00:00", None, "2021-01-01 12:00"]),
        "day": [dt.date(2020, 1, 1), None, dt.date(2021, 1, 1)],
        "mixed": [1, "z", None],
    }
)


def test_pandas_cells_become_polars_cells():
    found = to_polars(as_frame(PANDAS))
    assert found["number"].to_list() == [1.5, None, 3.0]
    assert found["whole"].to_list() == [1.0, None, 3.0]
    assert found["truth"].to_list() == [True, False, True]
    assert found["word"].to_list() == ["x", None, "z"]
    assert found["category"].to_list() == ["u", None, "v"]
    assert found["code"].to_list() == ["1", "2", "1"]
    assert found["moment"].to_list()[::2] == [
        dt.datetime(2020, 1, 1),  # noqa: DTZ001
        dt.datetime(2021, 1, 1, 12),  # noqa: DTZ001
    ]
    assert found["moment"][1] is None
    assert found["mixed"].to_list() == ["1", "z", None]


def test_arrow_cells_are_the_same():
    plain = PANDAS.drop(columns=["mixed", "day"])
    by_arrow = to_polars(as_frame(pa.Table.from_pandas(plain)))
    by_pandas = to_polars(as_frame(plain))
    assert by_arrow.drop("truth").equals(by_pandas.drop("truth"))


def test_a_polars_frame_is_taken_as_it_is():
    frame = pl.DataFrame({"a": [1]})
    assert to_polars(as_frame(frame)) is frame


@pytest.mark.parametrize("other", [np.ones((2, 2)), [[1]], None, pd.Series([1]), "words", {}])
def test_what_is_no_frame_is_none(other):
    assert as_frame(other) is None


def test_kinds_of_columns_are_told_apart():
    assert holds_numbers_alone(as_frame(PANDAS[["number", "whole", "truth"]]))
    assert not holds_numbers_alone(as_frame(PANDAS[["number", "word"]]))
    kinds = as_frame(PANDAS).schema
    assert [name for name, kind in kinds.items() if is_categorical(kind)] == ["category", "code"]


def test_a_name_that_stands_twice_is_refused():
    twice = pd.DataFrame([[1, "x"]], columns=["a", "a"])
    with pytest.raises(DataError, match=r"must differ in their names: .* 'a' 2 times"):
        as_frame(twice)
