"""Compares what a derivative rule of a framework gives with references, at several points."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_frameworks.framework_subject import Point, Settings, Subject
from trainwell.diagnosis.gradient_tape.recorder import Unsupported
from trainwell.diagnosis.gradient_verdict.bounded import bounded
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.comparison import (
    TOLERANCE,
    Comparison,
    Status,
    compared,
    scale_of_all,
)
from trainwell.diagnosis.gradient_verdict.judgement import Judgement
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradient_verdict.reference import NEARBY, Reference
from trainwell.diagnosis.gradient_verdict.slopes import direction, ladder_slope, scale_of
from trainwell.errors import EndlessError
from trainwell.types import FloatArray

_SHARP = 1e-10
_FAR = 0.3  # how far another point is, in the units of each array
_LARGER = 32.0  # cotangents there: a rule is linear in them, unless it clips or branches


@dataclass(frozen=True, eq=False)
class Ground:
    """A reference, where it holds, and what has to be said of it.

    Parameters
    ----------
    reference : Reference
        The gradient that is held to be right.
    point : mapping of str to FloatArray
        Where.
    reasons : tuple of str
        What has to be said.
    """

    reference: Reference
    point: Point
    reasons: tuple[str, ...] = ()


def function_of(subject: Subject, point: Point) -> Callable[[Callable[[str], Any]], float]:
    """Return the untouched function of the values of the parameters, by name.

    Parameters
    ----------
    subject : Subject
        What is checked.
    point : mapping of str to FloatArray
        Has all names.

    Returns
    -------
    callable
        Returns the cost.
    """
    return lambda values: subject.value({name: np.asarray(values(name)) for name in point})


def moved(point: Point, rng: np.random.Generator, amount: float) -> dict[str, FloatArray]:
    """Return a point nearby; what is positive stays so.

    Parameters
    ----------
    point : mapping of str to FloatArray
        Where it begins.
    rng : numpy.random.Generator
        Draws the move.
    amount : float
        How far, in the units of each array.

    Returns
    -------
    dict of str to FloatArray
        The other point.
    """
    found: dict[str, FloatArray] = {}
    for name, array in point.items():
        noise = amount * rng.standard_normal(array.shape)
        positive = array.size and (array > 0).all()
        found[name] = array * np.exp(noise) if positive else array + scale_of(array) * noise
    return found


def wrong_of(judgement: Judgement) -> list[str]:
    """Return the names of the arrays whose gradient is wrong.

    Parameters
    ----------
    judgement : Judgement
        What was compared.

    Returns
    -------
    list of str
        In their order.
    """
    fine = (Status.OK, Status.UNDECIDED)
    return [name for name, array in judgement.arrays.items() if array.status not in fine]


def _compared(given: Mapping[str, Any], expected: Point, tolerance: float) -> dict[str, Comparison]:
    scale = scale_of_all(expected)
    return {
        name: compared(name, given.get(name), r, scale, tolerance) for name, r in expected.items()
    }


def judged(subject: Subject, ground: Ground, tolerance: float | None) -> Judgement:
    """Compare what the rule gives with a reference that holds.

    Parameters
    ----------
    subject : Subject
        What is checked.
    ground : Ground
        The reference, and where.
    tolerance : float or None
        Relative error that passes; ``None`` for the usual one.

    Returns
    -------
    Judgement
        On each array.
    """
    found, point = ground.reference, ground.point
    given = subject.given(point)
    allowed = tolerance or TOLERANCE
    if tolerance is None and found.bars is not None:
        allowed += 10 * scale_of_all(found.bars) / (scale_of_all(found.gradient) or 1.0)
    arrays = _compared(given, found.gradient, allowed)
    reasons = ground.reasons
    blurred = [n for n, a in arrays.items() if a.error > _SHARP]
    if tolerance is None and found.bars is None and blurred:
        forward, backward = subject.lost_digits(point)
        if forward:
            allowed = 1e3 * float(np.finfo(np.float32).eps)
            arrays = _compared(given, found.gradient, allowed)
            reasons += ("the forward code itself rounds to less than double precision",)
        elif backward:
            for name in blurred:
                a = arrays[name]
                if a.status is Status.OK and a.given is not None:
                    arrays[name] = replace(a, status=Status.WRONG, wrong=a.given != a.expected)
    calls = Calls(lambda params: params, None, Parameters(dict(point), point), ())
    return Judgement(calls, found, given, arrays, reasons)


def beside_a_kink(subject: Subject, judgement: Judgement, rng: np.random.Generator) -> Judgement:
    """Pass what is right beside a kink, where the conventions for its slope differ.

    Parameters
    ----------
    subject : Subject
        What is checked.
    judgement : Judgement
        At the given point.
    rng : numpy.random.Generator
        Draws the move away from it.

    Returns
    -------
    Judgement
        The same, if there is no kink.
    """
    suspects = {n for n, a in judgement.arrays.items() if a.status is Status.WRONG}
    trace = subject.recorded(subject.arrays) if suspects else None
    if trace is None or not trace.ties:
        return judgement
    point = moved(subject.arrays, rng, NEARBY[0])
    try:
        beside = _compared(subject.given(point), subject.expected(point), TOLERANCE)
    except Unsupported:
        return judgement
    if any(beside[name].status is not Status.OK for name in suspects):
        return judgement
    arrays = {
        name: replace(a, status=Status.OK, wrong=np.zeros_like(a.wrong)) if name in suspects else a
        for name, a in judgement.arrays.items()
    }
    said = "numbers stand exactly at a kink, where conventions differ; right beside it both agree"
    return replace(judgement, arrays=arrays, reasons=(*judgement.reasons, said))


def by_direction(
    subject: Subject, refuted: Reference, rng: np.random.Generator, reasons: tuple[str, ...]
) -> Judgement:
    """Judge each array as a whole, along random directions: for lack of a reference.

    Parameters
    ----------
    subject : Subject
        What is checked.
    refuted : Reference
        The last one that was tried.
    rng : numpy.random.Generator
        Draws the directions.
    reasons : tuple of str
        What has to be said of it.

    Returns
    -------
    Judgement
        Undecided where nothing is seen to be wrong.
    """
    point, arrays = subject.arrays, {}
    given = subject.given(point)
    for name, array in point.items():
        nothing = np.full_like(array, np.nan)
        own = given.get(name)
        status, error = Status.UNDECIDED, np.inf
        if own is None or np.shape(own) != array.shape:
            status = Status.MISSING if own is None else Status.SHAPE
        else:
            v = {n: np.zeros_like(a) for n, a in point.items()}
            v[name] = direction({name: array}, rng)[name]
            slope = ladder_slope(function_of(subject, point), point, v)
            off = abs(slope.value - float(np.vdot(own, v[name])))
            size = scale_of(array) * float(np.linalg.norm(own)) + abs(slope.value) or 1.0
            error = off / size
            if off > 1e-6 * size + 20 * slope.bar:
                status = Status.WRONG
        wrong = np.ones(array.shape, dtype=bool)
        arrays[name] = Comparison(name, own, nothing, error, status, wrong)
    calls = Calls(lambda params: params, None, Parameters(dict(point), point), ())
    said = "no reference holds on the untouched function: each array was judged along one direction"
    return Judgement(calls, refuted, given, arrays, (*reasons, said))


def elsewhere(
    subject: Subject,
    judgement: Judgement,
    settings: Settings,
    rng: np.random.Generator,
    patience: float,
) -> Judgement:
    """Check at other points, where more may be wrong than at the given one, or show.

    Parameters
    ----------
    subject : Subject
        What is checked. Its cotangents are larger afterwards if more is wrong there.
    judgement : Judgement
        At the given point.
    settings : Settings
        How thoroughly.
    rng : numpy.random.Generator
        Draws the points.
    patience : float
        Seconds for each: with other numbers a loop may go round for ever.

    Returns
    -------
    Judgement
        The given one, if no more is wrong elsewhere.
    """
    if judgement.reference.method != "autograd":
        return judgement
    known = wrong_of(judgement)
    larger = f"cotangents {_LARGER:g} times as large"
    subject.scale(_LARGER)
    for _ in range(settings.points - 1):
        point = moved(subject.arrays, rng, _FAR)
        try:
            with subject.stoppable():
                beside: Judgement | None = bounded(
                    _there, patience, subject, judgement, settings, point
                )
        except (Unsupported, RuntimeError, ValueError):
            continue
        except EndlessError:
            said = f"not looked at elsewhere: other numbers took more than {patience:.2g} s"
            judgement = replace(judgement, reasons=(*judgement.reasons, said))
            break
        wrong = [] if beside is None else wrong_of(beside)
        if beside is None or not wrong or not {*known} <= {*wrong}:
            continue
        more = ", ".join(name for name in wrong if name not in known)
        right = f"{more}: right" if known else "right"
        said = f"{right} at your point, wrong at another one with {larger}"
        return replace(beside, reasons=(*judgement.reasons, said) if more else judgement.reasons)
    subject.scale(1 / _LARGER)
    return judgement


def _there(
    subject: Subject, judgement: Judgement, settings: Settings, point: Point
) -> Judgement | None:
    """Return the judgement at another point; ``None`` where the reference is not finite."""
    with np.errstate(all="ignore"):
        expected = subject.expected(point)
    if not np.isfinite(scale_of_all(expected)):
        return None
    reference = replace(judgement.reference, gradient=expected)
    return judged(subject, Ground(reference, point), settings.tolerance)
