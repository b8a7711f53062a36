"""NumPy's functions that are made of others, in terms of their handlers, or have no rule alone.

A handler takes the table of all handlers, the recorder and the function's own arguments.
"""

# ruff: noqa: ARG001, FBT002 - handlers take the table, the recorder, and what NumPy takes

from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported, is_traced, kept, noted
from trainwell.diagnosis.gradient_tape.recording import filled, steps_in

Handlers = Mapping[str, Callable[..., Any]]


def values_of(value: Any) -> Any:
    """Return a value without its recording, also within sequences."""
    return filled(noted(value))


def arrayed(f: Handlers, recorder: Recorder, value: Any) -> Any:
    """Return an array, recorded if something in it is.

    Parameters
    ----------
    f : mapping of str to callable
        All handlers.
    recorder : Recorder
        Where it is written down.
    value : array_like
        Any.

    Returns
    -------
    Traced or ndarray
        Itself, if it is an array.
    """
    if is_traced(value) or any(True for _ in steps_in(noted(value))):
        return f["asarray"](recorder, value)
    return np.asarray(value)


def _split(f: Handlers, recorder: Recorder, a: Any, sections: Any, axis: int = 0) -> Any:
    n = a.shape[axis]
    if np.ndim(sections) == 0 and n % sections:
        raise ValueError("array split does not result in an equal division")
    return _array_split(f, recorder, a, sections, axis)


def _array_split(f: Handlers, recorder: Recorder, a: Any, sections: Any, axis: int = 0) -> Any:
    n = a.shape[axis]
    if np.ndim(sections) == 0:
        size, left = divmod(n, int(sections))
        lengths = [size + 1] * left + [size] * (int(sections) - left)
        edges = [sum(lengths[:at]) for at in range(len(lengths) + 1)]
    else:
        edges = [0, *(int(at) for at in sections), n]
    before = (slice(None),) * (axis % a.ndim)
    return [a[(*before, slice(start, stop))] for start, stop in pairwise(edges)]


def _at_least(f: Handlers, recorder: Recorder, a: Any, dimensions: int) -> Any:
    missing = dimensions - np.ndim(values_of(a))
    if missing <= 0:
        return a
    return f["reshape"](recorder, a, (1,) * missing + np.shape(values_of(a)))


def _hstack(f: Handlers, recorder: Recorder, arrays: Any) -> Any:
    rows = [_at_least(f, recorder, x, 1) for x in arrays]
    flat = np.ndim(values_of(rows[0])) == 1
    return f["concatenate"](recorder, rows, 0 if flat else 1)


def _vstack(f: Handlers, recorder: Recorder, arrays: Any) -> Any:
    return f["concatenate"](recorder, [_at_least(f, recorder, x, 2) for x in arrays], 0)


def _column_stack(f: Handlers, recorder: Recorder, arrays: Any) -> Any:
    columns = [
        x if np.ndim(values_of(x)) > 1 else f["reshape"](recorder, x, (-1, 1)) for x in arrays
    ]
    return f["concatenate"](recorder, columns, 1)


def _dstack(f: Handlers, recorder: Recorder, arrays: Any) -> Any:
    layers = []
    for x in arrays:
        rows = _at_least(f, recorder, x, 2)
        shape = np.shape(values_of(rows))
        layers.append(rows if len(shape) > 2 else f["reshape"](recorder, rows, (*shape, 1)))
    return f["concatenate"](recorder, layers, 2)


def _append(f: Handlers, recorder: Recorder, a: Any, values: Any, axis: int | None = None) -> Any:
    return f["concatenate"](recorder, [a, values], axis)


def _clip(
    f: Handlers,
    recorder: Recorder,
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    out: Any = None,
    **bounds: Any,
) -> Any:
    low, high = bounds.pop("min", a_min), bounds.pop("max", a_max)
    if bounds or out is not None:
        raise Unsupported.operation("clip with these arguments")
    if not is_traced(low) and not is_traced(high):
        return recorder.traced(recorder.by_rule("clip", (a,), a_min=low, a_max=high))
    if low is not None:
        a = recorder.traced(recorder.elementwise(np.maximum, (a, low)))
    if high is not None:
        a = recorder.traced(recorder.elementwise(np.minimum, (a, high)))
    return a


