"""A run's state as named arrays and JSON, and back, bit for bit."""

from collections.abc import Mapping
from math import inf
from os import PathLike, fspath
from typing import Any

import numpy as np

from trainwell.errors import FileFormatError, TrainwellError
from trainwell.network.network import Network
from trainwell.settings import as_json, from_json
from trainwell.training.optimizer import Memory
from trainwell.training.plan import PLAN_KINDS, Plan
from trainwell.training.series import Series
from trainwell.training.state import History, Point, State
from trainwell.training.tensor_file import read_tensors, write_tensors
from trainwell.types import FloatArray, Json

FORMAT = 1
"""Version of the arrays and documents that this module writes."""


def save_state(path: str | PathLike[str], network: Network, plan: Plan, state: State) -> None:
    """Write a run's network, plan and state as one safetensors file, whole or not at all.

    Parameters
    ----------
    path : path-like
        Where; an older file is replaced.
    network : Network
        What is trained.
    plan : Plan
        How.
    state : State
        Where the run stands.

    Raises
    ------
    StorageError
        If the file cannot be written; the older one is intact.
    """
    write_tensors(path, *state_to_parts(network, plan, state))


def load_state(path: str | PathLike[str]) -> tuple[Network, Plan, State]:
    """Read what :func:`save_state` wrote; training goes on to the same bits.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    network : Network
        What is trained.
    plan : Plan
        How.
    state : State
        Where the run stands.

    Raises
    ------
    FileFormatError
        If the file is damaged or of another kind.
    """
    return state_from_parts(*read_tensors(path), fspath(path))


def _point_arrays(prefix: str, point: Point) -> dict[str, FloatArray]:
    arrays = {f"{prefix}theta": point.theta, f"{prefix}buffers": point.buffers}
    for number, moment in enumerate(point.memory.moments):
        arrays[f"{prefix}moment{number}"] = moment
    return arrays


def state_to_parts(
    network: Network, plan: Plan, state: State
) -> tuple[dict[str, FloatArray], dict[str, Any]]:
    """Return a state as named arrays and a JSON document.

    Parameters
    ----------
    network : Network
        What is trained.
    plan : Plan
        How.
    state : State
        Where the run stands.

    Returns
    -------
    arrays : dict of str to FloatArray
        Parameters, statistics, moments and losses.
    document : dict
        Network, plan and counters.
    """
    arrays = _point_arrays("", state.point) | _point_arrays("best.", state.best)
    for name in ("learning_rate", "training_loss", "validation_loss"):
        arrays[f"history.{name}"] = np.array(getattr(state.history, name), dtype=np.float64)
    arrays["best_loss"] = np.array([state.best_loss] if state.best_epoch else [], dtype=np.float64)
    document = {
        "format": FORMAT,
        "network": as_json(network),
        "plan": as_json(plan),
        "step": state.point.memory.step,
        "best_step": state.best.memory.step,
        "best_epoch": state.best_epoch,
    }
    return arrays, document


def state_from_parts(
    arrays: Mapping[str, FloatArray], document: Json, source: str
) -> tuple[Network, Plan, State]:
    """Return what :func:`state_to_parts` was given.

    Parameters
    ----------
    arrays : mapping of str to FloatArray
        As :func:`state_to_parts` returned.
    document : mapping
        As :func:`state_to_parts` returned.
    source : str
        The file's name, for messages.

    Returns
    -------
    network : Network
        What is trained.
    plan : Plan
        How.
    state : State
        Where the run stands.

    Raises
    ------
    FileFormatError
        If a part is missing, of another version or of the wrong shape.
    """
    if document.get("format") != FORMAT:
        problem = f"has format {document.get('format')!r}; this version reads {FORMAT}"
        raise FileFormatError.unreadable(source, problem)
    try:
        network, plan = (from_json(document[name], PLAN_KINDS) for name in ("network", "plan"))
        if not (isinstance(network, Network) and isinstance(plan, Plan)):
            raise FileFormatError.unreadable(source, "holds no network and plan")
        state = _state(network, plan, arrays, document)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        reason = str(error) if isinstance(error, TrainwellError) else repr(error)
        raise FileFormatError.unreadable(source, f"lacks or garbles a part: {reason}") from None
    return network, plan, state


def _state(network: Network, plan: Plan, arrays: Mapping[str, FloatArray], document: Json) -> State:
    moments = len(plan.optimizer.initial(np.zeros(0)).moments)
    point = _point("", network, arrays, _count(document, "step"), moments)
    best = _point("best.", network, arrays, _count(document, "best_step"), moments)
    training = _finite(arrays, "history.training_loss")
    epochs = len(training)
    rates = _finite(arrays, "history.learning_rate", epochs)
    checked = arrays["history.validation_loss"]
    validation = _sized(arrays, "history.validation_loss", epochs if checked.size else 0)
    history = History(*(Series(column.tolist()) for column in (rates, training, validation)))
    best_epoch = _count(document, "best_epoch")
    if best_epoch > epochs:
        raise FileFormatError.unreadable("best_epoch", f"is {best_epoch} of {epochs} epochs")
    losses = _finite(arrays, "best_loss", 1 if best_epoch else 0)
    return State(point, history, best, best_epoch, float(losses[0]) if best_epoch else inf)


def _point(
    prefix: str, network: Network, arrays: Mapping[str, FloatArray], step: int, moments: int
) -> Point:
    memory = tuple(
        _finite(arrays, f"{prefix}moment{number}", network.size) for number in range(moments)
    )
    theta = _finite(arrays, f"{prefix}theta", network.size)
    buffers = _finite(arrays, f"{prefix}buffers", network.buffer_size)
    return Point(theta, buffers, Memory(step, memory))


def _count(document: Json, name: str) -> int:
    value = document[name]
    if type(value) is not int or value < 0:
        raise FileFormatError.unreadable(name, f"must be a number from 0 on, got {value!r}")
    return value


def _finite(arrays: Mapping[str, FloatArray], name: str, size: int | None = None) -> FloatArray:
    array = _sized(arrays, name, size)
    if not np.isfinite(array).all():
        raise FileFormatError.unreadable(name, "must hold finite numbers")
    return array


def _sized(arrays: Mapping[str, FloatArray], name: str, size: int | None = None) -> FloatArray:
    array = arrays[name]
    length = array.size if size is None else size
    if array.shape != (length,) or array.dtype.kind != "f":
        problem = f"must hold {length} numbers, got {array.dtype} of shape {array.shape}"
        raise FileFormatError.unreadable(name, problem)
    return array
