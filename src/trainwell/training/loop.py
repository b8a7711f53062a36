"""The training loop: an iterator of records, and how an epoch ends; to stop is to break."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from trainwell.network.objective import evaluate
from trainwell.training.engine import Divergence, Engine, Epoch
from trainwell.training.job import Job
from trainwell.training.optimizer import Memory
from trainwell.training.schedules import Constant, ReduceOnPlateau, Schedule
from trainwell.training.series import Series
from trainwell.training.state import Point, State, read_only, starting_state
from trainwell.types import FloatArray

SUBNORMAL = 1e-30
"""Numbers below this are flushed to zero once an epoch: products of subnormal numbers
run many times slower than others."""

Steps = Callable[[Point, int, FloatArray], tuple[Point, float, Divergence | None]]
"""One epoch of steps: where it starts, its number from 0 and the rate of each step give
where it ends (the last finite point, if it diverged), the mean objective over its batches,
and what was not finite first."""

Measure = Callable[[Point], float | None]
"""The loss on the validation data at a point, or ``None`` without them."""


def iterate(engine: Engine, job: Job, every: int = 1) -> Iterator[Epoch]:
    """Train without end, one record per ``every`` epochs; after a divergence there is no next.

    Parameters
    ----------
    engine : Engine
        Executes the steps.
    job : Job
        What is trained; ``max_epochs`` and ``patience`` of its plan are for the caller to read.
    every : int, default=1
        Epochs from one record to the next, positive.

    Yields
    ------
    Epoch
        What happened, and the state to resume from.
    """
    session = engine.session(job)
    state = starting_point(job)
    diverged = False
    while not diverged:
        record = session.advance(state, every)
        state, diverged = record.state, record.divergence is not None
        yield record


def starting_point(job: Job) -> State:
    """Return where a job starts: where it is told to, or before its first epoch.

    It stands in the precision of the training data.
    """
    start, dtype = job.start, job.training.dtype
    if start is None:
        return starting_state(job.network, job.plan, job.training)
    if start.point.theta.dtype == dtype:
        return start
    point, best = (_in_precision(each, dtype) for each in (start.point, start.best))
    return replace(start, point=point, best=best)


def _in_precision(point: Point, dtype: np.dtype[np.floating]) -> Point:
    """Return a point in another precision."""
    moments = tuple(moment.astype(dtype) for moment in point.memory.moments)
    memory = Memory(point.memory.step, moments)
    return read_only(Point(point.theta.astype(dtype), point.buffers.astype(dtype), memory))


def stalled(state: State, patience: int | None) -> bool:
    """Return whether the loss has brought no new best for so many epochs."""
    return patience is not None and state.epoch - state.best_epoch >= patience


def next_epoch(job: Job, state: State, take_steps: Steps, measure: Measure) -> Epoch:
    """Return the record of one epoch that an engine takes step by step.

    Parameters
    ----------
    job : Job
        What is trained.
    state : State
        Where it stands.
    take_steps : callable
        The engine's steps.
    measure : callable
        Its loss on the validation data.

    Returns
    -------
    Epoch
        After the steps come flushing, validation and the question whether it is the best.
    """
    plan, epoch = job.plan, state.epoch
    rates = step_rates(plan.learning_rate, epoch, 1, job.steps, state.history.monitored)[0]
    point, loss, divergence = take_steps(state.point, epoch, rates)
    rate = float(rates[-1])
    if divergence is not None:
        kept = State(point, state.history, state.best, state.best_epoch, state.best_loss)
        return Epoch(epoch + 1, rate, loss, None, kept, divergence)
    point = _flushed(point)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        checked = measure(point)
    monitored = loss if checked is None else checked
    history = state.history.extended((rate,), (loss,), () if checked is None else (checked,))
    # A full batch's training loss is that of the point from which the epoch started.
    judged = state.point if judges_start(job) else point
    if monitored < state.best_loss - plan.tolerance:
        following = State(point, history, judged, epoch + 1, monitored)
    else:
        following = State(point, history, state.best, state.best_epoch, state.best_loss)
    return Epoch(epoch + 1, rate, loss, checked, following)


def judges_start(job: Job) -> bool:
    """Return whether the monitored loss is that of the point from which an epoch started."""
    return job.validation is None and job.plan.batch_size is None


def reference_measure(job: Job) -> Measure:
    """Return the loss on the validation data as the reference computes it."""

    def measure(point: Point) -> float | None:
        if job.validation is None:
            return None
        return evaluate(job.network, job.plan.loss, point.theta, point.buffers, job.validation)

    return measure


def step_rates(
    schedule: Schedule, epoch: int, epochs: int, steps: int, losses: Series
) -> FloatArray:
    """Return the rate of each step; a plateau is looked for once an epoch.

    Parameters
    ----------
    schedule : Schedule
        The rate as a function of time.
    epoch : int
        The first epoch, from 0.
    epochs : int
        How many; one, if the schedule looks at the losses.
    steps : int
        Updates of an epoch.
    losses : Series
        The monitored losses so far.

    Returns
    -------
    FloatArray of shape (epochs, steps)
        Positive.
    """
    if isinstance(schedule, Constant | ReduceOnPlateau):
        return np.full((epochs, steps), float(schedule(epoch, losses)))
    times = (number + k / steps for number in range(epoch, epoch + epochs) for k in range(steps))
    rates = np.fromiter((schedule(time, losses) for time in times), float, epochs * steps)
    return rates.reshape(epochs, steps)


def _flushed(point: Point) -> Point:
    """Return the point with numbers too small to matter replaced by zero."""

    def flush(vector: FloatArray) -> FloatArray:
        return np.where(np.abs(vector) < SUBNORMAL, 0, vector).astype(vector.dtype)

    memory = Memory(point.memory.step, tuple(flush(moment) for moment in point.memory.moments))
    return read_only(Point(flush(point.theta), point.buffers, memory))
