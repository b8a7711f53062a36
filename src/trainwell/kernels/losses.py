"""Losses and the outputs that belong to them: the formulas of ``trainwell.network``'s losses.

Each returns the weighted mean over the batch, summed in double precision, and writes its
gradient at the logits. ``weight`` has one number for each example, 1 where there are none.
"""

from collections.abc import Mapping
from math import log
from typing import NamedTuple

import numpy as np

from trainwell.kernels.calls import Member, member
from trainwell.kernels.compiling import kernel, sum_kernel
from trainwell.kernels.exponentials import exp, log1p
from trainwell.kernels.families import LOSS, OUTPUT
from trainwell.kernels.views import flat
from trainwell.network.cross_entropy import SigmoidCrossEntropy, SoftmaxCrossEntropy
from trainwell.network.regression_losses import (
    AbsoluteError,
    Huber,
    Pinball,
    Poisson,
    SquaredError,
)
from trainwell.types import FloatArray


@member(LOSS, sums=True)
def sigmoid_cross_entropy(
    numbers: FloatArray, logits: FloatArray, y: FloatArray, weight: FloatArray, grad: FloatArray
) -> float:
    """Compute the binary cross-entropy; ``numbers`` holds the label smoothing."""
    outputs, examples = logits.shape
    zero, one = logits.dtype.type(0), logits.dtype.type(1)
    sharpness, floor = logits.dtype.type(1 - numbers[0]), logits.dtype.type(numbers[0] / 2)
    count = logits.dtype.type(examples)
    total = 0.0
    for output in range(outputs):
        for example in range(examples):
            z, target = logits[output, example], y[output, example] * sharpness + floor
            small = exp(z if z < zero else -z)  # log(1 + e^z) = max(z, 0) + log(1 + e^-|z|)
            softplus = log1p(small) + (max(z, zero))
            probability = (small if z < zero else one) / (one + small)
            total += np.float64(weight[example] * (softplus - target * z))
            grad[output, example] = (probability - target) * (weight[example] / count)
    return total / examples


@kernel
def _powers(logits: FloatArray, powers: FloatArray, top: FloatArray, sums: FloatArray) -> None:
    """Compute the ``powers`` of e of the logits less their ``top`` one, and the ``sums``."""
    classes, examples = logits.shape
    for example in range(examples):
        top[example], sums[example] = logits[0, example], 0
    for output in range(1, classes):
        for example in range(examples):
            top[example] = max(top[example], logits[output, example])
    for output in range(classes):
        for example in range(examples):
            power = exp(logits[output, example] - top[example])
            powers[output, example] = power
            sums[example] += power


@member(LOSS, sums=True)
def softmax_cross_entropy(
    numbers: FloatArray, logits: FloatArray, y: FloatArray, weight: FloatArray, grad: FloatArray
) -> float:
    """Compute the cross-entropy over classes; ``numbers`` holds the label smoothing."""
    classes, examples = logits.shape
    sharpness, floor = logits.dtype.type(1 - numbers[0]), logits.dtype.type(numbers[0] / classes)
    count = logits.dtype.type(examples)
    # Arrays, not views of one, which would be given back before they are read.
    top, sums = np.empty(examples, logits.dtype), np.empty(examples, logits.dtype)
    logarithms = np.empty(examples, logits.dtype)
    _powers(logits, grad, top, sums)
    for example in range(examples):
        logarithms[example] = log(sums[example])
    total = 0.0
    for output in range(classes):
        for example in range(examples):
            target = y[output, example] * sharpness + floor
            missing = logarithms[example] - (logits[output, example] - top[example])
            total += np.float64(weight[example] * (target * missing))
            slope = grad[output, example] / sums[example] - target
            grad[output, example] = slope * (weight[example] / count)
    return total / examples


@sum_kernel
def _mean(values: FloatArray, weight: FloatArray, grad: FloatArray) -> float:
    """Return the weighted mean over the batch, and scale the slopes in ``grad`` to match."""
    outputs, examples = grad.shape
    count, total = grad.dtype.type(examples), 0.0
    for output in range(outputs):
        for example in range(examples):
            total += np.float64(weight[example] * values[output * examples + example])
            grad[output, example] *= weight[example] / count
    return total / examples


@member(LOSS)
def squared_error(
    numbers: FloatArray, logits: FloatArray, y: FloatArray, weight: FloatArray, grad: FloatArray
) -> float:
    """Compute half the mean squared error."""
    z, target, slope = flat(logits), flat(y), flat(grad)
    value = np.empty(z.size, logits.dtype)
    half = logits.dtype.type(0.5)
    for i in range(z.size):
        residual = z[i] - target[i]
        value[i], slope[i] = residual * residual * half, residual
    return _mean(value, weight, grad)


