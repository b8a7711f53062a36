"""Cost and gradient that share their work: what is kept from call to call, or returned together."""

import numpy as np
import pytest
from patched_programs import line_of, load

from trainwell.diagnosis.gradients import check_gradients

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(9, 3)), RNG.normal(size=9)
X = np.array([0.2, 0.3, -1.0])
ONES = np.ones(3)

KEPT = """\
from functools import lru_cache

import numpy as np


class Objective:
    def __init__(self, a, b):
        self.a, self.b, self.at = a, b, None

    def at_point(self, x):
        if self.at is None or not SAME:
            self.at = x.copy()
            self.r = self.a @ x - self.b
            self.w = 1 / (1 + self.r**2)

    def cost(self, x):
        self.at_point(x)
        return 0.5 * np.log1p(self.r**2).sum()

    def grad(self, x):
        self.at_point(x)
        return self.a.T @ (self.r * self.w)


class ByBytes(Objective):
    kept = {}

    def at_point(self, x):
        key = x.tobytes()
        if key not in self.kept:
            self.kept[key] = self.a @ x - self.b
        self.r = self.kept[key]
        self.w = 1 / (1 + self.r**2)


@lru_cache
def residuals(x, a, b):
    return np.array(a) @ np.array(x) - np.array(b)


class ByArguments(Objective):
    def at_point(self, x):
        self.r = residuals(tuple(x), tuple(map(tuple, self.a)), tuple(self.b))
        self.w = 1 / (1 + self.r**2)
"""

SAME = {
    "array_equal": "np.array_equal(self.at, x)",
    "allclose": "np.allclose(x, self.at, rtol=0, atol=0)",
    "all": "(x == self.at).all()",
    "np.all": "np.all(self.at == x)",
}


def of_kept(folder, same="np.array_equal(self.at, x)", name="Objective", **changes):
    text = KEPT.replace("SAME", same)
    for old, new in changes.values():
        text = text.replace(old, new)
    module = load(folder, text)
    return module, getattr(module, name)(A, B)


@pytest.mark.parametrize("same", SAME.values(), ids=SAME)
def test_what_was_kept_for_the_same_numbers_is_computed_again(tmp_path, same):
    _, objective = of_kept(tmp_path, same)
    report = check_gradients(objective.cost, objective.grad, X)
    assert (report.verdict, report.method) == ("PASS", "trace")
    assert type(objective.at) is type(objective.r) is np.ndarray


@pytest.mark.parametrize("name", ["ByBytes", "ByArguments"])
def test_what_is_kept_by_a_key_is_computed_again(tmp_path, name):
    _, objective = of_kept(tmp_path, name=name)
    report = check_gradients(objective.cost, objective.grad, X)
    assert (report.verdict, report.method) == ("PASS", "trace")


@pytest.mark.parametrize("name", ["Objective", "ByBytes", "ByArguments"])
def test_the_line_is_found_beside_what_is_kept(tmp_path, name):
    wrong = "return 2 * self.a.T @ (self.r * self.w)"
    change = ("return self.a.T @ (self.r * self.w)", wrong)
    module, objective = of_kept(tmp_path, name=name, change=change)
    (found,) = check_gradients(objective.cost, objective.grad, X).findings
    assert found.line == line_of(module, wrong)
    assert found.factor == pytest.approx(2)


def test_what_is_prepared_beside_what_is_kept_is_searched(tmp_path):
    wrong = "self.w = 1 / (1 + self.r) ** 2"
    module, objective = of_kept(tmp_path, change=("self.w = 1 / (1 + self.r**2)", wrong))
    (found,) = check_gradients(objective.cost, objective.grad, X).findings
    assert found.line == line_of(module, wrong)
    assert type(objective.w) is np.ndarray


def test_whole_numbers_are_compared_for_what_they_are():
    def cost(x):
        return np.sum(x**2) if np.array_equal(0 * x + 1, ONES) else np.sum(x**3)

    report = check_gradients(cost, lambda x: 2 * x, np.array([0.5, 1.5, 2.5]), points=1)
    assert (report.verdict, report.method) == ("PASS", "trace")


OF_METHODS = """\
import numpy as np


class Net:
    def __init__(self):
        self.w = np.array([0.5, -1.0, 2.0])

    def value(self, x):
        return float((self.w @ x) ** 2)


def cost(net, x):
    return np.log1p(net.value(x))


def grad(net, x):
    u = net.w @ x
    return {"w": 2 * u * x / (1 + u**2)}
"""


def test_float_is_followed_within_methods(tmp_path):
    module = load(tmp_path, OF_METHODS)
    report = check_gradients(module.cost, module.grad, module.Net(), (X,))
    assert (report.verdict, report.method) == ("PASS", "trace")


TOGETHER = """\
import numpy as np


def both(w, x, y, power):
    d = x @ w - y
    squares = d * d
    cost = np.array(squares.sum().__array__())
    count = 0
    for each in squares:
        count += 1
    scale = 2.0 / power
    grad = x.T @ d
    grad *= 2.0
    return cost, grad
"""


def test_the_gradient_beside_a_cost_that_nothing_follows_is_searched(tmp_path):
    module = load(tmp_path, TOGETHER)
    data = A, B, 1.0
    report = check_gradients(module.both, module.both, X, data)
    assert (report.verdict, report.method) == ("PASS", "complex")
    wrong = "grad *= 3.0"
    module = load(tmp_path, TOGETHER.replace("grad *= 2.0", wrong))
    (found,) = check_gradients(module.both, module.both, X, data).findings
    assert found.line == line_of(module, wrong)
    assert "`3.0` should be `scale`" in found.message


def test_a_value_of_the_gradient_is_none_of_the_forward_pass(tmp_path):
    text = """\
import numpy as np


def both(w, x, y, alpha):
    grad = np.zeros(3)
    d = x @ w - y
    grad[:] = x.T @ d
    grad += alpha * w
    grad[-1] += 0.25 * w[-1]
    cost = 0.5 * np.sum(d * d) + alpha * np.sum(w * w) + 0.125 * w[-1] ** 2
    return cost, grad
"""
    module = load(tmp_path, text)
    (found,) = check_gradients(module.both, module.both, X, (A, B, 0.3)).findings
    assert found.line == line_of(module, "grad += alpha * w")
