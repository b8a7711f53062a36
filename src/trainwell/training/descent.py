"""Gradient descent, with and without momentum."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from trainwell.settings import FRACTION, check_flag, check_name, check_real
from trainwell.training.optimizer import Memory
from trainwell.types import FloatArray

FORMS = frozenset({"average", "classical"})


@dataclass(frozen=True)
class GradientDescent:
    r"""A step against the gradient.

    .. math:: \theta_t = \theta_{t-1} - \eta\, g_t

    Batch, mini-batch or stochastic: that is the plan's ``batch_size``.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.training.descent import GradientDescent
    >>> rule, theta = GradientDescent(), np.array([1.0, 2.0])
    >>> rule.step(theta, np.array([10.0, -10.0]), rule.initial(theta), learning_rate=0.1)[0]
    array([0., 3.])
    """

    def initial(self, theta: FloatArray) -> Memory:
        """Return a memory of nothing."""
        return Memory(0)

    def step(
        self, theta: FloatArray, gradient: FloatArray, memory: Memory, *, learning_rate: float
    ) -> tuple[FloatArray, Memory]:
        """Return the parameters after one step, and the counted memory."""
        return theta - learning_rate * gradient, Memory(memory.step + 1)


@dataclass(frozen=True)
class Momentum:
    r"""Gradient descent along a smoothed gradient.

    The course's form averages, the classical one sums:

    .. math::

        v_t = \beta v_{t-1} + (1 - \beta)\, g_t \quad\text{(average)}, \qquad
        v_t = \beta v_{t-1} + g_t \quad\text{(classical)}, \qquad
        \theta_t = \theta_{t-1} - \eta\, v_t

    Nesterov's variant looks one step ahead: it moves by :math:`\beta v_t` plus the
    newest term, :math:`(1 - \beta) g_t` or :math:`g_t`, instead of by :math:`v_t`.

    Parameters
    ----------
    beta : float, default=0.9
        Decay of the velocity, per step, in [0, 1).
    form : {"average", "classical"}, default="average"
        The same path, with the learning rate of one ``1 - beta`` times the other's.
    nesterov : bool, default=False
        Whether to look ahead.

    Raises
    ------
    ConfigurationError
        If ``beta`` is outside [0, 1) or the form is unknown.

    References
    ----------
    .. [1] B. T. Polyak, "Some methods of speeding up the convergence of iteration
       methods", 1964, eq. 9.
    .. [2] I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of
       initialization and momentum in deep learning", ICML 2013, eq. 1-4.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.training.descent import Momentum
    >>> rule, theta = Momentum(beta=0.9), np.zeros(1)
    >>> theta, memory = rule.step(theta, np.ones(1), rule.initial(theta), learning_rate=1.0)
    >>> theta.round(6).tolist()
    [-0.1]
    """

    beta: float = 0.9
    form: Literal["average", "classical"] = "average"
    nesterov: bool = False

    def __post_init__(self) -> None:
        check_real(self, "beta", FRACTION)
        check_name(self, "form", FORMS)
        check_flag(self, "nesterov")

    def initial(self, theta: FloatArray) -> Memory:
        """Return a velocity of zero."""
        return Memory(0, (np.zeros_like(theta),))

    def step(
        self, theta: FloatArray, gradient: FloatArray, memory: Memory, *, learning_rate: float
    ) -> tuple[FloatArray, Memory]:
        """Return the parameters after one step, and the new velocity."""
        newest = (1 - self.beta) * gradient if self.form == "average" else gradient
        velocity = self.beta * memory.moments[0] + newest
        move = self.beta * velocity + newest if self.nesterov else velocity
        return theta - learning_rate * move, Memory(memory.step + 1, (velocity,))
