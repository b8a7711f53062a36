"""Mistakes that would not show at a point, found by making each of them on the tape."""

# ruff: noqa: ARG001 - a mistake takes a value and its derivative

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.recording import Step, sweep
from trainwell.diagnosis.gradient_trials.pool import name_of
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.comparison import TOLERANCE, are_close, scale_of_all
from trainwell.diagnosis.gradient_verdict.constants import batch_size
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradient_verdict.trace import Trace, record
from trainwell.types import FloatArray

Mistake = Callable[[Step, FloatArray], FloatArray | None]
"""From a value and its derivative to a wrong derivative; ``None`` where it makes no sense."""


def _sign(step: Step, g: FloatArray) -> FloatArray | None:
    return -g


def _transposed(step: Step, g: FloatArray) -> FloatArray | None:
    square = g.ndim == 2 and g.shape[0] == g.shape[1] > 1
    return g.T if square else None


def _reversed(step: Step, g: FloatArray) -> FloatArray | None:
    return g[::-1] if g.ndim and len(g) > 1 else None


MISTAKES: Mapping[str, Mistake] = {
    "a sign or a factor": _sign,
    "a transposition": _transposed,
    "another order": _reversed,
}
"""What is done to each derivative, by what it is called."""

_CHOICES = ("maximum", "minimum", "where")


def hidden_mistakes(
    cost: Callable[..., Any], params: Any, data: tuple[Any, ...] = ()
) -> tuple[str, ...]:
    """Return the mistakes that no gradient would show at a point.

    Every mistake is made at every place of the recorded forward pass. What moves no gradient
    by more than a check lets pass cannot be seen there, whatever the backward pass.

    Parameters
    ----------
    cost : callable
        The forward pass, as :func:`~trainwell.diagnosis.gradients.check_gradients` takes it.
    params : mapping, sequence or FloatArray
        The parameters.
    data : tuple, default=()
        What the cost takes after them.

    Returns
    -------
    tuple of str
        One sentence for each place, in the order of the forward pass.

    Raises
    ------
    Unsupported
        If the tape cannot follow the forward pass.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.diagnosis.gradients import hidden_mistakes
    >>> def cost(params, x):
    ...     return np.sum(np.array([1, 3]) * np.maximum(0, params["w"] * x))
    >>> x = np.array([1.0, 4.0])
    >>> hidden_mistakes(cost, {"w": np.array([1.0, 2.0])}, (x,))  # every unit is active
    ('line 2: a mask',)
    >>> hidden_mistakes(cost, {"w": np.array([1.0, -2.0])}, (x,))
    ()
    """
    calls = Calls(cost, None, Parameters.of(params), data)
    return tuple(hidden_at(record(calls), batch_size(calls.data)))


def hidden_at(trace: Trace, examples: int | None) -> Iterator[str]:
    """Yield the mistakes that no gradient would show.

    Parameters
    ----------
    trace : Trace
        The forward pass, at a point.
    examples : int or None
        How many examples there are.

    Yields
    ------
    str
        A place, with what cannot be seen there.
    """
    cotangents = sweep(trace.recording, trace.output)
    right = trace.gradient(cotangents)
    scale = scale_of_all(right)

    def unseen(step: Step, wrong: FloatArray) -> bool:
        if np.array_equal(wrong, cotangents[step.index]) and wrong.any():
            return False  # such as the order of ones: no mistake at all
        found = trace.gradient(sweep(trace.recording, trace.output, {step.index: wrong}))
        return all(are_close(found[n], right[n], scale, TOLERANCE) for n in right)

    names = {leaf.index: f"`{name}`" for name, leaf in trace.leaves.items()}
    for step in trace.recording.steps:
        g = cotangents.get(step.index)
        if g is None or step.operation == "data" or not np.size(g):
            continue
        said = [
            name
            for name, mistake in MISTAKES.items()
            if (wrong := mistake(step, g)) is not None and unseen(step, wrong)
        ]
        said += ["whether an example counts" for _ in _one(step, g, examples, unseen)]
        if step.operation in _CHOICES and _open(step, g):
            said.append("a mask")
        if said:
            yield f"{names.get(step.index) or name_of(step)}: {', '.join(said)}"


def _one(
    step: Step,
    g: FloatArray,
    examples: int | None,
    unseen: Callable[[Step, FloatArray], bool],
) -> Iterator[int]:
    """Yield an axis of the examples along which one can be forgotten."""
    for axis in range(g.ndim):
        if examples and examples > 1 and g.shape[axis] == examples:
            wrong = g.copy()
            wrong[(slice(None),) * axis + (0,)] = 0.0
            if unseen(step, wrong):
                yield axis
            return


def _open(step: Step, g: FloatArray) -> bool:
    """Say whether a choice lets through all of a derivative to one side."""
    if step.pull is None:
        return False
    parts = [p for p in step.pull(np.ones_like(g)) if p is not None and np.shape(p) == g.shape]
    return any(bool((p == 1).all()) for p in parts) or not any(p.any() for p in parts)
