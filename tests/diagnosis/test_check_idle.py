"""Arrays that stay zero since the function that they are given to never uses them."""

import ast
from types import SimpleNamespace

import pytest

from trainwell.diagnosis.gradient_localisation.carried_zeros import idle_function
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.scorecard.programs import load
from trainwell.randomness import generator

WRITTEN_INTO = """
import numpy as np


def cost(p, x, y):
    h = np.tanh(x @ p["W1"].T + p["b1"])
    out = h @ p["W2"].T + p["b2"]
    return np.sum((out - y) ** 2) / len(x), (h, out)


def dense_backward(dinp, dweight, dbias, dout, inp, weight):
    if dinp is not None:
        dinp += dout @ weight
    if dbias is not None:
        dbias += dout.sum(0)
    dweight += dout.T @ inp


def grad(p, x, y, cache):
    h, out = cache
    g = {name: np.zeros_like(value) for name, value in p.items()}
    dh = np.zeros_like(h)
    dense_backward(dh, g["W2"], g["b2"], 2 * (out - y) / len(x), h, p["W2"])
    dense_backward(None, g["W1"], dbias=g["b1"], dout=dh * (1 - h * h), inp=x, weight=p["W1"])
    return g
"""


def line_of(text):
    return WRITTEN_INTO[: WRITTEN_INTO.index(text)].count("\n") + 1


@pytest.mark.parametrize(
    ("text", "name", "affected"),
    [
        ("dweight += dout.T @ inp", "dweight", {"W1", "W2"}),
        ("dbias += dout.sum(0)", "dbias", {"b1", "b2"}),
    ],
)
def test_the_function_is_told_that_never_uses_what_it_is_given(text, name, affected):
    source = WRITTEN_INTO.replace(text, "pass")
    code = SimpleNamespace(**load(source, f"idle-{name}.py"))
    rng = generator(0, "gradients that are written into")
    shapes = {"W1": (4, 3), "b1": (4,), "W2": (2, 4), "b2": (2,)}
    params = {key: rng.standard_normal(shape) for key, shape in shapes.items()}
    data = (rng.standard_normal((6, 3)), rng.standard_normal((6, 2)))
    findings = check_gradients(code.cost, code.grad, params, data, seconds=4.0).findings
    assert {each.line for each in findings} == {line_of(text)}
    assert {key for each in findings for key in each.affected} == affected
    assert all(name == each.target for each in findings)
    assert all(f"in a function that never uses `{name}`" in each.message for each in findings)


def idle(source, array):
    trees = [(node, "file.py") for node in ast.parse(source).body]
    found = idle_function(trees, array)
    return None if found is None else (found[0], found[1].line)


def test_what_is_used_or_not_given_is_not_idle():
    head, call = "def add(total, more):\n    total += 1\n", "def f(g):\n    add(g[0], g[1])\n"
    assert idle(head + call, "g[1]") == ("more", 1)
    assert idle(head + call, "g[0]") is None
    assert idle(head + call, "g[2]") is None
    asked = head.replace("+= 1", "+= 0 if more is None else more")
    assert idle(asked + call, "g[1]") is None
    asked = head.replace("+= 1", "+= 0 if more is None else 1")
    assert idle(asked + call, "g[1]") == ("more", 1)
