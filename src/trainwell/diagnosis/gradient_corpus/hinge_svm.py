"""A multi-class support vector machine: hinge loss, linear scores, masks without loops."""

import numpy as np

HYPER = {"reg": 0.1, "delta": 1.0}
BACKWARD = ("grad",)


def case(seed):
    rng = np.random.default_rng(700 + seed)
    params = {"W": rng.normal(size=(5, 4)) * 0.4, "b": rng.normal(size=4) * 0.3}
    X = rng.normal(size=(12, 5))
    y = rng.permutation(np.arange(12) % 4)
    return params, (X, y)


def cost(params, X, y):
    W, b = params["W"], params["b"]
    num_train = X.shape[0]
    scores = X.dot(W) + b
    correct_class_score = scores[np.arange(num_train), y][:, np.newaxis]
    margins = np.maximum(0, scores - correct_class_score + HYPER["delta"])
    margins[np.arange(num_train), y] = 0
    loss = np.sum(margins) / num_train
    loss += HYPER["reg"] * np.sum(W * W)
    return loss, margins


def grad(params, X, y, margins):
    W = params["W"]
    reg = HYPER["reg"]
    num_train = X.shape[0]

    mask = np.zeros(margins.shape)
    mask[margins > 0] = 1
    row_sum = np.sum(mask, axis=1)
    mask[np.arange(num_train), y] = -row_sum

    dscores = mask / num_train
    dW = np.dot(X.T, dscores)
    db = np.sum(dscores, axis=0)
    dW += 2 * reg * W
    return {"dW": dW, "db": db}
