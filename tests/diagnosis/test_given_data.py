"""Data in dictionaries, lists and tuples are seen as arrays, and given back as they were."""

from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import pytest

from trainwell import check_gradients
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradient_verdict.trace import record
from trainwell.diagnosis.gradients.given_data import (
    Restructured,
    doubled,
    in_order,
    one_by_one,
)
from trainwell.errors import ConfigurationError, DataError

RNG = np.random.default_rng(2)
P = {"W": RNG.normal(size=(3, 1)), "b": RNG.normal(size=1)}
X, Y = RNG.normal(size=(6, 3)), RNG.normal(size=(6, 1))


class Batch(NamedTuple):
    X: Any
    y: Any
    lam: float


def forward(params, batch):
    a = np.tanh(batch["X"].dot(params["W"]) + params["b"])
    return 0.5 * np.mean((a - batch["y"]) ** 2) + batch["lam"] * np.sum(params["W"] ** 2), a


def backward(params, batch, cache):
    a = cache
    dz = (a - batch["y"]) * (1 - a**2) / len(batch["y"])
    return {"dW": batch["X"].T @ dz + 2 * batch["lam"] * params["W"], "db": dz.sum(0)}


def backward_without_penalty(params, batch, cache):  # noqa: ARG001 - it is forgotten
    a = cache
    dz = (a - batch["y"]) * (1 - a**2) / len(batch["y"])
    return {"dW": batch["X"].T @ dz, "db": dz.sum(0)}


def calls_of(*data, cost=forward, grad=backward):
    return Calls(cost, grad, Parameters.of(P), data)


def test_what_plain_arrays_in_a_dictionary_do_is_recorded():
    report = check_gradients(forward, backward, P, {"X": X, "y": Y, "lam": 0.3})
    assert (report.verdict, report.method) == ("PASS", "trace")


def test_arrays_are_data_by_themselves_and_called_by_their_keys():
    batch = {"X": X, "y": Y, "lam": 0.3, "names": ["a", "b"]}
    found = one_by_one(calls_of(batch))
    assert isinstance(found.cost, Restructured)
    assert [*map(type, found.data)] == [np.ndarray, np.ndarray, float, list]
    called = [*found.cost.__signature__.parameters]
    assert called == ["params", "X", "y", "lam", "names"]
    assert [*found.grad.__signature__.parameters] == [*called, "cache"]
    cost, cache = found.value()
    assert cost == forward(P, batch)[0]
    gradients = found.gradients(cache)
    for name, gradient in backward(P, batch, cache).items():
        np.testing.assert_array_equal(gradients[name], gradient)


def test_numbers_in_a_dictionary_have_their_names():
    report = check_gradients(
        forward, backward_without_penalty, P, {"X": X, "y": Y, "lam": 0.3}, diagnose=True
    )
    assert report.verdict == "FAIL"
    assert "lam" in report.findings[0].message


def test_structures_of_every_kind_are_put_together_again():
    seen: list[Any] = []

    def cost(params, pair, batch, more):
        seen.append((pair, batch, more))
        return np.sum((pair[0] @ params["W"] - batch.y) ** 2) * batch.lam

    data = ((X, [Y, {"z": X}]), Batch(X, Y, 2.0), "text")
    found = one_by_one(calls_of(*data, cost=cost, grad=None))
    names = [*found.cost.__signature__.parameters]
    assert names[0] == "params"
    assert names[3:] == ["z", "data_1_3", "data_1_4", "data_1_5", "more"]
    found.value()
    pair, batch, more = seen[-1]
    assert (type(pair), type(pair[1]), type(pair[1][1])) == (tuple, list, dict)
    assert (type(batch), batch.lam, more) == (Batch, 2.0, "text")
    assert pair[1][1]["z"].tobytes() == X.tobytes()
    assert record(found).output.value == cost(P, *data)


def keeping(params, batch):
    batch["a"] = np.tanh(batch["X"] @ params["W"])
    return np.sum(batch["a"] ** 2)


def changing(params, batch):
    batch["X"] = batch["X"] - 1.0
    return np.sum((batch["X"] @ params["W"]) ** 2)


def writing(params, batch):
    batch["X"][0] = 0.0
    return np.sum((batch["X"] @ params["W"]) ** 2)


def refusing(params, batch):
    raise RuntimeError("no", params, batch)


@pytest.mark.parametrize("cost", [keeping, changing, writing, refusing])
def test_a_dictionary_that_the_forward_pass_changes_is_given_as_it_is(cost):
    calls = calls_of({"X": X.copy()}, cost=cost, grad=None)
    assert one_by_one(calls) is calls


def test_a_backward_pass_may_look_into_a_dictionary_that_keeps_the_cache():
    def grad(params, batch):
        del params
        a = batch["a"]
        return {"dW": batch["X"].T @ (2 * a * (1 - a**2))}

    assert check_gradients(keeping, grad, {"W": P["W"]}, {"X": X}).verdict == "PASS"


@pytest.mark.parametrize("data", [(X, Y), ({"lam": 0.3},), ([X] * 65,), (Counter(a=1), X)])
def test_data_without_arrays_in_structures_and_long_lists_are_as_they_are(data):
    calls = Calls(lambda params, *_: np.sum(params["W"]), None, Parameters.of(P), data)
    assert one_by_one(calls) is calls


