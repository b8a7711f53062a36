"""Mistakes of habit: a value for its mask, one choice for the other, one name throughout."""

import numpy as np
import pytest
from patched_programs import line_of, load

from trainwell.diagnosis.gradients import check_gradients

PROGRAM = """\
import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def sigmoid_slope(s):
    return s * (1 - s)


class Net:
    def __init__(self, p):
        self.p = p

    def forward(self, x, y):
        p = self.p
        self.x, self.y = x, y
        self.z = x @ p["W"] + p["b"]
        self.a = sigmoid(self.z)
        self.u = self.a @ p["U"]
        self.r = np.maximum(self.u, 0)
        self.steps = [x, self.a, self.r]
        self.top = self.r.max(axis=1, keepdims=True)
        self.s = sigmoid(2 * self.r)
        return np.sum(self.top * y) + np.sum(self.s)

    def backward(self):
        top = np.max(self.r, axis=1, keepdims=True)
        dr = (self.r == top) * self.y + 2 * sigmoid_slope(self.s)
        du = dr * (self.u > 0)
        dU = self.a.T @ du
        da = du @ self.p["U"].T
        dz = da * self.a * (1 - self.a)
        db = dz.sum(axis=0)
        for at in (1,):
            dW = self.steps[-at - 2].T @ dz
        return {"W": dW, "b": db, "U": dU}


def cost(p, x, y):
    net = Net(p)
    return net.forward(x, y), net


def grad(p, x, y, cache):
    return cache.backward()
"""

MISTAKES = {
    "mask": (
        "du = dr * (self.u > 0)",
        "du = dr * self.u",
        "`self.u` should be `self.u > 0`",
    ),
    "largest": (
        "top = np.max(self.r,",
        "top = np.min(self.r,",
        "`np.min(self.r, axis=1, keepdims=True)` should be `np.max(self.r, axis=1, keepdims=True)`",
    ),
    "attribute-throughout": (
        "dz = da * self.a * (1 - self.a)",
        "dz = da * self.z * (1 - self.z)",
        "`self.z` should be `self.a` throughout",
    ),
    "call-throughout": (
        "return s * (1 - s)",
        "return sigmoid(s) * (1 - sigmoid(s))",
        "`sigmoid(s)` should be `s` throughout",
    ),
    "index-from-the-end": (
        "self.steps[-at - 2].T @ dz",
        "self.steps[-at].T @ dz",
        "",
    ),
    "entries": (
        '{"W": dW, "b": db, "U": dU}',
        '{"W": dU, "b": db, "U": dW}',
        "`dU` and `dW` are exchanged",
    ),
}
RNG = np.random.default_rng(8)
PARAMS = {
    "W": RNG.normal(size=(4, 4)),
    "b": RNG.normal(size=4),
    "U": RNG.normal(size=(4, 4)),
}
DATA = (RNG.normal(size=(5, 4)), RNG.random((5, 1)))


def report_on(folder, meant="", instead=""):
    assert not meant or PROGRAM.count(meant) == 1
    module = load(folder, PROGRAM.replace(meant, instead) if meant else PROGRAM)
    return module, check_gradients(module.cost, module.grad, PARAMS, DATA)


def test_the_program_is_right(tmp_path):
    assert report_on(tmp_path)[1].ok


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_the_mistake_is_told_with_what_is_meant(tmp_path, mistake):
    meant, instead, told = mistake
    module, report = report_on(tmp_path, meant, instead)
    (finding,) = report.findings
    assert finding.line == line_of(module, instead)
    assert told in finding.message


LEAKY = """\
import numpy as np


def cost(p, x):
    z = x @ p["W"]
    a = np.where(z <= 0, p["slope"] * z, z)
    return np.sum(a**3), (z, a)


def grad(p, x, cache):
    z, a = cache
    da = 3 * a**2
    negative = 2 * (z <= 0)
    dz = np.where(negative, p["slope"] * da, da)
    dslope = np.sum(da * z * negative, axis=0)
    return {"W": x.T @ dz, "slope": dslope}
"""


def test_a_mask_is_wrong_where_it_is_made(tmp_path):
    module = load(tmp_path, LEAKY)
    params = {"W": PARAMS["W"], "slope": 0.2 + RNG.random(4)}
    report = check_gradients(module.cost, module.grad, params, (RNG.normal(size=(5, 4)),))
    (finding,) = report.findings
    assert finding.line == line_of(module, "negative = 2")


CALLED = """\
import numpy as np


def slope_of_tanh(t):
    return 1 - t**2


def cost(p, x):
    z = x @ p["W"]
    return np.sum(np.tanh(z) ** 3), z


def grad(p, x, z):
    dh = 3 * np.tanh(z) ** 2
    dz = dh * slope_of_tanh(np.tanh(z))
    return {"W": x.T @ dz}
"""


def test_a_formula_is_called_with_a_function_of_what_it_is_given(tmp_path):
    meant = "dh * slope_of_tanh(np.tanh(z))"
    assert CALLED.count(meant) == 1
    module = load(tmp_path, CALLED.replace(meant, "dh * slope_of_tanh(z)"))
    data = (RNG.normal(size=(5, 4)),)
    report = check_gradients(module.cost, module.grad, {"W": PARAMS["W"]}, data)
    (finding,) = report.findings
    assert finding.line == line_of(module, "slope_of_tanh(z)")
    assert finding.message == "`slope_of_tanh(z)` should be `slope_of_tanh(np.tanh(z))`"
