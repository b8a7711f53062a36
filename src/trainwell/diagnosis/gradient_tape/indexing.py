"""Elements that are read and written, as steps: writing gives a new array."""

from collections.abc import Callable
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.cotangents import unbroadcast
from trainwell.diagnosis.gradient_tape.recorder import Recorder
from trainwell.diagnosis.gradient_tape.recording import Step, filled


def take_item(a: Any, index: Any) -> Any:
    """Return elements."""
    return a[index]


def set_item(a: Any, index: Any, value: Any) -> Any:
    """Return a copy of an array with other elements in some places.

    Parameters
    ----------
    a : ndarray
        The array before.
    index : Any
        Which elements.
    value : array_like
        What they become.

    Returns
    -------
    ndarray
        The array afterwards.
    """
    changed = _widened(a, value)
    changed[index] = value
    return changed


def add_at(a: Any, index: Any, value: Any) -> Any:
    """Return a copy of an array to which something is added in some places.

    Parameters
    ----------
    a : ndarray
        The array before.
    index : Any
        Which elements; one that is named twice is added to twice.
    value : array_like
        What is added.

    Returns
    -------
    ndarray
        The array afterwards.
    """
    changed = _widened(a, value)
    np.add.at(changed, index, value)
    return changed


def _widened(a: Any, value: Any) -> Any:
    """Return a copy that takes long doubles where an array of doubles stood ready for them.

    A function that is carried out in higher precision makes its arrays with ``np.zeros(n)``
    all the same.
    """
    dtype = a.dtype
    if dtype == np.float64 and getattr(value, "dtype", dtype) == np.longdouble:
        dtype = np.dtype(np.longdouble)
    return np.array(a, dtype=dtype)


def current(value: Any) -> Any:
    """Return arguments with the values of the steps among them."""
    return filled(value)


def repeats(index: Any) -> bool:
    """Say whether an index may name an element twice: it does so only by numbers in an array."""
    if type(index) is tuple:
        return any(map(repeats, index))
    return isinstance(index, np.ndarray | list) and np.asarray(index).dtype.kind != "b"


def get_item_step(recorder: Recorder, a: Step, index: Any) -> Step:
    """Read elements.

    Parameters
    ----------
    recorder : Recorder
        Where it is written down.
    a : Step
        The array.
    index : Any
        Which elements; it may hold steps.

    Returns
    -------
    Step
        The elements.
    """
    chosen = current(index)
    shape = a.value.shape

    def pull(g: Any) -> Any:
        whole = np.zeros(shape, g.dtype)
        if repeats(chosen):
            np.add.at(whole, chosen, g)
        else:
            whole[chosen] = g
        return whole

    return recorder.general("getitem", a.value[chosen], take_item, (a, index), (pull,))


def set_item_step(recorder: Recorder, a: Step, index: Any, value: Any) -> Step:
    """Write elements; the index may hold steps, and the value may be one.

    Parameters
    ----------
    recorder : Recorder
        Where it is written down.
    a : Step
        The array before.
    index : Any
        Which elements.
    value : Any
        What they become.

    Returns
    -------
    Step
        The array afterwards.
    """
    chosen, given = current(index), current(value)

    def before(g: Any) -> Any:
        return set_item(g, chosen, 0)

    return recorder.general(
        "setitem",
        set_item(a.value, chosen, given),
        set_item,
        (a, index, value),
        (before, None, _part(a.value.shape, chosen, given, last=True)),
    )


def add_at_step(recorder: Recorder, a: Step, index: Any, value: Any) -> Step:
    """Add to elements, as often as the index names them.

    Parameters
    ----------
    recorder : Recorder
        Where it is written down.
    a : Step
        The array before.
    index : Any
        Which elements.
    value : Any
        What is added.

    Returns
    -------
    Step
        The array afterwards.
    """
    chosen, given = current(index), current(value)
    return recorder.general(
        "add.at",
        add_at(a.value, chosen, given),
        add_at,
        (a, index, value),
        (lambda g: g, None, _part(a.value.shape, chosen, given, last=False)),
    )


def _part(shape: tuple[int, ...], chosen: Any, given: Any, *, last: bool) -> Callable[[Any], Any]:
    """Return the pull of what is written: of an element that is named twice, the last counts."""
    wanted = np.shape(given)

    def pull(g: Any) -> Any:
        part = g[chosen]
        if last and repeats(chosen):
            order = np.arange(part.size).reshape(part.shape)
            winners = np.empty(shape, order.dtype)
            winners[chosen] = order
            part = part * (winners[chosen] == order)
        if part.ndim < len(wanted):
            part = part.reshape((1,) * (len(wanted) - part.ndim) + part.shape)
        return unbroadcast(part, wanted)

    return pull
