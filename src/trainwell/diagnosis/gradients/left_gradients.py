"""What a backward pass leaves beside a parameter: under a name like its own, or in a collection."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.attributes import attributes, has_attributes, is_record
from trainwell.diagnosis.gradient_verdict.parameters import called_like

Path = tuple[tuple[str, Any], ...]
"""How something is reached: ``("attribute", name)`` and ``("entry", key)``, one after the other."""
OF_A_COLLECTION = 2
"""Steps to an entry of a collection."""
VALUES = ("v", "value", "val", "data")
"""What an object for one parameter calls its value."""
_SLOPES = ("d", "grad", "gradient", "g", "dv", "deriv")  # and the gradient
GRADIENTS = ("grads", "gradients", "grad", "gradient", "dparams")
"""What a collection of gradients is called."""


def beside(thing: Any, path: Path) -> Any:
    """Return the gradient that stands beside an array: by name, or in a collection like its own."""
    *_, (kind, last) = path
    holder = at(thing, path[:-1])
    around = attributes(holder) if has_attributes(holder) else holder
    found = called_like(around, last) if isinstance(around, Mapping) else None
    if found is None and kind == "attribute" and last in VALUES:
        found = next((around[name] for name in _SLOPES if around.get(name) is not None), None)
    if found is None and kind == "attribute":
        found = _in_collections(around, last)
        found = _by_letter(around, around, last) if found is None else found
    if found is not None or len(path) < OF_A_COLLECTION or path[-2][0] != "attribute":
        return found
    above = attributes(at(thing, path[:-2]))
    group = called_like(above, path[-2][1])
    return _in_collections(above, last) if group is None else _entry(group, last)


def put_back(thing: Any, path: Path, left: Any, before: Any) -> None:
    """Give what was left beside an array or a number, which is modified, what it held before.

    Parameters
    ----------
    thing : Any
        What holds both.
    path : tuple
        How the array or number is reached there.
    left : Any
        What was left beside it before a call.
    before : Any
        A copy of that.
    """
    if type(left) is np.ndarray:
        left[...] = before
    holder = at(thing, path[:-1])
    if not isinstance(left, float | int) or not has_attributes(holder):
        return
    now = beside(thing, path)
    for name, value in attributes(holder).items():
        if value is now:
            set_attribute(holder, name, before)


def _in_collections(names: Mapping[str, Any], name: Any) -> Any:
    """Return an entry of ``grads`` or the like, by the name of the array or of its gradient."""
    found = next((names[each] for each in GRADIENTS if names.get(each) is not None), None)
    entry = _entry(found, name)
    return _by_letter(found, names, name) if entry is None else entry


def _by_letter(group: Any, names: Mapping[str, Any], name: Any) -> Any:
    """Return ``dW`` of ``weights``, if no other array beside it begins with that letter."""
    if not isinstance(group, Mapping) or not isinstance(name, str):
        return None
    letter = name.lstrip("_")[:1].lower()
    alike = [n for n, a in names.items() if is_numeric(a) and n.lstrip("_").lower()[:1] == letter]
    if alike != [name]:
        return None
    found = (called_like(group, each) for each in (letter, letter.upper()))
    return next((f for f in found if f is not None and np.shape(f) == np.shape(names[name])), None)


def _entry(group: Any, name: Any) -> Any:
    group = group._asdict() if hasattr(group, "_fields") else group
    group = attributes(group) if is_record(group) else group
    if isinstance(group, Mapping):
        value = group.get(name)
        return called_like(group, name) if value is None else value
    in_range = isinstance(group, list | tuple) and isinstance(name, int) and name < len(group)
    return group[name] if in_range else None


def at(thing: Any, path: Path) -> Any:
    """Return what is reached so."""
    for kind, name in path:
        thing = getattr(thing, name) if kind == "attribute" else thing[name]
    return thing


def set_attribute(holder: Any, name: str, value: Any) -> None:
    """Give an object an attribute, also one that forbids it.

    Parameters
    ----------
    holder : Any
        The object, which is modified.
    name : str
        Of the attribute.
    value : Any
        What it is to hold.
    """
    try:
        setattr(holder, name, value)
    except AttributeError:
        object.__setattr__(holder, name, value)


def is_numeric(value: Any) -> bool:
    """Say whether something is a number, or an array of such that may be moved a little."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind == "f" and value.size > 0
    return isinstance(value, float | int | np.floating) and not isinstance(value, bool)
