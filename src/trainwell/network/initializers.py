"""Initial weights: what is drawn is a function of seed, layer, row and column alone.

A narrower layer therefore starts with the noise of the first units of a wider one.
Biases start at zero; :func:`trainwell.network.network.with_output_bias` starts the
last one at the base rate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from trainwell.randomness import row_generators
from trainwell.settings import FINITE, POSITIVE, check_name, check_real
from trainwell.types import FloatArray

FANS = frozenset({"in", "out", "mean"})
DISTRIBUTIONS = frozenset({"normal", "uniform"})


@runtime_checkable
class Initializer(Protocol):
    """Draws the weight matrix of one layer."""

    def __call__(self, seed: int, layer: int, outputs: int, inputs: int) -> FloatArray:
        """Return the weights of dense layer number ``layer``, of shape (O, I)."""
        ...


def noise(seed: int, layer: int, outputs: int, inputs: int, distribution: str) -> FloatArray:
    """Draw numbers of mean 0 and variance 1, row by row.

    Parameters
    ----------
    seed : int
        The run's seed.
    layer : int
        Ordinal of the layer among the dense layers.
    outputs, inputs : int
        Shape of what is drawn.
    distribution : {"normal", "uniform"}
        Standard normal, or uniform on the interval with variance 1.

    Returns
    -------
    FloatArray of shape (O, I)
        The upper left part of what larger ``outputs`` and ``inputs`` would give.
    """
    rows = np.empty((outputs, inputs))
    for row, rng in enumerate(row_generators(seed, "initial weights", layer, outputs)):
        if distribution == "normal":
            rows[row] = rng.standard_normal(inputs)
        else:
            rows[row] = rng.uniform(-sqrt(3), sqrt(3), inputs)
    return rows


@dataclass(frozen=True)
class Filled:
    """The same number everywhere; at 0 the network cannot break its symmetry.

    Parameters
    ----------
    value : float
        Every weight.
    """

    value: float

    def __post_init__(self) -> None:
        check_real(self, "value", FINITE)

    def __call__(self, seed: int, layer: int, outputs: int, inputs: int) -> FloatArray:
        """Return a filled matrix of shape (O, I)."""
        return np.full((outputs, inputs), float(self.value))


@dataclass(frozen=True)
class Normal:
    """Normal weights of one standard deviation, whatever the layer's size.

    Parameters
    ----------
    scale : float
        Standard deviation; the course's "random" initialisation uses 10.
    """

    scale: float

    def __post_init__(self) -> None:
        check_real(self, "scale", POSITIVE)

    def __call__(self, seed: int, layer: int, outputs: int, inputs: int) -> FloatArray:
        """Draw a matrix of shape (O, I)."""
        return self.scale * noise(seed, layer, outputs, inputs, "normal")


@dataclass(frozen=True)
class VarianceScaling:
    r"""Zero-mean weights whose variance is ``gain / fan``.

    .. math:: \operatorname{Var}[W] = \mathrm{gain} / \mathrm{fan}

    Parameters
    ----------
    gain : float
        2 keeps the scale of the activations through ReLU layers, 1 through linear ones.
    fan : {"in", "out", "mean"}
        Number of inputs, of outputs, or the mean of the two.
    distribution : {"normal", "uniform"}, default="normal"
        Shape of the noise.

    References
    ----------
    .. [1] K. He, X. Zhang, S. Ren and J. Sun, "Delving Deep into Rectifiers", ICCV 2015,
       eq. 10: gain 2, fan in.
    .. [2] X. Glorot and Y. Bengio, "Understanding the difficulty of training deep
       feedforward neural networks", AISTATS 2010, eq. 12 and 16: gain 1, mean fan.
    .. [3] Y. LeCun, L. Bottou, G. Orr and K.-R. Mueller, "Efficient BackProp", 1998,
       eq. 16: gain 1, fan in.

    Examples
    --------
    He's weights are Glorot's noise on another scale:

    >>> from trainwell.network.initializers import glorot_normal, he_normal
    >>> ratio = he_normal(0, 1, 4, 4) / glorot_normal(0, 1, 4, 4)
    >>> bool((abs(ratio - 2**0.5) < 1e-12).all())
    True
    """

    gain: float
    fan: Literal["in", "out", "mean"]
    distribution: Literal["normal", "uniform"] = "normal"

    def __post_init__(self) -> None:
        check_real(self, "gain", POSITIVE)
        check_name(self, "fan", FANS)
        check_name(self, "distribution", DISTRIBUTIONS)

    def __call__(self, seed: int, layer: int, outputs: int, inputs: int) -> FloatArray:
        """Draw a matrix of shape (O, I)."""
        fan = {"in": inputs, "out": outputs, "mean": (inputs + outputs) / 2}[self.fan]
        return sqrt(self.gain / fan) * noise(seed, layer, outputs, inputs, self.distribution)


@dataclass(frozen=True)
class Orthogonal:
    """Orthonormal rows (or columns, whichever are fewer), times a gain.

    Parameters
    ----------
    gain : float, default=1.0
        Singular value of the matrix; ``sqrt(2)`` suits ReLU.

    References
    ----------
    .. [1] A. Saxe, J. McClelland and S. Ganguli, "Exact solutions to the nonlinear
       dynamics of learning in deep linear neural networks", ICLR 2014, section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.network.initializers import Orthogonal
    >>> w = Orthogonal()(0, 0, 3, 5)
    >>> bool(np.allclose(w @ w.T, np.eye(3)))
    True
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        check_real(self, "gain", POSITIVE)

    def __call__(self, seed: int, layer: int, outputs: int, inputs: int) -> FloatArray:
        """Draw a matrix of shape (O, I)."""
        drawn = noise(seed, layer, outputs, inputs, "normal")
        tall = drawn if outputs >= inputs else drawn.T
        q, r = np.linalg.qr(tall)
        q = q * np.sign(np.diag(r))  # makes the draw uniform over the orthogonal matrices
        return np.ascontiguousarray(self.gain * (q if outputs >= inputs else q.T))


