"""Tiny numbers that the cost adds so that nothing is divided by zero, and the gradient leaves out.

That of ``-log(p + 1e-7)`` is commonly written as if it were that of ``-log(p)``.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from trainwell.diagnosis.gradient_tape.recorder import is_tiny
from trainwell.diagnosis.gradient_tape.recording import Step, sweep
from trainwell.diagnosis.gradient_verdict.comparison import TOLERANCE, Status
from trainwell.diagnosis.gradient_verdict.judgement import Judgement, compared_all
from trainwell.diagnosis.gradient_verdict.trace import record

Line = tuple[str, int]

_SMALL = 1e-2  # relative error that such a number may explain
_CURED = 1e-3  # of the error is left without it, at most
_PROMISED = 1e-6  # relative error that is always called wrong, but where it is the convention
_MOST = 8  # lines that are looked at


def without_tiny_numbers(judgement: Judgement) -> Judgement | None:
    """Compare with the gradient of a cost that adds no tiny number where the given one has none.

    Parameters
    ----------
    judgement : Judgement
        Of a gradient that differs a little from that of the cost as it is.

    Returns
    -------
    Judgement or None
        ``None`` if no such number explains a difference. A difference above 1e-6 stays wrong,
        unless the number stands within a logarithm.
    """
    trace = judgement.reference.trace
    wrong = [n for n, a in judgement.arrays.items() if a.status is Status.WRONG]
    if trace is None or not any(judgement.arrays[n].error <= _SMALL for n in wrong):
        return None
    places = _places(trace.of_cost)
    for lines in _choices(places):
        found = _without(judgement, lines)
        if found is None or any(_is_lost(judgement, found, n) for n in judgement.arrays):
            continue
        cured = [n for n in wrong if _is_cured(judgement, found, n)]
        worst = max((judgement.arrays[n].error for n in cured), default=0.0)
        if cured and (worst <= _PROMISED or _are_in_logarithms(trace.of_cost, lines)):
            said = ", ".join(f"`{places[line]:g}` in line {line[1]}" for line in sorted(lines))
            reason = f"the gradient leaves out {said} of the cost, which is an error of {worst:.0e}"
            return replace(found, reasons=(*judgement.reasons, reason))
    return None


def without_logarithms(judgement: Judgement) -> Judgement | None:
    """Compare with the gradient of a cost whose logarithms add no tiny numbers.

    Parameters
    ----------
    judgement : Judgement
        Of a gradient that is wrong.

    Returns
    -------
    Judgement or None
        ``None`` where there are no such numbers, or something that is right is wrong without them.
    """
    trace = judgement.reference.trace
    if trace is None or judgement.calls.without:
        return None
    places = _places(trace.of_cost)
    lines = frozenset(at for at in places if _are_in_logarithms(trace.of_cost, frozenset([at])))
    found = _without(judgement, lines) if lines else None
    if found is None or any(_is_lost(judgement, found, n) for n in judgement.arrays):
        return None
    said = ", ".join(f"`{places[line]:g}` in line {line[1]}" for line in sorted(lines))
    reason = f"the gradient is written without {said} of the cost"
    return replace(found, reasons=(*judgement.reasons, reason))


def _places(steps: list[Step]) -> dict[Line, float]:
    """Return where tiny numbers are added, and which."""
    added = [step for step in steps if step.operation == "add"]
    return {
        step.place[:2]: float(argument)
        for step in added
        for argument in step.arguments
        if is_tiny(argument)
    }


def _choices(places: dict[Line, float]) -> Iterator[frozenset[Line]]:
    """Yield each line by itself, then all of them."""
    lines = [*places][:_MOST]
    for line in lines:
        yield frozenset([line])
    if len(lines) > 1:
        yield frozenset(lines)


def _without(judgement: Judgement, lines: frozenset[Line]) -> Judgement | None:
    calls = judgement.calls.leaving_out(lines)
    try:
        with np.errstate(all="ignore"):
            trace = record(calls)
            gradient = trace.gradient(sweep(trace.recording, trace.output))
    except Exception:  # noqa: BLE001 - as the user's function may, without such a number
        return None
    if not all(np.isfinite(each).all() for each in gradient.values()):
        return None
    arrays = compared_all(judgement.given, gradient, TOLERANCE)
    reference = replace(judgement.reference, gradient=gradient, trace=trace)
    return Judgement(calls, reference, judgement.given, arrays)


def _is_cured(judgement: Judgement, found: Judgement, name: str) -> bool:
    before, now = judgement.arrays[name], found.arrays[name]
    small = before.error <= _SMALL and now.error <= _CURED * before.error
    return small and now.status is Status.OK


def _is_lost(judgement: Judgement, found: Judgement, name: str) -> bool:
    return judgement.arrays[name].status is Status.OK and found.arrays[name].status is not Status.OK


def _are_in_logarithms(steps: list[Step], lines: frozenset[Line]) -> bool:
    """Say whether all that is made of the sums in some lines is a logarithm."""
    sums = {
        step.index
        for step in steps
        if step.operation == "add" and step.place[:2] in lines and any(map(is_tiny, step.arguments))
    }
    users = [step for step in steps if sums & {parent.index for parent in step.parents}]
    return all(step.operation.startswith("log") for step in users)
