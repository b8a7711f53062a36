"""Other points to check at: near the given one, and like those that training meets."""

from collections.abc import Mapping
from math import sqrt
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.constants import batch_size, shape_of
from trainwell.diagnosis.gradient_verdict.slopes import scale_of
from trainwell.diagnosis.gradient_verdict.symmetric import moved_alike
from trainwell.types import FloatArray

_LARGER = 0.25
_FEW = 64
_NEAR = 0.1
EXAMPLES = 5
"""A batch of one is repeated so often, with noise."""


def jittered(
    calls: Calls, rng: np.random.Generator, amount: float, alike: frozenset[str] = frozenset()
) -> Calls:
    """Return the same functions at a point nearby; one example becomes several.

    Parameters
    ----------
    calls : Calls
        The functions, and the point.
    rng : numpy.random.Generator
        Draws the move.
    amount : float
        Its length, in the units of each array (see :func:`scale_of`).
    alike : frozenset of str, default=frozenset()
        The symmetric matrices, which stay so, and as definite.

    Returns
    -------
    Calls
        With the parameters moved. The data are kept: they may obey rules that are not
        known here, such as shares that add up to 1.
    """
    arrays = _moved(calls.parameters.arrays, 1, rng, amount)
    arrays |= moved_alike(calls.parameters.arrays, alike, rng, amount)
    data = calls.data
    if batch_size(data) == 1:
        data = _repeated(data, rng)
    return calls.elsewhere(arrays, data)


def mirrored(
    calls: Calls,
    rng: np.random.Generator,
    *,
    positive: bool = False,
    alike: frozenset[str] = frozenset(),
) -> Calls:
    """Return the same functions where most numbers have the other sign.

    What is switched off at the given point is then switched on, and the reverse: in a
    first layer without exception.

    Parameters
    ----------
    calls : Calls
        The functions, and the point.
    rng : numpy.random.Generator
        Draws a small move.
    positive : bool, default=False
        Whether arrays of positive numbers get the other sign, too, if the cost stays finite:
        large biases may be all that keeps every unit active.
    alike : frozenset of str, default=frozenset()
        The symmetric matrices, which stay so, and keep their signs.

    Returns
    -------
    Calls
        What is positive stays so otherwise. Data that are not labels or shares are up to a quarter
        larger; the others are those of another example.
    """
    arrays = _moved(calls.parameters.arrays, -1, rng, _NEAR, always=positive)
    arrays |= moved_alike(calls.parameters.arrays, alike, rng, _NEAR)
    # Every number stays on its side of zero and of its equals: symmetric, sparse, sorted
    # data stay so.
    free = [_is_free(item) for item in calls.data]
    data = tuple(_larger(item) if may else item for item, may in zip(calls.data, free, strict=True))
    if not all(free):
        data = turned(data)
    found = calls.elsewhere(arrays, data)
    return found if not positive or _finite(found) else mirrored(calls, rng, alike=alike)


def _larger(item: FloatArray) -> FloatArray:
    """Return numbers that are up to a quarter larger, the largest one most."""
    larger = np.abs(item)
    larger *= _LARGER / larger.max()
    larger += 1
    larger *= item
    return larger


def _finite(calls: Calls) -> bool:
    """Say whether the cost can be computed at a point."""
    with np.errstate(all="ignore"):
        try:
            cost, _ = calls.value()
        except Exception:  # noqa: BLE001 - at a point that the user has not chosen
            return False
    return bool(np.isfinite(np.asarray(cost)).all())


def _moved(
    arrays: Mapping[str, FloatArray],
    sign: int,
    rng: np.random.Generator,
    amount: float,
    *,
    always: bool = False,
) -> dict[str, FloatArray]:
    """Return numbers around some middle: so signed, or themselves where all are positive."""
    # Any law will do; this one is quickly drawn.
    noise = rng.random(sum(array.size for array in arrays.values()))
    noise -= 0.5
    noise *= sqrt(12) * amount
    moved: dict[str, FloatArray] = {}
    begin = 0
    for name, array in arrays.items():
        moved[name] = part = noise[begin : begin + array.size].reshape(array.shape)
        begin += array.size
        if array.size and array.min() > 0 and not always:
            np.exp(part, out=part)
            part *= array
            continue
        part *= scale_of(array, min(0.1, 1 / sqrt(max((1, *array.shape)))))
        (np.add if sign > 0 else np.subtract)(part, array, out=part)
    return moved


def _is_free(item: Any) -> bool:
    """Say whether numbers may be moved: not labels, shares, masks or counts."""
    if type(item) is not np.ndarray or item.dtype.kind != "f":  # a matrix has products of its own
        return False
    if not item.size:
        return False
    few = item.flat[:_FEW]  # most data show it at once
    return _are_free(few) or _are_free(item)


def _are_free(numbers: FloatArray) -> bool:
    within = numbers.min() >= 0 and numbers.max() <= 1
    return not within and not bool((numbers == np.round(numbers)).all())


def turned(data: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the examples in another order, where it is clear which they are and order is free.

    Both axes of what is there for each pair of them, such as a graph, are turned.

    Parameters
    ----------
    data : tuple
        What the functions take beside the parameters.

    Returns
    -------
    tuple
        The same where nothing is clear.
    """
    count = batch_size(data)
    turned = []
    for item in data:
        shape = shape_of(item)
        axes = [axis for axis, length in enumerate(shape) if length == count]
        is_array = isinstance(item, np.ndarray)
        if axes and (not is_array or _is_ordered(item, len(axes))):
            return data
        turned.append(np.roll(item, [1] * len(axes), axes) if axes else item)
    return tuple(turned)


def _is_ordered(item: FloatArray, axes: int) -> bool:
    """Say whether numbers ascend, or half of those for each pair is empty: then order counts."""
    if item.dtype.kind not in "biufc":
        return False
    if item.ndim == 1:
        return bool((np.diff(item) >= 0).all())
    return axes > 1 and not (np.triu(item, 1).any() and np.tril(item, -1).any())


def _repeated(data: tuple[Any, ...], rng: np.random.Generator) -> tuple[Any, ...]:
    """Return one example as several, its floating-point numbers with noise."""
    shapes = [x.shape for x in data if isinstance(x, np.ndarray) and x.ndim]
    axis = -1 if all(shape[-1] == 1 for shape in shapes) else 0
    repeated = []
    for item in data:
        if not isinstance(item, np.ndarray) or not item.ndim:
            repeated.append(item)
            continue
        several = np.repeat(item, EXAMPLES, axis=axis)
        if _is_free(item):
            several = several + scale_of(item) * rng.standard_normal(several.shape)
        repeated.append(several)
    return tuple(repeated)
