"""Slopes by steps in the units of each number, where a usual step is a long way for some."""

from collections.abc import Mapping
from math import sqrt

import numpy as np

from trainwell.diagnosis.gradient_verdict.slopes import (
    RUNGS,
    Function,
    Slope,
    ladder_slope,
    longest_ladder,
    pairing,
    scale_of,
)
from trainwell.types import FloatArray

_SMALL = 1e-3  # of a typical move: a number for which that is a long way
_SHARP = 1e-5  # relative error bar of a slope that can be trusted
_NONE = Slope(np.nan, np.inf, "ladder")


def measured_slope(
    function: Function,
    r: Mapping[str, FloatArray],
    arrays: Mapping[str, FloatArray],
    v: Mapping[str, FloatArray],
    size: float,
) -> tuple[Slope, float, float]:
    r"""Measure the slope along a direction, in the units of each number where those differ.

    A variance of 1e-6 beside a coefficient of 1 is left far behind by a step that suits the
    coefficient. There each number is moved by a part of itself,
    :math:`w_i = v_i \min(|\theta_i|, s) / s`.

    Parameters
    ----------
    function : callable
        The untouched function.
    r : mapping of str to FloatArray
        A gradient that is to be confirmed.
    arrays : mapping of str to FloatArray
        Where.
    v : mapping of str to FloatArray
        The direction, in the units of each array.
    size : float
        What is a long slope along it.

    Returns
    -------
    slope : Slope
        What was measured; an exception of the function is not caught if no step is possible.
    promised : float
        The slope that the gradient promises there.
    size : float
        What is a long slope there.
    """
    promised = pairing(r, v)
    failure = None
    try:
        slope = longest_ladder(function, arrays, v, size)
    except Exception as error:  # noqa: BLE001 - so far away a function may refuse what it likes
        slope, failure = _NONE, error
    agrees = abs(slope.value - promised) <= slope.bar <= _SHARP * size
    if agrees or (failure is None and not any(map(_has_small, arrays.values()))):
        return slope, promised, size
    units = {name: _units(array) for name, array in arrays.items()}
    w = {name: v[name] / scale_of(array) * units[name] for name, array in arrays.items()}
    parts = (float(np.vdot(each, each)) for each in (units[name] * r[name] for name in r))
    own_size = sqrt(sum(parts)) or 1.0
    own = own_slope(function, arrays, w)
    if own.bar <= _SHARP * own_size:
        return own, pairing(r, w), own_size
    if failure is not None:
        raise failure
    return slope, promised, size


def own_slope(
    function: Function, arrays: Mapping[str, FloatArray], w: Mapping[str, FloatArray]
) -> Slope:
    """Measure a slope by steps that are parts of a direction as long as it is.

    Parameters
    ----------
    function : callable
        The untouched function.
    arrays : mapping of str to FloatArray
        Where.
    w : mapping of str to FloatArray
        The direction.

    Returns
    -------
    Slope
        With an infinite bar if the function refuses such steps.
    """
    length = sqrt(sum(float(np.vdot(part, part)) for part in w.values()))
    try:
        return ladder_slope(function, arrays, w, RUNGS * length)
    except Exception:  # noqa: BLE001 - the user's function may refuse what it likes
        return _NONE


def is_small(number: float, array: FloatArray) -> bool:
    """Say whether a usual step is a long way for a number of an array; not for one that is zero."""
    return 0 < abs(number) < _SMALL * scale_of(array)


def _has_small(array: FloatArray) -> bool:
    sizes = np.abs(array)
    return bool(((sizes > 0) & (sizes < _SMALL * scale_of(array))).any())


def _units(array: FloatArray) -> FloatArray:
    """Return how far each number may be moved: as far as it is large, at most a typical move."""
    scale = scale_of(array)
    usual = scale_of(array, 0.0) or scale
    return np.where(array == 0, usual, np.minimum(np.abs(array), scale))
