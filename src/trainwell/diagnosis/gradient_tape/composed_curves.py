"""Functions of curves, tables and distances, in terms of other handlers."""

# ruff: noqa: ARG001 - handlers take the table, the recorder, and what NumPy takes

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.composed import Handlers, arrayed, values_of
from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported, kept

_ONE_BY_ONE = 4096  # elements, each of which is some operations


def _interp(
    f: Handlers,
    recorder: Recorder,
    x: Any,
    xp: Any,
    fp: Any,
    left: Any = None,
    right: Any = None,
    period: Any = None,
) -> Any:
    """Interpolate between the two points beside each place; what is outside stays as it is."""
    if period is not None:
        raise Unsupported.operation("interp(period=...)")
    places, points = values_of(x), np.asarray(values_of(xp))
    first = np.clip(np.searchsorted(points, places, side="right") - 1, 0, len(points) - 2)
    xp, fp = arrayed(f, recorder, xp), arrayed(f, recorder, fp)
    share = (x - xp[first]) / (xp[first + 1] - xp[first])
    found = fp[first] + share * (fp[first + 1] - fp[first])
    found = f["where"](recorder, places < points[0], fp[0] if left is None else left, found)
    return f["where"](recorder, places > points[-1], fp[-1] if right is None else right, found)


def _insert(
    f: Handlers, recorder: Recorder, arr: Any, obj: Any, values: Any, axis: int | None = None
) -> Any:
    """Insert at one place."""
    if np.ndim(values_of(obj)) or isinstance(obj, slice):
        raise Unsupported.operation("insert at several places")
    arr = arrayed(f, recorder, arr)
    if axis is None:
        arr, axis = f["ravel"](recorder, arr), 0
    at = int(values_of(obj)) % (arr.shape[axis] + 1 if obj >= 0 else arr.shape[axis])
    before = (slice(None),) * (axis % arr.ndim)
    put = arrayed(f, recorder, values)
    if (put.ndim == arr.ndim and axis % arr.ndim == 0) or put.ndim < arr.ndim:
        shape = list(arr.shape)
        shape[axis] = put.shape[axis] if put.ndim == arr.ndim else 1
        if put.ndim == arr.ndim - 1:
            put = f["expand_dims"](recorder, put, axis)
        put = f["broadcast_to"](recorder, put, tuple(shape))
    parts = [arr[(*before, slice(None, at))], put, arr[(*before, slice(at, None))]]
    return f["concatenate"](recorder, parts, axis)


def _polyval(f: Handlers, recorder: Recorder, p: Any, x: Any) -> Any:
    x = arrayed(f, recorder, x)
    found: Any = 0.0
    for coefficient in arrayed(f, recorder, p):
        found = found * x + coefficient
    return found


def _partition(
    f: Handlers, recorder: Recorder, a: Any, kth: Any, axis: int | None = -1, **_: Any
) -> Any:
    if axis is None:
        a, axis = f["ravel"](recorder, a), 0
    order = np.argpartition(values_of(a), kth, axis)
    return f["take_along_axis"](recorder, a, order, axis)


def _piecewise(
    f: Handlers,
    recorder: Recorder,
    x: Any,
    condlist: Any,
    funclist: Sequence[Any],
    *args: Any,
    **keywords: Any,
) -> Any:
    """Call each function where its condition holds; the last one holds everywhere else."""
    conditions = values_of(condlist)
    if np.ndim(conditions) == np.ndim(values_of(x)):
        conditions = [conditions]
    chosen = [np.asarray(each, bool) for each in conditions]
    if len(funclist) == len(chosen) + 1:
        chosen.append(~np.any(chosen, axis=0))
    y = recorder.constant(np.zeros_like(values_of(x)), "zeros")
    for where, function in zip(chosen, funclist, strict=True):
        y[where] = function(x[where], *args, **keywords) if callable(function) else function
    return y


def _gradient(
    f: Handlers, recorder: Recorder, a: Any, *spacing: Any, axis: Any = None, edge_order: int = 1
) -> Any:
    """Take central differences inside, one-sided ones at both ends."""
    axes = range(a.ndim) if axis is None else np.atleast_1d(axis)
    steps = spacing if len(spacing) == len(axes) else (spacing or (1.0,)) * len(axes)
    if edge_order != 1 or len(steps) != len(axes):
        raise Unsupported.operation("gradient with these arguments")
    found = [
        _slopes(f, recorder, a, int(along), step) for along, step in zip(axes, steps, strict=True)
    ]
    return found[0] if len(found) == 1 else tuple(found)


