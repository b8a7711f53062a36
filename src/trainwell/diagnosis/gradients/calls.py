"""Calls of the user's functions: each with the same random draws, none with a lasting effect."""

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from inspect import Parameter, signature
from typing import Any

import numpy as np

from trainwell.diagnosis.gradients.parameters import Parameters


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
    generators: "Generators" = field(init=False)

    def __post_init__(self) -> None:
        """Note the state of every generator that can be found."""
        found = [self.data, *map(_reachable, (self.cost, self.grad))]
        self.generators = Generators(found)
        self.takes_cache = self.grad is not None and _takes_more(self.grad, 1 + len(self.data))

    def fresh(self) -> "Arguments":
        """Return copies of the parameters and the data, to be given to the functions."""
        arrays = {name: array.copy() for name, array in self.parameters.arrays.items()}
        return Arguments(self, arrays, deepcopy(self.data))

    def value(
        self, values: Callable[[str], Any] | None = None, data: tuple[Any, ...] | None = None
    ) -> tuple[Any, Any]:
        """Return the cost and its cache (``None`` without one) for some parameters."""
        self.generators.restore()
        arrays = self.parameters.arrays
        chosen = values or (lambda name: arrays[name].copy())
        given = deepcopy(self.data) if data is None else data
        result = self.cost(self.parameters.rebuilt(chosen), *given)
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
        if not self.takes_cache:
            self.generators.restore()
        arrays = self.parameters.arrays
        chosen = values or (lambda name: arrays[name].copy())
        given = deepcopy(self.data) if data is None else data
        structure = self.parameters.rebuilt(chosen)
        extra = (cache,) if self.takes_cache and cache is not None else ()
        return self.grad(structure, *given, *extra)


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
            if not np.array_equal(array, now[name], equal_nan=array.dtype.kind == "f")
        ]


def _numbered(data: tuple[Any, ...]) -> dict[str, Any]:
    return {f"data[{at}]": x for at, x in enumerate(data) if isinstance(x, np.ndarray)}


def _takes_more(function: Callable[..., Any], given: int) -> bool:
    """Say whether a function wants another argument: what the forward pass has kept."""
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    if any(p.kind is Parameter.VAR_POSITIONAL for p in parameters):
        return True
    positional = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    wanted = [
        p
        for p in parameters
        if p.kind in positional and (p.default is Parameter.empty or p.name == "cache")
    ]
    return len(wanted) > given


def _reachable(function: Any, depth: int = 2) -> list[Any]:
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
    return found + [item for f in inner for item in _reachable(f, depth - 1)]


class Generators:
    """The state of every source of random numbers in sight.

    Parameters
    ----------
    places : list
        Where to look for generators beside the global ones.
    """

    def __init__(self, places: list[Any]) -> None:
        self._own = list(_found(places, 3))
        self._restore = [self._numpy(), self._python(), *map(_restorer, self._own)]
        torch = sys.modules.get("torch")
        if torch is not None:
            state = torch.random.get_rng_state()
            self._restore.append(lambda: torch.random.set_rng_state(state))

    @staticmethod
    def _numpy() -> Callable[[], None]:
        state = np.random.get_state()  # noqa: NPY002 - the user's
        return lambda: np.random.set_state(state)  # noqa: NPY002

    @staticmethod
    def _python() -> Callable[[], None]:
        state = random.getstate()
        return lambda: random.setstate(state)

    def restore(self) -> None:
        """Put every generator back to where it stood at first."""
        for restore in self._restore:
            restore()


def _found(places: Any, depth: int) -> Iterator[Any]:
    if isinstance(places, np.random.Generator | np.random.RandomState | random.Random):
        yield places
    elif depth and isinstance(places, dict):
        yield from _found(list(places.values()), depth)
    elif depth and isinstance(places, list | tuple):
        for place in places:
            yield from _found(place, depth - 1)


def _restorer(generator: Any) -> Callable[[], None]:
    if isinstance(generator, np.random.Generator):
        bits, state = generator.bit_generator, deepcopy(generator.bit_generator.state)

        def restore() -> None:
            bits.state = state

        return restore
    if isinstance(generator, random.Random):
        python = generator.getstate()
        return lambda: generator.setstate(python)
    legacy = generator.get_state()
    return lambda: generator.set_state(legacy)


@contextmanager
def unchanged(calls: Calls) -> Iterator[None]:
    """Leave every generator as it was found."""
    try:
        yield
    finally:
        calls.generators.restore()
