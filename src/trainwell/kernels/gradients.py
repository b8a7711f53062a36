"""What happens to a gradient before the optimizer sees it, and to vectors after an epoch."""

from math import sqrt

import numpy as np

from trainwell.kernels.calls import member
from trainwell.kernels.compiling import kernel, sum_kernel
from trainwell.kernels.families import RULE
from trainwell.kernels.program import (
    CLIP_NORM,
    CLIP_VALUE,
    EXAMPLES,
    L1,
    L2,
    WEIGHT_DECAY,
)
from trainwell.types import FloatArray, IntArray


@member(RULE, sums=True)
def penalize(
    rules: FloatArray,
    segments: IntArray,
    theta: FloatArray,
    gradient: FloatArray,
    rate: float,
) -> float:
    """Add the gradient of the penalty on the weights to ``gradient``; return the penalty."""
    zero, one = theta.dtype.type(0), theta.dtype.type(1)
    lasso = theta.dtype.type(rules[L1] / rules[EXAMPLES])
    ridge = theta.dtype.type(rules[L2] / rules[EXAMPLES])
    sizes, squares = 0.0, 0.0
    for segment in range(segments.shape[0]):
        if segments[segment, 2]:
            for i in range(segments[segment, 0], segments[segment, 1]):
                weight = theta[i]
                above = one if weight > zero else zero
                sign = -one if weight < zero else above
                sizes += np.float64(weight * sign)
                squares += np.float64(weight * weight)
                gradient[i] += lasso * sign + ridge * weight
    return (rules[L1] * sizes + rules[L2] / 2 * squares) / rules[EXAMPLES]


@member(RULE)
def clip(
    rules: FloatArray,
    segments: IntArray,
    theta: FloatArray,
    gradient: FloatArray,
    rate: float,
) -> float:
    """Pull ``gradient`` into its limits: each coordinate first, then the norm."""
    if rules[CLIP_VALUE] > 0:
        limit = gradient.dtype.type(rules[CLIP_VALUE])
        for i in range(gradient.size):
            below = min(gradient[i], limit)
            gradient[i] = max(below, -limit)
    if rules[CLIP_NORM] > 0:
        norm = sqrt(_square(gradient))
        if norm > rules[CLIP_NORM]:
            share = gradient.dtype.type(rules[CLIP_NORM] / norm)
            for i in range(gradient.size):
                gradient[i] *= share
    return 0.0


@sum_kernel
def _square(vector: FloatArray) -> float:
    """Return the squared Euclidean norm."""
    total = 0.0
    for i in range(vector.size):
        total += np.float64(vector[i]) * np.float64(vector[i])
    return total


@member(RULE)
def decay(
    rules: FloatArray,
    segments: IntArray,
    theta: FloatArray,
    gradient: FloatArray,
    rate: float,
) -> float:
    """Shrink the weights in ``theta`` by the decoupled decay of one step."""
    share = theta.dtype.type(rate * rules[WEIGHT_DECAY])
    for segment in range(segments.shape[0]):
        if segments[segment, 2]:
            for i in range(segments[segment, 0], segments[segment, 1]):
                theta[i] -= share * theta[i]
    return 0.0


@kernel
def flush(vector: FloatArray, smallest: float) -> None:
    """Replace numbers of ``vector`` that are too small to matter by zero."""
    limit, zero = vector.dtype.type(smallest), vector.dtype.type(0)
    for i in range(vector.size):
        size = -vector[i] if vector[i] < zero else vector[i]
        vector[i] = zero if size < limit else vector[i]


@kernel
def all_finite(vector: FloatArray) -> bool:
    """Return whether every number is finite: infinity times zero is not a number."""
    zero, broken = vector.dtype.type(0), 0
    for i in range(vector.size):
        broken += 1 if vector[i] * zero != zero else 0
    return broken == 0
