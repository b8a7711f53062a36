"""Recorded arrays that a user's objects keep from one call to the next are made plain again."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from types import CellType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.attributes import (
    attributes,
    has_attributes,
    is_written_by_user,
)
from trainwell.diagnosis.gradient_tape.dispatch import plain
from trainwell.diagnosis.gradient_tape.recorder import is_traced
from trainwell.diagnosis.gradient_verdict.calls import Calls

_DEEP = 6  # holders within holders that are looked into
_MANY = 10_000  # a list that is longer is data, not a cache
_LARGE = 1_000_000  # numbers: to look at more of them behind every trial takes too long

Slot = tuple[Any, Callable[[Any], object]]
"""What is held, and how something else is put in its place."""


def put_back(calls: Calls) -> None:
    """Leave what the user's functions keep as an ordinary call would, and the generators as found.

    A network of a class keeps what the forward pass computes in its attributes; while the
    passes are recorded these are recorded arrays, which nothing outside could use.

    Parameters
    ----------
    calls : Calls
        The user's functions and the point.
    """
    bound = any(map(_is_method, (calls.cost, calls.grad)))
    if bound or any(True for _ in _kept(calls, _is_recorded_or_complex)):
        with suppress(Exception):  # the user's functions may refuse as they like
            # Who looks up what was kept for the same numbers would keep it.
            calls.beside().value()
            _, cache = calls.value()
            if calls.grad is not None:
                calls.gradients(cache)
        for held, put in list(_recorded(calls)):
            with suppress(AttributeError, TypeError, ValueError):
                put(plain(held))
    calls.generators.restore()
    _unlock(calls)


@contextmanager
def as_before(calls: Calls) -> Iterator[None]:
    """Leave the numbers and arrays that the user's functions have kept already as they were.

    Parameters
    ----------
    calls : Calls
        The user's functions and the point.

    Yields
    ------
    None
        What is called meanwhile may change them.
    """
    before = [(held, put, _copy(held)) for held, put in _kept(calls, _is_number)]
    try:
        yield
    finally:
        for held, put, copy in before:
            with suppress(Exception):  # the user's objects may refuse as they like
                put(held)
            if copy is not None and not np.array_equal(held, copy, equal_nan=True):
                held[...] = copy


def kept_as_found(calls: Calls, run: Callable[[], object]) -> Callable[[], None]:
    """Return a function that gives the arrays in reach of the user's functions their numbers again.

    Those of sparse matrices are among them. Those of more than a million numbers cannot be written
    to until the check ends, where the user's functions do not write to them.

    Parameters
    ----------
    calls : Calls
        The user's functions and the point.
    run : callable
        Calls both passes as they stand: what they change themselves is theirs.

    Returns
    -------
    callable
        For behind each call of what may write where the user's functions only read.
    """
    arrays = [held for held, _ in _kept(calls, _is_plain)]
    found = [(held, _copy(held)) for held in arrays if held.size <= _LARGE]
    with suppress(Exception):  # the user's functions may refuse as they like
        run()
        _lock([held for held in arrays if held.size > _LARGE], calls, run)
    pairs = [(held, copy) for held, copy in found if copy is not None and _is_same(held, copy)]
    # A sparse matrix that gets more elements holds other arrays then.
    held_by = [(matrix, dict(vars(matrix))) for matrix, _ in _kept(calls, _is_sparse)]

    def put_back_all() -> None:
        for matrix, before in held_by:
            matrix.__dict__.update(before)
        for held, copy in pairs:
            if not _is_same(held, copy):
                held[...] = copy

    return put_back_all


def _lock(arrays: Sequence[Any], calls: Calls, run: Callable[[], object]) -> None:
    """Forbid to write to some arrays, which are modified, if the passes run all the same."""
    locked = [held for held in arrays if held.flags.writeable]
    if not locked:
        return
    for held in locked:
        held.flags.writeable = False
    calls.locked.extend(locked)
    try:
        run()
    except Exception:  # noqa: BLE001 - whatever it is, it was none before
        _unlock(calls)


def _unlock(calls: Calls) -> None:
    for held in sorted(calls.locked, key=lambda array: array.base is not None):  # a view behind
        held.flags.writeable = True
    calls.locked.clear()


def _is_sparse(value: Any) -> bool:
    """Say whether a value is one of SciPy's sparse matrices."""
    return type(value).__module__.startswith("scipy.sparse") and hasattr(value, "tocsr")


def _is_plain(value: Any) -> bool:
    return type(value) is np.ndarray


def _is_same(held: Any, copy: Any) -> bool:
    """Say whether an array has its numbers still; also those that are none."""
    if (held == copy).all():
        return True
    return np.array_equal(held, copy, equal_nan=copy.dtype.kind in "fc")


