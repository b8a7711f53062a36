"""Centre and spread of numbers of any size, without overflow."""

from dataclasses import dataclass

import numpy as np

from trainwell.types import FloatArray

LARGEST = 1e6
"""Standardised values beyond this many standard deviations are held there."""

_SMALLEST = 4 * float(np.finfo(np.float64).tiny)


def centre_and_scale(values: FloatArray, weight: FloatArray | None = None) -> tuple[float, float]:
    r"""Return mean and standard deviation, the latter 0 where values do not really differ.

    .. math:: \mu = \frac{\sum_i w_i x_i}{\sum_i w_i}, \qquad
        \sigma = \sqrt{\frac{\sum_i w_i (x_i - \mu)^2}{\sum_i w_i}}

    Both are computed in units of the largest magnitude, so that the squares of huge
    numbers do not overflow and those of tiny ones do not vanish.

    Parameters
    ----------
    values : FloatArray of shape (N,)
        Finite numbers, at least one.
    weight : FloatArray of shape (N,) or None, default=None
        Positive weights of the numbers; ``None`` counts each once.

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
    if weight is None:
        centre, scale = float(parts.mean()) * unit, float(parts.std()) * unit
    else:
        mean = np.average(parts, weights=weight)
        centre = float(mean) * unit
        scale = float(np.sqrt(np.average((parts - mean) ** 2, weights=weight))) * unit
    return centre, scale if scale >= _SMALLEST else 0.0


def standardised(
    values: FloatArray, centre: float | FloatArray, scale: float | FloatArray
) -> FloatArray:
    """Return ``(values - centre) / scale``, held within :data:`LARGEST` of zero.

    Parameters
    ----------
    values : FloatArray of shape (N,) or (N, I)
        Finite numbers; not modified.
    centre : float or FloatArray of shape (I,)
        What becomes zero.
    scale : float or FloatArray of shape (I,)
        What becomes one, positive.

    Returns
    -------
    FloatArray of the shape of ``values``
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
    def of(cls, values: FloatArray, weight: FloatArray | None = None) -> "Spread":
        """Return the spread of numbers, of which those that are NaN are missing."""
        present = ~np.isnan(values)
        known = values[present]
        if not known.size:
            return cls()
        if weight is None:
            return cls.of_rows(known[np.newaxis])[0]
        counted = weight[present]
        median = float(lower_quantiles(known, counted, 0.5))
        centre, scale = centre_and_scale(known, counted)
        if not scale:
            return cls(median, centre)
        ends = standardised(np.array([known.min(), known.max()]), centre, scale)
        return cls(median, centre, scale, float(ends[0]) - 1, float(ends[1]) + 1)

    @classmethod
    def of_rows(cls, rows: FloatArray) -> list["Spread"]:
        """Return the spread of each row (I, N) of numbers without gaps; each counts once."""
        examples = rows.shape[1]
        middle = (examples + 1) // 2 - 1
        medians = np.partition(rows, middle, axis=1)[:, middle]
        lowest, highest = rows.min(axis=1), rows.max(axis=1)
        unit = np.abs(rows).max(axis=1)
        unit[unit == 0] = 1.0
        parts = rows / unit[:, np.newaxis]
        centre, scale = parts.mean(axis=1) * unit, parts.std(axis=1) * unit
        same = (lowest == highest) | (scale < _SMALLEST)
        centre[lowest == highest] = rows[lowest == highest, 0]
        divisor = np.where(same, 1.0, scale)
        low = standardised(lowest, centre, divisor) - 1
        high = standardised(highest, centre, divisor) + 1
        found = np.column_stack([medians, centre, scale, low, high])
        found[same, 2:] = 0.0
        return [cls(*row) for row in found.tolist()]

    def apply(self, values: FloatArray) -> FloatArray:
        """Return the features of numbers, NaN included, of the same shape."""
        filled = np.where(np.isnan(values), self.median, values)
        held: FloatArray = np.clip(
            standardised(filled, self.centre, self.scale), self.low, self.high
        )
        return held


def lower_quantiles(
    values: FloatArray, weight: FloatArray | None, shares: FloatArray | float
) -> FloatArray:
    """Return the smallest of some numbers up to which each share of the weight lies.

    Parameters
    ----------
    values : FloatArray of shape (N,)
        Finite numbers, at least one.
    weight : FloatArray of shape (N,) or None
        Their weights, positive; ``None`` counts each once.
    shares : FloatArray of shape (Q,) or float
        In (0, 1).

    Returns
    -------
    FloatArray of shape (Q,) or ()
        Some of the numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.moments import lower_quantiles
    >>> lower_quantiles(np.array([4.0, 1.0, 2.0]), np.array([3.0, 1.0, 1.0]), 0.5).tolist()
    4.0
    """
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(np.ones(len(values)) if weight is None else weight[order])
    first = np.searchsorted(reached, np.asarray(shares) * reached[-1])
    return np.asarray(values[order[np.minimum(first, len(order) - 1)]])
