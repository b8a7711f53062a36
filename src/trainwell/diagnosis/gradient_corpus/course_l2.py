"""Three layers, ReLU, ReLU and sigmoid, cross-entropy with L2; units times examples, unrolled."""

import numpy as np

HYPER = {"lambd": 0.7}
BACKWARD = ("grad",)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def relu(z):
    return np.maximum(0, z)


def case(seed):
    rng = np.random.default_rng(100 + seed)
    params = {
        "W1": rng.normal(size=(6, 3)) * 0.7,
        "b1": rng.normal(size=(6, 1)) * 0.3,
        "W2": rng.normal(size=(4, 6)) * 0.5,
        "b2": rng.normal(size=(4, 1)) * 0.3,
        "W3": rng.normal(size=(1, 4)) * 0.6,
        "b3": rng.normal(size=(1, 1)) * 0.3,
    }
    X = rng.normal(size=(3, 9))
    Y = (np.arange(9) % 2).reshape(1, 9).astype(float)
    return params, (X, Y)


def cost(params, X, Y):
    lambd = HYPER["lambd"]
    m = X.shape[1]
    W1, b1 = params["W1"], params["b1"]
    W2, b2 = params["W2"], params["b2"]
    W3, b3 = params["W3"], params["b3"]

    Z1 = np.dot(W1, X) + b1
    A1 = relu(Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = relu(Z2)
    Z3 = np.dot(W3, A2) + b3
    A3 = sigmoid(Z3)

    cross_entropy = -1 / m * np.sum(Y * np.log(A3) + (1 - Y) * np.log(1 - A3))
    L2_cost = lambd / (2 * m) * (
        np.sum(np.square(W1)) + np.sum(np.square(W2)) + np.sum(np.square(W3))
    )
    cache = (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3)
    return cross_entropy + L2_cost, cache


def grad(params, X, Y, cache):
    lambd = HYPER["lambd"]
    m = X.shape[1]
    (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3) = cache

    dZ3 = A3 - Y
    dW3 = 1.0 / m * np.dot(dZ3, A2.T) + (lambd * W3) / m
    db3 = 1.0 / m * np.sum(dZ3, axis=1, keepdims=True)

    dA2 = np.dot(W3.T, dZ3)
    dZ2 = np.multiply(dA2, np.int64(A2 > 0))
    dW2 = 1.0 / m * np.dot(dZ2, A1.T) + (lambd * W2) / m
    db2 = 1.0 / m * np.sum(dZ2, axis=1, keepdims=True)

    dA1 = np.dot(W2.T, dZ2)
    dZ1 = np.multiply(dA1, np.int64(A1 > 0))
    dW1 = 1.0 / m * np.dot(dZ1, X.T) + (lambd * W1) / m
    db1 = 1.0 / m * np.sum(dZ1, axis=1, keepdims=True)

    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2, "dW3": dW3, "db3": db3}
