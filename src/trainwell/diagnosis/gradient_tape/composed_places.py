"""NumPy's functions that write to places of an array, or choose from them, as assignments."""

# ruff: noqa: ARG001 - handlers take the table, the recorder, and what NumPy takes

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.composed import Handlers, values_of
from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported, is_traced, kept


def _must_be_recorded(name: str, a: Any) -> None:
    if not is_traced(a):
        raise Unsupported.operation(f"{name} into an array made before")


def _put_along_axis(
    f: Handlers, recorder: Recorder, arr: Any, indices: Any, values: Any, axis: int | None
) -> None:
    _must_be_recorded("put_along_axis", arr)
    if axis is None:
        if arr.ndim > 1:
            raise Unsupported.operation("put_along_axis(axis=None) of more than one axis")
        axis = 0
    places: list[Any] = list(np.ix_(*map(np.arange, arr.shape)))
    places[axis % arr.ndim] = kept(values_of(indices))
    arr[tuple(places)] = values


def _put(f: Handlers, recorder: Recorder, a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    _must_be_recorded("put", a)
    indices = np.asarray(values_of(ind))
    if mode != "raise" or np.size(values_of(v)) not in (1, indices.size):
        raise Unsupported.operation("put with these arguments")
    flat = indices.ravel()
    places = np.unravel_index(flat % a.size, a.shape)
    a[places] = v if np.ndim(values_of(v)) == 0 else f["reshape"](recorder, v, (-1,))


def _put_mask(f: Handlers, recorder: Recorder, a: Any, mask: Any, values: Any) -> None:
    _must_be_recorded("putmask", a)
    if np.shape(values_of(values)) not in ((), a.shape):
        raise Unsupported.operation("putmask with values of another shape")
    a[...] = f["where"](recorder, mask, values, a)


def _place(f: Handlers, recorder: Recorder, arr: Any, mask: Any, vals: Any) -> None:
    _must_be_recorded("place", arr)
    chosen = np.asarray(values_of(mask), bool)
    if np.size(values_of(vals)) not in (1, np.count_nonzero(chosen)):
        raise Unsupported.operation("place with another number of values")
    arr[chosen] = vals


def _compress(
    f: Handlers, recorder: Recorder, condition: Any, a: Any, axis: int | None = None
) -> Any:
    places = np.flatnonzero(values_of(condition))
    a = f["ravel"](recorder, a) if axis is None else a
    return f["take"](recorder, a, places, axis=0 if axis is None else axis)


def _extract(f: Handlers, recorder: Recorder, condition: Any, arr: Any) -> Any:
    return _compress(f, recorder, np.ravel(values_of(condition)), arr)


def _select(
    f: Handlers,
    recorder: Recorder,
    condlist: Sequence[Any],
    choicelist: Sequence[Any],
    default: Any = 0,
) -> Any:
    found = default
    for condition, choice in reversed([*zip(condlist, choicelist, strict=True)]):
        found = f["where"](recorder, condition, choice, found)
    return found


def _broadcast_arrays(f: Handlers, recorder: Recorder, *args: Any) -> tuple[Any, ...]:
    shape = np.broadcast_shapes(*(np.shape(values_of(each)) for each in args))
    arrays = (
        each if is_traced(each) else recorder.constant(np.array(each), "array") for each in args
    )
    return tuple(f["broadcast_to"](recorder, each, shape) for each in arrays)


def _unstack(f: Handlers, recorder: Recorder, x: Any, *, axis: int = 0) -> tuple[Any, ...]:
    moved = f["moveaxis"](recorder, x, axis, 0)
    return tuple(moved[at] for at in range(moved.shape[0]))


def _extreme_at(
    f: Handlers, recorder: Recorder, ufunc: np.ufunc, a: Any, index: Any, value: Any
) -> Any:
    """Return ``a`` behind ``np.maximum.at``: what is largest has the derivative, in equal parts."""
    index, before = values_of(index), values_of(a)
    behind = before.copy()
    ufunc.at(behind, index, values_of(value))
    largest = np.asarray(values_of(value) == behind[index], before.dtype)
    count = (before == behind).astype(before.dtype)
    np.add.at(count, index, largest)
    found = f["where"](recorder, before == behind, a, 0.0) / np.maximum(
        (before == behind) * count, 1
    )
    shares = value * (largest / count[index])
    f["at"](recorder, np.add, found, index, shares)
    return found


COMPOSED_PLACES: dict[str, Callable[..., Any]] = {
    "put_along_axis": _put_along_axis,
    "put": _put,
    "putmask": _put_mask,
    "place": _place,
    "extreme_at": _extreme_at,
    "compress": _compress,
    "extract": _extract,
    "select": _select,
    "broadcast_arrays": _broadcast_arrays,
    "unstack": _unstack,
}
"""By the name of NumPy's function."""
