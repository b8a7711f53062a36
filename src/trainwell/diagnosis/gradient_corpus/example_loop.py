"""A tanh and a sigmoid layer under the squared error, summed one example after the other."""

import numpy as np

HYPER = {"weight_decay": 0.02}
BACKWARD = ("grad",)


def case(seed):
    rng = np.random.default_rng(1400 + seed)
    params = {
        "W1": rng.normal(size=(5, 3)) * 0.7,
        "b1": rng.normal(size=5) * 0.3,
        "W2": rng.normal(size=(2, 5)) * 0.7,
        "b2": rng.normal(size=2) * 0.3,
    }
    X = rng.normal(size=(7, 3))
    Y = rng.uniform(0.1, 0.9, size=(7, 2))
    return params, (X, Y)


def forward(params, x):
    h = np.tanh(params["W1"] @ x + params["b1"])
    o = 1.0 / (1.0 + np.exp(-(params["W2"] @ h + params["b2"])))
    return h, o


def cost(params, X, Y):
    loss = 0.0
    for i in range(len(X)):
        h, o = forward(params, X[i])
        loss += 0.5 * np.sum((o - Y[i]) ** 2)
    loss /= len(X)
    decay = np.sum(params["W1"] ** 2) + np.sum(params["W2"] ** 2)
    return loss + 0.5 * HYPER["weight_decay"] * decay


def grad(params, X, Y):
    W1, W2 = params["W1"], params["W2"]
    dW1 = np.zeros_like(W1)
    db1 = np.zeros(len(W1))
    dW2 = np.zeros_like(W2)
    db2 = np.zeros(len(W2))
    n = X.shape[0]

    for i in range(n):
        h, o = forward(params, X[i])
        delta2 = (o - Y[i]) * o * (1 - o)
        dW2 += np.outer(delta2, h)
        db2 += delta2
        delta1 = (W2.T @ delta2) * (1 - h ** 2)
        dW1 += np.outer(delta1, X[i])
        db1 += delta1

    dW1 /= n
    db1 /= n
    dW2 /= n
    db2 /= n
    dW1 += HYPER["weight_decay"] * W1
    dW2 += HYPER["weight_decay"] * W2
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
