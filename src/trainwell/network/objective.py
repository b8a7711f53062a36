"""What training minimises: the mean loss plus the penalty, and its gradient."""

from dataclasses import dataclass

from trainwell.data.dataset import Data
from trainwell.network.layer import Cache
from trainwell.network.losses import Loss
from trainwell.network.network import Network
from trainwell.network.penalties import Penalty
from trainwell.randomness import Randomness
from trainwell.types import FloatArray


@dataclass(frozen=True)
class Objective:
    r"""A loss and a penalty as one function of the parameters.

    .. math:: J(\theta) = \frac1B \sum_i w_i\, \ell(\theta; x_i, y_i)
        + J_{\mathrm{penalty}}(\theta)

    Parameters
    ----------
    loss : Loss
        Loss of one example and its output function.
    penalty : Penalty
        Penalty on the weights.
    examples : float
        Total weight of the training examples, over which the penalty is spread.
    """

    loss: Loss
    penalty: Penalty
    examples: float

    def value_and_gradient(
        self,
        network: Network,
        theta: FloatArray,
        buffers: FloatArray,
        x: FloatArray,
        y: FloatArray,
        weight: FloatArray | None = None,
        randomness: Randomness | None = None,
    ) -> tuple[float, FloatArray, list[Cache]]:
        """Return the objective on one batch, its gradient, and the forward pass's caches.

        Parameters
        ----------
        network : Network
            The function that is fitted.
        theta : FloatArray of shape (P,)
            Parameters; not modified.
        buffers : FloatArray of shape (S,)
            Running statistics; not modified.
        x : FloatArray of shape (I, B)
            Examples in columns.
        y : FloatArray of shape (O, B)
            Their targets.
        weight : FloatArray of shape (B,) or None, default=None
            Relative weights, 1 on average over the data set.
        randomness : Randomness or None, default=None
            Where in the run this pass stands; ``None`` is evaluation.

        Returns
        -------
        value : float
            The objective, in the units of the loss.
        gradient : FloatArray of shape (P,)
            Its gradient.
        caches : list of tuple
            One a layer, for :meth:`~trainwell.network.network.Network.moved`.
        """
        logits, caches = network.forward(theta, buffers, x, randomness)
        value, grad_logits = self.loss(logits, y, weight)
        gradient = network.backward(theta, caches, grad_logits)
        if self.penalty:
            extra, pull = self.penalty(theta, network.penalized, self.examples)
            value += extra
            gradient += pull
        return value, gradient, caches


def evaluate(
    network: Network, loss: Loss, theta: FloatArray, buffers: FloatArray, data: Data
) -> float:
    """Return the mean loss over a data set without penalty or randomness.

    Parameters
    ----------
    network : Network
        The fitted function.
    loss : Loss
        The loss to average.
    theta : FloatArray of shape (P,)
        Parameters.
    buffers : FloatArray of shape (S,)
        Running statistics.
    data : Data
        Examples in columns.

    Returns
    -------
    float
        Mean loss per example, weighted where the data have weights.
    """
    logits, _ = network.forward(theta, buffers, data.x)
    return loss(logits, data.y, data.relative_weight)[0]
