"""Batch normalisation there and back: the formulas of ``trainwell.network.batch_norm``."""

from math import sqrt

from trainwell.kernels.calls import member
from trainwell.kernels.families import BACKWARD, FORWARD
from trainwell.kernels.program import EPSILON, MOMENTUM, PARAMETERS, STATISTICS
from trainwell.kernels.views import matrix
from trainwell.types import FloatArray, IntArray


@member(FORWARD, sums=True)
def batch_norm(
    layer: IntArray,
    numbers: FloatArray,
    theta: FloatArray,
    buffers: FloatArray,
    x: FloatArray,
    y: FloatArray,
    extra: FloatArray,
    training: bool,
    key: int,
    first: int,
) -> None:
    """Compute ``gamma (x - mean) / sqrt(variance + epsilon) + beta``.

    A training pass over more than one example takes the batch's mean and variance and
    moves the running ones in ``buffers``; any other pass takes the running ones. ``extra``
    keeps the normal values (U B) and, behind them, what they were divided by (U).
    """
    units, examples = x.shape
    one, zero = x.dtype.type(1), x.dtype.type(0)
    gammas, betas = layer[PARAMETERS], layer[PARAMETERS] + units
    means, variances = layer[STATISTICS], layer[STATISTICS] + units
    momentum, epsilon = x.dtype.type(numbers[MOMENTUM]), x.dtype.type(numbers[EPSILON])
    newness = x.dtype.type(1 - numbers[MOMENTUM])
    count = x.dtype.type(examples)
    normal = matrix(extra, 0, units, examples)
    for unit in range(units):
        mean, variance = buffers[means + unit], buffers[variances + unit]
        if training and examples > 1:
            total = zero
            for example in range(examples):
                total += x[unit, example]
            mean = total / count
            total = zero
            for example in range(examples):
                centred = x[unit, example] - mean
                total += centred * centred
            variance = total / count
            unbiased = variance * (count / (count - one))
            buffers[means + unit] = momentum * buffers[means + unit] + newness * mean
            buffers[variances + unit] = momentum * buffers[variances + unit] + newness * unbiased
        inverse = one / x.dtype.type(sqrt(variance + epsilon))
        extra[units * examples + unit] = inverse
        gamma, beta = theta[gammas + unit], theta[betas + unit]
        for example in range(examples):
            normal[unit, example] = (x[unit, example] - mean) * inverse
            y[unit, example] = gamma * normal[unit, example] + beta


@member(BACKWARD, sums=True)
def batch_norm_back(
    layer: IntArray,
    numbers: FloatArray,
    theta: FloatArray,
    x: FloatArray,
    y: FloatArray,
    extra: FloatArray,
    grad_y: FloatArray,
    grad_x: FloatArray,
    gradient: FloatArray,
    wanted: bool,
) -> None:
    """Compute ``dgamma``, ``dbeta`` and ``dx``, in which mean and variance depend on ``x``."""
    units, examples = x.shape
    zero = x.dtype.type(0)
    gammas, betas = layer[PARAMETERS], layer[PARAMETERS] + units
    normal = matrix(extra, 0, units, examples)
    for unit in range(units):
        total, projected = zero, zero
        for example in range(examples):
            total += grad_y[unit, example]
            projected += grad_y[unit, example] * normal[unit, example]
        gradient[gammas + unit], gradient[betas + unit] = projected, total
        scale = theta[gammas + unit] * extra[units * examples + unit]
        centre, projection = zero, zero
        if examples > 1:
            centre = total / x.dtype.type(examples)
            projection = projected / x.dtype.type(examples)
        for example in range(examples):
            rest = grad_y[unit, example] - centre - normal[unit, example] * projection
            grad_x[unit, example] = scale * rest
