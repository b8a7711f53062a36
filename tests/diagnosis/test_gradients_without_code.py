"""Gradients of which only the numbers are known: which are wrong, and what was done to them.

The oracle of each case is its backward pass: it is right, with one line in another form.
"""

# ruff: noqa: ARG005 - a change takes the derivative, the value and the derivative above

import numpy as np
import pytest

from trainwell.diagnosis.gradient_tape.recording import sweep
from trainwell.diagnosis.gradient_trials.hypotheses import Search
from trainwell.diagnosis.gradient_trials.pool import name_of
from trainwell.diagnosis.gradient_trials.repeated import swept_with
from trainwell.diagnosis.gradient_trials.screening import Budget, Hit
from trainwell.diagnosis.gradient_trials.suspects import (
    directions,
    rounds,
    suspects,
    swept,
    tangents,
)
from trainwell.diagnosis.gradient_trials.trials import Told, Trials
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradient_verdict.trace import record
from trainwell.diagnosis.gradients import check_gradients

RNG = np.random.default_rng(21)
X, Y = RNG.normal(size=(3, 9)), RNG.normal(size=(2, 9))
PARAMS = {
    "W1": RNG.normal(size=(5, 3)),
    "b1": 0.3 * RNG.normal(size=(5, 1)),
    "W2": RNG.normal(size=(5, 5)) / 2,
    "b2": 0.3 * RNG.normal(size=(5, 1)),
    "W3": RNG.normal(size=(2, 5)) / 2,
    "b3": 0.3 * RNG.normal(size=(2, 1)),
}


def cost(p, x, y):
    Z1 = p["W1"] @ x + p["b1"]
    A1 = np.maximum(0, Z1)
    Z2 = p["W2"] @ A1 + p["b2"]
    A2 = np.tanh(Z2)
    Z3 = p["W3"] @ A2 + p["b3"]
    return np.sum((Z3 - y) ** 2) / (2 * x.shape[1]), (Z1, A1, Z2, A2, Z3)


def same(value, *_):
    return value


def gradients(at="", change=same):
    """Return the gradients where one derivative, ``at``, is changed on the way back."""
    _, (Z1, A1, Z2, A2, Z3) = cost(PARAMS, X, Y)
    values = {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2, "Z3": Z3}

    def done(name, derivative, above=None):
        return change(derivative, values[name], above) if name == at else derivative

    d3 = done("Z3", (Z3 - Y) / X.shape[1])
    a2 = done("A2", PARAMS["W3"].T @ d3)
    d2 = done("Z2", a2 * (1 - A2**2), a2)
    a1 = done("A1", PARAMS["W2"].T @ d2, d2)
    d1 = done("Z1", a1 * (Z1 > 0), a1)
    return {
        "dW1": d1 @ X.T,
        "db1": d1.sum(axis=1, keepdims=True),
        "dW2": d2 @ A1.T,
        "db2": d2.sum(axis=1, keepdims=True),
        "dW3": d3 @ A2.T,
        "db3": d3.sum(axis=1, keepdims=True),
    }


def zero_row(d, *_):
    return d * (np.arange(len(d)) != 2)[:, None]


CASES = {
    "twice": ("Z2", lambda d, *_: 2 * d, "factor"),
    "nearly right": ("Z2", lambda d, *_: 1.0001 * d, "factor"),
    "sign": ("A2", lambda d, *_: -d, "sign"),
    "slope missing": ("Z2", lambda d, a, above: above, "activation-missing"),
    "slope of a sigmoid": (
        "Z2",
        lambda d, z, above: above * np.tanh(z) * (1 - np.tanh(z)),
        "activation-wrong",
    ),
    "square forgotten": ("Z2", lambda d, z, above: above * (1 - np.tanh(z)), "activation-wrong"),
    "mask missing": ("Z1", lambda d, z, above: above, "mask"),
    "mask inverted": ("Z1", lambda d, z, above: above * (z < 0), "mask"),
    "mask shifted": ("Z1", lambda d, z, above: above * (z > 0.4), "mask"),
    "not transposed": ("A1", lambda d, a, above: PARAMS["W2"] @ above, "matrix"),
    "after the update": (
        "A1",
        lambda d, a, above: (PARAMS["W2"] - 0.1 * above @ A1.T).T @ above,
        "stale",
    ),
    "one example forgotten": ("Z2", lambda d, *_: d * (np.arange(9) > 0), "examples"),
    "row of zeros": ("Z2", zero_row, "support"),
    "rows reversed": ("Z1", lambda d, *_: d[::-1], "permuted"),
    "half precision": ("A2", lambda d, *_: d.astype(np.float16).astype(float), "precision"),
    "clipped": ("A2", lambda d, *_: np.clip(d, -0.04, 0.04), "clipped"),
    "target forgotten": ("Z3", lambda d, z, _: z / 9, "path"),
}
A1 = np.maximum(0, PARAMS["W1"] @ X + PARAMS["b1"])
BEHIND = {
    "Z3": {*PARAMS},
    "A2": {"W1", "b1", "W2", "b2"},
    "Z2": {"W1", "b1", "W2", "b2"},
    "A1": {"W1", "b1"},
    "Z1": {"W1", "b1"},
}


