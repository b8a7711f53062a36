"""A forward pass on recorded parameters."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.copies import deep_copy
from trainwell.diagnosis.gradient_tape.imported_names import is_named
from trainwell.diagnosis.gradient_tape.recorded_numpy import recorded_numpy
from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported, is_traced
from trainwell.diagnosis.gradient_tape.recording import Recording, Step, ancestors
from trainwell.diagnosis.gradient_tape.ties import Tie, ties
from trainwell.diagnosis.gradient_tape.traced import Traced
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.errors import ConfigurationError
from trainwell.types import FloatArray


@dataclass(frozen=True, eq=False)
class Trace:
    """A forward pass that was recorded.

    Parameters
    ----------
    recording : Recording
        Its operations.
    leaves : mapping of str to Step
        The parameters in it.
    output : Step
        The cost.
    cache : Any
        What else the function returned, with recorded arrays in it.
    recorder : Recorder
        Goes on with the recording.
    data : tuple or None
        What the function was given beside them, where that is recorded.
    """

    recording: Recording
    leaves: Mapping[str, Step]
    output: Step
    cache: Any
    recorder: Recorder
    data: tuple[Any, ...] | None = None

    @cached_property
    def of_cost(self) -> list[Step]:
        """The steps that the cost was made of: gradients may be computed beside them."""
        made = ancestors([self.output])
        return [
            step for step in self.recording.steps[: self.output.index + 1] if step.index in made
        ]

    @cached_property
    def ties(self) -> list[Tie]:
        """Those of its steps that had to choose between equal numbers."""
        return [*ties(self.of_cost)]

    def gradient(self, cotangents: Mapping[int, FloatArray]) -> dict[str, FloatArray]:
        """Return what a sweep found for the parameters."""
        return {
            name: np.asarray(cotangents[step.index])
            if step.index in cotangents
            else np.zeros_like(step.value)
            for name, step in self.leaves.items()
        }


def record(
    calls: Calls,
    arrays: Mapping[str, FloatArray] | None = None,
    data: tuple[Any, ...] | None = None,
    rules: Mapping[str, Any] | None = None,
    *,
    with_data: bool = False,
    callers: bool = False,
    floats: bool = True,
) -> Trace:
    """Carry out the forward pass on recorded parameters.

    Parameters
    ----------
    calls : Calls
        The user's functions.
    arrays : mapping of str to FloatArray, optional
        Where; the parameters of ``calls`` by default.
    data : tuple, optional
        Other data.
    rules : mapping of str to Any, optional
        Derivatives in the place of those of the same name.
    with_data : bool, default=False
        Whether the arrays of the data are recorded, too.
    callers : bool, default=False
        Whether to note which calls led to each operation.
    floats : bool, default=True
        Whether numbers that ``float`` takes out are recorded. Where they cannot be used like
        Python's own, as in a file, they are not.

    Returns
    -------
    Trace
        The recording.

    Raises
    ------
    Unsupported
        If the function does what the tape cannot follow.
    """
    once = partial(_recorded, calls, arrays, data, rules, with_data=with_data, callers=callers)
    if floats and is_named("float", (calls.cost,)):
        with suppress(Exception):  # a number that is recorded cannot do all that Python's do
            return once(floats=True)
    return once(floats=False)


def _recorded(
    calls: Calls,
    arrays: Mapping[str, FloatArray] | None,
    data: tuple[Any, ...] | None,
    rules: Mapping[str, Any] | None,
    *,
    with_data: bool,
    callers: bool,
    floats: bool,
) -> Trace:
    """Return one recording of the forward pass."""
    recorder = Recorder(rules, callers=callers, without=calls.without)
    chosen = arrays or calls.parameters.arrays
    leaves: dict[str, Traced] = {name: recorder.parameter(array) for name, array in chosen.items()}
    steps = {name: leaf.step for name, leaf in leaves.items()}
    if with_data:
        data = tuple(
            recorder.leaf(x, data=True) if isinstance(x, np.ndarray) and x.ndim else _apart(x)
            for x in calls.data
        )
    with recorded_numpy(recorder, calls.cost, floats=floats):
        cost, cache = calls.value(lambda name: leaves[name], data)
    output = output_of(recorder, cost)
    return Trace(recorder.recording, steps, output, cache, recorder, data)


def _apart(item: Any) -> Any:
    """Return a copy of a list of data; generators have to stay the user's own."""
    return deep_copy(item) if isinstance(item, list | tuple | dict) else item


def traced_or_none(calls: Calls) -> Trace | None:
    """Return the recording of the forward pass; ``None`` where the tape cannot follow."""
    try:
        return record(calls, with_data=True)
    except Exception:  # noqa: BLE001 - the user's function may refuse recorded arrays as it likes
        return None


def output_of(recorder: Recorder, cost: Any) -> Step:
    """Return the step that is the cost."""
    if is_traced(cost):
        if cost.size != 1:
            raise ConfigurationError.out_of_range(
                "check_gradients", "cost(params, *data)", f"an array {cost.shape}", "one number"
            )
        step: Step = cost.step
        return step
    for value, step in recorder.converted:
        if value is cost:
            return step
    raise Unsupported.operation("a cost that was made without the parameters' arrays")
