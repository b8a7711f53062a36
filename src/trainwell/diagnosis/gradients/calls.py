"""Calls of the user's functions: each with the same random draws, none with a lasting effect."""

from collections.abc import Callable, Mapping
from copy import copy, deepcopy
from dataclasses import dataclass, field
from inspect import CO_VARARGS, Parameter, signature
from math import inf
from time import perf_counter
from types import FunctionType
from typing import Any

import numpy as np

from trainwell.diagnosis.gradients.generators import Generators
from trainwell.diagnosis.gradients.parameters import Parameters
from trainwell.errors import ConfigurationError
from trainwell.types import FloatArray

__all__ = ["Arguments", "Calls", "Generators", "reachable"]


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
    """

    cost: Callable[..., Any]
    grad: Callable[..., Any] | None
    parameters: Parameters
    data: tuple[Any, ...]
    generators: Generators = field(init=False)
    forward: "Stopwatch" = field(init=False)

    def __post_init__(self) -> None:
        """Note the state of every generator that can be found."""
        self.generators = self._noted()
        self.forward = Stopwatch()
        self.wanted = 0 if self.grad is None else _wanted(self.grad, 1 + len(self.data))

    def _noted(self) -> Generators:
        return Generators([self.data, *map(reachable, (self.cost, self.grad))])

    def elsewhere(
        self, arrays: Mapping[str, FloatArray], data: tuple[Any, ...] | None = None
    ) -> "Calls":
        """Return the same functions at another point, with random draws of its own."""
        moved = copy(self)
        structure = self.parameters.rebuilt(arrays.__getitem__)
        moved.parameters = Parameters(structure, arrays)
        moved.data = self.data if data is None else data
        if self.generators.have_moved():  # a mask that is kept must not be the right one there
            moved.generators = moved._noted()  # noqa: SLF001 - the same class
        return moved

    def untimed(self) -> "Calls":
        """Return the same functions for numbers of another kind: those take another time."""
        apart = copy(self)
        apart.forward = Stopwatch()
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
        structure = self.parameters.rebuilt(chosen)
        begun = perf_counter()
        result = self.cost(structure, *given)
        self.forward.shortest = min(self.forward.shortest, perf_counter() - begun)
        if isinstance(result, tuple):
            return result[0], result[1] if len(result) == 2 else result[1:]
        return result, None

    def gradients(
        self,
        cache: Any,
        values: Callable[[str], Any] | None = None,
        data: tuple[Any, ...] | None = None,
    ) -> Any:
        """Return what the backward pass returns, after the forward pass gave ``cache``."""
        assert self.grad is not None  # noqa: S101 - the caller has asked
        if not self.wanted:
            self.generators.restore()
        arrays = self.parameters.arrays
        chosen = values or (lambda name: arrays[name].copy())
        given = _copied(self.data) if data is None else data
        structure = self.parameters.rebuilt(chosen)
        return self.grad(structure, *given, *self._handed_on(cache))

    def _handed_on(self, cache: Any) -> tuple[Any, ...]:
        """Return what the backward pass takes of what the forward pass has kept."""
        if not self.wanted or cache is None:
            return ()
        if self.wanted == 1:
            return (cache,)
        if not isinstance(cache, tuple) or len(cache) != self.wanted:
            kept = len(cache) if isinstance(cache, tuple) else 1
            raise ConfigurationError.contradiction(
                "check_gradients",
                f"`grad` takes {self.wanted} arguments behind the data, and `cost` returns {kept} "
                "behind J",
            )
        return cache


@dataclass(eq=False)
class Stopwatch:
    """The time of a forward pass, wherever the check was.

    Parameters
    ----------
    shortest : float, default=inf
        Of all so far, in seconds: the first may have been a cold one.
    """

    shortest: float = inf


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
        """Return a sentence for every array that was changed in place."""
        was = {**self.calls.parameters.arrays, **_numbered(self.calls.data)}
        now = {**self.arrays, **_numbered(self.data)}
        return [
            f"{who} changes {name} in place: use a copy"
            for name, array in was.items()
            if not _equal(array, now[name])
        ]


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
        return deepcopy(data)
    return tuple(item if type(item) in _SIMPLE else item.copy("K") for item in data)


_SIMPLE = (int, float, bool, str, type(None))


def _numbered(data: Any, name: str = "data") -> dict[str, Any]:
    """Return the arrays among the data, also those in lists, by how they are reached."""
    found = {}
    parts = data.items() if isinstance(data, dict) else enumerate(data)
    for key, part in parts:
        inner = f"{name}[{key!r}]"
        if isinstance(part, np.ndarray):
            found[inner] = part
        elif isinstance(part, list | tuple | dict):
            found |= _numbered(part, inner)
    return found


def _wanted(function: Callable[..., Any], given: int) -> int:
    """Return how many arguments more a function wants: of what the forward pass has kept."""
    if type(function) is FunctionType and not function.__dict__:  # as a signature says, but fast
        code = function.__code__
        free = code.co_varnames[: code.co_argcount - len(function.__defaults__ or ())]
        wanted = len(free) + ("cache" in code.co_varnames[len(free) : code.co_argcount])
        return max(wanted - given, int(bool(code.co_flags & CO_VARARGS)))
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):
        return 0
    positional = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    several = [
        p
        for p in parameters
        if p.kind in positional and (p.default is Parameter.empty or p.name == "cache")
    ]
    return max(
        len(several) - given, int(any(p.kind is Parameter.VAR_POSITIONAL for p in parameters))
    )


def reachable(function: Any, depth: int = 2) -> list[Any]:
    """Return what a function, and those that it calls, read that is not given to them."""
    while hasattr(function, "func"):  # partial
        function = function.func
    function = getattr(function, "__wrapped__", getattr(function, "__func__", function))
    code = getattr(function, "__code__", None)
    if code is None:
        return []
    names = function.__globals__
    found = [names[name] for name in code.co_names if name in names]
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # not bound yet
            continue
    inner = [f for f in found if callable(f) and hasattr(f, "__code__")] if depth else []
    return found + [item for f in inner for item in reachable(f, depth - 1)]
