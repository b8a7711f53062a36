"""NumPy's functions of series, of products and of order, in terms of other handlers."""

from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.composed import Handlers, values_of
from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported


def _cumulative_product(f: Handlers, recorder: Recorder, a: Any, axis: int | None = None) -> Any:
    if axis is None:
        a, axis = f["ravel"](recorder, a), 0
    before = (slice(None),) * (axis % a.ndim)
    parts = [a[(*before, slice(0, 1))]]
    for at in range(1, a.shape[axis]):
        parts.append(parts[-1] * a[(*before, slice(at, at + 1))])
    return f["concatenate"](recorder, parts, axis)


def _trapezoid(
    f: Handlers, recorder: Recorder, y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1
) -> Any:
    before = (slice(None),) * (axis % y.ndim)
    mean = (y[(*before, slice(1, None))] + y[(*before, slice(None, -1))]) * 0.5
    if x is not None:
        along = np.ndim(values_of(x)) == 1 and y.ndim > 1
        dx = f["diff"](recorder, x, axis=0 if along else axis)
        if along:
            shape = [1] * y.ndim
            shape[axis] = -1
            dx = f["reshape"](recorder, dx, tuple(shape))
    return f["sum"](recorder, mean * dx, axis=axis)


def _kronecker(f: Handlers, recorder: Recorder, a: Any, b: Any) -> Any:
    one, two = np.shape(values_of(a)), np.shape(values_of(b))
    if len(one) != len(two):
        raise Unsupported.operation("kron of arrays with different numbers of axes")
    blocks = f["reshape"](recorder, a, tuple(n for size in one for n in (size, 1)))
    inside = f["reshape"](recorder, b, tuple(n for size in two for n in (1, size)))
    return f["reshape"](
        recorder, blocks * inside, tuple(m * n for m, n in zip(one, two, strict=True))
    )


def _many_dots(f: Handlers, recorder: Recorder, arrays: Sequence[Any]) -> Any:
    return reduce(partial(f["dot"], recorder), arrays)


def _matrix_power(f: Handlers, recorder: Recorder, a: Any, n: int) -> Any:
    if n == 0:
        raise Unsupported.operation("matrix_power(a, 0)")
    base = f["inv"](recorder, a) if n < 0 else a
    return reduce(partial(f["matmul"], recorder), [base] * abs(n))


def _block(f: Handlers, recorder: Recorder, arrays: Any) -> Any:
    if not isinstance(arrays, list) or not isinstance(arrays[0], list):
        raise Unsupported.operation("block of other than rows of arrays")
    rows = [[f["atleast_2d"](recorder, part) for part in row] for row in arrays]
    return f["vstack"](recorder, [f["hstack"](recorder, row) for row in rows])


def _mean_of_numbers(
    f: Handlers, recorder: Recorder, a: Any, axis: Any = None, *, keepdims: bool = False
) -> Any:
    missing = np.isnan(values_of(a))
    total = f["sum"](recorder, f["where"](recorder, missing, 0, a), axis=axis, keepdims=keepdims)
    count = np.sum(~missing, axis=axis, keepdims=keepdims)
    return total / count


def _extreme_of_numbers(name: str, instead: float) -> Callable[..., Any]:
    def handler(f: Handlers, recorder: Recorder, a: Any, axis: Any = None, **keywords: Any) -> Any:
        there = f["where"](recorder, np.isnan(values_of(a)), instead, a)
        return f[name](recorder, there, axis=axis, **keywords)

    return handler


def _quantile(
    f: Handlers,
    recorder: Recorder,
    a: Any,
    q: Any,
    axis: int | None = None,
    *,
    keepdims: bool = False,
) -> Any:
    """Interpolate between the two values in the order of size beside a place."""
    dimensions = a.ndim
    if np.ndim(q):
        each = [_quantile(f, recorder, a, one, axis, keepdims=keepdims) for one in q]
        return f["stack"](recorder, each)
    if axis is None:
        a, axis = f["ravel"](recorder, a), 0
        alone = (1,) * dimensions
    else:
        alone = tuple(1 if at == axis % dimensions else n for at, n in enumerate(a.shape))
    ordered = f["sort"](recorder, a, axis=axis)
    place = float(q) * (ordered.shape[axis] - 1)
    low = min(int(place), ordered.shape[axis] - 1)
    before = (slice(None),) * (axis % ordered.ndim)
    found = ordered[(*before, low)]
    if place > low:
        share = place - low
        found = found * (1 - share) + ordered[(*before, low + 1)] * share
    return f["reshape"](recorder, found, alone) if keepdims else found


def _percentile(
    f: Handlers, recorder: Recorder, a: Any, q: Any, axis: int | None = None, **keywords: Any
) -> Any:
    return _quantile(f, recorder, a, np.asarray(q) / 100, axis, **keywords)


def _median(f: Handlers, recorder: Recorder, a: Any, axis: Any = None, **keywords: Any) -> Any:
    return _quantile(f, recorder, a, 0.5, axis, **keywords)


def _along_axis(
    f: Handlers,
    recorder: Recorder,
    func1d: Callable[..., Any],
    axis: int,
    arr: Any,
    *args: Any,
    **keywords: Any,
) -> Any:
    """Call a function for each series along an axis."""
    moved = f["moveaxis"](recorder, arr, axis, -1)
    rows = f["reshape"](recorder, moved, (-1, moved.shape[-1]))
    results = [func1d(rows[at], *args, **keywords) for at in range(rows.shape[0])]
    found = f["array"](recorder, results)
    found = f["reshape"](recorder, found, (*moved.shape[:-1], *found.shape[1:]))
    return f["moveaxis"](recorder, found, -1, axis) if found.ndim == moved.ndim else found


COMPOSED_SERIES: dict[str, Callable[..., Any]] = {
    "cumprod": _cumulative_product,
    "trapezoid": _trapezoid,
    "kron": _kronecker,
    "multi_dot": _many_dots,
    "matrix_power": _matrix_power,
    "block": _block,
    "nanmean": _mean_of_numbers,
    "nanmax": _extreme_of_numbers("max", -np.inf),
    "nanmin": _extreme_of_numbers("min", np.inf),
    "quantile": _quantile,
    "percentile": _percentile,
    "median": _median,
    "apply_along_axis": _along_axis,
    "ediff1d": lambda f, recorder, ary: f["diff"](recorder, f["ravel"](recorder, ary)),
    "diagflat": lambda f, recorder, v, k=0: f["diag"](recorder, f["ravel"](recorder, v), k),
}
"""By the name of NumPy's function."""
