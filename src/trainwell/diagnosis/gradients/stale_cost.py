"""A cost that keeps what it has computed: looked up by less than all parameters, or not at all."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.finding import Finding
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
    if trace is None or not trace.recorder.looks_up:
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
            return Finding("the cost", "stale", None, None, said, 1.0, (), ("aliased",))
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


def of_the_last_call(judgement: Judgement, key: Any) -> tuple[str, ...]:
    """Say that a gradient is that of the last call of the cost, whatever it is given itself.

    Parameters
    ----------
    judgement : Judgement
        Of a gradient that is right behind the cost.
    key : str, callable or mapping
        From parameters to their gradients.

    Returns
    -------
    tuple of str
        Nothing where it takes what the cost has kept, or the cost looks nothing up.
    """
    trace, calls = judgement.reference.trace, judgement.calls
    takes = calls.wanted.most or calls.wanted.by_name
    if trace is None or not trace.recorder.looks_up or calls.grad is None or takes:
        return ()
    try:
        calls.beside().value()
        found = given_gradient(calls.gradients(None), calls.parameters, key)
    except Exception:  # noqa: BLE001 - at a point that the user has not chosen
        return ()
    calls.value()  # what is kept is that of the given point again
    if not any(differs(judgement.given[name], found.get(name)) for name in found):
        return ()
    return ("the gradient is that of the last call of the cost, whatever parameters it is given",)
