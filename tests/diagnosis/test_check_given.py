"""What a check is given: whole numbers, numbers that are none, and gradients in another order."""

import numpy as np
import pytest

from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.gradients.changed_state import changed_state
from trainwell.errors import ConfigurationError, DataError

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(3, 5)), RNG.normal(size=(1, 5))
WHOLE = np.array([[1, -1, 0]])


def cost(p, x, y):
    return 0.5 * np.sum((p["W"] @ x + p["b"] - y) ** 2)


def right(p, x, y):
    e = p["W"] @ x + p["b"] - y
    return {"dW": e @ x.T, "db": e.sum()}


def wrong(p, x, y):
    e = p["W"] @ x + p["b"] - y
    return {"dW": 17 * e @ x.T, "db": e.sum() + 99}


@pytest.mark.parametrize("params", [{"W": WHOLE, "b": 0.5}, {"W": 1.0 * WHOLE, "b": 0}])
def test_whole_numbers_with_a_gradient_are_parameters(params):
    assert check_gradients(cost, right, params, (X, Y)).ok
    report = check_gradients(cost, wrong, params, (X, Y), diagnose=False)
    assert {name for name, found in report.arrays.items() if found.error > 1} == {"W", "b"}


def test_where_there_are_only_whole_numbers_they_are_parameters():
    report = check_gradients(cost, wrong, {"W": WHOLE, "b": 0}, (X, Y), diagnose=False)
    assert set(report.arrays) == {"W", "b"}
    assert report.verdict == "FAIL"


def test_whole_numbers_of_a_list_are_told_by_their_place():
    def total(p, x, y):
        return cost({"W": p[0], "b": p[1]}, x, y)

    def grad(p, x, y):
        return wrong({"W": p[0], "b": p[1]}, x, y)["dW"] / 17, 99.0

    report = check_gradients(total, grad, [1.0 * WHOLE, 0], (X, Y), diagnose=False)
    assert report["[0]"].error < 1e-9
    assert report["[1]"].error > 1


def test_whole_numbers_without_a_gradient_stay_what_they_are():
    def total(p, x, y):
        assert type(p["power"]) is int
        return np.sum((p["W"] @ x - y) ** p["power"])

    def grad(p, x, y):
        return {"dW": p["power"] * (p["W"] @ x - y) @ x.T}

    report = check_gradients(total, grad, {"W": 1.0 * WHOLE, "power": 2}, (X, Y))
    assert report.ok
    assert set(report.arrays) == {"W"}


def test_what_is_returned_beside_the_gradients_is_not_that_of_a_whole_number():
    def total(p, x, y):
        return cost({"W": p[0], "b": p[1]}, x, y) * p[2]

    def grad(p, x, y):
        found = right({"W": p[0], "b": p[1]}, x, y)
        return found["dW"] * p[2], found["db"] * p[2], p[0].T @ y  # and that of the data

    assert check_gradients(total, grad, [1.0 * WHOLE, 0.5, 3], (X, Y)).ok


@pytest.mark.parametrize("strange", [np.nan, np.inf])
def test_parameters_have_to_be_finite(strange):
    params = {"W": np.array([[1.0, strange, 0.0]]), "b": 0.0}
    with pytest.raises(DataError, match=rf"parameter W holds {strange} at \(0, 1\)"):
        check_gradients(cost, right, params, (X, Y))


def test_of_a_cost_that_is_not_finite_the_data_are_told_that_are_not():
    lost = X.copy()
    lost[1, 2] = np.nan
    with pytest.raises(ConfigurationError, match=r"finite \(x\[1, 2\] is not\), got nan"):
        check_gradients(cost, right, {"W": 1.0 * WHOLE, "b": 0.0}, (lost, Y))


def test_nothing_to_check_is_said():
    with pytest.raises(DataError, match="real arrays or numbers, got dict without any"):
        check_gradients(cost, right, {}, (X, Y))


@pytest.mark.parametrize(
    ("grad", "said"),
    [
        (lambda p, _, __: {"dw": p["W"], "db": 0.0}, "returned by these names: dw, db"),
        (lambda p, _, __: (p["W"],), "1 gradient returned, for 2 parameters: W, b"),
        (lambda *_: None, "returned as NoneType"),
        ({"dw": WHOLE}, "returned by these names: dw"),
    ],
)
def test_where_a_gradient_is_missing_it_is_said_what_is_returned(grad, said):
    report = check_gradients(cost, grad, {"W": 1.0 * WHOLE, "b": 0.0}, (X, Y), diagnose=False)
    assert report.verdict == "FAIL"
    assert any(said in reason for reason in report.reasons)


