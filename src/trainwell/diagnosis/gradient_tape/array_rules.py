r"""Derivatives of the operations that add up, multiply, arrange or choose elements.

A rule takes the values of the arguments and returns what came out with its *pulls*: functions
from the cotangent of the result to that of each array argument, in their order.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.complex_rules import COMPLEX_RULES
from trainwell.diagnosis.gradient_tape.convolution_rules import CONVOLUTION_RULES
from trainwell.diagnosis.gradient_tape.cotangents import Axis, Pull, Ruled, unbroadcast
from trainwell.diagnosis.gradient_tape.decomposition_rules import DECOMPOSITION_RULES
from trainwell.diagnosis.gradient_tape.linalg_rules import LINALG_RULES
from trainwell.diagnosis.gradient_tape.product_rules import PRODUCT_RULES
from trainwell.diagnosis.gradient_tape.reduction_rules import REDUCTION_RULES
from trainwell.diagnosis.gradient_tape.special_rules import SPECIAL_RULES
from trainwell.types import FloatArray

__all__ = ["ARRAY_RULES", "PRODUCTS", "Pull", "unbroadcast"]


def _reshape(a: FloatArray, shape: Any, order: Any = "C") -> Ruled:
    """Arrange the cotangent as the argument was."""
    if order == "C":
        return a.reshape(shape), (lambda g: g.reshape(a.shape),)
    if order not in ("F", "A"):
        raise NotImplementedError
    # "A" is the order in memory: the argument's, which the cotangent need not share.
    told = "F" if order == "F" or (a.flags.fnc and not a.flags.c_contiguous) else "C"
    y = np.reshape(a, shape, order=told)  # type: ignore[call-overload]
    return y, (lambda g: np.reshape(g, a.shape, order=told),)  # type: ignore[call-overload]


def _ravel(a: FloatArray, order: str = "C") -> Ruled:
    """Arrange the cotangent as the argument was."""
    if order == "K":
        order = "A" if a.flags.forc else "K"
    return _reshape(a, (-1,), order)


def _transpose(a: FloatArray, axes: Sequence[int] | None = None) -> Ruled:
    """Exchange the axes back."""
    if axes is None:
        return a.T, (lambda g: g.T,)
    back = np.argsort([at % a.ndim for at in axes])
    return np.transpose(a, axes), (lambda g: np.transpose(g, back),)


def _swapaxes(a: FloatArray, axis1: int, axis2: int) -> Ruled:
    """Exchange the axes back."""
    return np.swapaxes(a, axis1, axis2), (lambda g: np.swapaxes(g, axis1, axis2),)


def _moveaxis(a: FloatArray, source: Any, destination: Any) -> Ruled:
    """Move the axes back."""
    return np.moveaxis(a, source, destination), (lambda g: np.moveaxis(g, destination, source),)


def _squeeze(a: FloatArray, axis: Axis = None) -> Ruled:
    """Arrange the cotangent as the argument was."""
    return np.squeeze(a, axis=axis), (lambda g: np.reshape(g, a.shape),)


def _expand_dims(a: FloatArray, axis: Any) -> Ruled:
    """Arrange the cotangent as the argument was."""
    return np.expand_dims(a, axis), (lambda g: np.reshape(g, a.shape),)


def _broadcast_to(a: FloatArray, shape: Any) -> Ruled:
    """Add up what was repeated."""
    return np.broadcast_to(a, shape), (lambda g: unbroadcast(g, a.shape),)


def _flip(a: FloatArray, axis: Axis = None) -> Ruled:
    """Turn the cotangent round, too."""
    return np.flip(a, axis), (lambda g: np.flip(g, axis),)


def _roll(a: FloatArray, shift: Any, axis: Axis = None) -> Ruled:
    """Roll back."""
    return np.roll(a, shift, axis), (lambda g: np.roll(g, np.negative(shift), axis),)


def _tile(a: FloatArray, reps: Any) -> Ruled:
    """Add up the copies."""
    repeats = (int(reps),) if np.ndim(reps) == 0 else tuple(reps)
    repeats = (1,) * (a.ndim - len(repeats)) + repeats
    shape = (1,) * (len(repeats) - a.ndim) + a.shape

    def pull(g: FloatArray) -> Any:
        parts = [n for pair in zip(repeats, shape, strict=True) for n in pair]
        summed = g.reshape(parts).sum(axis=tuple(range(0, len(parts), 2)))
        return summed.reshape(a.shape)

    return np.tile(a, reps), (pull,)


def _clip(a: FloatArray, a_min: Any = None, a_max: Any = None) -> Ruled:
    """Pass the gradient between the bounds."""
    low = -np.inf if a_min is None else a_min
    high = np.inf if a_max is None else a_max

    def pull(g: FloatArray) -> Any:
        return unbroadcast(g * ((a > low) & (a < high)), a.shape)

    return np.clip(a, a_min, a_max), (pull,)


def _arranging(function: Callable[..., Any]) -> Callable[..., Ruled]:
    """Return the rule of a function that only chooses elements and puts them somewhere."""

    def rule(a: FloatArray, **settings: Any) -> Ruled:
        places = function(np.arange(a.size).reshape(a.shape), **settings)

        def pull(g: FloatArray) -> Any:
            whole = np.zeros(a.size, g.dtype)
            np.add.at(whole, np.ravel(places), np.ravel(g))
            return whole.reshape(a.shape)

        return function(a, **settings), (pull,)

    return rule


def _stretched(a: Any, repeats: Any, axis: int | None = None) -> Any:
    return np.repeat(a, repeats, axis)


def _repeat(a: FloatArray, repeats: Any, axis: int | None = None) -> Ruled:
    """Add up the copies."""
    if np.ndim(repeats):
        return _arranging(_stretched)(a, repeats=repeats, axis=axis)
    flat = a.reshape(-1) if axis is None else a
    at = 0 if axis is None else axis % a.ndim
    shape = (*flat.shape[: at + 1], int(repeats), *flat.shape[at + 1 :])
    return np.repeat(a, repeats, axis), (
        lambda g: g.reshape(shape).sum(axis=at + 1).reshape(a.shape),
    )


def _diag(a: FloatArray, k: int = 0) -> Ruled:
    """Take from, or put on, the diagonal again."""
    if a.ndim == 2:
        return _arranging(np.diag)(a, k=k)
    return np.diag(a, k), (lambda g: np.diagonal(g, k),)


def _sort(a: FloatArray, axis: int | None = -1) -> Ruled:
    """Send each part of the cotangent to where its element came from."""
    flat, along = (a.reshape(-1), -1) if axis is None else (a, axis)
    order = np.argsort(flat, axis=along, kind="stable")
    y, (back,) = _arranging(np.take_along_axis)(flat, indices=order, axis=along)
    return y, (lambda g: back(g).reshape(a.shape),)


def _pad(a: FloatArray, pad_width: Any, mode: Any = "constant", constant_values: Any = 0) -> Ruled:
    """Cut the rim off again; where it repeats elements, add it to them."""
    if mode in ("edge", "reflect", "symmetric", "wrap"):
        return _arranging(np.pad)(a, pad_width=pad_width, mode=mode)
    if mode != "constant":
        raise NotImplementedError
    widths = np.broadcast_to(np.asarray(pad_width), (a.ndim, 2))
    pairs = zip(widths, a.shape, strict=True)
    inside = tuple(slice(int(before), int(before) + n) for (before, _), n in pairs)
    y = np.pad(a, pad_width, mode="constant", constant_values=constant_values)
    return y, (lambda g: g[inside],)


def _cast(a: FloatArray, dtype: Any) -> Ruled:
    """Pass the gradient where the kind of number can have one."""
    kind = np.dtype(dtype).kind
    return a.astype(dtype), (lambda g: g if kind in "fc" else None,)


def _copy(a: FloatArray, order: Any = "K") -> Ruled:
    """Pass the gradient."""
    return a.copy(order=order), (lambda g: g,)


def _nan_to_num(a: FloatArray) -> Ruled:
    """Pass the gradient where the numbers are finite."""
    return np.nan_to_num(a), (lambda g: np.where(np.isfinite(a), g, 0),)


def _tril(a: FloatArray, k: int = 0) -> Ruled:
    """Keep the same part of the cotangent."""
    return np.tril(a, k), (lambda g: unbroadcast(np.tril(g, k), a.shape),)


def _triu(a: FloatArray, k: int = 0) -> Ruled:
    """Keep the same part of the cotangent."""
    return np.triu(a, k), (lambda g: unbroadcast(np.triu(g, k), a.shape),)


ARRAY_RULES: dict[str, Callable[..., Ruled]] = (
    REDUCTION_RULES
    | PRODUCT_RULES
    | COMPLEX_RULES
    | CONVOLUTION_RULES
    | DECOMPOSITION_RULES
    | LINALG_RULES
    | SPECIAL_RULES
    | {
        "reshape": _reshape,
        "ravel": _ravel,
        "transpose": _transpose,
        "swapaxes": _swapaxes,
        "moveaxis": _moveaxis,
        "squeeze": _squeeze,
        "expand_dims": _expand_dims,
        "broadcast_to": _broadcast_to,
        "flip": _flip,
        "rot90": _arranging(np.rot90),
        "roll": _roll,
        "tile": _tile,
        "repeat": _repeat,
        "diag": _diag,
        "diagonal": _arranging(np.diagonal),
        "take": _arranging(np.take),
        "take_along_axis": _arranging(np.take_along_axis),
        "delete": _arranging(np.delete),
        "sliding_window_view": _arranging(np.lib.stride_tricks.sliding_window_view),
        "sort": _sort,
        "pad": _pad,
        "clip": _clip,
        "cast": _cast,
        "copy": _copy,
        "nan_to_num": _nan_to_num,
        "tril": _tril,
        "triu": _triu,
    }
)
"""By name; the first argument, for :data:`PRODUCTS` all, may be recorded."""

PRODUCTS = frozenset((*PRODUCT_RULES, *CONVOLUTION_RULES, "solve", "logsumexp"))
"""Operations of more than one array."""
