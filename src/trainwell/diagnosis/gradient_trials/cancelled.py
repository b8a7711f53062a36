"""Values of a forward pass that nobody follows on the way back, since they change nothing."""

from collections.abc import Mapping

import numpy as np

from trainwell.diagnosis.gradient_tape.recording import Recording
from trainwell.diagnosis.gradient_trials.suspects import Parts
from trainwell.types import FloatArray


def without_effect(
    recording: Recording, cotangents: Mapping[int, FloatArray], parts: Parts
) -> dict[int, FloatArray]:
    """Return the largest and smallest elements whose derivatives cancel, by their index.

    A softmax takes the largest score from all others. That changes nothing, and nobody follows
    it on the way back: a mistake elsewhere must not be seen through it.

    Parameters
    ----------
    recording : Recording
        What was done.
    cotangents, parts : mapping
        As :func:`~trainwell.diagnosis.gradient_trials.suspects.swept` returns them.

    Returns
    -------
    dict of int to FloatArray
        Their values, by the index of the step.
    """
    found: dict[int, FloatArray] = {}
    for step in recording.steps:
        if step.operation in ("max", "min") and step.index in cotangents:
            sizes = [np.abs(part).max(initial=0.0) for *_, part in parts.get(step.index, [])]
            largest = max(map(float, sizes), default=0.0)
            inner = [float(np.abs(c).max(initial=0.0)) for c in cotangents.values()]
            left = float(np.abs(cotangents[step.index]).max(initial=0.0))
            if left <= 1e-12 * max([largest, *inner]):
                found[step.index] = step.value
    return found
