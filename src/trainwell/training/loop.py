"""The training loop: an iterator of records; to stop is to break."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trainwell.data.batches import partition
from trainwell.data.dataset import Data
from trainwell.errors import ConfigurationError, ShapeError
from trainwell.network.layer import Tracking
from trainwell.network.network import Network
from trainwell.network.objective import evaluate
from trainwell.training.engine import Divergence, Engine
from trainwell.training.optimizer import Memory
from trainwell.training.plan import Plan
from trainwell.training.schedules import ReduceOnPlateau, Schedule
from trainwell.training.series import Series
from trainwell.training.state import Point, State, read_only, starting_state
from trainwell.types import FloatArray

SUBNORMAL = 1e-30
"""Numbers below this are flushed to zero once an epoch: products of subnormal numbers
run many times slower than others."""


@dataclass(frozen=True, eq=False)
class Epoch:
    """One epoch of a run.

    Parameters
    ----------
    number : int
        From 1.
    learning_rate : float
        Rate of its last step.
    training_loss : float
        Mean objective over its batches, penalty included, taken while the weights move.
    validation_loss : float or None
        Mean loss after it, without penalty but with the loss's own label smoothing;
        ``None`` without validation data. It may
        be infinite where the training loss is not; it is then never the best.
    state : State
        Where the run stands now; training can go on from it.
    divergence : Divergence or None
        What was not finite; the state is then the last finite one.
    """

    number: int
    learning_rate: float
    training_loss: float
    validation_loss: float | None
    state: State
    divergence: Divergence | None = None


def steps_per_epoch(network: Network, plan: Plan, examples: int) -> int:
    """Return the number of updates of one epoch.

    Parameters
    ----------
    network : Network
        Batch norm merges a remainder of one example.
    plan : Plan
        Gives the batch size.
    examples : int
        Number of training examples.

    Returns
    -------
    int
        At least 1.
    """
    return len(partition(examples, plan.batch_size, merge_single=merges_single(network)))


def merges_single(network: Network) -> bool:
    """Return whether a remainder of one example joins the batch before it."""
    return any(isinstance(layer, Tracking) for layer in network.layers)


def iterate(
    engine: Engine,
    network: Network,
    plan: Plan,
    training: Data,
    validation: Data | None = None,
    start: State | None = None,
) -> Iterator[Epoch]:
    """Train without end, one record per epoch; after a divergence there is no next one.

    Parameters
    ----------
    engine : Engine
        Executes the steps.
    network : Network
        The function to fit.
    plan : Plan
        How; its ``max_epochs`` and ``patience`` are for the caller to read.
    training, validation : Data
        Examples in columns; without validation data the training loss is monitored.
    start : State or None, default=None
        Where to go on; ``None`` starts anew.

    Yields
    ------
    Epoch
        What happened, and the state to resume from.

    Raises
    ------
    ShapeError
        If the data do not fit the network.
    DataError
        If the targets are outside the domain of the loss.
    """
    for name, data in (("training", training), ("validation", validation)):
        if data is not None:
            _check(name, data, network, plan)
    state = starting_state(network, plan, training) if start is None else start
    _check_start(state, network, plan, checked=validation is not None)
    steps = steps_per_epoch(network, plan, training.examples)
    diverged = False
    while not diverged:
        record = _next(engine, network, plan, training, validation, state, steps)
        state, diverged = record.state, record.divergence is not None
        yield record


def _next(
    engine: Engine,
    network: Network,
    plan: Plan,
    training: Data,
    validation: Data | None,
    state: State,
    steps: int,
) -> Epoch:
    epoch = state.epoch
    losses = state.history.monitored
    rates = _rates(plan.learning_rate, epoch, steps, losses)
    point, loss, divergence = engine.run_epoch(network, plan, training, state.point, epoch, rates)
    rate = float(rates[-1])
    if divergence is not None:
        kept = State(point, state.history, state.best, state.best_epoch, state.best_loss)
        return Epoch(epoch + 1, rate, loss, None, kept, divergence)
    point = _flushed(point)
    checked = None
    if validation is not None:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            checked = evaluate(network, plan.loss, point.theta, point.buffers, validation)
    monitored = loss if checked is None else checked
    history = state.history.extended(rate, loss, checked)
    # A full batch's training loss is that of the point from which the epoch started.
    judged = state.point if validation is None and plan.batch_size is None else point
    if monitored < state.best_loss - plan.tolerance:
        following = State(point, history, judged, epoch + 1, monitored)
    else:
        following = State(point, history, state.best, state.best_epoch, state.best_loss)
    return Epoch(epoch + 1, rate, loss, checked, following)


def _rates(schedule: Schedule, epoch: int, steps: int, losses: Series) -> FloatArray:
    """Return the rate of each step; a plateau is looked for once an epoch."""
    if isinstance(schedule, ReduceOnPlateau):
        return np.full(steps, schedule(epoch, losses))
    return np.array([schedule(epoch + k / steps, losses) for k in range(steps)])


def _flushed(point: Point) -> Point:
    """Return the point with numbers too small to matter replaced by zero."""

    def flush(vector: FloatArray) -> FloatArray:
        return np.where(np.abs(vector) < SUBNORMAL, 0, vector).astype(vector.dtype)

    memory = Memory(point.memory.step, tuple(flush(moment) for moment in point.memory.moments))
    return read_only(Point(flush(point.theta), point.buffers, memory))


def _check_start(state: State, network: Network, plan: Plan, *, checked: bool) -> None:
    """Refuse a state that another network, optimizer or kind of run has left."""
    point = state.point
    for name, vector, size in (
        ("theta", point.theta, network.size),
        ("buffers", point.buffers, network.buffer_size),
    ):
        if vector.shape != (size,):
            raise ShapeError.mismatch("start", name, vector.shape, f"({size},), as the network has")
    moments = len(plan.optimizer.initial(point.theta).moments)
    if len(point.memory.moments) != moments:
        rule = type(plan.optimizer).__name__
        sentence = f"{rule} keeps {moments} moments, the state has {len(point.memory.moments)}"
        raise ConfigurationError.contradiction("start", sentence)
    if state.epoch and bool(state.history.validation_loss) != checked:
        sentence = "the epochs so far and those to come must both have validation data, or neither"
        raise ConfigurationError.contradiction("start", sentence)


def _check(name: str, data: Data, network: Network, plan: Plan) -> None:
    if not isinstance(data, Data):
        raise ConfigurationError.out_of_range(name, "data", type(data).__name__, "a Data")
    if len(data.x) != network.inputs:
        expected = f"({network.inputs}, N), as the network has inputs"
        raise ShapeError.mismatch(name, "x", data.x.shape, expected)
    if len(data.y) != network.outputs:
        expected = f"({network.outputs}, N), as the network has outputs"
        raise ShapeError.mismatch(name, "y", data.y.shape, expected)
    plan.loss.check_targets(data.y)
