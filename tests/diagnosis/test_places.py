"""An operation of a library that is built on NumPy stands where the user called that."""

import numpy as np
from sklearn.utils.extmath import squared_norm

from trainwell.diagnosis.gradient_tape.recorded_numpy import recorded_numpy
from trainwell.diagnosis.gradient_tape.recorder import Recorder


def test_an_operation_of_a_library_has_the_users_line():
    recorder = Recorder()
    with recorded_numpy(recorder):
        found = squared_norm(recorder.leaf(np.array([0.5, 1.5])))
    last = recorder.recording.steps[-1]
    assert found == 2.5
    line = test_an_operation_of_a_library_has_the_users_line.__code__.co_firstlineno + 3
    assert last.place[:2] == (__file__, line)
