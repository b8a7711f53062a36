"""A run that can be carried out: a network, a plan and data that fit together."""

from dataclasses import dataclass
from functools import cached_property

from trainwell.data.batches import batch_cuts
from trainwell.data.dataset import Data
from trainwell.data.stream import Stream
from trainwell.errors import ConfigurationError, ShapeError
from trainwell.network.network import Network
from trainwell.training.plan import Plan
from trainwell.training.state import State


@dataclass(frozen=True, eq=False)
class Job:
    """What is to be trained, how, and on what; checked once.

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
    start : State or None, default=None
        Where to go on; ``None`` starts anew.

    Raises
    ------
    ConfigurationError
        If something is of the wrong kind, or the start belongs to another kind of run.
    ShapeError
        If data or start do not fit the network.
    DataError
        If the targets are outside the domain of the loss.
    """

    network: Network
    plan: Plan
    training: Data | Stream
    validation: Data | None = None
    start: State | None = None

    def __post_init__(self) -> None:
        for name, kind in (("network", Network), ("plan", Plan)):
            value = getattr(self, name)
            if not isinstance(value, kind):
                domain = f"a {kind.__name__}"
                raise ConfigurationError.out_of_range("Job", name, type(value).__name__, domain)
        for name in ("training", "validation"):
            data = getattr(self, name)
            if name == "training" or data is not None:
                _check_data(name, data, self.network, self.plan)
        if self.start is not None:
            _check_start(self.start, self.network, self.plan, checked=self.validation is not None)

    @property
    def together(self) -> int:
        """Number of examples of a batch."""
        return min(self.plan.batch_size or self.training.examples, self.training.examples)

    @cached_property
    def steps(self) -> int:
        """Number of updates of one epoch."""
        return steps_per_epoch(self.network, self.plan, self.training.examples)


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
    cuts = batch_cuts(examples, plan.batch_size, merge_single=merges_single(network))
    return cuts.size - 1


def merges_single(network: Network) -> bool:
    """Return whether a remainder of one example joins the batch before it."""
    return network.tracks


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


def _check_data(name: str, data: Data | Stream, network: Network, plan: Plan) -> None:
    kinds = (Data, Stream) if name == "training" else (Data,)
    if not isinstance(data, kinds):
        domain = "a Data or a Stream" if name == "training" else "a Data"
        raise ConfigurationError.out_of_range(name, "data", type(data).__name__, domain)
    inputs, outputs = (
        (data.inputs, data.outputs) if isinstance(data, Stream) else (len(data.x), len(data.y))
    )
    if inputs != network.inputs:
        expected = f"({network.inputs}, N), as the network has inputs"
        raise ShapeError.mismatch(name, "x", (inputs, data.examples), expected)
    if outputs != network.outputs:
        expected = f"({network.outputs}, N), as the network has outputs"
        raise ShapeError.mismatch(name, "y", (outputs, data.examples), expected)
    if isinstance(data, Data):  # a stream's targets are looked at when they are read
        plan.loss.check_targets(data.y)
    elif plan.batch_size is None:
        sentence = "a Stream needs a batch_size: all examples at once would have to be in memory"
        raise ConfigurationError.contradiction("Plan", sentence)
