import numpy as np
import pytest

from trainwell.diagnosis.step_ladder import step_ladder

SMOOTH = {
    "exponential": (np.exp, np.exp),
    "sine": (np.sin, np.cos),
    "logarithm": (lambda x: np.log(x + 3), lambda x: 1 / (x + 3)),
    "cube": (lambda x: x**3, lambda x: 3 * x**2),
    "line": (lambda x: 5 * x, lambda x: 5 + 0 * x),
    "steep": (lambda x: np.exp(12 * x), lambda x: 12 * np.exp(12 * x)),
}


def measure(function, point, index=0):
    point = np.asarray(point, dtype=float)
    return step_ladder(lambda t: float(function(t)), point, index, value=float(function(point)))


@pytest.mark.parametrize("point", [-1.3, -0.2, 0.4, 1.7])
@pytest.mark.parametrize(("function", "slope"), SMOOTH.values(), ids=SMOOTH)
def test_a_smooth_function_is_measured_to_nine_digits(function, slope, point):
    ladder = measure(lambda t: function(t[0]), [point])
    assert ladder.slope == pytest.approx(slope(point), rel=1e-9, abs=1e-9)
    assert ladder.admits(slope(point))
    assert not ladder.admits(slope(point) * (1 + 3e-6))
    assert not ladder.admits_at_kink(slope(point) * 1.001)


def test_one_component_is_moved_and_the_others_stay():
    seen = []
    theta = np.array([[1.0, 2.0], [3.0, 4.0]])
    measure(lambda t: seen.append(t.copy()) or t.sum(), theta, index=2)
    moved = np.array(seen) - theta
    assert (moved[1:, 1, 0] != 0).all()
    moved[:, 1, 0] = 0
    assert not moved.any()


@pytest.mark.parametrize("noise", [1e-12, 1e-9, 1e-6])
def test_a_noisy_function_gets_the_step_that_suits_its_noise(noise):
    draws = np.random.default_rng(0)
    ladder = measure(lambda t: np.sin(t[0]) + noise * draws.normal(), [0.5])
    quiet = measure(lambda t: np.sin(t[0]), [0.5])
    assert ladder.best <= quiet.best
    assert ladder.admits(np.cos(0.5))
    assert ladder.slope == pytest.approx(np.cos(0.5), abs=100 * noise ** (2 / 3))


def test_a_function_that_rounding_has_flattened_is_measured_with_longer_steps():
    ladder = measure(lambda t: np.round(1e5 * t[0] * 3.7) / 1e5, [0.2])
    assert ladder.slopes[-2] == 0
    assert ladder.admits(3.7)
    assert not ladder.admits(0.0)


def test_a_function_that_is_flat_has_the_slope_zero():
    ladder = measure(lambda t: 7 + 0 * t[0], [0.2])
    assert ladder.slope == 0
    assert ladder.admits(0.0)
    assert not ladder.admits(1e-3)


def test_a_step_out_of_the_domain_has_no_say():
    ladder = measure(lambda t: np.log(t[0]), [1e-3])
    assert ladder.slope == pytest.approx(1000, rel=1e-6)
    assert ladder.admits(1000.0)


@pytest.mark.parametrize(("left", "right"), [(0.0, 1.0), (-1.0, 1.0), (0.01, 1.0), (2.0, -3.0)])
def test_a_corner_admits_what_lies_between_its_sides(left, right):
    ladder = measure(lambda t: (left if t[0] < 0 else right) * t[0], [0.0])
    low, high = sorted((left, right))
    for slope in (left, right, (left + right) / 2):
        assert ladder.admits(slope) or ladder.admits_at_kink(slope)
    for slope in (low - 0.01, high + 0.01):
        assert not ladder.admits(slope)
        assert not ladder.admits_at_kink(slope)


def test_nothing_that_is_not_a_number_is_admitted():
    ladder = measure(lambda t: np.sin(t[0]), [0.5])
    assert not ladder.admits(np.nan)
    assert not ladder.admits_at_kink(np.nan)
    assert not ladder.admits(np.inf)
