"""What a backward pass does beside returning a gradient."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.finding import Finding, gradients_called
from trainwell.diagnosis.gradient_localisation.signatures import ratio

_SAME = 1e-12


def differs(before: Any, now: Any) -> bool:
    """Say whether two gradients of one parameter are not the same."""
    if (before is None) != (now is None):
        return True
    if before is None:
        return False
    first, second = np.asarray(before, np.float64), np.asarray(now, np.float64)
    if first.shape != second.shape:
        return True
    if (first == second).all() or np.array_equal(first, second, equal_nan=True):
        return False
    size = float(np.abs(first).max(initial=0.0)) or 1e-300
    return not np.abs(first - second).max(initial=0.0) <= _SAME * size


def repeated(given: Mapping[str, Any], again: Mapping[str, Any]) -> Finding | None:
    """Compare two calls with the same arguments, the same cache included.

    Parameters
    ----------
    given : mapping of str to Any
        What the backward pass gave the first time, copied.
    again : mapping of str to Any
        What it gave the second time.

    Returns
    -------
    Finding or None
        ``None`` if both calls give the same.
    """
    changed = [name for name in given if differs(given[name], again.get(name))]
    if not changed:
        return None
    factors = {
        c
        for name in changed
        if given[name] is not None and again.get(name) is not None
        if np.shape(given[name]) == np.shape(again[name])
        and (c := ratio(np.asarray(again[name], float), np.asarray(given[name], float)))
    }
    twice = len(factors) > 0 and all(abs(c - 2) < 1e-6 for c in factors)
    if twice:
        said = "a second call with the same arguments gives twice the gradient: it is added up"
        kinds = ("accumulated", "aliased", "stale")
    else:
        said = (
            "a second call with the same arguments gives another gradient: the first one has"
            " changed what it was given, or has kept something"
        )
        kinds = ("aliased", "accumulated", "stale")
    target = gradients_called(changed)
    factor = factors.pop() if twice else None
    return Finding(target, kinds[0], factor, None, said, 1.0, tuple(changed), kinds[1:])


def overwritten(given: Mapping[str, Any], raw: Mapping[str, Any]) -> Finding | None:
    """Compare what a first call returned with what has become of it after later calls.

    Parameters
    ----------
    given : mapping of str to Any
        What the backward pass gave, copied at once.
    raw : mapping of str to Any
        The very arrays that it returned.

    Returns
    -------
    Finding or None
        ``None`` if they are as they were.
    """
    changed = tuple(name for name in given if differs(given[name], raw.get(name)))
    if not changed:
        return None
    said = "a later call overwrites the arrays that an earlier one returned: return a copy"
    target = gradients_called(changed)
    return Finding(target, "aliased", None, None, said, 1.0, changed, ("stale", "accumulated"))
