"""Calls of the user's functions: each with the same random draws, none with a lasting effect."""

import re
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from inspect import CO_VARARGS, Parameter, signature
from itertools import takewhile
from math import inf
from time import perf_counter
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

from trainwell.diagnosis.gradient_tape.copies import deep_copy
from trainwell.diagnosis.gradient_tape.imported_names import read_by
from trainwell.diagnosis.gradient_verdict.bounded import bounded
from trainwell.diagnosis.gradient_verdict.generators import Generators, put_states, states_in
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.errors import ConfigurationError, EndlessError
from trainwell.types import FloatArray

__all__ = ["CACHE", "Arguments", "Calls", "Generators", "reachable"]

_BESIDE = 1.01  # times the parameters: a point right beside
_PATIENCE, _TIMES = 1.0, 300.0  # seconds, and times what the function takes else
CACHE = re.compile(r"caches?|cached|memory|ctx|context|tape|saved|intermediates?", re.IGNORECASE)
"""What the forward pass hands to the backward pass, as one thing."""


@dataclass(eq=False)
class Calls:
    """The functions that are checked, ready to be called.

    Parameters
    ----------
    cost : callable
        The user's forward pass: ``cost(params, *data)`` returns J, or J and a cache.
    grad : callable or None
        The user's backward pass; ``None`` where gradients were given as values.
    parameters : Parameters
        Where the check is made.
    data : tuple
        What both functions take after the parameters.
    paths : tuple of str, default=()
        How each of the data is reached, as ``data[0]['X']``; by its place if that is not given.
    without : frozenset of tuple, default=frozenset()
        File and line of tiny numbers that are left out where the forward pass is recorded.
    locked : list of ndarray, default=[]
        Arrays of the user's that cannot be written to until the check ends.
    """

    cost: Callable[..., Any]
    grad: Callable[..., Any] | None
    parameters: Parameters
    data: tuple[Any, ...]
    paths: tuple[str, ...] = ()
    without: frozenset[tuple[str, int]] = frozenset()
    locked: list[Any] = field(default_factory=list)
    generators: Generators = field(init=False)
    forward: "Stopwatch" = field(init=False)
    backward: "Stopwatch" = field(init=False)
    draws_again: bool = field(init=False)
    given_states: list[Any] = field(init=False)

    def __post_init__(self) -> None:
        """Note the state of every generator that can be found."""
        self.generators = self.noted()
        self.given_states = states_in(self.data)
        self.forward, self.backward = Stopwatch(), Stopwatch()
        self.draws_again = False
        nothing = Wanted(0, 0, ())
        self.wanted = nothing if self.grad is None else _wanted(self.grad, 1 + len(self.data))

    def noted(self) -> Generators:
        """Note the state of every generator that can be found, as it is now."""
        return Generators([self.data, *map(reachable, (self.cost, self.grad))])

    def elsewhere(
        self, arrays: Mapping[str, FloatArray], data: tuple[Any, ...] | None = None
    ) -> "Calls":
        """Return the same functions at another point, with random draws of its own."""
        moved = copy(self)
        structure = self.parameters.rebuilt(arrays.__getitem__)
        moved.parameters = replace(self.parameters, structure=structure, arrays=arrays)
        moved.data = self.data if data is None else data
        moved.without = frozenset()  # which is found anew there
        if self.generators.have_moved():  # a mask that is kept must not be the right one there
            moved.generators = moved.noted()
        return moved

    def beside(self) -> "Calls":
        """Return the same functions at a point right beside, as after a step of training."""
        arrays = self.parameters.arrays
        return self.elsewhere({name: _BESIDE * array for name, array in arrays.items()})

    def leaving_out(self, lines: frozenset[tuple[str, int]]) -> "Calls":
        """Return the same functions; their tiny numbers in some lines are not recorded."""
        exact = copy(self)
        exact.without = lines
        return exact

    def untimed(self) -> "Calls":
        """Return the same functions for numbers of another kind: those take another time."""
        apart = copy(self)
        apart.forward = Stopwatch(limit=self.forward.patience)
        apart.backward = Stopwatch(limit=self.backward.patience)
        return apart

    def fresh(self) -> "Arguments":
        """Return copies of the parameters and the data, to be given to the functions."""
        arrays = {name: array.copy() for name, array in self.parameters.arrays.items()}
        return Arguments(self, arrays, _copied(self.data))

    def copied_data(self) -> tuple[Any, ...]:
        """Return a copy of the data."""
        return _copied(self.data)

    def value(
        self, values: Callable[[str], Any] | None = None, data: tuple[Any, ...] | None = None
    ) -> tuple[Any, Any]:
        """Return the cost and its cache (``None`` without one) for some parameters."""
        self.generators.restore()
        arrays = self.parameters.arrays
        chosen = values or (lambda name: arrays[name].copy())
        given = _copied(self.data) if data is None else data
        put_states(given, self.given_states)
        structure = self.parameters.rebuilt(chosen)
        result = self.forward.timed(self.cost, structure, *given)
        if isinstance(result, tuple):
            return result[0], result[1] if len(result) == 2 else _Kept(result[1:])
        return result, None

    def cost_alone(self, values: Callable[[str], Any]) -> Any:
        """Return the cost for some parameters, without its cache."""
        return self.value(values)[0]

    def gradients(
        self,
        cache: Any,
        values: Callable[[str], Any] | None = None,
        data: tuple[Any, ...] | None = None,
    ) -> Any:
        """Return what the backward pass returns, after the forward pass gave ``cache``."""
        assert self.grad is not None  # noqa: S101 - the caller has asked
        if self.draws_again or not (self.wanted.most or self.wanted.by_name):
            self.generators.restore()
            put_states(data or (), self.given_states)
        arrays = self.parameters.arrays
        chosen = values or (lambda name: arrays[name].copy())
        given = _copied(self.data) if data is None else data
        structure = self.parameters.rebuilt(chosen)
        if self.wanted.by_name and cache is not None:
            return self.backward.timed(self.grad, structure, *given, cache=cache)
        return self.backward.timed(self.grad, structure, *given, *self._handed_on(cache))

    def _handed_on(self, cache: Any) -> tuple[Any, ...]:
        """Return what the backward pass takes of what the forward pass has kept."""
        wanted = self.wanted
        if not wanted.most or cache is None:
            return ()
        several = isinstance(cache, _Kept)
        if several and wanted.least <= len(cache) <= wanted.most and wanted.are_several:
            return tuple(cache)
        if wanted.least <= 1:
            return (cache,)
        if isinstance(cache, tuple) and len(cache) == wanted.least:
            return tuple(cache)
        kept = len(cache) if isinstance(cache, tuple) else 1
        raise ConfigurationError.contradiction(
            "check_gradients",
            f"`grad` takes {', '.join(wanted.names)} behind the data, "
            f"and `cost` returns {kept} behind J",
        )


