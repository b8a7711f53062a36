"""Logistic regression with an elastic net: L1 and L2 on the weights, none on the bias."""

import numpy as np

HYPER = {"l1": 0.03, "l2": 0.2}
BACKWARD = ("grad",)


def case(seed):
    rng = np.random.default_rng(800 + seed)
    params = {
        "w": rng.choice([-1, 1], size=6) * rng.uniform(0.1, 0.9, size=6),
        "b": rng.normal(size=1),
    }
    X = rng.normal(size=(11, 6))
    y = (rng.permutation(11) % 2).astype(float)
    return params, (X, y)


def predict(X, w, b):
    return 1.0 / (1.0 + np.exp(-(X @ w + b)))


def cost(params, X, y):
    w, b = params["w"], params["b"]
    p = predict(X, w, b)
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    return loss + HYPER["l1"] * np.sum(np.abs(w)) + 0.5 * HYPER["l2"] * np.sum(w ** 2)


def grad(params, X, y):
    w, b = params["w"], params["b"]
    n = len(y)
    error = predict(X, w, b) - y
    dw = X.T @ error / n
    dw = dw + HYPER["l1"] * np.sign(w)
    dw = dw + HYPER["l2"] * w
    db = np.sum(error, keepdims=True) / n
    return {"dw": dw, "db": db}
