"""NumPy's functions and methods, in terms of the operations that have a derivative."""

# ruff: noqa: ARG001, ARG005, FBT002 - handlers take the recorder, and what NumPy takes
# ruff: noqa: SIM905 - a list of names is easier to read without its commas

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.array_rules import ARRAY_RULES, PRODUCTS
from trainwell.diagnosis.gradient_tape.composed import COMPOSED
from trainwell.diagnosis.gradient_tape.composed_curves import COMPOSED_CURVES
from trainwell.diagnosis.gradient_tape.composed_linalg import COMPOSED_LINALG
from trainwell.diagnosis.gradient_tape.composed_memory import COMPOSED_MEMORY
from trainwell.diagnosis.gradient_tape.composed_places import COMPOSED_PLACES
from trainwell.diagnosis.gradient_tape.composed_scipy import COMPOSED_SCIPY
from trainwell.diagnosis.gradient_tape.composed_series import COMPOSED_SERIES
from trainwell.diagnosis.gradient_tape.composed_spectra import COMPOSED_SPECTRA
from trainwell.diagnosis.gradient_tape.cotangents import unbroadcast
from trainwell.diagnosis.gradient_tape.function_settings import SETTINGS, VIEWS
from trainwell.diagnosis.gradient_tape.indexing import add_at_step, get_item_step, set_item_step
from trainwell.diagnosis.gradient_tape.recorder import (
    Recorder,
    Unsupported,
    is_traced,
    kept,
    noted,
)
from trainwell.diagnosis.gradient_tape.recording import filled, steps_in
from trainwell.diagnosis.gradient_tape.views import (
    attach,
    become,
    change,
    must_be_writeable,
    written_before,
)

Handler = Callable[..., Any]

__all__ = ["FUNCTIONS", "filled", "masked", "noted", "outer_of", "plain", "steps_in"]


def plain(value: Any) -> Any:
    """Return a value without its recording, also within sequences."""
    if is_traced(value):
        held = value.step.value
        return float(held) if isinstance(value, float) and held.dtype == float else held
    if type(value) in (tuple, list):
        return type(value)(plain(item) for item in value)
    return value


def _by_rule(name: str, arrays: int, accepted: Sequence[str]) -> Handler:
    """Return the handler of a rule: arrays first, then settings in NumPy's order."""
    view = name in VIEWS

    def handler(recorder: Recorder, *args: Any, **keywords: Any) -> Any:
        out = None
        if keywords or len(args) > arrays:
            keywords = dict(zip(accepted, args[arrays:], strict=False), **keywords)
            if not set(keywords) <= set(accepted) or len(args) - arrays > len(accepted):
                raise Unsupported.operation(f"{name}({', '.join(keywords)}) with these arguments")
            out, dtype = keywords.pop("out", None), keywords.pop("dtype", None)
            args = args[:arrays]
            if dtype is not None:
                args = (FUNCTIONS["astype"](recorder, args[0], dtype), *args[1:])
            for setting, value in keywords.items():
                if type(value) not in _SIMPLE:
                    keywords[setting] = kept(plain(value))
        step = recorder.by_rule(name, args, **keywords)
        if out is not None:
            if not is_traced(out):
                raise Unsupported.operation(f"{name} into an array made before")
            return become(out, step)
        result = recorder.recorded_type(recorder, step)
        if view and step.call is not None and is_traced(args[0]):
            attach(args[0], result, step.call)
        return result

    return handler


_SIMPLE = (int, bool, type(None), str)


def _constant(function: Callable[..., Any]) -> Handler:
    """Return the handler of a function without a derivative: of the values, a plain array."""

    def handler(recorder: Recorder, *args: Any, **keywords: Any) -> Any:
        arguments = {name: plain(value) for name, value in keywords.items()}
        return function(*plain(tuple(args)), **arguments)

    return handler


def _new(function: Callable[..., Any], name: str) -> Handler:
    """Return the handler of a function that makes an array of constants, to be written to."""

    def handler(recorder: Recorder, *args: Any, **keywords: Any) -> Any:
        arguments = {key: plain(value) for key, value in keywords.items()}
        made = recorder.constant(function(*plain(tuple(args)), **arguments), name)
        if name.startswith("full"):
            value = args[1] if len(args) > 1 else keywords["fill_value"]
            if is_traced(value):
                made[...] = value
        return made

    return handler


def _elementwise(ufunc: np.ufunc) -> Handler:
    def handler(recorder: Recorder, *args: Any, **keywords: Any) -> Any:
        return recorder.traced(recorder.elementwise(ufunc, args, **keywords))

    return handler


