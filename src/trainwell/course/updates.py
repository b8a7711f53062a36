"""The course's update rules: the library's optimizers, between dictionaries."""

from collections.abc import Mapping

import numpy as np

from trainwell.course.dictionary_network import Parameters, layer_count, update_parameters
from trainwell.course.vectors import flattened, parameter_names, unflattened
from trainwell.errors import ConfigurationError
from trainwell.training.adaptive import Adam
from trainwell.training.descent import Momentum
from trainwell.training.optimizer import Memory, Optimizer
from trainwell.types import FloatArray

__all__ = [
    "initialize_adam",
    "initialize_velocity",
    "update_parameters_with_adam",
    "update_parameters_with_gd",
    "update_parameters_with_momentum",
]


def update_parameters_with_gd(
    parameters: Mapping[str, FloatArray], grads: Mapping[str, FloatArray], learning_rate: float
) -> Parameters:
    r"""Take one step of gradient descent, :math:`W \leftarrow W - \alpha\, dW`.

    Parameters
    ----------
    parameters : mapping of str to FloatArray
        ``W1, b1, ..., WL, bL``; not modified.
    grads : mapping of str to FloatArray
        ``dW1, db1, ..., dWL, dbL``.
    learning_rate : float
        Length of the step, positive.

    Returns
    -------
    dict of str to FloatArray
        The parameters after the step.

    Examples
    --------
    >>> from trainwell.course import optimization, test_cases
    >>> parameters, grads, learning_rate = test_cases.update_parameters_with_gd_test_case()
    >>> after = optimization.update_parameters_with_gd(parameters, grads, learning_rate)
    >>> after["b2"].ravel().round(6).tolist()
    [-0.880203, 0.025616, 0.575395]
    """
    return update_parameters(parameters, grads, learning_rate)


def initialize_velocity(parameters: Mapping[str, FloatArray]) -> Parameters:
    """Return a velocity of zero for every parameter.

    Parameters
    ----------
    parameters : mapping of str to FloatArray
        ``W1, b1, ..., WL, bL``.

    Returns
    -------
    dict of str to FloatArray
        ``dW1, db1, ..., dWL, dbL``, zeros of the same shapes.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.course.optimization import initialize_velocity
    >>> initialize_velocity({"W1": np.ones((1, 2)), "b1": np.ones((1, 1))})["dW1"].tolist()
    [[0.0, 0.0]]
    """
    return {f"d{name}": np.zeros_like(value) for name, value in parameters.items()}


def update_parameters_with_momentum(
    parameters: Mapping[str, FloatArray],
    grads: Mapping[str, FloatArray],
    v: Mapping[str, FloatArray],
    beta: float,
    learning_rate: float,
) -> tuple[Parameters, Parameters]:
    r"""Take one step along the averaged gradient.

    .. math:: v \leftarrow \beta v + (1 - \beta)\, dW, \qquad W \leftarrow W - \alpha v

    Parameters
    ----------
    parameters : mapping of str to FloatArray
        ``W1, b1, ..., WL, bL``; not modified.
    grads : mapping of str to FloatArray
        ``dW1, db1, ..., dWL, dbL``.
    v : mapping of str to FloatArray
        The velocity, with the names of the gradients; not modified.
    beta : float
        Decay of the velocity, in [0, 1).
    learning_rate : float
        Length of the step, positive.

    Returns
    -------
    parameters : dict of str to FloatArray
        The parameters after the step.
    v : dict of str to FloatArray
        The new velocity.

    Raises
    ------
    ConfigurationError
        If ``beta`` is outside [0, 1).

    See Also
    --------
    trainwell.training.descent.Momentum : Does the work.

    Examples
    --------
    >>> from trainwell.course import optimization, test_cases
    >>> parameters, grads, v = test_cases.update_parameters_with_momentum_test_case()
    >>> parameters, v = optimization.update_parameters_with_momentum(
    ...     parameters, grads, v, beta=0.9, learning_rate=0.01
    ... )
    >>> v["dW1"][0].round(8).tolist()
    [-0.11006192, 0.11447237, 0.09015907]
    """
    after, (velocity,) = _step(
        Momentum(beta), parameters, grads, (v,), steps_before=0, learning_rate=learning_rate
    )
    return after, velocity


