"""The forward pass, run once for many backward passes, where that makes no difference."""

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.copies import deep_copy
from trainwell.diagnosis.gradient_verdict.calls import Calls

Forward = Callable[[], tuple[Any, Any]]
"""Returns the cost and its cache."""
Backward = Callable[[Forward], Mapping[str, Any]]
"""Returns the gradients, by the name of the parameter, after a forward pass."""


def forward_once(calls: Calls, backward: Backward) -> Forward:
    """Return a forward pass that does not compute again what it has kept.

    It computes again where copies of its cache would not do: where the backward pass, as it
    stands, reads what the last forward pass has left elsewhere, leaves something itself, or
    draws random numbers behind it, and where arrays of the cache are views of each other.

    Parameters
    ----------
    calls : Calls
        The user's functions.
    backward : callable
        Their gradients after a given forward pass.

    Returns
    -------
    callable
        Gives the cost and, each time, a cache of its own.
    """
    try:
        value, cache = calls.value()
        if calls.generators.have_moved() or not _stands_apart(cache):
            return calls.value
        kept = deep_copy(cache)

        def once() -> tuple[Any, Any]:
            return value, deep_copy(kept)

        found = backward(lambda: (value, cache))
        calls.beside().value()
        again = [backward(once), backward(once)]
        calls.value()  # what a forward pass leaves is that of this point again
    except Exception:  # noqa: BLE001 - what the user's functions raise is not foreseen
        return calls.value
    return once if all(_same(found, each) for each in again) else calls.value


def _stands_apart(cache: Any) -> bool:
    """Say whether a cache holds only numbers, and arrays that are no views of each other."""
    arrays = _arrays(cache)
    if arrays is None:
        return False
    return not any(np.may_share_memory(*pair) for pair in combinations(arrays, 2))


def _arrays(cache: Any) -> list[Any] | None:
    """Return the arrays of a cache, each once; None where it holds anything but plain things."""
    found: dict[int, Any] = {}
    left, known = [cache], set()
    while left:
        item = left.pop()
        if isinstance(item, int | float | str | np.generic | None) or id(item) in known:
            continue
        known.add(id(item))
        if type(item) is np.ndarray and item.dtype.kind in "biufc":
            found[id(item)] = item
        elif isinstance(item, list | tuple | dict):
            left += item.values() if isinstance(item, dict) else item
        else:
            return None
    return list(found.values())


def _same(found: Mapping[str, Any], again: Mapping[str, Any]) -> bool:
    """Say whether two backward passes gave the same bits."""
    pairs = [(np.asarray(g), np.asarray(again.get(name))) for name, g in found.items()]
    return all(a.shape == b.shape and a.tobytes() == b.tobytes() for a, b in pairs)
