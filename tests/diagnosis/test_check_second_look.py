"""Of two places that mend everything, the one that somebody got wrong."""

import ast

import numpy as np
import pytest
from patched_programs import line_of, load, offered_for, written

from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.overwritten import changed_in_place, overwriting
from trainwell.diagnosis.gradients import check_gradients, diagnosis
from trainwell.diagnosis.gradients.weighing import better, likelier

CENTRES = """\
import numpy as np

HYPER = {"decay": 0.3, "floor": 0.1}


def cost(params, X, y):
    apart = X[:, None, :] - params["C"][None]
    square = np.sum(apart**2, axis=2)
    width = np.sqrt(square.mean(axis=0) + HYPER["floor"])
    inverse = 1 / width
    near = np.exp(-square * inverse)
    pred = near @ params["w"]
    error = y - pred
    loss = 0.5 * np.mean(error**2) + 0.5 * HYPER["decay"] * np.sum(params["w"] ** 2)
    return loss, (apart, square, width, inverse, near, error)


def squared_error_back(error):
    derror = error / len(error)
    return derror


def grad(params, X, y, cache):
    apart, square, width, inverse, near, error = cache
    decay = HYPER["decay"]
    m = len(X)
    dpred = -squared_error_back(error)
    dnear = np.outer(dpred, params["w"])
    dw = near.T @ dpred + decay * params["w"]
    dpower = dnear * near
    dinverse = -np.sum(dpower * square, axis=0)
    dwidth = -dinverse / width**2
    dmean = 0.5 * dwidth / width
    dsquare = -dpower * inverse + dmean / m
    dapart = 2 * dsquare[:, :, None] * apart
    dC = -dapart.sum(axis=0)
    return {"C": dC, "w": dw}
"""

MISTAKES = {
    "sign-of-a-name": ("dapart = 2 *", "dapart = -2 *", "dapart = ", "sign"),
    "power-of-a-name": ("/ width**2", "/ width", "dwidth = ", "activation-wrong"),
    "sign-of-a-call": ("dpred = -squared", "dpred = squared", "dpred = ", "sign"),
    "key-of-another-name": (
        'decay = HYPER["decay"]',
        'decay = HYPER["floor"]',
        "decay = ",
        "factor",
    ),
}


def checked(module, **settings):
    rng = np.random.default_rng(5)
    params = {"C": rng.normal(size=(3, 2)), "w": rng.normal(size=3)}
    data = (rng.normal(size=(7, 2)), rng.normal(size=7))
    return check_gradients(
        module.cost, module.grad, params, data, hyperparams=module.HYPER, **settings
    )


@pytest.mark.parametrize("name", MISTAKES)
def test_a_value_that_is_not_what_it_is_called_is_at_fault(name, tmp_path):
    right, wrong, begins, kind = MISTAKES[name]
    assert checked(load(tmp_path, CENTRES)).verdict == "PASS"
    module = load(tmp_path, written((right, wrong), program=CENTRES))
    (finding,) = checked(module).findings
    assert (finding.line, finding.kind) == (line_of(module, begins), kind)


IN_PLACE = """\
import numpy as np


def cost(params, X, y):
    temperature = np.exp(params["t"])
    score = X @ params["W"]
    scaled = score / temperature
    return 0.5 * np.sum((scaled - y) ** 2), (temperature, score, scaled)


def grad(params, X, y, cache):
    temperature, score, scaled = cache
    dscaled = scaled - y
    dscore = dscaled / temperature
    dtemperature = -np.sum(dscaled * score, axis=0) / temperature**2
    dW = X.T @ dscore
    return {"W": dW, "t": dtemperature * temperature}
"""
RIGHT = "    dscore = dscaled / temperature\n"
OVERWRITTEN = {
    "renamed": "    dscaled /= temperature\n    dscore = dscaled\n",
    "another-name": "    dscore = dscaled\n    dscore /= temperature\n",
    "a-part": "    dscore = dscaled\n    dscore[...] = dscaled / temperature\n",
}


@pytest.mark.parametrize("name", OVERWRITTEN)
def test_what_is_overwritten_and_used_again_is_at_fault(name, tmp_path):
    module = load(tmp_path, written((RIGHT, OVERWRITTEN[name]), program=IN_PLACE))
    rng = np.random.default_rng(6)
    params = {"W": rng.normal(size=(3, 2)), "t": rng.normal(size=2)}
    data = (rng.normal(size=(5, 3)), rng.normal(size=(5, 2)))
    (finding,) = check_gradients(module.cost, module.grad, params, data).findings
    first = line_of(module, "dscaled = ") + 1
    assert finding.line in (first, first + 1)
    assert finding.kind == "aliased"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("dz *= mask", "dz"),
        ("dz[dz < 0] = 0", "dz"),
        ("dz.real[0] += 1", "dz"),
        ("dz = dz * mask", ""),
        ('grads["W"] += dW', ""),
        ('grads["W"] = dW', ""),
    ],
)
def test_an_array_that_a_statement_changes_is_told_from_an_entry(text, name):
    assert changed_in_place(ast.parse(text).body[0]) == name


