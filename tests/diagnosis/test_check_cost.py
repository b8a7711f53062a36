"""What a check of gradients costs: how often it calls the functions, and with which numbers."""

# ruff: noqa: ARG005 - what these functions take is all that matters of them

from functools import partial, wraps
from inspect import signature
from time import sleep

import numpy as np
import pytest

from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.comparison import length, peak_of
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradient_verdict.points import mirrored
from trainwell.diagnosis.gradients import check_gradients
from trainwell.errors import ConfigurationError

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(3, 9)), (RNG.random((1, 9)) < 0.5).astype(float)
NET = {
    "W1": RNG.normal(size=(4, 3)),
    "b1": 0.3 * RNG.normal(size=(4, 1)),
    "W2": RNG.normal(size=(1, 4)),
    "b2": 0.3 * RNG.normal(size=(1, 1)),
}
WIDE = 2600
LARGE = {
    "W1": RNG.normal(size=(WIDE, 3)),
    "b1": 0.3 * RNG.normal(size=(WIDE, 1)),
    "W2": RNG.normal(size=(1, WIDE)) / np.sqrt(WIDE),
    "b2": np.array([[0.2]]),
}


def network(called=None, masked=True, factor=1.0):
    """Return cost and gradient of a network of rectifiers; the kinds of numbers are noted."""
    noted = [] if called is None else called

    def cost(p, x, y):
        noted.append(("cost", type(p["W1"]).__name__, p["W1"].dtype))
        z = p["W1"] @ x + p["b1"]
        a = np.maximum(z, 0)
        out = p["W2"] @ a + p["b2"]
        return np.sum((out - y) ** 2) / (2 * x.shape[1]), (z, a, out)

    def grad(p, x, y, cache):
        noted.append(("grad", type(p["W1"]).__name__, p["W1"].dtype))
        z, a, out = cache
        d2 = (out - y) / x.shape[1]
        d1 = (p["W2"].T @ d2) * ((z > 0) if masked else 1.0)
        return {
            "dW1": factor * d1 @ x.T,
            "db1": d1.sum(axis=1, keepdims=True),
            "dW2": d2 @ a.T,
            "db2": d2.sum(axis=1, keepdims=True),
        }

    return cost, grad


def count(called, name, kind="f", size=8):
    return sum(
        who == name and what == "ndarray" and dtype.kind == kind and dtype.itemsize == size
        for who, what, dtype in called
    )


@pytest.mark.parametrize("params", [NET, LARGE])
def test_a_right_gradient_takes_four_forward_and_three_backward_passes(params):
    called = []
    report = check_gradients(*network(called), params, (X, Y))
    assert report.ok, str(report)
    assert report.directions == 1
    assert count(called, "cost") == 2
    assert count(called, "grad") == 3
    assert count(called, "cost", "c", 16) == 1
    assert len(called) == 7  # and the recorded one


def test_what_the_other_point_shows_takes_no_third_one():
    called = []
    one_off = NET | {"b1": NET["b1"] - 9 * np.eye(4)[:, :1]}
    report = check_gradients(*network(called), one_off, (X, Y))
    assert report.ok
    assert any("checked at other points" in reason for reason in report.reasons)
    assert len(called) == 7


def test_one_point_takes_less():
    called = []
    assert check_gradients(*network(called), NET, (X, Y), points=1).ok
    assert (count(called, "cost"), count(called, "grad")) == (2, 2)
    assert count(called, "cost", "c", 16) == 1


def test_what_rounding_cannot_explain_takes_no_long_doubles():
    called = []
    report = check_gradients(*network(called, factor=2.0), NET, (X, Y))
    assert report.verdict == "FAIL"
    assert report.findings[0].factor == 2.0
    assert count(called, "grad", size=4) == 1
    assert count(called, "grad", size=np.dtype(np.longdouble).itemsize) == 0


