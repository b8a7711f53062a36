"""Losses of numbers and counts, with the output function each belongs to.

All but :class:`Poisson` have the identity as output. ``r`` is the residual, prediction
minus target; outputs are summed, examples averaged.
"""

from dataclasses import dataclass

import numpy as np

from trainwell.errors import DataError
from trainwell.network.averaging import batch_mean, weighted_mean, weighted_quantile
from trainwell.settings import POSITIVE, Interval, check_real
from trainwell.types import FloatArray


@dataclass(frozen=True)
class SquaredError:
    r"""Half the mean squared error.

    .. math:: J = \frac1{2B} \sum_i \sum_k r^2, \qquad \frac{\partial J}{\partial z} = \frac rB

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.network.regression_losses import SquaredError
    >>> SquaredError()(np.array([[3.0, 0.0]]), np.array([[1.0, 0.0]]))[0]
    1.0
    """

    def __call__(
        self, logits: FloatArray, y: FloatArray, weight: FloatArray | None = None
    ) -> tuple[float, FloatArray]:
        """Return the mean over the batch, and its gradient at the outputs (O, B)."""
        residual = logits - y
        return batch_mean(residual**2 / 2, residual, weight)

    def predict(self, logits: FloatArray) -> FloatArray:
        """Return the conditional mean: the output itself."""
        return logits

    def base(self, y: FloatArray, weight: FloatArray | None = None) -> FloatArray:
        """Return the mean target, of shape (O, 1)."""
        return weighted_mean(y, weight)

    def check_targets(self, y: FloatArray) -> None:
        """Accept any finite target."""


@dataclass(frozen=True)
class AbsoluteError:
    r"""The mean absolute error, whose best constant is the median.

    .. math::

        J = \frac1B \sum_i \sum_k |r|, \qquad
        \frac{\partial J}{\partial z} = \frac{\operatorname{sign}(r)}{B}
    """

    def __call__(
        self, logits: FloatArray, y: FloatArray, weight: FloatArray | None = None
    ) -> tuple[float, FloatArray]:
        """Return the mean over the batch, and its gradient at the outputs (O, B)."""
        residual = logits - y
        return batch_mean(np.abs(residual), np.sign(residual), weight)

    def predict(self, logits: FloatArray) -> FloatArray:
        """Return the conditional median: the output itself."""
        return logits

    def base(self, y: FloatArray, weight: FloatArray | None = None) -> FloatArray:
        """Return the median target, of shape (O, 1)."""
        return weighted_quantile(y, weight, 0.5)

    def check_targets(self, y: FloatArray) -> None:
        """Accept any finite target."""


@dataclass(frozen=True)
class Huber:
    r"""Squared error for small residuals, absolute error for large ones.

    .. math::

        \ell(r) = \begin{cases} r^2 / 2 & |r| \le \delta \\
                  \delta (|r| - \delta / 2) & \text{otherwise} \end{cases}, \qquad
        \ell'(r) = \max(-\delta, \min(\delta, r))

    Parameters
    ----------
    delta : float, default=1.0
        Where the parabola ends, in units of the target; positive.

    Raises
    ------
    ConfigurationError
        If ``delta`` is not positive.

    References
    ----------
    .. [1] P. J. Huber, "Robust Estimation of a Location Parameter", Annals of
       Mathematical Statistics 35, 1964, section 4.
    """

    delta: float = 1.0

    def __post_init__(self) -> None:
        check_real(self, "delta", POSITIVE)

    def __call__(
        self, logits: FloatArray, y: FloatArray, weight: FloatArray | None = None
    ) -> tuple[float, FloatArray]:
        """Return the mean over the batch, and its gradient at the outputs (O, B)."""
        residual = logits - y
        clipped = np.clip(residual, -self.delta, self.delta)
        # r c - c^2 / 2 is both branches at once
        return batch_mean(clipped * (residual - clipped / 2), clipped, weight)

    def predict(self, logits: FloatArray) -> FloatArray:
        """Return the output itself."""
        return logits

    def base(self, y: FloatArray, weight: FloatArray | None = None) -> FloatArray:
        r"""Return the constant (O, 1) at which the clipped residuals balance."""
        from scipy.optimize import brentq

        weights = np.ones(y.shape[1]) if weight is None else weight

        def pull(constant: float, targets: FloatArray) -> float:
            return float(weights @ np.clip(constant - targets, -self.delta, self.delta))

        ends = [(float(t.min()), float(t.max())) for t in y]
        roots = [a if a == b else brentq(pull, a, b, t) for t, (a, b) in zip(y, ends, strict=True)]
        return np.array(roots)[:, np.newaxis]

    def check_targets(self, y: FloatArray) -> None:
        """Accept any finite target."""


