"""The inputs on which the course tests each graded function, drawn as the course draws them."""

from collections.abc import Mapping

import numpy as np

from trainwell.course.dictionary_network import Cache, Labels, Parameters, forward_propagation
from trainwell.course.dropout import forward_propagation_with_dropout
from trainwell.course.updates import initialize_adam, initialize_velocity
from trainwell.types import BoolArray, FloatArray, IntArray

__all__ = [
    "backward_propagation_with_dropout_test_case",
    "backward_propagation_with_regularization_test_case",
    "compute_cost_with_regularization_test_case",
    "forward_propagation_with_dropout_test_case",
    "gradient_check_n_test_case",
    "initialize_adam_test_case",
    "initialize_velocity_test_case",
    "load_params_and_grads",
    "random_mini_batches_test_case",
    "update_parameters_with_adam_test_case",
    "update_parameters_with_gd_test_case",
    "update_parameters_with_momentum_test_case",
]

SEED = 1
THREE_LAYERS = {
    "W1": (2, 3), "b1": (2, 1), "W2": (3, 2), "b2": (3, 1), "W3": (1, 3), "b3": (1, 1),
}  # fmt: skip
TWO_LAYERS = {"W1": (2, 3), "b1": (2, 1), "W2": (3, 3), "b2": (3, 1)}
CHECKED = {
    "W1": (5, 4), "b1": (5, 1), "W2": (3, 5), "b2": (3, 1), "W3": (1, 3), "b3": (1, 1),
}  # fmt: skip
PRINTED_DECIMALS = 8


def _drawn(shapes: Mapping[str, tuple[int, int]], seed: int = SEED) -> Parameters:
    """Draw normal arrays in this order from the legacy generator."""
    rng = np.random.RandomState(seed)
    return {name: rng.randn(*shape) for name, shape in shapes.items()}


def _drawn_with_inputs(
    inputs: tuple[int, int], shapes: Mapping[str, tuple[int, int]]
) -> tuple[FloatArray, Parameters]:
    parameters = _drawn({"X": inputs, **shapes})
    return parameters.pop("X"), parameters


def compute_cost_with_regularization_test_case() -> tuple[FloatArray, IntArray, Parameters]:
    """Return ``A3``, ``Y`` and parameters of a 3-2-3-1 network.

    Returns
    -------
    A3 : FloatArray of shape (1, 5)
        Probabilities with 8 decimals, which do not belong to the parameters.
    Y : IntArray of shape (1, 5)
        Labels.
    parameters : dict of str to FloatArray
        ``W1, b1, ..., W3, b3``.
    """
    A3 = np.array([[0.40682402, 0.01629284, 0.16722898, 0.10118111, 0.40682402]])
    return A3, np.array([[1, 1, 0, 1, 0]]), _drawn(THREE_LAYERS)


def backward_propagation_with_regularization_test_case() -> tuple[FloatArray, IntArray, Cache]:
    """Return ``X``, ``Y`` and the cache of their forward pass through a 3-2-3-1 network.

    Returns
    -------
    X : FloatArray of shape (3, 5)
        Inputs.
    Y : IntArray of shape (1, 5)
        Labels.
    cache : tuple of ndarray
        ``Z1, A1, W1, b1, ..., Z3, A3, W3, b3``, where the course has the same numbers
        rounded to 8 decimals.
    """
    X, parameters = _drawn_with_inputs((3, 5), THREE_LAYERS)
    _, cache = forward_propagation(X, parameters)
    return X, np.array([[1, 1, 0, 1, 0]]), cache


def forward_propagation_with_dropout_test_case() -> tuple[FloatArray, Parameters]:
    """Return ``X`` and parameters of a 3-2-3-1 network.

    Returns
    -------
    X : FloatArray of shape (3, 5)
        Inputs.
    parameters : dict of str to FloatArray
        ``W1, b1, ..., W3, b3``.
    """
    return _drawn_with_inputs((3, 5), THREE_LAYERS)


def backward_propagation_with_dropout_test_case() -> tuple[FloatArray, IntArray, Cache]:
    """Return ``X``, ``Y`` and the cache of a forward pass that kept half of the units.

    Returns
    -------
    X : FloatArray of shape (3, 5)
        Inputs.
    Y : IntArray of shape (1, 5)
        Labels.
    cache : tuple of ndarray
        ``Z1, D1, A1, W1, b1, ..., Z3, A3, W3, b3``, rounded to 8 decimals as in the course.

    Notes
    -----
    The course then calls the backward pass with ``keep_prob=0.8``, which is not the 0.5
    of this cache; its printed numbers are of that call.
    """
    X, parameters = _drawn_with_inputs((3, 5), THREE_LAYERS)
    _, cache = forward_propagation_with_dropout(X, parameters, keep_prob=0.5)
    return X, np.array([[1, 1, 0, 1, 0]]), tuple(_printed(array) for array in cache)


