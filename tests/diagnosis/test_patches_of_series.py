"""What is missing among things that are alike: a product of several, a sign, a number, a letter."""

from dataclasses import replace

import numpy as np
import pytest
from patched_programs import line_of, load, offers_for

from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.statements import Statement
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.gradients.text import as_text

CELL = """\
import numpy as np

RATE = 0.05


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cost(p, X, Y):
    n, H = len(X), p["pi"].size
    c, kept = np.zeros((n, H)), []
    for t in range(X.shape[1]):
        i = sigmoid(X[:, t] @ p["Wi"] + p["pi"] * c)
        f = sigmoid(X[:, t] @ p["Wf"] + p["pf"] * c)
        h = np.log1p(np.exp(f * c + i))
        kept.append((X[:, t], c, i, f, h))
        c = h
    kept.append(c)
    return 0.5 * np.sum((c - Y) ** 2) / n + RATE * np.sum(np.abs(p["Wi"])), kept


def grad(p, X, Y, kept):
    n = len(X)
    *steps, out = kept
    g = {name: np.zeros_like(array) for name, array in p.items()}
    dc = (out - Y) / n
    for x, c, i, f, h in reversed(steps):
        dz = dc * (1 - np.exp(-h))
        di = dz * i * (1 - i)
        df = dz * c * f * (1 - f)
        g["Wi"] += x.T @ di
        g["Wf"] += x.T @ df
        g["pi"] += (di * c).sum(0)
        g["pf"] += (df * c).sum(0)
        dc = dz * f + di * p["pi"] + df * p["pf"]
    dWi = g["Wi"]
    dWi += RATE * np.sign(p["Wi"])
    return {"Wi": dWi, "Wf": g["Wf"], "pi": g["pi"], "pf": g["pf"]}
"""

OF_SEVERAL = """\
import numpy as np


def cost(theta, X, Y):
    w, b = theta
    d = X @ w + b - Y
    return 0.5 * np.sum(d**2) / len(X) + 0.7 * b * np.sum(d)


def rule(theta, X, Y):
    w, b = theta
    n, total = len(X), np.sum(X @ w + b - Y)
    d = (X @ w + b - Y) / n + 0.7 * b
    return (
        X.T @ d,
        d.sum()
        + 0.7 * total,
    )


def grad(theta, X, Y):
    return rule(theta, X, Y)
"""

RNG = np.random.default_rng(4)
PARAMS = {
    "Wi": RNG.normal(size=(3, 4)),
    "Wf": RNG.normal(size=(3, 4)),
    "pi": RNG.normal(size=4),
    "pf": RNG.normal(size=4),
}
DATA = (RNG.normal(size=(5, 6, 3)), RNG.normal(size=(5, 4)))


def found_in(module, params, data):
    report = check_gradients(module.cost, module.grad, params, data, seconds=6)
    (finding,) = report.findings
    return finding, as_text(report)


OF_LIKE = {
    "product": (' + df * p["pf"]\n', "\n", "`+ df * p['pf']` is missing"),
    "sign": ("RATE * np.sign(", "RATE * (", "`p['Wi']` should be `np.sign(p['Wi'])`"),
    "exponential": ("(1 - np.exp(-h))", "np.exp(-h)", "`1 -` is missing beside `np.exp(-h)`"),
}


@pytest.mark.parametrize("name", OF_LIKE)
def test_what_is_missing_among_its_like_is_found(tmp_path, name):
    right, wrong, said = OF_LIKE[name]
    assert CELL.count(right) == 1
    module = load(tmp_path, CELL.replace(right, wrong))
    finding, _ = found_in(module, PARAMS, DATA)
    lines = CELL.splitlines()
    at = next(at for at, line in enumerate(lines, 1) if right.strip() in line)
    assert (finding.message, finding.line) == (said, at)


@pytest.mark.parametrize("name", OF_LIKE)
def test_what_is_missing_among_its_like_is_offered(tmp_path, name):
    right, wrong, said = OF_LIKE[name]
    module = load(tmp_path, CELL.replace(right, wrong))
    at = CELL[: CELL.index(right)].count("\n") + 1
    assert (said, at) in offers_for(module, PARAMS, DATA)


def test_the_right_program_passes(tmp_path):
    module = load(tmp_path, CELL)
    assert check_gradients(module.cost, module.grad, PARAMS, DATA).verdict == "PASS"


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("X.T @ d,", "X.T @ d * n,", "is exactly 6 = m x the correct gradient"),
        ("+ 0.7 * total,", "+ 0.35 * total,", "`2 *` is missing beside `0.35 * total`"),
    ],
)
def test_of_a_statement_of_several_lines_the_one_is_shown_that_is_wrong(
    tmp_path, right, wrong, said
):
    module = load(tmp_path, OF_SEVERAL.replace(right, wrong))
    params = (RNG.normal(size=3), np.array(0.3))
    finding, text = found_in(module, params, (RNG.normal(size=(6, 3)), RNG.normal(size=6)))
    line = line_of(module, wrong)
    assert finding.shown_line == line
    assert finding.line == line_of(module, "return (")
    assert said in finding.message
    assert f"line {line}:" in text
    assert f"\n       {wrong}\n" in text
    assert finding.source == wrong


