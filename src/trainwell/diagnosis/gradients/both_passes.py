"""Both passes, called as training calls them, and what they do beside."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_verdict.calls import Arguments, Calls, positional
from trainwell.diagnosis.gradient_verdict.draws import drawing
from trainwell.diagnosis.gradient_verdict.other_numbers import refuse_others
from trainwell.diagnosis.gradient_verdict.parameters import (
    called_like,
    given_gradient,
    named_parts,
)
from trainwell.diagnosis.gradients.changed_state import changed_state
from trainwell.diagnosis.gradients.hygiene import repeated
from trainwell.diagnosis.gradients.owned import of_used
from trainwell.errors import ConfigurationError

_LISTED = 10  # names that are returned


@dataclass(frozen=True, eq=False)
class Called:
    """What both passes gave.

    Parameters
    ----------
    cost : float
        From the forward pass.
    given : mapping of str to Any
        The gradients, copied; ``None`` where there is none.
    returned : mapping of str to Any
        The very arrays that came: a later call may write to them.
    reasons : tuple of str
        What was changed in place.
    kept : Finding or None
        What a second backward pass gives that the first did not.
    narrow : str, default=""
        The kind of numbers of the cost, where that is narrower than double precision.
    unmatched : tuple of str
        What is returned where a gradient is looked for in vain.
    """

    cost: float
    given: Mapping[str, Any]
    returned: Mapping[str, Any]
    reasons: tuple[str, ...]
    kept: Finding | None
    narrow: str = ""
    unmatched: tuple[str, ...] = ()


def called_twice(calls: Calls, grad: Any, key: Any) -> Called:
    """Call the forward pass once and the backward pass twice; what only they hold is let go.

    Memory that is used again costs nothing; new memory of a large network's size costs as
    much as its forward pass.

    Parameters
    ----------
    calls : Calls
        The functions and the point.
    grad : Any
        The gradients, where there is no backward pass.
    key : str, callable or mapping
        From parameters to their gradients.

    Returns
    -------
    Called
        With what they do beside.
    """
    copies = calls.fresh()
    value, cache = calls.value(copies.get, copies.data)
    cost = _number(value, calls)
    if calls.grad is None:
        _refuse_unchecked(calls, grad)
        returned = given_gradient(grad, calls.parameters, key)
        unmatched = tuple(_not_returned(grad, returned))
        said = _changed(calls, copies)
        return Called(cost, _copied(returned), returned, said, None, unmatched=unmatched)
    kept = calls.wanted.most or calls.wanted.by_name
    if kept and calls.generators.have_moved():
        calls.draws_again = _draws_again(calls)
        _, cache = calls.value(copies.get, copies.data)
    first = calls.gradients(cache, copies.get, copies.data)
    _refuse_unchecked(calls, first)
    returned = given_gradient(first, calls.parameters, key)
    given = _copied(returned)
    reasons = _changed(calls, copies)
    try:
        second = calls.gradients(cache, copies.get, copies.data) if not reasons else None
    except Exception:  # noqa: BLE001 - a cache may be used up, as by cache.pop()
        second = None
    if second is None:
        copies = calls.fresh()
        _, cache = calls.value(copies.get, copies.data)
        second = calls.gradients(cache, copies.get, copies.data)
    repeats = repeated(given, given_gradient(second, calls.parameters, key))
    unmatched = tuple(_not_returned(first, returned))
    if repeats is not None and _is_made_good(calls, cache, key):
        changed = some_of(changed_state(calls), _LISTED)
        once = f"the backward pass changes {changed} in place: call it once after a forward pass"
        repeats, reasons = None, (*reasons, once)
    return Called(cost, given, returned, reasons, repeats, _narrow(value), unmatched)


def _refuse_unchecked(calls: Calls, gradients: Any) -> None:
    """Refuse parameters that have gradients but would not be checked, such as complex ones."""
    known = calls.parameters.arrays
    parts = named_parts(calls.parameters.structure)
    others = {name: part for name, part in parts.items() if name not in known}
    if others:
        found = named_parts(gradients)
        missing = {name for name in others if name not in found}
        refuse_others(others, {name: called_like(found, name) for name in missing} | found)


def _is_made_good(calls: Calls, cache: Any, key: Any) -> bool:
    """Say whether a forward pass of the same object makes good what a backward pass changes.

    What the forward pass itself hands on to the next one, as the state of a recurrent network,
    is the same with a backward pass between them and without.
    """
    try:
        with_it, without = (_of_next(calls, each, key) for each in (cache, calls.value()[1]))
    except Exception:  # noqa: BLE001 - what the backward pass has changed may be of no more use
        return False
    return with_it is not None and without is not None and repeated(without, with_it) is None


def _of_next(calls: Calls, cache: Any, key: Any) -> dict[str, Any] | None:
    """Return the gradients of the next step of an object; ``None`` where there is no object."""
    forward = of_used(calls.cost, cache[0]) if isinstance(cache, tuple) and cache else None
    if forward is None:
        return None
    following = replace(calls, cost=forward)
    _, kept = following.value()
    return _copied(given_gradient(following.gradients(kept), calls.parameters, key))


def _draws_again(calls: Calls) -> bool:
    """Say whether the backward pass runs what draws random numbers in the forward pass, too."""
    copies = calls.fresh()
    made: list[Any] = []
    before = drawing(lambda: made.append(calls.value(copies.get, copies.data)), calls.noted)
    cache = made[0][1] if made else calls.value(copies.get, copies.data)[1]
    again = drawing(lambda: calls.gradients(cache, copies.get, copies.data), calls.noted)
    return bool(before & again)


def _narrow(cost: Any) -> str:
    """Return the kind of numbers of a cost that is narrower than double precision."""
    return str(cost.dtype) if isinstance(cost, np.float32 | np.float16) else ""


def with_settings(calls: Calls, grad: Any, key: Any) -> Calls:
    """Return the same calls; settings for which there is a gradient are parameters, too.

    Parameters
    ----------
    calls : Calls
        The functions and the point.
    grad : Any
        The gradients, where there is no backward pass.
    key : str, callable or mapping
        From parameters to their gradients.

    Returns
    -------
    Calls
        Whole numbers without a gradient are sizes and indices, an object's numbers rates.
    """
    returned = grad
    if calls.grad is not None:
        copies = calls.fresh()
        _, cache = calls.value(copies.get, copies.data)
        returned = calls.gradients(cache, copies.get, copies.data)
        calls.generators.restore()
    parameters = calls.parameters.with_gradients(returned, key)
    return replace(calls, parameters=parameters)


def some_of(names: Sequence[str], most: int) -> str:
    """Return the first of some names, for a sentence.

    Parameters
    ----------
    names : sequence of str
        All of them.
    most : int
        How many are told, at least 1.

    Returns
    -------
    str
        With dots at the end where there are more.
    """
    return ", ".join([*names[:most], *(["..."] if len(names) > most else [])])


def _not_returned(gradients: Any, given: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is returned where a gradient is looked for in vain."""
    if all(each is not None for each in given.values()):
        return
    if isinstance(gradients, Mapping):
        names = some_of([*map(str, gradients)], _LISTED)
        yield f"gradients are returned by these names: {names or 'none'}"
    elif isinstance(gradients, Sequence):
        count, plural = len(gradients), "" if len(gradients) == 1 else "s"
        yield f"{count} gradient{plural} returned, for {len(given)} parameters: {', '.join(given)}"
    else:
        yield f"the gradients are returned as {type(gradients).__name__}"


