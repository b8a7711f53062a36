"""Parameters that functions are not given: those of an object, and those of a module."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from functools import cached_property, partial
from inspect import isfunction, signature
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from trainwell.diagnosis.gradient_tape.attributes import attributes, has_attributes
from trainwell.diagnosis.gradient_tape.copies import deep_copy
from trainwell.diagnosis.gradient_tape.places import is_users
from trainwell.diagnosis.gradient_verdict.parameters import called_like
from trainwell.diagnosis.gradients.left_gradients import (
    OF_A_COLLECTION,
    VALUES,
    Path,
    at,
    beside,
    is_numeric,
    put_back,
    set_attribute,
)

_DEPTH = 6  # of objects within objects
_PARAMETERS = ("params", "parameters")


class Owner(Protocol):
    """Where functions find their parameters."""

    @property
    def arrays(self) -> Mapping[str, Any]:
        """The arrays and numbers there, by how they are reached."""

    @property
    def is_declared(self) -> bool:
        """Whether it says itself which of them are parameters."""

    def only(self, names: Collection[str]) -> "Owner":
        """Return the same with some of them alone, which are parameters."""

    def used(self, space: Any) -> "Owner":
        """Return the same; copies are made of such a copy, with all that has been done to it."""

    def called(self, path: str) -> str:
        """Return how a person would write what is reached so in a copy."""

    def holding(self, params: Mapping[str, Any], space: Any = None) -> Any:
        """Give a copy that holds these parameters, or the ``space`` that is given, for a while."""

    def values(self, space: Any) -> dict[str, Any]:
        """Return the same arrays and numbers of such a copy."""

    def function(self, space: Any, name: str) -> Any:
        """Return a function that finds the parameters of such a copy."""

    def gradient(self, space: Any, name: str) -> Any:
        """Return what a backward pass has left there for a parameter; ``None`` if nothing."""

    def begin_anew(self, space: Any, name: str, left: Any, before: Any) -> None:
        """Put back, in such a copy, what was left for a parameter, so that nothing adds to it."""


class OfObject:
    """An object whose methods are called on copies of it, or functions that take it first.

    Parameters
    ----------
    thing : Any
        A user's object. Not modified.
    module : ModuleType, optional
        Where the functions are; ``None`` if they are the object's methods.
    of_methods : bool, default=False
        Whether they are its methods where it has one of that name.
    """

    def __init__(
        self, thing: Any, module: ModuleType | None = None, *, of_methods: bool = False
    ) -> None:
        self.thing = thing
        self.module = module
        self.of_methods = of_methods
        self.paths = _paths(_declared(thing), thing)

    @property
    def arrays(self) -> dict[str, Any]:
        """Its arrays and numbers; those of ``params`` alone, if there is such."""
        return _values(self.thing, self.paths)

    @property
    def is_declared(self) -> bool:
        """Whether it has a collection of its parameters."""
        return _declared(self.thing) is not None

    def only(self, names: Collection[str]) -> "OfObject":
        """Return the same with some of them alone, which are parameters."""
        found = copy(self)
        found.paths = {name: self.paths[name] for name in self.paths if name in names}
        return found

    def used(self, space: Any) -> "OfObject":
        """Return the same; copies are made of such a copy, with all that has been done to it."""
        found = copy(self)
        found.thing = space
        return found

    def called(self, path: str) -> str:
        """Return how a person would write what is reached so in a copy."""
        of_methods = self.module is None or self.of_methods
        return ("self" if of_methods else next(iter(self._called), "")) + path

    @contextmanager
    def holding(self, params: Mapping[str, Any], space: Any = None) -> Iterator[Any]:
        """Give a copy that holds these parameters, or the one that a forward pass has left."""
        yield _copied(self.thing, self.paths, params) if space is None else space

    def values(self, space: Any) -> dict[str, Any]:
        """Return the same arrays and numbers of a copy."""
        return _values(space, self.paths)

    def function(self, space: Any, name: str) -> Any:
        """Return a method of a copy, or a function with the copy as its first argument."""
        if self.module is None or (self.of_methods and hasattr(space, name)):
            return getattr(space, name)
        function = getattr(self.module, name)
        return partial(function, space) if self.is_given_to(name) else function

    @cached_property
    def _called(self) -> set[str]:
        """What functions of the module call the object: most that read its attributes do so."""
        functions = [f for f in vars(self.module).values() if isfunction(f)]
        own = [f for f in functions if f.__module__ == getattr(self.module, "__name__", "")]
        held = {*attributes(self.thing), *dir(type(self.thing))} - {*dir(np.ndarray)}
        readers = [f for f in own if _first(f) and held.intersection(f.__code__.co_names)]
        counts = Counter(map(_first, readers or own))
        return {name for name, _ in counts.most_common(1) if name}

    def is_given_to(self, name: str) -> bool:
        """Say whether a function of the module takes the object first."""
        return self.module is not None and _first(getattr(self.module, name)) in self._called

    def gradient(self, space: Any, name: str) -> Any:
        """Return what is called like a parameter's gradient, and stands beside it."""
        return beside(space, self.paths[name][0])

    def begin_anew(self, space: Any, name: str, left: Any, before: Any) -> None:
        """Put back, in such a copy, what was left for a parameter, so that nothing adds to it."""
        put_back(space, self.paths[name][0], left, before)


