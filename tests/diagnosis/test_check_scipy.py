"""Costs that are written with ``scipy.special`` are followed by the tape, bugs by their line."""

from threading import Thread

import numpy as np
import pytest
from checked_regressor import RNG
from scipy import special
from scipy.special import expit, log_softmax, logsumexp, ndtr, softmax, xlogy

from trainwell.diagnosis.gradient_tape.recorded_numpy import recorded_numpy
from trainwell.diagnosis.gradient_tape.recorder import Recorder, is_traced
from trainwell.diagnosis.gradients import check_gradients

X, LABELS = RNG.normal(size=(4, 30)), RNG.integers(3, size=30)
ONE_HOT = np.eye(3)[:, LABELS]
NET = {"W1": RNG.normal(size=(5, 4)), "W2": RNG.normal(size=(3, 5))}


def gelu(z):
    return z * ndtr(z)


def slope(z):
    return ndtr(z) + z * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


def slope_without_density(z):
    return ndtr(z)


def by_softmax(p, x, y):
    a = softmax(p["W2"] @ gelu(p["W1"] @ x), axis=0)
    return -np.sum(xlogy(y, a)) / y.shape[1]


def by_log_softmax(p, x, y):
    return -np.sum(y * log_softmax(p["W2"] @ gelu(p["W1"] @ x), axis=0)) / y.shape[1]


def by_logsumexp(p, x, y):
    z = p["W2"] @ gelu(p["W1"] @ x)
    return np.mean(logsumexp(z, axis=0) - np.sum(y * z, axis=0))


def backward(derivative):
    def grad(p, x, y):
        z = p["W1"] @ x
        a = gelu(z)
        dz2 = (softmax(p["W2"] @ a, axis=0) - y) / y.shape[1]
        dz1 = (p["W2"].T @ dz2) * derivative(z)
        return {"dW1": dz1 @ x.T, "dW2": dz2 @ a.T}

    return grad


@pytest.mark.parametrize("cost", [by_softmax, by_log_softmax, by_logsumexp])
def test_costs_of_scipys_functions_have_a_tape(cost):
    report = check_gradients(cost, backward(slope), NET, (X, ONE_HOT))
    assert report.ok, str(report)
    assert (report.method, report.note) == ("trace", "")
    report = check_gradients(cost, backward(slope_without_density), NET, (X, ONE_HOT))
    assert report.verdict == "FAIL"
    (finding,) = report.findings
    assert finding.statement.text == "return ndtr(z)"


def robust(p, x, y):
    rest = (p["w"] @ x - y).ravel()
    return np.sum(special.huber(p["delta"], rest) + special.pseudo_huber(p["delta"], rest))


def robust_slopes(p, x, y):
    rest, delta = (p["w"] @ x - y).ravel(), p["delta"]
    root = np.sqrt(1 + (rest / delta) ** 2)
    beyond = np.maximum(np.abs(rest) - delta, 0)
    dr = np.clip(rest, -delta, delta) + rest / root
    return {
        "dw": (x @ dr)[None, :],
        "ddelta": np.array([np.sum(beyond + 2 * delta * (root - 1) - rest**2 / (delta * root))]),
    }


def test_the_threshold_of_a_robust_loss_is_a_parameter_as_any():
    p = {"w": RNG.normal(size=(1, 4)), "delta": np.array([0.7])}
    report = check_gradients(robust, robust_slopes, p, (X, RNG.normal(size=(1, 30))))
    assert report.ok, str(report)
    assert report.method == "trace"


def test_what_the_rules_do_not_know_is_checked_in_another_way():
    def cost(p):
        value, sign = logsumexp(p["w"], b=np.array([1.0, -0.2, 2.0]), return_sign=True)
        return value * sign

    def grad(p):
        parts = np.array([1.0, -0.2, 2.0]) * np.exp(p["w"])
        return {"dw": parts / parts.sum()}

    report = check_gradients(cost, grad, {"w": RNG.normal(size=3)})
    assert report.ok, str(report)
    assert report.method != "trace"
    assert "return_sign" in report.note


def test_scipys_functions_are_as_before_whatever_happens():
    codes = {f: f.__code__ for f in (softmax, log_softmax, logsumexp)}
    recorder = Recorder()
    plain, found = np.array([0.5, 2.0]), []
    other = Thread(target=lambda: found.append(softmax(plain, axis=0)))

    def broken():
        with recorded_numpy(recorder):
            assert is_traced(softmax(recorder.leaf(plain)))
            assert is_traced(special.softmax(x=recorder.leaf(plain), axis=-1))
            assert type(logsumexp(plain, keepdims=True)) is np.ndarray
            with pytest.raises(TypeError, match="unexpected keyword"):
                softmax(plain, axes=0)
            other.start()
            other.join()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert type(found[0]) is np.ndarray
    assert {f: f.__code__ for f in codes} == codes
    assert softmax(plain).sum() == pytest.approx(1)
    assert expit(0.0) == 0.5
