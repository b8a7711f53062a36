"""Digits that the user's numbers lose: what explains a difference, and what is one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_verdict.comparison import Status
from trainwell.diagnosis.gradient_verdict.error_bars import compared_by_bars
from trainwell.diagnosis.gradient_verdict.judgement import Judgement
from trainwell.diagnosis.gradient_verdict.precisions import (
    agree,
    in_long_double,
    is_well_conditioned,
    lasting,
    own_in,
    sides_with,
)
from trainwell.diagnosis.gradient_verdict.reference import Reference

_SHARP = 1e-10  # a right gradient in float64 is closer than this, unless it is ill-conditioned


def in_longer_numbers(judgement: Judgement, key: Any, suspects: Sequence[str]) -> Judgement:
    """Let pass what agrees in longer arithmetic: its formulas are right.

    Parameters
    ----------
    judgement : Judgement
        What was found.
    key : str, callable or mapping
        From parameters to their gradients.
    suspects : sequence of str
        Parameters whose gradients are wrong.

    Returns
    -------
    Judgement
        With what is right after all.
    """
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


def with_lost_digits(judgement: Judgement, key: Any, rng: np.random.Generator) -> Judgement:
    """Look for digits that were lost in narrower numbers than the forward pass uses.

    Parameters
    ----------
    judgement : Judgement
        What was found.
    key : str, callable or mapping
        From parameters to their gradients.
    rng : numpy.random.Generator
        Draws a point that is a few roundings away.

    Returns
    -------
    Judgement
        With what is wrong after all.
    """
    found = judgement.reference
    narrow_ones = judgement.calls.parameters.narrow
    blurred = [
        n
        for n, a in judgement.arrays.items()
        if a.error > _SHARP and a.status is Status.OK and n not in narrow_ones
    ]
    if coarseness(found) or not blurred:
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


def against_rounding(judgement: Judgement, key: Any, tolerance: float | None) -> Judgement:
    """Compare the gradient in longer arithmetic with a reference that has no tape.

    Parameters
    ----------
    judgement : Judgement
        What was found.
    key : str, callable or mapping
        From parameters to their gradients.
    tolerance : float or None
        Relative error that passes.

    Returns
    -------
    Judgement
        With what is right after all.
    """
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


def coarseness(found: Reference) -> float:
    """Return what the reference itself may be off, relative.

    Parameters
    ----------
    found : Reference
        With a tape, which may be in narrow numbers.

    Returns
    -------
    float
        0 in double precision.
    """
    if found.trace is None:
        return 0.0
    narrow = {step.value.dtype for step in found.trace.of_cost}
    coarsest = max((np.finfo(d).eps for d in narrow if d.kind == "f"), default=0.0)
    return float(100 * coarsest) if coarsest > 1e-12 else 0.0