class OfModule:
    """A module whose functions read its variables.

    Parameters
    ----------
    module : ModuleType
        The module. Its variables are others while a function runs.
    names : sequence of str
        Those that functions read: arrays, numbers, and what holds such.
    """

    def __init__(self, module: ModuleType, names: Sequence[str]) -> None:
        self.module = module
        self.names = tuple(names)
        self.variables: dict[str, Any] | None = None
        self.paths = _paths(None, self._own())

    def _own(self) -> dict[str, Any]:
        known = self.variables
        return {n: getattr(self.module, n) for n in self.names} if known is None else known

    @property
    def arrays(self) -> dict[str, Any]:
        """The arrays and numbers by how they are reached."""
        return _values(self._own(), self.paths)

    @property
    def is_declared(self) -> bool:
        """Return false: what else may a module hold."""
        return False

    def only(self, names: Collection[str]) -> "OfModule":
        """Return the same with some of them alone, which are parameters."""
        found = copy(self)
        found.paths = {name: self.paths[name] for name in self.paths if name in names}
        return found

    def used(self, space: Any) -> "OfModule":
        """Return the same; copies are made of such variables, with all that was done to them."""
        found = copy(self)
        found.variables = space
        return found

    def called(self, path: str) -> str:
        """Return how a person would write what is reached so in a copy."""
        name, end, rest = path.removeprefix("['").partition("']")
        return name + rest if end else path

    @contextmanager
    def holding(self, params: Mapping[str, Any], space: Any = None) -> Iterator[Any]:
        """Give the module other variables for a while; yields these."""
        known = {name: getattr(self.module, name) for name in self.names}
        variables = _copied(self._own(), self.paths, params) if space is None else space
        vars(self.module).update(variables)
        try:
            yield variables
        finally:
            vars(self.module).update(known)

    def values(self, space: Any) -> dict[str, Any]:
        """Return the same arrays and numbers of other variables."""
        return _values(space, self.paths)

    def function(self, space: Any, name: str) -> Any:
        """Return a function of the module."""
        del space
        return getattr(self.module, name)

    def gradient(self, space: Any, name: str) -> Any:
        """Return what is called like a parameter's gradient, and stands beside it."""
        path = self.paths[name][0]
        return beside(space, path) if len(path) > 1 else called_like(vars(self.module), name)

    def begin_anew(self, space: Any, name: str, left: Any, before: Any) -> None:
        """Put back, in such a copy, what was left for a parameter, so that nothing adds to it."""
        put_back(space, self.paths[name][0], left, before)


def is_of_user(thing: Any) -> bool:
    """Say whether something is an object of a class that the user has written."""
    if isinstance(thing, type | ModuleType) or not has_attributes(thing):
        return False
    return is_class_of_user(type(thing)) or hasattr(thing, "__dataclass_fields__")


