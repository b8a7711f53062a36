"""Mistakes in what the forward pass prepares for the backward pass stand in the forward pass."""

from types import SimpleNamespace

import numpy as np
import pytest
from patched_programs import load

from trainwell.diagnosis.gradient_localisation.repair_findings import _blamed
from trainwell.diagnosis.gradients import check_gradients

RNG = np.random.default_rng(0)
PARAMS = {"W1": RNG.normal(size=(4, 5)), "W2": RNG.normal(size=(5, 3)), "W3": RNG.normal(size=3)}
DATA = RNG.normal(size=(7, 4)), RNG.integers(3, size=7)

PROGRAM = """\
import numpy as np


class Hidden:
    def __init__(self, w):
        self.w = w

    def forward(self, x):
        self.x = x
        z = x @ self.w
        a = np.tanh(z)
        self.slope = 1 - a**2
        return a

    def backward(self, d):
        dz = d * self.slope
        self.dw = self.x.T @ dz
        return dz @ self.w.T


class Rectified(Hidden):
    def forward(self, x):
        self.x = x
        z = x @ self.w
        self.active = z > 0
        return np.maximum(z, 0.1 * z)

    def backward(self, d):
        dz = np.where(self.active, d, 0.1 * d)
        self.dw = self.x.T @ dz
        return dz @ self.w.T


def softplus_sum(u, y, w3):
    top = u.max(axis=1, keepdims=True)
    log_sum = top[:, 0] + np.log(np.exp(u - top).sum(axis=1))
    cost = np.sum(log_sum - u[np.arange(len(y)), y]) + np.sum(u @ w3) ** 2
    p = np.exp(u - log_sum[:, None])
    total = np.sum(u @ w3)
    one_hot = np.eye(3)[y]
    count = u.shape[0]
    du = p - one_hot + 2 * total * w3
    return cost / len(y), du / count, 2 * total * u.sum(axis=0) / count


def cost(params, x, y):
    first, second = Hidden(params["W1"]), Rectified(params["W2"])
    u = second.forward(first.forward(x))
    loss, du, dw3 = softplus_sum(u, y, params["W3"])
    return loss, (first, second, du, dw3)


def grad(params, x, y, cache):
    first, second, du, dw3 = cache
    first.backward(second.backward(du))
    return {"dW1": first.dw, "dW2": second.dw, "dW3": dw3}
"""

MISTAKES = {
    "power": ("1 - a**2", "1 - a", ("W1",)),
    "value": ("1 - a**2", "1 - z**2", ("W1",)),
    "sign": ("1 - a**2", "1 + a**2", ("W1",)),
    "comparison": ("self.active = z > 0", "self.active = z < 0", ("W1", "W2")),
    "one-hot": ("p - one_hot + 2", "p + 2", ("W1", "W2")),
    "axis": ("u - log_sum[:, None]", "u - top", ("W1", "W2")),
    "count": ("2 * total * u.sum(axis=0)", "total * u.sum(axis=0)", ("W3",)),
    "term": ("one_hot + 2 * total * w3", "one_hot", ("W1", "W2")),
    "index": ("count = u.shape[0]", "count = u.shape[1]", ("W1", "W2", "W3")),
    "shifted": ("np.eye(3)[y]", "np.eye(3)[y - 1]", ("W1", "W2")),
}


def test_the_program_is_right(tmp_path):
    module = load(tmp_path, PROGRAM)
    assert check_gradients(module.cost, module.grad, PARAMS, DATA).ok


@pytest.mark.parametrize("name", MISTAKES)
def test_the_line_of_the_forward_pass_is_told(tmp_path, name):
    meant, instead, affected = MISTAKES[name]
    assert PROGRAM.count(meant) == 1
    module = load(tmp_path, PROGRAM.replace(meant, instead))
    (finding,) = check_gradients(module.cost, module.grad, PARAMS, DATA, seconds=6).findings
    assert finding.line == PROGRAM[: PROGRAM.index(meant)].count("\n") + 1
    assert finding.affected == affected


PLAIN = """\
import numpy as np


def cost(params, x, y):
    z = x @ params["W"]
    a = np.maximum(z, 0.1 * z)
    kept = np.flatnonzero(z.sum(axis=1) > -99)[:7]
    top = 2 * (a.sum(axis=1) - y)[kept]
    return np.sum((a.sum(axis=1) - y) ** 2), (z > 0, top, kept)


def grad(params, x, y, cache):
    active, top, kept = cache
    d = top[:, None] * np.where(active, 1.0, 0.1)[kept]
    return {"dW": x[kept].T @ d}
"""


def test_what_is_kept_in_plain_arrays_is_prepared_anew_for_each_patch(tmp_path):
    params = {"W": RNG.normal(size=(4, 3))}
    data = RNG.normal(size=(7, 4)), RNG.normal(size=7)
    module = load(tmp_path, PLAIN)
    assert check_gradients(module.cost, module.grad, params, data).ok
    module = load(tmp_path, PLAIN.replace("[:7]", "[:6]"))
    (finding,) = check_gradients(module.cost, module.grad, params, data).findings
    assert finding.line == 7


def test_what_the_forward_pass_runs_is_right():
    shared = SimpleNamespace(lines_of_forward={("net.py", 3)})
    step = SimpleNamespace(place=("net.py", 3, 0, (("net.py", 9),)))
    best = SimpleNamespace(site=[step])
    assert _blamed(SimpleNamespace(backward=shared), best) == ("net.py", 9)
