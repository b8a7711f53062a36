"""One look at another point confirms both: the tape here, and the gradient there."""

from functools import partial

import numpy as np
import pytest

from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.other_points import confirmed_elsewhere
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradients import check_gradients

RNG = np.random.default_rng(5)
X, Y = RNG.normal(size=(3, 9)), RNG.normal(size=9)
W = RNG.normal(size=3)


def cost(w, x, y):
    """Return the mean square of an error that is bent."""
    return np.mean((np.tanh(w @ x) - y) ** 2)


def grad(w, x, y, factor=1.0):
    """Return its gradient; the factor is a bug."""
    a = np.tanh(w @ x)
    return factor * 2 * x @ ((a - y) * (1 - a**2)) / y.size


def look(backward=grad, here=None, there=cost, points=2, directions=2, w=W):
    """Return what is known of a gradient whose reference at the given point is ``here``."""
    calls = Calls(there, backward, Parameters.of(w), (X, Y))
    given = {"theta": np.asarray(backward(w, X, Y) if backward else grad(w, X, Y))}
    reference = {"theta": given["theta"] if here is None else here}
    rng = np.random.default_rng(0)
    return confirmed_elsewhere(calls, given, None, rng, points, directions, reference)


def test_a_right_gradient_is_confirmed_where_it_was_not_recorded():
    anchor = look()
    assert anchor is not None
    assert anchor.confirmed
    assert (anchor.directions, anchor.method) == (1, "complex")
    assert anchor.disagreement < 1e-13
    assert anchor.miss_probability < 1e-6
    calls, given = anchor.elsewhere
    there = calls.parameters.arrays["theta"]
    assert np.abs(there - W).max() > 0.1
    np.testing.assert_allclose(given["theta"], grad(there, *calls.data), rtol=1e-12)


@pytest.mark.parametrize("factor", [2.0, 1 + 1e-6, 1 - 1e-11, -1.0, 0.0])
def test_what_tape_and_gradient_have_wrong_alike_is_not_confirmed(factor):
    assert look(partial(grad, factor=factor)) is None


@pytest.mark.parametrize("off", [1e-9, 1e-3, np.nan, np.inf])
def test_a_gradient_that_is_not_the_tapes_takes_the_long_way(off):
    assert look(here=grad(W, X, Y) * (1 + off)) is None


@pytest.mark.parametrize(
    "settings",
    [
        {"backward": None},
        {"points": 1},
        {"directions": 3},
        {"w": np.array([1e-9, 1.0, 2.0])},
        {"there": lambda w, x, y: float(cost(w, x, y))},
        {"there": lambda w, x, y: cost(w, x, y) + (0 if w[0] == W[0] else np.nan)},
        {"backward": lambda w, x, y: grad(w, x, y).astype(np.float32)},
        {"backward": lambda w, x, y: grad(w, x, y)[: 3 if w[0] == W[0] else 2]},
        {"backward": lambda w, x, y: 1 / 0 if w[0] != W[0] else grad(w, x, y)},
    ],
    ids=[
        "no backward pass",
        "one point",
        "many directions",
        "numbers of very different size",
        "no complex numbers",
        "not finite there",
        "narrow gradient",
        "other shape there",
        "no gradient there",
    ],
)
def test_whatever_needs_a_longer_look_is_left_to_it(settings):
    assert look(**settings) is None


def test_the_report_says_where_it_was_confirmed():
    report = check_gradients(cost, grad, W, (X, Y))
    assert report.ok
    assert report.elsewhere
    assert report.as_dict()["elsewhere"] is True
    assert "and at another point with the untouched function along 1 random" in str(report)
    here = check_gradients(cost, grad, W, (X, Y), points=1)
    assert here.ok
    assert not here.elsewhere
    assert "confirmed on the untouched function along 1 random direction" in str(here)


def of_rectifier(p, x, y):
    """Return the mean square of an error behind a rectifier."""
    return np.mean((np.maximum(p["w"] @ x + p["b"], 0) + p["c"] - y) ** 2)


def slopes(p, x, y, *, masked):
    """Return its gradient; the mask may be missing."""
    z = p["w"] @ x + p["b"]
    error = 2 * (np.maximum(z, 0) + p["c"] - y) / y.size
    behind = error * (z > 0) if masked else error
    return {"dw": x @ behind, "db": behind.sum(), "dc": error.sum()}


POSITIVE = (np.abs(X) + 0.1, Y)
ALL_ON = {"w": np.array([1.0, 2.0, -0.01]), "b": np.array(0.2), "c": np.array(-0.3)}
KEPT_ON = {"w": np.array([0.1, -0.1, 0.1]), "b": np.array(5.0), "c": np.array(0.4)}


@pytest.mark.parametrize(
    ("params", "method"), [(ALL_ON, "auto"), (KEPT_ON, "auto"), (ALL_ON, "complex")]
)
def test_a_mask_that_is_missing_where_all_is_on_shows_elsewhere(params, method):
    """A bias that is large and positive stays so where the signs are others, if it may."""
    right, wrong = partial(slopes, masked=True), partial(slopes, masked=False)
    assert check_gradients(of_rectifier, right, params, POSITIVE, method=method).ok
    alone = check_gradients(of_rectifier, wrong, params, POSITIVE, method=method, points=1)
    assert alone.ok
    report = check_gradients(of_rectifier, wrong, params, POSITIVE, method=method)
    assert report.verdict == "FAIL"
    assert any("wrong at another one" in reason for reason in report.reasons)


def test_a_third_point_is_not_looked_at_if_nothing_is_hidden():
    """Also where a complex step shows nothing, and another recording has to."""
    calls = []

    def rough(w, x, y):
        calls.append(type(w))
        return np.mean(np.abs(w @ x - y))

    def backward(w, x, y):
        return x @ np.sign(w @ x - y) / y.size

    recorded = []
    for points in (2, 3, 4):
        calls.clear()
        report = check_gradients(rough, backward, W, (X, Y), points=points)
        assert report.ok
        assert not report.elsewhere
        recorded.append(len(calls))
    assert len({*recorded}) == 1
