"""The forward pass that is run once for many backward passes."""

import numpy as np
import pytest

from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.parameters import Parameters, given_gradient
from trainwell.diagnosis.gradients.forward_once import forward_once
from trainwell.randomness import generator

RNG = generator(0, "a forward pass that is run once")
POINT = Parameters.of({"w": RNG.normal(size=(4, 3))})
DATA = (RNG.normal(size=(5, 4)),)
KEPT = {}
COUNT = [0]


def plain(p, x):
    COUNT[0] += 1
    a = np.tanh(x @ p["w"])
    return np.sum(a**2), {"a": a, "layers": [(x, 2.0), None]}


def backward(p, x, cache):
    a = cache["a"]
    return {"w": x.T @ (2 * a * (1 - a**2)) + 0 * p["w"]}


def elsewhere(p, x):
    cost, cache = plain(p, x)
    KEPT["a"] = cache["a"]
    return cost, 1.0


def from_elsewhere(p, x, _):
    return backward(p, x, KEPT)


def with_views(p, x):
    cost, cache = plain(p, x)
    return cost, {**cache, "turned": cache["a"].T}


def at_random(p, x):
    cost, cache = plain(p, x)
    return cost, {**cache, "noise": np.random.rand(3)}


def as_object(p, x):
    cost, cache = plain(p, x)
    return cost, {**cache, "net": type("Net", (), {})()}


def counting(p, x, cache):
    KEPT["calls"] = KEPT.get("calls", 0) + 1
    return {"w": KEPT["calls"] * backward(p, x, cache)["w"]}


def writing(p, x, cache):
    cache["a"] *= 1 - cache["a"] ** 2
    return {"w": np.zeros_like(p["w"]) + 2 * x.T @ cache["a"]}


def failing(p, x, cache):
    if KEPT.pop("first", False):
        return backward(p, x, cache)
    raise ValueError


def once(cost, grad):
    """Return the user's functions, a forward pass for them, and the gradients after one."""
    KEPT.clear()
    KEPT["first"] = True
    calls = Calls(cost, grad, POINT, DATA)

    def gradients(forward):
        return given_gradient(calls.gradients(forward()[1]), POINT, "{}")

    return calls, forward_once(calls, gradients), gradients


@pytest.mark.parametrize("grad", [backward, writing])
def test_what_is_kept_gives_the_gradients_of_a_pass_of_its_own(grad):
    calls, forward, gradients = once(plain, grad)
    right = gradients(calls.value)["w"]
    COUNT[0] = 0
    for _ in range(3):
        np.testing.assert_array_equal(gradients(forward)["w"], right)
    assert COUNT[0] == 0


@pytest.mark.parametrize(
    ("cost", "grad"),
    [
        pytest.param(elsewhere, from_elsewhere, id="kept elsewhere"),
        pytest.param(with_views, backward, id="views"),
        pytest.param(at_random, backward, id="random draws"),
        pytest.param(as_object, backward, id="objects"),
        pytest.param(plain, counting, id="a pass that leaves something"),
        pytest.param(plain, failing, id="a pass that fails"),
    ],
)
def test_where_it_makes_a_difference_each_pass_is_run(cost, grad):
    calls, forward, _ = once(cost, grad)
    assert forward == calls.value


def test_what_a_forward_pass_leaves_is_that_of_the_point():
    calls, _, gradients = once(elsewhere, from_elsewhere)
    left = KEPT["a"]
    calls.value()
    np.testing.assert_array_equal(KEPT["a"], left)
    assert np.any(gradients(calls.value)["w"])


def shared_arrays(p, x):
    cost, cache = plain(p, x)
    turned = np.asfortranarray(x)
    return cost, {**cache, "b": turned, "c": [turned, 2.0], "d": (None, "text")}


def test_copies_keep_what_is_one_thing_and_its_order():
    calls, forward, _ = once(shared_arrays, backward)
    assert forward != calls.value
    one, other = forward()[1], forward()[1]
    assert one["b"] is one["c"][0]
    assert one["b"] is not other["b"]
    assert one["b"].flags.f_contiguous
    assert one["d"] == (None, "text")
