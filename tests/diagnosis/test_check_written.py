"""Two mistakes of which the text tells one: signs and numbers that are written, and odd things."""

import ast
from types import SimpleNamespace

import numpy as np
import pytest
from patched_programs import offered_for

from trainwell.diagnosis.gradient_localisation import localisation
from trainwell.diagnosis.gradient_localisation.computed_for_nothing import computed_for_nothing
from trainwell.diagnosis.gradient_localisation.edits_of_values import OTHER_VARIABLE
from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.statements import Statement, statement_at
from trainwell.diagnosis.gradient_patches.patch_trials import Trial
from trainwell.diagnosis.gradient_patches.patching import finding_of_patch
from trainwell.diagnosis.gradient_patches.removals import without_factor, without_oddity
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.gradients.weighing import likelier
from trainwell.diagnosis.gradients.written_factors import is_written_elsewhere
from trainwell.diagnosis.scorecard.programs import load

NETWORK = """
import numpy as np

REG, K, C = 0.15, 0.8, 0.2

def loss(p, x, y):
    u = x @ p["W1"] + p["b1"]
    t = np.tanh(K * (u + C * u**3))
    h = 0.5 * u * (1 + t)
    z = h @ p["W2"] + p["b2"]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    q = e / e.sum(axis=1, keepdims=True)
    cost = -np.log(q[np.arange(len(x)), y]).mean()
    for name in ("W1", "W2"):
        cost += REG * np.sum(p[name] ** 2)
    return cost, (u, t, h, q)

def softmax_back(q, labels):
    hot = np.eye(q.shape[1])[labels]
    return q - hot

def back(d, w, below):
    dw = below.T @ d
    db = d.sum(axis=0)
    up = d @ w.T
    return dw, db, up

def grad(p, x, y, cache):
    u, t, h, q = cache
    g = {}
    d = softmax_back(q, y)
    g["W2"], g["b2"], dh = back(d, p["W2"], h)
    inner = K * (1.0 + 3 * C * u**2)
    slope = 0.5 * (1 + t) + 0.5 * u * (1 - t**2) * inner
    du = dh * slope
    g["W1"], g["b1"], _ = back(du, p["W1"], x)
    for name in g:
        g[name] = g[name] / len(x)
        if name.startswith("W"):
            g[name] += 2 * REG * p[name]
    return g
"""
DW, UP = "dw = below.T @ d\n", "up = d @ w.T\n"
PENALTY = "g[name] += 2 * REG * p[name]"
MEAN = "g[name] = g[name] / len(x)"
PLAIN = "return q - hot"
SLOPE, ACTIVATION = "du = dh * slope", ("K * (1.0 + 3", "K * (0.5 + 3")


def line_of(text):
    return NETWORK[: NETWORK.index(text)].count("\n") + 1


def checked(*changes):
    """Return the findings of a changed network, and the lines of the changes."""
    source, lines = NETWORK, []
    for old, new in changes:
        assert source.count(old) == 1
        lines.append(line_of(old))
        source = source.replace(old, new)
    module = load(source, "written-network.py")
    rng = np.random.default_rng(0)
    params = {"W1": rng.normal(size=(3, 4)), "b1": rng.normal(size=4)}
    params |= {"W2": rng.normal(size=(4, 3)), "b2": rng.normal(size=3)}
    data = rng.normal(size=(6, 3)), np.array([0, 1, 2, 0, 1, 2])
    constants = {"reg": module["REG"]}
    report = check_gradients(
        module["loss"], module["grad"], params, data, hyperparams=constants, seconds=5.0
    )
    return report.findings, lines


def test_the_network_is_right():
    assert checked() == ((), [])


PART = [("K * (1.0 + 3", "K * (0.5 + 3"), ("du = dh * slope", "du = dh * slope; du[0] = 0")]


@pytest.mark.parametrize(
    "changes",
    [
        [(DW, "dw = -(below.T @ d)\n"), (UP, "up = -(d @ w.T)\n")],
        [(PLAIN, "return 0.5 * (q - hot)"), ("d = softmax_back(q, y)", "d = -softmax_back(q, y)")],
        [(UP, "up = 1.0001 * (d @ w.T)\n"), (SLOPE, "du = 3 * dh * slope")],
        [(DW, "dw = 4 * (below.T @ d)\n"), (UP, "up = 4 * (d @ w.T)\n")],
        [
            ("K * (1.0 + 3", "K * (0.5 + 3"),
            ("du = dh * slope\n", "du = np.roll(dh * slope, 1, 1)\n"),
        ],
        PART,
    ],
    ids=["signs in what is called twice", "sign", "odd number", "written twice", "roll", "part"],
)
def test_both_are_told_in_their_lines(changes):
    found, lines = checked(*changes)
    assert sorted(each.line for each in found) == sorted(lines)
    assert all(each.affected for each in found)


def test_what_is_likely_is_found_by_itself(only):
    only("single_patch", "beside_likely")
    found, lines = checked(*PART)
    assert sorted(each.line for each in found) == sorted(lines)


def test_a_penalty_that_a_loop_leaves_out_is_one_mistake():
    (found,), _ = checked((PENALTY, "pass"))
    assert (found.kind, found.line, found.confidence) == ("regularisation", line_of(MEAN), 1.0)
    assert found.message == "lacks 2 reg x W: the penalty's term"
    assert set(found.affected) == {"W1", "W2"}


