"""The mean over a batch, with sample weights."""

import numpy as np

from trainwell.data.moments import lower_quantiles
from trainwell.types import FloatArray


def batch_mean(
    losses: FloatArray, gradients: FloatArray, weight: FloatArray | None
) -> tuple[float, FloatArray]:
    r"""Average losses over the batch, and scale their gradients to match.

    .. math:: J = \frac1B \sum_i w_i \ell_i

    Parameters
    ----------
    losses : FloatArray of shape (O, B)
        Loss of each output of each example; outputs are summed.
    gradients : FloatArray of shape (O, B)
        Slope of each entry of ``losses`` at its logit.
    weight : FloatArray of shape (B,) or None
        Relative weights, 1 on average over the data set.

    Returns
    -------
    value : float
        The mean, in the units of the losses per example.
    gradient : FloatArray of shape (O, B)
        Gradient of the mean.
    """
    examples = losses.shape[1]
    if weight is None:
        return float(losses.sum()) / examples, gradients / examples
    return float((losses * weight).sum()) / examples, gradients * (weight / examples)


def weighted_mean(y: FloatArray, weight: FloatArray | None) -> FloatArray:
    """Return the mean target of each output, of shape (O, 1)."""
    result: FloatArray = np.average(y, axis=1, weights=weight, keepdims=True)
    return result


def weighted_quantile(y: FloatArray, weight: FloatArray | None, quantile: float) -> FloatArray:
    """Return the smallest target of each output up to which ``quantile`` of the weight lies.

    Parameters
    ----------
    y : FloatArray of shape (O, B)
        Targets.
    weight : FloatArray of shape (B,) or None
        Weight of each example.
    quantile : float
        Share of the weight, in (0, 1).

    Returns
    -------
    FloatArray of shape (O, 1)
        One of the targets.
    """
    return np.array([[lower_quantiles(targets, weight, quantile)] for targets in y])
