"""Two mistakes of which one is clear: without it more values are derivatives, and the text tells.

A number, or what is odd, is too much; or a term is not linear in the gradients from above.
"""

import ast
from types import SimpleNamespace

import numpy as np
import pytest

from trainwell.diagnosis.gradient_patches.degrees import odd_terms
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.scorecard.programs import load

CELL = """
import numpy as np


def cost(p, x, y):
    h, kept = np.zeros_like(y), []
    for t in range(len(x)):
        a = np.tanh(x[t] @ p["W"] + h @ p["U"])
        z = 1 / (1 + np.exp(-x[t] @ p["V"]))
        kept.append((h, a, z))
        h = z * h + (1 - z) * a
    return 0.5 * np.mean(np.sum((h - y) ** 2, axis=1)), (kept, h)


def back(p, dh, x, h, a, z):
    dz = dh * (h - a)
    da = dh * (1 - z)
    dv = dz * z * (1 - z)
    du = da * (1 - a**2)
    dh_last = dh * z + du @ p["U"].T
    return dh_last, x.T @ du, h.T @ du, x.T @ dv


def grad(p, x, y, cache):
    kept, h = cache
    g = {name: np.zeros_like(array) for name, array in p.items()}
    dh = (h - y) / len(y)
    for t in reversed(range(len(x))):
        dh, dw, du, dv = back(p, dh, x[t], *kept[t])
        g["W"] += dw
        g["U"] += du
        g["V"] += dv
    return g
"""
GATE, CANDIDATE = "da = dh * (1 - z)", "du = da * (1 - a**2)"
SLOPE, BEFORE = "dv = dz * z * (1 - z)", "dh_last = dh * z + du @ p"
KEPT = 'da = back.kept = getattr(back, "kept", 0) + dh * (1 - z)'


def lines_of(*changes):
    return sorted(CELL[: CELL.index(old)].count("\n") + 1 for old, _ in changes)


def checked(*changes):
    """Return the findings of a changed cell."""
    source = CELL
    for old, new in changes:
        assert source.count(old) == 1
        source = source.replace(old, new)
    module = load(source, "clear-cell.py")
    rng = np.random.default_rng(3)
    params = {name: 0.6 * rng.normal(size=(3, 3)) for name in "WUV"}
    data = rng.normal(size=(4, 5, 3)), rng.normal(size=(5, 3))
    return check_gradients(module["cost"], module["grad"], params, data, seconds=6).findings


def test_the_cell_is_right():
    assert not checked()


@pytest.mark.parametrize(
    "changes",
    [
        [(GATE, "da = 0.5 * (dh * (1 - z))"), (BEFORE, "dh_last = dh * z + da @ p")],
        [(GATE, "da = 1.001 * (dh * (1 - z))"), (SLOPE, "dv = dz * z * (1 + z)")],
        [(GATE, "da = np.where(z > 0.6, np.nan, dh * (1 - z))"), (SLOPE, "dv = dz * z")],
        [(GATE, KEPT), (SLOPE, "dv = 1.01 * dz * z * (1 - z)")],
        [(CANDIDATE, "du = 1 - a**2"), (SLOPE, "dv = dz * z * (1 + z)")],
        [(BEFORE, "dh_last = dh * z + a @ p"), (SLOPE, "dv = dz * z * (1 + z)")],
    ],
    ids=["half", "odd", "nan", "kept", "no gradient", "term without"],
)
def test_both_are_told_in_their_lines(changes):
    found = checked(*changes)
    assert sorted(each.line for each in found) == lines_of(*changes)


def test_what_is_clear_is_found_by_itself(only):
    only("beside_clear")
    changes = [(GATE, "da = 0.5 * (dh * (1 - z))"), (BEFORE, "dh_last = dh * z + da @ p")]
    assert sorted(each.line for each in checked(*changes)) == lines_of(*changes)


FUNCTION = ast.parse("def back(da, h, w, s, g):\n    dz = da * s\n    dw = h\n").body[0]


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("dz = da * s + h @ w", 1),
        ("dz = da * s + 0.1 * w", 0),
        ("dz = da * s + da * h @ w", 0),
        ("dz += h @ w", 1),
        ("dz += 0.1 * w", 0),
        ("dz = da * h[da] + s * w[da]", 1),
        ("dz = da * (1 - s * da)", 0),
        ("dz = da * s * da", 1),
        ("dz = g * s * g", 0),
        ("dw = h", 1),
        ("dw = np.zeros(3)", 0),
        ("s = h * w", 0),
        ("return da, da @ w, h", 1),
        ("return da, h", 0),
        ("all = {'a': da, 'b': dz * s, 'c': w}", 1),
        ("return", 0),
        ("pass", 0),
    ],
)
def test_terms_that_are_not_linear_in_gradients_are_odd(text, odd):
    statement = ast.parse(text).body[0]
    statement.lineno = 3
    known = SimpleNamespace(
        passed_on={"da", "dz", "dw", "g"},
        is_number=lambda node: isinstance(node, ast.Constant),
        source=SimpleNamespace(tree=FUNCTION),
    )
    assert odd_terms(statement, known) == odd


def test_the_first_gradient_of_a_function_is_made_of_none():
    statement = ast.parse("dz = a - y").body[0]
    tree = ast.parse("def back(a, y, w):\n    dz = a - y\n    da = dz @ w\n").body[0]
    known = SimpleNamespace(
        passed_on={"da", "dz"}, is_number=lambda _: False, source=SimpleNamespace(tree=tree)
    )
    assert not odd_terms(statement, known)
