"""Vector-valued functions and their rules, and gradients with error bars."""

import inspect

import numpy as np
import pytest

from trainwell.diagnosis.gradient_verdict.numerical import METHODS, numerical_gradient
from trainwell.diagnosis.gradients.vjp import check_vjp
from trainwell.errors import ConfigurationError, DataError


def line_of(function, text):
    lines, first = inspect.getsourcelines(function)
    return first + next(at for at, line in enumerate(lines) if text in line)


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def dense(x):
    a, w = x
    return np.tanh(a @ w)


def dense_right(x, u):
    a, w = x
    y = np.tanh(a @ w)
    dz = u * (1 - y**2)
    dw = a.T @ dz
    return dz @ w.T, dw


def dense_zero(x, u):
    a, w = x
    y = np.tanh(a @ w)
    dz = u * (1 - y**2)
    dw = np.zeros_like(w)  # here
    return dz @ w.T, dw


def dense_doubled(x, u):
    a, w = x
    y = np.tanh(a @ w)
    dz = u * (1 - y**2)
    dw = 2 * (a.T @ dz)  # here
    return dz @ w.T, dw


def dense_negative(x, u):
    a, w = x
    y = np.tanh(a @ w)
    dz = u * (1 - y**2)
    dw = -(a.T @ dz)  # here
    return dz @ w.T, dw


def dense_transposed(x, u):
    a, w = x
    y = np.tanh(a @ w)
    dz = u * (1 - y**2)
    dw = dz.T @ a  # here
    return dz @ w.T, dw


def dense_one_element(x, u):
    a, w = x
    y = np.tanh(a @ w)
    dz = u * (1 - y**2)
    dw = a.T @ dz
    dw[1, 2] *= 2  # here
    return dz @ w.T, dw


WRONG = [
    pytest.param(dense_zero, "zero", id="zero"),
    pytest.param(dense_doubled, "factor", id="doubled"),
    pytest.param(dense_negative, "sign", id="sign"),
    pytest.param(dense_transposed, "transposed", id="transposed"),
    pytest.param(dense_one_element, "support", id="one-element"),
]


@pytest.mark.parametrize("size", [4, 200])
def test_a_right_rule_passes(size):
    x = draw(5, size), draw(size, size, seed=1) / size**0.5
    report = check_vjp(dense, dense_right, x)
    assert report.verdict == "PASS", str(report)
    assert set(report.arrays) == {"x[0]", "x[1]"}
    assert report.miss_probability < 1e-6


@pytest.mark.parametrize("size", [4, 200])
@pytest.mark.parametrize(("vjp", "kind"), WRONG)
def test_a_wrong_rule_fails_with_line_and_kind(vjp, kind, size):
    x = draw(7, size), draw(size, size, seed=1) / size**0.5
    report = check_vjp(dense, vjp, x)
    assert report.verdict == "FAIL"
    (finding,) = report.findings
    assert finding.line == line_of(vjp, "# here")
    assert kind in {finding.kind, *finding.alternatives}
    assert finding.affected == ("x[1]",)


def test_one_array_is_called_x():
    report = check_vjp(lambda x: x**2, lambda x, u: 2 * x * u, draw(3))
    assert report.ok
    assert list(report.arrays) == ["x"]


def test_several_outputs_have_several_cotangents():
    def f(x):
        return np.sum(x, axis=0), np.sin(x)

    def vjp(x, u):
        first, second = u
        return first + second * np.cos(x)

    def half(x, u):
        return u[1] * np.cos(x)

    assert check_vjp(f, vjp, draw(4, 3)).ok
    assert not check_vjp(f, half, draw(4, 3)).ok


def test_a_rule_that_is_not_linear_in_the_cotangent_fails():
    assert not check_vjp(np.exp, lambda x, u: np.exp(x) * np.clip(u, -0.5, 0.5), draw(6)).ok


def test_what_is_given_is_not_modified():
    def vjp(x, u):
        u *= np.cos(x)
        return u

    x = draw(5)
    before, state = x.copy(), np.random.get_state()[1].copy()
    check_vjp(np.sin, vjp, x)
    assert (x == before).all()
    assert (np.random.get_state()[1] == state).all()


GENERATOR = np.random.default_rng(5)


def test_a_function_that_draws_is_checked_with_its_draws():
    def f(x):
        return x * (GENERATOR.random(x.shape) < 0.5)

    def vjp(x, u):
        return u * (GENERATOR.random(x.shape) < 0.5)

    assert check_vjp(f, vjp, draw(30)).ok


def test_a_function_without_numbers_is_refused():
    with pytest.raises(ConfigurationError, match=r"check_vjp\.f"):
        check_vjp(lambda x: x > 0, lambda x, u: u + x, draw(3))


def smooth(params):
    return np.sum(np.exp(params["a"]) * params["b"][0]) + np.sin(params["b"][0])


@pytest.mark.parametrize("method", METHODS)
def test_error_bars_hold(method):
    params = {"a": draw(3, 2), "b": [draw(1, seed=2)]}
    found = numerical_gradient(lambda p: smooth(p).sum(), params, method=method)
    a, b = params["a"], params["b"][0]
    right = {"a": np.exp(a) * b, "b": [np.sum(np.exp(a)) + np.cos(b)]}
    assert (np.abs(found.gradient["a"] - right["a"]) <= found.bars["a"]).all()
    assert (np.abs(found.gradient["b"][0] - right["b"][0]) <= found.bars["b"][0]).all()
    assert found.bars["a"].max() < 1e-6
    assert found.calls > 0


def test_complex_steps_are_refused_where_they_lie():
    with pytest.raises(ConfigurationError, match="not analytic"):
        numerical_gradient(lambda x: np.sum(x * np.conj(x)), draw(3), method="complex")
    with pytest.raises(ConfigurationError, match="complex numbers"):
        numerical_gradient(lambda x: float(np.sum(x).real), draw(3), method="complex")


def test_unknown_methods_and_empty_parameters_are_refused():
    with pytest.raises(ConfigurationError, match="method"):
        numerical_gradient(np.sum, draw(3), method="forward")
    with pytest.raises(DataError):
        numerical_gradient(len, {})


def test_a_staircase_is_not_flat_for_central_differences():
    step = 1e-4

    def stairs(p):
        return step * np.floor(0.5 + float(p[0]) / step)

    found = numerical_gradient(stairs, np.zeros(1), method="central")
    assert found.gradient[0] == 0
    assert 10 * found.bars[0] >= 1
    flat = numerical_gradient(lambda _: 3.0, np.zeros(1), method="central")
    assert (flat.gradient[0], flat.bars[0] < 1e-9) == (0, True)
