"""A run to the end that its plan sets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING

from trainwell.data.dataset import Data
from trainwell.data.stream import Stream
from trainwell.engine.choice import engine_of
from trainwell.engine.prediction import checked_threads, predict
from trainwell.network.network import Network
from trainwell.training.engine import Divergence, Engine, Epoch
from trainwell.training.job import Job
from trainwell.training.loop import starting_point
from trainwell.training.outcome import Outcome, outcome_after, outcome_at
from trainwell.training.plan import Plan
from trainwell.training.state import State
from trainwell.types import FloatArray

if TYPE_CHECKING:
    from trainwell.engine.predictor import Predictor

RESPONSE = 0.1
"""Seconds between two looks at whether the run should stop, where epochs are shorter."""


@dataclass(frozen=True, eq=False)
class Run:
    """A run that has ended.

    Parameters
    ----------
    network : Network
        What was trained.
    plan : Plan
        How.
    state : State
        Where it ended; ``state.best`` holds the parameters to use.
    outcome : Outcome
        Why it ended.
    divergence : Divergence or None, default=None
        What was not finite, if it diverged.
    engine : str, default="reference"
        Name of the engine that took the steps.
    """

    network: Network
    plan: Plan
    state: State
    outcome: Outcome
    divergence: Divergence | None = None
    engine: str = "reference"

    def predict(self, x: FloatArray, *, n_jobs: int = 1, engine: str = "auto") -> FloatArray:
        """Return probabilities or means (O, N) for examples in columns (I, N), by the best weights.

        Parameters
        ----------
        x : FloatArray of shape (I, N)
            Examples in columns.
        n_jobs : int, default=1
            Threads that share the examples.
        engine : {"auto", "compiled", "reference"}, default="auto"
            What computes; ``"auto"`` takes the engine that trained.

        Returns
        -------
        FloatArray of shape (O, N)
            What the plan's loss makes of the logits.
        """
        best, loss = self.state.best, self.plan.loss
        if engine == "compiled" or (engine == "auto" and self.engine == "compiled"):
            return self._predictor(x, checked_threads("predict", n_jobs))
        given = (self.network, loss, best.theta, best.buffers, x)
        return predict(*given, n_jobs=n_jobs, engine=engine)

    @cached_property
    def _predictor(self) -> "Predictor":
        """The network made ready, kept for the next call."""
        from trainwell.engine.predictor import Predictor

        best = self.state.best
        return Predictor(self.network, self.plan.loss, best.theta, best.buffers)


def train(
    network: Network,
    plan: Plan,
    training: Data | Stream,
    validation: Data | None = None,
    *,
    engine: str = "auto",
    start: State | None = None,
    n_jobs: int = 1,
) -> Run:
    """Train to the end that the plan sets.

    Parameters
    ----------
    network : Network
        The function to fit.
    plan : Plan
        How to fit it, and when to stop.
    training : Data or Stream
        Examples in columns, or read chunk by chunk.
    validation : Data or None, default=None
        Examples whose loss is monitored; without them the training loss is.
    engine : {"auto", "compiled", "reference"}, default="auto"
        What executes the steps; ``"auto"`` chooses by the size of the job alone.
    start : State or None, default=None
        Where to go on; ``None`` starts anew.
    n_jobs : int, default=1
        Threads that share the examples of each batch, where it is large enough for more than
        one to pay, positive; -1 takes one a core. With batch norm, and in the reference engine,
        they share large matrix products only. The last bits depend on their number, and so
        does the time where others compute on the same cores.

    Returns
    -------
    Run
        The last state, the best parameters and why the run ended. An interrupt
        (Ctrl-C) ends it with the state of the last whole epoch, or of one up to a
        tenth of a second before it.

    Raises
    ------
    ConfigurationError, ShapeError, DataError
        As :func:`~trainwell.engine.epochs.epochs`.
    """
    threads = checked_threads("train", n_jobs)
    job = Job(network, plan, training, validation, start)
    return run_to_end(engine_of(engine, job, threads=threads), job)


def run_to_end(engine: Engine, job: Job, stopped: Callable[[], bool] = lambda: False) -> Run:
    """Carry out a job.

    Parameters
    ----------
    engine : Engine
        Executes the steps.
    job : Job
        What is trained.
    stopped : callable, default=never
        Asked about ten times a second; the run ends as interrupted where it says so.

    Returns
    -------
    Run
        As :func:`train`.

    Raises
    ------
    KeyboardInterrupt
        If it is interrupted before an epoch was whole.
    """
    plan, state = job.plan, starting_point(job)
    ended = outcome_at(state, plan) if job.start is not None else None
    if ended is not None:
        return Run(job.network, plan, state, ended, engine=engine.name)
    try:
        for record in records(engine, job, plan.max_epochs, plan.patience):
            state = record.state
            outcome = outcome_after(record, plan)
            if outcome is not None:
                return Run(job.network, plan, state, outcome, record.divergence, engine.name)
            if stopped():
                break
    except KeyboardInterrupt:
        if state.epoch == 0:
            raise
    return Run(job.network, plan, state, Outcome.INTERRUPTED, engine=engine.name)


def records(
    engine: Engine, job: Job, last: int, patience: int | None, every: int | None = None
) -> Iterator[Epoch]:
    """Train up to an epoch, and yield a record as often as a person would look.

    Parameters
    ----------
    engine : Engine
        Executes the steps.
    job : Job
        What is trained, from where it starts.
    last : int
        Number of the last epoch, after which there is no record.
    patience : int or None
        Epochs without a new best loss within one call of the engine; ``None``: any number.
    every : int or None, default=None
        Epochs from one record to the next; ``None``: as many as a tenth of a second takes.

    Yields
    ------
    Epoch
        None after a divergence.
    """
    state, session = starting_point(job), engine.session(job)
    together, diverged = every or 1, False
    while state.epoch < last and not diverged:
        begun = perf_counter()
        epochs = min(together, last - state.epoch)
        record = session.advance(state, epochs, patience)
        state, diverged = record.state, record.divergence is not None
        if every is None:
            growth = min(8.0, RESPONSE / max(perf_counter() - begun, 1e-6))
            together = max(1, round(epochs * growth))
        yield record