@member(LOSS)
def absolute_error(
    numbers: FloatArray, logits: FloatArray, y: FloatArray, weight: FloatArray, grad: FloatArray
) -> float:
    """Compute the mean absolute error."""
    z, target, slope = flat(logits), flat(y), flat(grad)
    value = np.empty(z.size, logits.dtype)
    zero, one = logits.dtype.type(0), logits.dtype.type(1)
    for i in range(z.size):
        residual = z[i] - target[i]
        above = one if residual > zero else zero
        value[i], slope[i] = abs(residual), -one if residual < zero else above
    return _mean(value, weight, grad)


@member(LOSS)
def huber(
    numbers: FloatArray, logits: FloatArray, y: FloatArray, weight: FloatArray, grad: FloatArray
) -> float:
    """Compute the Huber loss; ``numbers`` holds where the parabola ends."""
    z, target, slope = flat(logits), flat(y), flat(grad)
    value = np.empty(z.size, logits.dtype)
    delta, half = logits.dtype.type(numbers[0]), logits.dtype.type(0.5)
    for i in range(z.size):
        residual = z[i] - target[i]
        clipped = max(min(residual, delta), -delta)
        value[i], slope[i] = clipped * (residual - clipped * half), clipped
    return _mean(value, weight, grad)


@member(LOSS)
def poisson(
    numbers: FloatArray, logits: FloatArray, y: FloatArray, weight: FloatArray, grad: FloatArray
) -> float:
    """Compute the negative log-likelihood of counts, whose mean is the exponential."""
    z, target, slope = flat(logits), flat(y), flat(grad)
    value = np.empty(z.size, logits.dtype)
    for i in range(z.size):
        mean = exp(z[i])
        value[i], slope[i] = mean - target[i] * z[i], mean - target[i]
    return _mean(value, weight, grad)


@member(LOSS)
def pinball(
    numbers: FloatArray, logits: FloatArray, y: FloatArray, weight: FloatArray, grad: FloatArray
) -> float:
    """Compute the pinball loss; ``numbers`` holds the quantile."""
    z, target, slope = flat(logits), flat(y), flat(grad)
    value = np.empty(z.size, logits.dtype)
    zero, above = logits.dtype.type(0), logits.dtype.type(1 - numbers[0])
    below = logits.dtype.type(-numbers[0])
    for i in range(z.size):
        missing = target[i] - z[i]
        side = below if missing > zero else above
        value[i], slope[i] = -side * missing, side if missing != zero else zero
    return _mean(value, weight, grad)


@member(OUTPUT)
def itself(logits: FloatArray, output: FloatArray) -> None:
    """Copy the logits."""
    for unit in range(logits.shape[0]):
        for example in range(logits.shape[1]):
            output[unit, example] = logits[unit, example]


@member(OUTPUT)
def sigmoids(logits: FloatArray, output: FloatArray) -> None:
    """Compute the probability of each output being 1."""
    one = logits.dtype.type(1)
    for unit in range(logits.shape[0]):
        for example in range(logits.shape[1]):
            output[unit, example] = one / (one + exp(-logits[unit, example]))


@member(OUTPUT)
def exponentials(logits: FloatArray, output: FloatArray) -> None:
    """Compute the mean of each count."""
    for unit in range(logits.shape[0]):
        for example in range(logits.shape[1]):
            output[unit, example] = exp(logits[unit, example])


@member(OUTPUT)
def softmax(logits: FloatArray, output: FloatArray) -> None:
    """Compute the probability of each class."""
    classes, examples = logits.shape
    top, sums = np.empty(examples, logits.dtype), np.empty(examples, logits.dtype)
    _powers(logits, output, top, sums)
    for unit in range(classes):
        for example in range(examples):
            output[unit, example] /= sums[example]


class LossKernels(NamedTuple):
    """A loss and its output; ``numbers`` holds the loss's settings in the order of its fields."""

    loss: Member
    output: Member


LOSS_KERNELS: Mapping[type, LossKernels] = {
    SigmoidCrossEntropy: LossKernels(sigmoid_cross_entropy, sigmoids),
    SoftmaxCrossEntropy: LossKernels(softmax_cross_entropy, softmax),
    SquaredError: LossKernels(squared_error, itself),
    AbsoluteError: LossKernels(absolute_error, itself),
    Huber: LossKernels(huber, itself),
    Poisson: LossKernels(poisson, exponentials),
    Pinball: LossKernels(pinball, itself),
}
"""Every loss by its class."""
