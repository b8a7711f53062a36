"""The affine map of a dense layer."""

from dataclasses import dataclass
from typing import ClassVar

from trainwell.network.initializers import Initializer, he_normal
from trainwell.network.layer import Cache, Parameters, Slot
from trainwell.randomness import Randomness
from trainwell.settings import check_flag, check_integer, check_kind
from trainwell.types import FloatArray


@dataclass(frozen=True)
class Dense:
    r"""Every output is a weighted sum of every input.

    .. math:: Z = W A + b

    Backward, with :math:`dZ = \partial J / \partial Z`:

    .. math:: dW = dZ\,A^T, \qquad db = \sum_i dZ^{(i)}, \qquad dA = W^T dZ

    Parameters
    ----------
    inputs, outputs : int
        Units before and after; positive.
    initializer : Initializer, default=he_normal
        Draws ``W`` of shape (O, I); ``b`` of shape (O, 1) starts at zero.
    bias : bool, default=True
        Whether there is a ``b``; leave it out in front of batch norm.

    Raises
    ------
    ConfigurationError
        If a size is not a positive integer.

    Notes
    -----
    The mean over the batch is taken once, by the loss; no ``1 / m`` appears here.
    """

    inputs: int
    outputs: int
    initializer: Initializer = he_normal
    bias: bool = True

    statistics: ClassVar[tuple[Slot, ...]] = ()

    def __post_init__(self) -> None:
        check_integer(self, "inputs", 1)
        check_integer(self, "outputs", 1)
        check_kind(self, "initializer", Initializer, "an initializer")
        check_flag(self, "bias")

    @property
    def slots(self) -> tuple[Slot, ...]:
        """``W`` and, unless it is left out, ``b``."""
        weights = Slot("W", (self.outputs, self.inputs), self.initializer, penalized=True)
        return (weights, Slot("b", (self.outputs, 1))) if self.bias else (weights,)

    def forward(
        self,
        parameters: Parameters,
        statistics: Parameters,
        x: FloatArray,
        randomness: Randomness | None,
    ) -> tuple[FloatArray, Cache]:
        """Return ``W x + b``; the cache is ``x``."""
        y = parameters[0] @ x
        if self.bias:
            y += parameters[1]
        return y, (x,)

    def backward(
        self, parameters: Parameters, cache: Cache, grad_y: FloatArray
    ) -> tuple[FloatArray, Parameters]:
        """Return ``W.T grad_y`` and the gradients of ``W`` and ``b``."""
        (x,) = cache
        grad_weights = grad_y @ x.T
        grad_x = parameters[0].T @ grad_y
        if self.bias:
            return grad_x, (grad_weights, grad_y.sum(axis=1, keepdims=True))
        return grad_x, (grad_weights,)
