"""Variables of loops that begin as zeros and are never changed."""

import ast

import numpy as np
import pytest

from trainwell.diagnosis.gradient_localisation.carried_zeros import (
    unchanged_zeros,
    unwritten_zeros,
)
from trainwell.diagnosis.gradients import check_gradients

STAY = {
    "added": "c = np.zeros(3)\n    for i in a:\n        s = i + c",
    "one of two": "b, c = [], np.zeros_like(a)\n    for i in a:\n        s += c[i]",
    "number": "c = 0.0\n    while a:\n        s = a.pop() - c",
    "inner loop": "for j in a:\n        c = 0\n        for i in j:\n            s = i + c",
}
CHANGE = {
    "assigned": "c = np.zeros(3)\n    for i in a:\n        s = i + c\n        c = s",
    "written to": "c = np.zeros(3)\n    for i in a:\n        s = i + c\n        c[0] = s",
    "added to": "c = np.zeros(3)\n    for i in a:\n        s = i + c\n        c += s",
    "passed on": "c = np.zeros(3)\n    for i in a:\n        s = i + c\n        np.add.at(c, i, s)",
    "result of a call": "c = np.zeros(3)\n    for i in a:\n        np.add(i + c, 1, out=c)",
    "filled before": (
        "c = np.zeros(3)\n    for i in a:\n        c[i] = 1\n    for i in a:\n        s = i + c"
    ),
    "compared only": "c = np.zeros(3)\n    for i in a:\n        s = np.maximum(c, i)",
    "no zeros": "c = np.ones(3)\n    for i in a:\n        s = i + c",
    "not in the loop": "c = np.zeros(3)\n    for i in a:\n        s = i\n    s = s + c",
}


def found(body):
    (tree,) = ast.parse(f"def f(a, s):\n    {body}\n").body
    return [name for name, _ in unchanged_zeros(tree, "nowhere.py")]


@pytest.mark.parametrize("name", STAY)
def test_what_a_loop_adds_and_never_changes_stays_zero(name):
    assert found(STAY[name]) == ["c"]


@pytest.mark.parametrize("name", CHANGE)
def test_what_may_change_or_is_not_added_is_left_alone(name):
    assert found(CHANGE[name]) == []


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("c = np.zeros_like(a)\n    return a - c", ["c"]),
        ("c = np.zeros_like(a)\n    c[s] = 1\n    return a - c", []),
        ("c = np.zeros_like(a)\n    s = fill(c, s)\n    return a - c", []),
        ("c = np.zeros_like(a)\n    c = s\n    return a - c", []),
        ("c = np.zeros_like(a)\n    return np.maximum(a, c)", []),
        ("c = 1\n    return a - c", []),
    ],
    ids=["never", "element", "call", "name", "compared", "no zeros"],
)
def test_what_nothing_is_written_into_stays_zero(body, names):
    (tree,) = ast.parse(f"def f(a, s):\n    {body}\n").body
    assert [name for name, _ in unwritten_zeros(tree, "nowhere.py")] == names


def log_probabilities(p, x):
    z = x @ p["W"]
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def cost(p, x, y):
    return -np.mean(log_probabilities(p, x)[np.arange(len(y)), y])


def grad(p, x, y):
    logp = log_probabilities(p, x)
    onehot = np.zeros_like(logp)
    return {"W": x.T @ (np.exp(logp) - onehot) / len(y)}


def test_labels_that_are_never_written_are_told():
    rng = np.random.default_rng(2)
    params, x, y = {"W": rng.normal(size=(3, 4))}, rng.normal(size=(6, 3)), rng.integers(0, 4, 6)
    (finding,) = check_gradients(cost, grad, params, (x, y), seconds=1.0).findings
    assert (finding.target, finding.kind) == ("onehot", "zero")
    assert finding.message == "stays zero: nothing is written into it"