def test_nothing_is_overwritten_where_nothing_is_changed_in_place(tmp_path):
    module = load(tmp_path, IN_PLACE)
    assert overwriting(module.__file__, line_of(module, "dW = ")) == frozenset()


MISSING_TERMS = """\
import numpy as np

HYPER = {"eps": 1e-3}


def cost(params, X, event):
    z = X @ params["W"]
    mean = z.mean(axis=0)
    var = z.var(axis=0)
    norm = (z - mean) / np.sqrt(var + HYPER["eps"])
    risk = np.exp(norm @ params["v"])
    loss = np.sum(risk * event[::-1] - event * (norm @ params["v"])) / event.sum()
    return loss, (norm, var, risk)


def grad(params, X, event, cache):
    norm, var, risk = cache
    eps = HYPER["eps"]
    after = event[::-1]
    dscore = (risk * after - event) / event.sum()
    dv = norm.T @ dscore
    dnorm = np.outer(dscore, params["v"])
    std = np.sqrt(var + eps)
    dz = (dnorm - dnorm.mean(axis=0) - norm * (dnorm * norm).mean(axis=0)) / std
    return {"W": X.T @ dz, "v": dv}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "begins", "said"),
    [
        (
            "(risk * after - event)",
            "(risk * after)",
            "dscore = ",
            "`- event` is missing beside `risk * after`",
        ),
        ("np.sqrt(var + eps)\n    dz", "np.sqrt(eps)\n    dz", "std = ", "`+ var` is missing"),
    ],
    ids=["divided", "in a call"],
)
def test_a_term_that_is_missing_within_a_formula_is_found(right, wrong, begins, said, tmp_path):
    module = load(tmp_path, written((right, wrong), program=MISSING_TERMS))
    rng = np.random.default_rng(7)
    params = {"W": rng.normal(size=(4, 3)), "v": rng.normal(size=3)}
    data = (rng.normal(size=(8, 4)), rng.uniform(0.5, 1.5, size=8))
    assert said in {patch.told() for _, patch in offered_for(module, params, data)}
    report = check_gradients(module.cost, module.grad, params, data, hyperparams=module.HYPER)
    (finding,) = report.findings
    assert (finding.line, finding.message) == (line_of(module, begins), said)


COMPUTED_AGAIN = """\
import numpy as np


def cost(params, X, y):
    z = X @ params["W"]
    scale = 1 / np.sqrt(np.mean(z**2, axis=1, keepdims=True) + 0.2)
    return 0.5 * np.sum((z * scale - y) ** 2), z


def grad(params, X, y, z):
    scale = 1 / np.sqrt(np.mean(z**2, axis=1, keepdims=True) + 0.2)
    dout = z * scale - y
    dscale = np.sum(dout * z, axis=1, keepdims=True)
    dz = dout * scale - dscale * scale**3 * z / z.shape[1]
    return {"W": X.T @ dz}
"""


@pytest.mark.parametrize(
    "again", ["1 / (np.sqrt(np.mean(z**2, axis=1, keepdims=True)) + 0.2)", "np.ones((len(z), 1))"]
)
def test_what_is_computed_again_and_not_so_is_at_fault(again, tmp_path, monkeypatch):
    monkeypatch.setattr(diagnosis, "single_patch", lambda *_: [])  # which finds it, too
    first, _, last = COMPUTED_AGAIN.rpartition(
        "1 / np.sqrt(np.mean(z**2, axis=1, keepdims=True) + 0.2)"
    )
    module = load(tmp_path, first + again + last)
    rng = np.random.default_rng(8)
    data = (rng.normal(size=(6, 4)), rng.normal(size=(6, 3)))
    report = check_gradients(module.cost, module.grad, {"W": rng.normal(size=(4, 3))}, data)
    (finding,) = report.findings
    assert (finding.line, finding.target) == (line_of(module, "dout = ") - 1, "scale")


APART = """\
import numpy as np


def cost(params, X, y):
    table, total = params["table"], 0.0
    for x, label in zip(X, y):
        total = total + np.sum(np.tanh(table[label] * x)) + np.sin(params["b"][label])
    return total


def grad(params, X, y):
    dtable, db = np.zeros_like(params["table"]), np.zeros_like(params["b"])
    for x, label in zip(X, y):
        slope = 1 - np.tanh(params["table"][label] * x) ** 2
        dtable[label] += slope * x
        db[label] += np.cos(params["b"][label])
    return {"table": dtable, "b": db}
