"""Optimizers as loops over the parameters: the formulas of ``trainwell.training``'s rules.

``numbers`` holds the rule's settings in the order of its fields (momentum's says which),
``step`` counts from 1.
"""

from collections.abc import Mapping
from math import sqrt

from trainwell.kernels.calls import Member, member
from trainwell.kernels.families import UPDATE
from trainwell.kernels.views import row
from trainwell.training.adaptive import Adagrad, Adam, RMSprop
from trainwell.training.descent import GradientDescent, Momentum
from trainwell.types import FloatArray


@member(UPDATE)
def gradient_descent(
    numbers: FloatArray,
    theta: FloatArray,
    gradient: FloatArray,
    moments: FloatArray,
    step: int,
    rate: float,
) -> None:
    """Step against the gradient."""
    length = theta.dtype.type(rate)
    for i in range(theta.size):
        theta[i] -= length * gradient[i]


@member(UPDATE)
def momentum(
    numbers: FloatArray,
    theta: FloatArray,
    gradient: FloatArray,
    moments: FloatArray,
    step: int,
    rate: float,
) -> None:
    """Step along the velocity; ``numbers``: decay, share of the newest, whether to look ahead."""
    velocity, length = row(moments, 0), theta.dtype.type(rate)
    beta, share = theta.dtype.type(numbers[0]), theta.dtype.type(numbers[1])
    nesterov = numbers[2] != 0
    for i in range(theta.size):
        newest = share * gradient[i]
        velocity[i] = beta * velocity[i] + newest
        move = beta * velocity[i] + newest if nesterov else velocity[i]
        theta[i] -= length * move


@member(UPDATE)
def rmsprop(
    numbers: FloatArray,
    theta: FloatArray,
    gradient: FloatArray,
    moments: FloatArray,
    step: int,
    rate: float,
) -> None:
    """Divide by the root of the smoothed squared gradient."""
    square, length = row(moments, 0), theta.dtype.type(rate)
    beta, newness = theta.dtype.type(numbers[0]), theta.dtype.type(1 - numbers[0])
    epsilon = theta.dtype.type(numbers[1])
    for i in range(theta.size):
        square[i] = beta * square[i] + newness * (gradient[i] * gradient[i])
        theta[i] -= length * gradient[i] / (sqrt(square[i]) + epsilon)


@member(UPDATE)
def adagrad(
    numbers: FloatArray,
    theta: FloatArray,
    gradient: FloatArray,
    moments: FloatArray,
    step: int,
    rate: float,
) -> None:
    """Divide by the root of the sum of squared gradients."""
    total, length, epsilon = row(moments, 0), theta.dtype.type(rate), theta.dtype.type(numbers[0])
    for i in range(theta.size):
        total[i] += gradient[i] * gradient[i]
        theta[i] -= length * gradient[i] / (sqrt(total[i]) + epsilon)


@member(UPDATE)
def adam(
    numbers: FloatArray,
    theta: FloatArray,
    gradient: FloatArray,
    moments: FloatArray,
    step: int,
    rate: float,
) -> None:
    """Step by the smoothed gradient over the root of the smoothed square, both corrected."""
    mean, square, length = row(moments, 0), row(moments, 1), theta.dtype.type(rate)
    beta1, newness1 = theta.dtype.type(numbers[0]), theta.dtype.type(1 - numbers[0])
    beta2, newness2 = theta.dtype.type(numbers[1]), theta.dtype.type(1 - numbers[1])
    epsilon = theta.dtype.type(numbers[2])
    correction1 = theta.dtype.type(1 / (1 - numbers[0] ** step))
    correction2 = theta.dtype.type(1 / (1 - numbers[1] ** step))
    for i in range(theta.size):
        mean[i] = beta1 * mean[i] + newness1 * gradient[i]
        square[i] = beta2 * square[i] + newness2 * (gradient[i] * gradient[i])
        root = sqrt(square[i] * correction2) + epsilon
        theta[i] -= length * (mean[i] * correction1) / root


UPDATE_KERNELS: Mapping[type, Member] = {
    GradientDescent: gradient_descent,
    Momentum: momentum,
    RMSprop: rmsprop,
    Adagrad: adagrad,
    Adam: adam,
}
"""Every optimizer by its class."""
