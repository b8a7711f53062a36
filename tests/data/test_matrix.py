"""A matrix of numbers is encoded as the columns of a table are."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.data.columns import Column
from trainwell.data.encoding import fit_encoding, from_parts
from trainwell.data.inputs import NumericInput, edges_of, pieces_of
from trainwell.data.matrix import fit_matrix, matrix_features
from trainwell.data.moments import Spread, centre_and_scale
from trainwell.errors import ConfigurationError, ShapeError


def numbers(rows=40, columns=5, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, columns)) * 10.0 ** rng.integers(-3, 4, columns)
    x[rng.random(x.shape) < 0.1] = np.nan
    return x


def columns_of(x):
    return [Column(f"x{at}", "numeric", "numbers", len(x), 0, len(x)) for at in range(x.shape[1])]


@pytest.mark.parametrize("bins", [0, 4])
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_matrix_and_a_table_have_the_same_features(bins, standardize, weighted):
    x = numbers()
    weight = np.arange(1.0, len(x) + 1) if weighted else None
    frame = pl.DataFrame({f"x{at}": x[:, at] for at in range(x.shape[1])}, nan_to_null=True)
    given = {"standardize": standardize, "bins": bins}
    by_matrix = fit_matrix(x, frame.columns, weight, **given)
    by_table = fit_encoding(frame, columns_of(x), weight, **given)
    assert by_matrix == by_table
    new = np.vstack([x, 1e300 * np.ones(5), -1e300 * np.ones(5), np.full(5, np.nan)])
    table = pl.DataFrame({f"x{at}": new[:, at] for at in range(5)}, nan_to_null=True)
    np.testing.assert_array_equal(matrix_features(by_matrix, new), by_table.apply(table))


def test_rows_encoded_in_parts_are_the_same_rows(monkeypatch):
    x = numbers()
    encoding = fit_matrix(x, [f"x{at}" for at in range(5)], bins=3)
    whole = matrix_features(encoding, x)
    monkeypatch.setattr("trainwell.data.matrix.AT_ONCE", 15)
    np.testing.assert_array_equal(matrix_features(encoding, x), whole)


def test_single_precision_stays_single_and_constants_keep_their_place():
    x = np.array([[1, 5], [2, 5], [4, 5]], np.float32)
    encoding = fit_matrix(x, ["a", "b"])
    features = matrix_features(encoding, x)
    assert features.dtype == np.float32
    np.testing.assert_array_equal(features[:, 1], 0)
    np.testing.assert_array_equal(matrix_features(encoding, np.array([[1.0, 9.0]]))[:, 1], 0)
    with pytest.raises(ShapeError, match=r"x must have shape \(N, 2\)"):
        matrix_features(encoding, x[:, :1])


@given(st.integers(1, 40), st.integers(0, 2**31))
def test_the_spread_of_each_row_is_the_spread_of_the_row(examples, seed):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(6, examples)) * 10.0 ** rng.integers(-200, 200, (6, 1))
    rows[0], rows[1] = 3.0, 0.0
    rows[2] = np.round(rows[2] / np.abs(rows[2]).max())
    assert Spread.of_rows(rows) == [Spread.of(row) for row in rows]


@given(st.lists(st.integers(0, 4), min_size=2, max_size=30), st.integers(0, 2**31))
def test_weights_are_repetitions(times, seed):
    rng = np.random.default_rng(seed)
    values, times = np.round(rng.normal(size=len(times)), 1), np.array(times)
    if not times.any():
        times[0] = 1
    kept = times > 0
    repeated = Spread.of(np.repeat(values, times))
    weighted = Spread.of(values[kept], times[kept].astype(float))
    assert weighted.median == repeated.median
    np.testing.assert_allclose(
        [weighted.centre, weighted.scale], [repeated.centre, repeated.scale], rtol=1e-9, atol=1e-12
    )
    assert edges_of(np.repeat(values, times), None, 4) == edges_of(
        values[kept], times[kept].astype(float), 4
    )


def test_huge_weighted_numbers_do_not_overflow():
    assert centre_and_scale(np.array([1e300, -1e300]), np.array([1.0, 1.0])) == (0.0, 1e300)


def test_pieces_are_those_of_the_formula():
    part = NumericInput("x", Spread.of(np.array([0.0, 10.0])), False, (), (0.0, 1.0, 3.0, 10.0))
    found = pieces_of(np.array([-5.0, 0.5, 2.0, 10.0, 99.0]), part)
    np.testing.assert_allclose(
        found, [[0, 0, 0], [0.5, 0, 0], [1, 0.5, 0], [1, 1, 1], [1, 1, 1]], rtol=1e-15
    )
    assert part.features == ("x", "x in [0, 1]", "x in [1, 3]", "x in [3, 10]")


def test_edges_cut_into_equal_parts_and_vanish_where_there_is_nothing_to_cut():
    edges = edges_of(np.arange(1000.0), None, 4)
    np.testing.assert_allclose(edges, [0, 249, 499, 749, 999])
    assert edges_of(np.array([1.0, 2.0, np.nan]), None, 8) == ()
    assert edges_of(np.full(9, np.nan), None, 8) == ()
    assert edges_of(np.arange(9.0), None, 0) == ()
    mostly = edges_of(np.append(np.zeros(99), [1.0, 2.0]), None, 8)
    assert mostly == ()


@pytest.mark.parametrize("edges", [(0.0, 1.0), (0.0, 0.0, 1.0), (2.0, 1.0, 3.0), (0, 1, 2)])
def test_edges_that_are_none_are_refused(edges):
    with pytest.raises(ConfigurationError, match=r"NumericInput\.edges must be none, or at"):
        NumericInput("x", Spread(), False, (), edges)


def test_an_encoding_with_pieces_is_taken_apart_and_put_together():
    x = numbers()
    encoding = fit_matrix(x, [f"x{at}" for at in range(5)], bins=3)
    assert from_parts(encoding.as_json(), encoding.arrays()) == encoding
