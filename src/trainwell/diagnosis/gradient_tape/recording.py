"""What a function did, operation by operation: to be repeated, or differentiated."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.places import Place
from trainwell.types import FloatArray

Pull = Callable[[FloatArray], Sequence[FloatArray | None]]
"""From the cotangent of a value to those of the arguments it was made of."""

REFUSED = (
    *(ValueError, TypeError, IndexError, ZeroDivisionError, FloatingPointError),
    NotImplementedError,
)
"""What an operation may raise of other values than those that were recorded."""

_AS_RECORDED: Mapping[int, Any] = {}


@dataclass(eq=False, repr=False, slots=True)
class Step:
    """One operation that was carried out; its values are not to be modified.

    Parameters
    ----------
    index : int
        Place in the recording; what it was made of stands before it.
    operation : str
        Its name, as NumPy calls it; ``"leaf"`` for what nothing was done to.
    value : ndarray
        What came out.
    parents : tuple of Step
        The recorded values among the arguments, in the order in which they were met.
    call : callable or None
        Takes ``arguments``, with a value for each step among them; ``None`` for a leaf.
    arguments : tuple
        As they were given, with a :class:`Step` in the place of each recorded value.
    pull : callable or None
        From the cotangent of ``value`` to those of the parents; ``None`` where no gradient
        passes (comparisons, signs, leaves).
    place : tuple
        File, line and instruction of the code that asked for it, and the calls that led there.
    """

    index: int
    operation: str
    value: Any
    parents: tuple["Step", ...] = ()
    call: Callable[..., Any] | None = None
    arguments: tuple[Any, ...] = ()
    pull: Pull | None = None
    place: Place = ("", 0, 0, ())

    @property
    def instruction(self) -> tuple[Any, ...]:
        """File, line, instruction and name: the same each time that it is carried out."""
        return (*self.place[:3], self.operation)


def varies(step: Step) -> bool:
    """Say whether a value is made of anything that is not data, so that it has a derivative."""
    waiting, seen = [step], {step.index}
    while waiting:
        each = waiting.pop()
        if each.operation == "leaf":
            return True
        new = [parent for parent in each.parents if parent.index not in seen]
        seen.update(parent.index for parent in new)
        waiting += new
    return False


@dataclass(eq=False, slots=True)
class Recording:
    """Operations in the order in which they were carried out.

    Parameters
    ----------
    steps : list of Step
        All of them; the recorder adds to it.
    """

    steps: list[Step] = field(default_factory=list)

    def add(
        self,
        operation: str,
        value: Any,
        parents: tuple[Step, ...] = (),
        call: Callable[..., Any] | None = None,
        arguments: tuple[Any, ...] = (),
        pull: Pull | None = None,
        place: Place = ("", 0, 0, ()),
    ) -> Step:
        """Return a new step, put at the end of the recording."""
        steps = self.steps
        step = Step(len(steps), operation, value, parents, call, arguments, pull, place)
        steps.append(step)
        return step


def sweep(
    recording: Recording,
    output: Step,
    replaced: Mapping[int, FloatArray] | None = None,
    seed: FloatArray | float = 1.0,
    *,
    tame: bool = False,
) -> dict[int, FloatArray]:
    r"""Return the derivative of an output with respect to every step before it.

    .. math:: \bar{x}_i = \sum_{j \in \mathrm{children}(i)}
        \left(\frac{\partial x_j}{\partial x_i}\right)^{T} \bar{x}_j

    Parameters
    ----------
    recording : Recording
        What was done.
    output : Step
        Whose derivative.
    replaced : mapping of int to FloatArray, optional
        Cotangents that are taken as given at some steps, in the place of what the
        sweep finds there.
    seed : FloatArray or float, default=1.0
        Cotangent of the output.
    tame : bool, default=False
        Whether derivatives are zero where nothing depends on an element, also of what is
        infinite there, such as ``exp(-t)`` at a threshold of minus infinity.

    Returns
    -------
    dict of int to FloatArray
        Cotangents by the index of their step; steps that the output does not depend on
        are missing.

    References
    ----------
    .. [1] A. Griewank and A. Walther, "Evaluating Derivatives", 2nd edition, 2008,
       section 3.2: the reverse mode.
    """
    first = np.empty(np.shape(output.value), output.value.dtype)
    first[...] = seed
    cotangents: dict[int, FloatArray] = {output.index: first}
    replaced = replaced or {}
    known = cotangents.get
    with np.errstate(all="ignore"):
        for step in reversed(recording.steps[: output.index + 1]):
            cotangent = known(step.index)
            if cotangent is None:
                continue
            if replaced and step.index in replaced:
                cotangent = cotangents[step.index] = replaced[step.index]
            if step.pull is None:
                continue
            for parent, part in zip(step.parents, step.pull(cotangent), strict=True):
                if part is not None:
                    index = parent.index
                    if tame and isinstance(step.call, np.ufunc) and part.shape == cotangent.shape:
                        part = np.where(cotangent == 0, 0.0, part)  # noqa: PLW2901 - as it is meant
                    other = known(index)
                    cotangents[index] = part if other is None else other + part
    return cotangents


_NESTED = (tuple, list)


def filled(arguments: Any, values: Mapping[int, Any] = _AS_RECORDED) -> Any:
    """Return arguments with a value in the place of every step, also within sequences.

    Parameters
    ----------
    arguments : Any
        Of a call.
    values : mapping of int to Any, optional
        Those that differ from the recording, by the index of their step.

    Returns
    -------
    Any
        The same without steps.
    """
    if isinstance(arguments, Step):
        return values.get(arguments.index, arguments.value)
    if type(arguments) in _NESTED:
        return type(arguments)([filled(item, values) for item in arguments])
    return arguments


def steps_in(arguments: Any) -> Iterator[Step]:
    """Yield the steps among arguments, also within sequences."""
    if isinstance(arguments, Step):
        yield arguments
    elif type(arguments) in (tuple, list):
        for item in arguments:
            yield from steps_in(item)


Edit = tuple[Callable[..., Any], tuple[Any, ...]]
"""Another call, with its arguments, in the place of the one that was recorded."""


def replay(
    steps: Iterable[Step],
    replaced: Mapping[int, Any],
    edits: Mapping[int, Edit] | None = None,
) -> dict[int, Any]:
    """Repeat operations with other values, and return what came out.

    Parameters
    ----------
    steps : iterable of Step
        In their order; only those that depend on a changed value are carried out.
    replaced : mapping of int to ndarray
        Values that are given, by the index of their step.
    edits : mapping of int to tuple, optional
        Operations that are exchanged for another call with other arguments.

    Returns
    -------
    dict of int to ndarray
        Values of the steps that differ from the recording, the given ones included.
    """
    edits = edits or {}
    changed = {*replaced, *edits}
    behind = [step for step in dependents(steps, changed) if step.index not in replaced]
    return repeated(behind, replaced, edits)


def replay_what_can_be(steps: Iterable[Step], edits: Mapping[int, Edit]) -> dict[int, Any]:
    """Repeat operations as :func:`replay` does; what raises an exception now keeps its value.

    Parameters
    ----------
    steps : iterable of Step
        In their order; only those that depend on an edit are carried out.
    edits : mapping of int to tuple
        Operations that are exchanged for another call with other arguments.

    Returns
    -------
    dict of int to ndarray
        Values of the steps that differ from the recording.
    """
    values: dict[int, Any] = {}
    for step in dependents(steps, edits):
        with suppress(Exception):  # as where a mask chooses another number of elements now
            values = repeated([step], values, edits)
    return values


def repeated(
    steps: Iterable[Step], known: Mapping[int, Any], edits: Mapping[int, Edit]
) -> dict[int, Any]:
    """Carry out operations once more, each of them.

    Parameters
    ----------
    steps : iterable of Step
        In their order.
    known : mapping of int to ndarray
        Values that differ from the recording, by the index of their step.
    edits : mapping of int to tuple
        Operations that are exchanged for another call with other arguments.

    Returns
    -------
    dict of int to ndarray
        What is known, and what came out.
    """
    values = dict(known)
    with np.errstate(all="ignore"):
        for step in steps:
            call, arguments = edits.get(step.index) or (step.call, step.arguments)
            if call is not None:  # most arguments are steps or plain, which costs least here
                given = [
                    values.get(each.index, each.value)
                    if type(each) is Step
                    else filled(each, values)
                    if type(each) in _NESTED
                    else each
                    for each in arguments
                ]
                values[step.index] = call(*given)
    return values


def dependents(steps: Iterable[Step], changed: Container[int]) -> list[Step]:
    """Return the steps that some are or depend on.

    Parameters
    ----------
    steps : iterable of Step
        In their order.
    changed : container of int
        Indices of those that change.

    Returns
    -------
    list of Step
        In their order.
    """
    found: set[int] = set()
    behind = []
    for step in steps:
        if step.index in changed or any(
            parent.index in found or parent.index in changed for parent in step.parents
        ):
            found.add(step.index)
            behind.append(step)
    return behind


def handed_on(steps: Iterable[Step]) -> set[int]:
    """Return the indices of the values that operations of other lines are given.

    Parameters
    ----------
    steps : iterable of Step
        Operations that are given something.

    Returns
    -------
    set of int
        What statements give, rather than parts of their formulas; not what nothing uses.
    """
    return {p.index for step in steps for p in step.parents if p.place[:2] != step.place[:2]}


def ancestors(outputs: Sequence[Step]) -> set[int]:
    """Return the indices of all steps that some outputs were made of, with their own."""
    found: set[int] = set()
    waiting = list(outputs)
    while waiting:
        step = waiting.pop()
        if step.index not in found:
            found.add(step.index)
            waiting.extend(step.parents)
    return found
