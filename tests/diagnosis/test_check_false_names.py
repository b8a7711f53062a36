"""What a place looks like and is not: a shape no count, a gradient no slope, a part no whole."""

import numpy as np
import pytest
from patched_programs import line_of, load

from trainwell.diagnosis.gradients import check_gradients

MAPPED = """\
import numpy as np


def cost(p, x, y):
    A = (x @ p["W"] + p["b"]).reshape(-1, 2, 3)
    return np.sum(np.tanh(A[:, 0]) * y) / 2 + np.sum(np.sin(A[:, 1]) * y)


def grad(p, x, y):
    A = (x @ p["W"] + p["b"]).reshape(-1, 2, 3)
    dA = np.zeros_like(A)
    for n in range(len(x)):
        first = y[n] * (1 - np.tanh(A[n, 0]) ** 2) / 2
        second = y[n] * np.cos(A[n, 1])
        dA[n] = np.stack([first, second])
    d = dA.reshape(len(x), 6)
    return {"W": x.T @ d, "b": d.sum(0)}
"""
NORMED = """\
import numpy as np


def cost(p, x):
    u = x @ p["W"]
    off = u - u.mean(axis=1, keepdims=True)
    inv = 1 / np.sqrt((off**2).mean(axis=1, keepdims=True))
    uh = off * inv
    h = np.sin(p["a"] * uh)
    return np.sum(h @ p["V"]), (inv, uh, h)


def grad(p, x, kept):
    inv, uh, h = kept
    darg = p["V"] * np.cos(p["a"] * uh)
    duh = darg * p["a"]
    du = duh - duh.mean(axis=1, keepdims=True)
    du -= uh * np.mean(duh * uh, axis=1, keepdims=True)
    du *= inv
    return {"W": x.T @ du, "a": np.sum(darg * uh, axis=0), "V": h.sum(axis=0)}
"""
MASKED = """\
import numpy as np


def cost(p, x, y, seen):
    h = np.tanh(x @ p["W"])
    z = h @ p["V"] + p["c"]
    error = np.log1p(np.exp(z)) - y * z
    return np.sum(error * seen[:, None]) / seen.sum(), (h, z)


def grad(p, x, y, seen, kept):
    h, z = kept
    dz = 1 / (1 + np.exp(-z)) - y
    dz *= seen[:, None] / seen.sum()
    dh = dz @ p["V"].T
    dW = x.T @ (dh * (1 - h**2))
    return {"W": dW, "V": h.T @ dz, "c": dz.sum(axis=0)}
"""
RNG = np.random.default_rng(8)
X = RNG.normal(size=(5, 3))
CASES = {
    "mapped": (
        MAPPED,
        {"W": RNG.normal(size=(3, 6)), "b": RNG.normal(size=6)},
        (X, RNG.normal(size=(5, 3))),
    ),
    "normed": (
        NORMED,
        {"W": RNG.normal(size=(3, 4)), "a": RNG.normal(size=4), "V": RNG.normal(size=4)},
        (X,),
    ),
    "masked": (
        MASKED,
        {"W": RNG.normal(size=(3, 4)), "V": RNG.normal(size=(4, 2)), "c": RNG.normal(size=2)},
        (X, (RNG.random((5, 2)) < 0.5) * 1.0, np.array([1.0, 0.3, 1.0, 0.0, 2.0])),
    ),
}


def finding_in(folder, name, old, new):
    source, params, data = CASES[name]
    assert source.count(old) == 1
    right = load(folder, source)
    assert check_gradients(right.cost, right.grad, params, data).ok
    module = load(folder, source.replace(old, new))
    (finding,) = check_gradients(module.cost, module.grad, params, data, seconds=3).findings
    return finding, module


def test_what_is_put_in_a_shape_is_no_count(tmp_path):
    old = "first = y[n] * (1 - np.tanh(A[n, 0]) ** 2) / 2"
    finding, module = finding_in(tmp_path, "mapped", old, old.removesuffix(" / 2"))
    assert finding.line == line_of(module, "first = y[n]")
    assert finding.factor == pytest.approx(2)
    assert "scaled alike" not in finding.message


def test_a_gradient_that_is_multiplied_with_a_forward_value_is_no_slope(tmp_path):
    old = "du = duh - duh.mean(axis=1, keepdims=True)"
    finding, module = finding_in(tmp_path, "normed", old, "du = 1.0 * duh")
    assert finding.line == line_of(module, "du *= inv")
    assert "slope" not in finding.message


def test_a_mask_of_rows_is_missing_before_the_gradient_forks(tmp_path):
    finding, module = finding_in(tmp_path, "masked", "dz *= seen[:, None] / seen", "dz /= seen")
    assert finding.line == line_of(module, "dz /= seen.sum()")
    assert finding.message == "`* seen[:, None]` is missing"


def test_a_factor_within_a_function_is_none_of_the_gradient(tmp_path):
    old = 'np.cos(p["a"] * uh)'
    finding, module = finding_in(tmp_path, "normed", old, old.replace("(", "(2 * "))
    assert finding.line == line_of(module, 'darg = p["V"] * np.cos(2 *')
    assert finding.message.startswith("has a part that is exactly 2 x what is right")
