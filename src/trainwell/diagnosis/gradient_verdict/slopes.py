"""The slope of an untouched function along a direction: by a complex step, or by differences."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from trainwell.types import FloatArray

Function = Callable[[Callable[[str], Any]], Any]
"""From the values of the parameters, by name, to the cost."""

_MACHINE = float(np.finfo(np.float64).eps)
_STEP = 2.0**-100  # of the complex step: its square vanishes beside any real part
RUNGS = 2.0 ** -np.arange(5, 22, 2.0)  # steps of the ladder, for a direction of length one
_LONGER = 2.0 ** -np.arange(-1, 14, 2.0)  # beside which the noise of a rough function is less
_ROUGH = 1e-5  # relative error bar with which longer steps may be better
_SCATTERED = 3  # shortest steps: what they scatter by is the rounding of the function
_STAIRS = 3  # rungs further up, where a function that is flat in steps is so no longer
SHORT = 2.0 ** -np.arange(11, 16, 2.0)
"""Those with which the slope of a tame function is sharp."""


def direction(arrays: Mapping[str, FloatArray], rng: np.random.Generator) -> dict[str, FloatArray]:
    r"""Return a Gaussian direction, in the units of each array.

    .. math:: v_p \sim N(0, s_p^2), \qquad s_p = \mathrm{rms}(\theta_p) + 0.1

    Parameters
    ----------
    arrays : mapping of str to FloatArray
        The parameters.
    rng : numpy.random.Generator
        Draws it.

    Returns
    -------
    dict of str to FloatArray
        One array for each parameter.
    """
    noise = rng.standard_normal(sum(array.size for array in arrays.values()))
    v: dict[str, FloatArray] = {}
    begin = 0
    for name, array in arrays.items():
        v[name] = part = noise[begin : begin + array.size].reshape(array.shape)
        part *= scale_of(array)
        begin += array.size
    return v


def scale_of(array: FloatArray, least: float = 0.1) -> float:
    """Return the length of a typical move of one number of an array."""
    flat = array.ravel()
    return sqrt(float(flat @ flat) / max(1, array.size)) + least


@dataclass(frozen=True)
class Slope:
    """A derivative along a direction.

    Parameters
    ----------
    value : float
        The derivative.
    bar : float
        How far it may be off; 0 for a complex step, whose only error is rounding.
    method : {"complex", "ladder"}
        How it was found.
    """

    value: float
    bar: float
    method: str


def complex_slope(
    function: Function, arrays: Mapping[str, FloatArray], v: Mapping[str, FloatArray]
) -> Slope | None:
    r"""Return the derivative along a direction by a complex step; ``None`` if that is impossible.

    .. math:: \langle \nabla f, v \rangle = \mathrm{Im}\, f(\theta + i h v) / h

    Parameters
    ----------
    function : callable
        The untouched function.
    arrays : mapping of str to FloatArray
        Where.
    v : mapping of str to FloatArray
        The direction.

    Returns
    -------
    Slope or None
        Of a function that is analytic where it is evaluated.

    References
    ----------
    .. [1] W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real
       functions", SIAM Review 40(1), 1998.
    """
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", np.exceptions.ComplexWarning)  # a part would be lost
            value = np.asarray(function(lambda name: _stepped(arrays[name], v[name])))
    except Exception:  # noqa: BLE001 - the user's function may refuse complex numbers as it likes
        return None
    if value.size != 1 or value.dtype.kind != "c":
        return None
    slope = float(value.reshape(()).imag) / _STEP
    return Slope(slope, 0.0, "complex") if np.isfinite(slope) else None


def _stepped(array: FloatArray, v: FloatArray) -> Any:
    """Return an array moved a complex step along a direction."""
    moved = np.empty(array.shape, np.complex128)
    moved.real = array
    np.multiply(v, _STEP, out=moved.imag)
    return moved


def ladder_slope(
    function: Function,
    arrays: Mapping[str, FloatArray],
    v: Mapping[str, FloatArray],
    rungs: FloatArray = RUNGS,
) -> Slope:
    r"""Return the derivative along a direction by central differences, with an error bar.

    Steps from 2^-5 to 2^-21 of a direction of length one; neighbouring steps, a factor
    four apart, are extrapolated once, :math:`(16 d_{h/4} - d_h) / 15`. The bar is the
    distance to the neighbours and the rounding of the function, by which the shortest steps
    scatter; the smallest is taken.

    Parameters
    ----------
    function : callable
        The untouched function.
    arrays : mapping of str to FloatArray
        Where.
    v : mapping of str to FloatArray
        The direction.
    rungs : FloatArray, optional
        Other steps, each a quarter of the one before; at least three.

    Returns
    -------
    Slope
        With an infinite bar if nothing was finite.

    References
    ----------
    .. [1] C. J. F. Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", Advances in
       Engineering Software 4(2), 1982.
    """
    length = sqrt(sum(float(np.vdot(part, part)) for part in v.values())) or 1.0

    unit = _MACHINE  # that of the numbers in which the function gives its value

    def at(t: float) -> float:
        nonlocal unit
        with np.errstate(all="ignore"):
            value = np.real(np.asarray(function(lambda n: arrays[n] + (t / length) * v[n])))
        if value.dtype.kind == "f":
            unit = max(unit, float(np.finfo(value.dtype).eps))
        return float(value.reshape(()))

    pairs = [(at(h), at(-h)) for h in rungs]
    with np.errstate(all="ignore"):  # what is infinite so far away has no bar
        return _extrapolated(pairs, rungs, length, unit)


def _extrapolated(
    pairs: Sequence[tuple[float, float]], rungs: FloatArray, length: float, unit: float
) -> Slope:
    """Return the slope that shorter and shorter steps come to, with its error bar."""
    differences = np.array([(f - b) / (2 * h) for (f, b), h in zip(pairs, rungs, strict=True)])
    scatter = np.abs(np.diff(differences)) * rungs[1:]
    noise = np.median(scatter[-_SCATTERED:]) if len(rungs) > 2 * _SCATTERED else 0.0
    rounding = np.array([max(unit * max(abs(f), abs(b)), noise) for f, b in pairs]) / rungs
    better = (16 * differences[1:] - differences[:-1]) / 15
    bars = np.maximum(np.abs(np.diff(differences))[1:] / 15, np.abs(np.diff(better)))
    bars = bars + 2 * rounding[2:]
    flat = (differences[1:-1] == 0) & (differences[2:] == 0)
    # Flat here and not with a longer step: rounding makes such stairs.
    before = np.abs(differences[np.maximum(np.arange(len(bars)) - _STAIRS + 2, 0)])
    bars = np.where(flat, bars + before, bars)
    bars[~np.isfinite(bars)] = np.inf
    best = int(np.argmin(bars))
    return Slope(float(better[best + 1]) * length, float(bars[best]) * length, "ladder")


def longest_ladder(
    function: Function,
    arrays: Mapping[str, FloatArray],
    v: Mapping[str, FloatArray],
    size: float,
) -> Slope:
    """Return the derivative along a direction, with longer steps where the function is rough.

    Parameters
    ----------
    function : callable
        The untouched function.
    arrays : mapping of str to FloatArray
        Where.
    v : mapping of str to FloatArray
        The direction.
    size : float
        What is a long slope.

    Returns
    -------
    Slope
        That with the shorter error bar.
    """
    slope = ladder_slope(function, arrays, v)
    if slope.bar <= _ROUGH * size:
        return slope
    return min(slope, longer_slope(function, arrays, v), key=lambda each: each.bar)


def longer_slope(
    function: Function, arrays: Mapping[str, FloatArray], v: Mapping[str, FloatArray]
) -> Slope:
    """Return the derivative along a direction by longer steps, for a rough function.

    Parameters
    ----------
    function : callable
        The untouched function.
    arrays : mapping of str to FloatArray
        Where.
    v : mapping of str to FloatArray
        The direction.

    Returns
    -------
    Slope
        With an infinite bar if the function refuses such steps.
    """
    try:
        return ladder_slope(function, arrays, v, _LONGER)
    except Exception:  # noqa: BLE001 - so far away the user's function may refuse what it likes
        return Slope(np.nan, np.inf, "ladder")


def pairing(r: Mapping[str, FloatArray], v: Mapping[str, FloatArray]) -> float:
    """Return the slope that a gradient promises along a direction."""
    return sum(float(np.vdot(r[name], v[name])) for name in v)


def spread_of(r: Mapping[str, FloatArray], arrays: Mapping[str, FloatArray]) -> float:
    r"""Return the standard deviation of the slope along a random direction, ``||S r||``."""
    parts = (scale_of(arrays[name]) ** 2 * float(np.vdot(r[name], r[name])) for name in arrays)
    return sqrt(sum(parts))
