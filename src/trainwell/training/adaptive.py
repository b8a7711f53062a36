"""Optimizers that scale each coordinate by its own gradients: RMSprop, Adagrad, Adam."""

from dataclasses import dataclass

import numpy as np

from trainwell.settings import FRACTION, POSITIVE, check_real
from trainwell.training.optimizer import Memory
from trainwell.types import FloatArray


@dataclass(frozen=True)
class RMSprop:
    r"""Divide each coordinate by the root of its smoothed squared gradient.

    .. math::

        s_t = \beta s_{t-1} + (1 - \beta)\, g_t^2, \qquad
        \theta_t = \theta_{t-1} - \eta\, \frac{g_t}{\sqrt{s_t} + \epsilon}

    Parameters
    ----------
    beta : float, default=0.9
        Decay of the mean square, per step, in [0, 1).
    epsilon : float, default=1e-8
        Added outside the root, in the gradient's units; positive.

    Raises
    ------
    ConfigurationError
        If a setting is outside its domain.

    References
    ----------
    .. [1] T. Tieleman and G. Hinton, "Lecture 6.5: rmsprop", Coursera: Neural Networks
       for Machine Learning, 2012.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.training.adaptive import RMSprop
    >>> rule, theta = RMSprop(beta=0.75), np.zeros(2)
    >>> step = rule.step(theta, np.array([4.0, 1e-3]), rule.initial(theta), learning_rate=0.5)
    >>> step[0].round(4).tolist()
    [-1.0, -1.0]
    """

    beta: float = 0.9
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        check_real(self, "beta", FRACTION)
        check_real(self, "epsilon", POSITIVE)

    def initial(self, theta: FloatArray) -> Memory:
        """Return a mean square of zero."""
        return Memory(0, (np.zeros_like(theta),))

    def step(
        self, theta: FloatArray, gradient: FloatArray, memory: Memory, *, learning_rate: float
    ) -> tuple[FloatArray, Memory]:
        """Return the parameters after one step, and the new mean square."""
        square = self.beta * memory.moments[0] + (1 - self.beta) * gradient**2
        theta = theta - learning_rate * gradient / (np.sqrt(square) + self.epsilon)
        return theta, Memory(memory.step + 1, (square,))


@dataclass(frozen=True)
class Adagrad:
    r"""Divide each coordinate by the root of the sum of its squared gradients.

    .. math::

        s_t = s_{t-1} + g_t^2, \qquad
        \theta_t = \theta_{t-1} - \eta\, \frac{g_t}{\sqrt{s_t} + \epsilon}

    Parameters
    ----------
    epsilon : float, default=1e-8
        Added outside the root, in the gradient's units; positive.

    Raises
    ------
    ConfigurationError
        If ``epsilon`` is not positive.

    References
    ----------
    .. [1] J. Duchi, E. Hazan and Y. Singer, "Adaptive Subgradient Methods for Online
       Learning and Stochastic Optimization", JMLR 12, 2011, eq. 1 (diagonal form).

    Examples
    --------
    Under a constant gradient the steps shrink as 1 / sqrt(t):

    >>> import numpy as np
    >>> from trainwell.training.adaptive import Adagrad
    >>> rule, theta = Adagrad(), np.zeros(1)
    >>> memory = rule.initial(theta)
    >>> for _ in range(4):
    ...     before = theta
    ...     theta, memory = rule.step(theta, np.ones(1), memory, learning_rate=1.0)
    >>> (before - theta).round(6).tolist()
    [0.5]
    """

    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        check_real(self, "epsilon", POSITIVE)

    def initial(self, theta: FloatArray) -> Memory:
        """Return a sum of zero."""
        return Memory(0, (np.zeros_like(theta),))

    def step(
        self, theta: FloatArray, gradient: FloatArray, memory: Memory, *, learning_rate: float
    ) -> tuple[FloatArray, Memory]:
        """Return the parameters after one step, and the new sum of squares."""
        total = memory.moments[0] + gradient**2
        theta = theta - learning_rate * gradient / (np.sqrt(total) + self.epsilon)
        return theta, Memory(memory.step + 1, (total,))


@dataclass(frozen=True)
class Adam:
    r"""Adaptive moment estimation.

    Each coordinate moves by its smoothed gradient divided by the root of its
    smoothed squared gradient, both corrected for having started at zero.

    .. math::

        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \theta_t &= \theta_{t-1} - \eta\,
            \frac{m_t / (1 - \beta_1^t)}{\sqrt{v_t / (1 - \beta_2^t)} + \epsilon}

    AdamW is this rule with the plan's ``weight_decay``.

    Parameters
    ----------
    beta1 : float, default=0.9
        Decay of the gradient's mean, per step, in [0, 1).
    beta2 : float, default=0.999
        Decay of the gradient's mean square, per step, in [0, 1).
    epsilon : float, default=1e-8
        Added outside the root, in the gradient's units; positive.

    Raises
    ------
    ConfigurationError
        If a setting is outside its domain.

    Notes
    -----
    The course notes show the update once without the corrections; with them, the
    first step has the length of the learning rate, whatever the decays.

    References
    ----------
    .. [1] D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization",
       ICLR 2015, Algorithm 1.
    .. [2] I. Loshchilov and F. Hutter, "Decoupled Weight Decay Regularization",
       ICLR 2019, Algorithm 2.

    Examples
    --------
    On the first step every coordinate moves by the learning rate, whatever the
    scale of its gradient:

    >>> import numpy as np
    >>> from trainwell.training.adaptive import Adam
    >>> rule, theta = Adam(), np.array([1.0, 1.0])
    >>> gradient = np.array([1e-3, -10.0])
    >>> theta, memory = rule.step(theta, gradient, rule.initial(theta), learning_rate=0.1)
    >>> theta.round(3).tolist(), memory.step
    ([0.9, 1.1], 1)
    """

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        check_real(self, "beta1", FRACTION)
        check_real(self, "beta2", FRACTION)
        check_real(self, "epsilon", POSITIVE)

    def initial(self, theta: FloatArray) -> Memory:
        """Return moments of zero."""
        return Memory(0, (np.zeros_like(theta), np.zeros_like(theta)))

    def step(
        self, theta: FloatArray, gradient: FloatArray, memory: Memory, *, learning_rate: float
    ) -> tuple[FloatArray, Memory]:
        """Return the parameters after one step, and the new moments."""
        t = memory.step + 1
        mean = self.beta1 * memory.moments[0] + (1 - self.beta1) * gradient
        square = self.beta2 * memory.moments[1] + (1 - self.beta2) * gradient**2
        mean_hat = mean / (1 - self.beta1**t)
        square_hat = square / (1 - self.beta2**t)
        theta = theta - learning_rate * mean_hat / (np.sqrt(square_hat) + self.epsilon)
        return theta, Memory(t, (mean, square))
