"""Mistakes that raise no error: lost axes, counts of the wrong array, numbers for variables."""

import numpy as np
import pytest
from patched_programs import load

from trainwell.diagnosis.gradients import check_gradients

RNG = np.random.default_rng(0)

SQUARE = """\
import numpy as np


def both(w, x, y):
    u = x @ w
    far = (u[:, None] - u) ** 2
    e = np.exp(-far - 9 * np.eye(len(u)))
    p = e / e.sum(axis=1, keepdims=True)
    r = p @ y - y
    d = p * r[:, None] * (y - (p @ y)[:, None])
    both_ways = d + d.T
    np.fill_diagonal(both_ways, 0)
    g = -2 * both_ways * (u[:, None] - u)
    return 0.5 * np.sum(r * r), g.sum(axis=1) @ x
"""

PAIRS = """\
import numpy as np


def both(w, x, y):
    cost, g = 0.0, np.zeros(len(w))
    for at, few in ((0, 3), (4, 2)):
        part, size = x[at : at + 4], 4
        u = part @ w
        gaps = u[:, None] - u[None, :few]
        shares = 1 / (1 + np.exp(-gaps))
        cost += np.mean(np.log1p(np.exp(gaps)))
        scale = 1.0 / gaps.size
        g += scale * (shares.sum(axis=1) @ part - shares.sum(axis=0) @ part[:few])
    return cost, g
"""

TARGETS = """\
import numpy as np


def cost(w, x, y):
    p = 1 / (1 + np.exp(-x @ w))
    return 0.5 * np.sum((y - p[:, None]) ** 2)


def grad(w, x, y):
    p = 1 / (1 + np.exp(-x @ w))
    r = y - p[:, None]
    return -x.T @ (r.sum(axis=1) * p * (1 - p))
"""

GATED = """\
import numpy as np


def cost(w, x, y):
    h = np.tanh(w) * y[:, 0]
    e = np.exp(h)
    p = e / e.sum()
    return p @ y[:, 1] + 0.5 * np.sum(x @ w)


def grad(w, x, y):
    h = np.tanh(w) * y[:, 0]
    e = np.exp(h)
    p = e / e.sum()
    dh = p * (y[:, 1] - p @ y[:, 1])
    dw = dh * (1 - np.tanh(w) ** 2) * y[:, 0]
    return dw + 0.5 * x.sum(axis=0)
"""

COUNTS = """\
import numpy as np
from scipy.special import digamma, gammaln


def cost(w, x, y):
    mu = np.exp(x @ w)
    total = mu + y
    return np.sum(gammaln(total) - gammaln(mu))


def grad(w, x, y):
    mu = np.exp(x @ w)
    total = mu + y
    dmu = digamma(total) - digamma(mu)
    return x.T @ (dmu * mu)
"""

ENTROPY = """\
import numpy as np


def cost(w, x, y):
    e = np.exp(x @ w)
    p = e / e.sum()
    return np.sum(p * np.log(p)) + np.sum(w * w)


def grad(w, x, y):
    e = np.exp(x @ w)
    p = e / e.sum()
    mean = np.sum(p * np.log(p))
    d = p * (np.log(p) - mean)
    return x.T @ d + 2 * w
"""

SCALED = """\
import numpy as np


def cost(w, x, y):
    return np.sum(np.abs(x @ w) ** 1.5)


def grad(w, x, y):
    power = 3 / 2
    u = x @ w
    d = np.sign(u) * np.sqrt(np.abs(u))
    d = d * power
    return x.T @ d
"""

ROBUST = """\
import numpy as np


def cost(w, x, y):
    u = x @ w - y
    return 0.5 * np.sum(np.log(1 + u**2))


def grad(w, x, y):
    u = x @ w - y
    return x.T @ (u / (1 + u**2))
"""

X, Y = RNG.normal(size=(8, 3)), RNG.random(8)
DATA = {
    "part": (RNG.normal(size=(3, 3)), RNG.normal(size=(3, 2))),
    "target": (X, RNG.random((8, 2))),
}
MISTAKES = {
    "column": (SQUARE, "p * r[:, None] *", "p * r *", "`p * r[:, None]`"),
    "halves": (SQUARE, "d + d.T", "2 * d", "`2 * d` should be `d + d.T`"),
    "size": (PAIRS, "/ gaps.size", "/ size", ".size`"),
    "target": (TARGETS, "r = y - p", "r = 1 - p", "`1 - p[:, None]` should be `y - p[:, None]`"),
    "part": (GATED, "** 2) * y[:, 0]", "** 2)", "`* y[:, 0]` is missing"),
    "same call": (COUNTS, " - digamma(mu)", "", "`- digamma(mu)` is missing"),
    "number": (ENTROPY, "(np.log(p) - mean)", "np.log(p)", "`- mean` is missing"),
    "bracket": (ROBUST, "(u / (1 + u**2))", "(u / (1 + u) ** 2)", "`1 + u ** 2`"),
    "variable": (SCALED, "d * power", "d * 2.0", "should be `d * power`"),
}


def report_on(folder, text, data):
    module = load(folder, text)
    one = getattr(module, "both", None)
    functions = (one, one) if one else (module.cost, module.grad)
    return check_gradients(*functions, np.array([0.4, -0.7, 1.1]), data)


@pytest.mark.parametrize("name", MISTAKES)
def test_the_mistake_is_told_with_what_is_meant(tmp_path, name):
    text, meant, instead, told = MISTAKES[name]
    data = DATA.get(name, (X, Y))
    assert report_on(tmp_path, text, data).ok
    assert text.count(meant) == 1
    report = report_on(tmp_path, text.replace(meant, instead), data)
    (finding,) = report.findings
    place = text[: text.index(meant)].count("\n") + 1
    assert finding.line == place
    assert told in finding.message
