"""A difference by steps of many sizes, and Taylor's remainder."""

import numpy as np
import pytest

from trainwell.diagnosis.gradient_verdict.step_curve import step_curve

W = np.array([0.3, -0.7, 1.1])


def cost(w: np.ndarray) -> float:
    return float(np.exp(w).sum())


def test_the_error_is_a_valley_with_the_course_step_on_its_slope() -> None:
    curve = step_curve(cost, None, W)
    assert 1e-6 < curve.steps[curve.best] < 1e-3
    assert curve.errors[curve.best] < 1e-9
    assert curve.at_the_course_step > 2 * curve.errors[curve.best]
    assert curve.errors[0] > 1e-6
    assert curve.errors[-1] > 1e-6


@pytest.mark.parametrize(("factor", "order"), [(1.0, 2.0), (2.0, 1.0), (-1.0, 1.0), (1.001, 1.0)])
def test_the_order_of_the_remainder_tells_right_from_wrong(factor: float, order: float) -> None:
    curve = step_curve(cost, lambda w: factor * np.exp(w), W)
    assert curve.order == pytest.approx(order, abs=0.1)


def test_the_gradient_may_be_given_as_values() -> None:
    assert step_curve(cost, np.exp(W), W).order == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("given", [None, {"dtheta": None}, np.ones(2), np.array([1, 1, np.nan])])
def test_without_a_whole_gradient_there_is_no_remainder(given: object) -> None:
    curve = step_curve(cost, given, W)
    assert curve.remainders is None
    assert curve.order is None


def test_a_function_without_complex_values_is_measured_too() -> None:
    curve = step_curve(lambda w: float(np.abs(w).sum() ** 2), None, W)
    assert curve.errors[curve.best] < 1e-7


def test_a_linear_cost_hides_the_order() -> None:
    assert step_curve(lambda w: w.sum(), np.ones(3), W).order is None


def test_the_point_is_not_modified_and_generators_are_put_back() -> None:
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state

    def noisy(w: np.ndarray, generator: np.random.Generator) -> float:
        return float(((w * generator.random(3)) ** 2).sum())

    w = W.copy()
    w.flags.writeable = False
    curve = step_curve(noisy, None, w, (rng,))
    assert rng.bit_generator.state == before
    assert curve.errors[curve.best] < 1e-8
