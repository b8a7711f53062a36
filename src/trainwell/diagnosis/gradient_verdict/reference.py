"""The gradient that a backward pass is compared with, made of the user's own forward pass."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.elementwise_rules import NOT_ANALYTIC
from trainwell.diagnosis.gradient_tape.recorder import Unsupported
from trainwell.diagnosis.gradient_tape.recording import sweep
from trainwell.diagnosis.gradient_verdict.anchor import Anchor, anchored
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.comparison import all_finite
from trainwell.diagnosis.gradient_verdict.element_wise import element_wise
from trainwell.diagnosis.gradient_verdict.points import jittered
from trainwell.diagnosis.gradient_verdict.trace import Trace, record, traced_or_none
from trainwell.types import FloatArray

METHODS = ("auto", "trace", "complex", "central")
NEARBY = (1e-3, 3e-2)
"""How far from a kink other looks are taken, in the units of each array: the first that is clear
of all kinks counts."""

_SMALLER = (0.1, 0.01, 0.001)  # shares of all parameters, behind which less is saturated
_DIGITS = 10  # no more than so many has a cost that was rounded
_BESIDE = 1.0 + 0.1 / np.pi  # times the parameters: no product of it has few digits
_SHARP = 1e-6  # so well a tape has to be confirmed elsewhere
_SAME = 1e-9  # a traced cost that is further from the plain one is another function


@dataclass(frozen=True, eq=False)
class Reference:
    """What is held to be right.

    Parameters
    ----------
    gradient : mapping of str to FloatArray
        By the name of the parameter.
    method : str
        ``"trace"``, ``"complex"``, ``"central"`` or ``"complex and central"``.
    anchor : Anchor
        What the untouched function says of it.
    trace : Trace or None
        The recording, where there is one.
    note : str
        Why another method was not used.
    bars : mapping of str to FloatArray or None
        How far each element may be off, where it was measured.
    unusable : str
        Why nothing can be measured at all: a cost that is another one each time, or rounded.
    refuted : mapping of str to FloatArray or None
        What the tape found, if the untouched function contradicts it.
    passes : int
        Forward passes that were needed number by number; 0 with a tape.
    is_rough : bool
        Whether the untouched function is too rough to confirm the tape, which it does not
        contradict.
    """

    gradient: Mapping[str, FloatArray]
    method: str
    anchor: Anchor
    trace: Trace | None = None
    note: str = ""
    bars: Mapping[str, FloatArray] | None = None
    unusable: str = ""
    refuted: Mapping[str, FloatArray] | None = None
    passes: int = 0
    is_rough: bool = False


Look = Callable[[Mapping[str, FloatArray]], Anchor | None]
"""From the gradient of a recording to what is known of it without directions at its point."""


def traced_reference(
    calls: Calls, cost: float, rng: np.random.Generator, directions: int, look: Look | None = None
) -> Reference:
    """Return the reference by the tape, or raise :class:`Unsupported`.

    Parameters
    ----------
    calls : Calls
        The user's functions.
    cost : float
        What the plain forward pass returns.
    rng : numpy.random.Generator
        Draws the directions.
    directions : int
        How many random directions must agree.
    look : callable, optional
        A shorter way to confirm the recording of an analytic function without ties.

    Returns
    -------
    Reference
        With the recording.

    Raises
    ------
    Unsupported
        If the tape cannot follow the forward pass.
    """
    try:
        trace = record(calls)
    except Unsupported:
        # X.dot(W) with a plain X reaches neither of NumPy's protocols.
        trace = record(calls, with_data=True)
    value = float(np.reshape(trace.output.value, ()))
    if not (value == cost or abs(value - cost) <= _SAME * max(abs(cost), 1e-300)):
        raise Unsupported.operation(
            f"some operation: the recorded cost is {value!r}, the plain one {cost!r};"
        )
    gradient = trace.gradient(sweep(trace.recording, trace.output))
    if not all(map(all_finite, gradient.values())):
        tame = trace.gradient(sweep(trace.recording, trace.output, tame=True))
        gradient = _in_longer_numbers(calls) or tame
    analytic = not any(step.operation in NOT_ANALYTIC for step in trace.of_cost)
    known = look(gradient) if look and analytic and not trace.ties else None
    if known is not None:
        return Reference(gradient, "trace", known, trace)
    points = _beside(calls, gradient, rng) if trace.ties else [(calls, gradient)]
    for where, promised in points:
        anchor = anchored(
            where.cost_alone,
            promised,
            where.parameters.arrays,
            rng,
            directions,
            analytic=analytic,
        )
        if anchor.confirmed:
            break
    return Reference(gradient, "trace", anchor, trace)


def without_effect(
    found: Reference, given: Mapping[str, Any]
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return zeros for gradients that nobody needs, since the cost is made without the parameter.

    Parameters
    ----------
    found : Reference
        With a tape, which shows what the cost is made of.
    given : mapping of str to Any
        What the backward pass gave for each parameter; ``None`` where that is nothing.

    Returns
    -------
    given : mapping of str to Any
        With zeros in their place.
    said : tuple of str
        Whose gradients they are.
    """
    if found.trace is None or all(each is not None for each in given.values()):
        return given, ()
    of_cost = {step.index for step in found.trace.of_cost}
    leaves = found.trace.leaves
    names = [n for n, each in given.items() if each is None and leaves[n].index not in of_cost]
    if not names:
        return given, ()
    zeros = {name: np.zeros_like(found.gradient[name]) for name in names}
    said = f"the cost does not depend on {', '.join(names)}: no gradient of it is needed"
    return {**given, **zeros}, (said,)