def test_forward_equivalents_are_those_of_double_precision():
    cost, grad = network(factor=2.0)

    def hurried(p, x, y):
        if p["W1"].dtype != np.float32:
            sleep(0.02)
        return cost(p, x, y)

    report = check_gradients(hurried, grad, NET, (X, Y))
    assert report.verdict == "FAIL"
    assert report.forward_equivalents <= report.seconds / 0.02


def saturated(kind):
    """Return a right gradient whose cost takes 1 - a of an a that is almost 1."""

    def cost(p, x, y):
        z = p["w"] @ x
        a = 1 / (1 + np.exp(-z))
        return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a)), a

    def grad(_p, x, y, cache):
        d = (cache - y) / y.size
        return {"dw": d @ x.T}

    x = np.array([[4, -3, 2, 5], [1, 2, -2, 1]]).astype(kind)
    return cost, grad, {"w": np.array([[6.3, 1.7]])}, (x, np.array([[0, 0, 1, 1]]).astype(kind))


@pytest.mark.skipif(
    np.finfo(np.longdouble).eps >= np.finfo(float).eps, reason="there are no longer numbers"
)
@pytest.mark.parametrize("kind", [float, int])  # integers are exact in single precision, too
def test_rounding_is_excused_where_the_cost_is_ill_conditioned(kind):
    report = check_gradients(*saturated(kind))
    assert report["w"].error > 1e-6
    assert report.ok, str(report)
    assert any("in longer arithmetic both agree" in reason for reason in report.reasons)


def test_a_mistake_in_an_ill_conditioned_cost_is_a_mistake():
    cost, grad, params, data = saturated(float)

    def wrong(p, x, y, cache):
        return {"dw": 1.5 * grad(p, x, y, cache)["dw"]}

    assert check_gradients(cost, wrong, params, data).verdict == "FAIL"


def test_in_a_large_network_a_bug_that_shows_only_elsewhere_is_found():
    signs = np.array([[1.0, 1.0, -0.01]])  # what is positive everywhere would stay so
    on = LARGE | {"W1": signs * (np.abs(LARGE["W1"]) + 0.1), "b1": 0.01 * np.abs(LARGE["b1"])}
    on["b1"][0] = -0.001
    data = (np.abs(X) + 0.1, Y)
    assert check_gradients(*network(), on, data).ok
    assert check_gradients(*network(masked=False), on, data, points=1).ok
    report = check_gradients(*network(masked=False), on, data)
    assert report.verdict == "FAIL"
    assert any("wrong at another one" in reason for reason in report.reasons)


@pytest.mark.parametrize("measured", [True, False])
def test_labels_are_told_from_measured_numbers_that_begin_like_them(measured):
    data = np.arange(200.0)
    data[-1] += 0.5 * measured
    calls = Calls(lambda w, x: w * x.sum(), None, Parameters.of(np.ones(3)), (data,))
    moved = mirrored(calls, np.random.default_rng(0)).data[0]
    assert (moved[1:] > data[1:]).all() == measured


