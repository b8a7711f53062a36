"""Columns of a data set that stand out: single values far from the rest, or all values large."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from trainwell.data.dataset import Data
from trainwell.types import BoolArray, FloatArray

FAR = 8.0
"""Spreads from the median from which on a value stands out; the spread is that of the middle."""

RARE = 0.1
"""Share of the examples above which values that stand out are no exceptions; one always is."""

LARGE = 10.0
"""Mean absolute value from which on a column is worth scaling."""

_NORMAL = 1.4826  # standard deviations in a normal variable's median absolute deviation


@dataclass(frozen=True)
class Outlier:
    """Values of one column that stand far from the others.

    Parameters
    ----------
    role : {"input", "target"}
        Whether the column is one of ``x`` or of ``y``.
    column : int
        Which, from 0.
    name : str
        What a person calls it.
    rows : tuple of int
        Examples of the training data, from 0, the farthest first.
    value : float
        The farthest value.
    deviations : float or None
        Its distance from the mean of the others in their standard deviations; ``None``
        where they are all equal.
    typical : float
        Median of the column.
    """

    role: str
    column: int
    name: str
    rows: tuple[int, ...]
    value: float
    deviations: float | None
    typical: float

    def __str__(self) -> str:
        if self.deviations is None:
            far = "all others are equal"
        else:
            far = f"{self.deviations:.3g} standard deviations from the others"
        if len(self.rows) == 1:
            return f"{self.name} of training row {self.rows[0]} is {self.value:.3g}, {far}"
        rows = ", ".join(map(str, self.rows[:5])) + (", ..." if len(self.rows) > 5 else "")
        return f"{self.name} of training rows {rows} is up to {self.value:.3g}, {far}"


@dataclass(frozen=True)
class Scale:
    """A column whose numbers are large.

    Parameters
    ----------
    role : {"input", "target"}
        Whether the column is one of ``x`` or of ``y``.
    column : int
        Which, from 0.
    name : str
        What a person calls it.
    typical : float
        Mean absolute value, outliers left out.
    """

    role: str
    column: int
    name: str
    typical: float

    def __str__(self) -> str:
        return f"{self.name} holds numbers of about {self.typical:.3g}"


def outliers(data: Data, names: Iterable[str]) -> list[Outlier]:
    """Return the columns with values that stand out, the farthest first.

    Parameters
    ----------
    data : Data
        Examples in columns. Targets that are all within [-1, 1], as classes are, are not
        looked at.
    names : iterable of str
        What the inputs are called, then what the targets are called.

    Returns
    -------
    list of Outlier
        In the order of distance.
    """
    found: list[tuple[float, int, Outlier]] = []
    for (role, column, values), name in zip(_columns(data), names, strict=True):
        centre, distance, spread, far = _apart(values)
        if not far.any() or far.sum() > max(1, RARE * far.size):
            continue
        rows = sorted(np.flatnonzero(far), key=lambda row: (-distance[row], row))
        others = values[~far]
        mean, deviation = _moments(others)
        with np.errstate(over="ignore"):
            deviations = abs(values[rows[0]] - mean) / deviation if deviation else np.inf
            ratio = float(distance[rows[0]] / spread) if spread else np.inf
        outlier = Outlier(
            role,
            column,
            name,
            tuple(map(int, rows)),
            float(values[rows[0]]),
            float(deviations) if np.isfinite(deviations) else None,
            float(centre),
        )
        found.append((-ratio, len(found), outlier))
    return [outlier for *_, outlier in sorted(found)]


def scales(data: Data, names: Iterable[str]) -> list[Scale]:
    """Return the columns whose numbers are large, the largest first.

    Parameters
    ----------
    data : Data
        Examples in columns.
    names : iterable of str
        What the inputs are called, then what the targets are called.

    Returns
    -------
    list of Scale
        In the order of size.
    """
    found = []
    for (role, column, values), name in zip(_columns(data), names, strict=True):
        *_, far = _apart(values)
        others = np.abs(values[~far])
        typical = _moments(others)[0]
        if typical > LARGE:
            found.append(Scale(role, column, name, typical))
    return sorted(found, key=lambda scale: -scale.typical)


def without(data: Data, chosen: Iterable[Outlier]) -> Data:
    """Return the data with the median of the column in place of what stands out."""
    arrays = {"input": data.x.copy(), "target": data.y.copy()}
    for outlier in chosen:
        arrays[outlier.role][outlier.column, list(outlier.rows)] = outlier.typical
    return _rebuilt(data, arrays)


def standardised(data: Data, chosen: Iterable[Scale]) -> Data:
    """Return the data with the columns shifted and scaled to mean 0 and deviation 1."""
    arrays = {"input": data.x.copy(), "target": data.y.copy()}
    for scale in chosen:
        values = arrays[scale.role][scale.column].astype(np.float64)
        *_, far = _apart(values)
        mean, deviation = _moments(values[~far])
        arrays[scale.role][scale.column] = (values - mean) / (deviation or 1.0)
    return _rebuilt(data, arrays)


def _columns(data: Data) -> Iterable[tuple[str, int, FloatArray]]:
    """Iterate over the inputs and the targets; classes stand still."""
    for column, values in enumerate(data.x):
        yield "input", column, values.astype(np.float64)
    measured = bool((np.abs(data.y) > 1).any())
    for column, values in enumerate(data.y):
        yield "target", column, values.astype(np.float64) if measured else np.zeros(1)


def _apart(values: FloatArray) -> tuple[float, FloatArray, float, BoolArray]:
    """Return median, distances from it, the spread of the middle, and who is far away."""
    half = values / 2  # the difference of two large numbers overflows
    centre = float(np.median(half))
    distance = np.abs(half - centre)
    spread = _NORMAL * float(np.median(distance))
    if spread == 0:  # more than half are equal: the spread of the rest but the farthest
        rest = np.sort(distance[distance > 0])[:-1]
        spread = _moments(rest)[0] if rest.size else 0.0
    far = distance > FAR * spread if spread < np.finfo(np.float64).max / FAR else distance < 0
    return 2 * centre, distance, spread, far


def _moments(values: FloatArray) -> tuple[float, float]:
    """Return mean and standard deviation; of the largest first, since squares overflow."""
    largest = float(np.abs(values).max()) if values.size else 0.0
    if not largest:
        return 0.0, 0.0
    scaled = values / largest
    with np.errstate(over="ignore"):
        return float(scaled.mean()) * largest, float(scaled.std()) * largest


def _rebuilt(data: Data, arrays: dict[str, FloatArray]) -> Data:
    for array in arrays.values():
        array.flags.writeable = False
    return replace(data, x=arrays["input"], y=arrays["target"])
