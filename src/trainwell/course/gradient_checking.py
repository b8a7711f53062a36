"""Assignment "Gradient checking": one dimension, and the network of 47 numbers."""

from collections.abc import Mapping

import numpy as np

from trainwell.course.cost import cross_entropy_sum
from trainwell.course.dictionary_network import (
    Cache,
    Labels,
    Parameters,
    backward,
    forward,
    layer_count,
    relu,
    sigmoid,
)
from trainwell.course.vectors import (
    dictionary_to_vector,
    flattened,
    gradients_to_vector,
    parameter_names,
    unflattened,
    vector_to_dictionary,
)
from trainwell.diagnosis.gradient_check import check_gradient
from trainwell.types import FloatArray

__all__ = [
    "backward_propagation",
    "backward_propagation_n",
    "backward_propagation_n_with_bugs",
    "dictionary_to_vector",
    "forward_propagation",
    "forward_propagation_n",
    "gradient_check",
    "gradient_check_n",
    "gradients_to_vector",
    "relu",
    "sigmoid",
    "vector_to_dictionary",
]

YELLOW, GREEN, PLAIN = "\033[93m", "\033[92m", "\033[0m"


def forward_propagation(x: float, theta: float) -> float:
    r"""Return :math:`J(\theta) = \theta x`.

    Parameters
    ----------
    x : float
        The input.
    theta : float
        The parameter.

    Returns
    -------
    float
        The product.

    Examples
    --------
    >>> from trainwell.course.gradient_checking import forward_propagation
    >>> forward_propagation(2, 4)
    8
    """
    return theta * x


def backward_propagation(x: float, theta: float) -> float:  # noqa: ARG001 - the course's
    r"""Return :math:`dJ / d\theta = x`.

    Parameters
    ----------
    x : float
        The input.
    theta : float
        The parameter, on which a straight line's slope does not depend.

    Returns
    -------
    float
        The input.

    Examples
    --------
    >>> from trainwell.course.gradient_checking import backward_propagation
    >>> backward_propagation(2, 4)
    2
    """
    return x


def gradient_check(x: float, theta: float, epsilon: float = 1e-7) -> float:
    r"""Compare the derivative of :math:`\theta x` with a central difference, and say the verdict.

    .. math::

        g' = \frac{J(\theta + \epsilon) - J(\theta - \epsilon)}{2 \epsilon}, \qquad
        \text{difference} = \frac{\lVert g - g' \rVert}{\lVert g \rVert + \lVert g' \rVert}

    Parameters
    ----------
    x : float
        The input.
    theta : float
        The parameter.
    epsilon : float, default=1e-7
        Step of the central difference, positive.

    Returns
    -------
    float
        The difference, in [0, 1].

    Raises
    ------
    ConfigurationError
        If ``epsilon`` is not positive.

    Examples
    --------
    >>> from trainwell.course.gradient_checking import gradient_check
    >>> gradient_check(2, 4)
    The gradient is correct!
    2.919335883291695e-10
    """
    check = check_gradient(
        lambda shifted: forward_propagation(x, float(shifted[0])),
        np.array([backward_propagation(x, theta)]),
        np.array([theta]),
        epsilon,
    )
    print("The gradient is correct!" if check.passed else "The gradient is wrong!")
    return check.difference


def forward_propagation_n(
    X: FloatArray, Y: Labels, parameters: Mapping[str, FloatArray]
) -> tuple[float, Cache]:
    """Return the network's mean cross-entropy and what the backward pass needs.

    Parameters
    ----------
    X : FloatArray of shape (I, B)
        Inputs; examples are columns.
    Y : ndarray of shape (1, B) or (B,)
        Labels, 0 or 1.
    parameters : mapping of str to FloatArray
        ``W1, b1, ..., WL, bL``.

    Returns
    -------
    cost : float
        Nats per example.
    cache : tuple of ndarray
        ``Z1, A1, W1, b1, ..., ZL, AL, WL, bL``.

    Examples
    --------
    >>> from trainwell.course import gradient_checking, test_cases
    >>> cost, _ = gradient_checking.forward_propagation_n(*test_cases.gradient_check_n_test_case())
    >>> round(cost, 12)
    2.407833389834
    """
    A, cache = forward(X, parameters)
    return 1.0 / X.shape[1] * cross_entropy_sum(A, Y), cache


