"""Losses from logits: value and gradient in one call, and the predictions they imply.

Every loss belongs to one output function; the pair is computed together, from the
logits, and is finite wherever the mathematics is.
"""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from trainwell.network.cross_entropy import SigmoidCrossEntropy, SoftmaxCrossEntropy
from trainwell.network.regression_losses import (
    AbsoluteError,
    Huber,
    Pinball,
    Poisson,
    SquaredError,
)
from trainwell.types import FloatArray


@runtime_checkable
class Loss(Protocol):
    """A loss and the output function it belongs to."""

    def __call__(
        self, logits: FloatArray, y: FloatArray, weight: FloatArray | None = None
    ) -> tuple[float, FloatArray]:
        """Return the mean over the batch, and its gradient at the logits (O, B)."""
        ...

    def predict(self, logits: FloatArray) -> FloatArray:
        """Return probabilities or means (O, B) for logits (O, B)."""
        ...

    def base(self, y: FloatArray, weight: FloatArray | None = None) -> FloatArray:
        """Return the constant logits (O, 1) that fit the targets best: the base rate."""
        ...

    def check_targets(self, y: FloatArray) -> None:
        """Refuse targets outside the loss's domain."""
        ...


LOSSES: Mapping[str, type[Loss]] = {
    "sigmoid_cross_entropy": SigmoidCrossEntropy,
    "softmax_cross_entropy": SoftmaxCrossEntropy,
    "squared_error": SquaredError,
    "absolute_error": AbsoluteError,
    "huber": Huber,
    "poisson": Poisson,
    "pinball": Pinball,
}
"""Every loss by its registered name."""
