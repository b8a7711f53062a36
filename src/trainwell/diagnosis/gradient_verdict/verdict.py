"""Right, wrong or undecided, at one point: what rounding and kinks explain is not a bug."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.recording import sweep
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.comparison import (
    TOLERANCE,
    Status,
    all_finite,
    scale_of_all,
)
from trainwell.diagnosis.gradient_verdict.error_bars import compared_by_bars
from trainwell.diagnosis.gradient_verdict.judgement import Judgement, compared_all, undecided
from trainwell.diagnosis.gradient_verdict.lost_digits import (
    against_rounding,
    coarseness,
    in_longer_numbers,
    with_lost_digits,
)
from trainwell.diagnosis.gradient_verdict.one_triangle import for_symmetric
from trainwell.diagnosis.gradient_verdict.parameters import given_gradient
from trainwell.diagnosis.gradient_verdict.points import jittered
from trainwell.diagnosis.gradient_verdict.reference import (
    NEARBY,
    Reference,
    measured_reference,
    reference,
    without_effect,
)
from trainwell.diagnosis.gradient_verdict.rough_cost import (
    as_the_tape,
    judged_roughly,
    only_wrong,
)
from trainwell.diagnosis.gradient_verdict.slopes import scale_of
from trainwell.diagnosis.gradient_verdict.tiny_numbers import without_tiny_numbers

_UNDERFLOWS = 1e-150  # a gradient of this length: squares of it are zero
_BLUNT = 1e-6  # a reference that is confirmed no better than this shows nothing elsewhere
_NOTHING = 1e-14  # of the cost
_ROUNDING = "the right gradient is smaller here than the rounding of the cost"


def judged(
    calls: Calls,
    found: Reference,
    given: Mapping[str, Any],
    key: Any,
    rng: np.random.Generator,
    tolerance: float | None = None,
) -> Judgement:
    """Compare what was given with a reference, and look twice before something is called wrong.

    Parameters
    ----------
    calls : Calls
        The functions and the point.
    found : Reference
        The reference.
    given : mapping of str to Any
        What the backward pass gave for each parameter.
    key : str, callable or mapping
        From parameters to their gradients.
    rng : numpy.random.Generator
        Draws the points nearby.
    tolerance : float or None, default=None
        Relative error that passes; ``None`` takes 1e-7, or what the reference can show.

    Returns
    -------
    Judgement
        With its reasons.
    """
    allowed = tolerance or max(TOLERANCE, coarseness(found))
    given, said = without_effect(found, given)
    found, symmetric = for_symmetric(found, given, calls.parameters.arrays)
    said += symmetric
    if found.is_rough:
        by_tape = Judgement(calls, found, given, compared_all(given, found.gradient, allowed))
        roughly = judged_roughly(by_tape, key, rng)
        if roughly is not None:
            return replace(roughly, reasons=(*said, *roughly.reasons))
        found = measured_reference(calls, found, rng)
    reasons = said
    if found.bars is None:
        arrays = compared_all(given, found.gradient, allowed, calls.parameters.arrays)
    else:
        arrays, told = compared_by_bars(given, found.gradient, found.bars, tolerance)
        reasons += told
    judgement = Judgement(calls, found, given, arrays, reasons)
    return _without_tiny(_looked_at_twice(judgement, key, rng, tolerance, allowed))


def _without_tiny(judgement: Judgement) -> Judgement:
    if judgement.verdict != "FAIL":
        return judgement
    return without_tiny_numbers(judgement) or judgement


def _looked_at_twice(
    judgement: Judgement,
    key: Any,
    rng: np.random.Generator,
    tolerance: float | None,
    allowed: float,
) -> Judgement:
    """Call nothing wrong that rounding, a kink or a rough cost explains."""
    found, given, arrays = judgement.reference, judgement.given, judgement.arrays
    doubt = _doubt(found, given)
    if doubt:
        return (
            as_the_tape(judgement, key, rng) or only_wrong(judgement) or undecided(judgement, doubt)
        )
    suspects = [n for n, a in arrays.items() if a.status is Status.WRONG]
    if not suspects:
        exact = tolerance is not None or found.trace is None
        return judgement if exact else with_lost_digits(judgement, key, rng)
    if scale_of_all(found.gradient) < _UNDERFLOWS and any(map(np.any, found.gradient.values())):
        return undecided(judgement, "the right gradient is so small here that its parts underflow")
    if found.trace is None:
        return against_rounding(judgement, key, tolerance)
    if any(not np.isfinite(np.asarray(arrays[n].given)).all() for n in suspects):
        return judgement
    judgement = in_longer_numbers(judgement, key, suspects)
    if judgement.verdict == "FAIL" and found.trace.ties:
        judgement = _beside_the_kink(judgement, key, rng, allowed)
    # What loses digits may be past the tolerance in one array and not in the next.
    lost = tolerance is None and judgement.verdict == "FAIL"
    judgement = with_lost_digits(judgement, key, rng) if lost else judgement
    if judgement.verdict == "FAIL" and is_rounding(judgement):
        judgement = undecided(judgement, _ROUNDING)
    return judgement


def is_rounding(judgement: Judgement) -> bool:
    """Say whether the right gradient is too small to change the last digit of the cost.

    Parameters
    ----------
    judgement : Judgement
        At one point.

    Returns
    -------
    bool
        Whether no typical move of the parameters would change it to first order.
    """
    cost = float(np.reshape(judgement.calls.value()[0], ()))
    arrays = judgement.calls.parameters.arrays
    gradient = judgement.reference.gradient.items()
    change = sum(scale_of(arrays[name]) * float(np.abs(slope).sum()) for name, slope in gradient)
    return change < _NOTHING * abs(cost)


def _doubt(found: Reference, given: Mapping[str, Any]) -> str:
    """Return why nothing can be compared with a reference; empty if it can be trusted."""
    if not found.anchor.confirmed:
        return "no reference holds on the untouched function: it may be noisy, or not smooth here"
    if not all(map(all_finite, found.gradient.values())):
        return "the right gradient itself is not finite at this point"
    if found.refuted is not None:
        taped = compared_all(given, found.refuted, TOLERANCE)
        if all(a.status is Status.OK for a in taped.values()):
            return "your gradient agrees with the tape, but the cost is too noisy to confirm either"
        measured = any(map(np.any, found.gradient.values()))
        if not measured and any(np.any(each) for each in given.values() if each is not None):
            return (
                "differences of your cost show nothing here, where the gradient is smaller than the"
                " rounding of the cost, and yours is not that of the tape"
            )
    return ""


def _beside_the_kink(
    judgement: Judgement, key: Any, rng: np.random.Generator, tolerance: float
) -> Judgement:
    """Look nearby, where there is no kink: what is right there is right."""
    trace = judgement.reference.trace
    count = 0 if trace is None else sum(tie.count for tie in trace.ties)
    looks = (judged_at(jittered(judgement.calls, rng, by), key, rng, tolerance) for by in NEARBY)
    clear = next((look for look in looks if look is not None and look.verdict != "UNDECIDED"), None)
    told = f"{count} number{'s' if count > 1 else ''} stand exactly at a kink"
    if clear is None:
        return judgement
    if clear.verdict == "FAIL":
        trace = clear.reference.trace
        reason = f"looked at right beside your point: {told}, where the slope is a convention"
        is_clear = trace is not None and not trace.ties
        return replace(judgement, beside=replace(clear, reasons=(reason,)) if is_clear else None)
    arrays = {
        name: replace(
            a, status=Status.OK, wrong=np.zeros_like(a.wrong), error=clear.arrays[name].error
        )
        if a.status is Status.WRONG
        else a
        for name, a in judgement.arrays.items()
    }
    reason = (
        f"{told}, where your convention for the slope differs from ours (0);"
        " right beside it both agree"
    )
    return replace(judgement, arrays=arrays, reasons=(*judgement.reasons, reason))


def _lost(gradients: Mapping[str, Any]) -> bool:
    """Say whether some number is infinite or NaN."""
    arrays = [each for each in gradients.values() if isinstance(each, np.ndarray)]
    return not all(np.isfinite(array).all() for array in arrays if array.dtype.kind == "f")


def judged_at(
    calls: Calls, key: Any, rng: np.random.Generator, tolerance: float | None = None
) -> Judgement | None:
    """Return the judgement at another point; ``None`` if nothing can be computed there.

    Parameters
    ----------
    calls : Calls
        The functions, at that point.
    key : str, callable or mapping
        From parameters to their gradients.
    rng : numpy.random.Generator
        Draws the random direction.
    tolerance : float or None, default=None
        Relative error that passes.

    Returns
    -------
    Judgement or None
        Of that point.
    """
    try:
        with np.errstate(all="ignore"):
            cost, cache = calls.value()
            value = float(np.reshape(cost, ()))
            if not np.isfinite(value):
                return None
            returned = calls.gradients(cache)
            found = reference(calls, value, rng, 1)
    except Exception:  # noqa: BLE001 - at a point that the user has not chosen, anything may be
        return None
    blunt = found.refuted is not None or found.anchor.tolerance > _BLUNT
    if not found.anchor.confirmed or found.unusable or blunt:
        return None
    given = given_gradient(returned, calls.parameters, key)
    if _lost(given) and found.trace is not None:
        trace = found.trace
        if _lost(trace.gradient(sweep(trace.recording, trace.output))):
            return None  # where the right rule divides by zero, too, anybody may
    if found.trace is not None and found.trace.ties:
        arrays = compared_all(given, found.gradient, tolerance or max(TOLERANCE, coarseness(found)))
        return _without_tiny(Judgement(calls, found, given, arrays))
    return judged(calls, found, given, key, rng, tolerance)