@pytest.mark.parametrize(
    "settings", [{"points": 1.5}, {"points": "3"}, {"directions": 0}, {"seed": -1}, {"seconds": -1}]
)
def test_settings_have_to_be_in_their_domain(settings):
    (name,) = settings
    with pytest.raises(ConfigurationError, match=f"check_gradients.{name} must be"):
        check_gradients(cost, right, {"W": 1.0 * WHOLE, "b": 0.0}, (X, Y), **settings)


def test_a_key_of_ones_own_is_the_only_one():
    params = {"W": 1.0 * WHOLE, "b": 0.0}
    assert check_gradients(cost, right, params, (X, Y), key="d{}").ok
    report = check_gradients(cost, right, params, (X, Y), key="g{}", diagnose=False)
    assert report.verdict == "FAIL"


def layers(p, x, y):
    hidden = np.tanh(p[0] @ x + p[1])
    return 0.5 * np.sum((p[2] @ hidden + p[3] - y) ** 2)


def in_order(p, x, y):
    hidden = np.tanh(p[0] @ x + p[1])
    e = p[2] @ hidden + p[3] - y
    d = p[2].T @ e * (1 - hidden**2)
    return d @ x.T, d.sum(1, keepdims=True), e @ hidden.T, e.sum(1, keepdims=True)


def weights_first(p, x, y):
    dW1, db1, dW2, db2 = in_order(p, x, y)
    return dW1, dW2, db1, db2


def from_behind(p, x, y):
    found = [*in_order(p, x, y)]
    return found[::-1]


def two_bugs(p, x, y):
    found = from_behind(p, x, y)
    return [2 * found[0], *found[1:]]


NETWORK = [RNG.normal(size=shape) for shape in ((4, 3), (4, 1), (1, 4), (1, 1))]


@pytest.mark.parametrize(
    ("grad", "names"),
    [(weights_first, {"[1]", "[2]"}), (from_behind, {"[0]", "[1]", "[2]", "[3]"})],
)
def test_gradients_in_another_order_are_one_finding(grad, names):
    assert check_gradients(layers, in_order, NETWORK, (X, Y)).ok
    (found,) = check_gradients(layers, grad, NETWORK, (X, Y)).findings
    assert "stand in another order than the parameters: " in found.message
    assert set(found.affected) == names
    assert found.statement.text.startswith("return")
    assert found.line > grad.__code__.co_firstlineno


def test_gradients_that_are_nobodys_are_not_told_to_be_in_another_order():
    report = check_gradients(layers, two_bugs, NETWORK, (X, Y), seconds=0.5)
    assert not any("another order" in found.message for found in report.findings)


def test_gradients_with_fewer_digits_are_in_order():
    def narrow(p, x, y):
        return tuple(each.astype(np.float32) for each in in_order(p, x, y))

    report = check_gradients(layers, narrow, NETWORK, (X, Y))
    assert report.verdict == "FAIL"
    assert not any("another order" in found.message for found in report.findings)


def test_gradients_with_names_have_no_order():
    def total(p, x, y):
        return cost(p, x, y) + np.sum(p["c"] ** 2 * np.arange(3))

    def grad(p, x, y):
        found = right(p, x, y)
        return {"dW": 2 * p["c"] * np.arange(3), "dc": found["dW"], "db": found["db"]}

    params = {"W": 1.0 * WHOLE, "b": 0.0, "c": np.array([[0.3, 0.2, 0.1]])}
    report = check_gradients(total, grad, params, (X, Y), seconds=0.5)
    assert not any("another order" in found.message for found in report.findings)


class Dense:
    def __init__(self, W):
        self.W = W

    def forward(self, x, y):
        self.x, self.error = x, self.W @ x - y
        return 0.5 * np.sum(self.error**2)

    def backward(self, rate):
        self.dW = self.error @ self.x.T
        dx = self.W.T @ self.error
        self.W = self.W - rate * self.dW
        return dx


def test_what_a_backward_pass_updates_is_named():
    def total(p, x, y):
        first, second = Dense(p["A"]), Dense(p["B"])
        second.first = first
        first.forward(x, 0.0)
        return second.forward(first.error, y), second

    def grad(_, __, ___, network):
        network.first.error = network.backward(0.1)
        network.first.backward(0.1)
        return {"dA": network.first.dW, "dB": network.dW}

    params = {"A": RNG.normal(size=(4, 3)), "B": RNG.normal(size=(1, 4))}
    (found,) = check_gradients(total, grad, params, (X, Y)).findings
    assert found.kind == "aliased"
    assert found.message.endswith("it changes cache.W, cache.first.W, cache.first.error")


def test_nothing_is_named_where_the_functions_cannot_be_called_once_more():
    def refusing(p, x, y):
        raise ValueError(p, x, y)

    parameters = Parameters.of({"W": 1.0 * WHOLE, "b": 0.5})
    assert changed_state(Calls(cost, refusing, parameters, (X, Y))) == []