def test_the_case_without_a_mistake_is_right():
    assert check_gradients(cost, gradients(), PARAMS, (X, Y)).ok


@pytest.mark.parametrize("name", CASES)
def test_one_mistake_on_the_way_back_is_one_finding_with_all_arrays_behind_it(name):
    at, change, kind = CASES[name]
    report = check_gradients(cost, gradients(at, change), PARAMS, (X, Y))
    (finding,) = report.findings
    assert set(finding.affected) == BEHIND[at]
    assert kind in (finding.kind, *finding.alternatives[:2])
    assert finding.line is None
    assert finding.message.startswith("as if")


def test_the_place_in_the_forward_pass_is_named():
    report = check_gradients(cost, gradients("Z2", CASES["slope missing"][1]), PARAMS, (X, Y))
    (finding,) = report.findings
    assert "the slope were missing" in finding.message
    assert "`Z2`, line" in finding.message
    assert "`A2`, line" in finding.message


def test_the_factor_is_told_and_named():
    (finding,) = check_gradients(
        cost, gradients("Z3", lambda d, *_: 9 * d), PARAMS, (X, Y)
    ).findings
    assert finding.factor == pytest.approx(9.0, rel=1e-9)
    assert "9 = m" in finding.message
    assert "the division by m is missing" in finding.message


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("one example forgotten", "examples"),
        ("row of zeros", "support"),
        ("mask missing", "mask"),
        ("mask inverted", "mask"),
        ("slope missing", "activation-missing"),
        ("not transposed", "matrix"),
    ],
)
def test_of_kinds_that_are_alike_the_right_one_comes_first(name, kind):
    at, change, _ = CASES[name]
    (finding,) = check_gradients(cost, gradients(at, change), PARAMS, (X, Y)).findings
    assert finding.kind == kind


@pytest.mark.parametrize(
    ("scaled", "line", "borne_out"),
    [(("W1", "b1"), "`Z1`", True), (("W1",), "`Z1`", False), (("W1", "b1"), "`Z2`", False)],
)
def test_what_explains_one_array_and_not_the_others_is_not_borne_out(scaled, line, borne_out):
    trace, cotangents, parts = traced()
    right = trace.gradient(cotangents)
    given = right | {name: 2 * right[name] for name in scaled}
    search = Search(trace, given, (X, Y), Constants({}, {}))
    place = [
        s
        for s in suspects(trace.recording, cotangents, parts, search.changes)
        if not s.consumer and name_of(s.shown).startswith(line)
    ][-1]
    told = Told(("factor",), "", 1.0)
    derivative = place.cotangent
    trials = Trials([None], (derivative.reshape(1, -1),), lambda *_: told)
    hit = Hit(place, told, np.zeros_like(derivative), (derivative,), trials, 0)
    found = search.confirmed(hit, frozenset(scaled))
    assert (found is not None) is borne_out
    if found is not None:
        assert found.affected == scaled


def test_two_mistakes_that_do_not_meet_are_two_findings():
    wrong = gradients() | {"db3": 3 * gradients()["db3"]}
    for name in ("dW1", "db1"):
        wrong[name] = gradients("Z1", CASES["mask inverted"][1])[name]
    findings = check_gradients(cost, wrong, PARAMS, (X, Y)).findings
    assert {finding.affected for finding in findings} == {("b3",), ("W1", "b1")}
    assert {finding.kind for finding in findings} == {"factor", "mask"}


def test_the_same_gradients_get_the_same_answer_each_time():
    wrong = gradients("A1", CASES["rows reversed"][1])
    first, second = (check_gradients(cost, wrong, PARAMS, (X, Y)).findings for _ in range(2))
    assert first == second


def test_where_nothing_fits_that_is_said_with_what_is_likely():
    noise = np.random.default_rng(3)
    right = gradients()
    wrong = right | {"dW1": right["dW1"] + 0.1 * noise.normal(size=(5, 3))}
    (finding,) = check_gradients(cost, wrong, PARAMS, (X, Y)).findings
    assert finding.kind == "unknown"
    assert finding.alternatives
    assert finding.confidence < 0.5


