"""Operations of a framework, repeated by NumPy on recorded values: lines and repairs work alike."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from types import FrameType
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.places import Place, is_inside
from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported, is_traced, noted
from trainwell.diagnosis.gradient_tape.recording import Step, steps_in

PullAll = Callable[[Any], Sequence[Any]]
"""From the cotangent of a result to those of the recorded arguments, in their order."""

_SAME = 1e-9
_CALLERS = 4
NOWHERE: Place = ("", 0, 0, ())
"""The place of what no user asked for."""


def agrees(value: Any, other: Any) -> bool:
    """Say whether two arrays are of one kind and hold the same numbers, up to rounding."""
    if value.shape != other.shape or value.dtype != other.dtype:
        return False
    if value.dtype.kind not in "fc":
        return bool(np.array_equal(value, other))
    if np.array_equal(value, other, equal_nan=True):
        return True
    with np.errstate(all="ignore"):
        finite = np.isfinite(other)
        if not np.array_equal(np.isfinite(value), finite):
            return False
        size = float(np.abs(other[finite]).max(initial=0.0))
        off = float(np.abs(value[finite] - other[finite]).max(initial=0.0))
    return off <= max(_SAME, 100 * float(np.finfo(value.dtype).eps)) * size


def first_place(rows: Iterator[tuple[str, int, int]], folders: tuple[str, ...]) -> Place:
    """Return the nearest place that is a user's, with the calls that led there.

    Parameters
    ----------
    rows : iterator of tuple
        File, line and instruction of each call, the innermost first.
    folders : tuple of str
        Of the framework.

    Returns
    -------
    tuple
        As a step holds it.
    """
    own = (row for row in rows if not (is_inside(row[0]) or row[0].startswith(folders)))
    first = next(own, None)
    if first is None:
        return NOWHERE
    return *first, tuple((file, line) for file, line, _ in islice(own, _CALLERS))


class Mirror:
    """Writes down what a framework does as if NumPy did it.

    Attributes
    ----------
    recorder : Recorder
        Where it is written down.
    """

    def __init__(self) -> None:
        self.recorder = Recorder()

    @property
    def steps(self) -> list[Step]:
        """All steps so far."""
        return self.recorder.recording.steps

    def as_numpy(self, make: Callable[[], Any], value: Any, place: Place) -> Any:
        """Carry out NumPy's version of an operation.

        Parameters
        ----------
        make : callable
            Carries it out on recorded values.
        value : ndarray
            What the framework got.
        place : tuple
            Where the user asked for it.

        Returns
        -------
        Traced or None
            ``None``, and nothing recorded, if NumPy refuses or comes to something else.
        """
        begin = len(self.steps)
        try:
            with np.errstate(all="ignore"):
                result = make()
        except Exception:  # noqa: BLE001 - whatever it is, the framework's own version is taken
            result = None
        if not is_traced(result) or not agrees(np.asarray(result.step.value), value):
            del self.steps[begin:]
            return None
        self.put(place, begin)
        return result

    def as_it_is(
        self,
        name: str,
        value: Any,
        call: Callable[..., Any],
        arguments: tuple[Any, ...],
        pull: PullAll | None,
        place: Place,
    ) -> Any:
        """Write down an operation that NumPy does not have.

        Parameters
        ----------
        name : str
            What it is called.
        value : ndarray
            What came out.
        call : callable
            Repeats it on NumPy arrays.
        arguments : tuple
            What ``call`` takes, with recorded values among them.
        pull : callable or None
            From its cotangent to those of the recorded arguments.
        place : tuple
            Where the user asked for it.

        Returns
        -------
        Traced
            The result.
        """
        taken = noted(arguments)
        parents = tuple(steps_in(taken))
        if value.dtype.kind not in "fc":
            pull = None
        recording = self.recorder.recording
        step = recording.add(name, value, parents, call, taken, pull, place)
        return self.recorder.traced(step)

    def made(self, name: str, value: Any, place: Place) -> Any:
        """Write down an array that is made of nothing recorded."""
        recording = self.recorder.recording
        return self.recorder.traced(recording.add(name, np.array(value), place=place))

    def put(self, place: Place, begin: int) -> None:
        """Say where the user asked for what was recorded last."""
        for step in self.steps[begin:]:
            step.place = place


def weighted(mirror: Mirror, outputs: Sequence[Any], cotangents: Sequence[Any]) -> Step:
    """Return the step that is the sum of outputs times cotangents.

    Parameters
    ----------
    mirror : Mirror
        Where it is written down.
    outputs : sequence
        Recorded ones; others count as constants.
    cotangents : sequence of FloatArray or None
        One for each; ``None`` leaves it out.

    Returns
    -------
    Step
        The cost.
    """
    begin = len(mirror.steps)
    total: Any = None
    for output, u in zip(outputs, cotangents, strict=True):
        if u is not None and is_traced(output):
            wide = output if output.dtype == np.float64 else output.astype(np.float64)
            part = np.sum(np.multiply(wide, u))
            total = part if total is None else np.add(total, part)
    if total is None:
        raise Unsupported.operation("a function whose output does not depend on its inputs")
    mirror.put(NOWHERE, begin)
    step: Step = total.step
    return step


def reduced(mirror: Mirror, value: Any, shape: tuple[int, ...], place: Place) -> Any:
    """Add a cotangent up to the shape of its argument, as the frameworks do; ``None`` if it cannot.

    Parameters
    ----------
    mirror : Mirror
        Where it is written down.
    value : Traced
        What the rule returned.
    shape : tuple of int
        Shape of the argument.
    place : tuple
        Of the statement that returned it.

    Returns
    -------
    Traced or None
        Of the shape of the argument.
    """
    axes = summed_axes(np.shape(value.step.value), shape)
    if axes is None:
        return None
    begin = len(mirror.steps)
    if axes:
        value = np.sum(value, axis=axes, keepdims=True)
    if value.shape != shape:
        value = np.reshape(value, shape)
    mirror.put(place, begin)
    return value


def summed_axes(given: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the axes that a cotangent is added up along; ``None`` if the shapes do not fit."""
    extra = len(given) - len(shape)
    if extra < 0:
        return None
    axes = list(range(extra))
    for at, length in enumerate(shape):
        if given[extra + at] != length:
            if length != 1:
                return None
            axes.append(extra + at)
    return tuple(axes)


@contextmanager
def last_return(rule: Callable[..., Any]) -> Iterator[list[Place]]:
    """Note the line in which a function returns."""
    rule = getattr(rule, "__wrapped__", rule)
    code = getattr(getattr(rule, "__func__", rule), "__code__", None)
    places: list[Place] = []
    before = sys.getprofile()

    def watch(frame: FrameType, event: Any, argument: Any) -> None:
        if event == "return" and frame.f_code is code:
            places.append((frame.f_code.co_filename, frame.f_lineno, frame.f_lasti, ()))
        if before is not None:
            before(frame, event, argument)

    sys.setprofile(watch)
    try:
        yield places
    finally:
        sys.setprofile(before)
