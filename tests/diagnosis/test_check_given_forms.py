"""The forms in which parameters, data and gradients come: lists, names, generators, both."""

import random
import warnings

import numpy as np
import pytest

from trainwell.diagnosis.gradient_localisation.change import is_number
from trainwell.diagnosis.gradients import check_gradients

RNG = np.random.default_rng(4)
X, Y = RNG.normal(size=(6, 3)), RNG.normal(size=6)
W = RNG.normal(size=3)


def cost(w, x, y, decay):
    return np.sum((x @ np.asarray(w) - y) ** 2) + decay * np.sum(np.asarray(w) ** 2)


def grad(w, x, decay, y):
    return 2 * x.T @ (x @ np.asarray(w) - y) + 2 * decay * np.asarray(w)


def squares(p):
    whole = np.concatenate([np.ravel(each) for each in (p.values() if isinstance(p, dict) else p)])
    return np.sum(whole**3)


def of_squares(p):
    whole = np.concatenate([np.ravel(each) for each in (p.values() if isinstance(p, dict) else p)])
    return 3 * whole**2


@pytest.mark.parametrize(
    "params",
    [[0.4, -1.2, 0.7], (0.4, 2.0), {"a": np.ones((2, 2)), "b": 0.3}, [np.ones(2), [0.1, 0.2]]],
    ids=["list", "tuple", "dictionary", "nested"],
)
def test_one_array_may_hold_all_gradients(params):
    assert check_gradients(squares, of_squares, params).verdict == "PASS"
    report = check_gradients(squares, lambda p: of_squares(p)[::-1], params)
    assert report.verdict == "FAIL"
    short = check_gradients(squares, lambda p: of_squares(p)[1:], params, diagnose=False)
    assert {array.status.name for array in short.arrays.values()} <= {"MISSING", "SHAPE"}


def test_an_array_of_rows_holds_those_of_lists_of_numbers():
    def total(p):
        return np.sum(np.array(p) ** 2)

    params = [[1.0, 2.0], [3.0, 4.0]]
    assert check_gradients(total, lambda p: 2 * np.array(p), params).verdict == "PASS"


def test_data_by_name_go_where_each_function_has_them():
    data = {"y": Y, "x": X, "decay": 0.3}
    assert check_gradients(cost, grad, W, data).verdict == "PASS"


def test_data_by_name_may_be_keywords_and_not_all_of_them():
    def total(w, *, x, y, scale=1.0):
        return scale * np.sum((x @ w - y) ** 2), x @ w - y

    def slope(w, cache, *, x):
        return 2 * x.T @ cache + 0 * w

    assert check_gradients(total, slope, W, {"x": X, "y": Y}).verdict == "PASS"


def test_a_dictionary_whose_keys_are_no_arguments_is_one_of_the_data():
    def total(w, batch):
        return np.sum((batch["x"] @ w) ** 2)

    def slope(w, batch):
        return 2 * batch["x"].T @ (batch["x"] @ w)

    assert check_gradients(total, slope, W, {"x": X, "z": Y}).verdict == "PASS"


def test_a_cost_may_return_its_gradient():
    def both(w, x, y):
        r = x @ w - y
        return 0.5 * r @ r, x.T @ r

    def three(p):
        return np.sum(p["a"] ** 2) + np.sum(p["b"]), {"da": 2 * p["a"], "db": np.ones(2)}

    assert check_gradients(both, both, W, (X, Y)).verdict == "PASS"
    assert check_gradients(three, three, {"a": np.ones(3), "b": np.zeros(2)}).verdict == "PASS"


@pytest.mark.parametrize("kind", [np.random.default_rng, np.random.RandomState, random.Random])
def test_a_generator_among_the_data_draws_the_same_in_both_passes(kind):
    def noise(generator):
        if isinstance(generator, random.Random):
            return np.array([generator.gauss(0, 1) for _ in range(3)])
        return generator.normal(size=3)

    def total(w, generator):
        return np.sum((w * noise(generator)) ** 2)

    def slope(w, generator):
        return 2 * w * noise(generator) ** 2

    own = kind(7)
    expected = noise(kind(7))
    assert check_gradients(total, slope, W, (own,)).verdict == "PASS"
    np.testing.assert_array_equal(noise(own), expected)


@pytest.mark.parametrize("narrow", [True, False])
def test_a_gradient_may_be_as_narrow_as_its_parameter(narrow):
    def slope(w, x, y):
        g = np.empty(w.shape, dtype=np.float32)
        g[:] = 2 * x.T @ (x @ w - y)
        return g

    def total(w, x, y):
        return np.sum((x @ w - y) ** 2)

    params = W.astype(np.float32) if narrow else W
    report = check_gradients(total, slope, params, (X, Y), diagnose=False)
    assert report.verdict == ("PASS" if narrow else "FAIL")


def test_dates_are_no_numbers_and_complex_ones_lose_nothing():
    assert not is_number(np.timedelta64(3, "D"))
    assert not is_number(np.datetime64("2020-01-01"))
    assert not is_number(np.str_("a"))
    assert not is_number(np.complex128(1j))
    assert is_number(np.float32(2))
    days = np.array(["2020-01-01", "2020-01-04", "2020-01-09"], dtype="datetime64[D]")

    def total(w):
        t = (days - days[0]) / np.timedelta64(1, "D")
        z = np.exp(1j * w[0]) * w[1]
        return np.sum((w[0] * t - w[1]) ** 2) + np.abs(z) ** 2

    def slope(w):
        t = (days - days[0]) / np.timedelta64(1, "D")
        r = w[0] * t - w[1]
        z = np.exp(1j * w[0]) * w[1]
        return np.array([r @ t, -2 * np.sum(r) + 2 * np.real(z * np.conj(z)) / w[1]])

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert check_gradients(total, slope, np.array([0.3, 0.8])).verdict == "FAIL"
