"""The epoch iterator with an engine chosen by name, and a run to its end."""

from collections.abc import Iterator
from dataclasses import dataclass

from trainwell.data.dataset import Data
from trainwell.engine.choice import engine_of
from trainwell.network.network import Network
from trainwell.training.engine import Divergence, Epoch
from trainwell.training.job import Job
from trainwell.training.loop import iterate
from trainwell.training.outcome import Outcome, outcome_after, outcome_at
from trainwell.training.plan import Plan
from trainwell.training.state import State
from trainwell.types import FloatArray

def epochs(
    network: Network,
    plan: Plan,
    training: Data,
    validation: Data | None = None,
    *,
    engine: str = "auto",
    start: State | None = None,
) -> Iterator[Epoch]:
    """Train without end, one record per epoch; the caller stops by not asking for more.

    Parameters
    ----------
    network : Network
        The function to fit.
    plan : Plan
        How to fit it.
    training : Data
        Examples in columns.
    validation : Data or None, default=None
        Examples whose loss is monitored; without them the training loss is.
    engine : {"auto", "reference"}, default="auto"
        What executes the steps.
    start : State or None, default=None
        Where to go on; ``None`` starts anew.

    Returns
    -------
    iterator of Epoch
        What happened in each epoch, and the state to resume from.

    Raises
    ------
    ConfigurationError
        If the engine is unknown.
    ShapeError
        If the data do not fit the network.
    DataError
        If the targets are outside the domain of the loss.

    Examples
    --------
    >>> from itertools import islice
    >>> from trainwell.data.toys import make_circles
    >>> from trainwell.engine.epochs import epochs
    >>> from trainwell.network.build import mlp
    >>> from trainwell.network.cross_entropy import SigmoidCrossEntropy
    >>> from trainwell.training.plan import Plan
    >>> data = make_circles(300, 0.05, seed=1)
    >>> plan = Plan(SigmoidCrossEntropy(), batch_size=32)
    >>> losses = [e.training_loss for e in islice(epochs(mlp(2, (16,), 1), plan, data), 5)]
    >>> losses[-1] < losses[0]
    True
    """
    job = Job(network, plan, training, validation, start)
    return iterate(engine_of(engine, job), job)


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
    """

    network: Network
    plan: Plan
    state: State
    outcome: Outcome
    divergence: Divergence | None = None

    def predict(self, x: FloatArray) -> FloatArray:
        """Return probabilities or means (O, N) for examples in columns (I, N), by the best weights.

        Parameters
        ----------
        x : FloatArray of shape (I, N)
            Examples in columns.

        Returns
        -------
        FloatArray of shape (O, N)
            What the plan's loss makes of the logits.
        """
        logits, _ = self.network.forward(self.state.best.theta, self.state.best.buffers, x)
        return self.plan.loss.predict(logits)


def train(
    network: Network,
    plan: Plan,
    training: Data,
    validation: Data | None = None,
    *,
    engine: str = "auto",
    start: State | None = None,
) -> Run:
    """Train to the end that the plan sets.

    Parameters
    ----------
    network : Network
        The function to fit.
    plan : Plan
        How to fit it, and when to stop.
    training : Data
        Examples in columns.
    validation : Data or None, default=None
        Examples whose loss is monitored; without them the training loss is.
    engine : {"auto", "reference"}, default="auto"
        What executes the steps.
    start : State or None, default=None
        Where to go on; ``None`` starts anew.

    Returns
    -------
    Run
        The last state, the best parameters and why the run ended. An interrupt
        (Ctrl-C) ends it with the state of the last whole epoch.

    Raises
    ------
    ConfigurationError, ShapeError, DataError
        As :func:`epochs`.
    """
    ended = None if start is None else outcome_at(start, plan)
    if start is not None and ended is not None:
        return Run(network, plan, start, ended)
    last: Epoch | None = None
    try:
        for last in epochs(network, plan, training, validation, engine=engine, start=start):
            outcome = outcome_after(last, plan)
            if outcome is not None:
                return Run(network, plan, last.state, outcome, last.divergence)
    except KeyboardInterrupt:
        if last is None and start is None:
            raise
    state = start if last is None else last.state
    assert state is not None  # noqa: S101 - an endless iterator ends only by interrupt
    return Run(network, plan, state, Outcome.INTERRUPTED)
