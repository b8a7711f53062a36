"""Mistakes of order, and ends: brackets, axes, rows, transforms, where a loop begins."""

import numpy as np
import pytest
from patched_programs import line_of, load

from trainwell.diagnosis.gradients import check_gradients

HAZARDS = """\
import numpy as np


def cost(p, X, died):
    scores = X @ p["beta"]
    risk = np.cumsum(np.exp(scores))
    return np.sum(died * (np.log(risk) - scores)) / died.sum()


def grad(p, X, died):
    weight = np.exp(X @ p["beta"])
    risk = np.cumsum(weight)
    means = np.cumsum(X * weight[:, None], axis=0) / risk[:, None]
    dbeta = np.sum(died[:, None] * (means - X), axis=0)
    return {"beta": dbeta / died.sum()}
"""
RANKED = """\
import numpy as np


def scores(p, X):
    return np.tanh(X @ p["w"])


def cost(p, X, order):
    s = scores(p, X)[order]
    total = 0.0
    for i in range(len(s) - 1):
        total = total + np.log(np.sum(np.exp(s[i:]))) - s[i]
    return total


def grad(p, X, order):
    s = scores(p, X)
    ranked = s[order]
    back = np.zeros_like(s)
    for i in range(len(ranked) - 1):
        share = np.exp(ranked[i:])
        back[order[i:]] += share / share.sum()
        back[order[i]] -= 1.0
    return {"w": X.T @ (back * (1 - s**2))}
"""
CHAIN = """\
import numpy as np


def total(z, axis):
    return np.log(np.sum(np.exp(z), axis=axis))


def cost(p, E):
    a = p["begin"] + E[0]
    for e in E[1:]:
        a = total(a[:, None] + p["step"], 0) + e
    return total(a + p["end"], 0)


def grad(p, E):
    A, B = np.zeros_like(E), np.zeros_like(E)
    A[0] = p["begin"] + E[0]
    for t in range(1, len(E)):
        A[t] = total(A[t - 1][:, None] + p["step"], 0) + E[t]
    B[-1] = p["end"]
    for t in range(len(E) - 2, -1, -1):
        B[t] = total(p["step"] + (E[t + 1] + B[t + 1]), 1)
    whole = total(A[-1] + B[-1], 0)
    ends = np.exp(A + B - whole)
    step = np.zeros_like(p["step"])
    for t in range(1, len(E)):
        step += np.exp(A[t - 1][:, None] + p["step"] + E[t] + B[t] - whole)
    return {"begin": ends[0], "step": step, "end": ends[-1]}
"""
CONTRAST = """\
import numpy as np


def cost(p, x, y):
    logits = (p["A"] @ x) * np.exp(p["logt"])
    return np.sum(np.log(np.cosh(logits - y)))


def grad(p, x, y):
    A, logt = p["A"], p["logt"]
    logits = (A @ x) * np.exp(logt)
    dlogits = np.tanh(logits - y)
    dlogt = np.sum(dlogits * logits)
    dsim = dlogits * np.exp(logt)
    left = dsim[0] @ x.T
    right = dsim[1:] @ x.T
    return {"A": np.vstack([left, right]), "logt": dlogt}
"""
RETURNS = """\
import numpy as np


def cost(p, x, done):
    v, run, total = np.tanh(x @ p["w"]), 0.0, 0.0
    for t in reversed(range(len(x) - 1)):
        change = 0.9 * (1 - done[t]) * v[t + 1] - v[t]
        run = change + 0.8 * (1 - done[t]) * run
        total = total + 0.5 * run**2
    return total


def grad(p, x, done):
    v, run, runs = np.tanh(x @ p["w"]), 0.0, []
    for t in reversed(range(len(x) - 1)):
        run = 0.9 * (1 - done[t]) * v[t + 1] - v[t] + 0.8 * (1 - done[t]) * run
        runs.insert(0, run)
    dv, carry = np.zeros_like(v), 0.0
    for t in range(len(x) - 1):
        carry = runs[t] + carry
        dv[t] -= carry
        dv[t + 1] += 0.9 * (1 - done[t]) * carry
        carry = 0.8 * (1 - done[t]) * carry
    return {"w": x.T @ (dv * (1 - v**2))}
"""
HINGES = """\
import numpy as np


def cost(p, x, y):
    return sum(max(0.0, 1 - t * (row @ p["w"])) ** 2 for row, t in zip(x, y))


def grad(p, x, y):
    dw = np.zeros_like(p["w"])
    for row, t in zip(x, y):
        short = 1 - t * (row @ p["w"])
        if short <= 0:
            continue
        dw -= 2 * short * t * row
    return {"w": dw}
"""
TURNED = """\
import numpy as np


def cost(p, x, y):
    both = np.hstack([x @ p["A"], (x @ p["B"])[:, ::-1]])
    return np.sum((both - y) ** 2)


def grad(p, x, y):
    both = np.hstack([x @ p["A"], (x @ p["B"])[:, ::-1]])
    error = 2 * (both - y)
    left, right = np.split(error, 2, axis=1)
    return {"A": x.T @ left, "B": x.T @ right[:, ::-1]}
"""
FORCES = """\
import numpy as np


def cost(p, m):
    d = p["x"][None, :, :] - p["x"][:, None, :]
    r2 = np.sum(d**2, axis=-1) + 0.1
    return np.sum(m[:, None] * m[None, :] ** 2 / r2)


def grad(p, m):
    d = p["x"][None, :, :] - p["x"][:, None, :]
    r2 = np.sum(d**2, axis=-1) + 0.1
    dd = -2 * (m[:, None] * m[None, :] ** 2 / r2**2)[..., None] * d
    return {"x": dd.sum(axis=0) - dd.sum(axis=1)}
"""
SPECTRA = """\
import numpy as np


def cost(p, gain, y):
    out = np.real(np.fft.ifft(gain * np.fft.fft(p["x"])))
    return np.sum((out - y) ** 2)


def grad(p, gain, y):
    out = np.real(np.fft.ifft(gain * np.fft.fft(p["x"])))
    error = 2 * (out - y)
    back = np.fft.ifft(np.conj(gain) * np.fft.fft(error))
    return {"x": np.real(back)}
"""
BENDING = """\
import numpy as np


def cost(p, triples):
    total = 0.0
    for i, j, k in triples:
        total = total + np.sin((p["x"][j] - p["x"][i]) @ (p["x"][k] - p["x"][j]))
    return total


def grad(p, triples):
    x = p["x"]
    G = np.zeros_like(x)
    for i, j, k in triples:
        one, two = x[j] - x[i], x[k] - x[j]
        slope = np.cos(one @ two)
        G[i] -= slope * two
        G[j] += slope * two - slope * one
        G[k] += slope * one
    return {"x": G}
"""
FILTERS = """\
import numpy as np
from scipy.signal import lfilter


def cost(p, one, two, y):
    out = lfilter(two, [1.0], np.tanh(lfilter(one, [1.0], p["x"])))
    return np.sum((out - y) ** 2)


def grad(p, one, two, y):
    h = np.tanh(lfilter(one, [1.0], p["x"]))
    error = 2 * (lfilter(two, [1.0], h) - y)
    dh = lfilter(two, [1.0], error[::-1])[::-1]
    dz = dh * (1 - h**2)
    dx = lfilter(one, [1.0], dz[::-1])[::-1]
    return {"x": dx}
"""
RNG = np.random.default_rng(4)
POINTS = RNG.normal(size=(6, 3))
DATA = {
    "hazards": (HAZARDS, {"beta": RNG.normal(size=3)}, (POINTS, np.array([1.0, 0, 1, 1, 0, 1]))),
    "ranked": (RANKED, {"w": RNG.normal(size=3)}, (POINTS, np.array([2, 0, 4, 1, 5, 3]))),
    "chain": (
        CHAIN,
        {"begin": RNG.normal(size=3), "step": RNG.normal(size=(3, 3)), "end": RNG.normal(size=3)},
        (RNG.normal(size=(5, 3)),),
    ),
    "bending": (
        BENDING,
        {"x": RNG.normal(size=(5, 2))},
        (np.array([[0, 1, 2], [1, 2, 3], [0, 3, 4]]),),
    ),
    "filters": (
        FILTERS,
        {"x": RNG.normal(size=7)},
        (RNG.normal(size=3), RNG.normal(size=2), RNG.normal(size=7)),
    ),
    "contrast": (
        CONTRAST,
        {"A": RNG.normal(size=(3, 4)), "logt": np.array(0.7)},
        (RNG.normal(size=(4, 5)), RNG.normal(size=(3, 5))),
    ),
    "returns": (
        RETURNS,
        {"w": RNG.normal(size=3)},
        (POINTS, np.array([0.0, 0, 1, 0, 0, 0])),
    ),
    "hinges": (
        HINGES,
        {"w": np.array([0.2, -0.1, 0.3])},
        (np.vstack([POINTS, [[9.0, -9, 9]], POINTS[::-1]]), np.array([1.0, -1, 1] * 4 + [-1.0])),
    ),
    "turned": (
        TURNED,
        {"A": RNG.normal(size=(3, 2)), "B": RNG.normal(size=(3, 2))},
        (POINTS, RNG.normal(size=(6, 4))),
    ),
    "forces": (FORCES, {"x": RNG.normal(size=(5, 2))}, (RNG.uniform(0.5, 2, size=5),)),
    "spectra": (
        SPECTRA,
        {"x": RNG.normal(size=8)},
        (RNG.normal(size=8) + 1j * RNG.normal(size=8), RNG.normal(size=8)),
    ),
}
MISTAKES = {
    "brackets that are missing": (
        "hazards",
        "died[:, None] * (means - X)",
        "died[:, None] * means - X",
        "`died[:, None] * means - X` should be `died[:, None] * (means - X)`",
    ),
    "rows without their weights": (
        "hazards",
        "means = np.cumsum(X * weight[:, None]",
        "means = np.cumsum(X",
        "`* weight[:, None]` is missing",
    ),
    "brackets of a divisor": (
        "spectra",
        "error = 2 * (out - y)",
        "error = 2 * out - y",
        "`2 * out - y` should be `2 * (out - y)`",
    ),
    "an order that is missing": (
        "ranked",
        "ranked = s[order]",
        "ranked = s\n",
        "`s` should be `s[order]`",
    ),
    "axes of a column and a row": (
        "forces",
        "dd = -2 * (m[:, None] * m[None, :] ** 2",
        "dd = -2 * (m[None, :] * m[None, :] ** 2",
        "`m[None, :]` should be `m[:, None]`",
    ),
    "a zero for what nothing reads": (
        "chain",
        'B[-1] = p["end"]',
        "B[-1] = 0.0",
        "`0.0` should be `p['end']`",
    ),
    "what the other end of a bond gets": (
        "bending",
        "G[j] += slope * two - slope * one",
        "G[j] += slope * two",
        "`- slope * one` is missing",
    ),
    "a filter that goes back": (
        "filters",
        "dx = lfilter(one, [1.0], dz[::-1])[::-1]",
        "dx = lfilter(one, [1.0], dz)",
        "should be `lfilter(one, [1.0], dz[::-1])[::-1]`",
    ),
    "columns the other way round": (
        "turned",
        "x.T @ right[:, ::-1]",
        "x.T @ right",
        "`x.T @ right` should be `x.T @ right[:, ::-1]`",
    ),
    "a factor of what only gets another name": (
        "contrast",
        "dsim = dlogits * np.exp(logt)",
        "dsim = dlogits",
        "`* np.exp(logt)` is missing",
    ),
    "a factor that the cost has once more": (
        "returns",
        "dv[t + 1] += 0.9 * (1 - done[t]) * carry",
        "dv[t + 1] += 0.9 * carry",
        "`* (1 - done[t])` is missing",
    ),
    "a loop that ends where a round does": (
        "hinges",
        "continue",
        "break",
        "`break` should be `continue`",
    ),
    "the other transform": (
        "spectra",
        "back = np.fft.ifft",
        "back = np.fft.fft",
        "np.fft.ifft",
    ),
}


@pytest.mark.parametrize("name", DATA)
def test_right_programs_pass(name, tmp_path):
    source, params, data = DATA[name]
    module = load(tmp_path, source)
    report = check_gradients(module.cost, module.grad, params, data)
    assert report.ok, str(report)


@pytest.mark.parametrize("name", MISTAKES)
def test_what_is_done_in_another_order_is_told(name, tmp_path):
    program, right, wrong, said = MISTAKES[name]
    source, params, data = DATA[program]
    assert source.count(right) == 1
    module = load(tmp_path, source.replace(right, wrong))
    (finding,) = check_gradients(module.cost, module.grad, params, data, seconds=3).findings
    assert said in finding.message
    assert finding.line == line_of(module, wrong.strip())
