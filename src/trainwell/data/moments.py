"""Centre and spread of numbers of any size, without overflow."""

from dataclasses import dataclass

import numpy as np

from trainwell.types import FloatArray

LARGEST = 1e6
"""Standardised values beyond this many standard deviations are held there."""

_SMALLEST = 4 * float(np.finfo(np.float64).tiny)


def centre_and_scale(values: FloatArray) -> tuple[float, float]:
    r"""Return mean and standard deviation, the latter 0 where values do not really differ.

    .. math:: \mu = \frac{1}{N} \sum_i x_i, \qquad
        \sigma = \sqrt{\frac{1}{N} \sum_i (x_i - \mu)^2}

    Both are computed in units of the largest magnitude, so that the squares of huge
    numbers do not overflow and those of tiny ones do not vanish.

    Parameters
    ----------
    values : FloatArray of shape (N,)
        Finite numbers, at least one.

    Returns
    -------
    centre : float
        The mean, in the unit of the values.
    scale : float
        The standard deviation, in the unit of the values; 0 below 1e-307.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.moments import centre_and_scale
    >>> centre_and_scale(np.array([1e300, -1e300]))
    (0.0, 1e+300)
    """
    if values.min() == values.max():
        return float(values[0]), 0.0
    unit = float(np.abs(values).max())
    parts = values / unit
    centre, scale = float(parts.mean()) * unit, float(parts.std()) * unit
    return centre, scale if scale >= _SMALLEST else 0.0


def standardised(values: FloatArray, centre: float, scale: float) -> FloatArray:
    """Return ``(values - centre) / scale``, held within :data:`LARGEST` of zero.

    Parameters
    ----------
    values : FloatArray of shape (N,)
        Finite numbers; not modified.
    centre : float
        What becomes zero.
    scale : float
        What becomes one, positive.

    Returns
    -------
    FloatArray of shape (N,)
        Without a unit.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.moments import standardised
    >>> standardised(np.array([3.0, 1e308]), 1.0, 2.0).tolist()
    [1.0, 1000000.0]
    """
    with np.errstate(over="ignore"):
        # Halves cannot overflow when they are subtracted, and halving is exact.
        distance = (values / 2 - centre / 2) / (scale / 2)
    held: FloatArray = np.clip(distance, -LARGEST, LARGEST)
    return held


@dataclass(frozen=True)
class Spread:
    """Where the numbers of the training rows lie, and how others become features.

    Parameters
    ----------
    median : float
        What a missing number becomes: the lower of the middle ones.
    centre : float
        The mean.
    scale : float
        The standard deviation; 0 where the numbers do not differ.
    low, high : float
        Ends of the features, in standard deviations from the centre: one beyond the
        numbers that were seen. A network knows nothing about what is further away.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.moments import Spread
    >>> spread = Spread.of(np.array([1.0, 3.0, np.nan]))
    >>> spread.apply(np.array([1.0, 3.0, np.nan, 3.5, 900.0])).tolist()
    [-1.0, 1.0, -1.0, 1.5, 2.0]
    """

    median: float = 0.0
    centre: float = 0.0
    scale: float = 0.0
    low: float = 0.0
    high: float = 0.0

    @classmethod
    def of(cls, values: FloatArray) -> "Spread":
        """Return the spread of numbers, of which those that are NaN are missing."""
        known = values[~np.isnan(values)]
        if not known.size:
            return cls()
        median = float(np.quantile(known, 0.5, method="inverted_cdf"))
        centre, scale = centre_and_scale(known)
        if not scale:
            return cls(median, centre)
        ends = standardised(np.array([known.min(), known.max()]), centre, scale)
        return cls(median, centre, scale, float(ends[0]) - 1, float(ends[1]) + 1)

    def apply(self, values: FloatArray) -> FloatArray:
        """Return the features of numbers, NaN included, of the same shape."""
        filled = np.where(np.isnan(values), self.median, values)
        held: FloatArray = np.clip(
            standardised(filled, self.centre, self.scale), self.low, self.high
        )
        return held
