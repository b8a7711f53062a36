"""Right, wrong or undecided, at one point: what rounding and kinks explain is not a bug."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.recorder import Unsupported
from trainwell.diagnosis.gradient_tape.recording import sweep
from trainwell.diagnosis.gradient_verdict.anchor import scale_of
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.comparison import (
    FLOOR,
    TOLERANCE,
    Comparison,
    Status,
    all_finite,
    compared,
    length,
    scale_of_all,
)
from trainwell.diagnosis.gradient_verdict.error_bars import compared_by_bars
from trainwell.diagnosis.gradient_verdict.parameters import given_gradient
from trainwell.diagnosis.gradient_verdict.points import jittered
from trainwell.diagnosis.gradient_verdict.precisions import (
    agree,
    in_long_double,
    is_well_conditioned,
    lasting,
    own_in,
    sides_with,
)
from trainwell.diagnosis.gradient_verdict.reference import (
    NEARBY,
    Reference,
    reference,
    tape_holds_where_smaller,
)
from trainwell.errors import EndlessError
from trainwell.types import FloatArray

_UNDERFLOWS = 1e-150  # a gradient of this length: squares of it are zero
_BLUNT = 1e-6  # a reference that is confirmed no better than this shows nothing elsewhere
_NOTHING = 1e-14  # of the cost
_ROUNDING = "the right gradient is smaller here than the rounding of the cost"
_SHARP = 1e-10  # a right gradient in float64 is closer than this, unless it is ill-conditioned


@dataclass(frozen=True, eq=False)
class Judgement:
    """The verdict at one point.

    Parameters
    ----------
    calls : Calls
        The functions and the point.
    reference : Reference
        What was held to be right.
    given : mapping of str to Any
        What the backward pass gave.
    arrays : mapping of str to Comparison
        The verdict on each parameter.
    reasons : tuple of str
        What explains a disagreement that is no bug, or why nothing could be decided.
    """

    calls: Calls
    reference: Reference
    given: Mapping[str, Any]
    arrays: Mapping[str, Comparison]
    reasons: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """Return ``"PASS"``, ``"FAIL"`` or ``"UNDECIDED"``."""
        statuses = {found.status for found in self.arrays.values()}
        if statuses & {Status.WRONG, Status.MISSING, Status.SHAPE}:
            return "FAIL"
        return "UNDECIDED" if Status.UNDECIDED in statuses else "PASS"


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
    allowed = tolerance or max(TOLERANCE, _coarseness(found))
    reasons: tuple[str, ...] = ()
    if found.bars is None:
        arrays = _compared(given, found.gradient, allowed)
    else:
        arrays, reasons = compared_by_bars(given, found.gradient, found.bars, tolerance)
    judgement = Judgement(calls, found, given, arrays, reasons)
    doubt = _doubt(found, given)
    if doubt:
        return _as_the_tape(judgement, key, rng) or _undecided(judgement, doubt)
    suspects = [n for n, a in arrays.items() if a.status is Status.WRONG]
    if not suspects:
        exact = tolerance is not None or found.trace is None
        return judgement if exact else _with_lost_digits(judgement, key, rng)
    if scale_of_all(found.gradient) < _UNDERFLOWS and any(map(np.any, found.gradient.values())):
        return _undecided(judgement, "the right gradient is so small here that its parts underflow")
    if found.trace is None:
        return _against_rounding(judgement, key, tolerance)
    if any(not np.isfinite(np.asarray(arrays[n].given)).all() for n in suspects):
        return judgement
    judgement = _in_longer_numbers(judgement, key, suspects)
    if judgement.verdict == "FAIL" and found.trace.ties:
        judgement = _beside_the_kink(judgement, key, rng, allowed)
    # What loses digits may be past the tolerance in one array and not in the next.
    lost = tolerance is None and judgement.verdict == "FAIL"
    judgement = _with_lost_digits(judgement, key, rng) if lost else judgement
    if judgement.verdict == "FAIL" and is_rounding(judgement):
        judgement = _undecided(judgement, _ROUNDING)
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


def _as_the_tape(judgement: Judgement, key: Any, rng: np.random.Generator) -> Judgement | None:
    """Return that a gradient is right which agrees with a tape that is confirmed elsewhere."""
    found = judgement.reference
    if found.refuted is None or not all(map(all_finite, found.refuted.values())):
        return None
    if found.anchor.confirmed and any(map(np.any, found.gradient.values())):
        return None  # what was measured contradicts the tape
    arrays = _compared(judgement.given, found.refuted, TOLERANCE)
    taped = Judgement(
        judgement.calls, replace(found, gradient=found.refuted), judgement.given, arrays
    )
    suspects = [n for n, a in arrays.items() if a.status is Status.WRONG]
    if suspects:
        taped = _in_longer_numbers(taped, key, suspects)
    if taped.verdict != "PASS":
        return None
    share = tape_holds_where_smaller(judgement.calls, rng)
    if share is None:
        return None
    reason = (
        "the gradient is smaller here than the rounding of the cost: it agrees with the tape,"
        f" which the untouched function confirms where all parameters are {share:g} times as large"
    )
    return replace(taped, reference=found, reasons=(reason,))


def _doubt(found: Reference, given: Mapping[str, Any]) -> str:
    """Return why nothing can be compared with a reference; empty if it can be trusted."""
    if not found.anchor.confirmed:
        return "no reference holds on the untouched function: it may be noisy, or not smooth here"
    if not all(map(all_finite, found.gradient.values())):
        return "the right gradient itself is not finite at this point"
    if found.refuted is not None:
        taped = _compared(given, found.refuted, TOLERANCE)
        if all(a.status is Status.OK for a in taped.values()):
            return "your gradient agrees with the tape, but the cost is too noisy to confirm either"
        measured = any(map(np.any, found.gradient.values()))
        if not measured and any(np.any(each) for each in given.values() if each is not None):
            return (
                "differences of your cost show nothing here, where the gradient is smaller than the"
                " rounding of the cost, and yours is not that of the tape"
            )
    return ""


def _in_longer_numbers(judgement: Judgement, key: Any, suspects: Sequence[str]) -> Judgement:
    """Let pass what agrees in longer arithmetic: its formulas are right."""
    if is_well_conditioned(judgement.calls, judgement.reference, judgement.given, key, suspects):
        return judgement
    exact = in_long_double(judgement.calls, key)
    if exact is None:
        return judgement
    better, own = exact
    arrays = {
        name: replace(a, status=Status.OK, wrong=np.zeros_like(a.wrong))
        if a.status is Status.WRONG and agree(own[name], better[name], better, a.error)
        else a
        for name, a in judgement.arrays.items()
    }
    cured = [n for n in suspects if arrays[n].status is Status.OK]
    if not cured:
        return judgement
    reason = (
        f"the formulas of {', '.join(cured)} are right: in longer arithmetic both agree,"
        " so what differs here is rounding (the cost is ill-conditioned at this point)"
    )
    return replace(judgement, arrays=arrays, reasons=(reason,))


def _with_lost_digits(judgement: Judgement, key: Any, rng: np.random.Generator) -> Judgement:
    """Look for digits that were lost in narrower numbers than the forward pass uses."""
    found = judgement.reference
    blurred = [n for n, a in judgement.arrays.items() if a.error > _SHARP and a.status is Status.OK]
    if _coarseness(found) or not blurred:
        return judgement
    sharp = found.anchor.tolerance <= _SHARP
    narrow = [
        n
        for n in blurred
        if (dtype := np.asarray(judgement.given[n]).dtype).kind == "f" and dtype.itemsize < 8
    ]
    exact = None if sharp and len(narrow) == len(blurred) else in_long_double(judgement.calls, key)
    if not sharp and (exact is None or not sides_with(*exact, judgement.calls, blurred)):
        return judgement
    if exact is not None:
        better, own = exact
        alike = [n for n in blurred if np.asarray(own[n]).dtype == better[n].dtype]
        narrow += [
            n for n in alike if not agree(own[n], better[n], better, judgement.arrays[n].error)
        ]
        # Double precision within, such as np.zeros, leaves its own rounding: another each time.
        mixed = [n for n in blurred if n not in alike and n not in narrow]
        if mixed and (not sharp or sides_with(*exact, judgement.calls, mixed)):
            narrow += lasting(judgement.calls, found, judgement.given, key, mixed, rng)
    arrays = {
        name: replace(a, status=Status.WRONG, wrong=a.given != a.expected)
        if name in narrow and a.given is not None and a.status is Status.OK
        else a
        for name, a in judgement.arrays.items()
    }
    return replace(judgement, arrays=arrays)


def _against_rounding(judgement: Judgement, key: Any, tolerance: float | None) -> Judgement:
    """Compare the gradient in longer arithmetic with a reference that has no tape."""
    own = own_in(judgement.calls, key, np.longdouble)
    found = judgement.reference
    if own is None or found.bars is None:
        return judgement
    again, _ = compared_by_bars(own, found.gradient, found.bars, tolerance)
    arrays = {
        name: again[name] if again[name].status is Status.OK else a
        for name, a in judgement.arrays.items()
    }
    return replace(judgement, arrays=arrays)


def _coarseness(found: Reference) -> float:
    """Return what the reference itself may be off, relative."""
    if found.trace is None:
        return 0.0
    narrow = {step.value.dtype for step in found.trace.of_cost}
    coarsest = max((np.finfo(d).eps for d in narrow if d.kind == "f"), default=0.0)
    return float(100 * coarsest) if coarsest > 1e-12 else 0.0


def _compared(
    given: Mapping[str, Any], expected: Mapping[str, FloatArray], tolerance: float
) -> dict[str, Comparison]:
    scale = scale_of_all(expected)
    # What is zero for a reason is rounded as the user's own numbers are, right or wrong.
    own = [each for each in given.values() if isinstance(each, np.ndarray) and each.dtype == float]
    sizes = [size for size in map(length, own) if np.isfinite(size)]
    scale = min(max([scale, *sizes]), scale / FLOOR)
    return {
        name: compared(name, given.get(name), r, scale, tolerance) for name, r in expected.items()
    }


def _undecided(judgement: Judgement, reason: str) -> Judgement:
    arrays = {
        name: replace(a, status=Status.UNDECIDED) if a.status in (Status.OK, Status.WRONG) else a
        for name, a in judgement.arrays.items()
    }
    return replace(judgement, arrays=arrays, reasons=(*judgement.reasons, reason))


def _beside_the_kink(
    judgement: Judgement, key: Any, rng: np.random.Generator, tolerance: float
) -> Judgement:
    """Look nearby, where there is no kink: what is right there is right."""
    trace = judgement.reference.trace
    count = 0 if trace is None else sum(tie.count for tie in trace.ties)
    looks = (judged_at(jittered(judgement.calls, rng, by), key, rng, tolerance) for by in NEARBY)
    clear = next((look for look in looks if look is not None and look.verdict != "UNDECIDED"), None)
    if clear is None or clear.verdict != "PASS":
        return judgement
    arrays = {
        name: replace(a, status=Status.OK, wrong=np.zeros_like(a.wrong))
        if a.status is Status.WRONG
        else a
        for name, a in judgement.arrays.items()
    }
    reason = (
        f"{count} number{'s' if count > 1 else ''} stand exactly at a kink, where your convention"
        " for the slope differs from ours (0); right beside it both agree"
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
    except (
        Unsupported,
        ValueError,
        TypeError,
        IndexError,
        KeyError,
        FloatingPointError,
        EndlessError,
    ):
        return None
    blunt = found.refuted is not None or found.anchor.tolerance > _BLUNT
    if not found.anchor.confirmed or found.noise is not None or blunt:
        return None
    given = given_gradient(returned, calls.parameters, key)
    if _lost(given) and found.trace is not None:
        trace = found.trace
        if _lost(trace.gradient(sweep(trace.recording, trace.output))):
            return None  # where the right rule divides by zero, too, anybody may
    if found.trace is not None and found.trace.ties:
        arrays = _compared(given, found.gradient, tolerance or max(TOLERANCE, _coarseness(found)))
        return Judgement(calls, found, given, arrays)
    return judged(calls, found, given, key, rng, tolerance)