"""


@pytest.mark.usefixtures("plain_search")
def test_beside_what_is_sure_one_patch_is_looked_for_of_all_else(tmp_path, monkeypatch):
    def longer(*_):
        pytest.fail("there is nothing left to look for")

    for name in ("_several", "two_patches"):
        monkeypatch.setattr(f"trainwell.diagnosis.gradients.diagnosis.{name}", longer)
    wrong = (
        ("dtable[label] += slope * x", "dtable[label] += slope * x * 2"),
        ("db[label] +=", "db[label] ="),
    )
    module = load(tmp_path, written(*wrong, program=APART))
    rng = np.random.default_rng(9)
    params = {"table": rng.normal(size=(3, 4)), "b": rng.normal(size=3)}
    data = (rng.normal(size=(8, 4)), np.array([0, 1, 2, 0, 1, 2, 0, 0]))
    report = check_gradients(module.cost, module.grad, params, data)
    told = [(finding.line, finding.kind) for finding in report.findings]
    assert told == [
        (line_of(module, "dtable[label] +="), "factor"),
        (line_of(module, "db[label] ="), "data-term"),
    ]


def test_one_of_two_findings_does_not_stand_for_a_vague_one():
    vague = [Finding("dz", "path", None, None, "is wrong", 0.5, ("W",))]
    two = [
        Finding("dz", "path", None, None, "is wrong", 0.5, ("W",)),
        Finding("da", "factor", 2.0, None, "is exactly 2 x", 0.98, ("W",)),
    ]
    assert likelier(vague, two, ["W"]) is vague
    assert better(vague, two[1:], ["W"]) == two[1:]
    same = [Finding("da", "path", None, None, "elsewhere", 0.5, ("W",))]
    assert better(vague, same, ["W"]) == vague


CHAIN = """\
import numpy as np


def cost(p, X, Y):
    a1 = np.tanh(X @ p["W1"] + p["b1"])
    a2 = np.tanh(a1 @ p["W2"] + p["b2"])
    a3 = a2 @ p["W3"] + p["b3"]
    return 0.5 * np.sum((a3 - Y) ** 2), (a1, a2, a3)


def back(W, d, a):
    return (d @ W.T) * (1 - a**2)


def grad(p, X, Y, cache):
    a1, a2, a3 = cache
    d3 = a3 - Y
    d2 = back(p["W3"], d3, a2)
    d1 = back(p["W2"], d2, a1)
    sums = {"b1": d1.sum(0), "b2": d2.sum(0), "b3": d3.sum(0)}
    return {"W1": X.T @ d1, "W2": a1.T @ d2, "W3": a2.T @ d3, **sums}
"""


def test_of_two_factors_on_one_path_each_accounts_for_what_it_mends(tmp_path, monkeypatch):
    others = ("two_patches", "two_left_out", "beside_evident", "beside_scaling", "beside_written")
    for name in others:
        monkeypatch.setattr(f"trainwell.diagnosis.gradients.diagnosis.{name}", lambda *_: [])
    changes = (("d3 = a3 - Y", "d3 = Y - a3"), ("d2 = back(", "d2 = 1.001 * back("))
    module = load(tmp_path, written(*changes, program=CHAIN))
    rng = np.random.default_rng(10)
    sizes = (3, 5, 4, 2)
    params = {f"W{k}": rng.normal(size=sizes[k - 1 : k + 1]) for k in (1, 2, 3)}
    params |= {f"b{k}": rng.normal(size=sizes[k]) for k in (1, 2, 3)}
    data = (rng.normal(size=(6, 3)), rng.normal(size=(6, 2)))
    report = check_gradients(module.cost, module.grad, params, data)
    told = {finding.line: set(finding.affected) for finding in report.findings}
    assert set(told) == {line_of(module, "d3 = "), line_of(module, "d2 = ")}
    assert told[line_of(module, "d3 = ")] >= {"W3", "b3"}


HALVES = """\
import numpy as np


def cost(params, X, Y):
    a = X @ params["U"]
    b = np.tanh(X @ params["V"])
    both = np.concatenate([a, b], axis=1)
    error = both @ params["W"] - Y
    return 0.5 * np.sum(error**2), (b, both, error)


def halves(X, da, db, b):
    return X.T @ da, X.T @ (db * (1 - b**2))


def grad(params, X, Y, cache):
    b, both, error = cache
    dboth = error @ params["W"].T
    da, db = dboth[:, :2], dboth[:, 2:]
    dU, dV = halves(X, da, db, b)
    return {"U": dU, "V": dV, "W": both.T @ error}
"""


def test_of_two_names_that_are_exchanged_neither_is_right(tmp_path):
    rng = np.random.default_rng(4)
    params = {"U": rng.normal(size=(3, 2)), "V": rng.normal(size=(3, 2))}
    params["W"] = rng.normal(size=(4, 2))
    data = (rng.normal(size=(5, 3)), rng.normal(size=(5, 2)))
    module = load(tmp_path, written(("    da, db =", "    db, da ="), program=HALVES))
    (finding,) = check_gradients(module.cost, module.grad, params, data).findings
    assert (finding.line, finding.kind) == (line_of(module, "db, da ="), "operand")
