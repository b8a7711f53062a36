"""Random costs are checked with the same draws each time, and no generator is moved."""

import os
import pickle
import random

import numpy as np
import pytest
from checked_regressor import NET, TANH, X, Y, doubled, told

from trainwell.diagnosis.gradient_verdict.calls import Generators
from trainwell.diagnosis.gradients import check_gradients


def dropout_network(mask_of, *names):
    """Return cost and gradient of a network with dropout; generators come behind the data."""

    def cost(p, x, y, *generators):
        t = np.tanh(p["W1"] @ x + p["b1"])
        mask = mask_of(t.shape, *generators)
        a = t * mask / 0.7
        out = p["W2"] @ a + p["b2"]
        return np.mean((out - y) ** 2) / 2, (t, mask, a, out)

    def slopes(p, x, y, cache):
        t, mask, a, out = cache
        d2 = (out - y) / y.size
        d1 = (p["W2"].T @ d2) * mask / 0.7 * (1 - t**2)
        return {
            "dW1": d1 @ x.T,
            "db1": d1.sum(axis=1, keepdims=True),
            "dW2": d2 @ a.T,
            "db2": d2.sum(axis=1, keepdims=True),
        }

    def with_a_generator(p, x, y, generator, cache):  # noqa: ARG001
        return slopes(p, x, y, cache)

    return cost, with_a_generator if names else slopes


def seeded_inside(shape):
    np.random.seed(4)
    return np.random.rand(*shape) < 0.7


def from_a_generator(shape, rng):
    return rng.random(shape) < 0.7


def from_the_global_state(shape):
    return np.random.rand(*shape) < 0.7


def from_python(shape):
    return np.reshape([random.gauss(0, 1) < 0.5 for _ in range(int(np.prod(shape)))], shape)


GLOBAL = np.random.default_rng(5)


MASKS = {
    "seeded inside": (seeded_inside, ()),
    "generator": (from_a_generator, (np.random.default_rng(5),)),
    "legacy generator": (lambda shape, rng: rng.rand(*shape) < 0.7, (np.random.RandomState(5),)),
    "global state": (from_the_global_state, ()),
    "Python's": (from_python, ()),
}


def states(*generators):
    held = [np.random.get_state(), random.getstate()]
    held += [pickle.dumps(generator) for generator in (GLOBAL, *generators)]
    return pickle.dumps(held)


@pytest.mark.parametrize("name", MASKS)
def test_dropout_is_checked_as_it_is_and_nothing_is_left_changed(name):
    mask_of, generators = MASKS[name]
    cost, grad = dropout_network(mask_of, *generators)
    params = {key: array.copy() for key, array in NET.items()}
    data = (X.copy(), Y.copy(), *generators)
    before = states(*generators), pickle.dumps(params), pickle.dumps(data[:2])
    report = check_gradients(cost, grad, params, data)
    assert report.ok, str(report)
    report = check_gradients(cost, doubled(grad), params, data)
    assert report.verdict == "FAIL"
    assert before == (states(*generators), pickle.dumps(params), pickle.dumps(data[:2]))


def test_a_number_that_a_generator_keeps_is_put_back():
    np.random.seed(3)
    np.random.randn()  # the second of a pair is kept for the next call
    before = states()
    generators = Generators([])
    np.random.randn()
    generators.restore()
    assert states() == before


def test_a_mask_that_is_kept_from_the_first_call_is_found():
    kept = []

    def masked_once(p, x, y):
        J, (t, mask, a, out) = cost(p, x, y)
        kept.append(mask)
        return J, (t, kept[0], a, out)

    cost, grad = dropout_network(from_the_global_state)
    assert check_gradients(masked_once, grad, NET, (X, Y), points=1).ok
    kept.clear()
    report = check_gradients(masked_once, grad, NET, (X, Y), diagnose=False)
    assert report.verdict == "FAIL"


def test_generators_are_as_before_even_if_the_function_breaks():
    def breaks(p):
        np.random.rand(3)
        if p["w"].sum() > 0:
            raise KeyError("a")
        return 0.0

    before = states()
    with pytest.raises(KeyError):
        check_gradients(breaks, lambda p: {"dw": p["w"]}, {"w": np.ones(2)})
    assert states() == before


def test_generators_among_the_names_of_a_module_are_found():
    def cost(p, x, y):
        J, cache = TANH[0](p, x, y)
        noise = GLOBAL.normal(size=p["b2"].shape)
        return J + np.sum(noise * p["b2"]), (*cache, noise)

    def slope(p, x, y, cache):
        found = TANH[1](p, x, y, cache[:3])
        return found | {"db2": found["db2"] + cache[3]}

    before = states()
    assert check_gradients(cost, slope, NET, (X, Y)).ok
    assert states() == before


def test_a_generator_out_of_sight_is_undecided_and_not_wrong():
    def hidden():
        def draw(shape):
            return GLOBAL.random(shape) < 0.7

        return draw

    report = check_gradients(*dropout_network(hidden()), NET, (X, Y))
    assert report.ok or (report.verdict == "UNDECIDED" and told(report, "pass the generator"))


def test_generators_in_a_closure_are_found():
    rng = np.random.default_rng(6)
    before = pickle.dumps(rng)

    def outer(p, x, y):
        noise = rng.normal(size=p["b2"].shape)
        J, cache = TANH[0](p, x, y)
        return J + np.sum(noise * p["b2"]), (*cache, noise)

    def slope(p, x, y, cache):
        found = TANH[1](p, x, y, cache[:3])
        return found | {"db2": found["db2"] + cache[3]}

    assert check_gradients(outer, slope, NET, (X, Y)).ok
    assert pickle.dumps(rng) == before


@pytest.mark.parametrize("points", [1, 3])
def test_a_cost_that_is_really_random_is_undecided(points):
    def noisy(p, x, y):
        J, cache = TANH[0](p, x, y)
        return J + 1e-3 * int.from_bytes(os.urandom(4), "big") / 2**32, cache

    report = check_gradients(noisy, TANH[1], NET, (X, Y), points=points)
    assert report.verdict == "UNDECIDED"
    assert told(report, "not the same each time")
    assert all(found.status.name == "UNDECIDED" for found in report.arrays.values())
    assert "could not be judged" in str(report).splitlines()[0]
    assert report.findings == ()
    assert report.to_json()
    with pytest.raises(AssertionError, match="UNDECIDED"):
        report.raise_if_failed()


def test_a_cost_whose_slope_is_really_random_is_undecided():
    def noisy(p, x, y):
        J, cache = TANH[0](p, x, y)
        noise = np.frombuffer(os.urandom(4 * 4), np.uint32)[:, None] / 2**32
        return J + np.sum(noise * p["b1"]), cache

    report = check_gradients(noisy, TANH[1], NET, (X, Y))
    assert report.verdict == "UNDECIDED", str(report)
