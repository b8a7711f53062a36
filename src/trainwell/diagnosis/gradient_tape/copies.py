"""Deep copies of what people's programs hold, locks and open files among it."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, TypeVar

import numpy as np

from trainwell.diagnosis.gradient_tape.attributes import attributes, is_record

T = TypeVar("T")


def deep_copy(thing: T, instead: Mapping[int, Any] | None = None) -> T:
    """Return a deep copy, in which only what cannot be copied is the original's.

    Parameters
    ----------
    thing : Any
        Data, or an object with everything that it holds.
    instead : mapping of int to Any, optional
        By its identity, what takes the place of something in it.

    Returns
    -------
    Any
        A lock, an open file, a module, a generator and the like are shared.
    """
    shared: dict[int, Any] = dict(instead or {})
    while True:
        try:
            return deepcopy(thing, dict(shared))
        except Exception:  # whatever a class does when it is copied
            held = next(_not_copied(thing, shared, set()), None)
            if held is None or id(held) in shared:
                raise
            shared[id(held)] = held


def _not_copied(thing: Any, shared: dict[int, Any], seen: set[int]) -> Iterator[Any]:
    """Yield what cannot be copied and holds nothing else that cannot."""
    if id(thing) in seen or id(thing) in shared or isinstance(thing, np.ndarray):
        return
    seen.add(id(thing))
    held: list[Any] = []
    if isinstance(thing, dict):
        held = [*thing.values()]
    elif isinstance(thing, list | tuple):
        held = [*thing]
    elif is_record(thing):
        held = [*attributes(thing).values()]
    for each in held:
        yield from _not_copied(each, shared, seen)
    try:
        deepcopy(thing, dict(shared))
    except Exception:  # noqa: BLE001 - whatever a class does when it is copied
        yield thing
