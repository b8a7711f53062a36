"""What the user's modules have imported by its own name, exchanged while they are recorded.

``from math import exp`` keeps the original where another function takes its place in ``math``.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from inspect import unwrap
from types import CodeType, FunctionType, MethodType
from typing import Any

from trainwell.diagnosis.gradient_tape.places import is_users

_DEPTH = 2  # of calls, whose functions may stand in other modules

_ORIGINALS: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
"""The globals of a module, and what stood there before, by the identity of the globals."""
_ADDED: dict[int, tuple[dict[str, Any], set[str]]] = {}
"""The same, with the built-in names that did not stand there."""


def modules_of(functions: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the globals of functions and of those that they call, each of them once.

    Parameters
    ----------
    functions : iterable of Any
        The user's; methods, objects that can be called, and what is bound to arguments, too.

    Returns
    -------
    list of dict
        None of a library.
    """
    found = (each for function in functions for each in _behind(function, _DEPTH))
    return [*{id(each.__globals__): each.__globals__ for each in found}.values()]


def _behind(called: Any, depth: int) -> Iterator[FunctionType]:
    """Yield the function that is called in the end, and those that it reads."""
    if isinstance(called, FunctionType | MethodType):
        called = unwrap(getattr(called, "__func__", called))
    elif isinstance(called, partial) or "func" in getattr(called, "__dict__", ()):
        yield from _behind(called.func, depth)  # of the command line's, too
    elif callable(called):
        called = type(called).__call__
    if not isinstance(called, FunctionType) or not is_users(called.__code__.co_filename):
        return
    yield called
    for each in (*read_by(called), *_methods_named_by(called)) if depth else ():
        if isinstance(each, FunctionType | MethodType | partial):
            yield from _behind(each, depth - 1)


def _methods_named_by(function: FunctionType) -> list[Any]:
    """Return the methods that a function names, of all classes of its module."""
    names = set(function.__code__.co_names)
    classes = [each for each in function.__globals__.values() if isinstance(each, type)]
    return [vars(each)[name] for each in classes for name in names.intersection(vars(each))]


def is_named(name: str, functions: Iterable[Any]) -> bool:
    """Say whether functions, or those that they call, look a name up.

    Parameters
    ----------
    name : str
        As ``"float"``.
    functions : iterable of Any
        The user's.

    Returns
    -------
    bool
        Within comprehensions, too.
    """
    found = (each for function in functions for each in _behind(function, _DEPTH))
    return any(_names(each.__code__, name) for each in found)


def _names(code: CodeType, name: str) -> bool:
    inner = (each for each in code.co_consts if isinstance(each, CodeType))
    return name in code.co_names or any(_names(each, name) for each in inner)


def read_by(function: FunctionType) -> list[Any]:
    """Return what a function reads of its module, its defaults, and the functions around it.

    Parameters
    ----------
    function : FunctionType
        Any.

    Returns
    -------
    list of Any
        As it is bound now.
    """
    names = function.__globals__
    found = [names[name] for name in function.__code__.co_names if name in names]
    found += function.__defaults__ or ()
    found += (function.__kwdefaults__ or {}).values()
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # not bound yet
            continue
    return found


def exchange_names(
    modules: Iterable[dict[str, Any]], exchanged: Mapping[int, Any], built_in: Mapping[str, Any]
) -> None:
    """Put other functions in the place of those imported. The modules are modified.

    Parameters
    ----------
    modules : iterable of dict
        Globals.
    exchanged : mapping of int to Any
        What takes the place of an original, by its identity.
    built_in : mapping of str to Any
        What takes the place of a built-in name, where the module has none that is called so.
    """
    for names in modules:
        if id(names) not in _ORIGINALS:
            # Another thread may define something meanwhile.
            originals = {n: value for n, value in names.copy().items() if id(value) in exchanged}
            _ORIGINALS[id(names)] = names, originals
            names.update({name: exchanged[id(value)] for name, value in originals.items()})
        added = {name for name in built_in if name not in names}
        _ADDED.setdefault(id(names), (names, set()))[1].update(added)
        names.update({name: built_in[name] for name in added})


def restore_names(exchanged: Mapping[int, Any], built_in: Mapping[str, Any]) -> None:
    """Give all modules their own functions back. They are modified.

    Parameters
    ----------
    exchanged, built_in : mapping
        As given to :func:`exchange_names`: what was bound anew meanwhile stays.
    """
    for names, originals in _ORIGINALS.values():
        for name, original in originals.items():
            if names.get(name) is exchanged[id(original)]:
                names[name] = original
    for names, added in _ADDED.values():
        for name in added:
            if names.get(name) is built_in[name]:
                del names[name]
    _ORIGINALS.clear()
    _ADDED.clear()
