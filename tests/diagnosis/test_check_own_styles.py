"""Mistakes in programs of many styles: packed gates, settings of a file, slopes in any order."""

import numpy as np
import pytest
from patched_programs import line_of, load

from trainwell.diagnosis.gradient_patches.patch_trials import Patchable, quietly, tried
from trainwell.diagnosis.gradient_patches.patching import offered
from trainwell.diagnosis.gradient_patches.sources import sources
from trainwell.diagnosis.gradients import check_gradients

PROGRAM = """\
import numpy as np

TAU = 0.7


def cost(params, index, y):
    E, W, gamma = params["E"], params["W"], params["gamma"]
    n, k = len(y), y.shape[1]
    v = E[index].mean(axis=1)
    q = np.where(v > 0, v, 0.1 * v)
    x = v * q
    s = x @ W
    a, g = np.tanh(s[:, :k]), 1 / (1 + np.exp(-s[:, k:2 * k]))
    l = np.where(s[:, 2 * k:] > 0, s[:, 2 * k:], 0.1 * s[:, 2 * k:])
    h = a * g + l / TAU
    z = gamma * h
    J = 0.5 * np.sum((z - y) ** 2) / n + 0.5 * np.sum(l**2) / n
    J += 0.05 * np.sum(v**2) / n + np.sum(W[:, 0] ** 3) / 6
    return J, (v, q, x, s, h, z, gamma)


def grad(params, index, y, cache):
    v, q, x, s, h, z, gamma = cache
    n, k = len(y), y.shape[1]
    C = index.shape[1]
    alpha = 0.1
    a = np.tanh(s[:, :k])
    g = 1 / (1 + np.exp(-s[:, k:2 * k]))
    l = np.where(s[:, 2 * k:] > 0, s[:, 2 * k:], 0.1 * s[:, 2 * k:])
    dz = (z - y) / n
    dgamma = (dz * h).sum(axis=0)
    dh = dz * gamma
    dl = dh / TAU + l / n
    dg = dh * a
    third = np.where(l > 0, dl, alpha * dl)
    ds = np.concatenate([dh * g * (1 - a ** 2), dg * g * (1 - g), third], axis=1)
    dW = x.T @ ds
    dW[:, 0] += 0.5 * W_first(params) ** 2
    dx = ds @ params["W"].T
    dq = dx * v
    dv = 0.1 * v / n
    dv += dx * q
    dv += dq * np.where(v > 0, 1.0, alpha)
    dE = np.zeros_like(params["E"])
    for c in range(C):
        np.add.at(dE, index[:, c], dv / C)
    return {"dE": dE, "dW": dW, "dgamma": dgamma}


def W_first(params):
    return params["W"][:, 0]
"""

CHANGED = {
    "term-of-a-count": ("dl = dh / TAU + l / n", "dl = dh / TAU", "`+ l / n` is missing"),
    "slope-of-zero": ("dl, alpha * dl)", "dl, 0)", "`0` should be `alpha * dl`"),
}
OFFERED = {
    "setting": ("dl = dh / TAU + l / n", "dl = dh + l / n", "`/ TAU` is missing"),
    "count-of-a-scatter": ("dv / C)", "dv)", "`/ C` is missing"),
    "logistic": (
        "dg * g * (1 - g), third",
        "dg * (1 - g ** 2), third",
        "`1 - g ** 2` should be `g * (1 - g)`",
    ),
    "tangent": (
        "[dh * g * (1 - a ** 2)",
        "[dh * a * g * (1 - a)",
        "`a * (1 - a)` should be `1 - a ** 2`",
    ),
    "rectifier": (
        "[dh * g * (1 - a ** 2)",
        "[dh * (a > 0) * g",
        "`a > 0` should be `1 - a ** 2`",
    ),
    "order": (
        "[dh * g * (1 - a ** 2), dg * g * (1 - g), third]",
        "[dg * g * (1 - g), dh * g * (1 - a ** 2), third]",
        "`dg * g * (1 - g)` and `dh * g * (1 - a ** 2)` are exchanged",
    ),
    "part": ("a = np.tanh(s[:, :k])\n", "a = np.tanh(s[:, k:2 * k])\n", "should be `:k`"),
    "other-shape": ("dh = dz * gamma", "dh = dz * h", "`dz * h` should be `dz * gamma`"),
    "square": ("0.5 * W_first(params) ** 2", '0.5 * params["W"][:, 0]', "`** 2` is missing after"),
    "gate": ("    dv += dx * q\n", "", "`+ dx * q` is missing"),
    "one": (
        "np.where(v > 0, 1.0, alpha)",
        "np.where(v > 0, v, alpha)",
        "should be `np.where(v > 0, 1.0, alpha)`",
    ),
}


def given():
    rng = np.random.default_rng(4)
    params = {
        "E": rng.normal(size=(9, 4)),
        "W": rng.normal(size=(4, 9)),
        "gamma": rng.normal(size=3),
    }
    return params, (rng.integers(0, 9, size=(6, 3)), rng.normal(size=(6, 3)))


def test_the_program_is_right(tmp_path):
    module = load(tmp_path, PROGRAM)
    assert check_gradients(module.cost, module.grad, *given()).ok


@pytest.mark.parametrize("name", CHANGED)
def test_a_term_that_is_missing_so_many_times_is_found_with_its_number(name, tmp_path, only):
    right, wrong, said = CHANGED[name]
    assert PROGRAM.count(right) == 1
    module = load(tmp_path, PROGRAM.replace(right, wrong))
    only("_with_any_patches")
    (found,) = check_gradients(module.cost, module.grad, *given()).findings
    assert found.message == said
    assert found.line == line_of(module, wrong)


@pytest.mark.parametrize("name", OFFERED)
def test_what_is_meant_is_offered_and_mends_everything(name, tmp_path):
    right, wrong, said = OFFERED[name]
    assert PROGRAM.count(right) == 1
    params, data = given()
    module, own = load(tmp_path, PROGRAM), load(tmp_path, PROGRAM.replace(right, wrong))
    expected = by_parameter(gradient_of(module, params, data))
    changed = by_parameter(gradient_of(own, params, data))
    lost = [n for n in expected if not np.allclose(changed[n], expected[n])]
    passes = patchable_of(own, params, data, expected)
    patches = [pair for pair in offered(passes).patches if said in pair[1].told()]
    with quietly():
        trials = [tried(passes, *pair, lost) for pair in patches]
    assert lost
    assert any(trial and set(trial.names) == set(lost) for trial in trials)


def patchable_of(module, params, data, expected):
    def gradient():
        return by_parameter(gradient_of(module, params, data))

    found = sources(lambda: module.cost(params, *data), gradient)
    return Patchable(gradient, expected, found, {})


def gradient_of(module, params, data):
    return module.grad(params, *data, module.cost(params, *data)[1])


def by_parameter(gradients):
    return {name.removeprefix("d"): array for name, array in gradients.items()}