def backward_propagation_n(X: FloatArray, Y: Labels, cache: Cache) -> Parameters:
    """Return the gradient of :func:`forward_propagation_n`, without the assignment's bugs.

    Parameters
    ----------
    X : FloatArray of shape (I, B)
        The inputs of the forward pass.
    Y : ndarray of shape (1, B) or (B,)
        Labels, 0 or 1.
    cache : tuple of ndarray
        What :func:`forward_propagation_n` returned.

    Returns
    -------
    dict of str to FloatArray
        ``dZ, dW, db`` of every layer and ``dA`` of the hidden ones, each with the number
        of its layer.

    See Also
    --------
    backward_propagation_n_with_bugs : What the student is given to check.
    """
    return backward(X, Y, cache, mean_first=False)


def backward_propagation_n_with_bugs(X: FloatArray, Y: Labels, cache: Cache) -> Parameters:
    """Return the gradient with the two bugs of the assignment: 2 in ``dW2``, 4 in ``db1``.

    Parameters
    ----------
    X : FloatArray of shape (I, B)
        The inputs of the forward pass.
    Y : ndarray of shape (1, B) or (B,)
        Labels, 0 or 1.
    cache : tuple of ndarray
        What :func:`forward_propagation_n` returned.

    Returns
    -------
    dict of str to FloatArray
        As :func:`backward_propagation_n`, but for the two faults; the faulty ``dW2`` and
        ``db1`` do not spread, because no other gradient is computed from them.

    Examples
    --------
    >>> from trainwell.course import gradient_checking, test_cases
    >>> X, Y, parameters = test_cases.gradient_check_n_test_case()
    >>> _, cache = gradient_checking.forward_propagation_n(X, Y, parameters)
    >>> wrong = gradient_checking.backward_propagation_n_with_bugs(X, Y, cache)
    >>> right = gradient_checking.backward_propagation_n(X, Y, cache)
    >>> sorted(name for name in right if (wrong[name] != right[name]).any())
    ['dW2', 'db1']
    """
    gradients = backward_propagation_n(X, Y, cache)
    return {**gradients, "dW2": gradients["dW2"] * 2, "db1": gradients["db1"] * 4}


def gradient_check_n(
    parameters: Mapping[str, FloatArray],
    gradients: Mapping[str, FloatArray],
    X: FloatArray,
    Y: Labels,
    epsilon: float = 1e-7,
) -> float:
    """Compare a network's gradient with central differences, and say the verdict.

    Parameters
    ----------
    parameters : mapping of str to FloatArray
        ``W1, b1, ..., WL, bL`` of any sizes; not modified.
    gradients : mapping of str to FloatArray
        ``dW1, db1, ..., dWL, dbL``, the gradient to check.
    X : FloatArray of shape (I, B)
        Inputs; examples are columns.
    Y : ndarray of shape (1, B) or (B,)
        Labels, 0 or 1.
    epsilon : float, default=1e-7
        Step of the central differences, positive.

    Returns
    -------
    float
        The difference of :func:`gradient_check` over all parameters, in [0, 1].

    Raises
    ------
    ConfigurationError
        If ``epsilon`` is not positive, or the cost is not finite.

    Notes
    -----
    The course calls every difference above 1e-7 a mistake, and so rejects its own
    corrected exercise, whose difference is 1.19e-7: with steps that small, the rounding
    of the cost is as large. The verdict here is that of
    :func:`trainwell.diagnosis.gradient_check.check_gradient`, which looks at each
    parameter again with steps of other sizes; the returned number is the course's.

    Examples
    --------
    >>> from contextlib import redirect_stdout
    >>> from io import StringIO
    >>> from trainwell.course import gradient_checking, test_cases
    >>> X, Y, parameters = test_cases.gradient_check_n_test_case()
    >>> _, cache = gradient_checking.forward_propagation_n(X, Y, parameters)
    >>> gradients = gradient_checking.backward_propagation_n(X, Y, cache)
    >>> with redirect_stdout(StringIO()) as printed:
    ...     difference = gradient_checking.gradient_check_n(parameters, gradients, X, Y)
    >>> "works perfectly fine" in printed.getvalue(), difference > 1e-7
    (True, True)
    """
    names = parameter_names(layer_count(parameters))
    shapes = {name: parameters[name].shape for name in names}
    check = check_gradient(
        lambda theta: forward_propagation_n(X, Y, unflattened(theta, shapes))[0],
        flattened(gradients, [f"d{name}" for name in names]),
        flattened(parameters, names),
        epsilon,
    )
    if check.passed:
        verdict = f"{GREEN}Your backward propagation works perfectly fine!"
    else:
        verdict = f"{YELLOW}There is a mistake in the backward propagation!"
    print(f"{verdict} difference = {check.difference}{PLAIN}")
    return check.difference
