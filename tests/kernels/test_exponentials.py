"""Exponential and logarithm of the kernels are right to two units in the last place."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from kernels.comparison import JIT
from numba import njit

from trainwell.kernels.exponentials import exp, expm1, log1p
from trainwell.types import FloatArray

UNITS = 2.0
POINTS = 200_000 if JIT else 300
PRECISIONS = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["double", "single"])

LARGEST = {np.float64: 709.7, np.float32: 88.7}
"""Where the exponential is still a number."""


@njit
def exponentials(x: FloatArray, result: FloatArray) -> None:
    for i in range(x.size):
        result[i] = exp(x[i])


@njit
def exponentials_less_one(x: FloatArray, result: FloatArray) -> None:
    for i in range(x.size):
        result[i] = expm1(x[i])


@njit
def logarithms(x: FloatArray, result: FloatArray) -> None:
    for i in range(x.size):
        result[i] = log1p(x[i])


def computed(loop: Callable[..., None], x: FloatArray) -> FloatArray:
    result = np.empty_like(x)
    with np.errstate(all="ignore"):
        loop(x, result)
    return result


def units_off(result: FloatArray, exact: FloatArray) -> float:
    """Return the largest error in units of the last place; below normal numbers, of the least."""
    kind = np.finfo(result.dtype)
    units = np.maximum(np.spacing(np.abs(exact).astype(result.dtype)), kind.tiny * kind.eps)
    units = np.where(np.abs(exact) < 2 * kind.tiny, 2 * kind.tiny, units)
    return float((np.abs(result - exact) / units).max())


def spread(low: float, high: float, dtype: Any) -> FloatArray:
    """Return numbers over a range, and many near its middle and its ends."""
    rng = np.random.default_rng(0)
    near = np.concatenate([10.0 ** rng.uniform(-40, 0, POINTS // 4)] * 2)
    near[: near.size // 2] *= -1
    wide = np.concatenate([rng.uniform(low, high, POINTS), np.linspace(low, high, 101)])
    both = np.concatenate([near[(near >= low) & (near <= high)], wide, wide / 50, [0.0, -0.0]])
    return both.astype(dtype)


@PRECISIONS
def test_the_exponential_is_right_wherever_it_is_a_number(dtype: Any) -> None:
    x = spread(-1.5 * LARGEST[dtype], LARGEST[dtype], dtype)
    error = units_off(computed(exponentials, x), np.exp(x.astype(np.longdouble)))
    assert error <= UNITS


@PRECISIONS
def test_the_exponential_less_one_is_right_up_to_the_largest(dtype: Any) -> None:
    x = spread(-1.5 * LARGEST[dtype], LARGEST[dtype] - 1, dtype)
    error = units_off(computed(exponentials_less_one, x), np.expm1(x.astype(np.longdouble)))
    assert error <= UNITS


@PRECISIONS
def test_the_logarithm_is_right_between_zero_and_one(dtype: Any) -> None:
    x = spread(0, 1, dtype)
    error = units_off(computed(logarithms, x), np.log1p(x.astype(np.longdouble)))
    assert error <= UNITS


@PRECISIONS
def test_the_edges_of_the_range_are_the_edges_of_numbers(dtype: Any) -> None:
    x = np.array([-np.inf, -1e30, -750, 0, LARGEST[dtype] + 2, 1e30, np.inf], dtype)
    expected = [0, 0, 0, 1, np.inf, np.inf, np.inf]
    np.testing.assert_array_equal(computed(exponentials, x), expected)
    less = np.array([-np.inf, -1e30, -750, 0], dtype)
    np.testing.assert_array_equal(computed(exponentials_less_one, less), [-1, -1, -1, 0])
    ends = computed(logarithms, np.array([0, 1], dtype))
    np.testing.assert_array_equal(ends, np.log1p(np.array([0, 1], dtype)))


@PRECISIONS
@pytest.mark.parametrize("loop", [exponentials, exponentials_less_one, logarithms])
def test_what_is_not_a_number_stays_none(loop: Callable[..., None], dtype: Any) -> None:
    x = np.full(9, np.nan, dtype)  # nine: in vectors and behind them
    assert np.isnan(computed(loop, x)).all()


@PRECISIONS
def test_the_exponential_never_falls(dtype: Any) -> None:
    x = np.sort(spread(-1.5 * LARGEST[dtype], LARGEST[dtype], dtype))
    result = computed(exponentials, x)
    assert (np.diff(result) >= -UNITS * np.spacing(result[1:])).all()
