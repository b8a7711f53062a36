"""The gradient check on code as people write it: what passes and what fails."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from checked_classifier import (
    NAMES,
    PARAMS,
    RNG,
    X,
    Y,
    backward,
    changed,
    cost,
    cost_and_cache,
    forward,
    grad,
    grad_of_cache,
)

from trainwell.cli import check_demo
from trainwell.diagnosis.gradient_corpus import course_l2
from trainwell.diagnosis.gradients import check_gradients


def line_of(text, after="def backward_propagation_n"):
    """Return the number of the line of the demonstration that holds a text."""
    source = Path(check_demo.__file__).read_text(encoding="utf-8").splitlines()
    start = next(at for at, line in enumerate(source) if line.startswith(after))
    return next(at for at in range(start, len(source)) if text in source[at]) + 1


# What passes


def test_a_cost_and_a_gradient_without_a_cache_pass():
    report = check_gradients(cost, grad, PARAMS, (X, Y))
    assert (report.ok, report.verdict, report.findings) == (True, "PASS", ())
    assert report.method == "trace"
    assert max(found.error for found in report.arrays.values()) < 1e-12


def test_a_gradient_may_take_the_cache_of_the_cost():
    assert check_gradients(cost_and_cache, grad_of_cache, PARAMS, (X, Y)).ok


def test_a_gradient_may_do_without_the_cache_of_the_cost():
    assert check_gradients(cost_and_cache, grad, PARAMS, (X, Y)).ok


def test_a_gradient_may_take_the_cache_by_a_default():
    def optional(params, x, y, cache=None):
        assert cache is not None
        return grad_of_cache(params, x, y, cache)

    assert check_gradients(cost_and_cache, optional, PARAMS, (X, Y)).ok


def test_everything_behind_the_cost_is_the_cache():
    def several(params, x, y):
        J, (A1, A2) = cost_and_cache(params, x, y)
        return J, A1, A2

    assert check_gradients(several, grad_of_cache, PARAMS, (X, Y)).ok


def test_gradients_can_be_given_as_values():
    right = grad(PARAMS, X, Y)
    assert check_gradients(cost, right, PARAMS, (X, Y)).ok
    report = check_gradients(cost, right | {"dW2": 2 * right["dW2"]}, PARAMS, (X, Y))
    (finding,) = report.findings
    assert (finding.target, finding.kind, finding.line) == ("dW2", "factor", None)
    assert finding.factor == pytest.approx(2)
    assert report["W2"].status.name == "WRONG"
    assert report["W1"].status.name == "OK"


def test_parameters_can_be_a_list_and_its_gradient_a_list():
    report = check_gradients(
        lambda p, x, y: forward(*p, x, y),
        lambda p, x, y, cache: list(backward(*p, x, y, *cache)),
        list(PARAMS.values()),
        (X, Y),
    )
    assert report.ok
    assert list(report.arrays) == ["[0]", "[1]", "[2]", "[3]"]


def test_parameters_can_be_nested_and_their_gradient_alike():
    params = {"hidden": [PARAMS["W1"], PARAMS["b1"]], "out": {"W": PARAMS["W2"], "b": PARAMS["b2"]}}

    def of(p):
        return (*p["hidden"], p["out"]["W"], p["out"]["b"])

    def nested(p, x, y, cache):
        dW1, db1, dW2, db2 = backward(*of(p), x, y, *cache)
        return {"hidden": [dW1, db1], "out": {"W": dW2, "b": db2}}

    def prefixed(p, x, y, cache):
        dW1, db1, dW2, db2 = backward(*of(p), x, y, *cache)
        return {"hidden": [dW1, db1], "out": {"dW": dW2, "db": 3 * db2}}

    report = check_gradients(lambda p, x, y: forward(*of(p), x, y), nested, params, (X, Y))
    assert report.ok
    assert list(report.arrays) == ["hidden[0]", "hidden[1]", "out.W", "out.b"]
    report = check_gradients(lambda p, x, y: forward(*of(p), x, y), prefixed, params, (X, Y))
    assert report["out.b"].status.name == "WRONG"
    assert report["out.W"].status.name == "OK"


class Weights(NamedTuple):
    w: np.ndarray
    b: np.ndarray


def test_parameters_can_be_a_named_tuple():
    report = check_gradients(
        lambda p, x: np.sum((p.w @ x + p.b) ** 2),
        lambda p, x: Weights(2 * (p.w @ x + p.b) @ x.T, np.sum(2 * (p.w @ x + p.b), 1)[:, None]),
        Weights(PARAMS["W1"], PARAMS["b1"]),
        (X,),
    )
    assert report.ok


def test_parameters_can_be_one_array_and_one_number():
    theta = RNG.normal(size=5)
    assert check_gradients(lambda t: np.sum(np.sin(t)), np.cos, theta).ok
    assert not check_gradients(lambda t: np.sum(np.sin(t)), np.sin, theta).ok
    assert check_gradients(lambda t: t**3, lambda t: 3 * t**2, 1.5).ok


def test_data_that_are_no_tuple_are_one_argument():
    report = check_gradients(
        lambda t, x: np.sum(t * x), lambda t, x: x + 0 * t, np.ones(3), RNG.normal(size=3)
    )
    assert report.ok


@pytest.mark.parametrize(
    ("key", "called"),
    [
        ("grad of {}", "grad of {}".format),
        (lambda name: name.lower() + "_slope", lambda name: name.lower() + "_slope"),
        ({name: f"g{at}" for at, name in enumerate(NAMES)}, lambda name: f"g{NAMES.index(name)}"),
    ],
    ids=["pattern", "callable", "mapping"],
)
def test_gradients_are_found_by_a_key(key, called):
    def renamed(params, x, y):
        return {called(name[1:]): array for name, array in grad(params, x, y).items()}

    assert check_gradients(cost, renamed, PARAMS, (X, Y), key=key).ok


@pytest.mark.parametrize("pattern", ["{}", "grad_{}", "{}_grad", "d_{}", "D{}"])
def test_the_usual_names_of_gradients_need_no_key(pattern):
    def renamed(params, x, y):
        return {pattern.format(name[1:]): array for name, array in grad(params, x, y).items()}

    assert check_gradients(cost, renamed, PARAMS, (X, Y)).ok


def test_a_key_that_names_others_finds_nothing():
    report = check_gradients(cost, grad, PARAMS, (X, Y), key={"W1": "dW2"})
    assert report["W1"].status.name == "SHAPE"
    assert report["b1"].status.name == "MISSING"


def test_extra_keys_are_not_looked_at():
    def generous(params, x, y):
        return grad(params, x, y) | {"dZ1": np.ones(3), "note": "none", "dA0": None}

    assert check_gradients(cost, generous, PARAMS, (X, Y)).ok


# The course's exercise


def course(backward_pass, params):
    x, y, parameters = check_demo.case()
    del params
    return check_gradients(
        lambda p, x, y: check_demo.forward_propagation_n(x, y, p),
        lambda p, x, y, cache: backward_pass(x, y, cache),  # noqa: ARG005
        parameters,
        (x, y),
    )


def test_the_courses_two_planted_bugs_are_named_by_line_and_factor_and_nothing_else():
    report = course(check_demo.backward_propagation_n, None)
    assert report.verdict == "FAIL"
    assert {(f.target, f.line, f.kind) for f in report.findings} == {
        ("dW2", line_of("dW2 ="), "factor"),
        ("db1", line_of("db1 ="), "factor"),
    }
    factors = {finding.target: finding.factor for finding in report.findings}
    assert factors == {"dW2": pytest.approx(2, rel=1e-9), "db1": pytest.approx(4, rel=1e-9)}
    assert {name for name, a in report.arrays.items() if a.status.name != "OK"} == {"W2", "b1"}
    assert report.difference == pytest.approx(0.285093156781, abs=1e-7)
    assert all(finding.file == check_demo.__file__ for finding in report.findings)
    assert all(finding.confidence >= 0.9 for finding in report.findings)


def test_labels_that_the_backward_pass_overwrites_are_those_of_a_copy():
    x, labels = RNG.normal(size=(3, 8)), np.arange(8) % 2

    def spoiled(p, x, y):
        y[4] = 1
        return {"dw": 2 * (p["w"] @ x - y) @ x.T / y.size}

    labels[4] = 0
    before = labels.copy()
    report = check_gradients(
        lambda p, x, y: np.mean((p["w"] @ x - y) ** 2), spoiled, {"w": np.ones(3)}, (x, labels)
    )
    assert report.verdict == "FAIL"
    assert np.array_equal(labels, before)


def test_operations_alone_name_both_planted_bugs(monkeypatch):
    searched = "trainwell.diagnosis.gradients.diagnosis.patched_findings"
    monkeypatch.setattr(searched, lambda *_: [])
    stepwise = "trainwell.diagnosis.gradient_localisation.localisation.stepwise_repairs"
    monkeypatch.setattr(stepwise, lambda _: [])
    beside = "trainwell.diagnosis.gradients.diagnosis.one_by_one"
    monkeypatch.setattr(beside, lambda *_: [])
    monkeypatch.setattr("trainwell.diagnosis.gradients.diagnosis._apart", lambda *_: [])
    monkeypatch.setattr("trainwell.diagnosis.gradients.diagnosis.two_patches", lambda *_: [])
    report = course(check_demo.backward_propagation_n, None)
    lines = {line_of("dW2 ="), line_of("db1 =")}
    assert {finding.line for finding in report.findings} == lines


def test_the_courses_corrected_exercise_passes():
    report = course(check_demo.corrected_backward_propagation_n, None)
    assert report.ok
    assert report.findings == ()
    assert report.difference < 1e-12


def test_a_forgotten_penalty_is_called_by_its_name():
    params, data = course_l2.case(0)

    def forgets(p, x, y, cache):
        found = course_l2.grad(p, x, y, cache)
        return found | {"dW2": found["dW2"] - 0.7 / 9 * p["W2"]}

    hyper = {"lambd": 0.7}
    report = check_gradients(course_l2.cost, forgets, params, data, hyperparams=hyper)
    (finding,) = report.findings
    assert finding.affected == ("W2",)
    assert "regularisation" in (finding.kind, *finding.alternatives)
    assert check_gradients(course_l2.cost, course_l2.grad, params, data, hyperparams=hyper).ok


def test_a_missing_division_is_called_by_its_name():
    report = check_gradients(cost, changed(dW1=lambda g: 8 * g), PARAMS, (X, Y))
    (finding,) = report.findings
    assert finding.factor == pytest.approx(8)
    assert finding.affected == ("W1",)


def test_a_factor_of_m_in_values_is_said_to_be_a_division_by_m():
    right = grad(PARAMS, X[:, :6], Y[:, :6])
    wrong = right | {"dW1": 6 * right["dW1"]}
    (finding,) = check_gradients(cost, wrong, PARAMS, (X[:, :6], Y[:, :6])).findings
    assert "6 = m x" in finding.message
    assert "the division by m is missing" in finding.message


# What fails


def test_a_gradient_that_is_not_returned_is_missing():
    def short(params, x, y):
        found = grad(params, x, y)
        del found["db1"]
        return found

    report = check_gradients(cost, short, PARAMS, (X, Y))
    assert report.verdict == "FAIL"
    assert report["b1"].status.name == "MISSING"
    assert report["b1"].given is None
    assert "b1 MISSING" in str(report)
    assert any(f.kind == "zero" and "not returned" in f.message for f in report.findings)
    assert report.difference == 1.0


@pytest.mark.parametrize("points", [1, 3])
def test_none_is_missing(points):
    report = check_gradients(cost, changed(dW2=lambda g: None), PARAMS, (X, Y), points=points)  # noqa: ARG005
    assert report["W2"].status.name == "MISSING"
    assert not report.ok


@pytest.mark.parametrize(
    ("change", "shape"),
    [(np.transpose, "(3, 4)"), (np.ravel, "(12,)"), (lambda g: g[:-1], "(3, 3)")],
)
def test_a_wrong_shape_is_named_with_both_shapes(change, shape):
    report = check_gradients(cost, changed(dW1=change), PARAMS, (X, Y))
    assert report.verdict == "FAIL"
    assert report["W1"].status.name == "SHAPE"
    finding = next(f for f in report.findings if f.kind == "shape")
    assert shape in finding.message
    assert "(4, 3)" in finding.message


def test_one_number_may_have_any_number_of_axes():
    assert check_gradients(cost, changed(db2=lambda g: float(g[0, 0])), PARAMS, (X, Y)).ok
    assert check_gradients(cost, changed(db2=np.ravel), PARAMS, (X, Y)).ok


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_fails_and_is_said_to_be_so(value):
    def spoilt(g):
        g[1, 2] = value
        return g

    report = check_gradients(cost, changed(dW1=spoilt), PARAMS, (X, Y))
    assert report.verdict == "FAIL"
    assert report["W1"].error == np.inf
    assert any("not-finite" in (f.kind, *f.alternatives) for f in report.findings)
    assert json.loads(report.to_json())["arrays"]["W1"]["error"] is None


@pytest.mark.parametrize("share", [1e-2, 1e-4, 1e-6])
def test_one_element_that_is_slightly_off_fails(share):
    def spoilt(g):
        g[1, 2] *= 1 + share
        return g

    report = check_gradients(cost, changed(dW1=spoilt), PARAMS, (X, Y))
    assert report.verdict == "FAIL"
    assert report["W1"].wrong.sum() == 1
    assert report["W1"].wrong[1, 2]


@pytest.mark.parametrize("points", [1, 3])
def test_a_tolerance_of_ones_own_counts(points):
    wrong = changed(dW1=lambda g: 1.001 * g)
    assert not check_gradients(cost, wrong, PARAMS, (X, Y), points=points).ok
    assert check_gradients(cost, wrong, PARAMS, (X, Y), points=points, tolerance=1e-2).ok


def test_without_a_diagnosis_the_verdict_is_the_same_and_nothing_is_named():
    report = check_gradients(cost, changed(dW1=lambda g: 2 * g), PARAMS, (X, Y), diagnose=False)
    assert (report.verdict, report.findings) == ("FAIL", ())
    assert report["W1"].error == pytest.approx(1.0)
