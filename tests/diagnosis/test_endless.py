"""Loops that come to no end with other numbers, or with a patch, are stopped."""

import ast
import gc
from contextlib import suppress
from dataclasses import replace
from math import inf
from time import perf_counter

import numpy as np
import pytest
from patched_programs import line_of, load, patchable, written

from trainwell.diagnosis.gradient_patches.patch_trials import Patchable, gradient_of, tried
from trainwell.diagnosis.gradient_patches.patched import Source
from trainwell.diagnosis.gradient_patches.patching import offered
from trainwell.diagnosis.gradient_patches.turns import Turns
from trainwell.diagnosis.gradient_verdict import bounded as bounded_module
from trainwell.diagnosis.gradient_verdict import calls
from trainwell.diagnosis.gradient_verdict.bounded import bounded
from trainwell.diagnosis.gradients import check_gradients
from trainwell.errors import EndlessError

RECURRENT = """\
import numpy as np

def cost(p, x, y):
    h = np.zeros((x.shape[1], 4))
    hs = [h]
    t = 0
    while t < len(x):
        h = np.tanh(x[t] @ p["Wx"] + h @ p["Wh"])
        hs.append(h)
        t += 1
    return np.mean((h - y) ** 2), hs


def grad(p, x, y, hs):
    g = {"Wx": np.zeros_like(p["Wx"]), "Wh": np.zeros_like(p["Wh"])}
    dh = 2 * (hs[-1] - y) / y.size
    t = len(x) - 1
    while t >= 0:
        dz = dh * (1 - hs[t + 1] ** 2)
        g["Wx"] += x[t].T @ dz
        g["Wh"] += hs[t].T @ dz
        dh = dz @ p["Wh"].T
        t = t - 1
    return g
"""

SOLVER = """\
import numpy as np

def solved(matrix, b):
    x = np.zeros_like(b)
    while np.abs(b - matrix @ x).max() > 1e-12:
        x = x + 0.2 * (b - matrix @ x)
    return x


def cost(p, matrix):
    x = solved(matrix, p["b"])
    return np.sum(x**2), x


def grad(p, matrix, x):
    return {"b": solved(matrix.T, 2 * x)}
"""


@pytest.fixture(autouse=True)
def nothing_is_collected():
    """What is raised in a callback of the garbage collector, as some test tools have, is lost."""
    gc.disable()
    yield
    gc.enable()


def test_what_ends_in_time_returns_what_it_returns():
    assert bounded(lambda x, y: (x, y), 5.0, 1, y=2) == (1, 2)
    assert bounded(lambda: 3, inf) == 3
    with pytest.raises(KeyError):
        bounded({}.__getitem__, 5.0, "x")


def for_ever():
    begun = perf_counter()
    while perf_counter() < begun + 5:
        with suppress(Exception):
            while perf_counter() < begun + 5:
                pass


def test_what_has_no_end_is_stopped_whatever_it_catches():
    begun = perf_counter()
    with pytest.raises(EndlessError, match=r"stopped after 0\.1 s"):
        bounded(for_ever, 0.1)
    assert perf_counter() - begun < 4


def test_the_shorter_of_two_limits_counts():
    begun = perf_counter()
    with pytest.raises(EndlessError):
        bounded(lambda: bounded(for_ever, 3.0), 0.1)
    with pytest.raises(EndlessError):
        bounded(lambda: bounded(for_ever, 0.1), 3.0)
    with pytest.raises(EndlessError):
        bounded(lambda: (bounded(int, 3.0), for_ever()), 0.1)
    assert perf_counter() - begun < 2


def test_the_longer_limit_counts_again_behind_the_shorter_one():
    def both():
        assert bounded(lambda: 1, 0.3) == 1
        begun = perf_counter()
        while perf_counter() - begun < 0.5:
            pass
        return 2

    assert bounded(both, 60.0) == 2


def test_nothing_is_stopped_that_has_ended_just_then(monkeypatch):
    monkeypatch.setattr(bounded_module, "_POLL", 0.002)
    ended = 0
    for number in range(300):
        begun = perf_counter()

        def just(begun=begun, number=number):
            while perf_counter() - begun < 0.002 + 1e-5 * (number % 100):
                pass
            if number % 2:
                raise KeyError

        try:
            bounded(just, 0.001)
        except EndlessError:
            ended += 1
        except KeyError:
            pass
        begun = perf_counter()
        while perf_counter() - begun < 1e-4:  # whatever were still on its way would arrive here
            pass
    assert 0 < ended <= 300


