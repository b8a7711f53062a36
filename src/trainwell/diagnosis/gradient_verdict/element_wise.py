"""A gradient one number at a time: of costs that the tape cannot follow."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, Self

import numpy as np

from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.own_units import is_small, own_slope
from trainwell.diagnosis.gradient_verdict.slopes import (
    SHORT,
    Slope,
    complex_slope,
    ladder_slope,
    longest_ladder,
    scale_of,
)
from trainwell.types import FloatArray

_SHARP = 1e-5  # relative error bar of what was measured in a number's own units
_ENOUGH = 3e-9
"""Error bar, relative to the largest slope so far, with which a short ladder is left at that."""

_PATIENCE = 2.0  # seconds before a person who waits is told for how long
_EVERY = 0.5  # seconds between two such lines


@dataclass(frozen=True, eq=False)
class Measured:
    """A gradient that was measured number by number.

    Parameters
    ----------
    gradient : dict of str to FloatArray
        By the name of the parameter.
    bars : dict of str to FloatArray
        How far each number may be off.
    method : {"complex", "central", "complex and central"}
        How the slopes were found, whatever was asked for: what refuses complex numbers
        has differences.
    passes : int
        Forward passes it took.
    """

    gradient: dict[str, FloatArray]
    bars: dict[str, FloatArray]
    method: str
    passes: int


def element_wise(calls: Calls, method: str) -> Measured:
    """Measure a gradient: one forward pass for each number, or 6 to 24 without complex steps.

    On a terminal the time that is left is shown, if it is long; Ctrl-C ends it.

    Parameters
    ----------
    calls : Calls
        The user's functions and the point.
    method : {"complex", "central"}
        Whether to try complex steps; differences with an error bar take over where the
        function refuses them.

    Returns
    -------
    Measured
        With an error bar for each number.
    """
    arrays = calls.parameters.arrays
    passes, largest, found = 0, 0.0, set()

    def function(values: Callable[[str], Any]) -> Any:
        nonlocal passes
        passes += 1
        return calls.cost_alone(values)

    gradient = {name: np.zeros_like(array) for name, array in arrays.items()}
    bars = {name: np.zeros_like(array) for name, array in arrays.items()}
    v = {name: np.zeros_like(array) for name, array in arrays.items()}
    with _Waiting(calls.parameters.count) as waiting:
        for name, array in arrays.items():
            for at in np.ndindex(array.shape):
                v[name][at] = 1.0
                slope = complex_slope(function, arrays, v) if method == "complex" else None
                slope = slope or _difference(function, arrays, v, largest, (name, at))
                v[name][at] = 0.0
                gradient[name][at], bars[name][at] = slope.value, slope.bar
                largest = max(largest, abs(slope.value)) if np.isfinite(slope.bar) else largest
                found.add("complex" if slope.method == "complex" else "central")
                waiting.one_more(passes)
    return Measured(gradient, bars, " and ".join(sorted(found, reverse=True)), passes)


def _difference(
    function: Callable[..., Any],
    arrays: Mapping[str, FloatArray],
    v: Mapping[str, FloatArray],
    largest: float,
    place: tuple[str, tuple[int, ...]],
) -> Slope:
    """Take three steps; all of the ladder, and longer ones, where these are not sharp enough.

    A number for which a usual step is a long way, or one that is refused, is moved by parts of
    itself.
    """
    name, at = place
    number = abs(float(arrays[name][at])) or scale_of(arrays[name], 0.0)
    own = None
    if is_small(number, arrays[name]):
        own = _in_own_units(function, arrays, v, number)
        if own.bar <= _SHARP * abs(own.value):
            return own
    try:
        slope = ladder_slope(function, arrays, v, SHORT)
        if slope.bar > _ENOUGH * max(largest, abs(slope.value)):
            slope = longest_ladder(function, arrays, v, max(largest, abs(slope.value)))
    except Exception:
        own = own or _in_own_units(function, arrays, v, number)
        if not np.isfinite(own.bar):
            raise
        return own
    return slope if own is None else min(slope, own, key=lambda each: each.bar)


def _in_own_units(
    function: Callable[..., Any],
    arrays: Mapping[str, FloatArray],
    v: Mapping[str, FloatArray],
    number: float,
) -> Slope:
    """Return the slope of one number, measured by parts of it."""
    unit = number or 1.0
    own = own_slope(function, arrays, {name: unit * part for name, part in v.items()})
    return replace(own, value=own.value / unit, bar=own.bar / unit)


class _Waiting:
    """Tells a person at a terminal how far the measurement is.

    Parameters
    ----------
    numbers : int
        How many there are.
    """

    def __init__(self, numbers: int) -> None:
        self.numbers, self.done = numbers, 0
        self.begun = self.told = perf_counter()
        self.shown = ""
        self.terminal = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def one_more(self, passes: int) -> None:
        """Count a number that was measured."""
        self.done += 1
        now = perf_counter()
        if not self.terminal or now - self.begun < _PATIENCE or now - self.told < _EVERY:
            return
        self.told = now
        left = (now - self.begun) / self.done * (self.numbers - self.done)
        self._show(
            f"trainwell: measured number by number: {self.done:,} of {self.numbers:,},"
            f" {passes:,} forward passes, about {left:.0f} s left (Ctrl-C stops)"
        )

    def __exit__(self, *_: object) -> None:
        if self.shown:
            self._show("")

    def _show(self, line: str) -> None:
        """Write a line in the place of the one before."""
        sys.stderr.write(f"\r{line:{len(self.shown)}}" + ("" if line else "\r"))
        sys.stderr.flush()
        self.shown = line