def initialize_adam(parameters: Mapping[str, FloatArray]) -> tuple[Parameters, Parameters]:
    """Return both of Adam's moments, zero for every parameter.

    Parameters
    ----------
    parameters : mapping of str to FloatArray
        ``W1, b1, ..., WL, bL``.

    Returns
    -------
    v : dict of str to FloatArray
        Mean gradient: ``dW1, db1, ..., dWL, dbL``, zeros of the same shapes.
    s : dict of str to FloatArray
        Mean squared gradient, likewise.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.course.optimization import initialize_adam
    >>> v, s = initialize_adam({"W1": np.ones((1, 2)), "b1": np.ones((1, 1))})
    >>> v["dW1"].tolist(), s["db1"].tolist()
    ([[0.0, 0.0]], [[0.0]])
    """
    return initialize_velocity(parameters), initialize_velocity(parameters)


def update_parameters_with_adam(
    parameters: Mapping[str, FloatArray],
    grads: Mapping[str, FloatArray],
    v: Mapping[str, FloatArray],
    s: Mapping[str, FloatArray],
    t: int,
    learning_rate: float = 0.01,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
) -> tuple[Parameters, Parameters, Parameters]:
    r"""Take one step of Adam, moments corrected for having started at zero.

    .. math::

        v \leftarrow \beta_1 v + (1 - \beta_1)\, dW, \qquad
        s \leftarrow \beta_2 s + (1 - \beta_2)\, dW^2, \qquad
        W \leftarrow W - \alpha\,
            \frac{v / (1 - \beta_1^t)}{\sqrt{s / (1 - \beta_2^t)} + \epsilon}

    Parameters
    ----------
    parameters : mapping of str to FloatArray
        ``W1, b1, ..., WL, bL``; not modified.
    grads : mapping of str to FloatArray
        ``dW1, db1, ..., dWL, dbL``.
    v : mapping of str to FloatArray
        Mean gradient, with the names of the gradients; not modified.
    s : mapping of str to FloatArray
        Mean squared gradient, likewise.
    t : int
        Number of this step, from 1.
    learning_rate : float, default=0.01
        Length of the step, positive.
    beta1 : float, default=0.9
        Decay of the mean gradient, in [0, 1).
    beta2 : float, default=0.999
        Decay of the mean squared gradient, in [0, 1).
    epsilon : float, default=1e-8
        Added outside the root, positive.

    Returns
    -------
    parameters : dict of str to FloatArray
        The parameters after the step.
    v : dict of str to FloatArray
        The new mean gradient, not corrected.
    s : dict of str to FloatArray
        The new mean squared gradient, not corrected.

    Raises
    ------
    ConfigurationError
        If ``t`` is below 1, a decay outside [0, 1) or ``epsilon`` not positive.

    See Also
    --------
    trainwell.training.adaptive.Adam : Does the work.

    References
    ----------
    .. [1] D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization",
       ICLR 2015, Algorithm 1.

    Examples
    --------
    >>> from trainwell.course import optimization, test_cases
    >>> parameters, grads, v, s = test_cases.update_parameters_with_adam_test_case()
    >>> after, v, s = optimization.update_parameters_with_adam(parameters, grads, v, s, t=2)
    >>> s["dW1"][0].round(8).tolist()
    [0.00121136, 0.00131039, 0.00081287]
    """
    if t < 1:
        owner = "update_parameters_with_adam"
        raise ConfigurationError.out_of_range(owner, "t", t, "an integer of at least 1")
    rule = Adam(beta1, beta2, epsilon)
    after, (mean, square) = _step(
        rule, parameters, grads, (v, s), steps_before=t - 1, learning_rate=learning_rate
    )
    return after, mean, square


def _step(
    rule: Optimizer,
    parameters: Mapping[str, FloatArray],
    grads: Mapping[str, FloatArray],
    moments: tuple[Mapping[str, FloatArray], ...],
    *,
    steps_before: int,
    learning_rate: float,
) -> tuple[Parameters, tuple[Parameters, ...]]:
    """Flatten, let the library's optimizer step, and name the pieces again."""
    names = parameter_names(layer_count(parameters))
    slopes = [f"d{name}" for name in names]
    memory = Memory(steps_before, tuple(flattened(moment, slopes) for moment in moments))
    theta, memory = rule.step(
        flattened(parameters, names), flattened(grads, slopes), memory, learning_rate=learning_rate
    )
    shapes = {name: parameters[name].shape for name in names}
    slope_shapes = {f"d{name}": shape for name, shape in shapes.items()}
    return unflattened(theta, shapes), tuple(
        unflattened(moment, slope_shapes) for moment in memory.moments
    )