@pytest.mark.parametrize("size", [5, 5000])
def test_the_peak_is_the_largest_size_and_shows_what_is_not_finite(size):
    array = np.linspace(-3, 2, size)
    assert peak_of(array) == 3
    assert peak_of(-array) == 3
    assert length(array) == pytest.approx(np.linalg.norm(array), rel=1e-14)
    for strange in (np.nan, np.inf, -np.inf):
        array[size // 2] = strange
        assert not np.isfinite(peak_of(array))
        assert not np.isfinite(length(array))


def test_lengths_neither_overflow_nor_vanish():
    for unit in (1e-200, 1e-160, 1.0, 1e160, 1e200):
        assert length(unit * np.array([3.0, 4.0])) == pytest.approx(5 * unit, rel=1e-14)
    assert length(np.zeros(3)) == 0


class Layers:
    def bare(self, p, x, y):
        """Take no cache."""

    def cached(self, p, x, y, cache):
        """Take one."""

    def __call__(self, p, x, y, cache):
        """Take one, too."""


@wraps(lambda p, x, y: None)
def wrapping(*anything):
    return anything


FUNCTIONS = {
    "no cache": (lambda p, x, y: None, (0, 0)),
    "a cache": (lambda p, x, y, cache: None, (1, 1)),
    "by another name": (lambda p, x, y, c: None, (1, 1)),
    "with a default": (lambda p, x, y, cache=None: None, "by name"),
    "a setting": (lambda p, x, y, lambd=0.1: None, (0, 0)),
    "a setting and a cache": (lambda p, x, y, lambd=0.1, cache=None: None, "by name"),
    "a keyword": (lambda p, x, y, *, cache: None, (0, 0)),
    "several things": (lambda p, x, y, z, a: None, (2, 2)),
    "several things and more": (lambda p, x, y, z, *rest: None, (1, np.inf)),
    "one that may be left out": (lambda p, x, y, z, a=None, lambd=0.1: None, (1, 2)),
    "several things by partial": (partial(lambda lambd, p, x, y, z, a: None, 0.1), (2, 2)),
    "anything": (lambda p, x, *rest: None, (0, np.inf)),
    "partial": (partial(lambda lambd, p, x, y: None, 0.1), (0, 0)),
    "partial with a cache": (partial(lambda lambd, p, x, y, cache: None, 0.1), (1, 1)),
    "a method": (Layers().bare, (0, 0)),
    "a method with a cache": (Layers().cached, (1, 1)),
    "an object": (Layers(), (1, 1)),
    "wrapped": (wrapping, (0, 0)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_a_function_takes_of_what_is_kept_is_seen_from_its_signature(name):
    function, wanted = FUNCTIONS[name]
    calls = Calls(function, function, Parameters.of(NET), (X, Y))
    assert calls.wanted.by_name == (wanted == "by name")
    if wanted != "by name":
        assert calls.wanted[:2] == wanted


def kept(p, x):
    """Return J and two things."""
    return np.sum(p["w"] * x), x, p["w"]


TAKING = {
    "each": lambda p, x, a, b: (a, b),
    "rest": lambda p, x, *rest: rest,
    "one and rest": lambda p, x, a, *rest: (a, *rest),
    "optional": lambda p, x, a, b=None: (a, b),
    "all as one": lambda p, x, cache: cache,
    "all as one, and a setting": lambda p, x, a, lambd=0.1: a,
    "all as one, and another": lambda p, x, cache, b=None: cache,
    "by name": lambda p, x, lambd=0.1, cache=None: cache,
}


@pytest.mark.parametrize("way", TAKING)
def test_as_much_is_taken_as_is_kept(way):
    def grad(p, x, *more, **named):
        a, b = TAKING[way](p, x, *more, **named)
        return {"dw": a + 0 * b}

    grad.__signature__ = signature(TAKING[way])
    params, x = {"w": np.array([1.0, 2.0])}, np.array([0.5, -1.0])
    assert check_gradients(kept, grad, params, (x,)).ok
    given = lambda p, x: (kept(p, x)[0], kept(p, x)[1:])  # noqa: E731
    if way in ("each", "all as one", "by name"):
        assert check_gradients(given, grad, params, (x,)).ok


def test_more_than_is_kept_is_not_taken():
    def greedy(_, x, a, b, most):
        return {"dw": a + 0 * b + 0 * most + 0 * x}

    params, x = {"w": np.array([1.0, 2.0])}, np.array([0.5, -1.0])
    with pytest.raises(ConfigurationError) as caught:
        check_gradients(kept, greedy, params, (x,))
    assert str(caught.value) == (
        "check_gradients: `grad` takes a, b, most behind the data, and `cost` returns 2 behind J"
    )
    with pytest.raises(ConfigurationError, match="returns 1 behind J"):
        check_gradients(lambda p, x: kept(p, x)[:2], greedy, params, (x,))
