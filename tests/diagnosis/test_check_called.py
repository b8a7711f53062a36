"""What is called like a derivative and is not, further from where everything could be mended."""

import numpy as np
import pytest
from patched_programs import line_of, load, written

from trainwell.diagnosis.gradients import check_gradients

RNG = np.random.default_rng(8)

STEPS = """\
import numpy as np

N = 6


def cost(p, X, y):
    raw = X @ p["W"]
    mu = raw.mean(axis=0)
    xmu = raw - mu
    var = np.mean(xmu**2, axis=0)
    sqrtvar = np.sqrt(var + 1e-3)
    ivar = 1.0 / sqrtvar
    xhat = xmu * ivar
    out = p["gamma"] * xhat + p["beta"]
    h = np.tanh(out)
    scores = np.maximum(0, h - h[np.arange(len(y)), y][:, None] + 1)
    scores[np.arange(len(y)), y] = 0
    return np.sum(scores) / len(y), (raw, xmu, var, sqrtvar, ivar, xhat, h, scores)


def grad(p, X, y, cache):
    raw, xmu, var, sqrtvar, ivar, xhat, h, scores = cache
    n = len(y)
    mask = (scores > 0) * 1.0
    row_sum = np.sum(mask, axis=1)
    mask[np.arange(n), y] = -row_sum
    dh = mask / n
    dout = dh * (1 - h**2)
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dxhat = dout * p["gamma"]
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu = dxhat * ivar
    dsqrtvar = -1.0 / sqrtvar**2 * divar
    dvar = 0.5 / np.sqrt(var + 1e-3) * dsqrtvar
    dsquare = dvar / len(X) * np.ones_like(xmu)
    dxmu = dxmu + 2 * xmu * dsquare
    draw = dxmu - dxmu.mean(axis=0)
    return {"W": X.T @ draw, "gamma": dgamma, "beta": dbeta}
"""
POINT = (
    {"W": RNG.normal(size=(4, 5)), "gamma": RNG.normal(size=5), "beta": 0.3 * RNG.normal(size=5)},
    (RNG.normal(size=(7, 4)), RNG.integers(0, 5, size=7)),
)

CASES = {
    "lost-root": ("0.5 / np.sqrt(var + 1e-3) * ds", "0.5 * ds", "dvar = ", None),
    "lost-number": (
        "0.5 / np.sqrt(var + 1e-3) * ds",
        "1 / np.sqrt(var + 1e-3) * ds",
        "dvar = ",
        "factor",
    ),
    "well-called": ("= -row_sum", "= row_sum", "mask[", "sign"),
    "ill-called": ("np.sum(mask, axis=1)", "2 * np.sum(mask, axis=1)", "row_sum = ", "factor"),
}


def checked(tmp_path, *changes, program=STEPS, point=POINT):
    module = load(tmp_path, written(*changes, program=program))
    numbers = getattr(module, "HYPER", {})
    return module, check_gradients(module.cost, module.grad, *point, hyperparams=numbers)


@pytest.mark.parametrize("name", CASES)
def test_the_statement_is_named_whose_value_is_not_what_it_is_called(name, tmp_path):
    right, wrong, begins, kind = CASES[name]
    module, report = checked(tmp_path, (right, wrong))
    (finding,) = report.findings
    assert finding.line == line_of(module, begins)
    assert kind in {None, finding.kind}


def test_the_program_is_right(tmp_path):
    assert checked(tmp_path)[1].verdict == "PASS"


def test_a_multiple_of_what_it_should_be_is_told_where_it_is_computed(tmp_path):
    at_once = (
        ("    dsqrtvar = -1.0 / sqrtvar**2 * divar\n", ""),
        ("0.5 / np.sqrt(var + 1e-3) * dsqrtvar", "-0.5 * (var + 1e-3) ** -1.5 * divar"),
        ("dvar / len(X) * np.ones_like(xmu)", "(1.0 / len(X)) * np.ones_like(xmu) * dvar"),
    )
    assert checked(tmp_path, *at_once)[1].verdict == "PASS"
    lost = (at_once[0], (at_once[1][0], at_once[1][1].removeprefix("-0.5 * ")), at_once[2])
    module, report = checked(tmp_path, *lost)
    (finding,) = report.findings
    assert finding.line == line_of(module, "dvar = ")
    assert finding.factor == pytest.approx(-2)


