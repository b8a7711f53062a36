"""Batch normalisation."""

from dataclasses import dataclass

import numpy as np

from trainwell.network.layer import Cache, Parameters, Slot
from trainwell.randomness import Randomness
from trainwell.settings import FRACTION, POSITIVE, check_integer, check_real
from trainwell.types import FloatArray


@dataclass(frozen=True)
class BatchNorm:
    r"""Standardise each unit over the batch, then give it a learnt scale and centre.

    .. math::

        \mu = \frac1B \sum_i z^{(i)}, \quad
        \sigma^2 = \frac1B \sum_i (z^{(i)} - \mu)^2, \quad
        \hat z = \frac{z - \mu}{\sqrt{\sigma^2 + \epsilon}}, \quad
        y = \gamma \hat z + \beta

    Backward, with bars for means over the batch:

    .. math::

        d\hat z = \gamma\,dy, \qquad
        dz = \frac{d\hat z - \overline{d\hat z} - \hat z\,\overline{\hat z\,d\hat z}}
                  {\sqrt{\sigma^2 + \epsilon}}

    Evaluation uses running averages of :math:`\mu` and :math:`\sigma^2` instead.

    Parameters
    ----------
    units : int
        Units before and after; positive.
    momentum : float, default=0.9
        Weight of the old running average, per batch, in [0, 1).
    epsilon : float, default=1e-5
        Added to the variance, in its units; positive.

    Raises
    ------
    ConfigurationError
        If a setting is outside its domain.

    Notes
    -----
    A batch of one has no variance: it is normalised with the running averages,
    which it leaves as they are. The running variance is the unbiased one, as in the
    paper. The dense layer in front needs no bias: :math:`\beta` does its work.

    References
    ----------
    .. [1] S. Ioffe and C. Szegedy, "Batch Normalization: Accelerating Deep Network
       Training by Reducing Internal Covariate Shift", ICML 2015, Algorithms 1 and 2.
    """

    units: int
    momentum: float = 0.9
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        check_integer(self, "units", 1)
        check_real(self, "momentum", FRACTION)
        check_real(self, "epsilon", POSITIVE)

    @property
    def inputs(self) -> int:
        """Number of units."""
        return self.units

    @property
    def outputs(self) -> int:
        """Number of units."""
        return self.units

    @property
    def slots(self) -> tuple[Slot, ...]:
        """``gamma``, starting at 1, and ``beta``, starting at 0."""
        return (Slot("gamma", (self.units, 1), 1.0), Slot("beta", (self.units, 1)))

    @property
    def statistics(self) -> tuple[Slot, ...]:
        """The running mean, starting at 0, and variance, starting at 1."""
        return (Slot("mean", (self.units, 1)), Slot("variance", (self.units, 1), 1.0))

    def forward(
        self,
        parameters: Parameters,
        statistics: Parameters,
        x: FloatArray,
        randomness: Randomness | None,
    ) -> tuple[FloatArray, Cache]:
        """Return the normalised input; over the batch when training."""
        gamma, beta = parameters
        by_batch = randomness is not None and x.shape[1] > 1
        if by_batch:
            mean = x.mean(axis=1, keepdims=True)
            centred = x - mean
            variance = (centred**2).mean(axis=1, keepdims=True)
        else:
            mean, variance = statistics
            centred = x - mean
        inverse = 1 / np.sqrt(variance + self.epsilon)
        normal = centred * inverse
        batch = (mean, variance) if by_batch else None
        return gamma * normal + beta, (normal, inverse, batch)

    def backward(
        self, parameters: Parameters, cache: Cache, grad_y: FloatArray
    ) -> tuple[FloatArray, Parameters]:
        """Return the gradients of the input, ``gamma`` and ``beta``."""
        normal, inverse, batch = cache
        grad_gamma = (grad_y * normal).sum(axis=1, keepdims=True)
        grad_beta = grad_y.sum(axis=1, keepdims=True)
        grad_normal = parameters[0] * grad_y
        if batch is not None:  # mean and variance depend on the input, too
            projection = (grad_normal * normal).mean(axis=1, keepdims=True)
            centre = grad_normal.mean(axis=1, keepdims=True)
            grad_normal = grad_normal - centre - normal * projection
        return grad_normal * inverse, (grad_gamma, grad_beta)

    def moved(self, statistics: Parameters, cache: Cache) -> Parameters:
        """Return the running averages one batch later."""
        normal, _, batch = cache
        if batch is None:
            return statistics
        mean, variance = batch
        examples = normal.shape[1]
        unbiased = variance * (examples / (examples - 1))
        new = 1 - self.momentum
        return (
            self.momentum * statistics[0] + new * mean,
            self.momentum * statistics[1] + new * unbiased,
        )
