"""The course's cross-entropy, plain: infinite where a saturated sigmoid is wrong."""

import numpy as np

from trainwell.course.dictionary_network import Labels
from trainwell.types import FloatArray


def cross_entropy_sum(A: FloatArray, Y: Labels) -> float:
    """Return the cross-entropy of the examples, summed, in nats, as the course computes it.

    It is infinite where a saturated sigmoid is wrong; a saturated one that is right
    would give ``0 * inf``, which is left out.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        losses = np.multiply(-np.log(A), Y) + np.multiply(-np.log(1 - A), 1 - Y)
    return float(np.nansum(losses))


def compute_cost(A: FloatArray, Y: Labels) -> float:
    r"""Return the mean cross-entropy of probabilities.

    .. math:: J = -\frac{1}{m} \sum_i y_i \log a_i + (1 - y_i) \log(1 - a_i)

    Parameters
    ----------
    A : FloatArray of shape (1, B)
        Probabilities of label 1.
    Y : ndarray of shape (1, B)
        Labels, 0 or 1.

    Returns
    -------
    float
        Nats per example; ``inf`` where a probability of exactly 0 or 1 is wrong.

    Notes
    -----
    The course's plain formula, for its printed digits.
    ``trainwell.network.losses.SigmoidCrossEntropy`` starts from logits and stays finite.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.course.cost import compute_cost
    >>> compute_cost(np.array([[0.5, 0.5]]), np.array([[0, 1]]))
    0.6931471805599453
    >>> compute_cost(np.array([[0.0, 1.0]]), np.array([[1, 1]]))
    inf
    """
    examples = int(Y.shape[1])
    return 1.0 / examples * cross_entropy_sum(A, Y)
