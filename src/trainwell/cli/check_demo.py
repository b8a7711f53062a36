"""The program of ``trainwell check --demo``: the course's network with its two planted bugs.

Written as its user writes it. Two statements of ``backward_propagation_n`` are wrong, and the
check has to find them; ``corrected_backward_propagation_n`` is right.
"""

import numpy as np

from trainwell.course.test_cases import gradient_check_n_test_case
from trainwell.types import FloatArray, IntArray

Parameters = dict[str, FloatArray]
Cache = tuple[FloatArray, ...]


def case() -> tuple[FloatArray, IntArray, Parameters]:
    """Return inputs of 3 examples, their labels, and the parameters of 4-5-3-1 units."""
    return gradient_check_n_test_case()


def relu(z: FloatArray) -> FloatArray:
    """Return what is positive of ``z``."""
    positive: FloatArray = np.maximum(0, z)
    return positive


def sigmoid(z: FloatArray) -> FloatArray:
    """Return the probability whose log odds are ``z``."""
    probability: FloatArray = 1 / (1 + np.exp(-z))
    return probability


def forward_propagation_n(
    X: FloatArray, Y: IntArray, parameters: Parameters
) -> tuple[float, Cache]:
    """Return the mean cross-entropy, and what the backward pass needs."""
    m = X.shape[1]
    W1, b1 = parameters["W1"], parameters["b1"]
    W2, b2 = parameters["W2"], parameters["b2"]
    W3, b3 = parameters["W3"], parameters["b3"]

    Z1 = np.dot(W1, X) + b1
    A1 = relu(Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = relu(Z2)
    Z3 = np.dot(W3, A2) + b3
    A3 = sigmoid(Z3)

    surprise = -Y * np.log(A3) - (1 - Y) * np.log(1 - A3)
    cost = 1.0 / m * np.sum(surprise)
    return cost, (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3)


def backward_propagation_n(X: FloatArray, Y: IntArray, cache: Cache) -> Parameters:
    """Return the gradients, of which two are wrong."""
    m = X.shape[1]
    (_, A1, _, _, _, A2, W2, _, _, A3, W3, _) = cache

    dZ3 = A3 - Y
    dW3 = 1.0 / m * np.dot(dZ3, A2.T)
    db3 = 1.0 / m * np.sum(dZ3, axis=1, keepdims=True)

    dA2 = np.dot(W3.T, dZ3)
    dZ2 = np.multiply(dA2, np.int64(A2 > 0))
    dW2 = 1.0 / m * np.dot(dZ2, A1.T) * 2
    db2 = 1.0 / m * np.sum(dZ2, axis=1, keepdims=True)

    dA1 = np.dot(W2.T, dZ2)
    dZ1 = np.multiply(dA1, np.int64(A1 > 0))
    dW1 = 1.0 / m * np.dot(dZ1, X.T)
    db1 = 4.0 / m * np.sum(dZ1, axis=1, keepdims=True)

    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2, "dW3": dW3, "db3": db3}


def corrected_backward_propagation_n(X: FloatArray, Y: IntArray, cache: Cache) -> Parameters:
    """Return the gradients, all of them right."""
    m = X.shape[1]
    (_, A1, _, _, _, A2, W2, _, _, A3, W3, _) = cache

    dZ3 = A3 - Y
    dW3 = 1.0 / m * np.dot(dZ3, A2.T)
    db3 = 1.0 / m * np.sum(dZ3, axis=1, keepdims=True)

    dA2 = np.dot(W3.T, dZ3)
    dZ2 = np.multiply(dA2, np.int64(A2 > 0))
    dW2 = 1.0 / m * np.dot(dZ2, A1.T)
    db2 = 1.0 / m * np.sum(dZ2, axis=1, keepdims=True)

    dA1 = np.dot(W2.T, dZ2)
    dZ1 = np.multiply(dA1, np.int64(A1 > 0))
    dW1 = 1.0 / m * np.dot(dZ1, X.T)
    db1 = 1.0 / m * np.sum(dZ1, axis=1, keepdims=True)

    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2, "dW3": dW3, "db3": db3}