def test_a_function_whose_arguments_nobody_knows_is_called_as_it_is():
    class Unknown:
        __signature__ = "none"

        def __call__(self, params, batch):
            return np.sum(params["W"] * batch["X"].mean())

    calls = calls_of({"X": X}, cost=Unknown(), grad=None)
    assert one_by_one(calls) is calls


def test_arrays_in_structures_are_of_double_precision_too():
    found = one_by_one(calls_of({"X": X.astype(np.float32), "y": Y, "lam": 0.3}))
    assert {part.dtype for part in found.data[:2]} == {np.dtype(np.float64)}
    index = np.arange(3)
    (single, whole, number) = doubled((X.astype(np.float32), index, 2))
    assert single.dtype == np.float64
    assert whole is index
    assert number == 2


def test_a_function_may_take_any_number_of_data():
    def cost(params, *data):
        return np.sum((data[0]["X"] @ params["W"] - data[1]) ** 2)

    found = one_by_one(calls_of({"X": X}, Y, cost=cost, grad=None))
    assert [*found.cost.__signature__.parameters] == ["params", "X", "data_1_1", "data"]
    assert found.value()[0] == cost(P, {"X": X}, Y)


def clipped(params, x, old, advantage):
    ratio = np.exp(x @ params["W"] - old)
    return -np.mean(np.minimum(ratio * advantage, np.clip(ratio, 0.8, 1.2) * advantage))


def test_two_ways_to_one_number_are_no_kink():
    old = X @ P["W"] + np.array([[0.1, -0.1, 0.5, -0.5, 0.05, 1.0]]).T
    advantage = np.array([[1.0, -2.0, 3.0, -1.0, 0.5, -0.7]]).T

    def grad(params, x, old, advantage):
        ratio = np.exp(x @ params["W"] - old)
        chosen = ratio * advantage <= np.clip(ratio, 0.8, 1.2) * advantage
        return {"dW": -x.T @ (chosen * ratio * advantage) / advantage.size}

    report = check_gradients(clipped, grad, {"W": P["W"]}, (X, old, advantage))
    assert (report.verdict, report.method) == ("PASS", "trace")


def line_cost(w, x, y):
    return np.mean((x @ w - y) ** 2)


def line_slope(w, x, y):
    return 2 * x.T @ (x @ w - y) / len(y)


SIZES = ((50, 10), (50, 3))
LINE = (RNG.normal(size=(5, 3)), RNG.normal(size=5))


def test_data_may_be_given_by_the_names_of_the_arguments():
    x, y = LINE
    given = {"y": y, "x": x}
    assert check_gradients(line_cost, line_slope, np.ones(3), given).verdict == "PASS"
    assert in_order(line_cost, given) == (x, y)
    assert in_order(line_cost, {"x": x, "z": y}) == ({"x": x, "z": y},)
    assert in_order(line_cost, [x, y]) == (x, y)
    assert in_order(line_cost, {}) == ({},)
    assert in_order(line_cost, {"x": x}) == (x,)


def test_a_gradient_of_real_parameters_is_real():
    def turned(*args):
        return np.fft.ifft(np.fft.fft(line_slope(*args)))

    assert check_gradients(line_cost, turned, np.ones(3), LINE).verdict == "PASS"
    said = "the gradient of theta is complex, with imaginary parts up to 1: it must be real"
    with pytest.raises(DataError, match=said):
        check_gradients(line_cost, lambda *args: line_slope(*args) + 1j, np.ones(3), LINE)


def test_without_a_gradient_there_is_nothing_to_check():
    with pytest.raises(ConfigurationError, match="grad must be a function, or the gradients"):
        check_gradients(line_cost, None, np.ones(3), LINE)


def test_of_a_narrow_cost_it_is_said_that_it_is():
    def narrow(p, x, y):
        h = np.tanh(x @ p["W"])
        return np.float16(np.mean((h @ p["V"] - y) ** 2)), h

    def slopes(p, x, y, h):
        d = 2 * (h @ p["V"] - y) / y.size
        return {"W": x.T @ (d @ p["V"].T * (1 - h**2)), "V": h.T @ d}

    rng = np.random.default_rng(0)
    params = {"W": rng.normal(size=(10, 20)), "V": rng.normal(size=(20, 3))}
    report = check_gradients(narrow, slopes, params, tuple(map(rng.normal, (0, 0), (1, 1), SIZES)))
    assert report.verdict == "UNDECIDED"
    assert any("the cost is returned in float16" in reason for reason in report.reasons)


def test_complex_numbers_on_the_way_make_no_noise():
    gain = RNG.normal(size=4) + 1j * RNG.normal(size=4)

    def spectral(w):
        return np.sum(np.abs(gain * np.fft.fft(w)) ** 2)

    w = RNG.normal(size=4)
    right = 2 * np.real(np.fft.ifft(np.abs(gain) ** 2 * np.fft.fft(w))) * w.size
    assert check_gradients(spectral, right, w).ok
    assert check_gradients(spectral, 3 * right, w).findings[0].factor == pytest.approx(3)
    assert check_gradients(spectral, np.abs(right) + 1, w).verdict == "FAIL"
