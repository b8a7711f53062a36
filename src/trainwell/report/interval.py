"""How far chance alone can move a share or a mean that was measured on few rows."""

from math import inf, sqrt
from statistics import NormalDist

import numpy as np

from trainwell.errors import ConfigurationError, DataError
from trainwell.types import FloatArray


def wilson_interval(
    successes: int, trials: int, *, confidence: float = 0.95
) -> tuple[float, float]:
    r"""Return the range of true shares that an observed share agrees with.

    With share :math:`\hat p = k / n` and the normal quantile :math:`z`,

    .. math::

        \frac{\hat p + z^2 / 2n \pm z \sqrt{\hat p (1 - \hat p) / n + z^2 / 4n^2}}{1 + z^2 / n}

    Unlike :math:`\hat p \pm z \sqrt{\hat p (1 - \hat p) / n}` it stays inside [0, 1] and is
    not empty where everything or nothing succeeded.

    Parameters
    ----------
    successes : int
        How often it happened, in [0, ``trials``].
    trials : int
        How often it could have happened; not negative. Of nothing, nothing is known:
        the range is then [0, 1].
    confidence : float, default=0.95
        Share of such ranges that contain the true share, in (0, 1).

    Returns
    -------
    low, high : float
        Ends of the range, in [0, 1].

    Raises
    ------
    ConfigurationError
        If an argument is outside its domain.

    References
    ----------
    .. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical
       inference", Journal of the American Statistical Association 22(158), 1927, p. 210.

    Examples
    --------
    All of ten right does not mean that all will be:

    >>> from trainwell.report.interval import wilson_interval
    >>> low, high = wilson_interval(10, 10)
    >>> round(low, 3), high
    (0.722, 1.0)
    """
    _check_confidence("wilson_interval", confidence)
    if trials < 0:
        raise ConfigurationError.out_of_range("wilson_interval", "trials", trials, "at least 0")
    if not 0 <= successes <= trials:
        domain = f"in [0, {trials}]"
        raise ConfigurationError.out_of_range("wilson_interval", "successes", successes, domain)
    if trials == 0:
        return 0.0, 1.0
    square = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    share = successes / trials
    middle = share + square / (2 * trials)
    reach = sqrt(square * (share * (1 - share) / trials + square / (4 * trials**2)))
    low, high = ((middle + sign * reach) / (1 + square / trials) for sign in (-1, 1))
    # Rounding must not leave the ends that are exact.
    return (0.0 if successes == 0 else low), (1.0 if successes == trials else high)


def mean_interval(values: FloatArray, *, confidence: float = 0.95) -> tuple[float, float]:
    r"""Return the range of true means that observed numbers agree with.

    .. math:: \bar v \pm t_{n - 1} \, s / \sqrt n

    with the standard deviation :math:`s` and Student's quantile :math:`t_{n - 1}`.

    Parameters
    ----------
    values : FloatArray of shape (N,)
        Observed numbers, in any unit; not modified.
    confidence : float, default=0.95
        Share of such ranges that contain the true mean, in (0, 1).

    Returns
    -------
    low, high : float
        Ends of the range, in the unit of ``values``; infinite if there are fewer than two.

    Raises
    ------
    ConfigurationError
        If ``confidence`` is outside its domain.
    DataError
        If a number is not finite.

    References
    ----------
    .. [1] Student, "The probable error of a mean", Biometrika 6(1), 1908, sections III and IV.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.report.interval import mean_interval
    >>> low, high = mean_interval(np.array([1.0, 2.0, 3.0]))
    >>> round(low, 3), round(high, 3)
    (-0.484, 4.484)
    """
    from scipy.special import stdtrit

    _check_confidence("mean_interval", confidence)
    numbers = np.asarray(values, dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise DataError.in_array("mean_interval", "values", "are not all finite")
    if numbers.size < 2:
        return -inf, inf
    middle = float(numbers.mean())
    quantile = float(stdtrit(numbers.size - 1, (1 + confidence) / 2))
    reach = quantile * float(numbers.std(ddof=1)) / sqrt(numbers.size)
    return middle - reach, middle + reach


def _check_confidence(owner: str, confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ConfigurationError.out_of_range(owner, "confidence", confidence, "in (0, 1)")
