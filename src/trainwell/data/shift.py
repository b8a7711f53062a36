"""Whether the parts of a split come from one distribution: two-sample tests by feature."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from trainwell.errors import DistributionWarning, ShapeError
from trainwell.settings import Interval, required_real
from trainwell.types import FloatArray, IntArray

FEW_VALUES = 10
"""A feature with at most so many different values is compared value by value."""

ENOUGH_EXPECTED = 5
"""Examples of a value that must be expected in each part for the chi-square test."""

_SHOWN = 3


@dataclass(frozen=True)
class Difference:
    """One feature whose values differ between two parts by more than chance explains.

    Parameters
    ----------
    feature : str
        Name of the feature.
    first, second : str
        Names of the parts.
    test : {"Kolmogorov-Smirnov", "chi-square"}
        Which statistic it is.
    statistic : float
        Largest distance of the two cumulative distributions, in [0, 1]; or chi-square.
    p_value : float
        Probability of so large a statistic in equal distributions, corrected for the
        number of tests (Holm).
    """

    feature: str
    first: str
    second: str
    test: str
    statistic: float
    p_value: float


def distribution_differences(
    parts: Mapping[str, FloatArray], names: Sequence[str], *, level: float = 0.01
) -> tuple[Difference, ...]:
    r"""Find the features that are distributed differently in two parts of a split.

    Every feature is tested in every pair of parts. Features with many values by
    Kolmogorov and Smirnov's statistic :math:`D = \max_t |F_1(t) - F_2(t)|`, whose

    .. math:: p = 2 \sum_{k \ge 1} (-1)^{k-1} \exp\left(-2 k^2 D^2
        \frac{n_1 n_2}{n_1 + n_2}\right)

    is an upper estimate in small parts; features with at most ten values by
    chi-square over the values, the rare ones taken together, or by Fisher's exact
    test where even so they are too few. Holm's correction then holds the probability
    of any false finding at ``level``, whatever the number of features and however they
    depend on each other. Constant features are not tested.

    Parameters
    ----------
    parts : mapping of str to FloatArray of shape (I, N)
        Features of each part, finite, in any units; ``N`` may differ.
    names : sequence of str
        Names of the ``I`` features.
    level : float, default=0.01
        Probability of a false finding, in (0, 1).

    Returns
    -------
    tuple of Difference
        What was found, smallest corrected p value first; empty for less than two parts.

    Raises
    ------
    ConfigurationError
        If ``level`` is outside its range.
    ShapeError
        If a part has not one row per name, or no examples.

    See Also
    --------
    warn_about_differences : The same as a warning.

    References
    ----------
    .. [1] S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure",
       Scandinavian Journal of Statistics 6(2), 1979, pp. 65-70.
    .. [2] M. A. Stephens, "Use of the Kolmogorov-Smirnov, Cramér-von Mises and Related
       Statistics Without Extensive Tables", Journal of the Royal Statistical Society B
       32(1), 1970, pp. 115-122.

    Examples
    --------
    The second feature of the test part has moved by one standard deviation:

    >>> from trainwell.data.shift import distribution_differences
    >>> from trainwell.randomness import generator
    >>> rng = generator(0, "example")
    >>> parts = {"train": rng.normal(size=(2, 300)), "test": rng.normal(size=(2, 100))}
    >>> distribution_differences(parts, ["age", "height"])
    ()
    >>> parts["test"][1] += 1.0
    >>> (found,) = distribution_differences(parts, ["age", "height"])
    >>> found.feature, found.first, found.second, found.test
    ('height', 'train', 'test', 'Kolmogorov-Smirnov')
    """
    level = required_real(
        "distribution_differences", "level", level, Interval(0, 1, closed="neither")
    )
    for part, x in parts.items():
        if x.ndim != 2 or len(x) != len(names) or x.shape[1] == 0:
            expected = f"({len(names)}, N) with N >= 1, one row per name"
            raise ShapeError.mismatch("distribution_differences", part, x.shape, expected)
    found = [] if len(parts) < 2 else list(_tests(parts, names))
    corrected = _holm(np.array([difference.p_value for difference in found]))
    significant = [
        Difference(d.feature, d.first, d.second, d.test, d.statistic, float(p))
        for d, p in zip(found, corrected, strict=True)
        if p < level
    ]
    return tuple(sorted(significant, key=lambda difference: difference.p_value))


def warn_about_differences(
    parts: Mapping[str, FloatArray], names: Sequence[str], *, level: float = 0.01
) -> tuple[Difference, ...]:
    """Emit one warning if the parts of a split differ, naming the worst features.

    Parameters
    ----------
    parts : mapping of str to FloatArray of shape (I, N)
        Features of each part, finite.
    names : sequence of str
        Names of the ``I`` features.
    level : float, default=0.01
        Probability of a warning although nothing differs, in (0, 1).

    Returns
    -------
    tuple of Difference
        What was found, smallest corrected p value first.

    Raises
    ------
    ConfigurationError
        If ``level`` is outside its range.
    ShapeError
        If a part has not one row per name, or no examples.

    Warns
    -----
    DistributionWarning
        If anything was found.

    See Also
    --------
    distribution_differences : How the features are tested.
    """
    found = distribution_differences(parts, names, level=level)
    if found:
        first = {difference.feature: difference for difference in reversed(found)}
        worst = sorted(first.values(), key=lambda difference: difference.p_value)
        shown = [f"{d.feature!r} ({d.first} and {d.second}, p = {d.p_value:.1g})" for d in worst]
        message = DistributionWarning.between_parts(len(first), len(names), shown[:_SHOWN])
        warnings.warn(message, stacklevel=2)
    return found


def _tests(parts: Mapping[str, FloatArray], names: Sequence[str]) -> Iterator[Difference]:
    """Yield one uncorrected result per feature and pair of parts; constants are passed over."""
    sizes = np.array([x.shape[1] for x in parts.values()])
    part_of = np.repeat(np.arange(len(sizes)), sizes)
    pairs = list(combinations(range(len(sizes)), 2))
    labels = list(parts)
    for row, feature in enumerate(names):
        counts = _counts(np.concatenate([x[row] for x in parts.values()]), part_of, len(sizes))
        if counts.shape[1] == 1:
            continue
        few = counts.shape[1] <= FEW_VALUES
        for a, b in pairs:
            statistic, p = (_chi_square if few else _kolmogorov_smirnov)(counts[[a, b]])
            test = "chi-square" if few else "Kolmogorov-Smirnov"
            yield Difference(feature, labels[a], labels[b], test, statistic, p)


def _counts(values: FloatArray, part_of: IntArray, parts: int) -> IntArray:
    """Count each different value in each part, the values in ascending order."""
    distinct, code = np.unique(values, return_inverse=True)
    flat = np.bincount(part_of * len(distinct) + code, minlength=parts * len(distinct))
    return flat.reshape(parts, len(distinct))


def _kolmogorov_smirnov(counts: IntArray) -> tuple[float, float]:
    from scipy.special import kolmogorov

    first, second = counts.sum(axis=1)
    cumulative = counts.cumsum(axis=1) / [[first], [second]]
    distance = float(np.abs(cumulative[0] - cumulative[1]).max())
    return distance, float(kolmogorov(distance * np.sqrt(first * second / (first + second))))


def _chi_square(counts: IntArray) -> tuple[float, float]:
    from scipy.special import chdtrc
    from scipy.stats import fisher_exact

    table = _pooled(counts)
    if table.shape[1] == 1:
        return 0.0, 1.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    # Yates' correction brings the two-by-two table near the exact test.
    distance = np.abs(table - expected)
    if table.shape[1] == 2:
        distance = np.maximum(distance - 0.5, 0.0)
    statistic = float((distance**2 / expected).sum())
    p = float(chdtrc(table.shape[1] - 1, statistic))
    if expected.min() < ENOUGH_EXPECTED and p < 0.1:  # where exactness could matter
        p = float(fisher_exact(table).pvalue)
    return statistic, p


def _pooled(counts: IntArray) -> IntArray:
    """Take rare values together until enough of each are expected, or two are left."""
    present = counts[:, counts.sum(axis=0) > 0]
    table = present[:, np.argsort(present.sum(axis=0), kind="stable")]
    smaller = table.sum(axis=1).min() / max(table.sum(), 1)
    while table.shape[1] > 2 and table[:, 0].sum() * smaller < ENOUGH_EXPECTED:
        merged = np.column_stack([table[:, 0] + table[:, 1], table[:, 2:]])
        table = merged[:, np.argsort(merged.sum(axis=0), kind="stable")]
    return table


def _holm(p_values: FloatArray) -> FloatArray:
    """Return p values corrected for their number (Holm, 1979)."""
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(p_values), 0, -1)
    corrected = np.empty_like(p_values)
    corrected[order] = np.minimum(np.maximum.accumulate(factors * p_values[order]), 1.0)
    return corrected
