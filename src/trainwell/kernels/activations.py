"""Activations, each beside its way back: the formulas of ``trainwell.network.activations``.

A condition chooses a factor, not a value: the compiler turns a choice of the value that is
written into a branch, which does not run in vectors. A NaN stays one: what diverges must be
seen.
"""

from collections.abc import Mapping
from math import erf, pi, sqrt
from typing import NamedTuple

from trainwell.kernels.calls import Member, member
from trainwell.kernels.compiling import kernel
from trainwell.kernels.exponentials import exp, expm1, log1p
from trainwell.kernels.families import SLOPE, VALUE
from trainwell.network.activations import LEAK, SELU_ALPHA, SELU_SCALE
from trainwell.types import FloatArray

LOWEST = -1e38
"""Below this a number counts as this where it is multiplied by zero: infinity times zero is
not a number."""

_ROOT_HALF, _NORMAL = sqrt(0.5), 1 / sqrt(2 * pi)


@member(VALUE)
def identity(values: FloatArray) -> None:
    """Leave ``z`` as it is."""


@member(SLOPE)
def identity_back(kept: FloatArray, grad: FloatArray) -> None:
    """Leave the gradient as it is."""


@member(VALUE)
def sigmoid(values: FloatArray) -> None:
    """Compute ``1 / (1 + exp(-z))``."""
    one = values.dtype.type(1)
    for i in range(values.size):
        values[i] = one / (one + exp(-values[i]))


@member(SLOPE)
def sigmoid_back(kept: FloatArray, grad: FloatArray) -> None:
    """Multiply by ``a (1 - a)``."""
    one = grad.dtype.type(1)
    for i in range(grad.size):
        grad[i] *= kept[i] * (one - kept[i])


@member(VALUE)
def tanh(values: FloatArray) -> None:
    """Compute ``(1 - exp(-2 z)) / (1 + exp(-2 z))`` of the absolute value, with its sign."""
    zero, one, two = values.dtype.type(0), values.dtype.type(1), values.dtype.type(2)
    for i in range(values.size):
        sign = -one if values[i] < zero else one
        shrunk = expm1(-two * (values[i] * sign))
        values[i] = -sign * shrunk / (two + shrunk)


@member(SLOPE)
def tanh_back(kept: FloatArray, grad: FloatArray) -> None:
    """Multiply by ``1 - a**2``."""
    one = grad.dtype.type(1)
    for i in range(grad.size):
        grad[i] *= one - kept[i] * kept[i]


@member(VALUE)
def relu(values: FloatArray) -> None:
    """Compute ``max(0, z)``."""
    zero, one = values.dtype.type(0), values.dtype.type(1)
    lowest = values.dtype.type(LOWEST)
    for i in range(values.size):
        finite = max(values[i], lowest)
        values[i] = finite * (one if values[i] > zero else zero)


@member(SLOPE)
def relu_back(kept: FloatArray, grad: FloatArray) -> None:
    """Multiply by 1 where ``z > 0``, else by 0."""
    zero, one = grad.dtype.type(0), grad.dtype.type(1)
    for i in range(grad.size):
        grad[i] *= one if kept[i] > zero else zero


@member(VALUE)
def leaky_relu(values: FloatArray) -> None:
    """Compute ``z`` where it is positive, else ``0.01 z``."""
    zero, one, leak = values.dtype.type(0), values.dtype.type(1), values.dtype.type(LEAK)
    for i in range(values.size):
        values[i] *= one if values[i] > zero else leak


@member(SLOPE)
def leaky_relu_back(kept: FloatArray, grad: FloatArray) -> None:
    """Multiply by 1 where ``z > 0``, else by 0.01."""
    zero, one, leak = grad.dtype.type(0), grad.dtype.type(1), grad.dtype.type(LEAK)
    for i in range(grad.size):
        grad[i] *= one if kept[i] > zero else leak


@member(VALUE)
def elu(values: FloatArray) -> None:
    """Compute ``z`` where it is positive, else ``exp(z) - 1``."""
    zero, one = values.dtype.type(0), values.dtype.type(1)
    lowest = values.dtype.type(LOWEST)
    for i in range(values.size):
        finite = max(values[i], lowest)
        positive = finite * (one if values[i] > zero else zero)
        values[i] = positive + expm1(values[i] - positive)


