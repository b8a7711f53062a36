"""What an object holds, in a dictionary of its own or in slots."""

from collections.abc import Callable
from contextlib import suppress
from copy import copy
from types import MemberDescriptorType, SimpleNamespace
from typing import Any

# ruff: noqa: SIM905 - a list of names is easier to read without its commas

_FOREIGN = frozenset(
    "builtins numpy scipy sklearn pandas polars matplotlib torch jax trainwell threading".split()
)


def attributes(thing: Any) -> dict[str, Any]:
    """Return the attributes of an object by their names.

    Parameters
    ----------
    thing : object
        Any object; its own ``__getattribute__`` is not asked.

    Returns
    -------
    dict of str to object
        Also what stands in ``__slots__``, of its class and of those above; without what is
        not set yet, and empty for what has neither slots nor a dictionary.
    """
    found: dict[str, Any] = {}
    for kind in reversed(type(thing).__mro__):
        if "__slots__" in vars(kind):
            for name, slot in vars(kind).items():
                if isinstance(slot, MemberDescriptorType):
                    with suppress(AttributeError):
                        found[name] = slot.__get__(thing)
    with suppress(AttributeError):
        found.update(object.__getattribute__(thing, "__dict__"))
    return found


def has_attributes(thing: Any) -> bool:
    """Say whether attributes of an object can be set at all."""
    return hasattr(thing, "__dict__") or any("__slots__" in vars(k) for k in type(thing).__mro__)


def is_written_by_user(kind: Any) -> bool:
    """Say whether a class or a function is not one of a library's that keeps nothing of ours."""
    module = getattr(kind, "__module__", None) or ""
    return module.partition(".")[0] not in _FOREIGN


def is_record(thing: Any) -> bool:
    """Say whether something is an object that holds other things by name, and no more than that.

    Parameters
    ----------
    thing : object
        A dataclass, a namespace or an object of a class of the user's; no mapping, sequence,
        array, class, function or module.

    Returns
    -------
    bool
        Whether its attributes are what it holds.
    """
    kind = type(thing)
    if kind is SimpleNamespace:
        return True
    if isinstance(thing, dict | list | tuple | int | float):
        return False
    return is_written_by_user(kind) and has_attributes(thing) and not hasattr(thing, "__array__")


def with_attributes(thing: Any, change: Callable[[str, Any], Any]) -> Any:
    """Return a shallow copy of an object whose attributes are changed.

    Parameters
    ----------
    thing : object
        What is not changed; it may be frozen.
    change : callable
        From the name and the value of an attribute to its new value.

    Returns
    -------
    object
        Of the same class.
    """
    twin = copy(thing)
    for name, value in attributes(thing).items():
        new = change(name, value)
        if new is not value:
            object.__setattr__(twin, name, new)
    return twin