def recurrent(p, xs):
    h = np.zeros((3, 1))
    for x in xs:
        z = p["W"] @ h + x
        h = np.tanh(z)
    return np.sum(h**2)


@pytest.mark.parametrize(
    ("slope", "kind"),
    [
        (lambda h: 1 - h, "activation-wrong"),
        (np.ones_like, "activation-missing"),
        (lambda h: 0.7 * (1 - h * h), "factor"),
        (lambda h: -(1 - h * h), "sign"),
    ],
)
def test_a_mistake_in_every_round_of_a_recurrence_is_found(slope, kind):
    rng = np.random.default_rng(8)
    p, xs = {"W": 0.8 * rng.normal(size=(3, 3))}, rng.normal(size=(4, 3, 2))
    hs = [np.zeros((3, 2))]
    for x in xs:
        hs.append(np.tanh(p["W"] @ hs[-1] + x))
    dh, dW = 2 * hs[-1], 0.0
    for before, h in zip(hs[-2::-1], hs[:0:-1], strict=True):
        dz = dh * slope(h)
        dW, dh = dW + dz @ before.T, p["W"].T @ dz
    (finding,) = check_gradients(recurrent, {"dW": dW}, p, (xs,)).findings
    assert kind in (finding.kind, *finding.alternatives[:2])
    assert "each time" in finding.message


def traced():
    trace = record(Calls(cost, None, Parameters.of(PARAMS), (X, Y)))
    cotangents, parts = swept(trace.recording, trace.output, {})
    return trace, cotangents, parts


def test_the_sweep_with_parts_is_the_sweep():
    trace, cotangents, parts = traced()
    plain = sweep(trace.recording, trace.output)
    assert cotangents.keys() == plain.keys()
    for index, value in plain.items():
        np.testing.assert_array_equal(cotangents[index], value)
        if index in parts:
            np.testing.assert_allclose(sum(p for *_, p in parts[index]), value, rtol=1e-12)
    for index, value in swept_with(trace.recording, trace.output, {}, {}).items():
        np.testing.assert_array_equal(value, plain[index])


def test_directions_are_orthonormal_and_few():
    found = directions({"a": np.zeros((2, 2)), "b": np.zeros(50)}, np.random.default_rng(0), 6)
    assert [len(v) for v in found.vectors.values()] == [4, 6]
    for v in found.vectors.values():
        np.testing.assert_allclose(v @ v.T, np.eye(len(v)), atol=1e-12)
    assert found.names == ("a",) * 4 + ("b",) * 6


def test_at_every_place_the_products_with_the_derivative_are_those_of_its_part_of_the_gradient():
    """The scalar products that stand for sweeps agree with the sweeps."""
    trace, cotangents, parts = traced()
    arrays = {name: leaf.value for name, leaf in trace.leaves.items()}
    along = directions(arrays, np.random.default_rng(1), 40)
    changes = tangents(trace.recording, trace.leaves, along, set(cotangents), {})
    found = list(suspects(trace.recording, cotangents, parts, changes))
    assert any(s.consumer for s in found)
    rng = np.random.default_rng(2)
    for suspect in found:
        change = rng.normal(size=suspect.cotangent.shape)
        replaced = {i: cotangents[i] + d for i, d in suspect.lifted(change).items()}
        after = trace.gradient(swept(trace.recording, trace.output, replaced)[0])
        before = trace.gradient(cotangents)
        effect = along.projected({n: after[n] - before[n] for n in after})
        told = suspect.tangent.reshape(len(effect), -1) @ change.ravel()
        np.testing.assert_allclose(told, effect, atol=1e-7 * np.abs(effect).max() + 1e-9)


def test_rounds_of_a_loop_are_taken_together_unless_they_depend_on_each_other():
    def summed(p, xs):
        total = 0.0
        for x in xs:
            y = p["W"] @ x
            total = total + np.sum(y * y)
        return total

    xs = RNG.normal(size=(4, 3))
    for function, size in ((summed, 4), (recurrent, 1)):
        data = (xs,) if size > 1 else (RNG.normal(size=(4, 3, 2)),)
        calls = Calls(function, None, Parameters.of({"W": np.eye(3)}), data)
        groups = list(rounds(record(calls).recording.steps))
        assert max(len(g) for g in groups if g[0].operation == "matmul") == size


def test_a_budget_is_counted():
    budget = Budget(3e5)
    assert [budget.takes(1e5) for _ in range(3)] == [True, False, False]
