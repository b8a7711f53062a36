"""Choices between equal numbers: where a function has a kink, or a jump."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.cotangents import spread
from trainwell.diagnosis.gradient_tape.elementwise_rules import CHOOSING, CORNERED
from trainwell.diagnosis.gradient_tape.recording import Step


@dataclass(frozen=True, slots=True)
class Tie:
    """Two equal numbers where it matters which is larger: a kink of the function.

    Parameters
    ----------
    step : Step
        The operation that chose between them.
    count : int
        How many.
    """

    step: Step
    count: int


def ties(steps: Sequence[Step]) -> Iterator[Tie]:
    """Yield the operations among some that had equal numbers to choose from."""
    for step in steps:
        count = _count(step)
        if count:
            yield Tie(step, count)


def _count(step: Step) -> int:
    name = step.operation
    if name in CHOOSING:
        if any(parent.value.dtype.kind == "f" for parent in step.parents):
            return int(np.count_nonzero(np.equal(*map(_value, step.arguments))))
    elif name in CORNERED:
        return int(np.count_nonzero(np.equal(_value(step.arguments[0]), 0)))
    elif name in ("max", "min"):
        return _winners(step, **_keywords(step))
    elif name == "clip":
        bounds = _keywords(step)
        value = _value(step.arguments[0])
        hits = [value == bound for bound in bounds.values() if bound is not None]
        return int(np.count_nonzero(np.logical_or(hits[0], hits[-1]))) if hits else 0
    elif name == "norm":
        return int(np.count_nonzero(np.equal(step.value, 0)))
    return 0


def _value(argument: Any) -> Any:
    return argument.value if isinstance(argument, Step) else argument


def _keywords(step: Step) -> dict[str, Any]:
    """Return the settings of an operation by rule."""
    return dict(step.call.args[1]) if isinstance(step.call, partial) else {}


def _winners(step: Step, *, axis: Any = None, keepdims: Any = False) -> int:
    """Count the elements that share a maximum or minimum with another one."""
    value = _value(step.arguments[0])
    winners = value == spread(step.value, value.shape, axis, keepdims)
    counts = np.count_nonzero(winners, axis=axis)
    return int(np.sum(counts, where=np.greater(counts, 1)))