@dataclass(frozen=True)
class ScaledIdentity:
    """A multiple of the identity: the course's picture of exploding and vanishing.

    Parameters
    ----------
    scale : float
        The course takes 1.1 and 0.9.
    """

    scale: float

    def __post_init__(self) -> None:
        check_real(self, "scale", FINITE)

    def __call__(self, seed: int, layer: int, outputs: int, inputs: int) -> FloatArray:
        """Return a matrix of shape (O, I) with the scale on its diagonal."""
        return self.scale * np.eye(outputs, inputs)


zeros = Filled(0.0)
he_normal = VarianceScaling(2.0, "in")
he_uniform = VarianceScaling(2.0, "in", "uniform")
glorot_normal = VarianceScaling(1.0, "mean")
glorot_uniform = VarianceScaling(1.0, "mean", "uniform")
lecun_normal = VarianceScaling(1.0, "in")
lecun_uniform = VarianceScaling(1.0, "in", "uniform")

INITIALIZERS: Mapping[str, Initializer] = {
    "zeros": zeros,
    "random": Normal(10.0),
    "he": he_normal,
    "he_uniform": he_uniform,
    "xavier": lecun_normal,
    "glorot": glorot_normal,
    "glorot_uniform": glorot_uniform,
    "lecun": lecun_normal,
    "lecun_uniform": lecun_uniform,
    "orthogonal": Orthogonal(),
}
"""Named instances; "xavier" is the course's sqrt(1 / n), "glorot" the paper's."""

DEFAULT_INITIALIZERS: Mapping[str, Initializer] = {
    "relu": he_normal,
    "leaky_relu": he_normal,
    "elu": he_normal,
    "gelu": he_normal,
    "silu": he_normal,
    "softplus": he_normal,
    "selu": lecun_normal,
    "identity": glorot_normal,
    "sigmoid": glorot_normal,
    "tanh": glorot_normal,
}
"""The initializer that suits each activation when none is named."""
