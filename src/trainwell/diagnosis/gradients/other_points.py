"""A second look, at other points, at a gradient that is right at the given one."""

from functools import partial
from typing import Any

import numpy as np

from trainwell.diagnosis.gradients.adequacy import curable, in_units
from trainwell.diagnosis.gradients.points import jittered, mirrored
from trainwell.diagnosis.gradients.reference import traced_or_none
from trainwell.diagnosis.gradients.verdict import Judgement, judged_at, quickly_right

_FAR = 0.6  # how far the second point is, in the units of each array


def judged_elsewhere(
    judgement: Judgement,
    key: Any,
    rng: np.random.Generator,
    points: int,
    spots: tuple[str, ...],
    cured: tuple[str, ...],
    tolerance: float | None,
) -> tuple[Judgement, tuple[str, ...], list[str]]:
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
    spots : tuple of str
        What the given point hides.
    cured : tuple of str
        Those among them that another point may show.
    tolerance : float or None
        Relative error that passes.

    Returns
    -------
    seen : Judgement
        That of another point if the gradient is wrong there, else the given one.
    spots : tuple of str
        What stays hidden.
    said : list of str
        What is to be said of it.
    """
    left = set(cured)
    largest = in_units(judgement.reference.gradient) if left else {}
    looked = False
    moves = (mirrored, partial(jittered, amount=_FAR))
    for move in moves[:points]:
        if looked and not left:
            break
        calls = move(judgement.calls, rng)
        right = quickly_right(calls, key, rng)
        if right is None:
            beside = judged_at(calls, key, rng, tolerance)
            if beside is None:
                continue
            if beside.verdict == "FAIL":
                said = "right at your point, wrong at another one"
                if cured:
                    said += f"; yours hides: {'; '.join(cured)}"
                return beside, spots, [said]
            right = dict(beside.reference.gradient)
        looked = True
        if left:
            for name, unit in in_units(right).items():
                largest[name] = np.maximum(largest[name], unit)
            trace = traced_or_none(calls)
            left &= set(curable(trace, largest, calls.parameters.arrays, calls.data))
    kept = tuple(spot for spot in spots if spot not in cured or spot in left)
    if len(kept) == len(spots):
        return judgement, spots, []
    hidden = "; ".join(spot for spot in spots if spot not in kept)
    return judgement, kept, [f"checked at other points, too, since yours hides: {hidden}"]
