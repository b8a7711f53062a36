"""Centre and spread of numbers of any size, without overflow."""

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
