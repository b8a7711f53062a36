"""What the operations of a recorded backward pass could have used."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.backward import Backward
from trainwell.diagnosis.gradient_localisation.change import Surroundings
from trainwell.diagnosis.gradient_localisation.matching import Matcher
from trainwell.diagnosis.gradient_localisation.workshop import near
from trainwell.diagnosis.gradient_tape.recording import Step, handed_on
from trainwell.diagnosis.gradient_verdict.constants import Constants

_SMALL = 4096  # numbers, whose bytes are quickly looked up


def surroundings(backward: Backward, matcher: Matcher, constants: Constants) -> Surroundings:
    """Return what the operations of a backward pass could have used.

    Parameters
    ----------
    backward : Backward
        The recorded passes.
    matcher : Matcher
        Knows every derivative of the cost.
    constants : Constants
        Numbers with a name.

    Returns
    -------
    Surroundings
        For :func:`trainwell.diagnosis.gradient_localisation.edits.changes`.
    """
    return Surroundings(
        constants.named,
        _pool(backward),
        {step.index: name for name, step in backward.trace.leaves.items()},
        backward.boundary,
        _derivatives_among(matcher),
        _named(backward),
    )


def _named(backward: Backward) -> frozenset[int]:
    """Return the indices of what statements of both passes give, and of what they are given."""
    steps = backward.trace.recording.steps
    return frozenset(handed_on(steps) | {step.index for step in steps if step.call is None})


def _pool(backward: Backward) -> dict[tuple[int, ...], Sequence[Step]]:
    """Return the recorded values by shape, without those that say the same twice."""
    pool: dict[tuple[int, ...], list[Step]] = {}
    seen: dict[tuple[Any, ...], list[Any]] = {}
    for step in backward.trace.recording.steps:
        value = np.asarray(step.value)
        if value.dtype.kind not in "fbiu" or value.ndim == 0:
            continue
        is_small = value.size < _SMALL
        said = value.tobytes() if is_small else float(np.vdot(value, value))
        alike = seen.setdefault((value.shape, value.dtype.kind, said), [])
        if not (alike and is_small) and not any(np.array_equal(value, each) for each in alike):
            alike.append(value)
            pool.setdefault(value.shape, []).append(step)
    return {shape: tuple(steps) for shape, steps in pool.items()}


def _derivatives_among(matcher: Matcher) -> Callable[[Step], bool]:
    """Return what says whether a value is a derivative as it stands."""

    @cache
    def is_derivative(step: Step) -> bool:
        found = matcher.matches(step.value) if np.size(step.value) > 1 else ()
        return any(near(match.factor, 1.0) for match in found)

    return is_derivative
