"""Three layers, ReLU, ReLU and sigmoid, with inverted dropout; units times examples, unrolled."""

import numpy as np

HYPER = {"keep_prob": 0.8}
BACKWARD = ("grad",)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def relu(z):
    return np.maximum(0, z)


def case(seed):
    rng = np.random.default_rng(200 + seed)
    params = {
        "W1": rng.normal(size=(7, 2)) * 0.8,
        "b1": rng.normal(size=(7, 1)) * 0.3,
        "W2": rng.normal(size=(5, 7)) * 0.5,
        "b2": rng.normal(size=(5, 1)) * 0.3,
        "W3": rng.normal(size=(1, 5)) * 0.5,
        "b3": rng.normal(size=(1, 1)) * 0.3,
    }
    X = rng.normal(size=(2, 11))
    Y = (np.arange(11) % 3 == 0).reshape(1, 11).astype(float)
    return params, (X, Y)


def cost(params, X, Y):
    np.random.seed(1)
    keep_prob = HYPER["keep_prob"]
    m = X.shape[1]
    W1, b1 = params["W1"], params["b1"]
    W2, b2 = params["W2"], params["b2"]
    W3, b3 = params["W3"], params["b3"]

    Z1 = np.dot(W1, X) + b1
    A1 = relu(Z1)
    D1 = np.random.rand(A1.shape[0], A1.shape[1])
    D1 = (D1 < keep_prob).astype(int)
    A1 = A1 * D1
    A1 = A1 / keep_prob
    Z2 = np.dot(W2, A1) + b2
    A2 = relu(Z2)
    D2 = np.random.rand(A2.shape[0], A2.shape[1])
    D2 = (D2 < keep_prob).astype(int)
    A2 = A2 * D2
    A2 = A2 / keep_prob
    Z3 = np.dot(W3, A2) + b3
    A3 = sigmoid(Z3)

    logprobs = np.multiply(-np.log(A3), Y) + np.multiply(-np.log(1 - A3), 1 - Y)
    cost = 1.0 / m * np.nansum(logprobs)
    cache = (Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3)
    return cost, cache


def grad(params, X, Y, cache):
    keep_prob = HYPER["keep_prob"]
    m = X.shape[1]
    (Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3) = cache

    dZ3 = 1.0 / m * (A3 - Y)
    dW3 = np.dot(dZ3, A2.T)
    db3 = np.sum(dZ3, axis=1, keepdims=True)

    dA2 = np.dot(W3.T, dZ3)
    dA2 = dA2 * D2
    dA2 = dA2 / keep_prob
    dZ2 = np.multiply(dA2, np.int64(Z2 > 0))
    dW2 = np.dot(dZ2, A1.T)
    db2 = np.sum(dZ2, axis=1, keepdims=True)

    dA1 = np.dot(W2.T, dZ2)
    dA1 = dA1 * D1
    dA1 = dA1 / keep_prob
    dZ1 = np.multiply(dA1, np.int64(Z1 > 0))
    dW1 = np.dot(dZ1, X.T)
    db1 = np.sum(dZ1, axis=1, keepdims=True)

    gradients = {"dW3": dW3, "db3": db3, "dW2": dW2, "db2": db2, "dW1": dW1, "db1": db1}
    return gradients