def tape_holds_where_smaller(calls: Calls, rng: np.random.Generator) -> float | None:
    """Say where the untouched function confirms the tape, if it says nothing at the point itself.

    Parameters
    ----------
    calls : Calls
        The functions, and a point where the gradient is smaller than the rounding of the cost,
        as behind saturated units.
    rng : numpy.random.Generator
        Draws the directions.

    Returns
    -------
    float or None
        By what all parameters have to be multiplied; ``None`` if nothing is confirmed there.
    """
    for share in _SMALLER:
        moved = calls.elsewhere({n: share * a for n, a in calls.parameters.arrays.items()})
        try:
            cost = float(np.reshape(moved.value()[0], ()))
            found = traced_reference(moved, cost, rng, 2)
        except Exception:  # noqa: BLE001 - the user's function may refuse what it likes there
            return None
        if found.anchor.confirmed and found.anchor.tolerance <= _SHARP:
            return share
    return None


def _beside(
    calls: Calls, gradient: Mapping[str, FloatArray], rng: np.random.Generator
) -> Iterator[tuple[Calls, Mapping[str, FloatArray]]]:
    """Yield points beside a kink, with the tape's gradient there: at a kink there is none."""
    for amount in NEARBY:
        moved = jittered(calls, rng, amount)
        trace = traced_or_none(moved)
        if trace is not None:  # ties that are left may be where nothing depends on them
            yield moved, trace.gradient(sweep(trace.recording, trace.output))
    yield calls, gradient


def converted(calls: Calls, dtype: Any) -> tuple[dict[str, FloatArray], tuple[Any, ...]]:
    """Return the point in floating-point numbers of another precision."""
    arrays = {n: a.astype(dtype) for n, a in calls.parameters.arrays.items()}
    data = tuple(
        x.astype(dtype) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x
        for x in calls.copied_data()
    )
    return arrays, data


def converted_trace(calls: Calls, dtype: Any) -> Trace:
    """Return the recording of the forward pass in numbers of another precision."""
    arrays, data = converted(calls, dtype)
    try:
        return record(calls.untimed(), arrays, data)
    except Unsupported:
        return record(replace(calls, data=data), arrays, with_data=True)


def _in_longer_numbers(calls: Calls) -> dict[str, FloatArray] | None:
    """Return a gradient whose parts overflow in float64; ``None`` if it does so in longer ones."""
    try:
        with np.errstate(all="ignore"):
            trace = converted_trace(calls, np.longdouble)
            better = trace.gradient(sweep(trace.recording, trace.output))
            found: dict[str, FloatArray] = {n: r.astype(np.float64) for n, r in better.items()}
    except Exception:  # noqa: BLE001 - the user's functions may refuse other numbers as they like
        return None
    return found if all(np.isfinite(r).all() for r in found.values()) else None


