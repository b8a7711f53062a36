r"""Two gradients compared element by element, on the scale of the whole gradient.

.. math:: \mathrm{error} = \max\left(
    \frac{\lVert g - r \rVert_2}{\max(\lVert r \rVert_2, 10^{-6} S)},
    \frac{\max |g - r|}{\max(\max |r|, 10^{-6} S)}\right)

with the largest norm of any array, S: a gradient that is zero for a reason, such as that of a bias
in front of batch norm, is compared on the scale of the rounding.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np

from trainwell.types import BoolArray, FloatArray

TOLERANCE = 1e-7
"""Relative error that rounding may leave of a right gradient."""

FLOOR = 1e-6
"""Share of the largest array's norm below which nothing is compared relatively."""


class Status(Enum):
    """What is known of one array; the value is what a person reads."""

    OK = "ok"
    WRONG = "WRONG"
    MISSING = "MISSING"
    SHAPE = "SHAPE"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True, eq=False)
class Comparison:
    """The gradient of one parameter against the reference.

    Parameters
    ----------
    name : str
        Of the parameter.
    given : FloatArray or None
        What the backward pass gave.
    expected : FloatArray
        The reference.
    error : float
        Relative, as the module says; infinite where nothing could be compared.
    status : Status
        The verdict on this array.
    wrong : BoolArray
        Which elements disagree.
    """

    name: str
    given: FloatArray | None
    expected: FloatArray
    error: float
    status: Status
    wrong: BoolArray


def scale_of_all(gradient: Mapping[str, FloatArray]) -> float:
    """Return the largest norm of any array: S."""
    return max((length(r) for r in gradient.values()), default=0.0)


def length(array: FloatArray) -> float:
    """Return the Euclidean norm of an array of any numbers, without overflow."""
    unit = float(np.abs(array).max(initial=0.0))
    if not unit or not np.isfinite(unit):
        return unit
    return unit * float(np.linalg.norm(np.ravel(array / unit)))


def relative_error(given: FloatArray, expected: FloatArray, scale: float) -> float:
    """Return the larger of the errors in the Euclidean and in the maximum norm.

    Parameters
    ----------
    given : FloatArray
        A gradient.
    expected : FloatArray
        The right one, of the same shape.
    scale : float
        The largest norm of any array.

    Returns
    -------
    float
        Infinite where a number is not finite.
    """
    if not expected.size:
        return 0.0
    with np.errstate(all="ignore"):
        distance = np.abs(given - expected)
        largest, peak = float(distance.max()), float(np.abs(expected).max())
        if not np.isfinite(largest):
            return float("inf")
        unit = max(largest, peak) or 1.0  # squares of huge numbers overflow, of tiny ones vanish
        floor = FLOOR * scale
        whole = unit * float(np.linalg.norm(np.ravel(distance / unit)))
        length = unit * float(np.linalg.norm(np.ravel(expected / unit)))
        return max(whole / (max(length, floor) or 1.0), largest / (max(peak, floor) or 1.0))


def compared(
    name: str, given: object, expected: FloatArray, scale: float, tolerance: float = TOLERANCE
) -> Comparison:
    """Compare one array.

    Parameters
    ----------
    name : str
        Of the parameter.
    given : object
        What the backward pass gave, ``None`` if nothing.
    expected : FloatArray
        The reference.
    scale : float
        The largest norm of any array.
    tolerance : float, default=1e-7
        Relative error that passes.

    Returns
    -------
    Comparison
        With the elements that disagree.
    """
    everything = np.ones(expected.shape, dtype=bool)
    if given is None:
        return Comparison(name, None, expected, np.inf, Status.MISSING, everything)
    array = np.asarray(given, dtype=np.float64)
    if array.shape != expected.shape:
        if array.size == expected.size == 1:
            array = array.reshape(expected.shape)
        else:
            return Comparison(name, array, expected, np.inf, Status.SHAPE, everything)
    error = relative_error(array, expected, scale)
    if error <= tolerance:
        nothing = np.zeros(expected.shape, dtype=bool)
        return Comparison(name, array, expected, error, Status.OK, nothing)
    peak = max(float(np.abs(expected).max(initial=0.0)), FLOOR * scale) or 1.0
    close = np.abs(array - expected) <= tolerance * np.maximum(np.abs(expected), 1e-3 * peak)
    return Comparison(name, array, expected, error, Status.WRONG, ~close)


def difference(given: Mapping[str, FloatArray], expected: Mapping[str, FloatArray]) -> float:
    """Return the course's number for all arrays together: 0 is equal, 1 is unrelated."""
    given_all = np.concatenate([np.ravel(given[name]) for name in expected])
    expected_all = np.concatenate([np.ravel(expected[name]) for name in expected])
    size = length(given_all) + length(expected_all)
    return length(given_all - expected_all) / size if size else 0.0
