"""What an engine offers: epochs of steps, the record of the last, and where it went wrong."""

from dataclasses import dataclass
from typing import Protocol

from trainwell.training.job import Job
from trainwell.training.state import State


@dataclass(frozen=True)
class Divergence:
    """The first number of a run that was not finite.

    Parameters
    ----------
    step : int
        Number of the update that it happened in, from 0.
    layer : int
        Layer, from 1; the number of layers plus one stands for what comes after them.
    quantity : str
        What was not finite: ``"output"``, ``"gradient of W"``, ... or ``"loss or update"``.
    rows : tuple of int
        Examples of the training data concerned, from 0; empty where none can be named.
    """

    step: int
    layer: int
    quantity: str
    rows: tuple[int, ...] = ()

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.rows[:5])) + (", ..." if len(self.rows) > 5 else "")
        rows = f" (training rows {shown})" if self.rows else ""
        where = "" if self.quantity == "loss or update" else f" of layer {self.layer}"
        return f"step {self.step}: the {self.quantity}{where} is not finite{rows}"


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


class Session(Protocol):
    """A job that an engine has made ready to be carried out, by one caller at a time."""

    def advance(self, state: State, epochs: int, patience: int | None = None) -> Epoch:
        """Train on from ``state`` and return the record of the last epoch.

        Parameters
        ----------
        state : State
            Where the job stands; not modified.
        epochs : int
            How many epochs to take, positive; fewer after a divergence or a stall.
        patience : int or None, default=None
            Epochs without a new best loss before the run is stalled; ``None``: never.

        Returns
        -------
        Epoch
            The same, to the bit, however the epochs are spread over calls.
        """
        ...


class Engine(Protocol):
    """Executes steps; every engine computes the same numbers."""

    @property
    def name(self) -> str:
        """What it is called where it is chosen."""
        ...

    def session(self, job: Job) -> Session:
        """Make ready what the steps of a job need."""
        ...
