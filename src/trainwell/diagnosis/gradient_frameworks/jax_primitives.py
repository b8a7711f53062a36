"""What NumPy does for the primitives of JAX."""

from collections.abc import Callable
from typing import Any

import numpy as np

Params = dict[str, Any]


def _dot_general(params: Params, a: Any, b: Any) -> Any:
    (left, right), (left_batch, right_batch) = params["dimension_numbers"]
    left, right = tuple(left), tuple(right)
    if not left_batch and a.ndim <= 2 and b.ndim <= 2 and len(left) == len(right) == 1:
        if a.ndim == 2 and left == (0,):
            a = np.transpose(a)
        if b.ndim == 2 and right == (1,):
            b = np.transpose(b)
        return np.dot(a, b) if a.ndim == b.ndim == 1 else np.matmul(a, b)
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    first = [next(letters) for _ in range(a.ndim)]
    second = [next(letters) for _ in range(b.ndim)]
    pairs = [*zip(left_batch, right_batch, strict=True), *zip(left, right, strict=True)]
    for i, j in pairs:
        second[j] = first[i]
    batch = [first[i] for i in left_batch]
    skipped = {first[i] for i in left} | set(batch)
    rest = [x for x in (*first, *second) if x not in skipped]
    return np.einsum(f"{''.join(first)},{''.join(second)}->{''.join([*batch, *rest])}", a, b)


def _broadcast(params: Params, a: Any, *_: Any) -> Any:
    shape = tuple(params["shape"])
    kept = [1] * len(shape)
    for at, length in zip(params["broadcast_dimensions"], np.shape(a), strict=True):
        kept[at] = length
    wide = np.reshape(a, tuple(kept))
    return wide if tuple(kept) == shape else np.broadcast_to(wide, shape)


def _transpose(params: Params, a: Any) -> Any:
    order = tuple(params["permutation"])
    return np.transpose(a) if order == (1, 0) else np.transpose(a, order)


def _slice(params: Params, a: Any) -> Any:
    steps = params["strides"] or (1,) * a.ndim
    bounds = zip(params["start_indices"], params["limit_indices"], steps, strict=True)
    return a[tuple(slice(*map(int, bound)) for bound in bounds)]


def _cumulated(params: Params, a: Any) -> Any:
    if params.get("reverse"):
        raise TypeError("reverse")
    return np.cumsum(a, axis=params["axis"])


def _elementwise(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda _, *values: function(*values)


def _reduction(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda params, a: function(a, axis=tuple(params["axes"]))


PRIMITIVES: dict[str, Callable[..., Any]] = {
    "integer_pow": lambda params, a: np.power(a, int(params["y"])),
    "rsqrt": lambda _, a: np.divide(1.0, np.sqrt(a)),
    "select_n": lambda _, which, no, yes: np.where(which, yes, no),
    "clamp": lambda _, low, a, high: np.clip(a, low, high),
    "reduce_sum": _reduction(np.sum),
    "reduce_max": _reduction(np.max),
    "reduce_min": _reduction(np.min),
    "reduce_prod": _reduction(np.prod),
    "dot_general": _dot_general,
    "broadcast_in_dim": _broadcast,
    "transpose": _transpose,
    "reshape": lambda params, a: np.reshape(a, tuple(params["new_sizes"])),
    "squeeze": lambda params, a: np.squeeze(a, axis=tuple(params["dimensions"])),
    "expand_dims": lambda params, a: np.expand_dims(a, tuple(params["dimensions"])),
    "concatenate": lambda params, *parts: np.concatenate(parts, axis=params["dimension"]),
    "slice": _slice,
    "rev": lambda params, a: np.flip(a, tuple(params["dimensions"])),
    "cumsum": _cumulated,
    "convert_element_type": lambda params, a: a.astype(np.dtype(params["new_dtype"])),
    **{
        jax: _elementwise(getattr(np, name))
        for jax, name in {
            "add": "add",
            "add_any": "add",
            "sub": "subtract",
            "mul": "multiply",
            "div": "divide",
            "neg": "negative",
            "pow": "power",
            "max": "maximum",
            "min": "minimum",
            "abs": "absolute",
            "sign": "sign",
            "square": "square",
            "sqrt": "sqrt",
            "cbrt": "cbrt",
            "exp": "exp",
            "exp2": "exp2",
            "expm1": "expm1",
            "log": "log",
            "log1p": "log1p",
            "tanh": "tanh",
            "sin": "sin",
            "cos": "cos",
            "tan": "tan",
            "sinh": "sinh",
            "cosh": "cosh",
            "floor": "floor",
            "ceil": "ceil",
            "rem": "fmod",
            "gt": "greater",
            "ge": "greater_equal",
            "lt": "less",
            "le": "less_equal",
            "eq": "equal",
            "ne": "not_equal",
            "and": "bitwise_and",
            "or": "bitwise_or",
            "xor": "bitwise_xor",
            "not": "invert",
            "is_finite": "isfinite",
        }.items()
    },
}
"""By the name of JAX's primitive: its settings, then recorded arrays."""
