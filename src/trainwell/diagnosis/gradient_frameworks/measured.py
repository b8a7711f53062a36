"""A gradient measured by differences of the untouched function, one number at a time."""

from collections.abc import Callable
from math import inf
from time import perf_counter
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_frameworks.framework_subject import Point
from trainwell.diagnosis.gradient_tape.recorder import Unsupported
from trainwell.diagnosis.gradient_verdict.slopes import ladder_slope
from trainwell.types import FloatArray

Bars = dict[str, FloatArray]
"""How far each number may be off, by the name of its array."""


def measured(
    cost: Callable[[Callable[[str], Any]], float], point: Point, patience: float = inf
) -> tuple[dict[str, FloatArray], Bars]:
    """Return a gradient, and its error bars.

    Parameters
    ----------
    cost : callable
        From a function that gives each array by its name to the cost.
    point : mapping of str to FloatArray
        Where; arrays of other numbers than floating-point ones have a gradient of zero.
    patience : float, default=inf
        Seconds.

    Returns
    -------
    gradient, bars : dict of str to FloatArray
        By the name of the array.

    Raises
    ------
    Unsupported
        If it takes longer.
    """
    begun = perf_counter()
    gradient: dict[str, FloatArray] = {name: np.zeros(array.shape) for name, array in point.items()}
    bars: Bars = {name: np.zeros(array.shape) for name, array in point.items()}
    v = {name: np.zeros(array.shape) for name, array in point.items()}
    for name, array in point.items():
        for at in np.ndindex(array.shape) if array.dtype.kind == "f" else ():
            v[name][at] = 1.0
            slope = ladder_slope(cost, point, v)
            v[name][at] = 0.0
            gradient[name][at], bars[name][at] = slope.value, slope.bar
            if perf_counter() - begun > patience:
                raise Unsupported.operation("what has to be measured for so many numbers")
    return gradient, bars