def number_in(cost: Any) -> Any:
    """Return the number that an object of the user's holds, as ``Value.data``; or what is given."""
    if not is_of_user(cost):
        return cost
    held = attributes(cost)
    return next((held[n] for n in VALUES if is_numeric(held.get(n))), cost)


def is_class_of_user(kind: type) -> bool:
    """Say whether the user has written some method of a class, or of one that it inherits from."""
    methods = [m for each in kind.__mro__ for m in vars(each).values() if hasattr(m, "__code__")]
    return any(is_users(method.__code__.co_filename) for method in methods)


def _first(function: Any) -> str:
    """Return what a function calls its first argument; empty without one."""
    return next(iter(signature(function).parameters), "")


def _paths(declared: str | None, thing: Any) -> dict[str, list[Path]]:
    """Return how the arrays and numbers in something are reached, by their names."""
    root: Any = thing
    path: Path = ()
    if declared is not None:
        root, path = getattr(thing, declared), (("attribute", declared),)
    found: dict[str, list[Path]] = {}
    names: dict[int, str] = {}
    for each, value in _walked(root, path, set()):
        name = _written(each, of_module=isinstance(thing, dict))
        if isinstance(value, np.ndarray):  # what is one array is one parameter
            name = names.setdefault(id(value), name)
        found.setdefault(name, []).append(each)
    if declared is not None:  # what layers hold of the collection is exchanged with it
        for each, value in _walked(thing, (), set()):
            known = found.get(names.get(id(value), ""), [each])
            known += [each] if each not in known else []
    return found


def _walked(thing: Any, path: Path, known: set[int]) -> Iterator[tuple[Path, Any]]:
    if id(thing) in known or len(path) > _DEPTH:
        return
    known.add(id(thing))
    parts: list[tuple[tuple[str, Any], Any]] = []
    if isinstance(thing, dict):
        parts = [(("entry", key), value) for key, value in thing.items()]
    elif isinstance(thing, list | tuple):
        parts = [(("entry", at), value) for at, value in enumerate(thing)]
    elif is_of_user(thing):
        parts = [(("attribute", name), value) for name, value in attributes(thing).items()]
    for step, value in parts:
        if is_numeric(value):
            if not isinstance(thing, tuple):
                yield (*path, step), value
        else:
            yield from _walked(value, (*path, step), known)


def _declared(thing: Any) -> str | None:
    """Return what an object calls its collection of parameters; ``None`` without one."""
    for name in _PARAMETERS:
        held = getattr(thing, name, None)
        parts = held.values() if isinstance(held, dict) else held
        if isinstance(held, dict | list) and any(isinstance(x, np.ndarray) for x in parts or ()):
            return name
    return None


def _values(thing: Any, paths: Mapping[str, Sequence[Path]]) -> dict[str, Any]:
    return {name: at(thing, each[0]) for name, each in paths.items()}


def _copied(thing: Any, paths: Mapping[str, Sequence[Path]], params: Mapping[str, Any]) -> Any:
    """Return a copy that holds other arrays and numbers; others are what a function is given."""
    other = deep_copy(thing)
    for name, value in params.items():
        for path in paths.get(name, ()):
            holder, (kind, last) = at(other, path[:-1]), path[-1]
            if kind == "attribute":
                set_attribute(holder, last, value)
            else:
                holder[last] = value
    return other


def _written(path: Path, *, of_module: bool = False) -> str:
    """Return a path as a user would write it, without the dictionary of all parameters."""
    first, *_ = path
    declared = first in {("attribute", name) for name in _PARAMETERS}
    if declared and len(path) == OF_A_COLLECTION and isinstance(path[1][1], str):
        return path[1][1]
    text = ""
    for kind, name in (("attribute", first[1]), *path[1:]) if of_module else path:
        text += f".{name}" if kind == "attribute" else f"[{name!r}]"
    return text.removeprefix(".")
