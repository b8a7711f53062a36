"""Costs that are rounded, narrow or rough: what they still show, and what is said of them."""

import numpy as np
import pytest
from patched_programs import line_of, load, written

from trainwell.diagnosis.gradient_verdict import rough_cost
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.element_wise import element_wise
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradient_verdict.rough_cost import refuted_along
from trainwell.diagnosis.gradient_verdict.slopes import ladder_slope, longest_ladder
from trainwell.diagnosis.gradients import check_gradients

RNG = np.random.default_rng(0)
PARAMS = {"W": RNG.normal(size=(10, 20)), "V": RNG.normal(size=(20, 3))}
DATA = RNG.normal(size=(50, 10)), RNG.normal(size=(50, 3))


def plain(p, x, y):
    h = np.tanh(x @ p["W"])
    return np.mean((h @ p["V"] - y) ** 2), h


def narrow(p, x, y):
    cost, h = plain(p, x, y)
    return np.float32(cost), h


def hidden(p, x, y, convert=np.float32):
    """The same, where the tape does not follow."""
    cost, h = plain(p, x, y)
    return convert(1000 + cost), h


def grad_with(factor):
    def grad(p, x, y, h):
        d = 2 * (h @ p["V"] - y) / y.size
        return {"W": factor * x.T @ (d @ p["V"].T * (1 - h**2)), "V": h.T @ d}

    return grad


@pytest.mark.parametrize("digits", [3, 4, 6])
@pytest.mark.parametrize(
    "rounded",
    [round, np.round, lambda j, n: float(f"{float(j):.{n}f}")],
    ids=["python", "numpy", "text"],
)
def test_a_rounded_cost_is_said_to_be_so_and_nobody_is_accused(rounded, digits):
    def cost(p, x, y):
        found, h = plain(p, x, y)
        return rounded(found, digits), h

    report = check_gradients(cost, grad_with(1), PARAMS, DATA)
    assert (report.verdict, report.findings) == ("UNDECIDED", ())
    assert any("the cost is rounded (18." in reason for reason in report.reasons)


def test_a_cost_of_few_digits_that_is_not_rounded_is_measured():
    def cost(p):
        return np.sum(p["w"] ** 2)  # 5.25 here

    point = {"w": np.array([1.0, 2.0, 0.5])}
    for factor, verdict in ((2, "PASS"), (2.5, "FAIL")):
        report = check_gradients(
            cost, lambda p, f=factor: {"w": f * p["w"]}, point, method="central"
        )
        assert report.verdict == verdict


def test_a_right_gradient_of_a_narrow_cost_passes():
    report = check_gradients(narrow, grad_with(1), PARAMS, DATA)
    assert (report.verdict, report.method) == ("PASS", "trace")


@pytest.mark.parametrize("factor", [2, -1, 1.1, 1.001])
def test_a_wrong_gradient_of_a_narrow_cost_is_named(factor):
    (finding,) = check_gradients(narrow, grad_with(factor), PARAMS, DATA).findings
    assert finding.affected == ("W",)
    assert finding.factor == pytest.approx(factor, rel=1e-6)


