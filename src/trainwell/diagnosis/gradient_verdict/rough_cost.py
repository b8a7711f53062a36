r"""What differences still show where the cost is too rough to confirm a reference.

A gradient g and the tape's r promise slopes that are furthest apart along :math:`g - r`: there
the untouched function may contradict one of them, where it shows nothing along a random direction.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_verdict.comparison import TOLERANCE, Status, all_finite
from trainwell.diagnosis.gradient_verdict.judgement import Judgement, compared_all, undecided
from trainwell.diagnosis.gradient_verdict.lost_digits import in_longer_numbers
from trainwell.diagnosis.gradient_verdict.reference import tape_holds_where_smaller
from trainwell.diagnosis.gradient_verdict.slopes import longer_slope
from trainwell.types import FloatArray

_WITHIN = 3.0  # error bars that explain a difference from the tape
_BEYOND = 30.0  # error bars that do not explain one from what was given


def refuted_along(
    function: Callable[[Callable[[str], Any]], Any],
    arrays: Mapping[str, FloatArray],
    name: str,
    given: FloatArray,
    taped: FloatArray,
) -> bool:
    r"""Say whether the untouched function refutes a gradient, and not that of the tape.

    .. math:: \langle \nabla f, e \rangle \approx \langle r, e \rangle
        \not\approx \langle g, e \rangle, \qquad e = g - r

    Parameters
    ----------
    function : callable
        The untouched function.
    arrays : mapping of str to FloatArray
        Where.
    name : str
        The parameter in question.
    given : FloatArray
        What the backward pass gives for it, g.
    taped : FloatArray
        The tape's, r.

    Returns
    -------
    bool
        False also where differences are too rough to tell.
    """
    apart = np.asarray(given, np.float64) - taped
    v = {n: apart if n == name else np.zeros_like(array) for n, array in arrays.items()}
    slope = longer_slope(function, arrays, v)
    promised, claimed = float(np.vdot(taped, apart)), float(np.vdot(given, apart))
    agrees = abs(slope.value - promised) <= _WITHIN * slope.bar
    return agrees and abs(slope.value - claimed) > _BEYOND * slope.bar


def judged_roughly(judgement: Judgement, key: Any, rng: np.random.Generator) -> Judgement | None:
    """Judge by a tape that the cost is too rough to confirm.

    Parameters
    ----------
    judgement : Judgement
        What was found.
    key : str, callable or mapping
        From parameters to their gradients.
    rng : numpy.random.Generator
        Draws the directions.

    Returns
    -------
    Judgement or None
        ``None`` if that shows nothing.
    """
    found, calls = judgement.reference, judgement.calls
    suspects = [n for n, a in judgement.arrays.items() if a.status is Status.WRONG]
    if not suspects:
        taped = replace(found, refuted=found.gradient)
        said = "your gradient agrees with the tape, but the cost is too noisy to confirm either"
        agreeing = replace(judgement, reference=taped)
        return as_the_tape(agreeing, key, rng) or undecided(judgement, said)

    refuted = [
        n
        for n in suspects
        if (own := judgement.arrays[n].given) is not None
        and refuted_along(calls.cost_alone, calls.parameters.arrays, n, own, found.gradient[n])
    ]
    if not refuted:
        return None
    reason = (
        "the cost is rough: it is with the tape where your gradient and the tape differ most"
        f" ({', '.join(refuted)})"
    )
    return replace(judgement, reasons=(reason,))


def as_the_tape(judgement: Judgement, key: Any, rng: np.random.Generator) -> Judgement | None:
    """Return that a gradient is right which agrees with a tape that is confirmed elsewhere.

    Parameters
    ----------
    judgement : Judgement
        What was found.
    key : str, callable or mapping
        From parameters to their gradients.
    rng : numpy.random.Generator
        Draws the directions.

    Returns
    -------
    Judgement or None
        ``None`` if it is not.
    """
    found = judgement.reference
    if found.refuted is None or not all(map(all_finite, found.refuted.values())):
        return None
    if found.anchor.confirmed and any(map(np.any, found.gradient.values())):
        return None  # what was measured contradicts the tape
    arrays = compared_all(judgement.given, found.refuted, TOLERANCE)
    taped = Judgement(
        judgement.calls, replace(found, gradient=found.refuted), judgement.given, arrays
    )
    suspects = [n for n, a in arrays.items() if a.status is Status.WRONG]
    if suspects:
        taped = in_longer_numbers(taped, key, suspects)
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


def only_wrong(judgement: Judgement) -> Judgement | None:
    """Return what is further from measured slopes than their error bars explain, and no more.

    Parameters
    ----------
    judgement : Judgement
        By numbers that were measured one by one, on a cost that is too rough to confirm them.

    Returns
    -------
    Judgement or None
        ``None`` if that is nothing, or if random directions confirm what was measured, or
        contradict it.
    """
    found = judgement.reference
    contradicted = found.anchor.disagreement > found.anchor.tolerance
    wrong = [n for n, a in judgement.arrays.items() if a.status is Status.WRONG]
    if found.bars is None or found.anchor.confirmed or contradicted or not wrong:
        return None
    rest = undecided(judgement, "the cost is rough: what agrees with its differences may be wrong")
    arrays = {**rest.arrays, **{n: judgement.arrays[n] for n in wrong}}
    return replace(rest, arrays=arrays)
