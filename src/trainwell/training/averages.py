"""Exponentially weighted averages."""

import numpy as np

from trainwell.errors import ConfigurationError
from trainwell.types import FloatArray


def exponentially_weighted_average(
    values: FloatArray, beta: float, *, corrected: bool = False
) -> FloatArray:
    r"""Return the running average in which each step back counts ``beta`` times as much.

    .. math::

        v_0 = 0, \qquad v_t = \beta v_{t-1} + (1 - \beta)\, x_t, \qquad
        \hat v_t = \frac{v_t}{1 - \beta^t}

    It looks back over about :math:`1 / (1 - \beta)` values. The correction takes out
    the zero that it started from.

    Parameters
    ----------
    values : FloatArray of shape (N, ...)
        Observations in time order along the first axis.
    beta : float
        Weight of the past, in [0, 1).
    corrected : bool, default=False
        Whether to divide by :math:`1 - \beta^t`.

    Returns
    -------
    FloatArray of shape (N, ...)
        The average after each observation.

    Raises
    ------
    ConfigurationError
        If ``beta`` is outside [0, 1).

    References
    ----------
    .. [1] D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization",
       ICLR 2015, section 3 (the correction).

    Examples
    --------
    Corrected, the average of a constant is the constant from the first value on:

    >>> import numpy as np
    >>> from trainwell.training.averages import exponentially_weighted_average
    >>> exponentially_weighted_average(np.full(3, 10.0), 0.9).round(2).tolist()
    [1.0, 1.9, 2.71]
    >>> exponentially_weighted_average(np.full(3, 10.0), 0.9, corrected=True).round(2).tolist()
    [10.0, 10.0, 10.0]
    """
    if not 0 <= beta < 1:
        owner = "exponentially_weighted_average"
        raise ConfigurationError.out_of_range(owner, "beta", beta, "in [0, 1)")
    numbers = np.asarray(values, dtype=np.float64)
    averages = np.empty_like(numbers)
    average = np.zeros(numbers.shape[1:])
    for t, value in enumerate(numbers, start=1):
        average = beta * average + (1 - beta) * value
        averages[t - 1] = average / (1 - beta**t) if corrected else average
    return averages
