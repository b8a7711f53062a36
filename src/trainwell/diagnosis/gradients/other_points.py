"""A second look, at other points, at a gradient that is right at the given one."""

from functools import partial
from typing import Any

import numpy as np

from trainwell.diagnosis.gradients.adequacy import Hidden, still_hidden
from trainwell.diagnosis.gradients.anchor import direction
from trainwell.diagnosis.gradients.points import jittered, mirrored
from trainwell.diagnosis.gradients.reference import traced_or_none
from trainwell.diagnosis.gradients.verdict import Judgement, judged_at, quickly_right

_FAR = 0.6  # how far the second point is, in the units of each array


def judged_elsewhere(
    judgement: Judgement,
    key: Any,
    rng: np.random.Generator,
    points: int,
    known: Hidden,
    tolerance: float | None,
) -> tuple[Judgement, Hidden, list[str]]:
    """Check at other points: at one in any case, at more if the given one hides something.

    They show what is kept from call to call, and what the given point hides.

    Parameters
    ----------
    judgement : Judgement
        Of the given point, where the gradient is right.
    key : str, callable or mapping
        From parameters to their gradients.
    rng : numpy.random.Generator
        Draws the points.
    points : int
        How many at most.
    known : Hidden
        What the given point hides.
    tolerance : float or None
        Relative error that passes.

    Returns
    -------
    seen : Judgement
        That of another point if the gradient is wrong there, else the given one.
    left : Hidden
        What stays hidden.
    said : list of str
        What is to be said of it.
    """
    left = known
    looked = False
    given = judgement.calls.parameters.arrays
    v = judgement.reference.anchor.last or direction(given, rng)
    moves = (mirrored, partial(jittered, amount=_FAR))
    for move in moves[:points]:
        if looked and not left.spots:
            break
        calls = move(judgement.calls, rng)
        right = quickly_right(calls, key, v, given)
        if right is None:
            beside = judged_at(calls, key, rng, tolerance)
            if beside is None:
                continue
            if beside.verdict == "FAIL":
                said = "right at your point, wrong at another one"
                if known.spots:
                    said += f"; yours hides: {'; '.join(known.spots)}"
                return beside, known, [said]
            right = dict(beside.reference.gradient)
        looked = True
        if left.spots:
            arrays, trace = calls.parameters.arrays, partial(traced_or_none, calls)
            left = still_hidden(left, trace, right, arrays, calls.data)
    gone = [spot for spot in known.spots if spot not in left.spots]
    if not gone:
        return judgement, left, []
    return judgement, left, [f"checked at other points, too, since yours hides: {'; '.join(gone)}"]
