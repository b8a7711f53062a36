"""The user's backward pass, recorded behind the forward pass on the same tape."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.statements import (
    Statement,
    function_at,
    statement_at,
)
from trainwell.diagnosis.gradient_tape.imported_names import is_named
from trainwell.diagnosis.gradient_tape.recorded_numpy import recorded_numpy
from trainwell.diagnosis.gradient_tape.recorder import is_traced
from trainwell.diagnosis.gradient_tape.recording import Step, ancestors
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.parameters import gradient_of
from trainwell.diagnosis.gradient_verdict.trace import Trace, record


@dataclass(frozen=True, eq=False)
class Backward:
    """Forward and backward pass in one recording.

    Parameters
    ----------
    trace : Trace
        The forward pass; its recording goes on with the backward pass.
    boundary : int
        Index of the first step of the backward pass.
    outputs : mapping of str to Step
        The gradient of each parameter that was followed.
    prepared : int, default=0
        How many steps from there on were carried out in the forward pass, for gradients alone.
    """

    trace: Trace
    boundary: int
    outputs: Mapping[str, Step]
    prepared: int = 0

    @property
    def forward(self) -> list[Step]:
        """The steps of the forward pass."""
        return self.trace.recording.steps[: self.boundary]

    @cached_property
    def lines_of_forward(self) -> frozenset[tuple[str, int]]:
        """Files and lines that the forward pass runs, too: they are right.

        Where one function returns cost and gradients, both passes run all of it. Then those are
        right that the cost is made by, as where something is prepared in the forward pass.
        """
        lines = frozenset(step.place[:2] for step in self.forward)
        if not self.prepared and not lines.issuperset(step.place[:2] for step in self.steps):
            return lines
        made = ancestors([self.trace.output])
        lines = frozenset(step.place[:2] for step in self.forward if step.index in made)
        return lines - self._of_both

    @property
    def _of_both(self) -> frozenset[tuple[str, int]]:
        """Lines such as ``return cost, slope``, of functions that prepare something elsewhere."""
        prepared = self.trace.recording.steps[self.boundary : self.boundary + self.prepared]
        lines = {step.place[:2] for step in prepared}
        alone = lines - {step.place[:2] for step in self.forward}
        functions = {id(function_at(*line)) for line in alone}
        return frozenset(line for line in lines if id(function_at(*line)) in functions)

    @property
    def steps(self) -> list[Step]:
        """The steps of the backward pass that a gradient was made of, in their order."""
        needed = ancestors(list(self.outputs.values()))
        return [s for s in self.trace.recording.steps[self.boundary :] if s.index in needed]


def record_backward(calls: Calls, key: Any) -> Backward | None:
    """Carry out forward and backward pass on recorded parameters, and on recorded data if possible.

    Parameters
    ----------
    calls : Calls
        The user's functions.
    key : str, callable or mapping
        From parameters to their gradients.

    Returns
    -------
    Backward or None
        ``None`` if the backward pass does what the tape cannot follow.
    """
    floating = (True, False) if is_named("float", (calls.cost, calls.grad)) else (False,)
    for with_data, floats in product((True, False), floating):
        try:
            found = _recorded(calls, key, with_data=with_data, floats=floats)
        except Exception:  # noqa: BLE001 - the user's function may refuse recorded arrays as it likes
            found = None
        if found is not None:
            return found
    return None


def _recorded(calls: Calls, key: Any, *, with_data: bool, floats: bool) -> Backward | None:
    with np.errstate(all="ignore"):
        trace = record(calls, with_data=with_data, callers=True, floats=floats)
        boundary = len(trace.recording.steps)
        leaves = {name: trace.recorder.traced(step) for name, step in trace.leaves.items()}
        trace.recorder.backward = True
        with recorded_numpy(trace.recorder, calls.cost, calls.grad, floats=floats):
            returned = calls.gradients(trace.cache, lambda name: leaves[name], trace.data)
    given = gradient_of(returned, calls.parameters, key)
    outputs = {name: value.step for name, value in given.items() if is_traced(value)}
    if not outputs:
        return None
    begin = _without_prepared(trace, boundary, [*outputs.values()])
    return Backward(trace, begin, outputs, boundary - begin)


def _without_prepared(trace: Trace, boundary: int, outputs: Sequence[Step]) -> int:
    """Move what the forward pass computes for gradients alone behind it. The recording is modified.

    Returns where the backward pass begins then.
    """
    steps = trace.recording.steps
    of_cost = {step.index for step in trace.of_cost}
    needed = ancestors(outputs)
    moved: set[int] = set()
    for step in steps[:boundary]:
        if step.index in of_cost or not step.parents:
            continue
        if step.index in needed or any(parent.index in moved for parent in step.parents):
            moved.add(step.index)
    if not moved:
        return boundary
    first = [step for step in steps[:boundary] if step.index not in moved]
    then = [step for step in steps[:boundary] if step.index in moved]
    steps[:boundary] = [*first, *then]
    for at, step in enumerate(steps[:boundary]):
        step.index = at
    return len(first)


def called_beside(backward: Backward, names: Sequence[str]) -> dict[str, Any]:
    """Return the arrays of both passes by what the source calls them; the last of a name.

    Parameters
    ----------
    backward : Backward
        The recorded passes.
    names : sequence of str
        Parameters: what their gradients are made of in the backward pass is left out.

    Returns
    -------
    dict of str to Any
        Of floating-point numbers.
    """
    found = {}
    made = ancestors([backward.outputs[name] for name in names if name in backward.outputs])
    for step in backward.trace.recording.steps:
        if step.index >= backward.boundary and step.index in made:
            continue
        if isinstance(step.value, np.ndarray) and step.value.dtype.kind == "f" and step.place[1]:
            target = statement_at(*step.place[:2]).target
            if target and target != "return":
                found[target] = step.value
    return found


def first_overwritten(backward: Backward) -> Statement | None:
    """Return the first statement of the backward pass that changes a forward value in place."""
    for before, behind in backward.trace.recorder.written:
        if before.index < backward.boundary <= behind.index:
            return statement_at(*behind.place[:2])
    return None
