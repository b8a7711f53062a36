"""Derivatives by central differences: the oracle of every backward pass."""

from collections.abc import Callable

import numpy as np

from trainwell.types import FloatArray

STEP = 1e-5
"""Where truncation (STEP**2) and rounding (1e-16 / STEP) are about equally small."""


def numerical_gradient(
    function: Callable[[FloatArray], float], at: FloatArray, step: float = STEP
) -> FloatArray:
    """Return the central differences of ``function``, in the shape of ``at``."""
    gradient = np.empty_like(at)
    for place in np.ndindex(at.shape):
        up, down = at.copy(), at.copy()
        up[place] += step
        down[place] -= step
        gradient[place] = (function(up) - function(down)) / (2 * step)
    return gradient


def numerical_gradients(
    function: Callable[[FloatArray], FloatArray], at: FloatArray, step: float = STEP
) -> FloatArray:
    """Return those of every number that ``function`` gives, one row each, at a vector."""
    columns = []
    for place in range(at.size):
        up, down = at.copy(), at.copy()
        up[place] += step
        down[place] -= step
        columns.append((function(up) - function(down)) / (2 * step))
    return np.stack(columns, axis=1)


def relative_difference(one: FloatArray, other: FloatArray) -> float:
    """Return the course's distance of two gradients: 0 is equal, 1 is unrelated."""
    scale = float(np.linalg.norm(one) + np.linalg.norm(other))
    return float(np.linalg.norm(one - other)) / scale if scale else 0.0
