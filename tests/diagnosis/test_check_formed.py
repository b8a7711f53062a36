"""Of several places for one change, the one that makes derivatives of named values is told."""

import numpy as np
import pytest

from trainwell.diagnosis.gradients.check import check_gradients
from trainwell.diagnosis.scorecard.judging import report_on
from trainwell.diagnosis.scorecard.programs import load, program
from trainwell.randomness import generator

SOURCE = """
import numpy as np


def cost(params, X, Y):
    A = X @ params["W"]
    var = np.sum(A**2, axis=0) / len(X)
    root = np.sqrt(var + 0.1)
    scale = 1 / root
    E = A * scale - Y
    return 0.5 * np.sum(E**2) / len(X), (A, var, root, scale, E)


def grad(params, X, Y, cache):
    A, var, root, scale, E = cache
    d = E / len(X)
    dscale = np.sum(d * A, axis=0)
    droot = -dscale / root**2
    dvar = 0.5 / np.sqrt(var + 0.1) * droot
    dsquares = np.ones(A.shape) / len(X) * dvar
    dA = d * scale + 2 * A * dsquares
    return {"W": X.T @ dA}
"""
RATINGS = """
import numpy as np


def cost(params, users, ratings):
    errors = [r - params["b"][u] for u, r in zip(users, ratings)]
    return sum(e**2 + 0.3 * params["b"][u] ** 2 for e, u in zip(errors, users)), errors


def grad(params, users, ratings, errors):
    return slopes(params, users, errors)


def slopes(params, users, errors):
    b = params["b"]
    db = np.zeros_like(b)
    for u, e in zip(users, errors):
        db[u] += -2 * e + 0.6 * b[u]
    return {"db": db}
"""


def checked(source, old="", new=""):
    assert source.count(old) == 1 or not old
    module = load(source.replace(old, new) if old else source, f"formed-{hash(old + new)}.py")
    rng = generator(0, "a scale of its own")
    params = {"W": rng.normal(size=(3, 4))}
    data = (rng.normal(size=(7, 3)), rng.normal(size=(7, 4)))
    if source is RATINGS:
        params = {"b": rng.normal(size=4)}
        data = (np.array([0, 2, 1, 3, 2, 0]), rng.normal(size=6))
    return check_gradients(module["cost"], module["grad"], params, data)


@pytest.mark.parametrize("source", [SOURCE, RATINGS])
def test_the_programs_are_right(source):
    assert checked(source).ok


NAMELESS = SOURCE
for name, other in {"dvar": "q", "dscale": "r", "droot": "t", "dsquares": "u"}.items():
    NAMELESS = NAMELESS.replace(name, other)
MISTAKES = [
    ("np.ones(A.shape) / len(X) * dvar", "np.ones(A.shape) * dvar", "dsquares", "exactly 7"),
    ("0.5 / np.sqrt(var + 0.1)", "0.5 / (var + 0.1)", "dvar", "a root is missing"),
    ("0.5 / np.sqrt(var + 0.1)", "1 / np.sqrt(var + 0.1)", "dvar", "exactly 2"),
    ("np.sum(d * A, axis=0)", "np.mean(d * A, axis=0)", "dscale", "exactly 0.1428571"),
]


@pytest.mark.parametrize(("old", "new", "target", "told"), MISTAKES)
def test_what_is_a_derivative_as_it_stands_is_not_mended(old, new, target, told):
    (finding,) = checked(SOURCE, old, new).findings
    assert finding.target == target
    assert told in finding.message


@pytest.mark.parametrize(("old", "new", "target", "told"), MISTAKES)
def test_nor_is_what_has_another_name(old, new, target, told):
    old, new = (text.replace("dvar", "q") for text in (old, new))
    (finding,) = checked(NAMELESS, old, new).findings
    assert finding.target == {"dsquares": "u", "dvar": "q", "dscale": "r"}[target]
    assert told in finding.message


def test_a_loop_that_is_mended_in_its_last_round_is_no_matter_of_its_caller():
    (finding,) = checked(RATINGS, " + 0.6 * b[u]", "").findings
    assert (finding.target, finding.kind) == ("db", "path")


def test_one_repair_may_change_the_shape_of_what_another_looks_at():
    right = program("mixture_of_experts")
    source = right.source
    for old, new in (("dZ.sum(", "dH.sum("), ("P[:, k, None] * dM", "P[:, k, None] * T")):
        assert source.count(old) == 1
        source = source.replace(old, new)
    report = report_on(right, load(source, f"{right.file}@two"), 0)
    assert len(report.findings) == 2
    assert all("should be" in finding.message for finding in report.findings)