def _slopes(f: Handlers, recorder: Recorder, a: Any, axis: int, step: Any) -> Any:
    r"""Return slopes along an axis, at a distance or at places.

    Between steps :math:`h_1` and :math:`h_2`: :math:`(h_1 \, d_2 + h_2 \, d_1) / (h_1 + h_2)` of
    the one-sided differences.
    """
    sides = f["diff"](recorder, a, axis=axis)
    before = (slice(None),) * (axis % a.ndim)
    h = np.full(sides.shape[axis], step) if not np.ndim(values_of(step)) else np.diff(step)
    h = np.reshape(h, [-1 if at == axis % a.ndim else 1 for at in range(a.ndim)])
    sides = sides / h
    first, last = (*before, slice(None, -1)), (*before, slice(1, None))
    inside = (h[first] * sides[last] + h[last] * sides[first]) / (h[first] + h[last])
    ends = sides[(*before, slice(0, 1))], sides[(*before, slice(-1, None))]
    return f["concatenate"](recorder, [ends[0], inside, ends[1]], axis)


def _cov(
    f: Handlers,
    recorder: Recorder,
    m: Any,
    y: Any = None,
    rowvar: Any = True,  # noqa: FBT002 - as NumPy has it
    bias: Any = False,  # noqa: FBT002
    ddof: int | None = None,
    **others: Any,
) -> Any:
    if others:
        raise Unsupported.operation(f"cov({', '.join(others)}) with these arguments")
    rows = _as_rows(f, recorder, m, rowvar)
    if y is not None:
        rows = f["concatenate"](recorder, [rows, _as_rows(f, recorder, y, rowvar)], 0)
    count = rows.shape[1] - ((0 if bias else 1) if ddof is None else ddof)
    centred = rows - f["mean"](recorder, rows, axis=1, keepdims=True)
    found = f["matmul"](recorder, centred, centred.T) / count
    return f["squeeze"](recorder, found) if found.size == 1 else found


def _as_rows(f: Handlers, recorder: Recorder, m: Any, rowvar: Any) -> Any:
    array = arrayed(f, recorder, m)
    if array.ndim < 2:
        return f["reshape"](recorder, array, (1, -1))
    return array if rowvar else array.T


def _corrcoef(
    f: Handlers,
    recorder: Recorder,
    x: Any,
    y: Any = None,
    rowvar: Any = True,  # noqa: FBT002 - as NumPy has it
) -> Any:
    found = _cov(f, recorder, x, y, rowvar)
    if not found.ndim:
        return found / found
    deviations = recorder.traced(recorder.elementwise(np.sqrt, (f["diagonal"](recorder, found),)))
    return found / deviations[:, None] / deviations


def _sums_between(
    f: Handlers, recorder: Recorder, a: Any, indices: Any, axis: int = 0, **_: Any
) -> Any:
    """Add up from each index to the next: ``np.add.reduceat``."""
    places, values = kept(np.asarray(values_of(indices))), values_of(a)
    lengths = np.diff(np.append(places, values.shape[axis]))
    if np.any(lengths <= 0):
        raise Unsupported.operation("add.reduceat of indices that do not increase")
    before = np.zeros_like(np.take(values, np.arange(places[0]), axis))

    def pull(g: Any) -> Any:
        return np.concatenate([before, np.repeat(g, lengths, axis)], axis)

    value = np.add.reduceat(values, places, axis)
    call = partial(np.add.reduceat, axis=axis)
    return recorder.traced(
        recorder.general("reduceat", value, call, (a.step, places), (pull, None))
    )


def _vectorized(f: Handlers, recorder: Recorder, function: Any, *args: Any) -> Any:
    """Call a function of numbers for each element."""
    arrays = f["broadcast_arrays"](recorder, *(arrayed(f, recorder, each) for each in args))
    shape, flat = arrays[0].shape, [f["ravel"](recorder, each) for each in arrays]
    if flat[0].size > _ONE_BY_ONE:
        raise Unsupported.operation("vectorize of so many elements")
    results = [function(*(each[at] for each in flat)) for at in range(flat[0].size)]
    return f["reshape"](recorder, arrayed(f, recorder, results), shape)


