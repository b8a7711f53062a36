"""Exponentially weighted averages."""

from fractions import Fraction

import numpy as np
import pytest

from trainwell.errors import ConfigurationError
from trainwell.training.averages import exponentially_weighted_average


def test_averages_are_as_worked_by_hand() -> None:
    values, beta = np.array([4.0, 8.0, -2.0]), 0.75
    plain = exponentially_weighted_average(values, beta)
    # 1; 0.75 + 2; 2.0625 - 0.5
    assert plain.tolist() == [1.0, 2.75, 1.5625]
    corrected = exponentially_weighted_average(values, beta, corrected=True)
    # over 1 - 3/4, 1 - 9/16, 1 - 27/64
    by_hand = [Fraction(4), Fraction(11, 4) * Fraction(16, 7), Fraction(25, 16) * Fraction(64, 37)]
    np.testing.assert_allclose(corrected, [float(fraction) for fraction in by_hand], rtol=1e-15)


def test_the_average_is_the_weighted_sum_of_the_course() -> None:
    values = np.random.default_rng(0).standard_normal(30)
    averages = exponentially_weighted_average(values, 0.9)
    for t in range(30):
        shares = 0.1 * 0.9 ** np.arange(t, -1, -1)
        assert averages[t] == pytest.approx(shares @ values[: t + 1], abs=1e-14)
        corrected = exponentially_weighted_average(values, 0.9, corrected=True)[t]
        assert corrected == pytest.approx((shares @ values[: t + 1]) / shares.sum(), abs=1e-13)


def test_a_value_has_a_third_of_its_share_after_as_many_steps_as_the_window_is_long() -> None:
    # The course: 0.9 ** 10 and 0.98 ** 50 are about 1 / e.
    for beta, window in ((0.9, 10), (0.98, 50)):
        impulse = np.eye(1, window + 1)[0]
        averages = exponentially_weighted_average(impulse, beta)
        assert averages[-1] / averages[0] == pytest.approx(np.exp(-1), rel=0.06)


def test_the_correction_fades() -> None:
    values = np.random.default_rng(1).uniform(10, 20, 200)
    plain = exponentially_weighted_average(values, 0.9)
    corrected = exponentially_weighted_average(values, 0.9, corrected=True)
    assert corrected[0] == pytest.approx(values[0])
    assert plain[0] == pytest.approx(values[0] / 10)
    np.testing.assert_allclose(plain[-1], corrected[-1], rtol=1e-8)


def test_every_column_is_averaged_alone_and_the_values_stay() -> None:
    values = np.arange(12.0).reshape(4, 3)
    values.flags.writeable = False
    together = exponentially_weighted_average(values, 0.5, corrected=True)
    for column in range(3):
        alone = exponentially_weighted_average(values[:, column], 0.5, corrected=True)
        np.testing.assert_array_equal(together[:, column], alone)


def test_without_memory_the_average_is_the_value() -> None:
    values = np.array([3, 1, 4])
    assert exponentially_weighted_average(values, 0.0).tolist() == [3.0, 1.0, 4.0]
    assert exponentially_weighted_average(np.empty(0), 0.5).shape == (0,)


@pytest.mark.parametrize("beta", [1.0, -0.1, float("nan")])
def test_a_decay_outside_its_domain_is_refused(beta: float) -> None:
    with pytest.raises(ConfigurationError, match=r"average.beta must be in \[0, 1\), got"):
        exponentially_weighted_average(np.ones(3), beta)
