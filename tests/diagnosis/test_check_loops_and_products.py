"""Where a loop adds up: a division that is missing behind it, a product the wrong way round."""

import ast
from dataclasses import replace

import numpy as np
from patched_programs import line_of, load

from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.statements import Statement
from trainwell.diagnosis.gradient_patches.patch import Patch, slots_of
from trainwell.diagnosis.gradient_patches.removals import sums_up, turns_product
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.gradients.weighing import of_one_line

PROGRAM = """\
import numpy as np


def cell_back(da, cache):
    a, before, x = cache
    dz = (1 - a**2) * da
    dU = np.dot(dz, before.T)
    dW = np.dot(dz, x.T)
    return {"dU": dU, "dW": dW}, dz


def cost_and_gradient(W, U, xs):
    n = len(xs)
    a, caches, loss = np.zeros((3, 1)), [], 0.0
    for x in xs:
        before = a
        a = np.tanh(W @ x + U @ before)
        caches.append((a, before, x))
        loss += np.sum(a**3)
    loss /= n
    dW, dU, carried = np.zeros_like(W), np.zeros_like(U), np.zeros((3, 1))
    for cache in reversed(caches):
        grads, dz = cell_back(3 * cache[0] ** 2 + carried, cache)
        dW += grads["dW"]
        dU += grads["dU"]
        carried = U.T @ dz
    dW /= n
    dU /= n
    return loss, (dW, dU)
"""
RNG = np.random.default_rng(3)
PARAMS = {"W": RNG.normal(size=(3, 2)), "U": RNG.normal(size=(3, 3))}
XS = RNG.normal(size=(5, 2, 1))


def found(folder, old, new):
    text = PROGRAM.replace(old, new)
    assert (text == PROGRAM) == (old == new)
    module = load(folder, text)
    both = module.cost_and_gradient
    report = check_gradients(
        lambda p, xs: both(p["W"], p["U"], xs)[0],
        lambda p, xs: dict(zip(("dW", "dU"), both(p["W"], p["U"], xs)[1], strict=True)),
        PARAMS,
        (XS,),
    )
    return module, report


def test_the_program_is_right(tmp_path):
    assert found(tmp_path, "", "")[1].ok


HINGE = """\
import numpy as np


def hinge_loss(W, X, y):
    n = len(X)
    loss, dW = 0.0, np.zeros_like(W)
    for i in range(n):
        scores = X[i] @ W
        for j in range(W.shape[1]):
            margin = scores[j] - scores[y[i]] + 1
            if j != y[i] and margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    loss /= n
    return loss, dW
"""


def test_a_division_that_a_sum_lacks_is_missing_beside_that_of_another(tmp_path):
    module = load(tmp_path, HINGE)
    data = (RNG.normal(size=(6, 4)), RNG.integers(0, 3, 6))
    W = RNG.normal(size=(4, 3))
    report = check_gradients(
        lambda W, X, y: module.hinge_loss(W, X, y)[0],
        lambda W, X, y: module.hinge_loss(W, X, y)[1],
        W,
        data,
    )
    (finding,) = report.findings
    assert finding.message == "`dW /= n` is missing beside it"
    assert (finding.line, finding.target) == (line_of(module, "loss /= n"), "dW")


def test_a_product_the_wrong_way_round_is_told_where_it_is_made(tmp_path):
    module, report = found(tmp_path, "np.dot(dz, before.T)", "np.dot(before, dz.T)")
    (finding,) = report.findings
    assert finding.line == line_of(module, "dU = np.dot")
    assert finding.message == "`np.dot(before, dz.T)` should be `np.dot(before, dz.T).T`"


def test_of_a_dictionary_only_the_entry_is_shown():
    def shown(text):
        slots = slots_of(ast.parse(text).body[0])
        (slot,) = [
            each for each in slots if isinstance(each.node, ast.Name) and each.node.id == "b"
        ]
        return None if slot.shown is None else ast.unparse(slot.shown)

    assert shown('x = {"a": a, "b": b}') is None
    assert shown("x = f(a, b)") == "f(a, b)"
    assert shown("x = b") is None


def test_only_what_turns_or_sums_is_taken_for_it():
    def patch(old, new):
        statement = ast.parse(f"x = {old}").body[0]
        value = ast.parse(new, mode="eval").body
        if isinstance(value, ast.Attribute):
            value = ast.Attribute(statement.value, "T", ast.Load())
        return Patch(statement, ("operand",), 1.0, "", ((statement, "value", None, value),))

    assert sums_up(patch("d.mean(axis=0)", "d.sum(axis=0)"))
    assert not sums_up(patch("d.sum(axis=0)", "d.mean(axis=0)"))
    assert not sums_up(patch("d", "d.sum()"))
    assert turns_product(patch("a @ b", "(a @ b).T"))
    assert turns_product(patch("np.outer(a, b)", "np.outer(a, b).T"))
    assert not turns_product(patch("a + b", "(a + b).T"))
    assert not turns_product(patch("a @ b", "b @ a"))


def test_two_factors_in_one_line_are_the_one_that_was_found_first():
    statement = Statement("net.py", 7, 7, "dW", "dW = a / m + b")
    of_term = Finding("dW", "factor", 8.0, statement, "a term", 0.5, ("W",))
    two = [replace(of_term, factor=0.1, message="one"), replace(of_term, message="other")]
    assert of_one_line(two, [of_term], ["W"]) == [of_term]
    assert of_one_line(two, [replace(of_term, factor=None)], ["W"]) == two
    assert of_one_line(two, [], ["W"]) == two
    again = [of_term, replace(of_term, affected=("b",))]
    assert of_one_line(again, [], ["W", "b"]) == [replace(of_term, affected=("W", "b"))]
    apart = [of_term, replace(of_term, statement=replace(statement, line=8))]
    assert of_one_line(apart, [of_term], ["W"]) == apart
