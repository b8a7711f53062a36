"""Clipping of gradients, by value and by norm."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trainwell.training.clipping import clip_by_norm, clip_by_value

VECTORS = arrays(np.float64, 5, elements=st.floats(-1e6, 1e6))
LIMITS = st.floats(1e-3, 1e3)


def test_each_coordinate_is_pulled_to_the_limit() -> None:
    gradient = np.array([-3.0, -0.5, 0.0, 0.5, 3.0])
    gradient.flags.writeable = False
    assert clip_by_value(gradient, 1.0).tolist() == [-1.0, -0.5, 0.0, 0.5, 1.0]


def test_a_long_gradient_is_scaled_to_the_limit() -> None:
    gradient = np.array([3.0, -4.0, 12.0])  # of length 13
    gradient.flags.writeable = False
    np.testing.assert_allclose(clip_by_norm(gradient, 6.5), [1.5, -2.0, 6.0], rtol=1e-15)


def test_a_gradient_within_the_limit_is_left_alone() -> None:
    gradient = np.array([3.0, -4.0])
    np.testing.assert_array_equal(clip_by_norm(gradient, 5.0), gradient)
    np.testing.assert_array_equal(clip_by_value(gradient, 4.0), gradient)
    np.testing.assert_array_equal(clip_by_norm(np.zeros(2), 1.0), np.zeros(2))


@given(VECTORS, LIMITS)
def test_clipping_by_norm_bounds_the_length_and_keeps_the_direction(
    gradient: np.ndarray, limit: float
) -> None:
    clipped = clip_by_norm(gradient, limit)
    length = np.linalg.norm(gradient)
    assert np.linalg.norm(clipped) == pytest.approx(min(limit, length), rel=1e-12)
    aligned = gradient * np.linalg.norm(clipped)
    np.testing.assert_allclose(clipped * length, aligned, rtol=1e-9, atol=1e-300)


@given(VECTORS, LIMITS)
def test_clipping_by_value_bounds_each_coordinate_and_moves_no_other(
    gradient: np.ndarray, limit: float
) -> None:
    clipped = clip_by_value(gradient, limit)
    assert np.abs(clipped).max() <= limit
    inside = np.abs(gradient) <= limit
    np.testing.assert_array_equal(clipped[inside], gradient[inside])
    assert (np.sign(clipped) == np.sign(gradient)).all()
