"""Whose fault it is: the line of a helper or its caller's, of two lines for one change, of two."""

import ast

import numpy as np
import pytest

from trainwell.diagnosis.gradient_localisation.matching import Derivative, Matcher
from trainwell.diagnosis.gradient_localisation.namesakes import alike
from trainwell.diagnosis.gradient_patches.patch import Patch, lacking
from trainwell.diagnosis.gradient_tape.recording import Step
from trainwell.diagnosis.gradients import diagnosis
from trainwell.diagnosis.gradients.check import check_gradients
from trainwell.diagnosis.scorecard.programs import load
from trainwell.randomness import generator

LAYERS = """
import numpy as np


def cost(params, X, Y):
    Z = X @ params["W1"] + params["b1"]
    H = np.maximum(Z, 0)
    E = H @ params["W2"] + params["b2"] - Y
    return 0.5 * np.sum(E**2) / len(X), (Z, H, E)


def layer_grad(d, H, W):
    dW = H.T @ d
    return d @ W.T, dW, d.sum(axis=0)


def grad(params, X, Y, cache):
    Z, H, E = cache
    dE = E / len(X)
    dH, dW2, db2 = layer_grad(dE, H, params["W2"])
    dZ = dH * (Z > 0)
    _, dW1, db1 = layer_grad(dZ, X, params["W1"])
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
"""
POOLED = """
import numpy as np


def weights(scores):
    e = np.exp(scores)
    return e / e.sum()


def cost(params, first, second):
    loss, kept = 0.0, []
    for words in (first, second):
        w = weights(params["s"][words])
        pooled = w @ params["E"][words]
        loss = loss + 0.5 * np.sum(pooled**2)
        kept.append((words, w, pooled))
    return loss, kept


def pooling_grad(words, w, dpooled, params, dE, ds):
    np.add.at(dE, words, np.outer(w, dpooled))
    dw = params["E"][words] @ dpooled
    np.add.at(ds, words, w * (dw - w @ dw))


def grad(params, first, second, kept):
    dE, ds = np.zeros_like(params["E"]), np.zeros_like(params["s"])
    for words, w, pooled in kept:
        pooling_grad(words, w, pooled, params, dE, ds)
    return {"E": dE, "s": ds}
"""
LOGISTIC = """
import numpy as np


def cost(params, X, y, weight):
    logit = X @ params["w"]
    p = 1 / (1 + np.exp(-logit))
    return -np.sum(weight * (y * np.log(p) + (1 - y) * np.log(1 - p))), logit


def grad(params, X, y, weight, logit):
    p = 1 / (1 + np.exp(-logit))
    dlogit = weight * (p - y)
    return {"w": X.T @ dlogit}
"""


LEAKY = """
import numpy as np


def leaky(Z):
    return np.where(Z > 0, Z, 0.1 * Z)


def slope(Z):
    return np.where(Z > 0, 1.0, 0.1)


def cost(params, X, Y):
    Z = X @ params["W1"] + params["b1"]
    H = leaky(Z)
    E = H @ params["W2"] + params["b2"] - Y
    return 0.5 * np.sum(E**2) / len(X), (Z, H, E)


def grad(params, X, Y, cache):
    Z, H, E = cache
    dE = E / len(X)
    dW2 = H.T @ dE
    dH = dE @ params["W2"].T
    dZ = dH * slope(Z)
    return {"W1": X.T @ dZ, "b1": dZ.sum(axis=0), "W2": dW2, "b2": dE.sum(axis=0)}
"""


SENTENCES = """
import numpy as np


def cost(params, sentences):
    loss = 0.0
    for words in sentences:
        loss = loss + 0.5 * np.sum(np.tanh(params["E"][words].sum(axis=0)) ** 2)
    return loss


def all_sentences(sentences, params, dE):
    for words in sentences:
        t = np.tanh(params["E"][words].sum(axis=0))
        np.add.at(dE, words, np.ones((len(words), 1)) * (t * (1 - t**2)))


def grad(params, sentences):
    dE = np.zeros_like(params["E"])
    all_sentences(sentences, params, dE)
    return {"E": dE}
"""


def sentences():
    rng = generator(0, "sentences")
    rows = [np.array(words) for words in ([0, 2, 2, 5], [1, 4, 3])]
    return {"E": 0.3 * rng.normal(size=(6, 3))}, (rows,)


def layers():
    rng = generator(0, "layers")
    params = {"W1": rng.normal(size=(3, 3)), "b1": rng.normal(size=3)}
    params |= {"W2": rng.normal(size=(3, 2)), "b2": rng.normal(size=2)}
    return params, (rng.normal(size=(7, 3)), rng.normal(size=(7, 2)))


def words():
    rng = generator(0, "words")
    params = {"E": rng.normal(size=(6, 3)), "s": rng.normal(size=6)}
    return params, (np.array([0, 2, 2, 5]), np.array([1, 4, 3]))


def examples():
    rng = generator(0, "examples")
    y = (rng.permutation(8) % 2).astype(float)
    return {"w": rng.normal(size=4)}, (rng.normal(size=(8, 4)), y, rng.uniform(1, 2, size=8))