def test_where_it_is_searched_for_it_is_told_of_several_parameters(monkeypatch):
    monkeypatch.setattr(localisation, "penalty_left_out", lambda *_: None)
    (found,), _ = checked((PENALTY, "pass"))
    assert (found.kind, {*found.affected}) == ("regularisation", {"W1", "W2"})


def test_a_penalty_that_is_too_large_has_its_own_line():
    (found,), lines = checked((PENALTY, PENALTY.replace("2", "3")))
    assert (found.line, found.affected) == (*lines, ("W1", "W2"))
    assert "should be" in found.message


def test_beside_a_penalty_the_other_mistake_is_found():
    found, (_, sign) = checked((PENALTY, "pass"), (UP, "up = -(d @ w.T)\n"))
    assert {each.line for each in found} == {sign, line_of(MEAN)}
    assert {each.kind for each in found} == {"sign", "regularisation"}


VJP = """
import numpy as np

def loss(w, x, y):
    t = np.tanh(x @ w["w"])
    z = t @ w["v"]
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -(log_p[np.arange(len(x)), y] * (1 + y)).mean(), (t, log_p)

def softmax_vjp(log_p, up):
    p = np.exp(log_p)
    return up - p * up.sum(axis=1, keepdims=True)

def grad(w, x, y, cache):
    t, log_p = cache
    dz = softmax_vjp(log_p, -np.eye(log_p.shape[1])[y] * (1 + y)[:, None]) / len(x)
    return {"w": x.T @ (dz @ w["v"].T * (1 - t**2)), "v": t.T @ dz}
"""


def test_what_a_function_computes_and_never_uses_is_missing_in_what_it_returns():
    rest = " - p * up.sum(axis=1, keepdims=True)"
    module = load(VJP.replace(rest, ""), "unused-in-helper.py")
    rng = np.random.default_rng(0)
    params = {"w": rng.normal(size=(3, 4)), "v": rng.normal(size=(4, 3))}
    data = rng.normal(size=(6, 3)), np.array([0, 1, 2, 0, 1, 2])
    (told,) = check_gradients(module["loss"], module["grad"], params, data, seconds=2.0).findings
    assert (told.line, told.target) == (12, "return")
    assert told.message.endswith("; `p` is computed, and not used")


def test_only_what_is_called_computes_for_nothing():
    source = "def f(x):\n    y = x\n    return x\n\ndef g(x):\n    z = f(x)\n    return z\n"
    load(source, "for-nothing.py")
    trees = [(tree, "for-nothing.py") for tree in ast.parse(source).body]
    call, other, end = (statement_at("for-nothing.py", line) for line in (6, 7, 3))
    assert computed_for_nothing(trees, call) == ("y", end)
    assert computed_for_nothing(trees, other) is None


def test_a_factor_may_be_written_in_two_other_statements():
    twos = "    e = 2 * d\n    g = 2 * d\n"
    load(f"def f(d):\n    a = 4 * d\n    b = d * 4\n    c = d**4\n{twos}", "twice.py")
    for line, factor, twice in ((4, 4.0, True), (4, 2.0, False), (3, 4.0, False)):
        statement = statement_at("twice.py", line)
        told = Finding("c", "factor", factor, statement, "is 4 x", 1.0, ("W",))
        assert is_written_elsewhere([told]) == twice


def finding(message, sure, affected=("W",)):
    statement = Statement("file.py", 3, 3, "dz", "dz = da * s")
    return Finding("dz", "operand", None, statement, message, sure, affected)


def test_two_patches_are_likelier_than_a_variable_without_a_name():
    patched = [finding("`a` should be `b`", 0.9, ("W",)), finding("`c` is missing", 1.0, ("b",))]
    for message, likely in ((OTHER_VARIABLE, patched), (f"{OTHER_VARIABLE}: `s` of line 2", None)):
        known = [finding(message, 0.95, ("W", "b"))]
        assert likelier(known, patched, ["W", "b"]) is (likely or known)


SNIPPET = """
import numpy as np

def cost(p, a, b):
    return 0.0, None

def grad(p, a, b, _):
    {text}
    return {{"w": b}}
"""


def patches_of(text):
    """Return the patches of a statement, each with its function."""
    module = SimpleNamespace(**load(SNIPPET.format(text=text), "snippet.py"))
    offered = offered_for(module, {"w": np.ones(2)}, (np.ones(2), np.ones(2)))
    return [pair for pair in offered if pair[1].statement.lineno == 8]


def test_a_patch_that_changes_no_gradient_tells_no_factor():
    trial = Trial(*patches_of("c = 0.5 * a")[0], None, (), None)
    told = finding_of_patch(trial, (), {}, SimpleNamespace(expected={}, constants={}), ["w"])
    assert (told.line, told.affected) == (8, ())


@pytest.mark.parametrize(
    ("text", "is_odd", "is_factor"),
    [
        ("c = np.roll(a, 1)", 1, 0),
        ("c = a.astype(np.float32)", 1, 0),
        ("c = 1.001 * a", 1, 1),
        ("c = 0.5 * a", 0, 1),
        ("c = -(a * b)", 0, 1),
        ("c = b + 1.001 * a", 1, 0),
        ("a[0] = 0", 1, 0),
        ("a[0] = b[1]", 0, 0),
        ("c = a * b", 0, 0),
    ],
)
def test_what_patches_leave_out_is_told_apart(text, is_odd, is_factor):
    found = [patch for _, patch in patches_of(text)]
    assert any(map(without_oddity, found)) == is_odd
    assert any(map(without_factor, found)) == is_factor