def _printed(array: FloatArray | BoolArray) -> FloatArray | BoolArray:
    """Round numbers to what the course prints of them; masks have nothing to round."""
    if array.dtype == bool:
        return array
    rounded: FloatArray = np.round(array, PRINTED_DECIMALS)
    return rounded


def gradient_check_n_test_case() -> tuple[FloatArray, IntArray, Parameters]:
    """Return ``X``, ``Y`` and parameters of the 4-5-3-1 network of 47 numbers.

    Returns
    -------
    X : FloatArray of shape (4, 3)
        Inputs.
    Y : IntArray of shape (3,)
        Labels; one axis, as in the course.
    parameters : dict of str to FloatArray
        ``W1, b1, ..., W3, b3``.
    """
    X, parameters = _drawn_with_inputs((4, 3), CHECKED)
    return X, np.array([1, 1, 0]), parameters


def load_params_and_grads(seed: int = SEED) -> tuple[FloatArray, ...]:
    """Draw parameters of a 3-2-3 network and gradients for them.

    Parameters
    ----------
    seed : int, default=1
        Of the legacy generator.

    Returns
    -------
    tuple of FloatArray
        ``W1, b1, W2, b2, dW1, db1, dW2, db2``.
    """
    shapes = {**TWO_LAYERS, **{f"d{name}": shape for name, shape in TWO_LAYERS.items()}}
    return tuple(_drawn(shapes, seed).values())


def _parameters_and_gradients() -> tuple[Parameters, Parameters]:
    arrays = load_params_and_grads()
    names = tuple(TWO_LAYERS)
    parameters = dict(zip(names, arrays[:4], strict=True))
    return parameters, {f"d{name}": array for name, array in zip(names, arrays[4:], strict=True)}


def update_parameters_with_gd_test_case() -> tuple[Parameters, Parameters, float]:
    """Return parameters of a 3-2-3 network, gradients and the learning rate 0.01.

    Returns
    -------
    parameters : dict of str to FloatArray
        ``W1, b1, W2, b2``.
    grads : dict of str to FloatArray
        ``dW1, db1, dW2, db2``.
    learning_rate : float
        0.01.
    """
    parameters, grads = _parameters_and_gradients()
    return parameters, grads, 0.01


def random_mini_batches_test_case() -> tuple[FloatArray, Labels, int]:
    """Return 148 examples and the size of a mini-batch.

    Returns
    -------
    X : FloatArray of shape (12288, 148)
        Inputs.
    Y : BoolArray of shape (1, 148)
        Labels.
    mini_batch_size : int
        64.
    """
    rng = np.random.RandomState(SEED)
    X = rng.randn(12288, 148)
    return X, rng.randn(1, 148) < 0.5, 64


def initialize_velocity_test_case() -> Parameters:
    """Return parameters of a 3-2-3 network."""
    return _drawn(TWO_LAYERS)


def update_parameters_with_momentum_test_case() -> tuple[Parameters, Parameters, Parameters]:
    """Return parameters of a 3-2-3 network, gradients and a velocity of zero.

    Returns
    -------
    parameters : dict of str to FloatArray
        ``W1, b1, W2, b2``.
    grads : dict of str to FloatArray
        ``dW1, db1, dW2, db2``.
    v : dict of str to FloatArray
        Zeros with the names of the gradients.
    """
    parameters, grads = _parameters_and_gradients()
    return parameters, grads, initialize_velocity(parameters)


def initialize_adam_test_case() -> Parameters:
    """Return parameters of a 3-2-3 network."""
    return _drawn(TWO_LAYERS)


def update_parameters_with_adam_test_case() -> tuple[
    Parameters, Parameters, Parameters, Parameters
]:
    """Return parameters of a 3-2-3 network, gradients and moments of zero.

    Returns
    -------
    parameters : dict of str to FloatArray
        ``W1, b1, W2, b2``.
    grads : dict of str to FloatArray
        ``dW1, db1, dW2, db2``.
    v : dict of str to FloatArray
        Zeros with the names of the gradients.
    s : dict of str to FloatArray
        Zeros with the names of the gradients.
    """
    parameters, grads = _parameters_and_gradients()
    v, s = initialize_adam(parameters)
    return parameters, grads, v, s
