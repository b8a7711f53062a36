"""A cost that keeps what it has computed: looked up by less than all parameters, or not at all."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.statements import statement_at
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.judgement import Judgement
from trainwell.diagnosis.gradient_verdict.parameters import given_gradient
from trainwell.diagnosis.gradients.hygiene import differs
from trainwell.types import FloatArray

_MOST = 64  # numbers that are moved one by one: those that change the cost most
_STEP = 1e-3  # of the larger of 1 and a number
_SEEN = 1e-9  # of the cost: a change that would be seen


def stale_cost(judgement: Judgement) -> Finding | None:
    """Return that a cost stays the same where a number is changed alone, though it should change.

    Parameters
    ----------
    judgement : Judgement
        Of a gradient that is right.

    Returns
    -------
    Finding or None
        ``None`` where nothing was looked up while the cost was recorded, too.
    """
    trace = judgement.reference.trace
    if trace is None or not trace.recorder.looked_up:
        return None
    calls, gradient = judgement.calls, judgement.reference.gradient
    arrays = calls.parameters.arrays
    steps = {name: _STEP * np.maximum(1.0, np.abs(array)) for name, array in arrays.items()}
    for change, name, at in _largest({n: np.abs(gradient[n] * steps[n]) for n in arrays}):
        moved = {**arrays, name: arrays[name].copy()}
        moved[name][at] += steps[name][at]
        try:
            before = float(np.reshape(calls.value()[0], ()))
            behind = float(np.reshape(calls.elsewhere(moved).value()[0], ()))
        except Exception:  # noqa: BLE001 - at a point that the user has not chosen
            return None
        if before == behind and change > _SEEN * abs(before):
            place = f"{name}[{', '.join(map(str, at))}]" if at else name
            said = (
                f"the cost stays the same where {place} alone is changed: what it has kept is"
                " looked up without that"
            )
            file, line, *_ = trace.recorder.looked_up[0]
            by = statement_at(file, line) if line else None
            return Finding("the cost", "stale", None, by, said, 1.0, (), ("aliased",))
    calls.value()  # what is kept is that of the given point again
    return None


def _largest(changes: Mapping[str, FloatArray]) -> list[tuple[float, str, tuple[int, ...]]]:
    """Return the largest of some numbers, the largest first, each with its place."""
    found = []
    for name, array in changes.items():
        for flat in np.argsort(array, axis=None)[-_MOST:]:
            at = tuple(map(int, np.unravel_index(flat, array.shape)))
            found.append((float(array[at]), name, at))
    return sorted(found, reverse=True)[:_MOST]


def of_earlier_calls(judgement: Judgement, key: Any) -> tuple[str, ...]:
    """Say what a cost that keeps something makes of the calls behind it.

    Parameters
    ----------
    judgement : Judgement
        Of a gradient that is right behind the cost.
    key : str, callable or mapping
        From parameters to their gradients.

    Returns
    -------
    tuple of str
        Nothing where the cost looks nothing up.
    """
    trace, calls = judgement.reference.trace, judgement.calls
    if trace is None or not trace.recorder.looked_up:
        return ()
    said = []
    try:
        if _keeps_no_copy(calls):
            said.append(
                "the cost keeps your parameters, no copy of them: where they are changed in place,"
                " as `x -= step`, it gives the old number again"
            )
        if _is_of_last_call(judgement, key):
            said.append("the gradient is that of the last call of the cost, whatever it is given")
    except Exception:  # noqa: BLE001 - at a point that the user has not chosen
        return tuple(said)
    calls.value()  # what is kept is that of the given point again
    return tuple(said)


def _keeps_no_copy(calls: Calls) -> bool:
    """Say whether a cost takes parameters that were changed in place for those it has kept."""
    held = calls.beside().parameters.arrays
    before = calls.value(held.__getitem__)[0]
    for array in held.values():
        np.add(array, array, out=array)
    again = calls.value(held.__getitem__)[0]
    calls.value()  # nothing of the moved point is kept then
    anew = calls.elsewhere(held).value()[0]
    return bool(np.array_equal(again, before) and not np.array_equal(again, anew))


def _is_of_last_call(judgement: Judgement, key: Any) -> bool:
    """Say whether a gradient is that of the last call of the cost, whatever it is given itself."""
    calls = judgement.calls
    if calls.grad is None or calls.wanted.most or calls.wanted.by_name:
        return False
    calls.beside().value()
    found = given_gradient(calls.gradients(None), calls.parameters, key)
    return any(differs(judgement.given[name], found.get(name)) for name in found)
