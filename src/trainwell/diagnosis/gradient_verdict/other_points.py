"""A second look, at other points, at a gradient that is right at the given one."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.recording import sweep
from trainwell.diagnosis.gradient_verdict.adequacy import (
    ONE_SIDED,
    Hidden,
    in_words,
    still_hidden,
)
from trainwell.diagnosis.gradient_verdict.anchor import TOLERANCES, Anchor, are_enough
from trainwell.diagnosis.gradient_verdict.calls import Calls, positional
from trainwell.diagnosis.gradient_verdict.comparison import (
    TOLERANCE,
    Status,
    are_close,
    scale_of_all,
)
from trainwell.diagnosis.gradient_verdict.constants import shape_of
from trainwell.diagnosis.gradient_verdict.data_rules import rule_of
from trainwell.diagnosis.gradient_verdict.judgement import Judgement, is_mixed
from trainwell.diagnosis.gradient_verdict.one_triangle import to_stay_symmetric
from trainwell.diagnosis.gradient_verdict.parameters import given_gradient
from trainwell.diagnosis.gradient_verdict.points import EXAMPLES, jittered, mirrored, turned
from trainwell.diagnosis.gradient_verdict.slopes import complex_slope, direction, pairing, spread_of
from trainwell.diagnosis.gradient_verdict.trace import record, traced_or_none
from trainwell.diagnosis.gradient_verdict.verdict import is_rounding, judged_at
from trainwell.types import FloatArray

_FAR = 0.6  # how far the second point is, in the units of each array
_SHARP = 1e-10
_ONE_BY_ONE = (
    "right for one example at a time: of several, each would have its own gradient of {},"
    " whose sum is right"
)

_OF_THESE_DATA = (
    "right for these data, of which {}; with others, up to a quarter larger, it is wrong"
)

Agrees = Callable[[Mapping[str, FloatArray]], bool]
"""Says whether a gradient is that of the function at a point."""


def confirmed_elsewhere(
    calls: Calls,
    given: Mapping[str, Any],
    key: Any,
    rng: np.random.Generator,
    points: int,
    directions: int,
    gradient: Mapping[str, FloatArray],
) -> Anchor | None:
    """Compare a gradient that is the tape's here with the untouched function elsewhere.

    So both points are looked at with one recording and one complex step. What the tape and the
    gradient had wrong alike would be wrong at the other point, too, where there is no tape.

    Parameters
    ----------
    calls : Calls
        The functions and the given point.
    given : mapping of str to Any
        What the backward pass gave there.
    key : str, callable or mapping
        From parameters to their gradients.
    rng : numpy.random.Generator
        Draws the other point and the direction.
    points : int
        How many may be looked at, the given one included.
    directions : int
        One has to show as much as so many do at a tolerance of 1e-9.
    gradient : mapping of str to FloatArray
        That of the tape at the given point.

    Returns
    -------
    Anchor or None
        ``None`` where anything at all needs a longer look: nothing is said against the gradient.
    """
    arrays, tolerance = calls.parameters.arrays, TOLERANCES[0]
    if calls.grad is None or points == 1 or not are_enough(1, tolerance, directions):
        return None
    scale = scale_of_all(gradient)
    if not all(_is_close(given[name], r, scale) for name, r in gradient.items()):
        return None
    if any(map(is_mixed, arrays.values())):
        return None
    moved = mirrored(calls, rng, alike=to_stay_symmetric(arrays, given))
    v = direction(moved.parameters.arrays, rng)
    slope = complex_slope(moved.cost_alone, moved.parameters.arrays, v)
    there = None if slope is None else _gradient_at(moved, key)
    if slope is None or there is None:
        return None
    size = spread_of(there, moved.parameters.arrays)
    off = abs(slope.value - pairing(there, v))
    if not size > 0 or not off <= tolerance * size:
        return None
    return Anchor(
        confirmed=True,
        directions=1,
        tolerance=tolerance,
        disagreement=off / size,
        method=slope.method,
        last=v,
        elsewhere=(moved, there),
    )


def _is_close(given: Any, expected: FloatArray, scale: float) -> bool:
    if not isinstance(given, np.ndarray) or given.dtype != float or given.shape != expected.shape:
        return False
    return are_close(given, expected, scale, _SHARP)


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
    told: list[str] = []
    measured = _way(judgement, rng)
    aside = any(spot.startswith(ONE_SIDED) for spot in known.spots)
    alike = to_stay_symmetric(judgement.calls.parameters.arrays, judgement.given)
    moves = [
        partial(mirrored, positive=aside, alike=alike),
        partial(jittered, amount=_FAR, alike=alike),
    ][:points]
    if judgement.reference.anchor.elsewhere:
        looked = True
        left = _left_at(*judgement.reference.anchor.elsewhere, left)
        moves = moves if aside else moves[1:]
    for move in moves:
        if looked and not left.spots:
            break
        calls = move(judgement.calls, rng)
        right = quickly_right(calls, key, measured)
        if right is None:
            beside, by_convention = _judged_there(judgement, calls, key, rng, tolerance)
            told = by_convention or told
            if beside is None:
                continue
            if beside.verdict == "FAIL":
                said = "right at your point, wrong at another one"
                if known.spots:
                    said += f", since yours cannot show all ({in_words(known.spots)})"
                return beside, known, [said]
            right = dict(beside.reference.gradient)
        looked = True
        left = _left_at(calls, right, left)
    gone = [spot for spot in known.spots if spot not in left.spots]
    if gone:
        told.append(f"checked at other points, too: yours cannot show all ({in_words(gone)})")
    return judgement, left, told


def _left_at(calls: Calls, gradient: Mapping[str, FloatArray], left: Hidden) -> Hidden:
    """Return what a point does not show either."""
    if not left.spots:
        return left
    trace = partial(traced_or_none, calls)
    return still_hidden(left, trace, gradient, calls.parameters.arrays, calls.data)


def _judged_there(
    given: Judgement, calls: Calls, key: Any, rng: np.random.Generator, tolerance: float | None
) -> tuple[Judgement | None, list[str]]:
    """Return the judgement at another point, and by what convention it is right there.

    What is wrong with other data is looked at with the given ones, which may obey some rule,
    their examples in another order.
    """
    beside = judged_at(calls, key, rng, tolerance)
    if beside is None or is_rounding(beside):
        return None, []
    if by_example := _of_each_example(beside):
        return None, [_ONE_BY_ONE.format(by_example)]
    rule = _rule_that_is_broken(given.calls, calls) if beside.verdict == "FAIL" else ""
    if not rule:
        return beside, []
    reordered = calls.elsewhere(calls.parameters.arrays, turned(given.calls.data))
    kept = judged_at(reordered, key, rng, tolerance)
    if kept is None or kept.verdict == "UNDECIDED":
        return beside, []
    return kept, [_OF_THESE_DATA.format(rule)] if kept.verdict == "PASS" else []


def _rule_that_is_broken(given: Calls, moved: Calls) -> str:
    """Return what given data obey, if others are more than the same in another order."""
    data = given.data
    if [*map(shape_of, moved.data)] != [*map(shape_of, data)]:
        return ""
    if all(map(_is_same, moved.data, turned(data))):
        return ""
    called = positional(given.cost)[1:]
    names = called if len(called) == len(data) else [f"data[{at}]" for at in range(len(data))]
    return rule_of(dict(zip(names, data, strict=True)))


def _is_same(one: Any, other: Any) -> bool:
    return one is other or (isinstance(one, np.ndarray) and np.array_equal(one, other))


def _of_each_example(judgement: Judgement) -> str:
    """Return the parameters whose only fault is that each example has a gradient of its own.

    Code that is written for one example at a time returns this for several: their sum is right.
    """
    found = []
    for name, a in judgement.arrays.items():
        if a.status is Status.OK:
            continue
        if a.status is not Status.SHAPE or a.given is None:
            return ""
        axes = [
            axis
            for axis, length in enumerate(a.expected.shape)
            if length == 1 and a.given.shape == _with(a.expected.shape, axis, EXAMPLES)
        ]
        sums = (a.given.sum(axis=axis, keepdims=True) for axis in axes)
        scale = scale_of_all(judgement.reference.gradient)
        if not any(are_close(each, a.expected, scale, TOLERANCE) for each in sums):
            return ""
        found.append(name)
    return ", ".join(found)


def _with(shape: tuple[int, ...], axis: int, length: int) -> tuple[int, ...]:
    return (*shape[:axis], length, *shape[axis + 1 :])


def quickly_right(
    calls: Calls, key: Any, measured: Callable[[Calls], Agrees | None]
) -> dict[str, FloatArray] | None:
    """Return a gradient that is right at a point, as far as a quick look can tell.

    Parameters
    ----------
    calls : Calls
        The functions, at another point; its parameters may be modified.
    key : str, callable or mapping
        From parameters to their gradients.
    measured : callable
        Looks at the forward pass there; ``None`` if it cannot.

    Returns
    -------
    dict of str to FloatArray or None
        ``None`` also where nothing can be said so quickly.
    """
    agrees = measured(calls)
    if agrees is None:
        return None
    given = _gradient_at(calls, key)
    return given if given is not None and agrees(given) else None


def _gradient_at(calls: Calls, key: Any) -> dict[str, FloatArray] | None:
    """Return what the backward pass gives at another point; ``None`` if it is of no use."""
    arrays, data = calls.parameters.arrays, calls.copied_data()
    try:  # as at the given point, both passes are given the same arrays: nobody else needs these
        with np.errstate(all="ignore"):
            cost, cache = calls.value(arrays.__getitem__, data)
            returned = calls.gradients(cache, arrays.__getitem__, data)
            returned = given_gradient(returned, calls.parameters, key)
        given: dict[str, FloatArray] = {
            n: np.asarray(returned[n], dtype=np.float64) for n in arrays
        }
    except Exception:  # noqa: BLE001 - whatever it is, the long way tells
        return None
    if not np.isfinite(np.asarray(cost)).all():
        return None
    return given if all(given[n].shape == arrays[n].shape for n in arrays) else None


def _way(judgement: Judgement, rng: np.random.Generator) -> Callable[[Calls], Agrees | None]:
    """Return the quicker way to look at a forward pass elsewhere."""
    if judgement.reference.trace is not None:
        return _by_tape
    given = judgement.calls.parameters.arrays
    # The direction may be that of the given point, which knew nothing of this one.
    v = judgement.reference.anchor.last or direction(given, rng)
    return partial(_by_step, v=v, beside=given)


def _by_step(
    calls: Calls, v: Mapping[str, FloatArray], beside: Mapping[str, FloatArray]
) -> Agrees | None:
    """Measure the slope along a random direction, drawn in the units of other parameters."""
    slope = complex_slope(calls.cost_alone, calls.parameters.arrays, v)
    if slope is None:
        return None
    value = slope.value
    return lambda given: abs(value - pairing(given, v)) <= _SHARP * spread_of(given, beside)


def _by_tape(calls: Calls) -> Agrees | None:
    """Take the gradient from a recording: what confirmed its rules holds here, too."""
    try:
        with np.errstate(all="ignore"):
            trace = record(calls)
            expected = trace.gradient(sweep(trace.recording, trace.output))
    except Exception:  # noqa: BLE001 - the user's function may refuse recorded arrays as it likes
        return None
    scale = scale_of_all(expected)
    return lambda given: all(
        are_close(given[name], r, scale, _SHARP) for name, r in expected.items()
    )