def _average(f: Handlers, recorder: Recorder, a: Any, axis: Any = None, weights: Any = None) -> Any:
    if weights is None:
        return f["mean"](recorder, a, axis=axis)
    if np.shape(values_of(weights)) != np.shape(values_of(a)):
        if not isinstance(axis, int):
            raise Unsupported.operation("average with these weights")
        shape = [1] * np.ndim(values_of(a))
        shape[axis] = -1
        weights = f["reshape"](recorder, weights, tuple(shape))
    product = recorder.traced(recorder.elementwise(np.multiply, (a, weights)))
    ones = np.ones_like(values_of(a))
    share = recorder.traced(recorder.elementwise(np.multiply, (ones, weights)))
    total = f["sum"](recorder, share, axis=axis)
    summed = f["sum"](recorder, product, axis=axis)
    return recorder.traced(recorder.elementwise(np.divide, (summed, total)))


def _diff(f: Handlers, recorder: Recorder, a: Any, n: int = 1, axis: int = -1) -> Any:
    before = (slice(None),) * (axis % a.ndim)
    for _ in range(n):
        pair = a[(*before, slice(1, None))], a[(*before, slice(None, -1))]
        a = recorder.traced(recorder.elementwise(np.subtract, pair))
    return a


def _spread_of(f: Handlers, recorder: Recorder, a: Any, axis: Any = None) -> Any:
    pair = f["max"](recorder, a, axis=axis), f["min"](recorder, a, axis=axis)
    return recorder.traced(recorder.elementwise(np.subtract, pair))


def _sum_of_numbers(f: Handlers, recorder: Recorder, a: Any, *args: Any, **keywords: Any) -> Any:
    return f["sum"](recorder, f["where"](recorder, np.isnan(values_of(a)), 0, a), *args, **keywords)


def _copy_to(
    f: Handlers,
    recorder: Recorder,
    target: Any,
    source: Any,
    casting: str = "same_kind",
    where: Any = True,
) -> None:
    if not is_traced(target):
        raise Unsupported.operation("copyto an array made before")
    target[...] = source if where is True else f["where"](recorder, where, source, target)


def _fill_diagonal(f: Handlers, recorder: Recorder, a: Any, value: Any) -> None:
    if not is_traced(a) or a.ndim != 2:
        raise Unsupported.operation("fill_diagonal with these arguments")
    places = np.arange(min(a.shape))
    if np.size(values_of(value)) not in (1, len(places)):  # it would be repeated
        raise Unsupported.operation("fill_diagonal with these arguments")
    a[places, places] = value


def _flipped(axis: int) -> Callable[..., Any]:
    def handler(f: Handlers, recorder: Recorder, a: Any) -> Any:
        return f["flip"](recorder, a, axis)

    return handler


def _bincount(
    f: Handlers, recorder: Recorder, x: Any, weights: Any = None, minlength: int = 0
) -> Any:
    """Add up weights by their number: each has the cotangent of its sum."""
    places = kept(values_of(x))
    if not is_traced(weights):
        return np.bincount(places, values_of(weights), minlength)
    value = np.bincount(places, weights.step.value, minlength)
    call = partial(np.bincount, minlength=minlength)
    pulls = (None, lambda g: g[places])
    return recorder.traced(recorder.general("bincount", value, call, (places, weights.step), pulls))


def _logarithm_of_sum(
    f: Handlers,
    recorder: Recorder,
    a: Any,
    axis: Any = None,
    b: Any = None,
    keepdims: Any = False,
    return_sign: Any = False,
) -> Any:
    """Do as SciPy's ``logsumexp`` does."""
    if return_sign:
        raise Unsupported.operation("logsumexp(..., return_sign=True)")
    arrays = (a,) if b is None else (a, b)
    return recorder.traced(
        recorder.by_rule("logsumexp", arrays, axis=axis, keepdims=bool(keepdims))
    )


COMPOSED: dict[str, Callable[..., Any]] = {
    "split": _split,
    "array_split": _array_split,
    "hsplit": lambda f, recorder, a, n: _split(f, recorder, a, n, 1 if a.ndim > 1 else 0),
    "vsplit": lambda f, recorder, a, n: _split(f, recorder, a, n, 0),
    "hstack": _hstack,
    "vstack": _vstack,
    "row_stack": _vstack,
    "column_stack": _column_stack,
    "dstack": _dstack,
    "append": _append,
    "clip": _clip,
    "bincount": _bincount,
    "average": _average,
    "diff": _diff,
    "ptp": _spread_of,
    "nansum": _sum_of_numbers,
    "copyto": _copy_to,
    "fill_diagonal": _fill_diagonal,
    "logsumexp_of_scipy": _logarithm_of_sum,
    "flipud": _flipped(0),
    "fliplr": _flipped(1),
}
"""By the name of NumPy's function."""
