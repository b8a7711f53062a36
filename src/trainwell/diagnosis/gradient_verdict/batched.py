"""Many points at once: for functions that take arrays with one more axis in front."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_verdict.parameters import Arrays, Parameters
from trainwell.diagnosis.gradient_verdict.slopes import Slope
from trainwell.errors import ConfigurationError
from trainwell.randomness import generator

Element = tuple[str, tuple[int, ...]]
Values = Callable[[Callable[[str], Any]], Any]

_LARGEST = 2**22  # numbers that are stacked at once, at most
_ELEMENTS = 64  # that are looked at together
_COMPARED = 3  # points at which one by one and together must give the same
_SAME = 1e-3  # of the digits of a number, half of which is its rounding's square root


class Batched:
    """A function of stacked points.

    Parameters
    ----------
    f : callable
        Takes parameters with one more axis in front, the same for all, and returns as many numbers.
    parameters : Parameters
        One point.

    Attributes
    ----------
    calls : int
        How often the function was called.
    """

    def __init__(self, f: Callable[[Any], Any], parameters: Parameters) -> None:
        self.f, self.parameters = f, parameters
        self.calls = 0
        self._refuse_what_mixes_points()

    def slopes(
        self, elements: Iterable[Element], slope_of: Callable[[Values, Element], Slope], zero: Any
    ) -> Iterator[tuple[Element, Slope]]:
        """Yield the slope of each element.

        Parameters
        ----------
        elements : iterable of tuple
            Names and places.
        slope_of : callable
            Takes a function of one point, and an element.
        zero : float or complex
            What the function is said to be while it is noted where it is asked for.

        Yields
        ------
        tuple of tuple and Slope
            The element, and its slope.
        """
        waiting = iter(elements)
        while block := list(islice(waiting, _ELEMENTS)):
            asked: list[dict[str, Any]] = []
            counts = []
            note = partial(self._noted, asked, zero)
            for element in block:
                before = len(asked)
                slope_of(note, element)
                counts.append(len(asked) - before)
            known = iter(self._values(asked))
            for element, count in zip(block, counts, strict=True):
                own = islice(known, count)
                found = slope_of(lambda _, own=own: next(own), element)  # type: ignore[misc]
                list(own)  # a step that nobody asked for in the end
                yield element, found

    def _noted(self, asked: list[dict[str, Any]], zero: Any, values: Callable[[str], Any]) -> Any:
        """Add the point that is asked for to the list, which is modified."""
        asked.append({name: np.array(values(name)) for name in self._arrays})
        return zero

    @property
    def _arrays(self) -> Arrays:
        return self.parameters.arrays

    def _values(self, points: list[dict[str, Any]]) -> list[Any]:
        size = max(1, _LARGEST // self.parameters.count)
        found: list[Any] = []
        for first in range(0, len(points), size):
            found.extend(self._together(points[first : first + size]))
        return found

    def _together(self, points: list[dict[str, Any]]) -> Any:
        self.calls += 1
        given = self.parameters.rebuilt(lambda name: np.stack([point[name] for point in points]))
        values = np.asarray(self.f(given))
        if values.shape != (len(points),):
            raise ConfigurationError.contradiction(
                "numerical_gradient",
                f"with vectorized=True the function must return one number for each of"
                f" {len(points)} points, an array of shape ({len(points)},), got {values.shape}",
            )
        return values

    def _refuse_what_mixes_points(self) -> None:
        rng = generator(0, "points that a function must not mix")
        points = [
            {n: a + 0.01 * (1 + abs(a)) * rng.normal(size=a.shape) for n, a in self._arrays.items()}
            for _ in range(_COMPARED)
        ]
        with np.errstate(all="ignore"):
            together = self._together(points)
            alone = np.concatenate([self._together([point]) for point in points])
        kind = together.dtype if together.dtype.kind == "f" else np.dtype(np.float64)
        allowed = _SAME * np.sqrt(np.finfo(kind).eps) * np.max(np.abs(alone), initial=0.0)
        if np.any(np.isfinite(alone) & ~(np.abs(together - alone) <= allowed)):
            raise ConfigurationError.contradiction(
                "numerical_gradient",
                "with vectorized=True the function must not mix the points along the first axis;"
                " together they have other values than alone",
            )
