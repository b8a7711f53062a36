"""Two faults on one path: each statement is judged by what it is given, from the cost on."""

import numpy as np
import pytest

from trainwell.diagnosis.gradient_localisation.meant import SLOPES, SLOPES_OF_TWO
from trainwell.diagnosis.gradients import diagnosis
from trainwell.diagnosis.gradients.check import check_gradients
from trainwell.diagnosis.scorecard.programs import load
from trainwell.randomness import generator

RECURRENT = """
import numpy as np


def cost(params, X, y):
    h = np.zeros(params["U"].shape[0])
    states = []
    for x in X:
        before = h
        z = params["W"] @ x + params["U"] @ before
        a = np.tanh(z)
        g = 1 / (1 + np.exp(-params["b"] * before))
        h = g * a + (1 - g) * before
        states.append((x, before, a, g))
    e = h - y
    return 0.5 * np.sum(e**2), (states, e)


def grad(params, X, y, cache):
    states, e = cache
    dW, dU = np.zeros_like(params["W"]), np.zeros_like(params["U"])
    db = np.zeros_like(params["b"])
    dh = e
    for x, before, a, g in reversed(states):
        da = dh * g
        dg = dh * (a - before)
        ds = dg * g * (1 - g)
        dz = da * (1 - a**2)
        dW += np.outer(dz, x)
        dU += np.outer(dz, before)
        db += ds * before
        dh = dh * (1 - g) + params["U"].T @ dz + ds * params["b"]
    return {"W": dW, "U": dU, "b": db}
"""


def recurrent_case():
    rng = generator(0, "a recurrent network")
    params = {
        "W": 0.6 * rng.normal(size=(4, 3)),
        "U": 0.6 * rng.normal(size=(4, 4)),
        "b": rng.normal(size=4),
    }
    return params, (rng.normal(size=(3, 3)), rng.normal(size=4))


def checked(source, *edits, case=recurrent_case, seconds=6.0):
    for old, new in edits:
        assert source.count(old) == 1
        source = source.replace(old, new)
    module = load(source, f"stepwise-{hash(source)}.py")
    params, data = case()
    return check_gradients(module["cost"], module["grad"], params, data, seconds=seconds)


def test_the_recurrent_program_is_right():
    assert checked(RECURRENT).ok


@pytest.mark.parametrize(
    ("edits", "named"),
    [
        (
            [
                ("dz = da * (1 - a**2)", "dz = np.clip(da * (1 - a**2), -0.1, 0.1)"),
                ("dg * g * (1 - g)", "-dg * g * (1 - g)"),
            ],
            [("ds", "sign"), ("dz", "clipped")],
        ),
        (
            [
                ("dg = dh * (a - before)", "dg = dh * (g - before)"),
                ("ds * params", "4 * ds * params"),
            ],
            [("dg", "operand"), ("dh", "factor")],
        ),
        (
            [
                ("da = dh * g", "da = (dh * g).astype(np.float32)"),
                ("dg * g * (1 - g)", "dg * g * (2 - g)"),
            ],
            [("da", "precision"), ("ds", "constant")],
        ),
        (
            [
                ("da = dh * g", "da = 4 * dh * g"),
                ("dg = dh * (a - before)", "dg = dh * (g - before)"),
            ],
            [("da", "factor"), ("dg", "operand")],
        ),
        (
            [
                ("dz = da * (1 - a**2)", "dz = da * (1 - a**2) / np.linalg.norm(da * (1 - a**2))"),
                ("dg * g * (1 - g)", "dg * g * (0 - g)"),
            ],
            [("ds", "constant"), ("dz", "clipped")],
        ),
    ],
    ids=["clipped", "operand", "precision", "factor", "length"],
)
def test_each_of_two_faults_in_a_loop_is_named(edits, named, only, monkeypatch):
    only("_several")
    monkeypatch.setattr(diagnosis, "one_by_one", lambda *_: [])  # which would find some, too
    findings = checked(RECURRENT, *edits, seconds=3.0).findings
    assert sorted((found.target, found.kind) for found in findings) == named


NORMALISED = """
import numpy as np


def scaled(M):
    length = np.sqrt((M**2).sum(axis=0))
    return M / length, length


def scaled_grad(dunit, unit, length):
    radial = (dunit * unit).sum(axis=0)
    return (dunit - unit * radial) / length


def cost(params, X, Y):
    E = params["V"] @ X
    unit, length = scaled(E)
    R = unit - Y
    return 0.5 * np.sum(R**2) + 0.1 * np.sum(E**2), (E, unit, length, R)


def grad(params, X, Y, cache):
    E, unit, length, R = cache
    dE = 0.2 * E
    dE = dE + scaled_grad(R, unit, length)
    return {"V": dE @ X.T}
"""
QUOTIENT = """
import numpy as np


def cost(params, X, Y):
    top = np.tanh(X @ params["A"])
    below = 1 + (X @ params["B"]) ** 2
    q = top / below
    e = q - Y
    return 0.5 * np.sum(e**2), (top, below, e)


def grad(params, X, Y, cache):
    top, below, e = cache
    dtop = e / below
    dbelow = -e * top / below**2
    dA = X.T @ (dtop * (1 - top**2))
    dB = X.T @ (dbelow * 2 * (X @ params["B"]))
    return {"A": dA, "B": dB}
"""


