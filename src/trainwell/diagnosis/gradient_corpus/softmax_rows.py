"""Tanh and sigmoid layers under a softmax with L2; examples in rows, integer labels."""

import numpy as np

HYPER = {"reg": 0.05}
BACKWARD = ("grad",)


def case(seed):
    rng = np.random.default_rng(300 + seed)
    params = {
        "W1": 0.5 * rng.standard_normal((5, 7)),
        "b1": 0.2 * rng.standard_normal(7),
        "W2": 0.5 * rng.standard_normal((7, 6)),
        "b2": 0.2 * rng.standard_normal(6),
        "W3": 0.7 * rng.standard_normal((6, 3)),
        "b3": 0.2 * rng.standard_normal(3),
    }
    X = rng.standard_normal((10, 5))
    y = rng.permutation(np.arange(10) % 3)
    return params, (X, y)


def cost(params, X, y):
    reg = HYPER["reg"]
    N = X.shape[0]
    h1 = np.tanh(X @ params["W1"] + params["b1"])
    h2 = 1.0 / (1.0 + np.exp(-(h1 @ params["W2"] + params["b2"])))
    scores = h2 @ params["W3"] + params["b3"]

    shifted = scores - scores.max(axis=1, keepdims=True)
    probs = np.exp(shifted)
    probs /= probs.sum(axis=1, keepdims=True)
    loss = -np.log(probs[np.arange(N), y]).mean()
    for name in ("W1", "W2", "W3"):
        loss += 0.5 * reg * np.sum(params[name] ** 2)
    return loss, (h1, h2, probs)


def grad(params, X, y, cache):
    reg = HYPER["reg"]
    N = X.shape[0]
    h1, h2, probs = cache
    W2, W3 = params["W2"], params["W3"]
    grads = {}

    dscores = probs.copy()
    dscores[np.arange(N), y] -= 1
    dscores /= N

    grads["dW3"] = h2.T @ dscores + reg * W3
    grads["db3"] = dscores.sum(axis=0)

    dh2 = dscores @ W3.T
    dz2 = dh2 * h2 * (1 - h2)
    grads["dW2"] = h1.T @ dz2 + reg * W2
    grads["db2"] = dz2.sum(axis=0)

    dh1 = dz2 @ W2.T
    dz1 = dh1 * (1 - h1 ** 2)
    grads["dW1"] = X.T @ dz1 + reg * params["W1"]
    grads["db1"] = dz1.sum(axis=0)
    return grads