STEPS = """\
import numpy as np


def slope(z, t, w):
    return np.tanh(w * z + np.sin(t) * w)


def back(z, t, w, d):
    s = d * (1 - slope(z, t, w) ** 2)
    return s * w, np.sum(s * (z + np.sin(t)))


def cost(p, x, h):
    k1 = slope(x, 1.0, p["w"])
    k2 = slope(x + h * k1, 1.0 + h, p["w"])
    k3 = slope(x + h * k2, 1.0 + h, p["w"])
    return np.sum((k1 + k2 + k3) ** 2), (k1, k2, k3)


def grad(p, x, h, cache):
    k1, k2, k3 = cache
    t, w = 1.0, p["w"]
    d = 2 * (k1 + k2 + k3)
    z3, z2 = x + h * k2, x + h * k1
    dz, g3 = back(z3, t + h, w, d)
    dz, g2 = back(z2, t + h, w, d + h * dz)
    _, g1 = back(x, t, w, d + h * dz)
    return {"w": g1 + g2 + g3}
"""


def test_what_another_call_is_given_is_meant(tmp_path):
    module = load(tmp_path, STEPS.replace("back(z2, t + h,", "back(z2, t,"))
    params, data = {"w": np.array(0.8)}, (RNG.normal(size=6), 0.3)
    told = (
        "`back(z2, t, w, d + h * dz)` should be `back(z2, t + h, w, d + h * dz)`",
        line_of(module, "dz, g2 = "),
    )
    assert told in offers_for(module, params, data)
    finding, _ = found_in(module, params, data)
    assert (finding.message, finding.line) == told


BRANCHES = """\
import numpy as np


def cost(p, X, kinds):
    a = X
    for kind in kinds:
        match kind:
            case "dense":
                a = a @ p["W"]
            case "square":
                a = a + 0.1 * a**3
    return 0.5 * np.sum(a**2)


def grad(p, X, kinds):
    inputs = [X]
    for kind in kinds:
        a = inputs[-1]
        inputs.append(a @ p["W"] if kind == "dense" else a + 0.1 * a**3)
    g, dW = inputs.pop(), 0
    for kind in reversed(kinds):
        a = inputs.pop()
        match kind:
            case "dense":
                dW = dW + a.T @ g
                g = g @ p["W"].T
            case "square":
                try:
                    g = g * (1 + 0.3 * a)
                except ValueError:
                    raise
    return {"dW": dW}
"""


def test_what_stands_in_a_case_is_told_by_its_own_line(tmp_path):
    module = load(tmp_path, BRANCHES)
    params = {"W": RNG.normal(size=(3, 3))}
    data = (RNG.normal(size=(4, 3)), ["dense", "square", "dense"])
    finding, text = found_in(module, params, data)
    assert finding.line == line_of(module, "g = g * (1 + 0.3")
    assert finding.message == "`** 2` is missing after `a`"
    assert "\n       g = g * (1 + 0.3 * a)\n" in text


def test_a_line_of_another_statement_is_not_shown():
    statement = Statement(__file__, 4, 5, "d", "d = (a\n + b)")
    found = Finding("dW", "path", None, statement, "is wrong", 1.0, within=5)
    assert found.shown_line == 5
    assert replace(found, within=9).shown_line == 4
    assert replace(found, statement=None).shown_line is None
    assert replace(found, statement=None).source == ""


WORDS = """\
import numpy as np


def embed(p, c):
    return p["In"][c] + p["Sub"][c % 2]


def cost(p, data):
    J = 0.0
    for c, o in data["pairs"]:
        J = J + np.log1p(np.exp(-embed(p, c) @ p["Out"][o]))
    return J / len(data["pairs"]) - data["prior"] * np.sum(np.log(p["a"]))


def grad(p, data):
    n = len(data["pairs"])
    g = {name: np.zeros_like(array) for name, array in p.items()}
    for c, o in data["pairs"]:
        v = embed(p, c)
        delta = -1 / (1 + np.exp(v @ p["Out"][o])) / n
        g["Out"][o] += delta * v
        g["In"][c] += delta * p["Out"][o]
        g["Sub"][c % 2] += delta * p["Out"][o]
    logs = np.zeros_like(p["a"])
    logs = logs - data["prior"]
    g["a"] = logs / p["a"]
    return g
"""


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("delta * v\n", 'delta * p["In"][c]\n', "`p['In'][c]` should be `v`"),
        ('logs - data["prior"]', "logs", "`- prior` is missing"),
    ],
    ids=["value", "number"],
)
def test_a_value_and_a_number_that_nothing_reads_are_meant(tmp_path, right, wrong, said):
    assert WORDS.count(right) == 1
    module = load(tmp_path, WORDS.replace(right, wrong))
    rng = np.random.default_rng(1)
    params = {name: rng.normal(size=(4, 3)) for name in ("In", "Out")}
    params |= {"Sub": rng.normal(size=(2, 3)), "a": rng.uniform(0.5, 2, size=5)}
    pairs = [(0, 1), (1, 3), (2, 2), (3, 0), (1, 0)]
    data = {"pairs": pairs, "prior": 0.37, "table": rng.normal(size=3)}
    finding, _ = found_in(module, params, data)
    lines = WORDS.splitlines()
    at = next(at for at, line in enumerate(lines, 1) if right.strip() in line)
    assert (finding.message, finding.line) == (said, at)
