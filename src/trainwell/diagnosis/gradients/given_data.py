"""Data as the check sees them: arrays of double precision, each by itself.

A batch in a dictionary is many arrays in one argument. Whoever records them, moves them or counts
examples wants the arrays; the user's functions want the dictionary.
"""

from collections.abc import Iterator, Sequence
from inspect import Parameter, Signature, signature
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_verdict.calls import Calls, positional

_MANY = 64  # arrays and numbers in one argument
_STRUCTURES = (dict, list, tuple)


class Restructured:
    """A function of ``(params, *data)`` that is given the parts of its data one by one.

    Parameters
    ----------
    function : callable
        The user's function.
    data : sequence
        Its data, for their structure.
    """

    def __init__(self, function: Any, data: Sequence[Any]) -> None:
        # Who looks for generators in sight of a function looks behind ``func``.
        self.func = function
        self.structures = tuple(data)
        own = [*signature(function).parameters.values()]
        behind = own[1 + len(data) :] or [p for p in own if p.kind is p.VAR_POSITIONAL]
        called = [p.name for p in own[1:] if p.kind is not p.VAR_POSITIONAL]
        names = _called(data, called, {p.name for p in behind})
        self.count = len(names)
        kind = Parameter.POSITIONAL_ONLY
        first = [Parameter(name, kind) for name in ("params", *names)]
        self.__signature__ = Signature([*first, *behind])

    def __call__(self, params: Any, *given: Any, **named: Any) -> Any:
        """Call the function with its data put together again."""
        parts = iter(given[: self.count])
        data = [_filled(item, parts) for item in self.structures]
        return self.func(params, *data, *given[self.count :], **named)


def in_order(cost: Any, data: Any) -> tuple[Any, ...]:
    """Return data as the arguments of a cost: a dictionary by their names, if it has all of these.

    Parameters
    ----------
    cost : callable
        The forward pass.
    data : Any
        A tuple or a list of what it takes behind the parameters; or one thing.

    Returns
    -------
    tuple
        A dictionary whose keys are no arguments is one of them.
    """
    if isinstance(data, tuple | list):
        return tuple(data)
    called = positional(cost)[1:]
    if isinstance(data, dict) and data and set(called[: len(data)]) == set(data):
        return tuple(data[name] for name in called[: len(data)])
    return (data,)


def one_by_one(calls: Calls) -> Calls:
    """Return the same functions; arrays in dictionaries, lists and tuples are data by themselves.

    Parameters
    ----------
    calls : Calls
        The functions and the point.

    Returns
    -------
    Calls
        The same where there are no such arrays, and where the forward pass keeps something in
        the dictionary, or changes it: the backward pass may look for it there.
    """
    held = [item for item in calls.data if _has_arrays(item)]
    if not held or any(len(_parts(item)) > _MANY for item in held) or _are_changed(calls):
        return calls
    try:
        cost = Restructured(calls.cost, calls.data)
        grad = None if calls.grad is None else Restructured(calls.grad, calls.data)
    except (TypeError, ValueError):  # nobody knows their arguments
        return calls
    every = [
        (f"data[{at}]" + "".join(f"[{key!r}]" for key in keys), part)
        for at, item in enumerate(calls.data)
        for keys, part in _parts(item)
    ]
    paths, data = zip(*every, strict=True)
    return Calls(cost, grad, calls.parameters, doubled(data), paths)


def doubled(data: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return data whose arrays of floating-point numbers are of double precision."""
    return tuple(map(_double, data))


def _double(item: Any) -> Any:
    if isinstance(item, np.ndarray) and item.dtype.kind == "f" and item.dtype != np.float64:
        return item.astype(np.float64)
    return item


def _has_arrays(item: Any) -> bool:
    """Say whether something is a structure with arrays in it."""
    if type(item) not in _STRUCTURES and not hasattr(item, "_fields"):
        return False
    inner = item.values() if isinstance(item, dict) else item
    return any(isinstance(each, np.ndarray) or _has_arrays(each) for each in inner)


def _parts(item: Any, keys: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    """Return what a structure holds with its keys; a list without arrays is one thing."""
    if not _has_arrays(item):
        return [(keys, item)]
    pairs = item.items() if isinstance(item, dict) else enumerate(item)
    return [part for key, each in pairs for part in _parts(each, (*keys, key))]


def _filled(item: Any, parts: Iterator[Any]) -> Any:
    """Return a structure like another one, of other parts."""
    if not _has_arrays(item):
        return next(parts)
    if isinstance(item, dict):
        return {key: _filled(each, parts) for key, each in item.items()}
    inner = [_filled(each, parts) for each in item]
    return type(item)(*inner) if hasattr(item, "_fields") else type(item)(inner)


def _called(data: Sequence[Any], arguments: Sequence[str], taken: set[str]) -> list[str]:
    """Return a name for each part: its key where it has one, or that of its argument."""
    names: list[str] = []
    for at, item in enumerate(data):
        for keys, _ in _parts(item):
            name = str(keys[-1]) if keys else (*arguments, *[""] * len(data))[at]
            fits = name.isidentifier() and name not in {*names, *taken, "params"}
            names.append(name if fits else f"data_{at}_{len(names)}")
    return names


def _are_changed(calls: Calls) -> bool:
    """Say whether the forward pass changes its data, or what holds them, or cannot be called."""
    copies = calls.fresh()
    before = [id(part) for item in copies.data for _, part in _parts(item)]
    try:
        calls.value(copies.get, copies.data)
    except Exception:  # noqa: BLE001 - it is called again, where that is told
        return True
    finally:
        calls.generators.restore()
    after = [id(part) for item in copies.data for _, part in _parts(item)]
    return before != after or bool(copies.changed("the forward pass"))
