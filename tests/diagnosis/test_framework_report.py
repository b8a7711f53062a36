"""What is judged of a framework's rule, whatever the framework: here it is NumPy."""

from collections.abc import Callable
from contextlib import nullcontext

import numpy as np
import pytest

from trainwell.diagnosis.gradient_frameworks.framework_report import framework_report
from trainwell.diagnosis.gradient_frameworks.framework_subject import Settings
from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.scorecard.programs import load
from trainwell.randomness import generator

RULE = """
import numpy as np


def forward(x, w, b):
    return np.tanh(x @ w + b)


def rule(x, w, b, g):
    y = forward(x, w, b)
    dz = g * (1 - y**2)
    dx = dz @ w.T
    dw = x.T @ dz
    db = dz.sum(axis=0)
    return {"x": dx, "w": dw, "b": db}
"""


class PlainSubject:
    """A function of NumPy with its rule, as a framework would call them."""

    seconds = 20.0

    def __init__(self, source: str) -> None:
        self.code = load(source, f"rule-{hash(source)}.py")
        self.right = load(RULE, "rule-right.py")["rule"]
        rng = generator(3, "a rule of no framework")
        shapes = {"x": (6, 4), "w": (4, 3), "b": (3,)}
        self.arrays = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
        self.cotangent = rng.standard_normal((6, 3))

    def value(self, point):
        return float(np.sum(self.cotangent * self.code["forward"](**point)))

    def given(self, point):
        return self.code["rule"](**point, g=self.cotangent)

    def rule(self, point) -> Callable[[], dict]:
        return lambda: self.given(point)

    def expected(self, point):
        return self.right(**point, g=self.cotangent)

    def recorded(self, _point):
        return None

    def backward(self, _point):
        return None

    def lost_digits(self, _point):
        return False, False

    def told(self, _point, _expected, wrong, _constants):
        said = Finding("return", "zero", None, None, "returns nothing for b", 1.0, ("b",))
        return [said] if "b" in wrong and self.given(self.arrays)["b"] is None else []

    def scale(self, factor):
        self.cotangent = factor * self.cotangent

    def stoppable(self):
        return nullcontext()

    def placed(self, finding):
        return finding

    def oddities(self):
        return [], []


def report_on(*changes, points=2):
    source = RULE
    for old, new in changes:
        assert source.count(old) == 1
        source = source.replace(old, new)
    settings = Settings(points=points)
    subject = PlainSubject(source)
    return framework_report(subject, settings, generator(0, "check")), subject


def line_of(text):
    return RULE[: RULE.index(text)].count("\n") + 1


CLIPPED = ("dw = x.T @ dz", "dw = np.clip(x.T @ dz, -40, 40)")
TWICE = ("db = dz.sum(axis=0)", "db = 2 * dz.sum(axis=0)")
SIGN = ("dx = dz @ w.T", "dx = -(dz @ w.T)")


def test_a_right_rule_passes():
    report, _ = report_on()
    assert report.verdict == "PASS"
    assert not report.findings


def test_what_only_larger_cotangents_show_is_told_beside_another_mistake():
    report, subject = report_on(CLIPPED, TWICE)
    assert np.abs(subject.expected(subject.arrays)["w"]).max() / 32 < 40
    assert {(f.target, f.line) for f in report.findings} == {
        ("dw", line_of(CLIPPED[0])),
        ("db", line_of(TWICE[0])),
    }
    assert any(reason.startswith("w: right at your point, wrong at") for reason in report.reasons)


def test_what_is_right_at_the_given_point_alone_is_said_to_be():
    report, _ = report_on(CLIPPED)
    (finding,) = report.findings
    assert finding.line == line_of(CLIPPED[0])
    assert any(reason.startswith("right at your point, wrong at") for reason in report.reasons)


def test_at_one_point_alone_it_passes():
    report, _ = report_on(CLIPPED, points=1)
    assert report.verdict == "PASS"


def test_errors_are_those_of_the_given_point_where_no_other_one_shows_more():
    report, subject = report_on(TWICE, SIGN)
    subject.scale(1 / 32)  # it is left as it was for the other point
    expected = subject.expected(subject.arrays)
    np.testing.assert_allclose(report.arrays["b"].expected, expected["b"])
    assert {f.line for f in report.findings} == {line_of(TWICE[0]), line_of(SIGN[0])}
    assert not report.reasons


@pytest.mark.parametrize("changes", [(TWICE, SIGN), (("g * (1 - y**2)", "g * (1 - y)"), TWICE)])
def test_two_mistakes_are_both_told(changes):
    report, _ = report_on(*changes)
    assert {f.line for f in report.findings} == {line_of(old) for old, _ in changes}


def test_what_is_known_without_a_search_is_told_beside_the_rest():
    report, _ = report_on(SIGN, ('"b": db', '"b": None'))
    assert {(f.line, f.affected) for f in report.findings} == {
        (None, ("b",)),
        (line_of(SIGN[0]), ("x",)),
    }


BEGIN = "y = forward(x, w, b)\n    dz"


def test_a_rule_that_does_not_end_elsewhere_is_stopped_there():
    report, subject = report_on((BEGIN, f"while np.abs(g).max() > 20: pass\n    {BEGIN}"))
    assert report.verdict == "PASS"
    assert ["not looked at elsewhere" in reason for reason in report.reasons] == [True]
    assert np.abs(subject.cotangent).max() < 20


def test_a_change_with_which_a_rule_does_not_end_is_stopped():
    counting = """left = 1
    while left > 0:
        left = left - 1
    """
    unlike = ("db = dz.sum(axis=0)", "db = np.cos(dz.sum(axis=0)) + left + 7")
    report, _ = report_on((BEGIN, counting + BEGIN), unlike)
    assert report.findings[0].affected == ("b",)


def test_a_factor_is_that_of_the_given_point():
    report, subject = report_on(("db = dz", "db = (2 + w[0, 0]) * dz"))
    (finding,) = report.findings
    assert finding.factor == pytest.approx(2 + subject.arrays["w"][0, 0])
    assert "x the correct gradient here" in finding.message
