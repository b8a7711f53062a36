"""What the user's objects keep from call to call is as an ordinary call leaves it."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from trainwell.diagnosis.gradient_tape.recorder import is_traced
from trainwell.diagnosis.gradient_verdict.leftovers import as_before
from trainwell.diagnosis.gradients import check_gradients

RNG = np.random.default_rng(11)
X, Y = RNG.normal(size=(3, 8)), RNG.normal(size=(1, 8))
P = {"W": RNG.normal(size=(1, 3))}


def value(p, x, y):
    a = np.tanh(p["W"] @ x)
    return a, np.mean((a - y) ** 2)


def slope(x, y, a, factor=2.0):
    return {"dW": (factor / y.size * (a - y) * (1 - a * a)) @ x.T}


class Net:
    """Keeps everything, everywhere."""

    classwide = None

    def __init__(self, factor):
        self.factor = factor
        self.cache, self.history, self.nested = {}, [], {"layers": [{}]}

    def cost(self, p, x, y):
        a, j = value(p, x, y)
        self.cache["a"] = a
        self.history.append(j)
        self.nested["layers"][0]["z"] = a
        self.both = (a, "activation")
        Net.classwide = a
        return j

    def grad(self, p, x, y):
        self.dW = slope(x, y, self.cache["a"], self.factor)["dW"]
        return {"dW": self.dW}

    def kept(self):
        return [
            *self.cache.values(),
            *self.history,
            self.nested["layers"][0]["z"],
            self.both[0],
            Net.classwide,
            self.dW,
        ]


@pytest.mark.parametrize("factor", [2.0, 4.0])
@pytest.mark.parametrize("method", ["auto", "trace", "central"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_network_of_a_class_keeps_plain_arrays(factor, method, wrapped):
    net = Net(factor)
    cost = partial(net.cost) if wrapped else net.cost
    report = check_gradients(cost, net.grad, P, (X, Y), method=method)
    assert report.verdict == ("PASS" if factor == 2 else "FAIL")
    assert not any(map(is_traced, net.kept()))
    assert all(type(kept) is np.ndarray or np.isscalar(kept) for kept in net.kept())
    if factor == 4.0 and method != "central":  # the backward pass was recorded last
        a, _ = value(P, X, Y)
        np.testing.assert_array_equal(net.cache["a"], a)
        np.testing.assert_array_equal(net.dW, slope(X, Y, a, factor)["dW"])


KEPT = {}
LAST = None


def in_globals(p, x, y):
    global LAST  # noqa: PLW0603 - that is what is tested
    a, j = value(p, x, y)
    KEPT["a"] = LAST = a
    return j


def from_globals(_, x, y):
    return slope(x, y, KEPT["a"], 4.0)


def test_what_functions_keep_in_globals_defaults_attributes_and_cells_is_plain():
    cell = []
    seen = None

    def cost(p, x, y, memory={}):  # noqa: B006 - that is what is tested
        nonlocal seen
        a, _ = value(p, x, y)
        memory["a"] = seen = a
        cell.append(a)
        cost.a = a
        return in_globals(p, x, y)

    report = check_gradients(cost, from_globals, P, (X, Y))
    assert report.verdict == "FAIL"
    (memory,) = cost.__defaults__
    assert not any(map(is_traced, [*KEPT.values(), LAST, *memory.values(), *cell, cost.a, seen]))


def test_plain_arrays_are_kept_where_the_check_is_interrupted_or_refused():
    net = Net(2.0)

    def interrupted(p, x, y):
        net.cost(p, x, y)
        if is_traced(net.cache["a"]):
            raise KeyboardInterrupt
        return 0.0

    with pytest.raises(KeyboardInterrupt):
        check_gradients(interrupted, net.grad, P, (X, Y))
    assert not any(map(is_traced, net.cache.values()))
    assert not any(map(is_traced, net.history))


def test_what_is_not_recorded_is_not_called_again():
    calls = 0

    def cost(p, x, y):
        nonlocal calls
        calls += 1
        return value(p, x, y)[1]

    check_gradients(cost, lambda p, x, y: slope(x, y, value(p, x, y)[0]), P, (X, Y), points=1)
    first, calls = calls, 0
    check_gradients(cost, lambda p, x, y: slope(x, y, value(p, x, y)[0]), P, (X, Y), points=1)
    assert calls == first


def test_what_is_kept_is_as_before():
    net = Net(1.0)
    net.total, net.count, net.steps = np.ones(2), 1, {"seen": [np.zeros(3)]}
    first = net.total
    calls = SimpleNamespace(cost=net.cost, grad=None, data=())
    with as_before(calls):
        net.total += 1.0
        net.total, net.count = net.total + 1.0, net.count + 1
        net.steps["seen"][0][:] = 5.0
    assert net.total is first
    assert np.array_equal(net.total, [1.0, 1.0])
    assert net.count == 1
    assert not np.any(net.steps["seen"][0])


def test_what_cannot_be_written_is_left_alone():
    net = Net(1.0)
    net.total = np.ones(2)
    net.total.flags.writeable = False
    with as_before(SimpleNamespace(cost=net.cost, grad=None, data=())):
        net.total = np.zeros(2)
    assert np.array_equal(net.total, [1.0, 1.0])
