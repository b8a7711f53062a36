"""A run's state as named arrays and JSON, and back, bit for bit."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from trainwell.errors import FileFormatError, TrainwellError
from trainwell.network.network import Network
from trainwell.settings import as_json, from_json
from trainwell.training.optimizer import Memory
from trainwell.training.plan import PLAN_KINDS, Plan
from trainwell.training.state import History, Point, State
from trainwell.types import FloatArray, Json

FORMAT = 1
"""Version of the arrays and documents that this module writes."""


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
    if not np.isfinite(state.best_loss):
        arrays["best_loss"] = np.empty(0)
    else:
        arrays["best_loss"] = np.array([state.best_loss])
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
        network: Network = from_json(document["network"], PLAN_KINDS)
        plan: Plan = from_json(document["plan"], PLAN_KINDS)
        moments = len(plan.optimizer.initial(np.zeros(0)).moments)
        point = _point("", arrays, int(document["step"]), moments)
        best = _point("best.", arrays, int(document["best_step"]), moments)
        columns = (arrays[f"history.{name}"].tolist() for name in History.__dataclass_fields__)
        history = History(*map(tuple, columns))
        best_loss = float(arrays["best_loss"][0]) if arrays["best_loss"].size else float("inf")
        state = State(point, history, best, int(document["best_epoch"]), best_loss)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        reason = str(error) if isinstance(error, TrainwellError) else repr(error)
        raise FileFormatError.unreadable(source, f"lacks or garbles a part: {reason}") from None
    for name, vector, size in (
        ("theta", point.theta, network.size),
        ("best.theta", best.theta, network.size),
        ("buffers", point.buffers, network.buffer_size),
        ("best.buffers", best.buffers, network.buffer_size),
        *((f"moment{k}", moment, network.size) for k, moment in enumerate(point.memory.moments)),
    ):
        if vector.shape != (size,) or not np.isfinite(vector).all():
            problem = f"{name} must hold {size} finite numbers, got shape {vector.shape}"
            raise FileFormatError.unreadable(source, problem)
    return network, plan, state


def _point(prefix: str, arrays: Mapping[str, FloatArray], step: int, moments: int) -> Point:
    memory = Memory(step, tuple(arrays[f"{prefix}moment{number}"] for number in range(moments)))
    return Point(arrays[f"{prefix}theta"], arrays[f"{prefix}buffers"], memory)