CASES = {
    SENTENCES: sentences,
    LAYERS: layers,
    LEAKY: layers,
    POOLED: words,
    LOGISTIC: examples,
}


def findings_of(source, *edits, seconds=6.0):
    case = CASES[source]
    for old, new in edits:
        assert source.count(old) == 1
        source = source.replace(old, new)
    module = load(source, f"whose-{hash(source)}.py")
    params, data = case()
    report = check_gradients(module["cost"], module["grad"], params, data, seconds=seconds)
    return report.findings


@pytest.mark.parametrize("source", CASES)
def test_the_programs_are_right(source):
    assert not findings_of(source)


@pytest.fixture
def _by_operation_alone(monkeypatch):
    """Leave out what would find two faults, too."""
    for name in ("one_by_one", "two_patches", "beside_evident"):
        monkeypatch.setattr(diagnosis, name, lambda *_: [])
    monkeypatch.setattr(diagnosis, "is_doubtful", lambda _: False)


@pytest.mark.usefixtures("_by_operation_alone")
def test_what_a_helper_returns_rightly_lacks_something_where_it_is_only_renamed():
    found = findings_of(
        LAYERS, ("dE = E / len(X)", "dE = 3 * E / len(X)"), ("dZ = dH * (Z > 0)", "dZ = dH")
    )
    assert [(f.target, f.kind) for f in found] == [("dE", "factor"), ("dZ", "mask")]


@pytest.mark.usefixtures("_by_operation_alone")
def test_a_wrong_argument_of_one_of_two_calls_is_the_matter_of_that_call():
    found = findings_of(
        LAYERS,
        ("dE = E / len(X)", "dE = E * np.abs(E) / len(X)"),
        ("layer_grad(dZ, X,", "layer_grad(dZ, Z,"),
    )
    assert [f.target for f in found] == ["dE", "_, dW1, db1"]


@pytest.mark.parametrize(
    ("source", "old", "new", "line"),
    [
        (POOLED, "w * (dw - w @ dw))", "np.cos(w))", 23),
        (SENTENCES, "(t * (1 - t**2))", "np.cos(t)", 15),
    ],
    ids=["called", "own"],
)
def test_what_is_found_in_the_last_round_of_a_loop_is_no_matter_of_its_caller(
    source, old, new, line
):
    (found,) = findings_of(source, (old, new))
    assert found.line == line


def test_of_two_lines_the_one_that_gives_a_gradient_lacks_a_term():
    (found,) = findings_of(LOGISTIC, ("weight * (p - y)", "weight * p"))
    assert found.line == 13


@pytest.mark.usefixtures("plain_search")
def test_of_two_lines_for_a_slope_the_one_that_only_renames_lacks_it():
    found = findings_of(
        LEAKY, ("dZ = dH * slope(Z)", "dZ = dH"), ("H.T @ dE", "np.roll(H.T @ dE, 1, 0)")
    )
    assert {f.target for f in found} == {"dZ", "dW2"}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("    d = f(x)", "d"),
        ("    d = f(x)\n    np.add.at(d, i, x)", "d"),
        ("    d = f(x)\n    d[i] = x", "d"),
        ("    d = f(x)\n    y = d + x", ""),
    ],
)
def test_what_is_handed_out_lacks_a_term_if_nothing_else_reads_it(body, named):
    tree = ast.parse(f"def grad(x, i):\n{body}\n    return {{'d': d}}").body[0]
    handed = tree.body[-1].value
    more = ast.BinOp(handed.values[0], ast.Add(), ast.Name("x", ast.Load()))
    patch = Patch(tree.body[-1], ("path",), 1.0, "", ((handed, "values", 0, more),))
    assert lacking(patch, tree) == named


def test_a_product_too_many_is_another_operand():
    (found,) = findings_of(LAYERS, ("d.sum(axis=0)", "np.dot(d, d.T @ d).sum(axis=0)"))
    assert found.kind == "operand"


@pytest.mark.parametrize(
    ("gradient", "name", "same"),
    [("dz2", "z2", True), ("grad_W", "W", True), ("z", "z", False), ("dh", "c", False)],
)
def test_gradients_are_called_like_what_they_belong_to(gradient, name, same):
    assert alike(frozenset({gradient}), frozenset({name})) is same


@pytest.mark.parametrize("factor", [1.0, -2.5])
@pytest.mark.parametrize("shape", [(5,), (3, 4), (1,)])
def test_what_matches_is_found_among_many_with_its_factor(shape, factor):
    rng = generator(0, "derivatives")
    arrays = [rng.normal(size=shape) for _ in range(40)]
    known = [Derivative(Step(at, "leaf", value), None, value) for at, value in enumerate(arrays)]
    matcher = Matcher(known)
    for derivative in known:
        found = matcher.matches(factor * derivative.value.T)
        mine = [match.factor for match in found if match.derivative is derivative]
        assert mine == pytest.approx([factor])
        assert len(found) == (40 if shape == (1,) else 1)
    assert not matcher.matches(rng.normal(size=(7, 2)))
