"""Comparison with a gradient that was measured: each number has an error bar of its own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_verdict.comparison import (
    FLOOR,
    TOLERANCE,
    Comparison,
    Status,
    compared,
    length,
    scale_of_all,
)
from trainwell.types import FloatArray

_WIDE = 10.0  # a bar is an estimate: so many of them are allowed
_BLUNT = 1e-3  # bars this long, beside the gradient, show nothing


def compared_by_bars(
    given: Mapping[str, Any],
    expected: Mapping[str, FloatArray],
    bars: Mapping[str, FloatArray],
    tolerance: float | None = None,
) -> tuple[dict[str, Comparison], tuple[str, ...]]:
    """Compare with whatever lies within the bars of a measured gradient, number by number.

    Parameters
    ----------
    given : mapping of str to Any
        What the backward pass gave for each parameter.
    expected : mapping of str to FloatArray
        What was measured.
    bars : mapping of str to FloatArray
        How far each number of it may be off.
    tolerance : float or None, default=None
        Relative error that passes beside the bars; ``None`` takes 1e-7.

    Returns
    -------
    arrays : dict of str to Comparison
        Right, wrong, or undecided where the bars are too long to tell.
    reasons : tuple of str
        Which are, and how long they are.

    Examples
    --------
    A bar may be longer for one number than for others:

    >>> import numpy as np
    >>> from trainwell.diagnosis.gradient_verdict.error_bars import compared_by_bars
    >>> expected, bars = {"w": np.array([1.0, 2.0])}, {"w": np.array([1e-12, 1e-5])}
    >>> for given in ([1.0, 2.00005], [1.00005, 2.0]):
    ...     print(compared_by_bars({"w": np.array(given)}, expected, bars)[0]["w"].status.name)
    OK
    WRONG
    """
    scale = scale_of_all(expected)
    arrays: dict[str, Comparison] = {}
    reasons = []
    for name, r in expected.items():
        plain = compared(name, given.get(name), r, scale, tolerance or TOLERANCE)
        arrays[name] = plain
        if plain.status in (Status.MISSING, Status.SHAPE) or plain.given is None:
            continue
        slack = _WIDE * bars[name]
        nearest = r + np.clip(plain.given - r, -slack, slack)
        near = compared(name, plain.given, nearest, scale, tolerance or TOLERANCE)
        arrays[name] = replace(near, expected=r, error=plain.error)
        share = length(bars[name]) / (max(length(r), FLOOR * scale) or 1.0)
        if near.status is Status.OK and not share <= (tolerance or _BLUNT):
            arrays[name] = replace(arrays[name], status=Status.UNDECIDED)
            reasons.append(_too_long(name, bars[name], share, tolerance))
    return arrays, tuple(reasons)


def _too_long(name: str, bars: FloatArray, share: float, tolerance: float | None) -> str:
    told = f"differences of your cost tell {name} to {share:.0e} of its length only"
    if tolerance:
        return f"{told}, and the tolerance is {tolerance:.0e}"
    longest = np.unravel_index(int(np.argmax(bars)), bars.shape)
    at = ", ".join(map(str, longest))
    return f"{told}: the cost is rough or noisy there, most of all along {name}[{at}]"