def masked(recorder: Recorder, ufunc: np.ufunc, inputs: Any, out: Any, *, where: Any) -> Any:
    """Carry out a universal function at some elements; ``out`` has the others.

    Parameters
    ----------
    recorder : Recorder
        Where it is written down.
    ufunc : numpy.ufunc
        The function.
    inputs : tuple
        Its arguments; in other places they are taken to be 1, where all functions are tame.
    out : Traced or None
        What stands in the other places.
    where : array_like of bool
        The places.

    Returns
    -------
    Traced
        The elements of both.
    """
    if out is None:
        raise Unsupported.operation(f"{ufunc.__name__}(where=...) without out")
    tame = [_where(recorder, where, x, 1) for x in inputs]
    return _where(recorder, where, _elementwise(ufunc)(recorder, *tame), out)


def outer_of(recorder: Recorder, ufunc: np.ufunc, a: Any, b: Any) -> Any:
    """Carry out a universal function for all pairs of elements.

    Parameters
    ----------
    recorder : Recorder
        Where it is written down.
    ufunc : numpy.ufunc
        The function.
    a, b : array_like
        Its arguments.

    Returns
    -------
    Traced
        With the axes of both.
    """
    shape = (*np.shape(plain(a)), *(1,) * np.ndim(plain(b)))
    return _elementwise(ufunc)(recorder, FUNCTIONS["reshape"](recorder, a, shape), b)


def _getitem(recorder: Recorder, a: Any, index: Any) -> Any:
    index = kept(noted(index))
    step = get_item_step(recorder, a.step, index)
    result = recorder.traced(step)
    if type(step.value) is np.ndarray and step.value.base is not None:
        attach(a, result, partial(_taken, plain(index) if step.parents[1:] else index), index)
    return result


def _taken(index: Any, a: Any) -> Any:
    return a[filled(index)]


def _setitem(recorder: Recorder, a: Any, index: Any, value: Any) -> None:
    index = kept(noted(index))
    if is_traced(value) and written_before(a, index, value):
        return
    must_be_writeable(a)
    step = set_item_step(recorder, a.step, index, recorder.argument(value))
    change(a, step, filled(index))


def _at(recorder: Recorder, ufunc: np.ufunc, a: Any, index: Any, value: Any = None) -> None:
    if is_traced(a) and ufunc in (np.maximum, np.minimum):
        a[...] = FUNCTIONS["extreme_at"](recorder, ufunc, a, index, value)
        return
    if ufunc not in (np.add, np.subtract) or not is_traced(a):
        raise Unsupported.operation(f"{ufunc.__name__}.at")
    must_be_writeable(a)
    index = kept(noted(index))
    given = recorder.argument(value)
    if ufunc is np.subtract:
        given = (
            recorder.elementwise(np.negative, (value,)) if is_traced(value) else np.negative(given)
        )
    step = add_at_step(recorder, a.step, index, given)
    change(a, step, filled(index))


def _where(recorder: Recorder, condition: Any, *choices: Any) -> Any:
    if len(choices) != 2:
        return np.where(plain(condition))
    arguments = (recorder.argument(condition), *map(recorder.argument, choices))
    chosen, first, second = filled(arguments)

    def yes(g: Any) -> Any:
        return unbroadcast(np.where(chosen, g, 0), np.shape(first))

    def no(g: Any) -> Any:
        return unbroadcast(np.where(chosen, 0, g), np.shape(second))

    value = np.where(chosen, first, second)
    step = recorder.general("where", value, np.where, arguments, (None, yes, no))
    return recorder.traced(step)


def _joined(
    function: Callable[..., Any], recorder: Recorder, arrays: Any, axis: int | None = 0
) -> Any:
    """Concatenate or stack: the cotangent is cut into pieces again."""
    items = tuple(recorder.argument(x) for x in arrays)
    values = [np.asarray(filled(x)) for x in items]
    value = function(values, axis=axis)
    along = 0 if axis is None else axis % value.ndim
    stacked = function is np.stack
    lengths = [1 if stacked else v.size if axis is None else v.shape[along] for v in values]
    edges = np.cumsum([0, *lengths]).tolist()
    before = (slice(None),) * along

    def piece(g: Any, at: int) -> Any:
        return g[(*before, slice(edges[at], edges[at + 1]))].reshape(values[at].shape)

    pulls = tuple(partial(piece, at=at) for at in range(len(items)))
    call = partial(_join, function, axis)
    return recorder.traced(recorder.general(function.__name__, value, call, items, pulls))


def _join(function: Callable[..., Any], axis: int | None, *values: Any) -> Any:
    return function([np.asarray(value) for value in values], axis=axis)


def _concatenate(recorder: Recorder, arrays: Any, axis: int | None = 0) -> Any:
    return _joined(np.concatenate, recorder, arrays, axis)


def _stack(recorder: Recorder, arrays: Any, axis: int = 0) -> Any:
    return _joined(np.stack, recorder, arrays, axis)


def _einsum(recorder: Recorder, subscripts: Any, *operands: Any, **keywords: Any) -> Any:
    keywords.pop("optimize", None)
    if keywords or not isinstance(subscripts, str):
        raise Unsupported.operation("einsum with these arguments")
    return recorder.traced(recorder.by_rule("einsum", operands, subscripts=subscripts))


