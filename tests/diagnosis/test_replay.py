"""Recorded operations, carried out once more with other values."""

import numpy as np

from trainwell.diagnosis.gradient_tape.recorder import Recorder
from trainwell.diagnosis.gradient_tape.recording import replay_what_can_be


def test_what_raises_an_exception_with_other_values_keeps_its_own():
    recorder = Recorder()
    x = recorder.leaf(np.arange(6.0).reshape(6, 1))
    y = x * 2.0
    z = y + np.ones((6, 1))
    u = y.sum()
    edits = {y.step.index: (lambda: np.zeros((3, 2)), ())}
    values = replay_what_can_be(recorder.recording.steps, edits)
    assert values[y.step.index].shape == (3, 2)
    assert z.step.index not in values
    assert values[u.step.index] == 0.0
