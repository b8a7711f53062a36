"""Cross-entropy with the output it belongs to: sigmoid or softmax."""

from dataclasses import dataclass

import numpy as np

from trainwell.errors import DataError
from trainwell.network.activations import sigmoid
from trainwell.network.averaging import batch_mean, weighted_mean
from trainwell.settings import FRACTION, check_real
from trainwell.types import FloatArray

CLIP = 1e-6
"""A base rate of 0 or 1 would need an infinite logit."""


@dataclass(frozen=True)
class SigmoidCrossEntropy:
    r"""Binary cross-entropy of a sigmoid output, in nats per example.

    .. math::

        J = -\frac1B \sum_i \sum_k
            \left( y \log \sigma(z) + (1 - y) \log(1 - \sigma(z)) \right)
          = \frac1B \sum_i \sum_k \left( \log(1 + e^z) - y z \right),
        \qquad \frac{\partial J}{\partial z} = \frac{\sigma(z) - y}{B}

    The second form is finite for any finite logit.

    Parameters
    ----------
    label_smoothing : float, default=0.0
        Share ``s`` in [0, 1) by which targets move towards 1/2.

    Raises
    ------
    ConfigurationError
        If ``label_smoothing`` is outside [0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.network.cross_entropy import SigmoidCrossEntropy
    >>> value, gradient = SigmoidCrossEntropy()(np.array([[0.0, 1000.0]]), np.array([[1.0, 0.0]]))
    >>> round(value, 4), gradient.tolist()
    (500.3466, [[-0.25, 0.5]])
    """

    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        check_real(self, "label_smoothing", FRACTION)

    def __call__(
        self, logits: FloatArray, y: FloatArray, weight: FloatArray | None = None
    ) -> tuple[float, FloatArray]:
        """Return the mean over the batch, and its gradient at the logits (O, B)."""
        target = y * (1 - self.label_smoothing) + self.label_smoothing / 2
        losses = np.logaddexp(0, logits) - target * logits
        return batch_mean(losses, sigmoid(logits) - target, weight)

    def predict(self, logits: FloatArray) -> FloatArray:
        """Return the probability of each output being 1."""
        return sigmoid(logits)

    def base(self, y: FloatArray, weight: FloatArray | None = None) -> FloatArray:
        """Return the log odds of each output, of shape (O, 1)."""
        rate = np.clip(weighted_mean(y, weight), CLIP, 1 - CLIP)
        result: FloatArray = np.log(rate / (1 - rate))
        return result

    def check_targets(self, y: FloatArray) -> None:
        """Refuse targets outside [0, 1]."""
        if ((y < 0) | (y > 1)).any():
            raise DataError.targets("SigmoidCrossEntropy", "in [0, 1]", y[(y < 0) | (y > 1)][0])


def softmax(logits: FloatArray) -> FloatArray:
    r"""Return probabilities :math:`e^{z_c} / \sum_k e^{z_k}` of each column.

    Parameters
    ----------
    logits : FloatArray of shape (C, B)
        Any finite numbers.

    Returns
    -------
    FloatArray of shape (C, B)
        Columns that sum to 1.
    """
    powers = np.exp(logits - logits.max(axis=0))
    result: FloatArray = powers / powers.sum(axis=0)
    return result


@dataclass(frozen=True)
class SoftmaxCrossEntropy:
    r"""Cross-entropy of a softmax output over classes, in nats per example.

    .. math::

        J = -\frac1B \sum_i \sum_c y_c \log \operatorname{softmax}(z)_c, \qquad
        \frac{\partial J}{\partial z_c} = \frac{\operatorname{softmax}(z)_c - y_c}{B}

    Parameters
    ----------
    label_smoothing : float, default=0.0
        Share ``s`` in [0, 1) that each target spreads evenly over all classes.

    Raises
    ------
    ConfigurationError
        If ``label_smoothing`` is outside [0, 1).

    Notes
    -----
    The course notes write the cost with a second minus sign in front of the mean of
    losses that carry one already; there is one.

    References
    ----------
    .. [1] C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens and Z. Wojna, "Rethinking the
       Inception Architecture for Computer Vision", CVPR 2016, section 7 (smoothing).

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.network.cross_entropy import SoftmaxCrossEntropy
    >>> value, gradient = SoftmaxCrossEntropy()(np.zeros((4, 2)), np.eye(4)[:, :2])
    >>> bool(np.isclose(value, np.log(4))), gradient[:, 0].tolist()
    (True, [-0.375, 0.125, 0.125, 0.125])
    """

    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        check_real(self, "label_smoothing", FRACTION)

    def __call__(
        self, logits: FloatArray, y: FloatArray, weight: FloatArray | None = None
    ) -> tuple[float, FloatArray]:
        """Return the mean over the batch, and its gradient at the logits (C, B)."""
        target = y * (1 - self.label_smoothing) + self.label_smoothing / len(y)
        shifted = logits - logits.max(axis=0)
        powers = np.exp(shifted)
        total = powers.sum(axis=0)
        losses = target * (np.log(total) - shifted)
        return batch_mean(losses, powers / total - target, weight)

    def predict(self, logits: FloatArray) -> FloatArray:
        """Return the probability of each class."""
        return softmax(logits)

    def base(self, y: FloatArray, weight: FloatArray | None = None) -> FloatArray:
        """Return the log share of each class, of shape (C, 1)."""
        result: FloatArray = np.log(np.maximum(weighted_mean(y, weight), CLIP))
        return result

    def check_targets(self, y: FloatArray) -> None:
        """Refuse targets that are not a distribution over classes."""
        if len(y) < 2:
            domain = "one row per class, at least two (one class is a sigmoid's)"
            raise DataError.targets("SoftmaxCrossEntropy", domain, f"{len(y)} row")
        wrong = (y < 0).any(axis=0) | ~np.isclose(y.sum(axis=0), 1)
        if wrong.any():
            first = y[:, np.argmax(wrong)].tolist()
            raise DataError.targets("SoftmaxCrossEntropy", "shares that sum to 1", first)
