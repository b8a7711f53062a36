"""What a check at this point could not have seen, whatever the bug."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from trainwell.diagnosis.gradients.constants import batch_size
from trainwell.diagnosis.gradients.reference import Trace
from trainwell.types import FloatArray

_SWITCHES = ("maximum", "minimum", "greater", "greater_equal", "less", "less_equal")
_FLAT = 1e-9


ONE_SIDED = "every choice of"
"""What a blind spot begins with that a point with the opposite signs may cure."""


def blind_spots(
    trace: Trace | None,
    gradient: Mapping[str, FloatArray],
    arrays: Mapping[str, FloatArray],
    data: tuple[Any, ...],
    hyperparameters: Mapping[str, float],
) -> Iterator[str]:
    """Yield what a check at a point cannot reveal.

    Parameters
    ----------
    trace : Trace or None
        The recorded forward pass.
    gradient : mapping of str to FloatArray
        The reference.
    arrays : mapping of str to FloatArray
        The parameters.
    data : tuple
        What the cost was given beside them.
    hyperparameters : mapping of str to float
        Named numbers.

    Yields
    ------
    str
        One short sentence each; those of the hyperparameters cannot be cured by another point.
    """
    for name, value in hyperparameters.items():
        low = name.lower()
        if value == 0:
            yield f"{name} = 0: whatever is multiplied by it"
        elif value == 1 and ("keep" in low or "prob" in low):
            yield f"{name} = 1: dropout does nothing"
    yield from curable(trace, gradient, arrays, data)


def curable(
    trace: Trace | None,
    gradient: Mapping[str, FloatArray],
    arrays: Mapping[str, FloatArray],
    data: tuple[Any, ...],
) -> Iterator[str]:
    """Yield the blind spots that a generic point does not have.

    Parameters
    ----------
    trace : Trace or None
        The recorded forward pass.
    gradient : mapping of str to FloatArray
        The reference.
    arrays : mapping of str to FloatArray
        The parameters.
    data : tuple
        What the cost was given beside them.

    Yields
    ------
    str
        One short sentence each.
    """
    if batch_size(data) == 1:
        yield "one example: sums, means and which example is which"
    for name, array in arrays.items():
        yield from _degenerate(name, array)
    yield from _vanishing(gradient)
    if trace is not None:
        yield from _switches(trace)


def _degenerate(name: str, array: FloatArray) -> Iterator[str]:
    """Yield what equal numbers hide."""
    if array.size < 2:
        return
    if array.ndim > 1 and not array.any():
        yield f"{name} is zero: whatever passes through it"
    elif array.ndim > 1 and array.shape[0] > 1 and (array == array[:1]).all():
        yield f"{name} has equal rows: units that are exchanged"
    elif array.ndim == 1 and array.any() and (array == array[0]).all():
        yield f"{name} holds one number: elements that are exchanged"


def _vanishing(gradient: Mapping[str, FloatArray]) -> Iterator[str]:
    """Yield what a gradient of zero hides."""
    scale = max((float(np.abs(r).max(initial=0.0)) for r in gradient.values()), default=0.0)
    gone, thin = [], []
    for name, r in gradient.items():
        zeros = int((np.abs(r) <= _FLAT * scale).sum())
        if zeros == r.size > 0:
            gone.append(name)
        elif zeros:
            thin.append(name)
    if gone:
        yield f"the gradient of {', '.join(gone)} is zero: factors and signs of it"
    if thin:
        yield f"some elements of the gradient of {', '.join(thin)} are zero: theirs"


def _switches(trace: Trace) -> Iterator[str]:
    seen = set()
    for step in trace.recording.steps:
        if step.operation not in _SWITCHES or np.ndim(step.value) == 0 or np.size(step.value) < 2:
            continue
        first, second = (a.value if hasattr(a, "value") else a for a in step.arguments)
        above = np.greater(first, second)
        if above.all() or not above.any():
            line = step.place[1]
            if line not in seen:
                seen.add(line)
                where = f" in line {line}" if line else ""
                side = "first" if above.all() else "second"  # at another point it may be the other
                yield (
                    f"{ONE_SIDED} `{step.operation}`{where} falls on one side, the {side}:"
                    " a wrong mask"
                )
    if trace.recording.ties:
        count = sum(tie.count for tie in trace.recording.ties)
        yield f"{count} number{'s' if count > 1 else ''} exactly at a kink: on which side it counts"
