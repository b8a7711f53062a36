"""Activation functions, each beside its slope."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from trainwell.types import FloatArray

LEAK = 0.01
SELU_SCALE = 1.0507009873554805
SELU_ALPHA = 1.6732632423543772


@dataclass(frozen=True)
class Activation:
    """A function applied to each number, and its slope.

    Parameters
    ----------
    value : callable
        Takes the pre-activations ``z`` and returns ``a`` of the same shape.
    slope : callable
        Takes ``z`` and ``a`` and returns :math:`da / dz`, whichever of the two is
        the cheaper source; at a kink, the slope from the left.
    """

    value: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray, FloatArray], FloatArray]


def identity(z: FloatArray) -> FloatArray:
    """Return ``z``."""
    return z


def identity_slope(z: FloatArray, a: FloatArray) -> FloatArray:
    """Return 1 everywhere."""
    return np.ones_like(z)


def sigmoid(z: FloatArray) -> FloatArray:
    r"""Return :math:`\sigma(z) = 1 / (1 + e^{-z})`, in (0, 1).

    Parameters
    ----------
    z : FloatArray
        Pre-activations, any finite numbers.

    Returns
    -------
    FloatArray
        Of the shape of ``z``; far to the left exactly 0.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.network.activations import sigmoid
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    with np.errstate(over="ignore"):  # exp overflows to inf, and 1 / inf is the right answer
        result: FloatArray = 1 / (1 + np.exp(-z))
    return result


def sigmoid_slope(z: FloatArray, a: FloatArray) -> FloatArray:
    """Return ``a (1 - a)``."""
    return a * (1 - a)


def tanh(z: FloatArray) -> FloatArray:
    """Return the hyperbolic tangent, in (-1, 1)."""
    result: FloatArray = np.tanh(z)
    return result


def tanh_slope(z: FloatArray, a: FloatArray) -> FloatArray:
    """Return ``1 - a**2``."""
    result: FloatArray = 1 - a**2
    return result


def relu(z: FloatArray) -> FloatArray:
    """Return ``max(0, z)``."""
    result: FloatArray = np.maximum(0, z)
    return result


def relu_slope(z: FloatArray, a: FloatArray) -> FloatArray:
    """Return 1 where ``z > 0``, else 0."""
    return (z > 0).astype(z.dtype)


def leaky_relu(z: FloatArray) -> FloatArray:
    """Return ``z`` where it is positive, else ``0.01 z`` (Maas et al., 2013)."""
    return np.where(z > 0, z, LEAK * z)


def leaky_relu_slope(z: FloatArray, a: FloatArray) -> FloatArray:
    """Return 1 where ``z > 0``, else 0.01."""
    return np.where(z > 0, 1.0, LEAK).astype(z.dtype)


def elu(z: FloatArray) -> FloatArray:
    """Return ``z`` where it is positive, else ``exp(z) - 1`` (Clevert et al., 2016, eq. 16)."""
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def elu_slope(z: FloatArray, a: FloatArray) -> FloatArray:
    """Return 1 where ``z > 0``, else ``a + 1``."""
    return np.where(z > 0, 1, a + 1).astype(z.dtype)


def selu(z: FloatArray) -> FloatArray:
    """Return the self-normalising ELU (Klambauer et al., 2017, eq. 2)."""
    negative = SELU_ALPHA * np.expm1(np.minimum(z, 0))
    return (SELU_SCALE * np.where(z > 0, z, negative)).astype(z.dtype)


def selu_slope(z: FloatArray, a: FloatArray) -> FloatArray:
    """Return the scale where ``z > 0``, else ``a`` plus scale times alpha."""
    return np.where(z > 0, SELU_SCALE, a + SELU_SCALE * SELU_ALPHA).astype(z.dtype)


def _normal_cdf(z: FloatArray) -> FloatArray:
    from scipy.special import ndtr

    result: FloatArray = ndtr(z)
    return result


def gelu(z: FloatArray) -> FloatArray:
    r"""Return :math:`z \Phi(z)`, exact (Hendrycks and Gimpel, 2016)."""
    return z * _normal_cdf(z)


def gelu_slope(z: FloatArray, a: FloatArray) -> FloatArray:
    r"""Return :math:`\Phi(z) + z \varphi(z)`."""
    density = np.exp(-(z**2) / 2) / sqrt(2 * pi)
    result: FloatArray = _normal_cdf(z) + z * density
    return result


def silu(z: FloatArray) -> FloatArray:
    r"""Return :math:`z \sigma(z)`, also known as swish (Elfwing et al., 2018)."""
    return z * sigmoid(z)


def silu_slope(z: FloatArray, a: FloatArray) -> FloatArray:
    r"""Return :math:`\sigma(z) + a (1 - \sigma(z))`."""
    s = sigmoid(z)
    return s + a * (1 - s)


def softplus(z: FloatArray) -> FloatArray:
    """Return ``log(1 + exp(z))`` without overflow."""
    result: FloatArray = np.logaddexp(0, z).astype(z.dtype)
    return result


def softplus_slope(z: FloatArray, a: FloatArray) -> FloatArray:
    """Return the sigmoid of ``z``."""
    return sigmoid(z)


ACTIVATIONS: Mapping[str, Activation] = {
    "identity": Activation(identity, identity_slope),
    "sigmoid": Activation(sigmoid, sigmoid_slope),
    "tanh": Activation(tanh, tanh_slope),
    "relu": Activation(relu, relu_slope),
    "leaky_relu": Activation(leaky_relu, leaky_relu_slope),
    "elu": Activation(elu, elu_slope),
    "selu": Activation(selu, selu_slope),
    "gelu": Activation(gelu, gelu_slope),
    "silu": Activation(silu, silu_slope),
    "softplus": Activation(softplus, softplus_slope),
}
"""Every activation by its registered name."""