def _sinc(f: Handlers, recorder: Recorder, x: Any) -> Any:
    y = f["where"](recorder, values_of(x) == 0, 1e-20, x) * np.pi
    return recorder.traced(recorder.elementwise(np.sin, (y,))) / y


def _meshgrid(
    f: Handlers,
    recorder: Recorder,
    *xi: Any,
    indexing: str = "xy",
    sparse: bool = False,
    copy: bool = True,
) -> Any:
    count = len(xi)
    order = [*range(count)]
    if indexing == "xy" and count > 1:
        order[:2] = 1, 0
    lines = []
    for at, each in zip(order, xi, strict=True):
        shape = [1] * count
        shape[at] = -1
        lines.append(f["reshape"](recorder, arrayed(f, recorder, each), tuple(shape)))
    if sparse:
        return tuple(lines)
    return tuple(f["copy"](recorder, each) for each in f["broadcast_arrays"](recorder, *lines))


def _as_strided(
    f: Handlers, recorder: Recorder, x: Any, shape: Any = None, strides: Any = None, **_: Any
) -> Any:
    """Take elements by where they lie in memory."""
    lying = _offsets(x.shape, x.strides).ravel()
    wanted = _offsets(
        x.shape if shape is None else tuple(values_of(shape)),
        x.strides if strides is None else tuple(values_of(strides)),
    )
    order = np.argsort(lying, kind="stable")
    found = np.minimum(np.searchsorted(lying[order], wanted), lying.size - 1)
    if not np.array_equal(lying[order][found], wanted):
        raise Unsupported.operation("as_strided beyond an array")
    return f["ravel"](recorder, x)[order[found]]


def _offsets(shape: Sequence[int], strides: Sequence[int]) -> Any:
    """Return how many bytes behind the first element each of them lies."""
    if len(shape) != len(strides):
        raise Unsupported.operation("as_strided with these arguments")
    found = np.zeros((), np.int64)
    for length, stride in zip(shape, strides, strict=True):
        found = found[..., np.newaxis] + np.arange(length) * stride
    return found


def _cdist(
    f: Handlers, recorder: Recorder, a: Any, b: Any, metric: str = "euclidean", **others: Any
) -> Any:
    if others:
        raise Unsupported.operation("cdist with these arguments")
    a, b = arrayed(f, recorder, a), arrayed(f, recorder, b)
    return _lengths(f, recorder, a[:, None, :] - b[None, :, :], metric)


def _pdist(
    f: Handlers, recorder: Recorder, a: Any, metric: str = "euclidean", **others: Any
) -> Any:
    if others:
        raise Unsupported.operation("pdist with these arguments")
    first, second = np.triu_indices(a.shape[0], 1)
    return _lengths(f, recorder, a[first] - a[second], metric)


def _lengths(f: Handlers, recorder: Recorder, gaps: Any, metric: str) -> Any:
    if metric in ("euclidean", "sqeuclidean"):
        squares = f["sum"](recorder, gaps * gaps, axis=-1)
        if metric == "sqeuclidean":
            return squares
        return recorder.traced(recorder.elementwise(np.sqrt, (squares,)))
    if metric == "cityblock":
        sizes = recorder.traced(recorder.elementwise(np.absolute, (gaps,)))
        return f["sum"](recorder, sizes, axis=-1)
    raise Unsupported.operation(f"distances by {metric}")


def _squareform(f: Handlers, recorder: Recorder, x: Any, *_: Any, **__: Any) -> Any:
    """Write the distances of pairs into a matrix, or read them there."""
    if x.ndim == 2:
        return x[np.triu_indices(x.shape[0], 1)]
    count = round((1 + (1 + 8 * x.size) ** 0.5) / 2)
    pairs = np.triu_indices(count, 1)
    found = recorder.constant(np.zeros((count, count)), "zeros")
    found[pairs] = x
    return found + found.T


COMPOSED_CURVES: dict[str, Callable[..., Any]] = {
    "interp": _interp,
    "insert": _insert,
    "polyval": _polyval,
    "partition": _partition,
    "piecewise": _piecewise,
    "gradient": _gradient,
    "cov": _cov,
    "corrcoef": _corrcoef,
    "add_reduceat": _sums_between,
    "vectorized": _vectorized,
    "sinc": _sinc,
    "meshgrid": _meshgrid,
    "as_strided": _as_strided,
    "cdist": _cdist,
    "pdist": _pdist,
    "squareform": _squareform,
}
"""By the name of NumPy's function, or SciPy's."""