COUPLED = """\
import numpy as np

HYPER = {"clamp": 1.5}


def layer(p, name, x):
    h = x @ p["V" + name]
    gate = np.tanh(h)
    s = HYPER["clamp"] * gate
    return x * np.exp(s), (x, gate, s)


def cost(p, X):
    out, first = layer(p, "1", X)
    out, second = layer(p, "2", out)
    return np.mean(np.sum(out**2, axis=1) / 2), (out, first, second)


def back(p, name, dout, cache):
    x, gate, s = cache
    dx = dout * np.exp(s)
    ds = dout * x * np.exp(s)
    draw = ds * HYPER["clamp"] * (1 - gate**2)
    return dx + draw @ p["V" + name].T, x.T @ draw


def grad(p, X, cache):
    out, first, second = cache
    dout = out / len(X)
    dout, dV2 = back(p, "2", dout, second)
    _, dV1 = back(p, "1", dout, first)
    return {"V1": dV1, "V2": dV2}
"""


def test_what_is_right_where_it_is_first_computed_is_not_to_blame_further_on(tmp_path):
    point = (
        {"V1": RNG.normal(size=(3, 3)), "V2": RNG.normal(size=(3, 3))},
        (RNG.normal(size=(5, 3)),),
    )
    assert checked(tmp_path, program=COUPLED, point=point)[1].verdict == "PASS"
    lost = ('ds * HYPER["clamp"] * (1', "ds * (1")
    module, report = checked(tmp_path, lost, program=COUPLED, point=point)
    (finding,) = report.findings
    assert finding.line == line_of(module, "draw = ")


PAIRS = """\
import numpy as np


def code(p, x):
    h = np.tanh(p["W"] @ x)
    return h


def cost(p, X, pairs):
    loss, kept = 0.0, []
    for one, two in pairs:
        h_one, h_two = code(p, X[one]), code(p, X[two])
        x = p["v"] @ (h_one - h_two)
        loss += np.logaddexp(0, -x)
        kept.append((x, h_one, h_two))
    return loss / len(pairs), kept


def one_back(p, g, x, h, dq):
    dh = p["v"] * dq
    da = dh * (1 - h**2)
    g["W"] += np.outer(da, x)


def grad(p, X, pairs, kept):
    g = {name: np.zeros(value.shape) for name, value in p.items()}
    for (one, two), (x, h_one, h_two) in zip(pairs, kept, strict=True):
        dx = -1 / (1 + np.exp(x)) / len(pairs)
        g["v"] += dx * (h_one - h_two)
        one_back(p, g, X[one], h_one, dx)
        one_back(p, g, X[two], h_two, -dx)
    return g
"""


def test_the_negative_of_another_examples_derivative_is_not_right(tmp_path):
    point = (
        {"W": RNG.normal(size=(3, 4)), "v": RNG.normal(size=3)},
        (RNG.normal(size=(5, 4)), [(0, 1), (2, 3), (4, 0)]),
    )
    assert checked(tmp_path, program=PAIRS, point=point)[1].verdict == "PASS"
    module, report = checked(tmp_path, ('p["v"] * dq', '-p["v"] * dq'), program=PAIRS, point=point)
    (finding,) = report.findings
    assert (finding.line, finding.kind) == (line_of(module, "dh = "), "sign")


TAGS = """\
import numpy as np


def cost(p, sequences):
    loss, kept = 0.0, []
    for X, tags in sequences:
        S = X @ p["W"] + p["b"]
        S = S - np.log(np.sum(np.exp(S), axis=1, keepdims=True))
        loss -= sum(S[t, tag] for t, tag in enumerate(tags))
        kept.append(np.exp(S))
    return loss / len(sequences), kept


def grad(p, sequences, kept):
    g = {name: np.zeros(value.shape) for name, value in p.items()}
    for (X, tags), prob in zip(sequences, kept, strict=True):
        dS = prob.copy()
        for t in range(len(tags)):
            dS[t, tags[t]] -= 1.0
        dS *= 1.0 / len(sequences)
        g["W"] += X.T @ dS
        g["b"] += dS.sum(axis=0)
    return g
"""


def test_a_number_is_missing_where_a_loop_has_ended(tmp_path):
    sequences = [(RNG.normal(size=(n, 4)), RNG.integers(0, 3, size=n)) for n in (3, 2)]
    unseen = np.array(sequences, dtype=object)  # whose arrays are no data by themselves
    point = ({"W": RNG.normal(size=(4, 3)), "b": RNG.normal(size=3)}, (unseen,))
    assert checked(tmp_path, program=TAGS, point=point)[1].verdict == "PASS"
    _, report = checked(tmp_path, ("dS *= 1.0 / len(sequences)", "pass"), program=TAGS, point=point)
    (finding,) = report.findings
    assert finding.target.startswith("dS")
    assert finding.factor == pytest.approx(2)


