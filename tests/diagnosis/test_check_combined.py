"""One function that returns the cost and its gradients: both passes run all of it."""

import numpy as np
import pytest
from patched_programs import line_of, load

from trainwell.diagnosis.gradient_patches.around import around
from trainwell.diagnosis.gradient_patches.patches import patches
from trainwell.diagnosis.gradient_patches.sources import sources
from trainwell.diagnosis.gradients import check_gradients

PROGRAM = """\
import numpy as np


def affine_forward(x, w, b):
    return x @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def squashed(a):
    return 1 / (1 + np.exp(-a))


def loss(params, X, y, reg):
    n = X.shape[0]
    a, first = affine_forward(X, params["W1"], params["b1"])
    h = squashed(a)
    scores, second = affine_forward(h, params["W2"], params["b2"])
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    data_loss = -np.log(p[np.arange(n), y]).mean()
    W1, W2 = params["W1"], params["W2"]
    total = data_loss + 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    scores = p.copy()
    scores[np.arange(n), y] -= 1
    scores /= n
    dh, dW2, db2 = affine_backward(scores, second)
    above = np.maximum(dh, dh)
    da = above * h * (1 - h)
    dX, dW1, db1 = affine_backward(da, first)
    dW1 += reg * W1
    dW2 += reg * W2
    return total, {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
"""

MISTAKES = {
    "statement": ("da = above * h * (1 - h)", "da = above * (1 - h)", "da = above"),
    "penalty": ("dW2 += reg * W2", "dW2 += 2 * reg * W2", "dW2 += 2"),
    "helper": ("x.T @ dout, dout.sum(axis=0)", "x.T @ dout, dout.mean(axis=0)", "return dout @"),
    "missing": ("    scores /= n\n", "", "scores[np.arange(n)"),
    "half-precision": ("above * h * (1 - h)", "(above * h * (1 - h)).astype(np.float16)", "da ="),
}


RNG = np.random.default_rng(3)
DATA = (RNG.normal(size=(5, 3)), RNG.integers(0, 3, 5), 0.3)
SHAPES = {"W1": (3, 4), "b1": (4,), "W2": (4, 3), "b2": (3,)}


def params():
    rng = np.random.default_rng(4)
    return {name: rng.normal(size=shape) for name, shape in SHAPES.items()}


def checked(folder, meant="", instead=""):
    assert not meant or PROGRAM.count(meant) == 1
    module = load(folder, PROGRAM.replace(meant, instead) if meant else PROGRAM)
    report = check_gradients(
        lambda p, *given: module.loss(p, *given)[0],
        lambda p, *given: module.loss(p, *given)[1],
        params(),
        DATA,
    )
    return module, report


def test_a_right_one_passes_and_has_no_kink_where_only_gradients_are_made(tmp_path):
    _, report = checked(tmp_path)
    assert report.verdict == "PASS"
    assert not [spot for spot in report.blind_spots if "kink" in spot]


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_the_statement_is_named_among_those_of_both_passes(tmp_path, mistake):
    meant, instead, place = mistake
    module, report = checked(tmp_path, meant, instead)
    assert report.verdict == "FAIL"
    (finding,) = report.findings
    assert finding.line == line_of(module, place)


def test_a_patch_of_it_is_told(tmp_path):
    _, report = checked(tmp_path, *MISTAKES["statement"][:2])
    assert report.findings[0].message == "`h *` is missing beside `1 - h`"


def test_numbers_that_the_cost_is_made_with_are_not_patched(tmp_path):
    once = "    scores[np.arange(n), y] -= 1\n    scores /= n\n"
    module, report = checked(tmp_path, once, once.replace("/= n", "/= 2 * n"))
    (finding,) = report.findings
    assert finding.line == line_of(module, "scores /= 2")
    found = sources(
        lambda: module.loss(params(), *DATA),
        lambda: module.loss(params(), *DATA),
        lambda: (
            frozenset({(module.__file__, line_of(module, "data_loss ="))}),
            frozenset({(module.__file__, line_of(module, "scores /= 2"))}),
        ),
    )
    (source,) = [each for each in found if each.function is module.loss]
    lines = {patch.statement.lineno for patch in patches(around(source, {}, ()))}
    assert line_of(module, "scores /= 2") in lines
    assert not lines & {line_of(module, text) for text in ("n = X", "data_loss =", "p /= p")}