SINGLE = """\
import numpy as np

def cost(p, x, y):
    h = np.tanh(x @ p["W"])
    return np.float32(np.mean((h @ p["V"] - y) ** 2)), h


def grad(p, x, y, h):
    d = (2 * (h @ p["V"] - y) / y.size).astype(np.float32)
    dz = d @ p["V"].T * (1 - h**2)
    return {"W": x.T @ dz, "V": h.T @ d}
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("1 - h**2", "1 - h"), ("h.T @ d", "h.T @ d / 2"), ("d = (2 * (h", "d = ((h")],
)
def test_a_mistake_among_single_precision_is_mended_by_itself(right, wrong, tmp_path):
    module = load(tmp_path, SINGLE)
    assert check_gradients(module.cost, module.grad, PARAMS, DATA).verdict == "PASS"
    module = load(tmp_path, written((right, wrong), program=SINGLE))
    (finding,) = check_gradients(module.cost, module.grad, PARAMS, DATA).findings
    assert finding.line == line_of(module, wrong)
    assert finding.factor == pytest.approx(0.5) or "`1 - h ** 2`" in finding.message


@pytest.mark.parametrize(("factor", "verdict"), [(1, "UNDECIDED"), (2, "FAIL"), (-3, "FAIL")])
def test_what_is_far_beyond_the_error_bars_is_wrong_without_a_tape(factor, verdict):
    report = check_gradients(hidden, grad_with(factor), PARAMS, DATA)
    assert report.verdict == verdict
    assert report["V"].status.value == "UNDECIDED"
    assert [finding.affected for finding in report.findings] == [("W",)] * (verdict == "FAIL")


def rough(values):
    """A parabola on which lies what no tape shows."""
    w = np.asarray(values("w"))
    return np.sum(w**2) + 1e-3 * np.sin(1e9 * np.sum(w))


def test_the_function_refutes_what_is_given_and_not_the_tape():
    arrays = {"w": np.array([1.0, -2.0, 0.5])}
    right = 2 * arrays["w"]
    assert refuted_along(rough, arrays, "w", 2 * right, right)
    assert refuted_along(rough, arrays, "w", 0 * right, right)
    assert not refuted_along(rough, arrays, "w", right, 2 * right)
    assert not refuted_along(rough, arrays, "w", 3 * right, 2 * right)
    assert not refuted_along(rough, arrays, "w", right * (1 + 1e-4), right)
    assert not refuted_along(rough, arrays, "w", right, right)
    assert not refuted_along(rough, arrays, "w", np.nan * right, right)


def test_longer_steps_are_taken_where_shorter_ones_are_rough():
    arrays = {"w": np.array([1.0, -2.0, 0.5])}
    v = {"w": np.array([0.3, 0.2, -0.1])}
    usual, longer = ladder_slope(rough, arrays, v), longest_ladder(rough, arrays, v, 1.0)
    right = float(np.vdot(2 * arrays["w"], v["w"]))
    assert longer.bar < 0.3 * usual.bar
    assert abs(longer.value - right) <= 3 * longer.bar
    assert longest_ladder(rough, arrays, v, 1e9) == usual


def test_numbers_of_a_rough_cost_are_measured_with_longer_steps():
    params = Parameters.of({"w": np.array([1.0, -2.0, 0.5])})
    found = element_wise(Calls(lambda p: rough(p.__getitem__), None, params, ()), "central")
    right = 2 * params.arrays["w"]
    assert (np.abs(found.gradient["w"] - right) <= 3 * found.bars["w"]).all()
    assert found.bars["w"].max() < 0.02


def test_where_the_tape_is_too_rough_to_confirm_what_differs_from_it_may_still_be_refuted(
    monkeypatch,
):
    def cost(p, x, y):
        found, h = plain(p, x, y)
        return np.float32(found + 3e4), h

    report = check_gradients(cost, grad_with(-3), PARAMS, DATA)
    assert report.verdict == "FAIL"
    assert [f.affected for f in report.findings] == [("W",)]
    assert any("it is with the tape where" in reason for reason in report.reasons)
    assert "too rough to confirm the tape." in str(report)
    assert "compared with the untouched function" in str(report)
    report = check_gradients(cost, grad_with(1), PARAMS, DATA)
    assert report.verdict == "UNDECIDED"
    assert any("agrees with the tape" in reason for reason in report.reasons)
    monkeypatch.setattr(rough_cost, "_BEYOND", np.inf)
    assert check_gradients(cost, grad_with(-3), PARAMS, DATA).passes > 0


def test_where_longer_steps_are_refused_shorter_ones_have_to_do():
    def narrow_domain(values):
        w = np.asarray(values("w"))
        if np.abs(w).max() > 2.2:
            raise np.linalg.LinAlgError("not positive definite")
        return rough(values)

    arrays = {"w": np.array([1.0, -2.0, 0.5])}
    right = 2 * arrays["w"]
    assert longest_ladder(narrow_domain, arrays, {"w": right}, 1.0).bar < np.inf
    assert not refuted_along(narrow_domain, arrays, "w", 2 * right, right)
