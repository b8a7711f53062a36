"""Dictionaries of parameters as one vector, in the course's order: ``W1, b1, W2, b2, ...``."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from trainwell.course.dictionary_network import Parameters, check_sizes, layer_count
from trainwell.errors import ShapeError
from trainwell.types import FloatArray

__all__ = ["dictionary_to_vector", "gradients_to_vector", "vector_to_dictionary"]

COURSE_SIZES = (4, 5, 3, 1)


def parameter_names(layers: int) -> tuple[str, ...]:
    """Return ``W1, b1, ..., WL, bL``."""
    return tuple(f"{kind}{layer}" for layer in range(1, layers + 1) for kind in "Wb")


def flattened(arrays: Mapping[str, FloatArray], names: Sequence[str]) -> FloatArray:
    """Return the named arrays behind one another, each in C order, as a vector (P,)."""
    return np.concatenate([arrays[name].ravel() for name in names])


def unflattened(theta: FloatArray, shapes: Mapping[str, tuple[int, ...]]) -> Parameters:
    """Cut a vector (P,) into arrays of these shapes; they are views of it."""
    arrays: Parameters = {}
    start = 0
    for name, shape in shapes.items():
        stop = start + shape[0] * shape[1]
        arrays[name] = theta[start:stop].reshape(shape)
        start = stop
    return arrays


def dictionary_to_vector(parameters: Mapping[str, FloatArray]) -> tuple[FloatArray, list[str]]:
    """Write parameters as one column.

    Parameters
    ----------
    parameters : mapping of str to FloatArray
        ``W1, b1, ..., WL, bL`` of any sizes.

    Returns
    -------
    theta : FloatArray of shape (P, 1)
        The numbers of ``W1``, row by row, then those of ``b1``, and so on.
    keys : list of str
        For each number the array it came from.

    See Also
    --------
    vector_to_dictionary : The way back.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.course.vectors import dictionary_to_vector
    >>> parameters = {"W1": np.array([[1.0, 2.0]]), "b1": np.array([[3.0]])}
    >>> theta, keys = dictionary_to_vector(parameters)
    >>> theta.ravel().tolist(), keys
    ([1.0, 2.0, 3.0], ['W1', 'W1', 'b1'])
    """
    names = parameter_names(layer_count(parameters))
    keys = [name for name in names for _ in range(parameters[name].size)]
    return flattened(parameters, names)[:, np.newaxis], keys


def vector_to_dictionary(
    theta: FloatArray, layers_dims: Sequence[int] = COURSE_SIZES
) -> Parameters:
    """Read parameters from one column.

    Parameters
    ----------
    theta : FloatArray of shape (P, 1) or (P,)
        What :func:`dictionary_to_vector` returned; not modified.
    layers_dims : sequence of int, default=(4, 5, 3, 1)
        Inputs of the network, then units of each layer; the default is the course's
        network of 47 numbers.

    Returns
    -------
    dict of str to FloatArray
        ``W1, b1, ..., WL, bL``, copies.

    Raises
    ------
    ConfigurationError
        If ``layers_dims`` is no network.
    ShapeError
        If the vector has another length than that network needs.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.course.vectors import vector_to_dictionary
    >>> parameters = vector_to_dictionary(np.arange(3.0), layers_dims=[2, 1])
    >>> parameters["W1"].tolist(), parameters["b1"].tolist()
    ([[0.0, 1.0]], [[2.0]])
    """
    check_sizes("vector_to_dictionary", layers_dims)
    shapes: dict[str, tuple[int, ...]] = {}
    for layer, (inputs, outputs) in enumerate(pairwise(layers_dims), start=1):
        shapes[f"W{layer}"] = (outputs, inputs)
        shapes[f"b{layer}"] = (outputs, 1)
    size = sum(rows * columns for rows, columns in shapes.values())
    if theta.size != size:
        expected = f"({size}, 1) for layers_dims {tuple(layers_dims)}"
        raise ShapeError.mismatch("vector_to_dictionary", "theta", theta.shape, expected)
    return unflattened(theta.flatten(), shapes)


def gradients_to_vector(gradients: Mapping[str, FloatArray]) -> FloatArray:
    """Write gradients as one column, in the order of the parameters.

    Parameters
    ----------
    gradients : mapping of str to FloatArray
        ``dW1, db1, ..., dWL, dbL`` of any sizes; other entries do not matter.

    Returns
    -------
    FloatArray of shape (P, 1)
        The numbers of ``dW1``, row by row, then those of ``db1``, and so on.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.course.vectors import gradients_to_vector
    >>> one = np.ones((1, 1))
    >>> gradients = {"dZ1": 9 * one, "db1": 2 * one, "dW1": one}
    >>> gradients_to_vector(gradients).ravel().tolist()
    [1.0, 2.0]
    """
    layers = sum(name.startswith("dW") for name in gradients)
    names = [f"d{name}" for name in parameter_names(layers)]
    return flattened(gradients, names)[:, np.newaxis]