def _copy(held: Any) -> Any:
    plain = type(held) is np.ndarray and held.dtype.kind in "biufc"
    return held.copy() if plain and held.flags.writeable else None


def _is_number(value: Any) -> bool:
    """Say whether a value is what a call may add to."""
    return isinstance(value, np.ndarray | np.generic | int | float) or is_traced(value)


def _recorded(calls: Calls) -> Iterator[Slot]:
    """Yield every recorded array in reach of the user's functions."""
    return _kept(calls, _is_recorded)


def _is_method(function: Any) -> bool:
    """Say whether a function is a method, whose object keeps what it was called with."""
    while hasattr(function, "func"):
        function = function.func
    return isinstance(function, MethodType)


def _is_recorded_or_complex(value: Any) -> bool:
    """Say whether a value is left of a recording, or may be left of complex steps."""
    return _is_recorded(value) or (isinstance(value, np.ndarray) and value.dtype.kind == "c")


def _kept(calls: Calls, wanted: Callable[[Any], bool]) -> Iterator[Slot]:
    """Yield what is wanted of all that is in reach of the user's functions."""
    seen: set[int] = set()
    for root in (calls.cost, calls.grad, calls.data):
        yield from _within(root, wanted, seen, _DEEP)


def _within(
    holder: Any, wanted: Callable[[Any], bool], seen: set[int], depth: int
) -> Iterator[Slot]:
    if not depth or id(holder) in seen:
        return
    seen.add(id(holder))
    for held, put in _slots(holder):
        if wanted(held):
            yield held, put
        else:
            yield from _within(held, wanted, seen, depth - 1)


def _is_recorded(value: Any) -> bool:
    """Say whether a value is recorded, or a tuple with such a value in it."""
    return is_traced(value) or (type(value) is tuple and any(map(_is_recorded, value)))


def _slots(holder: Any) -> Iterator[Slot]:
    """Yield what an object holds."""
    kind = type(holder)
    if kind in _SLOTS:
        yield from _SLOTS[kind](holder)
    elif isinstance(holder, dict | list):
        yield from _SLOTS[dict if isinstance(holder, dict) else list](holder)
    elif _is_sparse(holder):
        yield from _fixed(*vars(holder).values())
    elif isinstance(holder, type):
        yield from _attributes(holder) if is_written_by_user(holder) else ()
    elif is_written_by_user(kind) and has_attributes(holder):
        yield from _attributes(holder)
        yield kind, _refused
    elif callable(holder) and hasattr(holder, "func"):  # what calls a function of the user's
        yield holder.func, _refused


def _of_list(holder: Any) -> Iterator[Slot]:
    items = holder.items() if isinstance(holder, dict) else enumerate(holder)
    if len(holder) <= _MANY:
        yield from ((held, partial(holder.__setitem__, key)) for key, held in items)


def _of_cell(cell: CellType) -> Iterator[Slot]:
    with suppress(ValueError):  # not bound yet
        yield cell.cell_contents, partial(setattr, cell, "cell_contents")


def _fixed(*held: Any) -> Iterator[Slot]:
    """Yield what cannot be exchanged for something else."""
    return ((one, _refused) for one in held)


def _of_function(function: FunctionType) -> Iterator[Slot]:
    """Yield what a function reads that is not given to it; of others than the user's, theirs."""
    for cell in function.__closure__ or ():
        yield cell, _refused
    if not is_written_by_user(function):
        return
    names = function.__globals__
    for name in _names(function.__code__):
        if name in names and not isinstance(names[name], ModuleType):
            yield names[name], partial(names.__setitem__, name)
    yield function.__defaults__ or (), partial(setattr, function, "__defaults__")
    yield function.__kwdefaults__ or {}, _refused
    yield function.__dict__, _refused


def _names(code: Any) -> Iterator[str]:
    """Yield the names that a function looks up, and those within it."""
    yield from code.co_names
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):
            yield from _names(constant)


def _attributes(holder: Any) -> Iterator[Slot]:
    for name, held in attributes(holder).items():
        yield held, partial(setattr, holder, name)


def _refused(_: Any) -> None:
    """Do nothing where nothing else can be put."""


_SLOTS: dict[type, Callable[[Any], Iterator[Slot]]] = {
    dict: _of_list,
    list: _of_list,
    tuple: lambda holder: _fixed(*holder[:_MANY]),
    partial: lambda holder: _fixed(holder.func, *holder.args, *holder.keywords.values()),
    MethodType: lambda holder: _fixed(holder.__self__, holder.__func__),
    FunctionType: _of_function,
    CellType: _of_cell,
}
"""By the type of an object."""