@dataclass(frozen=True)
class Poisson:
    r"""Negative log-likelihood of counts whose mean is the exponential of the output.

    .. math::

        J = \frac1B \sum_i \sum_k \left( e^z - y z \right), \qquad
        \frac{\partial J}{\partial z} = \frac{e^z - y}{B}

    The term :math:`\log y!` is left out: it does not depend on the network.
    """

    def __call__(
        self, logits: FloatArray, y: FloatArray, weight: FloatArray | None = None
    ) -> tuple[float, FloatArray]:
        """Return the mean over the batch, and its gradient at the logits (O, B)."""
        mean = self.predict(logits)
        return batch_mean(mean - y * logits, mean - y, weight)

    def predict(self, logits: FloatArray) -> FloatArray:
        """Return the conditional mean, the exponential of the output."""
        with np.errstate(over="ignore"):  # beyond e^709 the mean is inf, which divergence reports
            result: FloatArray = np.exp(logits)
        return result

    def base(self, y: FloatArray, weight: FloatArray | None = None) -> FloatArray:
        """Return the logarithm of the mean target, of shape (O, 1)."""
        result: FloatArray = np.log(np.maximum(weighted_mean(y, weight), 1e-6))
        return result

    def check_targets(self, y: FloatArray) -> None:
        """Refuse negative targets."""
        if (y < 0).any():
            raise DataError.targets("Poisson", "at least 0", y[y < 0][0])


@dataclass(frozen=True)
class Pinball:
    r"""The pinball loss, whose best constant is a quantile.

    .. math::

        \ell = \max\left(q (y - z), (q - 1)(y - z)\right), \qquad
        \frac{\partial \ell}{\partial z} = \begin{cases} -q & y > z \\
            1 - q & y < z \end{cases}

    Parameters
    ----------
    quantile : float, default=0.5
        The quantile ``q`` to predict, in (0, 1).

    Raises
    ------
    ConfigurationError
        If ``quantile`` is outside (0, 1).

    References
    ----------
    .. [1] R. Koenker and G. Bassett, "Regression Quantiles", Econometrica 46, 1978,
       eq. 3.2.
    """

    quantile: float = 0.5

    def __post_init__(self) -> None:
        check_real(self, "quantile", Interval(0, 1, closed="neither"))

    def __call__(
        self, logits: FloatArray, y: FloatArray, weight: FloatArray | None = None
    ) -> tuple[float, FloatArray]:
        """Return the mean over the batch, and its gradient at the outputs (O, B)."""
        missing = y - logits
        losses = np.maximum(self.quantile * missing, (self.quantile - 1) * missing)
        slopes = np.where(missing > 0, -self.quantile, 1 - self.quantile) * (missing != 0)
        return batch_mean(losses, slopes, weight)

    def predict(self, logits: FloatArray) -> FloatArray:
        """Return the conditional quantile: the output itself."""
        return logits

    def base(self, y: FloatArray, weight: FloatArray | None = None) -> FloatArray:
        """Return the quantile of the targets, of shape (O, 1)."""
        return weighted_quantile(y, weight, self.quantile)

    def check_targets(self, y: FloatArray) -> None:
        """Accept any finite target."""
