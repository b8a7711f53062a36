r"""Derivatives of the operations that make one number of many.

A rule takes the value of the argument and returns what came out with its *pull*: from the
cotangent of the result to that of the argument.
"""

# ruff: noqa: FBT002 - keepdims is where NumPy has it

from collections.abc import Callable
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.cotangents import (
    Axis,
    Ruled,
    axes_of,
    length,
    repeated,
    spread,
)
from trainwell.types import FloatArray


def _sum(a: FloatArray, axis: Axis = None, keepdims: Any = False) -> Ruled:
    r""":math:`\bar{a}_i = \bar{y}`."""

    def pull(g: FloatArray) -> Any:
        return repeated(spread(g, a.shape, axis, keepdims), a.shape)

    return np.add.reduce(a, axis=axis, keepdims=keepdims), (pull,)


def _mean(a: FloatArray, axis: Axis = None, keepdims: Any = False) -> Ruled:
    r""":math:`\bar{a}_i = \bar{y} / n`."""

    def pull(g: FloatArray) -> Any:
        share = g / length(a.shape, axis)
        return repeated(spread(share, a.shape, axis, keepdims), a.shape)

    return np.mean(a, axis=axis, keepdims=keepdims), (pull,)


def _prod(a: FloatArray, axis: Axis = None, keepdims: Any = False) -> Ruled:
    r""":math:`\bar{a}_i = \bar{y} \prod_{j \ne i} a_j`."""

    def pull(g: FloatArray) -> Any:
        axes = axes_of(axis, a.ndim)
        ends = tuple(range(-len(axes), 0))
        moved = np.moveaxis(a, axes, ends)
        rows = moved.reshape(-1, length(a.shape, axis)) if a.size else moved.reshape(0, 1)
        before, after = np.ones_like(rows), np.ones_like(rows)
        before[:, 1:] = np.cumprod(rows[:, :-1], axis=1)
        after[:, :-1] = np.cumprod(rows[:, :0:-1], axis=1)[:, ::-1]
        others = np.moveaxis((before * after).reshape(moved.shape), ends, axes)
        return spread(g, a.shape, axis, keepdims) * others

    return np.prod(a, axis=axis, keepdims=keepdims), (pull,)


def _var(a: FloatArray, axis: Axis = None, ddof: float = 0, keepdims: Any = False) -> Ruled:
    r""":math:`\bar{a}_i = 2 \bar{y} (a_i - \mu) / (n - \mathrm{ddof})`."""

    def pull(g: FloatArray) -> Any:
        centred = a - np.mean(a, axis=axis, keepdims=True)
        count = length(a.shape, axis) - ddof
        return spread(g, a.shape, axis, keepdims) * (2 * centred / count)

    return np.var(a, axis=axis, ddof=ddof, keepdims=keepdims), (pull,)


def _std(a: FloatArray, axis: Axis = None, ddof: float = 0, keepdims: Any = False) -> Ruled:
    r""":math:`\bar{a}_i = \bar{y} (a_i - \mu) / ((n - \mathrm{ddof})\, \sigma)`."""
    y = np.std(a, axis=axis, ddof=ddof, keepdims=keepdims)

    def pull(g: FloatArray) -> Any:
        centred = a - np.mean(a, axis=axis, keepdims=True)
        count = length(a.shape, axis) - ddof
        return spread(g / y, a.shape, axis, keepdims) * centred / count

    return y, (pull,)


def _extreme(largest: Callable[..., Any]) -> Callable[..., Ruled]:
    def rule(a: FloatArray, axis: Axis = None, keepdims: Any = False) -> Ruled:
        # The gradient goes to the winner; equal winners share it.
        y = largest(a, axis=axis, keepdims=keepdims)

        def pull(g: FloatArray) -> Any:
            winners = a == spread(y, a.shape, axis, keepdims)
            count = winners.sum(axis=axis, keepdims=True)
            return np.where(winners, spread(g, a.shape, axis, keepdims) / count.astype(g.dtype), 0)

        return y, (pull,)

    return rule


def _norm(
    a: FloatArray,
    ord: Any = None,  # noqa: A002 - as NumPy calls it
    axis: Axis = None,
    keepdims: Any = False,
) -> Ruled:
    r""":math:`\bar{a} = \bar{y} a / y`, of the Euclidean or the Frobenius norm."""
    vectors = a.ndim == 1 if axis is None else len(axes_of(axis, a.ndim)) == 1
    if ord is not None and ord != (2 if vectors else "fro"):
        raise NotImplementedError
    y = np.linalg.norm(a, ord=ord, axis=axis, keepdims=keepdims)

    def pull(g: FloatArray) -> Any:
        size = spread(y, a.shape, axis, keepdims)
        return spread(g, a.shape, axis, keepdims) * a / np.where(size == 0, 1, size)

    return y, (pull,)


def _cumsum(a: FloatArray, axis: int | None = None) -> Ruled:
    r""":math:`\bar{a}_i = \sum_{j \ge i} \bar{y}_j`."""

    def pull(g: FloatArray) -> Any:
        along = 0 if axis is None else axis
        back = np.flip(np.cumsum(np.flip(g, along), along), along)
        return np.reshape(back, a.shape)

    return np.cumsum(a, axis), (pull,)


def _trace(a: FloatArray, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Ruled:
    r""":math:`\bar{A} = \bar{y} I`, of each matrix where there are several."""

    def pull(g: FloatArray) -> Any:
        found = np.zeros(a.shape, g.dtype)
        matrices = np.moveaxis(found, (axis1, axis2), (-2, -1))
        matrices[...] = np.asarray(g)[..., None, None] * np.eye(*matrices.shape[-2:], offset)
        return found

    return np.trace(a, offset, axis1, axis2), (pull,)


REDUCTION_RULES: dict[str, Callable[..., Ruled]] = {
    "sum": _sum,
    "mean": _mean,
    "prod": _prod,
    "var": _var,
    "std": _std,
    "max": _extreme(np.max),
    "min": _extreme(np.min),
    "norm": _norm,
    "trace": _trace,
    "cumsum": _cumsum,
}
"""By name."""
