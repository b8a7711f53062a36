r"""Gradients by evaluating the function alone, with an error bar for each element."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_verdict.batched import Batched, Element, Values
from trainwell.diagnosis.gradient_verdict.parameters import Arrays, Parameters
from trainwell.diagnosis.gradient_verdict.slopes import (
    Slope,
    complex_slope,
    direction,
    ladder_slope,
    pairing,
    spread_of,
)
from trainwell.errors import ConfigurationError
from trainwell.randomness import generator
from trainwell.types import FloatArray

METHODS = ("complex", "richardson", "central")
_MACHINE = float(np.finfo(np.float64).eps)
_DIGITS = 8  # of the last digits, what rounding may cost a complex step
_AGREES = 1e-6  # of complex steps with differences, where a function is analytic
_FAR = 64.0  # times the step, to see whether a flat function is so for good


@dataclass(frozen=True, eq=False)
class NumericalGradient:
    """A gradient that was measured.

    Parameters
    ----------
    gradient : Any
        In the structure of the parameters; float64.
    bars : Any
        How far each element may be off, in the same structure; infinite where nothing
        finite was measured.
    method : {"complex", "richardson", "central"}
        How it was measured.
    calls : int
        How often the function was called.
    """

    gradient: Any
    bars: Any
    method: str
    calls: int


def numerical_gradient(
    f: Callable[[Any], Any],
    params: Any,
    *,
    method: str = "richardson",
    vectorized: bool = False,
) -> NumericalGradient:
    r"""Measure a gradient element by element, each with an error bar.

    Parameters
    ----------
    f : callable
        Takes what ``params`` is, returns one number; deterministic.
    params : mapping, sequence, object or FloatArray
        Where; taken as float64. Not modified.
    method : {"richardson", "complex", "central"}, default="richardson"
        ``"richardson"`` takes central differences of nine steps, extrapolated (18 calls for
        each element). ``"complex"`` takes :math:`\mathrm{Im}\, f(\theta + i h e_i) / h`,
        exact to rounding, of a function that is analytic and takes complex numbers (1 call).
        ``"central"`` takes differences of two steps, the usual way (4 calls).
    vectorized : bool, default=False
        Whether ``f`` takes every array with one more axis in front, for many points at once, and
        returns an array with a number for each: then there are few calls. It is compared with
        calls of one point first.

    Returns
    -------
    NumericalGradient
        ``found.gradient`` and ``found.bars``, in the structure of ``params``.

    Raises
    ------
    ConfigurationError
        If the method is not known, complex steps do not work for this function, or it mixes
        points that it is given together.
    DataError
        If there is no array of real numbers among the parameters, or one is not finite.

    See Also
    --------
    trainwell.diagnosis.gradient_check.numerical_gradient : The course's, without error bars.

    References
    ----------
    .. [1] C. J. F. Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", Advances in
       Engineering Software 4(2), 1982.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.diagnosis.gradient_verdict.numerical import numerical_gradient
    >>> found = numerical_gradient(lambda p: np.sum(np.exp(p["w"])), {"w": np.array([0.0, 1.0])})
    >>> error = np.abs(found.gradient["w"] - np.exp([0.0, 1.0]))
    >>> bool((error <= found.bars["w"]).all()), bool(found.bars["w"].max() < 1e-9)
    (True, True)
    """
    if method not in METHODS:
        raise ConfigurationError.unknown_name("method", method, METHODS)
    parameters = Parameters.of(params)
    arrays = parameters.arrays
    calls = 0

    def function(values: Callable[[str], Any]) -> Any:
        nonlocal calls
        calls += 1
        each = parameters.rebuilt(
            lambda name: (
                np.array(values(name))[np.newaxis] if vectorized else np.array(values(name))
            )
        )
        return f(each)

    def slope_of(asked: Values, element: Element) -> Slope:
        return _slope(asked, arrays, *element, method)

    elements = ((name, at) for name, array in arrays.items() for at in np.ndindex(array.shape))
    batched = Batched(f, parameters) if vectorized else None
    if batched is not None:
        found = batched.slopes(elements, slope_of, 0j if method == "complex" else 0.0)
    else:
        found = ((element, slope_of(function, element)) for element in elements)
    gradient = {name: np.zeros_like(array) for name, array in arrays.items()}
    bars = {name: np.zeros_like(array) for name, array in arrays.items()}
    for (name, at), slope in found:
        gradient[name][at], bars[name][at] = slope.value, slope.bar
    if method == "complex":
        _confirm(function, arrays, gradient)
    return NumericalGradient(
        parameters.rebuilt(lambda name: gradient[name]),
        parameters.rebuilt(lambda name: bars[name]),
        method,
        calls + (0 if batched is None else batched.calls),
    )


def _slope(function: Values, arrays: Arrays, name: str, at: tuple[int, ...], method: str) -> Slope:
    if method == "central":
        return _central(function, arrays, name, at)
    v = {other: np.zeros_like(array) for other, array in arrays.items()}
    v[name][at] = 1.0
    if method == "richardson":
        return ladder_slope(function, arrays, v)
    slope = complex_slope(function, arrays, v)
    if slope is None:
        raise ConfigurationError.contradiction(
            "numerical_gradient",
            "the function does not pass complex numbers through; use method='richardson'",
        )
    return Slope(slope.value, _DIGITS * _MACHINE * abs(slope.value), "complex")


def _central(function: Values, arrays: Arrays, name: str, at: tuple[int, ...]) -> Slope:
    """Return the difference of two points, and of two twice as far apart to see how it bends."""
    length = float(np.cbrt(_MACHINE)) * max(1.0, abs(float(arrays[name][at])))

    def value(step: float) -> tuple[float, float]:
        moved = arrays[name].copy()
        moved[at] += step
        found = function(lambda other: moved if other == name else arrays[other])
        return float(np.real(np.reshape(found, ()))), float(moved[at])

    def difference(step: float) -> tuple[float, float]:
        (above, up), (below, down) = value(step), value(-step)
        return (above - below) / (up - down), max(abs(above), abs(below))

    with np.errstate(all="ignore"):
        (slope, size), (longer, _) = difference(length), difference(2 * length)
        bar = abs(longer - slope) / 3 + 2 * _MACHINE * size / length
        if slope == longer == 0:  # flat here and not further off: rounding makes such stairs
            bar += abs(difference(_FAR * length)[0])
    return Slope(slope, bar if np.isfinite(bar) else np.inf, "central")


def _confirm(function: Values, arrays: Arrays, gradient: dict[str, FloatArray]) -> None:
    """Refuse complex steps through what is not analytic, such as an absolute value."""
    v = direction(arrays, generator(0, "direction that confirms complex steps"))
    slope = ladder_slope(function, arrays, v)
    allowed = _AGREES * spread_of(gradient, arrays) + 10 * slope.bar
    if np.isfinite(slope.bar) and not abs(slope.value - pairing(gradient, v)) <= allowed:
        raise ConfigurationError.contradiction(
            "numerical_gradient",
            "complex steps disagree with differences: the function is not analytic"
            " (abs, norm, conj); use method='richardson'",
        )
