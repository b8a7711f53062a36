"""Arrays that share their memory: a change of one is seen through all others.

Recorded values never change. Where NumPy would let two arrays share memory, both are members of
one :class:`Memory`; each says by a function how it looks at the array that owns the numbers. A
change in place gives new values to the owner and to every member that overlaps with it.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from trainwell.diagnosis.gradient_tape.indexing import get_item_step, set_item_step
from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported
from trainwell.diagnosis.gradient_tape.recording import Step

if TYPE_CHECKING:
    from trainwell.diagnosis.gradient_tape.traced import Traced

Look = Callable[[Any], Any]
"""From the array that owns the numbers to a view of it."""


class Memory:
    """The numbers that several arrays share.

    Parameters
    ----------
    owner : Traced
        The array that all others are views of.
    """

    __slots__ = ("limit", "members", "step")

    def __init__(self, owner: "Traced") -> None:
        self.step = owner.step
        self.members = [ref(owner)]
        self.limit = 64

    def add(self, member: "Traced") -> None:
        """Take in a view; those that are gone are forgotten from time to time."""
        self.members.append(ref(member))
        if len(self.members) > self.limit:
            self.members = [known for known in self.members if known() is not None]
            self.limit = 2 * len(self.members) + 64


def attach(source: "Traced", view: "Traced", look: Look, index: Any = None) -> None:
    """Note that an array is a view of another one, if it is.

    Parameters
    ----------
    source : Traced
        What it was made of.
    view : Traced
        What came out.
    look : callable
        From the one to the other.
    index : Any, optional
        Which elements it shows, where it was read with an index.
    """
    value, before = view.step.value, source.step.value
    base = getattr(value, "base", None)
    if base is None:
        return
    if base is not before and base is not before.base and not np.may_share_memory(value, before):
        return
    if source.memory is None:
        source.memory = Memory(source)
        source.look = source.index = None
    view.memory = source.memory
    if source.look is None:
        view.look, view.index = look, index
    else:
        view.look, view.index = partial(_through, source.look, look), None
    view.memory.add(view)


def _through(first: Look, second: Look, a: Any) -> Any:
    return second(first(a))


def change(target: "Traced", step: Step, index: Any = ...) -> None:
    """Give an array another value, and let all see it who look at the same numbers.

    Parameters
    ----------
    target : Traced
        What the user's code writes to.
    step : Step
        Its value from now on.
    index : Any, optional
        Which elements were written; all by default.
    """
    memory = target.memory
    target.recorder.written.append((target.step, step))
    target.step = step
    if memory is None:
        return
    members = [member for known in memory.members if (member := known()) is not None]
    if members == [target]:
        target.memory = None
        return
    recorder, before = target.recorder, memory.step
    if target.look is None:
        memory.step = step
    elif target.index is not None:
        memory.step = set_item_step(recorder, before, target.index, step)
    else:
        memory.step = _written(recorder, before, target.look, step)
    if target.look is not None:
        recorder.written.append((before, step))  # to the array behind the view
    marks = np.zeros_like(before.value, dtype=bool)
    (marks if target.look is None else target.look(marks))[index] = True
    for member in members:
        if member is target:
            continue
        if member.look is None:
            member.step = memory.step
        elif member.look(marks).any():
            member.step = _seen(recorder, memory.step, member)


def written_before(target: "Traced", index: Any, value: "Traced") -> bool:
    """Say whether the second half of ``a[i] += x`` has nothing left to do.

    Parameters
    ----------
    target : Traced
        The array ``a``.
    index : Any
        Which elements are to be set.
    value : Traced
        To what: a view of the same elements after it was changed.

    Returns
    -------
    bool
        True if the array has these elements already.
    """
    memory = target.memory
    if memory is None or value.memory is not memory or target.look is not None:
        return False
    if value.index is None or type(value.index) is not type(index):
        return False
    arguments = memory.step.arguments
    if memory.step.operation != "setitem" or arguments[2] is not value.step:
        return False
    try:
        return bool(value.index == index)
    except ValueError:  # arrays within the index
        return False


def become(target: "Traced", step: Step) -> "Traced":
    """Let an array take a result, as an operation in place does.

    Parameters
    ----------
    target : Traced
        The array that is written to.
    step : Step
        The result.

    Returns
    -------
    Traced
        The same array.
    """
    before, value = target.step.value, step.value
    if value.shape != before.shape:
        raise ValueError(
            f"non-broadcastable output operand with shape {before.shape} doesn't match "
            f"the broadcast shape {value.shape}"
        )
    must_be_writeable(target)
    dtype = before.dtype
    if value.dtype != dtype:
        wider = dtype == np.float64 and value.dtype == np.longdouble
        if not np.can_cast(value.dtype, dtype, "same_kind"):
            raise TypeError(f"cannot cast output from {value.dtype!r} to {dtype!r} in place")
        if not wider:
            recorder = target.recorder
            step = recorder.by_rule("cast", (recorder.traced(step),), dtype=dtype)
    if not isinstance(step.value, np.ndarray):
        step.value = np.asarray(step.value)
    change(target, step)
    return target


def must_be_writeable(target: "Traced") -> None:
    """Refuse to write through a view that NumPy does not let anybody write through."""
    value = target.step.value
    if isinstance(value, np.ndarray) and not value.flags.writeable:
        raise ValueError("assignment destination is read-only")


def _laid(cotangent: Any, like: Any) -> Any:
    """Return a copy of a cotangent that lies in memory as a value does: looks work on both."""
    laid = np.empty_like(like, dtype=cotangent.dtype)
    laid[...] = cotangent
    return laid


def _write(look: Look, a: Any, part: Any) -> Any:
    changed = np.array(a, dtype=np.promote_types(a.dtype, part.dtype))
    seen = look(changed)
    if changed.size and not np.may_share_memory(seen, changed):
        raise Unsupported.operation("a change through a view of an array with another layout")
    seen[...] = part
    return changed


def _written(recorder: Recorder, before: Step, look: Look, part: Step) -> Step:
    """Return the owner after a view of it was changed."""
    like = before.value

    def rest(g: Any) -> Any:
        return _write(look, _laid(g, like), np.zeros((), g.dtype))

    return recorder.general(
        "setitem",
        _write(look, like, part.value),
        partial(_write, look),
        (before, part),
        (rest, lambda g: look(_laid(g, like))),
    )


def _seen(recorder: Recorder, owner: Step, member: "Traced") -> Step:
    """Return what a view shows after its owner was changed."""
    if member.index is not None:
        return get_item_step(recorder, owner, member.index)
    look, like = member.look, owner.value
    assert look is not None  # noqa: S101 - the owner was served before

    def pull(g: Any) -> Any:
        return _write(look, np.zeros_like(like, dtype=g.dtype), g)

    return recorder.general("getitem", look(like), look, (owner,), (pull,))
