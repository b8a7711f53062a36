"""What the user's modules have imported by its own name, exchanged while they are recorded.

``from math import exp`` keeps the original where another function takes its place in ``math``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import FunctionType, MethodType
from typing import Any

from trainwell.diagnosis.gradient_tape.places import is_inside

_DEPTH = 2  # of calls, whose functions may stand in other modules


@dataclass(eq=False)
class _Module:
    """The globals of a module, what was exchanged in them, and how many recordings use it."""

    names: dict[str, Any]
    originals: dict[str, Any]
    users: int = 0


_EXCHANGED: dict[int, _Module] = {}


def modules_of(functions: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the globals of functions and of those that they call, each of them once.

    Parameters
    ----------
    functions : iterable of Any
        The user's; methods, objects that can be called, and what is bound to arguments, too.

    Returns
    -------
    list of dict
        None of what was not written in Python.
    """
    found = (each for function in functions for each in _behind(function, _DEPTH))
    return [*{id(each.__globals__): each.__globals__ for each in found}.values()]


def _behind(called: Any, depth: int) -> Iterator[FunctionType]:
    """Yield the function that is called in the end, and those that it reads."""
    while hasattr(called, "func"):  # as of `functools.partial`
        called = called.func
    called = getattr(called, "__wrapped__", getattr(called, "__func__", called))
    if not isinstance(called, FunctionType):
        called = vars(type(called)).get("__call__")
    if not isinstance(called, FunctionType) or is_inside(called.__code__.co_filename):
        return
    yield called
    names, cells = called.__globals__, called.__closure__ or ()
    read = [names[name] for name in called.__code__.co_names if name in names]
    for each in (*read, *map(_contents, cells)) if depth else ():
        if isinstance(each, FunctionType | MethodType | partial):
            yield from _behind(each, depth - 1)


def _contents(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not bound yet
        return None


def exchange_names(modules: Iterable[dict[str, Any]], exchanged: Mapping[int, Any]) -> None:
    """Put other functions in the place of those imported. The modules are modified.

    Parameters
    ----------
    modules : iterable of dict
        Globals; until :func:`restore_names` was called as often.
    exchanged : mapping of int to Any
        What takes the place of an original, by its identity.
    """
    for names in modules:
        module = _EXCHANGED.setdefault(id(names), _Module(names, {}))
        if not module.users:
            originals = {n: value for n, value in names.items() if id(value) in exchanged}
            module.originals.update(originals)
            names.update({name: exchanged[id(value)] for name, value in originals.items()})
        module.users += 1


def restore_names(modules: Iterable[dict[str, Any]]) -> None:
    """Give modules their own functions back, when the last recording ends. They are modified.

    Parameters
    ----------
    modules : iterable of dict
        Those that were given to :func:`exchange_names`.
    """
    for names in modules:
        module = _EXCHANGED[id(names)]
        module.users -= 1
        if not module.users:
            del _EXCHANGED[id(names)]
            names.update({n: value for n, value in module.originals.items() if n in names})
