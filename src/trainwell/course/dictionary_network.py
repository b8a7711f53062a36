"""The course's network: a dictionary of ``W1, b1, ..., WL, bL``, rectified layers, one sigmoid.

The course writes the network for three layers; here the number of layers is that of
the dictionary. The order of every operation is the course's, so the numbers are its
numbers to the last digit.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainwell.errors import ConfigurationError, DataError, ShapeError
from trainwell.network.activations import relu, sigmoid
from trainwell.types import BoolArray, FloatArray, IntArray

Parameters = dict[str, FloatArray]
Labels = NDArray[Any]
Cache = tuple[NDArray[Any], ...]

__all__ = [
    "backward_propagation",
    "forward_propagation",
    "predict",
    "predict_dec",
    "relu",
    "sigmoid",
    "update_parameters",
]


def layer_count(parameters: Mapping[str, FloatArray]) -> int:
    """Return the number of layers of a dictionary ``W1, b1, ..., WL, bL``."""
    return len(parameters) // 2


def check_sizes(owner: str, layers_dims: Sequence[int]) -> None:
    """Refuse layer sizes that are no network."""
    if len(layers_dims) < 2 or any(size < 1 for size in layers_dims):
        domain = "at least two positive sizes"
        raise ConfigurationError.out_of_range(owner, "layers_dims", layers_dims, domain)


def check_examples(owner: str, X: FloatArray, Y: Labels) -> None:
    """Refuse inputs and labels that are not columns of the same examples."""
    if X.ndim != 2 or X.shape[1] == 0:
        raise ShapeError.mismatch(owner, "X", X.shape, "(inputs, examples)")
    if Y.shape != (1, X.shape[1]):
        raise ShapeError.mismatch(owner, "Y", Y.shape, f"(1, {X.shape[1]})")


def check_training(X: FloatArray, Y: Labels, updates: str, count: int) -> None:
    """Refuse what a ``model`` cannot be trained on, or a negative number of ``updates``."""
    check_examples("model", X, Y)
    if not np.isfinite(X).all():
        raise DataError.in_array("model", "X", "must be finite")
    if not np.isin(Y, (0, 1)).all():
        raise DataError.in_array("model", "Y", "must hold labels 0 and 1 alone")
    if count < 0:
        raise ConfigurationError.out_of_range("model", updates, count, "at least 0")


def forward(
    X: FloatArray,
    parameters: Mapping[str, FloatArray],
    kept: Sequence[BoolArray] = (),
    keep_prob: float = 1.0,
) -> tuple[FloatArray, Cache]:
    """Run the network, with dropout if there are masks.

    Parameters
    ----------
    X : FloatArray of shape (I, B)
        Inputs; examples are columns.
    parameters : mapping of str to FloatArray
        ``W1, b1, ..., WL, bL``.
    kept : sequence of BoolArray of shape (U, B)
        A mask for every hidden layer, or none.
    keep_prob : float, default=1.0
        By which what was kept is divided.

    Returns
    -------
    A : FloatArray of shape (1, B)
        Probability of label 1.
    cache : tuple of ndarray
        ``Z, A, W, b`` of each layer; a mask stands behind the ``Z`` of its layer.
    """
    cache: list[NDArray[Any]] = []
    A = X
    last = layer_count(parameters)
    for layer in range(1, last):
        W, b = parameters[f"W{layer}"], parameters[f"b{layer}"]
        Z = np.dot(W, A) + b
        A = relu(Z)
        cache.append(Z)
        if kept:
            A = A * kept[layer - 1] / keep_prob
            cache.append(kept[layer - 1])
        cache += (A, W, b)
    W, b = parameters[f"W{last}"], parameters[f"b{last}"]
    Z = np.dot(W, A) + b
    A = sigmoid(Z)
    return A, (*cache, Z, A, W, b)


def backward(
    X: FloatArray,
    Y: Labels,
    cache: Cache,
    *,
    mean_first: bool,
    lambd: float = 0.0,
    keep_prob: float | None = None,
) -> Parameters:
    """Run the network backwards.

    Parameters
    ----------
    X : FloatArray of shape (I, B)
        The inputs of the forward pass.
    Y : ndarray of shape (1, B) or (B,)
        Labels, 0 or 1.
    cache : tuple of ndarray
        What :func:`forward` returned.
    mean_first : bool
        Where to divide by the number of examples: at the output, as ``init_utils`` and
        ``opt_utils`` do, which call the gradients ``dz3``; or at each weight, as
        ``reg_utils`` and the graded functions do, which call them ``dZ3``.
    lambd : float, default=0.0
        Strength of the L2 penalty.
    keep_prob : float, optional
        That of the forward pass; given where the cache holds masks.

    Returns
    -------
    dict of str to FloatArray
        ``dZ, dW, db`` of every layer and ``dA`` of the hidden ones, each with the number
        of its layer.
    """
    examples = X.shape[1]
    hidden = 4 if keep_prob is None else 5
    at_output, at_weight = (1.0 / examples, 1.0) if mean_first else (1.0, 1.0 / examples)
    dz, da = ("dz", "da") if mean_first else ("dZ", "dA")
    layer = (len(cache) - 4) // hidden + 1
    *before, _, A, W, _ = cache
    dZ = at_output * (A - Y)
    gradients: Parameters = {}
    while True:
        A = before[-3] if before else X
        dW = at_weight * np.dot(dZ, A.T)
        gradients[f"{dz}{layer}"] = dZ
        gradients[f"dW{layer}"] = dW + lambd / examples * W if lambd else dW
        gradients[f"db{layer}"] = at_weight * np.add.reduce(dZ, axis=1, keepdims=True)
        if not before:
            return gradients
        layer -= 1
        dA = np.dot(W.T, dZ)
        if keep_prob is not None:
            dA = dA * before[-4] / keep_prob
        gradients[f"{da}{layer}"] = dA
        dZ = dA * (A > 0)
        W = before[-2]
        before = before[:-hidden]


def forward_propagation(
    X: FloatArray, parameters: Mapping[str, FloatArray]
) -> tuple[FloatArray, Cache]:
    r"""Compute the network's output.

    .. math::

        Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}, \qquad
        A^{[l]} = \max(0, Z^{[l]}), \qquad
        A^{[L]} = \frac{1}{1 + e^{-Z^{[L]}}}

    Parameters
    ----------
    X : FloatArray of shape (I, B)
        Inputs; examples are columns.
    parameters : mapping of str to FloatArray
        ``W1, b1, ..., WL, bL``, weights of shape (O, I), biases of shape (O, 1).

    Returns
    -------
    A : FloatArray of shape (1, B)
        Probability of label 1, in [0, 1].
    cache : tuple of ndarray
        ``Z1, A1, W1, b1, ..., ZL, AL, WL, bL``: what the backward pass needs.

    See Also
    --------
    backward_propagation : Takes the cache.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.course.dictionary_network import forward_propagation
    >>> parameters = {"W1": np.array([[2.0]]), "b1": np.array([[-2.0]])}
    >>> A, cache = forward_propagation(np.array([[1.0, 1000.0]]), parameters)
    >>> A.tolist(), len(cache)
    ([[0.5, 1.0]], 4)
    """
    return forward(X, parameters)


def backward_propagation(X: FloatArray, Y: Labels, cache: Cache) -> Parameters:
    r"""Compute the gradient of the mean cross-entropy, the mean taken at the output.

    .. math::

        dz^{[L]} &= \tfrac{1}{m} (a^{[L]} - y), &
        dW^{[l]} &= dz^{[l]} a^{[l-1]T}, & db^{[l]} &= \textstyle\sum_i dz^{[l](i)}, \\
        da^{[l-1]} &= W^{[l]T} dz^{[l]}, & dz^{[l]} &= da^{[l]} \, [a^{[l]} > 0]

    Parameters
    ----------
    X : FloatArray of shape (I, B)
        The inputs of the forward pass.
    Y : ndarray of shape (1, B)
        Labels, 0 or 1.
    cache : tuple of ndarray
        What :func:`forward_propagation` returned.

    Returns
    -------
    dict of str to FloatArray
        ``dz, dW, db`` of every layer and ``da`` of the hidden ones, each with the number
        of its layer.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.course.dictionary_network import backward_propagation, forward_propagation
    >>> X, Y = np.array([[1.0, 3.0]]), np.array([[0, 1]])
    >>> parameters = {"W1": np.zeros((1, 1)), "b1": np.zeros((1, 1))}
    >>> gradients = backward_propagation(X, Y, forward_propagation(X, parameters)[1])
    >>> gradients["dW1"].tolist(), gradients["db1"].tolist()
    ([[-0.5]], [[0.0]])
    """
    return backward(X, Y, cache, mean_first=True)


def update_parameters(
    parameters: Mapping[str, FloatArray], grads: Mapping[str, FloatArray], learning_rate: float
) -> Parameters:
    r"""Take one step of gradient descent, :math:`W \leftarrow W - \alpha\, dW`.

    Parameters
    ----------
    parameters : mapping of str to FloatArray
        ``W1, b1, ..., WL, bL``; not modified.
    grads : mapping of str to FloatArray
        ``dW1, db1, ..., dWL, dbL``; other entries do not matter.
    learning_rate : float
        Length of the step, positive.

    Returns
    -------
    dict of str to FloatArray
        The parameters after the step.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.course.dictionary_network import update_parameters
    >>> one = np.ones((1, 1))
    >>> after = update_parameters({"W1": one, "b1": one}, {"dW1": one, "db1": -one}, 0.25)
    >>> after["W1"].item(), after["b1"].item()
    (0.75, 1.25)
    """
    return {name: value - learning_rate * grads["d" + name] for name, value in parameters.items()}


def predict_dec(parameters: Mapping[str, FloatArray], X: FloatArray) -> BoolArray:
    """Say for each example whether its probability is above one half.

    Parameters
    ----------
    parameters : mapping of str to FloatArray
        ``W1, b1, ..., WL, bL``.
    X : FloatArray of shape (I, B)
        Inputs; examples are columns.

    Returns
    -------
    BoolArray of shape (1, B)
        True for label 1.

    See Also
    --------
    predict : The same as numbers, with the accuracy.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.course.dictionary_network import predict_dec
    >>> parameters = {"W1": np.ones((1, 1)), "b1": np.zeros((1, 1))}
    >>> predict_dec(parameters, np.array([[-1.0, 0.0, 1.0]])).tolist()
    [[False, False, True]]
    """
    A, _ = forward_propagation(X, parameters)
    decisions: BoolArray = A > 0.5
    return decisions


def predict(X: FloatArray, y: Labels, parameters: Mapping[str, FloatArray]) -> IntArray:
    """Label the examples and print the share that is right.

    Parameters
    ----------
    X : FloatArray of shape (I, B)
        Inputs; examples are columns.
    y : ndarray of shape (1, B)
        The true labels, 0 or 1.
    parameters : mapping of str to FloatArray
        ``W1, b1, ..., WL, bL``.

    Returns
    -------
    IntArray of shape (1, B)
        1 where the probability is above one half, else 0.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.course.dictionary_network import predict
    >>> parameters = {"W1": np.ones((1, 1)), "b1": np.zeros((1, 1))}
    >>> predict(np.array([[-1.0, 2.0]]), np.array([[1, 1]]), parameters).tolist()
    Accuracy: 0.5
    [[0, 1]]
    """
    labels = predict_dec(parameters, X).astype(int)
    print(f"Accuracy: {np.mean(labels[0] == y[0])}")
    return labels
