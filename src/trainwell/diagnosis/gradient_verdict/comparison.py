r"""Two gradients compared element by element, on the scale of the whole gradient.

.. math:: \mathrm{error} = \max\left(
    \frac{\lVert g - r \rVert_2}{\max(\lVert r \rVert_2, 10^{-6} S)},
    \frac{\max |g - r|}{\max(\max |r|, 10^{-6} S)}\right)

with the largest norm of any array, S: a gradient that is zero for a reason, such as that of a bias
in front of batch norm, is compared on the scale of the rounding.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from math import hypot, inf, isfinite, isnan, sqrt

import numpy as np

from trainwell.types import BoolArray, FloatArray

TOLERANCE = 1e-7
"""Relative error that rounding may leave of a right gradient."""

FLOOR = 1e-6
"""Share of the largest array's norm below which nothing is compared relatively."""

_SMALL = 4096  # numbers, in memory that is at hand
_ORDINARY = (1e-280, 1e280)
"""Where sums of squares lie of which neither overflow nor underflow has taken anything."""


_CLEARLY = 1.01  # rounding of the sums left aside


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
    square = float(np.vdot(array, array))  # which does not warn of overflow
    if _ORDINARY[0] < square < _ORDINARY[1]:
        return sqrt(square)
    unit = peak_of(array)
    if not unit or not isfinite(unit):
        return unit
    return unit * float(np.linalg.norm(np.ravel(array / unit)))


def all_finite(array: FloatArray) -> bool:
    """Say whether no number is infinite or NaN."""
    return isfinite(np.vdot(array, array)) or bool(np.isfinite(array).all())


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
    if isfinite(np.vdot(given, given)) and isfinite(np.vdot(expected, expected)):
        distance = given - expected  # which neither overflows nor warns
    else:
        with np.errstate(all="ignore"):
            distance = given - expected
    largest = peak_of(distance)
    if not isfinite(largest):
        return inf
    if not largest:
        return 0.0
    floor = FLOOR * scale
    whole = length(distance) / (max(length(expected), floor) or 1.0)
    return max(whole, largest / (max(peak_of(expected), floor) or 1.0))


def are_close(given: FloatArray, expected: FloatArray, scale: float, tolerance: float) -> bool:
    """Say whether the error is at most a tolerance; sums of squares mostly tell.

    Parameters
    ----------
    given : FloatArray
        A gradient.
    expected : FloatArray
        The right one, of the same shape.
    scale : float
        The largest norm of any array.
    tolerance : float
        Of :func:`relative_error`.

    Returns
    -------
    bool
        False where a number is not finite.
    """
    square = float(np.vdot(expected, expected))
    if _ORDINARY[0] < square < _ORDINARY[1] and isfinite(np.vdot(given, given)):
        distance, floor = given - expected, FLOOR * scale
        apart = float(np.vdot(distance, distance))
        # The largest number is at least as large as their root mean square.
        if apart <= (tolerance * max(sqrt(square / expected.size), floor)) ** 2:
            return True
        if apart > _CLEARLY * (tolerance * max(sqrt(square), floor)) ** 2:
            return False
    return relative_error(given, expected, scale) <= tolerance


def peak_of(array: FloatArray) -> float:
    """Return the size of the largest number; infinite or NaN if one is so."""
    if array.size < _SMALL:
        return float(np.maximum.reduce(np.abs(array), axis=None, initial=0.0))
    # Without new memory, which costs more than it is to look twice.
    high = float(np.maximum.reduce(array, axis=None))
    return high if isnan(high) else max(high, -float(np.minimum.reduce(array, axis=None)))


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
    if given is None:
        everything = np.ones(expected.shape, dtype=bool)
        return Comparison(name, None, expected, np.inf, Status.MISSING, everything)
    array = np.asarray(given, dtype=np.float64)
    if array.shape != expected.shape:
        if array.size == expected.size == 1:
            array = array.reshape(expected.shape)
        else:
            everything = np.ones(expected.shape, dtype=bool)
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
    size = _whole(given[name] for name in expected) + _whole(expected.values())
    return _whole(given[name] - expected[name] for name in expected) / size if size else 0.0


def _whole(arrays: Iterable[FloatArray]) -> float:
    """Return the length of some arrays taken together, without overflow."""
    return hypot(*map(length, arrays))
