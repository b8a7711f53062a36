"""What an engine offers: one epoch of steps, and where it went wrong if it did."""

from dataclasses import dataclass
from typing import Protocol

from trainwell.data.dataset import Data
from trainwell.network.network import Network
from trainwell.training.plan import Plan
from trainwell.training.state import Point
from trainwell.types import FloatArray


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


class Engine(Protocol):
    """Executes the steps of an epoch; every engine computes the same numbers."""

    def run_epoch(
        self,
        network: Network,
        plan: Plan,
        training: Data,
        point: Point,
        epoch: int,
        rates: FloatArray,
    ) -> tuple[Point, float, Divergence | None]:
        """Take one step per rate, starting at ``point``.

        Parameters
        ----------
        network : Network
            The function that is fitted.
        plan : Plan
            How.
        training : Data
            Examples in columns.
        point : Point
            Where the epoch starts; not modified.
        epoch : int
            Number of the epoch, from 0.
        rates : FloatArray of shape (steps,)
            Learning rate of each step.

        Returns
        -------
        point : Point
            Where the epoch ends: the last finite point, if it diverged.
        training_loss : float
            Mean objective over the batches, weighted by their examples.
        divergence : Divergence or None
            What was not finite first.
        """
        ...
