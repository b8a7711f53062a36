"""Penalties on the weights: L1, L2 as in the course, and both."""

from dataclasses import dataclass

import numpy as np

from trainwell.settings import NON_NEGATIVE, check_real
from trainwell.types import BoolArray, FloatArray


@dataclass(frozen=True)
class Penalty:
    r"""An elastic-net penalty on weights, never on biases.

    .. math::

        J_{\mathrm{penalty}} = \frac1m \left( \lambda_1 \sum |W|
            + \frac{\lambda_2}{2} \sum W^2 \right), \qquad
        dW = \frac1m \left( \lambda_1 \operatorname{sign}(W) + \lambda_2 W \right)

    With ``l1 = 0`` this is the course's L2 regularisation with ``lambd = l2``; with
    ``l2 = 0`` the lasso; with both, the elastic net.

    Parameters
    ----------
    l1, l2 : float, default=0.0
        Strengths, at least 0, in nats per unit (l1) or squared unit (l2) of weight.

    Raises
    ------
    ConfigurationError
        If a strength is negative or not finite.

    Notes
    -----
    ``m`` is the number of training examples, whatever the batch size: the objective
    is the same for full batches and mini-batches. Decoupled decay is another setting,
    ``weight_decay`` of the plan.

    References
    ----------
    .. [1] H. Zou and T. Hastie, "Regularization and variable selection via the elastic
       net", JRSS B 67, 2005, eq. 3.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.network.penalties import Penalty
    >>> theta, weights = np.array([3.0, -1.0, 5.0]), np.array([True, True, False])
    >>> value, gradient = Penalty(l2=0.7)(theta, weights, examples=7)
    >>> round(value, 12), gradient.round(12).tolist()
    (0.5, [0.3, -0.1, 0.0])
    """

    l1: float = 0.0
    l2: float = 0.0

    def __post_init__(self) -> None:
        check_real(self, "l1", NON_NEGATIVE)
        check_real(self, "l2", NON_NEGATIVE)

    def __bool__(self) -> bool:
        return self.l1 > 0 or self.l2 > 0

    def __call__(
        self, theta: FloatArray, penalized: BoolArray, examples: float
    ) -> tuple[float, FloatArray]:
        """Return the penalty and its gradient, for training examples of that total weight.

        Parameters
        ----------
        theta : FloatArray of shape (P,)
            Parameters.
        penalized : BoolArray of shape (P,)
            Which of them are weights.
        examples : float
            Number (or total weight) of the training examples; positive.

        Returns
        -------
        value : float
            The penalty, in the units of the loss.
        gradient : FloatArray of shape (P,)
            Its gradient, 0 where nothing is penalised.
        """
        weights = theta * penalized
        value = self.l1 * float(np.abs(weights).sum()) + self.l2 / 2 * float(weights @ weights)
        gradient = self.l1 * np.sign(weights) + self.l2 * weights
        return value / examples, gradient / examples