def columns():
    rng = generator(0, "columns")
    return {"V": rng.normal(size=(3, 4))}, (rng.normal(size=(4, 6)), rng.normal(size=(3, 6)))


def ratios():
    rng = generator(0, "ratios")
    params = {name: rng.normal(size=(4, 3)) for name in "AB"}
    return params, (rng.normal(size=(6, 4)), rng.normal(size=(6, 3)))


def test_what_a_function_returns_is_judged_where_only_a_part_of_a_derivative_is_made():
    edit = ("(dunit - unit * radial) / length", "np.cos(unit) * dunit")
    (finding,) = checked(NORMALISED, edit, case=columns, seconds=1.0).findings
    assert finding.line == 12
    assert "with respect to `E` of line 16 belongs here, as far as line 17" in finding.message


def test_what_belongs_in_a_place_is_said_with_the_local_derivative():
    edit = ("-e * top / below**2", "np.cos(e)")
    (finding,) = checked(QUOTIENT, edit, case=ratios, seconds=1.0).findings
    assert finding.target == "dbelow"
    assert finding.message.endswith(
        "the derivative with respect to `below` of line 7 belongs here: "
        "that of line 8 times -top / below**2"
    )
    assert finding.kind == "activation-wrong"


UNTRACED = """
from math import exp

import numpy as np


def cost(params, X, y):
    z = X @ params["w"]
    return np.sum(np.log(1 + np.exp(z)) - y * z), z


def grad(params, X, y, z):
    p = np.array([1 / (1 + exp(-each)) for each in z])
    d = p - y
    return {"w": X.T @ d}
"""


def classes():
    rng = generator(0, "classes")
    return {"w": rng.normal(size=3)}, (rng.normal(size=(6, 3)), np.array([0.0, 1, 1, 0, 1, 0]))


@pytest.mark.parametrize(
    ("written", "kind"),
    [("np.where(p > 0.6, np.nan, p - y)", "not-finite"), ("(p - y) / y", "activation-wrong")],
    ids=["not-a-number", "divided"],
)
def test_behind_what_is_not_finite_another_fault_is_found(written, kind):
    edits = (("d = p - y", f"d = {written}"), ("(1 + exp(-each))", "(1 - exp(-each))"))
    with np.errstate(all="ignore"):
        findings = checked(UNTRACED, *edits, case=classes).findings
    assert [(found.line, found.kind) for found in findings] == [(13, "operation"), (14, kind)]


@pytest.mark.parametrize(
    ("source", "case"), [(NORMALISED, columns), (QUOTIENT, ratios), (UNTRACED, classes)]
)
def test_the_programs_are_right(source, case):
    assert checked(source, case=case).ok


def test_what_belongs_at_the_end_of_a_long_chain_is_said():
    new = "np.cos(e)\n    for _ in range(25):\n        dbelow = dbelow + 0.1 * dbelow"
    (finding,) = checked(QUOTIENT, ("-e * top / below**2", new), case=ratios, seconds=2.0).findings
    assert "with respect to `below`" in finding.message


def test_of_an_operation_inside_a_formula_no_factor_is_told():
    edits = (
        ("q = top / below", "q = np.tanh(top / below)"),
        ("np.sum(e**2), (top, below, e)", "np.sum(e**2), (top, below, q, e)"),
        ("top, below, e = cache", "top, below, q, e = cache\n    e = e * (1 - q**2)"),
    )
    assert checked(QUOTIENT, *edits, case=ratios).ok
    wrong = ("-e * top / below**2", "np.cos(e)")
    (finding,) = checked(QUOTIENT, *edits, wrong, case=ratios, seconds=1.0).findings
    assert finding.message.endswith("with respect to `below` of line 7 belongs here")


def slope(function, at, step=1e-5):
    return (function(at + step) - function(at - step)) / (2 * step)


@pytest.mark.parametrize("name", SLOPES)
def test_the_derivatives_that_are_told_are_right(name):
    told = eval(SLOPES[name].format("a"), vars(np) | {"a": 0.7})  # noqa: S307 - texts of our own
    assert told == pytest.approx(slope(getattr(np, name), 0.7), rel=1e-7)


@pytest.mark.parametrize(("name", "at"), SLOPES_OF_TWO)
def test_the_derivatives_by_one_of_two_that_are_told_are_right(name, at):
    values = [0.7, 1.9]
    names = vars(np) | dict(zip("ab", values, strict=True))
    told = eval(SLOPES_OF_TWO[name, at].format("a", "b"), names)  # noqa: S307 - texts of our own

    def function(x):
        return getattr(np, name)(*(x if place == at else y for place, y in enumerate(values)))

    assert told == pytest.approx(slope(function, values[at]), rel=1e-7)
