import numpy as np
import pytest

from trainwell.diagnosis.step_ladder import StepLadder, step_ladder

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
    ladder = measure(lambda t: np.round(1e5 * np.sin(t[0])) / 1e5, [0.2])
    assert ladder.slopes[-3:] == (0, 0, 0)
    assert ladder.admits(np.cos(0.2))
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


def test_a_bar_is_twice_the_distance_to_the_farther_neighbour():
    ladder = measure(lambda t: t[0] ** 3, [0.0])  # the central difference of step h is h**2
    steps = 10.0 ** -np.arange(1, 9)
    np.testing.assert_allclose(ladder.slopes, steps**2, rtol=1e-7)
    np.testing.assert_allclose(
        ladder.bars[1:-1], 2 * (steps[:-2] ** 2 - steps[1:-1] ** 2), rtol=0.05
    )
    assert ladder.bars[0] == ladder.bars[-1] == np.inf


def test_no_bar_is_narrower_than_the_rounding_of_the_function():
    ladder = measure(lambda t: 1000 + t[0], [0.0])
    steps = 10.0 ** -np.arange(2, 8)
    assert (np.array(ladder.bars[1:-1]) >= 1000 * 2.0**-52 / steps).all()


def test_steps_are_as_long_as_the_parameter_asks():
    ladder = measure(lambda t: np.log(t[0]), [1e8])
    assert ladder.slope == pytest.approx(1e-8, rel=1e-9, abs=0)


INFINITE = float("inf")


@pytest.mark.parametrize(
    ("bars", "slope", "admitted"),
    [
        pytest.param((INFINITE, 1e-5, 1e-9, INFINITE), 1.0, True, id="the-best"),
        pytest.param((INFINITE, 1e-5, 1e-9, INFINITE), 2.0, True, id="one-that-contradicts"),
        pytest.param((INFINITE, 1e-4, 1e-9, INFINITE), 2.00005, True, id="near-the-other"),
        pytest.param((INFINITE, 1e-5, 1e-9, INFINITE), 1.5, False, id="neither"),
        pytest.param((INFINITE, 1e-3, 1e-9, INFINITE), 2.0, False, id="too-vague-to-contradict"),
    ],
)
def test_two_steps_that_contradict_each_other_both_count(bars, slope, admitted):
    ladder = StepLadder((2.0, 2.0, 1.0, 1.0), bars, (0.0, 0.0, 0.0, 0.0))
    assert ladder.admits(slope) is admitted


def test_a_contradiction_may_be_small():
    ladder = StepLadder((1.0005, 1.0005, 1.0, 1.0), (INFINITE, 8e-5, 1e-9, INFINITE), (0.0,) * 4)
    assert ladder.admits(1.0005)


def test_a_bend_is_no_contradiction():
    ladder = StepLadder(
        (1.0 + 1e-4, 1.0 + 1e-6, 1.0, 1.0), (INFINITE, 2e-5, 1e-9, INFINITE), (0.0,) * 4
    )
    assert ladder.admits(1.0)
    assert not ladder.admits(1.0 + 5e-6)


@pytest.mark.parametrize(
    ("jump", "slope", "admitted"),
    [
        pytest.param(0.1, 1.04, True, id="a-corner"),
        pytest.param(0.1, 1.06, False, id="outside-the-corner"),
        pytest.param(2e-3, 1.0015, False, id="a-jump-within-the-noise"),
    ],
)
def test_a_corner_must_rise_above_the_noise(jump, slope, admitted):
    ladder = StepLadder((1.0,) * 4, (INFINITE, 1e-3, 2e-3, INFINITE), (jump,) * 4)
    assert ladder.admits_at_kink(slope) is admitted