def _array(
    recorder: Recorder,
    a: Any,
    dtype: Any = None,
    *,
    copy: Any = True,
    order: Any = None,
    subok: Any = False,
    ndmin: int = 0,
) -> Any:
    """Copy an array; a list of recorded values is stacked."""
    if not is_traced(a):
        rows = [_array(recorder, x) if type(x) in (list, tuple) and _holds(x) else x for x in a]
        try:
            a, copy = _stack(recorder, rows), False
        except ValueError:
            raise Unsupported.operation("an array of arrays of different shapes") from None
    if dtype is not None and np.dtype(dtype) != a.dtype:
        a = _astype(recorder, a, dtype)
    elif copy:
        a = _copy(recorder, a, order or "K")
    return _atleast(ndmin, recorder, a)


def _holds(value: Any) -> bool:
    return any(True for _ in steps_in(noted(value)))


def _as_array(recorder: Recorder, a: Any, dtype: Any = None, order: Any = None, **_: Any) -> Any:
    if is_traced(a) and isinstance(a.step.value, np.generic):
        return _array(recorder, a, dtype)  # of a number an array is made
    return _array(recorder, a, dtype, copy=False)


def _in_order(order: str, recorder: Recorder, a: Any, dtype: Any = None) -> Any:
    array = _as_array(recorder, a, dtype)
    lies = array.flags.c_contiguous if order == "C" else array.flags.f_contiguous
    return _atleast(1, recorder, array if lies else _copy(recorder, array, order))


def _astype(
    recorder: Recorder, a: Any, dtype: Any, order: Any = "K", copy: Any = True, **_: Any
) -> Any:
    if not copy and is_traced(a) and a.dtype == np.dtype(dtype):
        return a
    return recorder.traced(recorder.by_rule("cast", (a,), dtype=np.dtype(dtype)))


def _copy(recorder: Recorder, a: Any, order: Any = "K", **_: Any) -> Any:
    return recorder.traced(recorder.by_rule("copy", (a,), order=order))


def _flatten(recorder: Recorder, a: Any, order: str = "C") -> Any:
    return _copy(recorder, FUNCTIONS["ravel"](recorder, a, order))


def _atleast(dimensions: int, recorder: Recorder, a: Any) -> Any:
    missing = dimensions - a.ndim
    return a if missing <= 0 else FUNCTIONS["reshape"](recorder, a, (1,) * missing + a.shape)


FUNCTIONS: dict[str, Handler] = {
    name: _by_rule(name, 2 if name in PRODUCTS else 1, SETTINGS.get(name, ()))
    for name in ARRAY_RULES
}
FUNCTIONS |= {
    name: _constant(getattr(np, name))
    for name in """argmax argmin argsort any nonzero isclose shape ndim
    size count_nonzero flatnonzero argwhere unique result_type can_cast iscomplexobj isrealobj
    array_str array_repr array2string may_share_memory shares_memory searchsorted digitize isin
    bincount round around fix argpartition lexsort isneginf isposinf iscomplex isreal nanargmax
    nanargmin diag_indices_from tril_indices_from triu_indices_from ravel_multi_index histogram
    intersect1d setdiff1d union1d""".split()
}
FUNCTIONS |= {
    name: _new(getattr(np, name), name)
    for name in ("zeros_like", "ones_like", "empty_like", "full", "full_like")
}
FUNCTIONS |= {
    name: partial(handler, FUNCTIONS)
    for name, handler in {
        **COMPOSED,
        **COMPOSED_CURVES,
        **COMPOSED_LINALG,
        **COMPOSED_MEMORY,
        **COMPOSED_PLACES,
        **COMPOSED_SCIPY,
        **COMPOSED_SERIES,
        **COMPOSED_SPECTRA,
    }.items()
}
FUNCTIONS |= {
    "amax": FUNCTIONS["max"],
    "amin": FUNCTIONS["min"],
    "permute_dims": FUNCTIONS["transpose"],
    "matrix_transpose": lambda recorder, a: FUNCTIONS["swapaxes"](recorder, a, -1, -2),
    "abs": _elementwise(np.absolute),
    "real_if_close": lambda recorder, a, tol=100: a,
    "copy": _copy,
    "flatten": _flatten,
    "getitem": _getitem,
    "setitem": _setitem,
    "at": _at,
    "where": _where,
    "einsum": _einsum,
    "concatenate": _concatenate,
    "concat": _concatenate,
    "stack": _stack,
    "array": _array,
    "asarray": _as_array,
    "asanyarray": _as_array,
    "ascontiguousarray": partial(_in_order, "C"),
    "asfortranarray": partial(_in_order, "F"),
    "astype": _astype,
    "atleast_1d": partial(_atleast, 1),
    "atleast_2d": partial(_atleast, 2),
}
"""By the name of NumPy's function or method; the recorder comes first."""
