"""Two faults that are found by operation: each is looked for once more beside the other."""

from types import SimpleNamespace

import pytest
from patched_programs import line_of, load, written

from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.statements import Statement
from trainwell.diagnosis.gradients import beside_the_other, check_gradients
from trainwell.diagnosis.gradients.beside_the_other import is_doubtful
from trainwell.randomness import generator

HUBER = """
import numpy as np


def cost(p, x, y):
    pre = x @ p["W1"] + p["b1"]
    h = np.maximum(pre, 0.2 * pre)
    e = h @ p["W2"] + p["b2"] - y
    near = np.abs(e) <= 1
    return np.mean(np.where(near, 0.5 * e**2, np.abs(e) - 0.5)), (pre, h, e)


def slope_of_errors(e):
    inside = np.abs(e) <= 1
    return np.where(inside, e, np.sign(e)) / e.size


def dense_back(d, below, W):
    return d @ W.T, below.T @ d, d.sum(axis=0)


def grad(p, x, y, cache):
    pre, h, e = cache
    d_out = slope_of_errors(e)
    d_hidden, dW2, db2 = dense_back(d_out, h, p["W2"])
    d_pre = d_hidden * np.where(pre > 0, 1.0, 0.2)
    _, dW1, db1 = dense_back(d_pre, x, p["W1"])
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
"""
RNG = generator(0, "two faults beside each other")
PARAMS = {
    "W1": RNG.normal(size=(4, 5)),
    "b1": RNG.normal(size=5),
    "W2": RNG.normal(size=(5, 3)),
    "b2": RNG.normal(size=3),
}
DATA = (RNG.normal(size=(7, 4)), RNG.normal(size=(7, 3)))

HALF = ("/ e.size", "/ e.size / 2")
OTHER = ("dense_back(d_pre, x", "dense_back(d_hidden, x")
ROW = ("inside = np.abs(e) <= 1", "inside = np.abs(e) <= 1; inside[2] = 0")
LARGER = ("return d @ W.T, below.T @ d,", "return d @ W.T, 1.0001 * (below.T @ d),")
TOLD = {
    "a variable behind a factor": (
        (HALF, OTHER),
        ("return np.where", "_, dW1"),
        "should be `dense_back(d_pre, x, p['W1'])`",
    ),
    "a mask before a factor": (
        (ROW, LARGER),
        ("inside = ", "return d @"),
        "`inside[2] = 0` does not belong here",
    ),
}


@pytest.fixture(autouse=True)
def by_operation(monkeypatch):
    for name in ("two_patches", "beside_evident", "beside_scaling"):
        monkeypatch.setattr(f"trainwell.diagnosis.gradients.diagnosis.{name}", lambda *_: [])


def checked(folder, *edits):
    module = load(folder, written(*edits, program=HUBER))
    return module, check_gradients(module.cost, module.grad, PARAMS, DATA, seconds=20.0)


def test_the_program_is_right(tmp_path):
    assert checked(tmp_path)[1].ok


@pytest.mark.usefixtures("plain_search")
@pytest.mark.parametrize("name", TOLD)
def test_a_simple_patch_tells_more_while_the_other_is_held_right(name, tmp_path):
    edits, begins, said = TOLD[name]
    module, report = checked(tmp_path, *edits)
    lines = [line_of(module, text) for text in begins]
    assert sorted(finding.line for finding in report.findings) == sorted(lines)
    assert [finding for finding in report.findings if said in finding.message]


def test_one_statement_is_not_told_twice(monkeypatch):
    def found(line, confidence=0.9):
        statement = Statement("net.py", line, line, "dz", "dz = dh")
        return Finding("dz", "mask", None, statement, "", confidence, ("W",))

    monkeypatch.setattr(beside_the_other, "_apart", lambda *_: [found(9, 1.0)])
    located = SimpleNamespace(shop=SimpleNamespace(steps=[], lineage={}))
    two = beside_the_other.beside_the_other(None, located, [found(3), found(5)], 1.0)
    assert [finding.line for finding in two] == [9, 5]


def test_only_what_is_no_factor_and_not_certain_is_doubtful():
    def found(confidence, factor):
        return is_doubtful(Finding("d", "mask", factor, None, "", confidence))

    assert found(0.95, None)
    assert not found(1.0, None)
    assert not found(0.95, 0.5)
    assert found(0.95, 0.66)  # nobody writes that: it may be a number that is computed elsewhere
