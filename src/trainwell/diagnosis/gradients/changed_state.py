"""What a backward pass changes of what the forward pass has kept, by how it is reached."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.attributes import attributes
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradients.owned import owner_of
from trainwell.diagnosis.gradients.owners import Owner

_DEEP = 5  # holders within holders
_MANY = 500  # arrays
_OWNED = "cache[0]"  # the copy of an object that a forward pass hands on


def changed_state(calls: Calls) -> list[str]:
    """Return what one more call of the backward pass changes.

    Parameters
    ----------
    calls : Calls
        The functions and the point; both are called once.

    Returns
    -------
    list of str
        As ``cache.layers[0].W``, of a network that is updated within its backward pass; none
        where the functions cannot be called once more.
    """
    with suppress(Exception):  # what they have kept of a recording may refuse plain calls
        _, cache = calls.value()
        before = {path: array.copy() for path, array in _arrays(cache, "cache", _DEEP)}
        calls.gradients(cache)
        after = dict(_arrays(cache, "cache", _DEEP))
        names = [path for path, array in before.items() if _is_changed(array, after.get(path))]
        owner = owner_of(calls.cost)
        return names if owner is None else [_of_owner(path, owner) for path in names]
    return []


def _of_owner(path: str, owner: Owner) -> str:
    """Return how a person would write what the copy of an object holds."""
    within = path.removeprefix(_OWNED)
    return path if within == path else owner.called(within)


def _is_changed(before: Any, after: Any) -> bool:
    if after is None:
        return False
    return not np.array_equal(before, after, equal_nan=before.dtype.kind == "f")


def _arrays(holder: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield the arrays of numbers that something holds."""
    if isinstance(holder, np.ndarray):
        if holder.dtype.kind in "fiub":
            yield path, holder
        return
    if not depth:
        return
    parts: list[tuple[str, Any]] = []
    if isinstance(holder, dict):
        parts = [(f"{path}[{key!r}]", held) for key, held in holder.items()]
    elif isinstance(holder, list | tuple):
        parts = [(f"{path}[{at}]", held) for at, held in enumerate(holder)]
    elif not isinstance(holder, type) and not callable(holder):
        parts = [(f"{path}.{name}", held) for name, held in attributes(holder).items()]
    for name, held in parts[:_MANY]:
        yield from _arrays(held, name, depth - 1)
