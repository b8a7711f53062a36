"""Changes of the training examples that leave what is to be learnt as it is: tables."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trainwell.settings import NON_NEGATIVE, POSITIVE, check_real
from trainwell.types import FloatArray, IntArray


class Augmentation(Protocol):
    """Anything that changes a batch at random before a training step.

    Weights of examples stay as they are. A value of this kind is a frozen dataclass,
    so that a plan can hold and save it.
    """

    def __call__(
        self, x: FloatArray, y: FloatArray, rng: np.random.Generator
    ) -> tuple[FloatArray, FloatArray]:
        """Return the changed batch; the arguments are not modified.

        Parameters
        ----------
        x : FloatArray of shape (I, B)
            Features.
        y : FloatArray of shape (O, B)
            Targets.
        rng : numpy.random.Generator
            Where the change draws from; equal generators give equal changes.

        Returns
        -------
        x : FloatArray of shape (I, B)
            Changed features, in the precision they had.
        y : FloatArray of shape (O, B)
            Targets that belong to them.
        """


@dataclass(frozen=True)
class FeatureNoise:
    r"""Add normal noise to every feature: :math:`x + \text{scale} \cdot \epsilon`.

    For a linear model with squared error this is, in the mean, an L2 penalty of
    strength :math:`\text{scale}^2`.

    Parameters
    ----------
    scale : float
        Standard deviation of the noise, non-negative; in standard deviations of the
        features where these are normalised, as they should be.

    Raises
    ------
    ConfigurationError
        If ``scale`` is negative or not finite.

    References
    ----------
    .. [1] C. M. Bishop, "Training with Noise is Equivalent to Tikhonov
       Regularization", Neural Computation 7(1), 1995, equation 15.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.augmentation import FeatureNoise
    >>> from trainwell.randomness import generator
    >>> x, y = np.zeros((2, 5000)), np.ones((1, 5000))
    >>> noisy, same = FeatureNoise(0.5)(x, y, generator(0, "example"))
    >>> round(float(noisy.std()), 2), same is y
    (0.5, True)
    """

    scale: float

    def __post_init__(self) -> None:
        check_real(self, "scale", NON_NEGATIVE)

    def __call__(
        self, x: FloatArray, y: FloatArray, rng: np.random.Generator
    ) -> tuple[FloatArray, FloatArray]:
        """Return the features with noise, and the targets as they are."""
        noise = rng.standard_normal(x.shape).astype(x.dtype, copy=False)
        return x + x.dtype.type(self.scale) * noise, y


@dataclass(frozen=True)
class Mixup:
    r"""Replace each example by a mixture of itself and another one of its batch.

    .. math::

        \tilde x &= \lambda x_i + (1 - \lambda) x_j, \\
        \tilde y &= \lambda y_i + (1 - \lambda) y_j,
        \qquad \lambda \sim \mathrm{Beta}(\alpha, \alpha),

    with :math:`j` from a random permutation of the batch. Each example has a
    :math:`\lambda` of its own; targets become shares of classes, which the
    cross-entropies take as they are.

    Parameters
    ----------
    alpha : float, default=0.2
        Strength of the mixing, positive: near 0 examples are hardly mixed, at 1 every
        share is as likely. The default is within the paper's range for images, 0.1 to 0.4.

    Raises
    ------
    ConfigurationError
        If ``alpha`` is not positive or not finite.

    Notes
    -----
    The paper's equation draws :math:`\lambda` for each pair, its program once for each
    batch, to save time. Here it is each pair, which makes the steps less noisy.

    References
    ----------
    .. [1] H. Zhang, M. Cisse, Y. N. Dauphin and D. Lopez-Paz, "mixup: Beyond Empirical
       Risk Minimization", ICLR 2018, equation 1. arXiv:1710.09412.

    Examples
    --------
    What is linear stays so: here the target is twice the feature.

    >>> import numpy as np
    >>> from trainwell.data.augmentation import Mixup
    >>> from trainwell.randomness import generator
    >>> x = np.array([[0.0, 1.0, 5.0, 7.0]])
    >>> mixed, targets = Mixup(1.0)(x, 2 * x, generator(0, "example"))
    >>> bool(np.allclose(targets, 2 * mixed)), bool(np.allclose(mixed, x))
    (True, False)
    """

    alpha: float = 0.2

    def __post_init__(self) -> None:
        check_real(self, "alpha", POSITIVE)

    def __call__(
        self, x: FloatArray, y: FloatArray, rng: np.random.Generator
    ) -> tuple[FloatArray, FloatArray]:
        """Return the mixed features and the targets mixed in the same shares."""
        share = np.asarray(rng.beta(self.alpha, self.alpha, size=x.shape[1]), dtype=x.dtype)
        partner = rng.permutation(x.shape[1])
        return _mixed(x, partner, share), _mixed(y, partner, share)


def _mixed(array: FloatArray, partner: IntArray, share: FloatArray) -> FloatArray:
    mixed: FloatArray = share * array + (1 - share) * array[:, partner]
    return mixed
