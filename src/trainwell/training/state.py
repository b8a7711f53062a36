"""Where a run stands: enough to go on from, bit for bit."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from trainwell.data.dataset import Data
from trainwell.data.stream import Stream
from trainwell.network.network import Network, with_output_bias
from trainwell.training.optimizer import Memory
from trainwell.training.plan import Plan
from trainwell.training.series import Series
from trainwell.types import FloatArray


@dataclass(frozen=True)
class History:
    """What each epoch so far has brought; the first entry is epoch 1.

    Parameters
    ----------
    learning_rate : Series
        Rate of each epoch's last step.
    training_loss : Series
        Mean objective over each epoch's batches, penalty included. It is taken while
        the weights move and dropout is on.
    validation_loss : Series
        Mean loss after each epoch without penalty; empty without validation data.
    """

    learning_rate: Series = field(default_factory=Series)
    training_loss: Series = field(default_factory=Series)
    validation_loss: Series = field(default_factory=Series)

    @property
    def monitored(self) -> Series:
        """The losses that stopping looks at: validation's, where there is any."""
        return self.validation_loss or self.training_loss

    def extended(
        self, rates: Iterable[float], training: Iterable[float], validation: Iterable[float] = ()
    ) -> "History":
        """Return the history some epochs longer."""
        return History(
            self.learning_rate.extended(rates),
            self.training_loss.extended(training),
            self.validation_loss.extended(validation),
        )


@dataclass(frozen=True, eq=False)
class Point:
    """Everything that a step changes.

    Parameters
    ----------
    theta : FloatArray of shape (P,)
        Parameters.
    buffers : FloatArray of shape (S,)
        Running statistics.
    memory : Memory
        The optimizer's state; its ``step`` counts the updates of the whole run.
    """

    theta: FloatArray
    buffers: FloatArray
    memory: Memory


def read_only(point: Point) -> Point:
    """Return the point with its arrays made read-only: records of a run do not change."""
    for vector in (point.theta, point.buffers, *point.memory.moments):
        vector.flags.writeable = False
    return point


@dataclass(frozen=True, eq=False)
class State:
    """A run between two epochs.

    Parameters
    ----------
    point : Point
        Parameters, statistics and optimizer after the last epoch.
    history : History
        Losses so far; its length is the number of epochs.
    best : Point
        The point with the lowest monitored loss: the end of that epoch, or, where the
        loss is that of a full training batch, its start.
    best_epoch : int
        Number of the epoch with the lowest monitored loss; 0 before any.
    best_loss : float
        That loss; infinite before any.
    """

    point: Point
    history: History
    best: Point
    best_epoch: int = 0
    best_loss: float = float("inf")

    @property
    def epoch(self) -> int:
        """Number of epochs that were run."""
        return len(self.history.training_loss)


def starting_state(network: Network, plan: Plan, training: Data | Stream) -> State:
    """Return the state before the first epoch.

    Parameters
    ----------
    network : Network
        Draws its own initial weights.
    plan : Plan
        Gives the seed, the optimizer and where the output bias starts.
    training : Data or Stream
        Looked at only for its precision and the base rate, of a stream in a sample.

    Returns
    -------
    State
        Epoch 0.
    """
    theta = network.initial(plan.seed).astype(training.dtype)
    if plan.output_bias == "base rate":
        seen = training.sample() if isinstance(training, Stream) else training
        theta = with_output_bias(network, theta, plan.loss.base(seen.y, seen.weight))
    return state_at(network, plan, theta)


def state_at(network: Network, plan: Plan, theta: FloatArray) -> State:
    """Return the state before the first epoch from parameters of the caller's.

    Parameters
    ----------
    network : Network
        Gives the initial running statistics.
    plan : Plan
        Gives the optimizer.
    theta : FloatArray of shape (P,)
        Parameters to start from; not modified.

    Returns
    -------
    State
        Epoch 0.
    """
    buffers = network.initial_buffers().astype(theta.dtype)
    point = read_only(Point(np.array(theta), buffers, plan.optimizer.initial(theta)))
    return State(point, History(), point)