def test_a_whole_number_in_the_place_of_a_quotient_is_told(tmp_path):
    sequences = [(RNG.normal(size=(n, 4)), RNG.integers(0, 3, size=n)) for n in (3, 2)]
    point = ({"W": RNG.normal(size=(4, 3)), "b": RNG.normal(size=3)}, (sequences,))
    inside = (
        ("dS = prob.copy()", "n = len(sequences)\n        dS = prob / n"),
        ("-= 1.0\n        dS *= 1.0 / len(sequences)", "-= 1.0 / n"),
    )
    assert checked(tmp_path, *inside, program=TAGS, point=point)[1].verdict == "PASS"
    whole = (inside[0], (inside[1][0], "-= 1.0 // n"))
    module, report = checked(tmp_path, *whole, program=TAGS, point=point)
    (finding,) = report.findings
    assert (finding.line, finding.kind) == (line_of(module, "dS[t"), "precision")


CLASSES = """\
import numpy as np


def cost(p, X, y):
    S = X @ p["W"] + p["b"]
    S = S - np.log(np.sum(np.exp(S), axis=1, keepdims=True))
    return -np.mean(S[np.arange(len(y)), y]), np.exp(S)


def grad(p, X, y, prob):
    N = X.shape[0]
    dS = prob.copy()
    dS[np.arange(N), y] -= 1
    dS /= N
    return {"W": X.T @ dS, "b": dS.sum(axis=0)}
"""


def test_a_one_is_no_count(tmp_path):
    point = (
        {"W": RNG.normal(size=(4, 3)), "b": RNG.normal(size=3)},
        (RNG.normal(size=(7, 4)), RNG.integers(0, 3, size=7)),
    )
    assert checked(tmp_path, program=CLASSES, point=point)[1].verdict == "PASS"
    _, report = checked(tmp_path, ("    dS /= N\n", ""), program=CLASSES, point=point)
    (finding,) = report.findings
    assert finding.target.startswith("dS")


ORDER = """\
import numpy as np


def cost(p, X, returns):
    h = np.tanh(X @ p["W"])
    value = h @ p["v"]
    return 0.5 * np.mean((value - returns) ** 2), (h, value, returns)


def grad(p, X, returns, cache):
    h, value, returns = cache
    inp, out = X[:, :2], X[:, 2:]
    dvalue = (value - returns) / len(returns)
    dv = h.T @ dvalue
    draw = np.outer(dvalue, p["v"]) * (1 - h**2)
    return {"W": np.vstack([inp.T @ draw, out.T @ draw]), "v": dv}
"""


def test_what_is_unpacked_in_another_order_than_it_was_packed_is_to_blame(tmp_path):
    point = (
        {"W": RNG.normal(size=(4, 3)), "v": RNG.normal(size=3)},
        (RNG.normal(size=(6, 4)), RNG.normal(size=6)),
    )
    assert checked(tmp_path, program=ORDER, point=point)[1].verdict == "PASS"
    exchanged = ("h, value, returns = cache", "h, returns, value = cache")
    module, report = checked(tmp_path, exchanged, program=ORDER, point=point)
    (finding,) = report.findings
    assert (finding.line, finding.kind) == (line_of(module, "h, returns, value"), "operand")


SLICES = """\
import numpy as np


def cost(p, ids):
    inp, out = ids[:, :-1], ids[:, 1:]
    h = np.tanh(p["E"][inp])
    S = h @ p["V"]
    S = S - np.log(np.sum(np.exp(S), axis=2, keepdims=True))
    picked = np.take_along_axis(S, out[:, :, None], axis=2)
    return -np.mean(picked), (h, np.exp(S))


def grad(p, ids, cache):
    h, prob = cache
    inp, out = ids[:, :-1], ids[:, 1:]
    dS = (prob - np.eye(prob.shape[2])[out]) / out.size
    dV = np.einsum("nth,ntv->hv", h, dS)
    dh = dS @ p["V"].T * (1 - h**2)
    dE = np.zeros_like(p["E"])
    np.add.at(dE, inp, dh)
    return {"E": dE, "V": dV}
"""


def test_two_names_that_are_exchanged_are_one_fault(tmp_path):
    point = (
        {"E": RNG.normal(size=(6, 3)), "V": RNG.normal(size=(3, 6))},
        (RNG.integers(0, 6, size=(3, 5)),),
    )
    assert checked(tmp_path, program=SLICES, point=point)[1].verdict == "PASS"
    text = written(program=SLICES)
    at = text.rindex("inp, out = ")
    text = text[:at] + text[at:].replace("inp, out", "out, inp", 1)
    module, report = checked(tmp_path, program=text, point=point)
    (finding,) = report.findings
    assert (finding.line, finding.kind) == (line_of(module, "out, inp"), "operand")
