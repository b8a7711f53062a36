"""PyTorch's operations in NumPy's words: so that a backward pass in torch is read as any other.

A function of :data:`OPERATIONS` has the signature of PyTorch's. What it does not know of it
refuses with a ``TypeError``; then the operation is recorded as PyTorch's own.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

Axis = int | tuple[int, ...] | None

ALIASES = {"detach", "data", "contiguous", "requires_grad_", "alias", "real"}
"""Operations that return the same numbers in the same memory."""

CASTS = {"to", "type", "type_as", "float", "double", "half", "bfloat16", "long", "int", "bool"}
"""Operations that change the kind of number, if it is another one."""

MADE = set(
    """zeros_like ones_like full_like empty_like rand_like randn_like zeros ones full empty eye
    bernoulli multinomial randint randperm normal poisson new_zeros new_ones new_full new_empty
    new_tensor tensor as_tensor arange linspace rand randn one_hot from_numpy""".split()  # noqa: SIM905 - a list to read
)
"""Operations whose result is made of nothing recorded."""


def _axes(dim: Any) -> Axis:
    if isinstance(dim, tuple | list):
        return tuple(int(at) for at in dim) or None
    return dim  # type: ignore[no-any-return]


def _reduction(function: Callable[..., Any]) -> Callable[..., Any]:
    def reduction(a: Any, dim: Any = None, keepdim: Any = None, *, axis: Any = None) -> Any:
        return function(a, axis=_axes(dim if axis is None else axis), keepdims=bool(keepdim))

    return reduction


def _spread(function: Callable[..., Any]) -> Callable[..., Any]:
    def spread(
        a: Any,
        dim: Any = None,
        unbiased: Any = None,
        keepdim: Any = None,
        *,
        correction: int | None = None,
    ) -> Any:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        ddof = correction if correction is not None else 0 if unbiased is False else 1
        return function(a, axis=_axes(dim), ddof=ddof, keepdims=bool(keepdim))

    return spread


def _add(a: Any, b: Any, *, alpha: Any = 1) -> Any:
    return np.add(a, b if alpha == 1 else np.multiply(alpha, b))


def _subtract(a: Any, b: Any, *, alpha: Any = 1) -> Any:
    return np.subtract(a, b if alpha == 1 else np.multiply(alpha, b))


def _divide(a: Any, b: Any, *, rounding_mode: str | None = None) -> Any:
    if rounding_mode == "floor":
        return np.floor_divide(a, b)
    if rounding_mode is not None:
        raise TypeError(rounding_mode)
    return np.divide(a, b)


def _clamp(a: Any, min: Any = None, max: Any = None) -> Any:  # noqa: A002
    if max is None:
        return np.maximum(a, min)
    return np.minimum(a, max) if min is None else np.clip(a, min, max)


def _transposed(a: Any) -> Any:
    return np.transpose(a)


def _swapped(a: Any, dim0: int, dim1: int) -> Any:
    return np.transpose(a) if a.ndim == 2 and dim0 != dim1 else np.swapaxes(a, dim0, dim1)


def _permuted(a: Any, *dims: Any) -> Any:
    return np.transpose(a, tuple(dims[0]) if isinstance(dims[0], tuple | list) else dims)


def _shaped(a: Any, *shape: Any) -> Any:
    wanted = shape[0] if isinstance(shape[0], tuple | list) else shape
    return np.reshape(a, tuple(int(n) for n in wanted))


def _flattened(a: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    shape = a.shape
    last = end_dim % max(len(shape), 1)
    joined = int(np.prod(shape[start_dim : last + 1], dtype=int))
    return np.reshape(a, (*shape[:start_dim], joined, *shape[last + 1 :]))


def _squeezed(a: Any, dim: Any = None) -> Any:
    if dim is None:
        return np.squeeze(a)
    return np.squeeze(a, axis=dim) if a.shape[dim] == 1 else np.reshape(a, a.shape)


def _expanded(a: Any, *shape: Any) -> Any:
    wanted = tuple(shape[0]) if isinstance(shape[0], tuple | list) else shape
    old = (*(1,) * (len(wanted) - a.ndim), *a.shape)
    full = tuple(o if n == -1 else n for n, o in zip(wanted, old, strict=True))
    return np.broadcast_to(a, full)


def _product(a: Any, b: Any) -> Any:
    return np.dot(a, b) if np.ndim(a) == np.ndim(b) == 1 else np.matmul(a, b)


def _plus_product(c: Any, a: Any, b: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    product = np.matmul(a, b)
    return np.add(
        c if beta == 1 else np.multiply(beta, c),
        product if alpha == 1 else np.multiply(alpha, product),
    )


def _linear(x: Any, weight: Any, bias: Any = None) -> Any:
    product = np.matmul(x, np.transpose(weight))
    return product if bias is None else np.add(product, bias)


def _einsum(equation: str, *operands: Any) -> Any:
    if len(operands) == 1 and isinstance(operands[0], tuple | list):
        operands = tuple(operands[0])
    return np.einsum(equation, *operands)


def _joined(function: Callable[..., Any]) -> Callable[..., Any]:
    def joined(tensors: Any, dim: int = 0) -> Any:
        return function(list(tensors), axis=dim)

    return joined


def _copied(a: Any, *, memory_format: Any = None) -> Any:
    del memory_format
    return np.copy(a)


def _rolled(a: Any, shifts: Any, dims: Any = None) -> Any:
    return np.roll(a, shifts, axis=dims)


def _flipped(a: Any, *dims: Any) -> Any:
    return np.flip(a, axis=tuple(dims[0]) if isinstance(dims[0], tuple | list) else dims)


def _where(condition: Any, a: Any, b: Any) -> Any:
    return np.where(condition, a, b)


def _chosen(a: Any, mask: Any, value: Any) -> Any:
    return np.where(mask, value, a)


def _largest(two: Callable[..., Any], one: Callable[..., Any]) -> Callable[..., Any]:
    def largest(a: Any, b: Any = None) -> Any:
        if isinstance(b, int):
            raise TypeError("with indices")
        return one(a) if b is None else two(a, b)

    return largest


def _triangle(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda a, diagonal=0: function(a, k=diagonal)


def _power(a: Any, exponent: Any) -> Any:
    return np.power(a, exponent)


def _relu(a: Any, inplace: Any = None) -> Any:
    if inplace:
        raise TypeError("in place")
    return np.maximum(a, 0)


def _reflected(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda a, b: function(b, a)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": _add,
    "sub": _subtract,
    "subtract": _subtract,
    "rsub": lambda a, b, *, alpha=1: _subtract(b, a, alpha=alpha),
    "mul": np.multiply,
    "multiply": np.multiply,
    "div": _divide,
    "divide": _divide,
    "true_divide": _divide,
    "pow": _power,
    "float_power": _power,
    "square": np.square,
    "rsqrt": lambda a: np.divide(1.0, np.sqrt(a)),
    "reciprocal": lambda a: np.divide(1.0, a),
    "neg": np.negative,
    "negative": np.negative,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "abs": np.absolute,
    "absolute": np.absolute,
    "sign": np.sign,
    "sgn": np.sign,
    "clamp": _clamp,
    "clip": _clamp,
    "clamp_min": _clamp,
    "clamp_max": lambda a, max: _clamp(a, None, max),  # noqa: A006
    "relu": _relu,
    "where": _where,
    "masked_fill": _chosen,
    "sum": _reduction(np.sum),
    "mean": _reduction(np.mean),
    "prod": _reduction(np.prod),
    "max": _largest(np.maximum, np.max),
    "min": _largest(np.minimum, np.min),
    "amax": _reduction(np.max),
    "amin": _reduction(np.min),
    "var": _spread(np.var),
    "std": _spread(np.std),
    "cumsum": lambda a, dim: np.cumsum(a, axis=dim),
    "matmul": _product,
    "mm": _product,
    "mv": _product,
    "bmm": _product,
    "dot": _product,
    "inner": np.inner,
    "outer": np.outer,
    "ger": np.outer,
    "addmm": _plus_product,
    "addmv": _plus_product,
    "linear": _linear,
    "einsum": _einsum,
    "t": _transposed,
    "T": _transposed,
    "mT": lambda a: np.swapaxes(a, -1, -2),
    "transpose": _swapped,
    "swapaxes": _swapped,
    "permute": _permuted,
    "reshape": _shaped,
    "view": _shaped,
    "view_as": lambda a, b: np.reshape(a, np.shape(b)),
    "reshape_as": lambda a, b: np.reshape(a, np.shape(b)),
    "flatten": _flattened,
    "ravel": lambda a: np.reshape(a, (-1,)),
    "unsqueeze": np.expand_dims,
    "squeeze": _squeezed,
    "expand": _expanded,
    "expand_as": lambda a, b: np.broadcast_to(a, np.shape(b)),
    "broadcast_to": lambda a, size: np.broadcast_to(a, tuple(size)),
    "clone": _copied,
    "cat": _joined(np.concatenate),
    "concat": _joined(np.concatenate),
    "concatenate": _joined(np.concatenate),
    "stack": _joined(np.stack),
    "flip": _flipped,
    "roll": _rolled,
    "tril": _triangle(np.tril),
    "triu": _triangle(np.triu),
    "diag": _triangle(np.diag),
}
"""By the name of PyTorch's function or method; arguments as there, in recorded arrays."""

