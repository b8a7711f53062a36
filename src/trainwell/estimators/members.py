"""Networks of an estimator carried on: until they stall, are told to stop, or time is up."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from time import perf_counter
from typing import Any

import numpy as np

from trainwell.data.dataset import Data
from trainwell.engine.choice import engine_of
from trainwell.engine.run import records
from trainwell.training.engine import Divergence, Engine, Epoch
from trainwell.training.job import Job
from trainwell.training.loop import stalled, starting_point
from trainwell.training.state import History, State

SMALLEST_RATE = 1e-6
"""The adaptive rate ends a fit below this, as in scikit-learn."""

NOMINAL_EPOCHS = 1000
"""For so many epochs the engine is chosen, whatever is asked for: a fit in parts has that of a
whole one. An epoch of five milliseconds in the reference engine is worth compiling."""

Watch = Callable[[Epoch], bool]
"""Sees each record and says whether to stop."""


class End(Enum):
    """Why a network was not trained on."""

    COMPLETED = "all epochs were run"
    STALLED = "the loss brought no new best"
    DIVERGED = "a number was no longer finite"
    STOPPED = "it was told to stop"
    OUT_OF_TIME = "the time limit was reached"
    INTERRUPTED = "the user interrupted it"


@dataclass(frozen=True)
class Limits:
    """How far to go.

    Parameters
    ----------
    epochs : int
        So many epochs from here, positive.
    patience : int or None
        Epochs without a new best loss; ``None`` never stops.
    deadline : float
        Reading of the clock ``perf_counter`` at which to stop.
    every : int or None
        Epochs from one record to the next; ``None`` as many as a tenth of a second takes.
    smallest_rate : float, default=0
        Rate at which to stop.
    resumed : bool, default=False
        Whether an unfinished fit goes on, which may have been killed after its last epoch.
    """

    epochs: int
    patience: int | None
    deadline: float
    every: int | None
    smallest_rate: float = 0.0
    resumed: bool = False


@dataclass(frozen=True, eq=False)
class Advance:
    """Where a network stands after it was trained on.

    Parameters
    ----------
    state : State
        Its last finite state.
    end : End
        Why it stands there.
    divergence : Divergence or None, default=None
        What was not finite.
    """

    state: State
    end: End
    divergence: Divergence | None = None


def suited_engine(name: str, job: Job, members: int, threads: int) -> Engine:
    """Return the engine of a name, or the one that suits the size of an epoch.

    Parameters
    ----------
    name : {"auto", "compiled", "reference"}
        What was asked for.
    job : Job
        Its network, batches and data decide, not the epochs that are asked for.
    members : int
        Networks that are trained with it.
    threads : int
        For matrix products that are large enough.

    Returns
    -------
    Engine
        Ready to make a session.
    """
    usual = replace(job.plan, max_epochs=NOMINAL_EPOCHS, patience=None)
    return engine_of(name, replace(job, plan=usual), siblings=members, threads=threads)


def advance(engine: Engine, job: Job, limits: Limits, watch: Watch) -> Advance:
    """Train a network on from where its job starts.

    Parameters
    ----------
    engine : Engine
        Executes the steps.
    job : Job
        The network, and where it stands.
    limits : Limits
        How far to go.
    watch : callable
        Sees the records.

    Returns
    -------
    Advance
        An interrupt (Ctrl-C) ends it after the last whole epoch.

    Raises
    ------
    KeyboardInterrupt
        If there is no whole epoch yet.
    """
    state = starting_point(job)
    last = state.epoch + limits.epochs
    if limits.resumed:
        end = _end(state, state.history.learning_rate[-1], last, limits)
        if end is not None:
            return Advance(state, end)
    try:
        for record in records(engine, job, last, limits.patience, limits.every):
            state = record.state
            if record.divergence is not None:
                return Advance(state, End.DIVERGED, record.divergence)
            end = End.STOPPED if watch(record) else None
            end = end or _end(state, record.learning_rate, last, limits)
            if end is not None:
                return Advance(state, end)
    except KeyboardInterrupt:
        if not state.epoch:
            raise
    return Advance(state, End.INTERRUPTED)


def _end(state: State, rate: float, last: int, limits: Limits) -> End | None:
    """Return why a run ends at a state, or nothing if it goes on."""
    if stalled(state, limits.patience) or rate < limits.smallest_rate:
        return End.STALLED
    if state.epoch >= last:
        return End.COMPLETED
    return End.OUT_OF_TIME if perf_counter() >= limits.deadline else None


def resumable(state: State, measured: Data | None) -> State:
    """Return where to go on: losses of another kind are forgotten."""
    if not state.epoch or bool(state.history.validation_loss) == (measured is not None):
        return state
    return State(state.point, History(), state.point)


def in_precision(job: Job, dtype: np.dtype[Any]) -> Job:
    """Return a job on data of a precision."""

    def cast(data: Any) -> Any:
        if data is None or data.dtype == dtype:
            return data
        return Data(data.x.astype(dtype), data.y, data.weight)

    return replace(job, training=cast(job.training), validation=cast(job.validation))
