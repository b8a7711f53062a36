"""Leaky ReLU, a swish block with a skip connection, and the mean squared error; rows."""

import numpy as np

HYPER = {"alpha": 0.1}
BACKWARD = ("grad", "leaky_relu_prime", "swish_prime")


def case(seed):
    rng = np.random.default_rng(500 + seed)
    params = {
        "W1": rng.normal(size=(3, 5)) * 0.7,
        "b1": rng.normal(size=5) * 0.4,
        "W2": rng.normal(size=(5, 5)) * 0.5,
        "b2": rng.normal(size=5) * 0.4,
        "W3": rng.normal(size=(5, 2)) * 0.6,
        "b3": rng.normal(size=2) * 0.4,
    }
    X = rng.normal(size=(9, 3))
    T = rng.normal(size=(9, 2))
    return params, (X, T)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def leaky_relu(z):
    return np.where(z > 0, z, HYPER["alpha"] * z)


def leaky_relu_prime(z):
    alpha = HYPER["alpha"]
    return np.where(z > 0, 1.0, alpha)


def swish(z):
    return z * sigmoid(z)


def swish_prime(z):
    s = sigmoid(z)
    return s + z * s * (1 - s)


def cost(params, X, T):
    z1 = X.dot(params["W1"]) + params["b1"]
    a1 = leaky_relu(z1)
    z2 = a1.dot(params["W2"]) + params["b2"]
    a2 = swish(z2) + a1  # skip connection
    y = a2.dot(params["W3"]) + params["b3"]
    loss = np.mean((y - T) ** 2)
    cache = {"z1": z1, "a1": a1, "z2": z2, "a2": a2, "y": y}
    return loss, cache


def grad(params, X, T, cache):
    y = cache["y"]
    delta3 = 2 * (y - T) / T.size
    dW3 = cache["a2"].T.dot(delta3)
    db3 = delta3.sum(axis=0)

    da2 = delta3.dot(params["W3"].T)
    delta2 = da2 * swish_prime(cache["z2"])
    dW2 = cache["a1"].T.dot(delta2)
    db2 = delta2.sum(axis=0)

    da1 = delta2.dot(params["W2"].T) + da2
    delta1 = da1 * leaky_relu_prime(cache["z1"])
    dW1 = X.T.dot(delta1)
    db1 = delta1.sum(axis=0)
    return dict(dW1=dW1, db1=db1, dW2=dW2, db2=db2, dW3=dW3, db3=db3)
