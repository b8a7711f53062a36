"""The epoch iterator, with an engine chosen by name or by the size of the job."""

from collections.abc import Iterator

from trainwell.data.dataset import Data
from trainwell.data.stream import Stream
from trainwell.engine.choice import engine_of
from trainwell.network.network import Network
from trainwell.settings import required_integer
from trainwell.training.engine import Epoch
from trainwell.training.job import Job
from trainwell.training.loop import iterate
from trainwell.training.plan import Plan
from trainwell.training.state import State


def epochs(
    network: Network,
    plan: Plan,
    training: Data | Stream,
    validation: Data | None = None,
    *,
    engine: str = "auto",
    start: State | None = None,
    every: int = 1,
) -> Iterator[Epoch]:
    """Train without end, one record after each epoch; to stop is not to ask for more.

    Parameters
    ----------
    network : Network
        The function to fit.
    plan : Plan
        How to fit it.
    training : Data or Stream
        Examples in columns, or read chunk by chunk.
    validation : Data or None, default=None
        Examples whose loss is monitored; without them the training loss is.
    engine : {"auto", "compiled", "reference"}, default="auto"
        What executes the steps; ``"auto"`` chooses by the size of the job, as if it went on
        for the plan's ``max_epochs``.
    start : State or None, default=None
        Where to go on; ``None`` starts anew.
    every : int, default=1
        Epochs from one record to the next. Records cost more than the steps of a small
        network; the numbers are the same.

    Returns
    -------
    iterator of Epoch
        What happened in the last epoch, and the state to resume from.

    Raises
    ------
    ConfigurationError
        If the engine is unknown, or has no kernel for a part of the caller's own.
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
    return iterate(engine_of(engine, job), job, required_integer("epochs", "every", every, 1))
