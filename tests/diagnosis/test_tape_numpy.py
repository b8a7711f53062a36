import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import special
from tape_cases import agrees, draw

from trainwell.diagnosis.gradient_tape.recorded_numpy import recorded_numpy
from trainwell.diagnosis.gradient_tape.recorder import Recorder, is_traced

NAMES = [
    "zeros",
    "empty",
    "ones",
    "full",
    "zeros_like",
    "array",
    "asarray",
    "asanyarray",
    "ascontiguousarray",
    "asfortranarray",
    "c_",
    "r_",
]


def test_numpy_is_as_before_whatever_happens():
    originals = {name: getattr(np, name) for name in NAMES}

    def broken():
        with recorded_numpy(Recorder()), recorded_numpy(Recorder()):
            assert np.zeros is not originals["zeros"]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert {name: getattr(np, name) for name in NAMES} == originals


def test_blocks_stand_within_each_other():
    outer, inner = Recorder(), Recorder()
    with recorded_numpy(outer):
        with recorded_numpy(inner):
            first = np.zeros(2)
        second = np.zeros(2)
    third = np.zeros(2)
    assert first.recorder is inner
    assert second.recorder is outer
    assert type(third) is np.ndarray


def test_whole_numbers_and_plain_arrays_stay_plain():
    with recorded_numpy(Recorder()):
        plain = [np.zeros(2, dtype=int), np.full(2, 3), np.array([1.0, 2.0]), np.tri(2)]
        plain += [np.random.rand(2), np.random.default_rng(0).permutation(3)]
        plain += [np.linspace(0, 1, 3), np.cov(np.random.rand(2, 3)), special.softmax([1.0, 2])]
        ones, full, empty, zeros = np.ones((2, 2)), np.full((2,), 0.5), np.empty(3), np.zeros(3)
        unit = np.eye(2)
        same = np.asarray(zeros)
    assert all(type(array) is np.ndarray for array in plain)
    assert all(map(is_traced, (ones, full, empty, zeros, unit)))
    assert not empty.step.value.any()
    assert same is zeros


def test_compiled_code_gets_real_arrays():
    def function(a):
        total = a * 0
        for _ in range(20):  # often enough for the interpreter to change its ways
            total = total + (np.random.rand(*a.shape) < 2) * a + np.zeros(a.shape)
        return np.sum(total)

    agrees(function, draw((2, 3)))


def test_other_threads_get_plain_arrays():
    inside, done = threading.Event(), threading.Event()

    def other():
        inside.wait(10)
        made = np.zeros(2)
        done.set()
        return type(made)

    with ThreadPoolExecutor(1) as threads:
        result = threads.submit(other)
        with recorded_numpy(Recorder()):
            inside.set()
            done.wait(10)
            mine = np.zeros(2)
        assert is_traced(mine)
        assert result.result() is np.ndarray
