"""Cotangents in the shape of the value that they belong to."""

from collections.abc import Callable
from typing import Any

import numpy as np

from trainwell.types import FloatArray

Axis = int | tuple[int, ...] | None
Pull = Callable[[FloatArray], Any]
Ruled = tuple[Any, tuple[Pull, ...]]
"""What an operation computed, and for each array argument its pull."""


def unbroadcast(cotangent: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """Return the sum of a cotangent over the axes along which a value was repeated."""
    if cotangent.shape == shape:
        return cotangent
    extra = cotangent.ndim - len(shape)
    if extra > 0:
        cotangent = np.add.reduce(cotangent, axis=tuple(range(extra)))
    elif extra < 0:  # a scalar that stands for all elements
        return repeated(cotangent, shape)
    stretched = tuple(at for at, size in enumerate(shape) if size == 1 and cotangent.shape[at] != 1)
    if stretched:
        cotangent = np.add.reduce(cotangent, axis=stretched, keepdims=True)
    return cotangent if cotangent.shape == shape else repeated(cotangent, shape)


def repeated(cotangent: Any, shape: tuple[int, ...]) -> FloatArray:
    """Return a cotangent, written as often as a shape needs it."""
    whole: FloatArray = np.empty(shape, cotangent.dtype)
    whole[...] = cotangent
    return whole


def spread(reduced: Any, shape: tuple[int, ...], axis: Axis, keepdims: object) -> Any:
    """Return a reduced array so that it broadcasts against what it was made of.

    Parameters
    ----------
    reduced : ndarray
        What is left.
    shape : tuple of int
        Of the array before.
    axis : int or tuple of int or None
        What was reduced.
    keepdims : bool
        Whether the axes are still there, with the length one.

    Returns
    -------
    ndarray
        With as many axes as the array before, or none.
    """
    if axis is None or keepdims:
        return reduced
    axes = axes_of(axis, len(shape))
    return np.reshape(reduced, tuple(1 if at in axes else n for at, n in enumerate(shape)))


def axes_of(axis: Axis, dimensions: int) -> tuple[int, ...]:
    """Return axes as a tuple of numbers that are not negative."""
    if axis is None:
        return tuple(range(dimensions))
    given = axis if isinstance(axis, tuple) else (axis,)
    return tuple(int(at) % dimensions for at in given) if dimensions else ()


def length(shape: tuple[int, ...], axis: Axis) -> int:
    """Return how many elements a reduction makes one of."""
    count = 1
    for at in axes_of(axis, len(shape)):
        count *= shape[at]
    return count