def test_a_solver_that_does_not_converge_in_single_precision_is_checked(tmp_path, monkeypatch):
    monkeypatch.setattr(calls, "_PATIENCE", 0.5)
    rng = np.random.default_rng(7)
    matrix = np.eye(4) * 2 + 0.3 * rng.normal(size=(4, 4))
    params = {"b": rng.normal(size=4)}
    module = load(tmp_path, SOLVER)
    assert check_gradients(module.cost, module.grad, params, (matrix,)).verdict == "PASS"
    module = load(tmp_path, written(("matrix.T, 2 * x", "matrix.T, x"), program=SOLVER))
    report = check_gradients(module.cost, module.grad, params, (matrix,))
    assert report.verdict == "FAIL"
    assert report.findings[0].factor == pytest.approx(0.5)


def test_a_cost_that_has_no_end_elsewhere_says_so(monkeypatch):
    monkeypatch.setattr(calls, "_PATIENCE", 0.1)
    where = np.array([0.5, -1.0])

    def cost(p):
        while not np.array_equal(p["w"], where):
            pass
        return float(np.sum(np.tanh(p["w"].tolist())))  # no tape

    with pytest.raises(EndlessError, match=r"check_gradients: `cost` was stopped after 0\.1"):
        check_gradients(cost, lambda p: {"w": p["w"]}, {"w": where})


def test_points_at_which_the_cost_has_no_end_are_left_out(monkeypatch):
    monkeypatch.setattr(calls, "_PATIENCE", 0.2)
    where = np.zeros(2)

    def cost(p):
        while not np.array_equal(np.real(p["w"]), where):
            pass
        return np.sum((1 - p["w"]) ** 2) + 0.1 * np.sum(p["w"] ** 2)

    def grad(p):
        return {"w": -2 * (1 - p["w"]) + 0.2 * p["w"]}

    assert check_gradients(cost, grad, {"w": where}).verdict == "PASS"


def test_turns_are_limited_by_number_and_time_and_each_call_has_its_own():
    turns = Turns()
    tree = ast.parse("def f(n):\n    i = 0\n    while i < n:\n        i += 1\n    return i")
    before = ast.dump(tree)
    with turns.applied(tree.body[0]):
        code = compile(tree, "program.py", "exec")
    assert ast.dump(tree) == before
    found = {}
    exec(turns.bound(code), found)  # noqa: S102 - the program above
    assert found["f"](10_000) == 10_000
    with turns.limited(0.0):
        assert found["f"](1500) == 1500
        with pytest.raises(EndlessError):
            found["f"](1500)
    with turns.limited(60.0):
        assert found["f"](10_000) == 10_000
    for _ in range(3):
        with turns.limited(0.0):
            assert found["f"](1500) == 1500
    assert found["f"](10_000) == 10_000


def test_the_turns_of_a_call_are_limited(tmp_path):
    turns = Turns()
    source = Source(load(tmp_path, RECURRENT).grad, ast.parse("def grad(): pass").body[0], {}, {})
    seen = []
    patchable = Patchable(
        lambda: seen.append(turns.until), {}, [replace(source, turns=turns)], {}, patience=5.0
    )
    gradient_of(patchable)
    assert seen[0] < perf_counter() + 1
    assert turns.until == inf


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("while t >= 0", "while t > 0", "`t > 0` should be `t >= 0`"),
        ("t = t - 1", "t = t - 2", "`t - 2` should be `t - 1`"),
        ("1 - hs[t + 1] ** 2", "1 - hs[t + 1]", "`1 - hs[t + 1]` should be `1 - hs[t + 1] ** 2`"),
    ],
    ids=["end", "step", "within"],
)
def test_what_is_wrong_in_a_while_loop_is_found(right, wrong, message, tmp_path):
    module = load(tmp_path, written((right, wrong), program=RECURRENT))
    rng = np.random.default_rng(8)
    params = {"Wx": rng.normal(size=(3, 4)), "Wh": rng.normal(size=(4, 4))}
    data = rng.normal(size=(5, 6, 3)), rng.normal(size=(6, 4))
    (finding,) = check_gradients(module.cost, module.grad, params, data).findings
    assert (finding.line, finding.message) == (line_of(module, wrong), message)


def test_of_patches_that_come_to_no_end_some_are_tried(tmp_path):
    loop = ("W2, a2 = p", "k = 3.0\n    while k > 0.5:\n        k = k - 1.0\n    W2, a2 = p")
    module = load(tmp_path, written(loop))
    backward = replace(patchable(module), patience=0.02)
    for pair in offered(backward).patches:
        if pair[1].statement.lineno in range(line_of(module, "k = 3"), line_of(module, "W2, a2")):
            tried(backward, *pair, ["W1"])
    statements = len(backward.endless)
    assert statements > 1
    assert 12 <= sum(backward.endless.values()) < 12 + statements
