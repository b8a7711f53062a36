"""Factors that are missing: of all, of a mean, of what a number lacks to one; and two of them."""

import ast
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from patched_programs import offered_for

from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_patches.patch_trials import Patchable
from trainwell.diagnosis.gradient_patches.patching import offered
from trainwell.diagnosis.gradient_patches.sources import sources
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.gradients.passes import Passes
from trainwell.diagnosis.gradients.written_factors import lacking
from trainwell.diagnosis.scorecard.programs import load

LAYERS = """
import numpy as np

HYPER = {"share": 0.3}


def cost(p, x, y):
    share = HYPER["share"]
    a = np.tanh(x @ p["U"] + p["c"])
    mixed = share * a + (1 - share) * a**2
    pull = np.einsum("nd,nd->n", mixed, mixed) / a.shape[1]
    e = mixed @ p["V"] - y
    return (0.5 * np.sum(e**2) + 0.25 * np.sum(pull**2)) / len(x), (a, mixed, pull, e)


def back(up, a, first):
    d = up
    if first:
        d = up * (1 - a**2)
    return d


def grad(p, x, y, cache):
    a, mixed, pull, e = cache
    share = HYPER["share"]
    flow, twice = e / len(x), pull / len(x)
    out = back(flow, e, False)
    dmixed = out @ p["V"].T + np.einsum("n,nd->nd", twice, mixed) / a.shape[1]
    linear = share * dmixed
    square = (1 - share) * (2 * a * dmixed)
    inner = back(linear + square, a, True)
    return {"U": x.T @ inner, "c": inner.sum(0), "V": mixed.T @ out}
"""


def line_of(text):
    return LAYERS[: LAYERS.index(text)].count("\n") + 1


def checked(*changes):
    source = LAYERS
    for old, new in changes:
        assert source.count(old) == 1
        source = source.replace(old, new)
    module = load(source, "factors.py")
    rng = np.random.default_rng(5)
    params = {"U": rng.normal(size=(4, 3)), "c": rng.normal(size=3), "V": rng.normal(size=(3, 2))}
    data = rng.normal(size=(6, 4)), rng.normal(size=(6, 2))
    numbers = {"share": 0.3}
    return check_gradients(module["cost"], module["grad"], params, data, hyperparams=numbers)


def test_the_layers_are_right():
    assert checked().verdict == "PASS"


def test_what_a_number_lacks_to_one_is_missing():
    old = "square = (1 - share) * ("
    (found,) = checked((old, "square = (")).findings
    assert (found.line, found.kind) == (line_of(old), "factor")
    assert "(1 - share) *` is missing" in found.message


SNIPPET = """
import numpy as np

def cost(p, a, b):
    rate = 0.3
    return (1 - rate) * np.sum(p["w"]), None

def grad(p, a, b, _):
    rate = 0.3
    {text}
    return {{"w": b}}
"""


def patches_of(text):
    """Return what the patches of a statement say."""
    module = SimpleNamespace(**load(SNIPPET.format(text=text), "snippet.py"))
    found = offered_for(module, {"w": np.ones(2)}, (np.ones((2, 3)), np.ones(2)))
    return {patch.told() for _, patch in found if patch.statement.lineno == 10}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('c = np.einsum("nd,nd->n", a, a)', "`/ a.shape[1]` is missing"),
        ('c = np.einsum("nd,n->d", a, b)', "`/ a.shape[0]` is missing"),
        ("c = a * 2", "`(1 - rate) *` is missing"),
        ("c = a * 2", "`-(1 - rate) *` is missing"),
    ],
)
def test_means_and_complements_are_patches(text, message):
    assert message in patches_of(text)


def test_the_sign_of_a_complement_is_its_own():
    module = SimpleNamespace(**load(SNIPPET.format(text="c = a * 2"), "snippet.py"))
    found = offered_for(module, {"w": np.ones(2)}, (np.ones((2, 3)), np.ones(2)))
    new = {ast.unparse(p.changes[0][3]) for _, p in found if p.told().startswith("`-(1 - rate) *")}
    assert "-(1 - rate) * (a * 2)" in new


@pytest.mark.parametrize(
    "text",
    [
        'c = np.einsum("nd,n->nd", a, b)',
        'c = np.einsum("...d,d", a, a[0])',
        'c = np.einsum("nd,nd->n", a * 1, a + 1)',
        "c = a.sum(axis=1)",
    ],
)
def test_nothing_is_divided_by_what_is_not_summed(text):
    assert not any(".shape[" in each for each in patches_of(text))


STEPS = """
import numpy as np


def cost(p, x, y):
    a = np.tanh(x @ p["U"])
    e = a @ p["V"] - y
    return 0.5 * np.sum(e**2) / {count}, (a, e)


def back(up, a, first):
    d = up
    if first:
        d = up * (1 - a**2)
    return d


def grad(p, x, y, cache):
    a, e = cache
    flow = e
    out = back(flow, e, False)
    inner = back(out @ p["V"].T, a, True)
    return {{"U": x.T @ inner, "V": a.T @ out}}
"""


def searched(count):
    """Return what is lacking in a backward pass that is not divided by a count."""
    module = load(STEPS.format(count=count), "steps.py")
    rng = np.random.default_rng(6)
    params = {"U": rng.normal(size=(4, 3)), "V": rng.normal(size=(3, 2))}
    data = rng.normal(size=(6, 4)), rng.normal(size=(6, 2))
    report = check_gradients(module["cost"], module["grad"], params, data, diagnose=False)
    expected = {name: array.expected for name, array in report.arrays.items()}
    cache = module["cost"](params, *data)[1]

    def gradient():
        return module["grad"](params, *data, cache)

    found = sources(lambda: module["cost"](params, *data), gradient)
    patchable = Patchable(gradient, expected, found, {"m": 6.0}, sense=lambda: 1.0)
    return Passes(lambda: None, None, patchable, offered(patchable), ["U", "V"])


@pytest.mark.parametrize(
    ("count", "message"),
    [("len(x)", "`/ m` is missing"), ("(2 * len(x))", "is exactly 12 x the correct gradient")],
)
def test_what_all_is_divided_by_is_missing_where_the_pass_begins(count, message):
    (found,) = lacking(searched(count), [], 2.0)
    assert (found.line, found.message) == (20, message)
    assert found.affected == ("U", "V")


def told(factor):
    return Finding("d", "factor", factor, None, "is wrong", 0.9, ("U",))


def test_nothing_is_lacking_where_the_factors_differ():
    passes = searched("len(x)")
    right = {**passes.patchable.expected, "V": passes.patchable.gradient()["V"]}
    passes = replace(passes, patchable=replace(passes.patchable, expected=right), wrong=["U"])
    assert lacking(passes, [told(6.0), told(6.0)], 2.0)
    assert not lacking(passes, [told(6.0), told(3.0)], 2.0)
    assert not lacking(passes, [told(6.0)], 2.0)
