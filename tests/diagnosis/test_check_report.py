"""What a check of gradients says, and what it refuses to check."""

import json
from pathlib import Path

import numpy as np
import pytest
from checked_classifier import NAMES, PARAMS, X, Y, changed, cost, grad

from trainwell.diagnosis.gradient_localisation.finding import KINDS
from trainwell.diagnosis.gradients import Finding, GradientError, assert_gradients, check_gradients
from trainwell.errors import ConfigurationError, DataError

# The report


def test_the_report_says_what_was_done():
    report = check_gradients(cost, grad, PARAMS, (X, Y), directions=3)
    assert report.directions == 2  # which show more than three at an ordinary tolerance
    assert report.operations > 10
    assert report.disagreement < 1e-11
    assert 0 < report.miss_probability < 1e-9
    assert report.forward_equivalents > 0
    assert report.seconds > 0
    assert report.difference < 1e-12
    assert report.blind_spots == ()
    assert report.note == ""
    assert report["W1"].expected.shape == (4, 3)


def test_findings_have_every_field():
    report = check_gradients(cost, changed(dW1=lambda g: -g), PARAMS, (X, Y))
    (finding,) = report.findings
    assert isinstance(finding, Finding)
    assert finding.kind in KINDS
    assert set(finding.alternatives) <= set(KINDS)
    assert 0 < finding.confidence <= 1
    assert finding.affected == ("W1",)
    assert finding.file == __file__
    assert finding.statement.text in Path(__file__).read_text(encoding="utf-8")
    assert finding.factor == -1


def test_the_report_is_a_json_object():
    for backward_pass in (grad, changed(dW1=lambda g: 2 * g), changed(db1=lambda g: g * np.nan)):
        report = check_gradients(cost, backward_pass, PARAMS, (X, Y))
        read = json.loads(report.to_json())
        assert read == report.as_dict()
        assert (read["verdict"], read["ok"]) == (report.verdict, report.ok)
        assert set(read["arrays"]) == set(NAMES)
        assert read["arrays"]["W1"]["shape"] == [4, 3]
        assert len(read["findings"]) == len(report.findings)
        assert all(f["line"] is None or f["line"] > 0 for f in read["findings"])
        assert (report["W1"].status.name == "OK") == (not read["arrays"]["W1"]["wrong_elements"])


def test_the_first_line_is_the_verdict():
    report = check_gradients(cost, grad, PARAMS, (X, Y))
    assert (
        str(report)
        .splitlines()[0]
        .startswith("GRADIENT CHECK  PASS   all 4 arrays agree, largest error ")
    )
    report = check_gradients(cost, changed(dW1=lambda g: 2 * g), PARAMS, (X, Y))
    assert (
        str(report)
        .splitlines()[0]
        .startswith("GRADIENT CHECK  FAIL   1 of 4 arrays wrong, 1 bug   (")
    )
    assert "W1 WRONG 1e+00" in str(report)
    assert "1. " in str(report)
    assert "Not visible at this point: nothing known." in str(report)
    assert f"difference = {report.difference:.6g}" in str(report)


def test_a_wrong_gradient_raises_with_the_report():
    assert assert_gradients(cost, grad, PARAMS, (X, Y)).ok
    with pytest.raises(AssertionError, match="GRADIENT CHECK  FAIL") as caught:
        assert_gradients(cost, changed(dW1=lambda g: 2 * g), PARAMS, (X, Y))
    assert caught.type is GradientError
    assert "W1 WRONG" in str(caught.value)


def test_two_checks_say_the_same():
    wrong = changed(dW1=lambda g: 2 * g)
    first, second = (check_gradients(cost, wrong, PARAMS, (X, Y)).as_dict() for _ in range(2))
    for report in (first, second):
        del report["seconds"], report["forward_equivalents"]
    assert first == second


# What is refused


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "loop"}, "method must be one of .*trace.*, got 'loop'"),
        ({"points": 0}, "check_gradients.points must be at least 1, got 0"),
        ({"directions": 0}, "check_gradients.directions must be at least 1, got 0"),
        ({"tolerance": 0.0}, "check_gradients.tolerance must be positive, got 0.0"),
        ({"tolerance": np.nan}, "check_gradients.tolerance must be positive, got nan"),
    ],
)
def test_a_setting_outside_its_domain_is_refused(settings, message):
    with pytest.raises(ConfigurationError, match=message):
        check_gradients(cost, grad, PARAMS, (X, Y), **settings)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (lambda p: "high", "must be one number, or \\(J, cache\\), got 'str'"),  # noqa: ARG005
        (lambda p: None, "must be one number, or \\(J, cache\\), got 'NoneType'"),  # noqa: ARG005
        (lambda p: p["w"] ** 2, "must be one number, or \\(J, cache\\), got 'an array \\(3,\\)'"),
        (lambda p: np.sum(p["w"]) * np.nan, "must be finite, got nan"),
        (lambda p: np.sum(p["w"]) * np.inf, "must be finite, got inf"),
        (lambda p: 1j * np.sum(p["w"]), "must be one number"),
    ],
    ids=["text", "None", "array", "nan", "inf", "complex"],
)
def test_a_cost_that_is_not_one_finite_number_is_refused(value, message):
    with pytest.raises(ConfigurationError, match=message):
        check_gradients(value, lambda p: {"dw": p["w"]}, {"w": np.ones(3)})


@pytest.mark.parametrize("params", [{}, [], {"name": "net"}, {"on": np.ones(3, bool)}, None])
def test_parameters_without_a_number_are_refused(params):
    with pytest.raises(DataError, match="params"):
        check_gradients(lambda p: 1.0, lambda p: {}, params)  # noqa: ARG005
