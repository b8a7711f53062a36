"""What the user's functions keep from call to call and look up by their arguments.

While a pass is recorded, numbers that were kept before stand for nothing: an objective that asks
whether it has been called with these parameters already has to compute all of it once more.
"""

# ruff: noqa: ARG001 - handlers take the table and whatever NumPy takes

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.composed import Handlers, values_of
from trainwell.diagnosis.gradient_tape.places import place_of
from trainwell.diagnosis.gradient_tape.recorder import Recorder, is_traced
from trainwell.diagnosis.gradient_tape.recording import Step

_SAME = ("getitem", "reshape", "ravel", "copy", "cast")  # of which the numbers stay what they are


def _array_equal(f: Handlers, recorder: Recorder, a: Any, b: Any, **settings: Any) -> bool:
    same = np.array_equal(values_of(a), values_of(b), **settings)
    return same and not _is_kept(recorder, a, b)


def _allclose(f: Handlers, recorder: Recorder, a: Any, b: Any, *args: Any, **settings: Any) -> bool:
    same = np.allclose(values_of(a), values_of(b), *args, **settings)
    return same and not _is_kept(recorder, a, b)


def _all(f: Handlers, recorder: Recorder, a: Any, *args: Any, **settings: Any) -> Any:
    """Say whether everything is true; of ``x == kept`` as of :func:`numpy.array_equal`."""
    step = a.step if is_traced(a) else None
    if step is not None and step.operation == "equal" and _is_kept(recorder, *step.arguments):
        return False
    return np.all(values_of(a), *args, **settings)


def _is_kept(recorder: Recorder, a: Any, b: Any) -> bool:
    """Say whether one of two arrays is recorded, and the other holds its very numbers."""
    recorded = [is_traced(each) or isinstance(each, Step) for each in (a, b)]
    if recorded[0] == recorded[1]:
        return False
    first, second = (each.value if isinstance(each, Step) else values_of(each) for each in (a, b))
    plain = second if recorded[0] else first
    if not isinstance(plain, np.ndarray) or plain.dtype.kind != "f" or not plain.ndim:
        return False
    # Masks and labels are compared for what they are.
    if not np.array_equal(first, second) or (plain == np.round(plain)).all():
        return False
    _note(recorder)
    return True


def _note(recorder: Recorder) -> None:
    """Note where something is looked up."""
    recorder.looked_up.append(place_of(sys._getframe(1)))  # noqa: SLF001 - as the recorder does


def is_kept_number(recorder: Recorder, step: Step) -> bool:
    """Say whether an element of a parameter was found equal to a number: as one that was kept.

    So tuples are compared, such as ``tuple(x)`` with that of the last call.
    """
    if step.operation != "equal" or np.ndim(step.value):
        return False
    recorded = [each for each in step.arguments if isinstance(each, Step)]
    plain = [np.asarray(each) for each in step.arguments if not isinstance(each, Step)]
    if len(recorded) != 1 or plain[0].dtype.kind != "f" or plain[0] == np.round(plain[0]):
        return False
    element = recorded[0]
    while element.operation in _SAME and len(element.parents) == 1:
        element = element.parents[0]
    if element.operation != "leaf":
        return False
    _note(recorder)
    return True


def hash_of(traced: Any) -> int:
    """Return the hash of a recorded number, which no other one has; arrays have none."""
    if traced.ndim:
        sentence = "unhashable type: 'numpy.ndarray'"
        raise TypeError(sentence)
    _note(traced.recorder)
    return id(traced)


def bytes_of(traced: Any, *_: Any) -> bytes:
    """Return the bytes of recorded numbers, as a key that those of no plain array equal."""
    step: Step = traced.step
    _note(traced.recorder)
    return bytes(step.value.tobytes()) + f"recorded {step.index}".encode()


COMPOSED_MEMORY: dict[str, Callable[..., Any]] = {
    "array_equal": _array_equal,
    "allclose": _allclose,
    "all": _all,
}
