"""The code of a backward pass: recorded as it stands, and called as patches are tried on it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.backward import Backward, record_backward
from trainwell.diagnosis.gradient_localisation.formed import Line, assigned, lines_of
from trainwell.diagnosis.gradient_localisation.matching import Matcher, derivatives, matched
from trainwell.diagnosis.gradient_localisation.usual_factors import sense_of
from trainwell.diagnosis.gradient_patches.patch_trials import (
    RIGHT,
    Patchable,
    are_right,
    gradient_of,
    quietly,
)
from trainwell.diagnosis.gradient_patches.patched import Source
from trainwell.diagnosis.gradient_patches.sources import runs_less_again, sources
from trainwell.diagnosis.gradient_tape.recording import sweep
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.comparison import Status
from trainwell.diagnosis.gradient_verdict.judgement import Judgement, is_mixed
from trainwell.diagnosis.gradient_verdict.leftovers import as_before, kept_as_found
from trainwell.diagnosis.gradient_verdict.lost_digits import coarseness
from trainwell.diagnosis.gradient_verdict.parameters import given_gradient
from trainwell.diagnosis.gradient_verdict.points import jittered
from trainwell.diagnosis.gradient_verdict.symmetric import is_symmetric
from trainwell.diagnosis.gradient_verdict.trace import traced_or_none
from trainwell.diagnosis.gradients.forward_once import forward_once
from trainwell.randomness import generator
from trainwell.types import FloatArray

_LESS = 0.1  # than it was: the error of what a patch has made right
_EXACT = 1e-12  # relative error that two ways to compute the same may well have
_EXACTLY = 1e-3  # of a value counts what is exact, and not by convention
_PATIENCE, _TIMES = 1.0, 100.0  # seconds, and times what both passes take else
_FAR = 0.05  # how far another point is, in the units of each array

Record = Callable[[], Backward | None]
"""Carries out forward and backward pass in one recording, if they can be followed."""


@dataclass(frozen=True, eq=False)
class Code:
    """The code of a backward pass.

    Parameters
    ----------
    record : callable
        Returns both passes in one recording; ``None`` if they cannot be followed.
    as_it_stands : callable
        The same, recorded once: as no patch has changed them.
    patchable : callable
        Returns the backward pass, ready to be called with patched functions.
    at_both : bool, default=False
        Whether patches have to keep the gradients right at another point, too.
    """

    record: Record
    as_it_stands: Record
    patchable: Callable[[], Patchable]
    at_both: bool = False


def code_of(
    judgement: Judgement, key: Any, constants: Mapping[str, float], given: Judgement | None = None
) -> Code | None:
    """Return the code of a backward pass that is called with what the forward pass has left.

    Parameters
    ----------
    judgement : Judgement
        Which gradients are wrong.
    key : str, callable or mapping
        From parameters to their gradients.
    constants : mapping of str to float
        Numbers with a name.
    given : Judgement, optional
        Of another point, where the gradients are right: a patch has to keep them so.

    Returns
    -------
    Code or None
        ``None`` where gradients were given, and no backward pass.
    """
    calls = judgement.calls
    if calls.grad is None:
        return None

    followed = judgement.reference.trace is not None

    def record() -> Backward | None:
        return _recorded(calls, key) if followed else None

    once = cache(record)

    def patchable() -> Patchable:
        known = once if followed else None
        found = patchable_of(judgement, key, constants, as_it_stands=known)
        return found if given is None else _at_both(found, given, key)

    return Code(record, once, patchable, given is not None)


def patchable_of(
    judgement: Judgement,
    key: Any,
    constants: Mapping[str, float],
    *,
    anew: bool = False,
    overwritten: bool = False,
    as_it_stands: Record | None = None,
) -> Patchable:
    """Return the user's backward pass, ready to be called with patched functions.

    Parameters
    ----------
    judgement : Judgement
        Which gradients are wrong.
    key : str, callable or mapping
        From parameters to their gradients.
    constants : mapping of str to float
        Numbers with a name.
    anew : bool, default=False
        Whether what one call leaves for the next is what is wrong: nothing of it is kept then.
    overwritten : bool, default=False
        Whether a later call overwrites what an earlier one has returned; then there is such a call.
    as_it_stands : callable, optional
        Returns both passes in one recording, if there is one already.

    Returns
    -------
    Patchable
        Its functions are those that were seen to run.
    """
    calls = judgement.calls
    backward = partial(_gradients, calls, key, overwritten=overwritten)
    record = partial(_recorded, calls, key)
    with quietly():
        once = as_it_stands or cache(record)
        shared = partial(statements_of, once)
        both = once()
        looked_up = both is not None and both.trace.recorder.looked_up
        looks_up = bool(looked_up) or _looks_up(calls)
        value = partial(_computed_anew, calls) if looks_up else calls.value
        found = sources(value, partial(backward, value), shared)
        prepared = both is not None and both.prepared > 0
        forward = value if anew or prepared or looks_up else forward_once(calls, backward)
        as_found = kept_as_found(calls, partial(backward, calls.value))
    made = patchable_with(judgement, partial(backward, forward), found, constants, record)
    usual = calls.forward.shortest + calls.backward.shortest
    made = replace(made, patience=_PATIENCE + _TIMES * usual, put_back=as_found)
    return replace(made, elsewhere=cache(partial(_elsewhere, made, judgement, key)))


def _looks_up(calls: Calls) -> bool:
    """Say whether the cost keeps what it has computed at a point, as far as can be seen."""
    calls.beside().value()
    return runs_less_again(calls.value, calls.value)


def _computed_anew(calls: Calls) -> tuple[Any, Any]:
    """Return the cost and its cache; what was kept is that of another point before."""
    calls.beside().value()
    return calls.value()


def _elsewhere(made: Patchable, judgement: Judgement, key: Any) -> Patchable | None:
    """Return the same backward pass at another point, if a recording tells what is right there."""
    if any(map(is_symmetric, judgement.calls.parameters.arrays.values())):
        return None  # which may be all that the gradient is meant for
    calls = jittered(judgement.calls, generator(0, "a point to see patches at"), _FAR)
    with quietly():
        trace = traced_or_none(calls)
        if trace is None or trace.ties:
            return None
        expected = trace.gradient(sweep(trace.recording, trace.output))
        gradient = partial(_gradients, calls, key, calls.value)
        other = replace(made, gradient=gradient, expected=expected)
        given = gradient_of(other) or {}
        rest = [n for n, a in judgement.arrays.items() if a.status is Status.OK]
        return other if are_right(other, given, rest) else None


def patchable_with(
    judgement: Judgement,
    gradient: Callable[[], Mapping[str, Any]],
    found: Sequence[Source],
    constants: Mapping[str, float],
    record: Record,
) -> Patchable:
    """Return a backward pass, ready to be called with patched functions.

    Parameters
    ----------
    judgement : Judgement
        Which gradients are wrong.
    gradient : callable
        Calls it; returns the gradients by the name of the parameter.
    found : sequence of Source
        The functions that may be patched.
    constants : mapping of str to float
        Numbers with a name.
    record : callable
        Returns both passes in one recording, if they can be followed.

    Returns
    -------
    Patchable
        What a patch makes right has to be better than it was.
    """
    m = constants.get("m", 1.0)
    sense = partial(_sense, record, (1.0, m, 1 / m))
    gradient, expected = _in_own_units(judgement, gradient)
    errors = (a.error for a in judgement.arrays.values() if a.status is not Status.OK)
    exact = max(RIGHT, coarseness(judgement.reference))
    within = max(_EXACT, min([exact, *(_LESS * error for error in errors)]))
    return Patchable(gradient, expected, found, constants, sense, within=within, exact=exact)


def _in_own_units(
    judgement: Judgement, gradient: Callable[[], Mapping[str, Any]]
) -> tuple[Callable[[], Mapping[str, Any]], Mapping[str, FloatArray]]:
    """Return a gradient and what is right; where numbers differ in size, times these numbers."""
    arrays = judgement.calls.parameters.arrays
    names = [n for n, a in judgement.arrays.items() if a.status is Status.WRONG]
    units = {name: np.abs(arrays[name]) for name in names if is_mixed(arrays[name])}
    if not units:
        return gradient, judgement.reference.gradient

    def scaled() -> dict[str, Any]:
        found = dict(gradient())
        return {n: a * units[n] if n in units and a is not None else a for n, a in found.items()}

    right = judgement.reference.gradient
    return scaled, {n: r * units[n] if n in units else r for n, r in right.items()}


def statements_of(record: Record) -> tuple[frozenset[Line], frozenset[Line]]:
    """Return the statements that the cost is made by, and those that only gradients are made by.

    Parameters
    ----------
    record : callable
        Returns both passes in one recording, if they can be followed.

    Returns
    -------
    of_cost, of_gradients : frozenset of tuple
        File and line; none where the passes cannot be followed.
    """
    backward = record()
    if backward is None:
        return frozenset(), frozenset()
    of_cost = lines_of(backward.lines_of_forward)
    return of_cost, lines_of(step.place[:2] for step in backward.steps) - of_cost


def without(patchable: Patchable, names: Collection[str]) -> Patchable:
    """Return a backward pass of which some gradients do not matter.

    Parameters
    ----------
    patchable : Patchable
        All of it.
    names : collection of str
        Parameters whose gradients do not matter.

    Returns
    -------
    Patchable
        With fewer expected gradients.
    """
    kept = {name: array for name, array in patchable.expected.items() if name not in names}
    return replace(patchable, expected=kept)


def _at_both(patchable: Patchable, given: Judgement, key: Any) -> Patchable:
    """Return a backward pass whose gradients at another point, where they are right, count, too."""
    kept = [name for name, array in given.arrays.items() if array.error <= RIGHT]

    def elsewhere(gradients: Mapping[str, Any]) -> dict[str, Any]:
        return {f"{name}, at the given point": gradients[name] for name in kept}

    def gradient() -> dict[str, Any]:
        return {
            **patchable.gradient(),
            **elsewhere(_gradients(given.calls, key, given.calls.value)),
        }

    expected = {**patchable.expected, **elsewhere(given.reference.gradient)}
    return replace(patchable, gradient=gradient, expected=expected, elsewhere=lambda: None)


def _recorded(calls: Calls, key: Any) -> Backward | None:
    """Return both passes in one recording, which adds to nothing that is kept already."""
    with as_before(calls):
        return record_backward(calls, key)


def _gradients(
    calls: Calls, key: Any, forward: Callable[[], tuple[Any, Any]], *, overwritten: bool = False
) -> dict[str, Any]:
    """Return what the backward pass gives, by the name of the parameter."""
    _, cache = forward()
    found = given_gradient(calls.gradients(cache), calls.parameters, key)
    if overwritten:
        elsewhere = calls.beside()
        _, cache = elsewhere.value()
        elsewhere.gradients(cache)
    return found


def _sense(record: Record, usual: Sequence[float]) -> float:
    """Return how many of the statements' values are derivatives; half, with unusual factors.

    Of two places for a factor with a convention, that one is likelier with which more is exact.
    """
    backward = record()
    if backward is None:
        return 0.0
    trace = backward.trace
    matcher = Matcher(derivatives(trace.recording, trace.output))
    given = assigned(backward)
    values = [step for step in backward.steps if step.index in given]
    rows = matched(values, {}, matcher).values()
    return sense_of(rows, usual) + _EXACTLY * sense_of(rows, (1.0,))