@member(SLOPE)
def elu_back(kept: FloatArray, grad: FloatArray) -> None:
    """Multiply by 1 where ``z > 0``, else by ``a + 1``."""
    zero, one = grad.dtype.type(0), grad.dtype.type(1)
    for i in range(grad.size):
        grad[i] *= one if kept[i] > zero else kept[i] + one


@member(VALUE)
def selu(values: FloatArray) -> None:
    """Compute the scaled ELU."""
    zero, one = values.dtype.type(0), values.dtype.type(1)
    lowest = values.dtype.type(LOWEST)
    scale, alpha = values.dtype.type(SELU_SCALE), values.dtype.type(SELU_ALPHA)
    for i in range(values.size):
        finite = max(values[i], lowest)
        positive = finite * (one if values[i] > zero else zero)
        values[i] = scale * (positive + alpha * expm1(values[i] - positive))


@member(SLOPE)
def selu_back(kept: FloatArray, grad: FloatArray) -> None:
    """Multiply by the scale where ``z > 0``, else by ``a`` plus scale times alpha."""
    zero, scale = grad.dtype.type(0), grad.dtype.type(SELU_SCALE)
    below = grad.dtype.type(SELU_SCALE * SELU_ALPHA)
    for i in range(grad.size):
        grad[i] *= scale if kept[i] > zero else kept[i] + below


@member(VALUE)
def gelu(values: FloatArray) -> None:
    r"""Compute :math:`z \Phi(z)`."""
    half, one, root = values.dtype.type(0.5), values.dtype.type(1), values.dtype.type(_ROOT_HALF)
    for i in range(values.size):
        values[i] = values[i] * (half * (one + erf(values[i] * root)))


@member(SLOPE)
def gelu_back(kept: FloatArray, grad: FloatArray) -> None:
    r"""Multiply by :math:`\Phi(z) + z \varphi(z)`."""
    half, one, root = grad.dtype.type(0.5), grad.dtype.type(1), grad.dtype.type(_ROOT_HALF)
    normal = grad.dtype.type(_NORMAL)
    for i in range(grad.size):
        distribution = half * (one + erf(kept[i] * root))
        density = exp(-half * kept[i] * kept[i]) * normal
        grad[i] *= distribution + kept[i] * density


@member(VALUE)
def silu(values: FloatArray) -> None:
    r"""Compute :math:`z \sigma(z)`."""
    one = values.dtype.type(1)
    for i in range(values.size):
        values[i] = values[i] / (one + exp(-values[i]))


@member(SLOPE)
def silu_back(kept: FloatArray, grad: FloatArray) -> None:
    r"""Multiply by :math:`\sigma(z) + a (1 - \sigma(z))`."""
    one = grad.dtype.type(1)
    for i in range(grad.size):
        share = one / (one + exp(-kept[i]))
        grad[i] *= share + kept[i] * share * (one - share)


@kernel
def log1p_exp(z: float, zero: float) -> float:
    """Return ``log(1 + exp(z))`` without overflow."""
    size = -z if z < zero else z
    rest = log1p(exp(-size))
    return rest if z <= zero else z + rest


@member(VALUE)
def softplus(values: FloatArray) -> None:
    """Compute ``log(1 + exp(z))``."""
    zero = values.dtype.type(0)
    for i in range(values.size):
        values[i] = log1p_exp(values[i], zero)


@member(SLOPE)
def softplus_back(kept: FloatArray, grad: FloatArray) -> None:
    """Multiply by the sigmoid of ``z``."""
    one = grad.dtype.type(1)
    for i in range(grad.size):
        grad[i] /= one + exp(-kept[i])


class Activation(NamedTuple):
    """A function and its way back, which reads the output or, if it must, the input."""

    value: Member
    back: Member
    keeps_input: bool = False


ACTIVATION_KERNELS: Mapping[str, Activation] = {
    "identity": Activation(identity, identity_back),
    "sigmoid": Activation(sigmoid, sigmoid_back),
    "tanh": Activation(tanh, tanh_back),
    "relu": Activation(relu, relu_back),
    "leaky_relu": Activation(leaky_relu, leaky_relu_back),
    "elu": Activation(elu, elu_back),
    "selu": Activation(selu, selu_back),
    "gelu": Activation(gelu, gelu_back, keeps_input=True),
    "silu": Activation(silu, silu_back, keeps_input=True),
    "softplus": Activation(softplus, softplus_back, keeps_input=True),
}
"""Every activation by its registered name."""
