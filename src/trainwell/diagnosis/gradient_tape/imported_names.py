"""What the user's modules have imported by its own name, exchanged while they are recorded.

``from math import exp`` keeps the original where another function takes its place in ``math``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any


@dataclass(eq=False)
class _Module:
    """The globals of a module, what was exchanged in them, and how many recordings use it."""

    names: dict[str, Any]
    originals: dict[str, Any]
    users: int = 0


_EXCHANGED: dict[int, _Module] = {}


def modules_of(functions: Iterable[Callable[..., Any] | None]) -> list[dict[str, Any]]:
    """Return the globals of functions, of methods and of what can be called, each of them once.

    Parameters
    ----------
    functions : iterable of callable or None
        The user's.

    Returns
    -------
    list of dict
        None of what was not written in Python.
    """
    found: dict[int, dict[str, Any]] = {}
    for function in functions:
        called: Any = function
        while isinstance(called, partial):
            called = called.func
        own_class = vars(type(called)).get("__call__")  # of an object that can be called
        called = getattr(called, "__func__", called)
        names = getattr(called, "__globals__", getattr(own_class, "__globals__", None))
        if isinstance(names, dict):
            found[id(names)] = names
    return [*found.values()]


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