class _Kept(tuple[Any, ...]):
    """Several things that a forward pass returns behind J, each by itself."""

    __slots__ = ()


class Wanted(NamedTuple):
    """What a backward pass takes behind the data.

    Parameters
    ----------
    least, most : float
        How many arguments, without and with those that are ``None`` if they are left out; any
        number with ``*rest``.
    names : tuple of str
        What they are called.
    by_name : bool
        Whether there is one with a default that is called ``cache``.
    """

    least: int
    most: float
    names: tuple[str, ...]
    by_name: bool = False

    @property
    def are_several(self) -> bool:
        """Whether there is one for each thing that is kept, and not one for all of them."""
        return self.least != 1 or (self.most > 1 and not CACHE.fullmatch(self.names[0]))


@dataclass(eq=False)
class Stopwatch:
    """The time of a function, wherever it was called; no call may take far longer than another.

    Parameters
    ----------
    shortest : float, default=inf
        Of all calls so far, in seconds: the first may have been a cold one.
    limit : float, default=inf
        How long a call may take in any case, in seconds.
    """

    shortest: float = inf
    limit: float = inf

    @property
    def patience(self) -> float:
        """How long the next call may take: other numbers may be slow, and end none of its loops."""
        return min(self.limit, _PATIENCE + _TIMES * self.shortest)

    def timed(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Return what a function returns, and note its time."""
        seconds = self.patience
        begun = perf_counter()
        try:
            result = bounded(function, seconds, *arguments, **named)
        except EndlessError as error:
            name = getattr(function, "__name__", type(function).__name__)
            raise EndlessError.of("check_gradients", name, seconds, self.shortest) from error
        self.shortest = min(self.shortest, perf_counter() - begun)
        return result


@dataclass(frozen=True, eq=False)
class Arguments:
    """Copies that the user's functions are given, to see what they do to them.

    Parameters
    ----------
    calls : Calls
        The originals.
    arrays : dict of str to ndarray
        The parameters.
    data : tuple
        The rest.
    """

    calls: Calls
    arrays: dict[str, Any]
    data: tuple[Any, ...]

    def get(self, name: str) -> Any:
        """Return the copy of a parameter."""
        return self.arrays[name]

    def changed(self, who: str) -> list[str]:
        """Return a sentence on the arrays that were changed in place, if there are such."""
        was = {**self.calls.parameters.arrays, **_numbered(self.calls.data, self.calls.paths)}
        now = {**self.arrays, **_numbered(self.data, self.calls.paths)}
        names = [name for name, array in was.items() if not _equal(array, now[name])]
        copies = "a copy" if len(names) == 1 else "copies"
        return [f"{who} changes {', '.join(names)} in place: use {copies}"] if names else []


def _equal(was: Any, now: Any) -> bool:
    """Say whether two arrays hold the same numbers, NaN being the same as NaN."""
    if was.shape == now.shape and (was == now).all():
        return True
    return np.array_equal(was, now, equal_nan=was.dtype.kind == "f")


def _copied(data: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return data that may be written to; what is given twice is one thing again."""
    arrays = [item for item in data if type(item) is np.ndarray and item.dtype.kind in "biufc"]
    simple = len(arrays) + sum(type(item) in _SIMPLE for item in data) == len(data)
    if not simple or len(set(map(id, arrays))) < len(arrays):
        return deep_copy(data)
    return tuple(item if type(item) in _SIMPLE else item.copy("K") for item in data)


_SIMPLE = (int, float, bool, str, type(None))


def _numbered(data: tuple[Any, ...], paths: tuple[str, ...]) -> dict[str, Any]:
    """Return the arrays among the data, also those in lists, by how they are reached."""
    called = paths or [f"data[{at}]" for at in range(len(data))]
    pairs = (pair for name, item in zip(called, data, strict=True) for pair in _reached(item, name))
    return {path: part for path, part in pairs if _has_numbers(part)}


def _has_numbers(part: Any) -> bool:
    return isinstance(part, np.ndarray) and part.dtype.kind != "O"  # whose parts may be anything


def _reached(item: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield what dictionaries, lists and tuples hold, by how it is reached; or the item itself."""
    if not isinstance(item, list | tuple | dict):
        yield path, item
        return
    for key, part in item.items() if isinstance(item, dict) else enumerate(item):
        yield from _reached(part, f"{path}[{key!r}]")


def _wanted(function: Callable[..., Any], given: int) -> Wanted:
    """Return what a function takes more than the parameters and the data."""
    if type(function) is FunctionType and not function.__dict__:  # as a signature says, but fast
        code, defaults = function.__code__, function.__defaults__ or ()
        names = code.co_varnames[: code.co_argcount]
        rest = bool(code.co_flags & CO_VARARGS)
    else:
        try:
            parameters = signature(function).parameters.values()
        except (TypeError, ValueError):
            return Wanted(0, 0, ())
        positional = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
        taken = [p for p in parameters if p.kind in positional]
        names = tuple(p.name for p in taken)
        defaults = tuple(p.default for p in taken if p.default is not Parameter.empty)
        rest = any(p.kind is Parameter.VAR_POSITIONAL for p in parameters)
    free = len(names) - len(defaults)
    least = max(free - given, 0)
    optional = sum(1 for _ in takewhile(lambda default: default is None, defaults))
    most = inf if rest else least + optional if least else 0
    return Wanted(least, most, names[given:], by_name="cache" in names[max(free, given) :])


def positional(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a function's arguments that may be given by their place."""
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(p.name for p in parameters if p.kind in kinds)


def reachable(function: Any, depth: int = 2) -> list[Any]:
    """Return what a function, and those that it calls, read that is not given to them."""
    while hasattr(function, "func"):  # partial
        function = function.func
    function = getattr(function, "__wrapped__", getattr(function, "__func__", function))
    if not hasattr(function, "__code__"):
        return []
    found = read_by(function)
    inner = [f for f in found if callable(f) and hasattr(f, "__code__")] if depth else []
    return found + [item for f in inner for item in reachable(f, depth - 1)]
