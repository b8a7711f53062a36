"""Points that a function takes together: the same slopes, with few calls."""

import numpy as np
import pytest

from trainwell.diagnosis.gradient_verdict import batched
from trainwell.diagnosis.gradient_verdict.numerical import METHODS, numerical_gradient
from trainwell.errors import ConfigurationError

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(4, 3)), RNG.normal(size=(1, 3))
PARAMS = {"W": RNG.normal(size=(5, 4)), "b": RNG.normal(size=(5, 1)), "v": RNG.normal(size=(1, 5))}


def cost(p):
    return ((p["v"] @ np.tanh(p["W"] @ X + p["b"]) - Y) ** 2).sum(axis=(-1, -2))


def one_by_one(p):
    assert p["W"].ndim == 2
    return cost(p)


def together(p):
    assert p["W"].ndim == 3
    return cost(p)


@pytest.mark.parametrize("method", METHODS)
def test_the_bits_are_those_of_single_points(method):
    alone = numerical_gradient(one_by_one, PARAMS, method=method)
    found = numerical_gradient(together, PARAMS, method=method, vectorized=True)
    for name in PARAMS:
        np.testing.assert_array_equal(found.gradient[name], alone.gradient[name])
        np.testing.assert_array_equal(found.bars[name], alone.bars[name])


def test_there_are_few_calls():
    found = numerical_gradient(together, PARAMS, vectorized=True)
    assert found.calls == 4 + 1  # to compare points, and for all 30 numbers
    assert numerical_gradient(one_by_one, PARAMS).calls == 18 * 30


def test_of_many_numbers_few_are_stacked_at_once(monkeypatch):
    monkeypatch.setattr(batched, "_LARGEST", 300)
    most = []

    def counted(p):
        most.append(len(p["W"]))
        return cost(p)

    found = numerical_gradient(counted, PARAMS, method="central", vectorized=True)
    assert max(most) == 300 // 30
    alone = numerical_gradient(one_by_one, PARAMS, method="central")
    np.testing.assert_array_equal(found.gradient["W"], alone.gradient["W"])


def test_stairs_are_looked_at_further_off_only_where_there_are_some():
    def stairs(p):
        return np.floor(1e3 * p["w"]).sum(axis=-1) + (p["w"] ** 2).sum(axis=-1)

    w = {"w": np.array([0.3003, 1.2, 0.0])}
    alone = numerical_gradient(stairs, w, method="central")
    found = numerical_gradient(stairs, w, method="central", vectorized=True)
    np.testing.assert_array_equal(found.gradient["w"], alone.gradient["w"])
    np.testing.assert_array_equal(found.bars["w"], alone.bars["w"])


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda p: p["W"].sum(), r"array of shape \(3,\), got \(\)"),
        (lambda p: p["W"].sum(axis=(1, 2))[:, None], r"got \(3, 1\)"),
        (lambda p: (p["W"] / len(p["W"])).sum(axis=(1, 2)), "must not mix the points"),
        (lambda p: (p["W"] - p["W"].mean(axis=0)).sum(axis=(1, 2)), "must not mix the points"),
    ],
    ids=["one number", "another shape", "divided by their number", "centred"],
)
def test_what_mixes_points_is_refused(function, said):
    with pytest.raises(ConfigurationError, match=said):
        numerical_gradient(function, PARAMS, vectorized=True)