def _changed(calls: Calls, copies: Arguments) -> tuple[str, ...]:
    """Return what both passes have changed, with the one that did it."""
    changed = copies.changed("the backward pass")
    if changed:
        copies = calls.fresh()
        calls.value(copies.get, copies.data)
        changed = copies.changed("the forward pass") or changed
    return tuple(changed)


def _copied(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: None if g is None else np.array(g) for name, g in given.items()}


def _number(cost: Any, calls: Calls) -> float:
    value = np.asarray(cost)
    if isinstance(cost, int | np.integer):
        raise ConfigurationError.out_of_range(
            "check_gradients", "cost(params, *data)", cost, "a real number: a count has no slope"
        )
    if value.size != 1 or value.dtype.kind not in "fiu":
        said = type(cost).__name__ if value.size == 1 else f"an array {value.shape}"
        raise ConfigurationError.out_of_range(
            "check_gradients", "cost(params, *data)", said, "one number, or (J, cache)"
        )
    number = float(value.reshape(()))
    if not np.isfinite(number):
        lost = [*_lost(calls)]
        must = f"finite ({' and '.join(lost)} is not)" if lost else "finite"
        raise ConfigurationError.out_of_range(
            "check_gradients", "cost(params, *data)", number, must
        )
    return number


def _lost(calls: Calls) -> Iterator[str]:
    """Yield where numbers of the data are infinite, or none: the first place of each array."""
    called = positional(calls.cost)[1:]
    for at, item in enumerate(calls.data):
        array = np.asarray(item if isinstance(item, np.ndarray | np.floating | float) else 0)
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            name = called[at] if len(called) == len(calls.data) else f"data[{at}]"
            place = ", ".join(map(str, np.argwhere(~np.isfinite(array))[0]))
            yield f"{name}[{place}]" if place else name
