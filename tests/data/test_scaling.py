"""What holds for every standardizer and every fit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import StandardScaler

from trainwell.data.scaling import Standardizer, fit_standardizer
from trainwell.errors import DataError, ShapeError

RNG = np.random.default_rng(0)
UNITS = np.array([[1.0], [1e-3], [250.0], [1e6]])
TRAINING = UNITS * (RNG.normal(size=(4, 60)) + np.array([[0.0], [5.0], [-3.0], [0.1]]))
WEIGHT = RNG.integers(0, 4, size=60).astype(float)

FEATURES = arrays(
    np.float64,
    st.tuples(st.integers(1, 4), st.integers(1, 12)),
    elements=st.floats(-1e300, 1e300),
)


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
def test_the_fit_is_scikit_learns(weight):
    ours = fit_standardizer(TRAINING, weight)
    theirs = StandardScaler().fit(TRAINING.T, sample_weight=weight)
    assert ours.mean[:, 0] == pytest.approx(theirs.mean_, rel=1e-12)
    assert ours.scale[:, 0] == pytest.approx(theirs.scale_, rel=1e-12)
    test = UNITS * RNG.normal(size=(4, 9))
    assert ours.apply(test) == pytest.approx(theirs.transform(test.T).T, rel=1e-10, abs=1e-12)


def test_the_training_part_has_mean_zero_and_variance_one():
    z = fit_standardizer(TRAINING).apply(TRAINING)
    assert np.abs(z.mean(axis=1)).max() < 1e-12
    assert z.var(axis=1) == pytest.approx(np.ones(4), rel=1e-12)


def test_a_weight_is_a_number_of_copies():
    copied = np.repeat(TRAINING, WEIGHT.astype(int), axis=1)
    weighted, repeated = fit_standardizer(TRAINING, WEIGHT), fit_standardizer(copied)
    assert weighted.mean == pytest.approx(repeated.mean, rel=1e-12)
    assert weighted.scale == pytest.approx(repeated.scale, rel=1e-12)


def test_an_example_of_weight_zero_has_no_say():
    spoiled = np.where(WEIGHT > 0, TRAINING, 1e9)
    ours, theirs = fit_standardizer(spoiled, WEIGHT), fit_standardizer(TRAINING, WEIGHT)
    assert np.array_equal(ours.mean, theirs.mean)
    assert np.array_equal(ours.scale, theirs.scale)
    alone = fit_standardizer(np.array([[1.0, 7.0]]), np.array([0.0, 1.0]))
    assert (alone.mean.item(), alone.scale.item()) == (7.0, 1.0)


@pytest.mark.parametrize("value", [0.0, 0.1, -7.3, 1e300, 5e-324])
@pytest.mark.parametrize("weight", [None, np.array([1.0, 0.1, 0.7, 3.0, 0.3])])
def test_a_constant_feature_becomes_zero_and_keeps_its_units(value, weight):
    standardizer = fit_standardizer(np.full((1, 5), value), weight)
    assert (standardizer.mean.item(), standardizer.scale.item()) == (value, 1.0)
    assert standardizer.apply(np.full((1, 3), value)).tolist() == [[0.0, 0.0, 0.0]]


def test_the_noise_of_rounding_is_not_blown_up():
    jitter = np.array([[0.1 + 0.2, 0.3, 0.6 / 2, 0.1 * 3]])
    assert len(np.unique(jitter)) > 1
    assert fit_standardizer(jitter).scale.item() == 1.0
    far_but_real = 1.7e9 + np.array([[0.0, 0.001, 0.002]])
    assert fit_standardizer(far_but_real).scale.item() == pytest.approx(0.000816, rel=1e-2)


@given(x=FEATURES)
def test_any_finite_feature_is_brought_to_order(x):
    standardizer = fit_standardizer(x)
    z = standardizer.apply(x)
    assert np.isfinite(z).all()
    varied = np.ptp(x, axis=1) > 1e-9 * np.abs(x).max(axis=1)
    varied &= np.ptp(x, axis=1) > 1e-290
    assert np.abs(z[varied].mean(axis=1)).max(initial=0) < 1e-5
    assert np.abs(z[varied].std(axis=1) - 1).max(initial=0) < 1e-5


@given(x=FEATURES)
def test_invert_undoes_apply(x):
    standardizer = fit_standardizer(x)
    back = standardizer.invert(standardizer.apply(x))
    largest = np.abs(x).max(axis=1, keepdims=True)
    assert (np.abs(back - x) <= 1e-13 * largest + 1e-320).all()


@given(x=FEATURES, power=st.integers(-8, 8))
def test_units_do_not_matter(x, power):
    x = np.where(np.abs(x) < 1e-250, 0.0, x / 1e10)
    z, scaled = (fit_standardizer(part).apply(part) for part in (x, x * 2.0**power))
    constant = fit_standardizer(x).scale == 1.0
    assert np.array_equal(z[~constant[:, 0]], scaled[~constant[:, 0]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_precision_of_the_features_is_kept(dtype):
    x = TRAINING.astype(dtype)
    standardizer = fit_standardizer(x)
    assert standardizer.mean.dtype == standardizer.scale.dtype == np.float64
    assert standardizer.apply(x).dtype == dtype
    assert standardizer.invert(x).dtype == dtype


def test_arguments_are_not_modified():
    x, weight = TRAINING.copy(), WEIGHT.copy()
    standardizer = fit_standardizer(x, weight)
    standardizer.invert(standardizer.apply(x))
    assert np.array_equal(x, TRAINING)
    assert np.array_equal(weight, WEIGHT)
    mean = np.ones((2, 1))
    kept = Standardizer(mean, mean)
    mean[0] = 9
    assert kept.mean[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        kept.mean[0] = 2


COLUMN = np.ones((2, 1))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Standardizer(np.ones(2), COLUMN), ShapeError, r"mean must have shape \(I, 1\)"),
        (lambda: Standardizer(COLUMN, np.ones((2, 2))), ShapeError, r"scale must have shape"),
        (lambda: Standardizer(COLUMN, np.ones((3, 1))), ShapeError, r"\(2, 1\), as mean has"),
        (lambda: Standardizer(COLUMN * np.nan, COLUMN), DataError, "mean must be finite"),
        (lambda: Standardizer(COLUMN, COLUMN * np.inf), DataError, "scale must be finite"),
        (lambda: Standardizer(COLUMN, 0 * COLUMN), DataError, "positive, got 0.0 in row 0"),
        (lambda: Standardizer(COLUMN, -COLUMN), DataError, "scale must be positive, got -1.0"),
        (lambda: Standardizer(COLUMN, COLUMN).apply(np.ones((3, 4))), ShapeError, r"\(2, N\)"),
        (lambda: Standardizer(COLUMN, COLUMN).invert(np.ones(2)), ShapeError, r"got \(2,\)"),
        (lambda: fit_standardizer(np.ones(3)), ShapeError, r"x must have shape \(rows, N\)"),
        (lambda: fit_standardizer(np.ones((2, 0))), DataError, "x is empty"),
        (lambda: fit_standardizer(np.full((1, 2), np.nan)), DataError, "x must be finite"),
        (lambda: fit_standardizer(np.ones((1, 2)), np.ones(3)), ShapeError, "weight must have"),
        (lambda: fit_standardizer(np.ones((1, 2)), np.zeros(2)), DataError, "not be zero"),
    ],
)
def test_what_cannot_be_used_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
