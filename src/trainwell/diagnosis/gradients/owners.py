"""Parameters that functions are not given: those of an object, and those of a module."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from trainwell.diagnosis.gradient_tape.places import is_users
from trainwell.diagnosis.gradient_verdict.parameters import PATTERNS

Path = tuple[tuple[str, Any], ...]
"""How something is reached: ``("attribute", name)`` and ``("entry", key)``, one after the other."""

_DEPTH = 6  # of objects within objects
_OF_A_DICTIONARY = 2  # steps to an entry of it
_PARAMETERS = ("params", "parameters")
_GRADIENTS = ("grads", "gradients", "grad", "gradient", "dparams")


class Owner(Protocol):
    """Where functions find their parameters."""

    @property
    def arrays(self) -> Mapping[str, Any]:
        """The arrays of floating-point numbers there, by how they are reached."""

    @property
    def is_declared(self) -> bool:
        """Whether it says itself which of its arrays are parameters."""

    def only(self, names: Collection[str]) -> "Owner":
        """Return the same with some of the arrays alone."""

    @contextmanager
    def holding(self, params: Mapping[str, Any], space: Any = None) -> Iterator[Any]:
        """Give what holds these arrays, and has the functions: the same ``space``, if given."""

    def gradient(self, space: Any, name: str) -> Any:
        """Return what a backward pass has left there for an array; ``None`` if nothing."""


class OfObject:
    """An object whose methods are called on copies of it.

    Parameters
    ----------
    thing : Any
        A user's object. Not modified.
    """

    def __init__(self, thing: Any) -> None:
        self.thing = thing
        self.paths: dict[str, list[Path]] = {}
        names: dict[int, str] = {}
        for path, array in _arrays_in(thing):
            name = names.setdefault(id(array), _written(path))
            self.paths.setdefault(name, []).append(path)

    @property
    def arrays(self) -> dict[str, Any]:
        """Its arrays of floating-point numbers; those of ``params`` alone, if there is such."""
        return {name: _at(self.thing, paths[0]) for name, paths in self.paths.items()}

    @property
    def is_declared(self) -> bool:
        """Whether it has a dictionary of its parameters."""
        return _declared(self.thing) is not None

    def only(self, names: Collection[str]) -> "OfObject":
        """Return the same with some of the arrays alone."""
        found = OfObject(self.thing)
        found.paths = {name: self.paths[name] for name in self.paths if name in names}
        return found

    @contextmanager
    def holding(self, params: Mapping[str, Any], space: Any = None) -> Iterator[Any]:
        """Give a copy that holds these arrays, or the one that a forward pass has left."""
        if space is None:
            space = deepcopy(self.thing)
            for name, value in params.items():
                for path in self.paths[name]:
                    _put(_at(space, path[:-1]), path[-1], value)
        yield space

    def gradient(self, space: Any, name: str) -> Any:
        """Return what is called like an array's gradient, and stands beside the array."""
        path = self.paths[name][0]
        *_, (kind, last) = path
        holder = _at(space, path[:-1])
        if kind == "attribute":
            found = called_like(vars(holder), last)
            return _in_collections(holder, last) if found is None else found
        above = _at(space, path[:-2]) if len(path) > 1 else None
        if not hasattr(above, "__dict__"):
            return None
        group = called_like(vars(above), path[-2][1])
        if group is not None:
            return called_like(group, last) if isinstance(group, Mapping) else _entry(group, last)
        return _in_collections(above, last)


class OfModule:
    """A module whose functions read its variables.

    Parameters
    ----------
    module : ModuleType
        The module. Its variables are others while a function runs.
    names : sequence of str
        Those that hold arrays.
    """

    def __init__(self, module: ModuleType, names: Sequence[str]) -> None:
        self.module = module
        self.names = tuple(names)

    @property
    def arrays(self) -> dict[str, Any]:
        """The arrays by the names of the variables."""
        return {name: getattr(self.module, name) for name in self.names}

    @property
    def is_declared(self) -> bool:
        """Return false: what else may a module hold."""
        return False

    def only(self, names: Collection[str]) -> "OfModule":
        """Return the same with some of the arrays alone."""
        return OfModule(self.module, [name for name in self.names if name in names])

    @contextmanager
    def holding(self, params: Mapping[str, Any], space: Any = None) -> Iterator[Any]:
        """Give the module with these arrays for a while."""
        del space
        known = self.arrays
        vars(self.module).update(params)
        try:
            yield self.module
        finally:
            vars(self.module).update(known)

    def gradient(self, space: Any, name: str) -> Any:
        """Return what is called like a variable's gradient."""
        return called_like(vars(space), name)


def _arrays_in(thing: Any) -> Iterator[tuple[Path, Any]]:
    """Yield the arrays that an object holds and that can be exchanged, with their paths."""
    name = _declared(thing)
    if name is None:
        yield from _walked(thing, (), set())
    else:
        yield from _walked(getattr(thing, name), (("attribute", name),), set())


def _declared(thing: Any) -> str | None:
    """Return what an object calls its dictionary of parameters; ``None`` without one."""
    for name in _PARAMETERS:
        held = getattr(thing, name, None)
        if isinstance(held, dict) and any(map(_is_array, held.values())):
            return name
    return None


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
        parts = [(("attribute", name), value) for name, value in vars(thing).items()]
    for step, value in parts:
        if _is_array(value):
            if not isinstance(thing, tuple):
                yield (*path, step), value
        else:
            yield from _walked(value, (*path, step), known)


def is_of_user(thing: Any) -> bool:
    """Say whether something is an object of a class that the user has written."""
    if isinstance(thing, type | ModuleType) or not hasattr(thing, "__dict__"):
        return False
    methods = [m for m in vars(type(thing)).values() if hasattr(m, "__code__")]
    return any(is_users(method.__code__.co_filename) for method in methods)


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size > 0


def _at(thing: Any, path: Path) -> Any:
    for kind, name in path:
        thing = getattr(thing, name) if kind == "attribute" else thing[name]
    return thing


def _put(holder: Any, step: tuple[str, Any], value: Any) -> None:
    kind, name = step
    if kind == "attribute":
        setattr(holder, name, value)
    else:
        holder[name] = value


def _written(path: Path) -> str:
    """Return a path as a user would write it, without the dictionary of all parameters."""
    if len(path) == _OF_A_DICTIONARY and path[0] in {("attribute", name) for name in _PARAMETERS}:
        return str(path[1][1])
    text = ""
    for kind, name in path:
        text += f".{name}" if kind == "attribute" else f"[{name!r}]"
    return text.removeprefix(".")


def called_like(names: Mapping[Any, Any], name: Any) -> Any:
    """Return what is called like the gradient of something; ``None`` if nothing is."""
    for pattern in PATTERNS:
        called = pattern.format(name)
        if called != str(name) and names.get(called) is not None:
            return names[called]
    return None


def _in_collections(holder: Any, name: Any) -> Any:
    """Return an entry of ``grads`` or the like, by the name of the array or of its gradient."""
    for called in _GRADIENTS:
        found = vars(holder).get(called)
        if isinstance(found, Mapping):
            value = found.get(name)
            return called_like(found, name) if value is None else value
    return None


def _entry(group: Any, at: Any) -> Any:
    return group[at] if isinstance(group, Sequence) and at < len(group) else None
