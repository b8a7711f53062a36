# ruff: noqa: SIM300 - people write a comparison either way
import math

import numpy as np
import pytest
from tape_cases import draw, recorded

from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported, is_traced
from trainwell.diagnosis.gradient_tape.ties import ties

BUFFER = np.zeros(3)


def with_other_bytes(a):
    return a.byteswap().sum()


def reshaped_in_place(a):
    a.shape = (3, 1)
    return a.sum()


def written_before(a):
    BUFFER[0] = a[0]
    return BUFFER.sum()


def row_written_before(a):
    BUFFER[...] = a
    return BUFFER.sum()


def added_before(a):
    np.add(BUFFER, a, out=BUFFER)
    return BUFFER.sum()


REFUSED = {
    "np.linalg.eig": lambda a: np.linalg.eig(a[:, None])[0].sum(),
    "np.fft.hfft": lambda a: np.fft.hfft(a).sum(),
    "gcd": lambda a: np.gcd(a, 2),
    "the attribute byteswap": with_other_bytes,
    "a number written into an array made before": written_before,
    "a copy of an array": row_written_before,
    "written into an array made before": added_before,
    "sum(where)": lambda a: np.sum(a, where=a > 0),
    "a function with dtype=complex128": lambda a: np.exp(a, dtype=complex),
    "the attribute partition": lambda a: a.partition(1),
    "multiply.at": lambda a: np.multiply.at(a, [0], 1.0),
    "multiply.accumulate": lambda a: np.multiply.accumulate(a)[0],
    "norm(ord=3": lambda a: np.linalg.norm(a, ord=3),
    "a number that a function other than float takes out": lambda a: math.gamma(a[0]) + a[1],
    "the method dot of an array that is not recorded": lambda a: np.tri(3).dot(a).sum(),
    "divmod": lambda a: divmod(a, 2),
    "a new shape": reshaped_in_place,
    "different shapes": lambda a: np.array([a, a[:2]], dtype=object),
    "argmax with these arguments": lambda a: a.argmax(strange=True),
    "an operation with a": lambda a: a + "b",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_followed_is_refused_with_its_line(name):
    function = REFUSED[name]
    first = function.__code__.co_firstlineno
    with pytest.raises(Unsupported) as refusal:
        recorded(function, [draw((3,))])
    said = str(refusal.value)
    assert name.split("(")[0] in said
    line = int(said.rsplit(" in line ", 1)[1].split(maxsplit=1)[0])
    assert said.endswith(__file__)
    assert first <= line <= first + 3
    assert not BUFFER.any()


def test_what_copies_arrays_is_named():
    from scipy.signal import hilbert, lfilter

    with pytest.raises(Unsupported, match="a copy of an array that hilbert makes for itself"):
        recorded(lambda a: hilbert(a).real.sum(), [draw((3,))])
    with pytest.raises(Unsupported, match=r"scipy\.signal\.lfilter"):
        recorded(lambda a: lfilter(a, [1.0], np.arange(4.0)).sum(), [draw((3,))])


def test_a_function_made_of_another_is_named():
    squares = np.frompyfunc(lambda x: x * x, 1, 1)
    with pytest.raises(Unsupported, match=r"frompyfunc\(<lambda>\)"):
        recorded(lambda a: squares(a).sum(), [draw((3,))])


def test_a_view_that_must_not_be_written_to_is_not():
    def function(a):
        np.broadcast_to(a, (2, 3))[0] = 1
        return a.sum()

    with pytest.raises(ValueError, match="read-only"):
        recorded(function, [draw((3,))])


def test_a_result_that_does_not_fit_is_refused_as_numpy_does():
    recorder = Recorder()
    leaf = recorder.leaf(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="non-broadcastable"):
        leaf += np.ones((2, 3))
    whole = recorder.leaf(np.zeros(3, dtype=int))
    with pytest.raises(TypeError, match="cast"):
        whole += 0.5


def test_it_looks_like_an_array():
    recorder = Recorder()
    array, number = recorder.leaf(np.ones((2, 3))), recorder.leaf(np.ones(3)).sum()
    assert isinstance(array, np.ndarray)
    assert isinstance(number, float)
    assert (array.shape, array.ndim, array.size, len(array)) == ((2, 3), 2, 6, 2)
    assert array.dtype == np.float64
    assert f"{number:.2f}" == "3.00"
    assert not hasattr(array, "strange")
    assert 1.0 in array
    assert (array == None) is not None  # noqa: E711 - people write it
    assert not np.any(array == None)  # noqa: E711
    assert [float(x) for x in array[0]] == [1, 1, 1]
    assert round(number, 1) == 3
    assert is_traced(array)


def ties_of(function, *arrays):
    recorder, _, _ = recorded(function, [np.asarray(array, dtype=float) for array in arrays])
    return [(tie.step.operation, tie.count) for tie in ties(recorder.recording.steps)]


@pytest.mark.parametrize(
    ("function", "ties"),
    [
        (lambda a: np.maximum(a, 0).sum(), [("maximum", 2)]),
        (lambda a: np.minimum(a, [1.0, 1, 1, 1]).sum(), [("minimum", 1)]),
        (lambda a: np.sum(a * (a > 0)), [("greater", 2)]),
        (lambda a: np.sum(a * (1 >= a)), [("less_equal", 1)]),
        (lambda a: np.sum(np.abs(a)), [("absolute", 2)]),
        (lambda a: np.sum(np.sign(a)), [("sign", 2)]),
        (lambda a: np.sum(np.clip(a, 0, 1)), [("clip", 3)]),
        (lambda a: np.max(-a), [("max", 2)]),
        (lambda a: np.sum(np.min(a.reshape(2, 2) ** 2, axis=0)), []),
        (lambda a: np.sum(a.reshape(2, 2).min(axis=1, keepdims=True)), [("min", 2)]),
        (lambda a: np.sum(a * (a == 0)) + np.sum(a * (a != 0)), []),
        (lambda a: np.sum(a * (np.arange(4) > 0)), []),
        (np.max, []),
        (lambda a: np.linalg.norm(a * 0), [("norm", 1)]),
    ],
)
def test_choices_between_equal_numbers_are_named(function, ties):
    assert ties_of(function, [0.0, 0.0, 1.0, 2.0]) == ties