def reference(
    calls: Calls,
    cost: float,
    rng: np.random.Generator,
    directions: int = 2,
    method: str = "auto",
    look: Look | None = None,
) -> Reference:
    """Return the best reference there is: tape, complex steps, differences.

    Parameters
    ----------
    calls : Calls
        The user's functions.
    cost : float
        What the forward pass returns.
    rng : numpy.random.Generator
        Draws the directions.
    directions : int, default=2
        How many random directions must agree.
    method : {"auto", "trace", "complex", "central"}, default="auto"
        Which one; ``"auto"`` takes the first that works.
    look : callable, optional
        A shorter way to confirm a recording.

    Returns
    -------
    Reference
        Its anchor says whether it can be trusted.
    """
    note = ""
    refuted: Mapping[str, FloatArray] | None = None
    rough: Reference | None = None
    if method in ("auto", "trace"):
        try:
            found = traced_reference(calls, cost, rng, directions, look)
        except Exception as error:  # noqa: BLE001 - the user's function may refuse recorded arrays
            note = _refusal(error)
        else:
            if found.anchor.confirmed or method == "trace":
                return found
            if found.anchor.disagreement <= found.anchor.tolerance:
                note = "the untouched function is too rough to confirm the tape"
                rough = replace(found, note=note, is_rough=True)
            else:
                note = "the untouched function contradicts the tape"
                refuted = found.gradient
        if method == "trace":
            raise Unsupported(note)
    unusable = _not_the_same(calls, cost) or _rounded(calls, cost)
    if unusable:
        zeros = {n: np.zeros_like(array) for n, array in calls.parameters.arrays.items()}
        nothing = Anchor(confirmed=False, directions=0, tolerance=1.0, disagreement=1.0, method="")
        return Reference(zeros, "trace", nothing, None, note, unusable=unusable)
    if rough is not None:
        return rough
    ways = ("complex", "central") if method == "auto" else (method,)
    return replace(_by_numbers(calls, ways, rng, directions), note=note, refuted=refuted)


def _not_the_same(calls: Calls, cost: float) -> str:
    """Say that the cost is another one each time, if it is."""
    again = float(np.reshape(calls.value()[0], ()))
    if again == cost or abs(again - cost) <= 1e-12 * abs(cost):
        return ""
    return (
        f"the cost is not the same each time ({cost!r}, then {again!r}) although every generator"
        " in sight was put back: pass the generator in `data`, or fix its seed in the cost"
    )


def _rounded(calls: Calls, cost: float) -> str:
    """Say that the cost has few digits, if it has, here and at another point."""
    if not _is_short(cost):
        return ""
    arrays = calls.parameters.arrays
    try:
        other = float(np.reshape(calls.value(lambda name: _BESIDE * arrays[name])[0], ()))
    except Exception:  # noqa: BLE001 - the user's function may refuse what it likes there
        return ""
    if other == cost or not _is_short(other):
        return ""
    return (
        f"the cost is rounded ({cost!r}, and {other!r} beside), which hides what is to be measured:"
        " return it as it is, and round what is printed"
    )


def _is_short(cost: float) -> bool:
    return float(f"{cost:.{_DIGITS}g}") == cost


def measured_reference(calls: Calls, rough: Reference, rng: np.random.Generator) -> Reference:
    """Return what numbers one by one show where the cost is too rough to confirm the tape.

    Parameters
    ----------
    calls : Calls
        The user's functions.
    rough : Reference
        The tape's.
    rng : numpy.random.Generator
        Draws the directions.

    Returns
    -------
    Reference
        Its anchor says whether it can be trusted.
    """
    found = _by_numbers(calls, ("complex", "central"), rng, rough.anchor.directions)
    return replace(found, note=rough.note, refuted=rough.gradient)


def _refusal(error: Exception) -> str:
    """Say why there is no tape."""
    if isinstance(error, Unsupported):
        return str(error)
    said = str(error).partition("\n")[0]
    return f"your cost refuses recorded arrays ({type(error).__name__}: {said})"


def _by_numbers(
    calls: Calls, ways: tuple[str, ...], rng: np.random.Generator, directions: int
) -> Reference:
    """Return the first gradient measured number by number that the untouched function confirms."""
    passes = 0
    for way in ways:
        measured = element_wise(calls, way)
        gradient, bars = measured.gradient, measured.bars
        # Complex steps must not vouch for themselves: |z| has another slope among complex numbers.
        anchor = anchored(
            calls.cost_alone,
            gradient,
            calls.parameters.arrays,
            rng,
            directions,
            analytic=False,
        )
        passes += measured.passes
        found = Reference(gradient, measured.method, anchor, bars=bars, passes=passes)
        if anchor.confirmed or measured.method == "central":
            break
    return found
