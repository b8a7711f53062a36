"""What is no real array is refused with what to give instead, and settings need no gradient."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from trainwell.diagnosis.gradient_verdict.comparison import Status
from trainwell.diagnosis.gradients import check_gradients
from trainwell.errors import DataError

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(20, 3)), RNG.normal(size=20)
W = RNG.normal(size=3)
COMPLEX = W + 1j


@dataclass
class Labelled:
    """Numbers in a container, as of a table."""

    values: Any

    def to_numpy(self):
        return self.values


def cost(w, x, y):
    return np.mean(np.abs(x @ w - y) ** 2)


def grad(w, x, y):
    return 2 * x.T @ (x @ w - y) / len(y)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        (COMPLEX, "got complex numbers: give their real and imaginary parts"),
        (
            {"net": {"w": COMPLEX}},
            r"got complex numbers \(net.w\): give their real and imaginary parts",
        ),
        (np.array((W, 0.5), dtype=[("w", "f8", (3,)), ("b", "f8")]), "its fields as a dictionary"),
        ("abc", "got str without any"),
    ],
)
def test_what_is_no_real_array_is_refused_with_what_to_give(params, said):
    with pytest.raises(DataError, match=said):
        check_gradients(cost, grad, params, (X, Y))


def with_bias(p, x, y):
    return np.mean(np.abs(x @ p["w"] + p["b"] - y) ** 2)


def of_both(p, x, y):
    r = x @ p["w"] + p["b"] - y
    return {"dw": 2 * x.T @ r / len(y), "db": 2 * r.mean()}


def test_what_has_a_gradient_and_would_not_be_checked_is_refused():
    params = {"w": COMPLEX, "b": 0.5}
    with pytest.raises(
        DataError, match="the parameter w was given as complex numbers, which is not"
    ):
        check_gradients(with_bias, of_both, params, (X, Y))
    with pytest.raises(
        DataError, match="the parameter w was given as complex numbers, which is not"
    ):
        check_gradients(with_bias, of_both(params, X, Y), params, (X, Y))
    fixed = {"w": W, "b": 0.5, "table": Labelled([1, 2]), "phase": COMPLEX}
    assert check_gradients(with_bias, of_both, fixed, (X, Y)).ok


def penalised(p, x, y):
    return np.mean((x @ p["w"] - y) ** 2) + p["lam"] * np.sum(p["w"] ** 2)


def of_weights(p, x, y):
    return {"dw": 2 * x.T @ (x @ p["w"] - y) / len(y) + 2 * p["lam"] * p["w"]}


def test_a_number_that_is_called_like_a_setting_needs_no_gradient():
    report = check_gradients(penalised, of_weights, {"w": W, "lam": 0.1}, (X, Y))
    assert report.ok
    assert {*report.arrays} == {"w"}

    def wrong(p, x, y):
        return of_weights(p, x, y) | {"dlam": 3 * np.sum(p["w"] ** 2)}

    report = check_gradients(penalised, wrong, {"w": W, "lam": 0.1}, (X, Y))
    assert report["lam"].status is Status.WRONG


def test_another_number_needs_one():
    def without(p, x, y):
        return {"dw": of_both(p, x, y)["dw"]}

    report = check_gradients(with_bias, without, {"w": W, "b": 0.5}, (X, Y))
    assert report["b"].status is Status.MISSING