OPERATIONS |= {
    name: getattr(np, name)
    for name in """exp expm1 log log1p log2 log10 tanh sqrt sin cos tan sinh cosh floor ceil trunc
    isnan isfinite isinf logical_not""".split()  # noqa: SIM905 - a list to read
}
OPERATIONS |= {
    torch: getattr(np, name)
    for torch, name in {
        "gt": "greater",
        "ge": "greater_equal",
        "lt": "less",
        "le": "less_equal",
        "eq": "equal",
        "ne": "not_equal",
        "greater": "greater",
        "greater_equal": "greater_equal",
        "less": "less",
        "less_equal": "less_equal",
        "logical_and": "logical_and",
        "logical_or": "logical_or",
        "logical_xor": "logical_xor",
        "and": "bitwise_and",
        "or": "bitwise_or",
        "xor": "bitwise_xor",
        "floordiv": "floor_divide",
        "remainder": "remainder",
        "logaddexp": "logaddexp",
        "atan2": "arctan2",
        "hypot": "hypot",
    }.items()
}
OPERATIONS |= {"invert": np.invert, "bitwise_not": np.invert}
OPERATIONS |= {
    "rdiv": _reflected(np.divide),
    "rpow": _reflected(np.power),
    "rmul": _reflected(np.multiply),
    "radd": _reflected(np.add),
    "rmatmul": _reflected(np.matmul),
    "truediv": _divide,
}


def name_of(function: Any) -> str:
    """Return what an operation is called: that of a property is the property's."""
    name = str(getattr(function, "__name__", function))
    if name == "__get__":
        return str(getattr(function.__self__, "__name__", ""))
    if name.startswith("__") and name.endswith("__"):
        short = name.strip("_")
        if short.startswith("i") and short not in ("invert", "index", "int"):
            return f"{short[1:]}_"
        return short
    return name
