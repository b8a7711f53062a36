"""Two layers with dropout and a penalty on everything, with reported mistakes."""

import numpy as np

HYPER = {"reg": 0.04, "p": 0.4}

BACKWARD = ("grad",)


def case(seed):
    rng = np.random.RandomState(7 * seed + 1)
    N, D, H, C = 8, 5, 9, 3
    params = {
        "W1": rng.randn(D, H) * 0.8,
        "b1": rng.randn(H) * 0.4,
        "W2": rng.randn(H, C) * 0.8,
        "b2": rng.randn(C) * 0.4,
    }
    kept = (rng.rand(N, H) >= HYPER["p"]).astype(float)
    y = rng.permutation(N) % C
    return params, (rng.randn(N, D), y, kept)


def cost(params, X, y, kept):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    N = X.shape[0]
    pre = X.dot(W1) + b1
    hidden = np.maximum(0, pre)
    dropped = hidden * kept / (1.0 - HYPER["p"])
    scores = dropped.dot(W2) + b2
    exp_scores = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    loss = np.sum(-np.log(probs[range(N), y])) / N
    loss = loss + HYPER["reg"] * (np.sum(W1 * W1) + np.sum(W2 * W2))
    loss = loss + HYPER["reg"] * (np.sum(b1 * b1) + np.sum(b2 * b2))
    return loss, (pre, dropped, probs)


def grad(params, X, y, kept, cache):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    reg = HYPER["reg"]
    pre, dropped, probs = cache
    N = X.shape[0]
    grads = {}

    dscores = probs.copy()
    dscores[range(N), y] -= 1
    dscores /= N

    dW2 = dropped.T.dot(dscores)
    dW2 += 2 * reg * W2
    db2 = np.sum(dscores, axis=0) + 2 * reg * b2

    ddropped = dscores.dot(W2.T)
    dhidden = ddropped * kept / (1.0 - HYPER["p"])
    dpre = dhidden * (pre > 0)
    dW1 = X.T.dot(dpre)
    dW1 += 2 * reg * W1
    db1 = np.sum(dpre, axis=0) + 2 * reg * b1

    grads["dW1"], grads["db1"] = dW1, db1
    grads["dW2"], grads["db2"] = dW2, db2
    return grads


BUGS = [
    {
        "name": "dropout_mask_not_applied",
        "source": "ddbourgin/numpy-ml#94: the dropout wrapper divided the gradient by the "
        "probability of keeping a unit, but did not apply the mask.",
        "old": '    dhidden = ddropped * kept / (1.0 - HYPER["p"])\n',
        "new": '    dhidden = ddropped / (1.0 - HYPER["p"])\n',
        "kinds": ("dropout", "mask", "operand"),
        "target": "dhidden",
    },
    {
        "name": "penalty_without_the_two",
        "source": "jingtinghuang/CS231n-Spring-2017#3: the gradient of the squared penalty lacked "
        "the factor two.",
        "old": "    dW1 += 2 * reg * W1\n",
        "new": "    dW1 += reg * W1\n",
        "kinds": ("regularisation", "constant", "factor"),
        "target": "dW1",
    },
    {
        "name": "penalty_of_the_bias_forgotten",
        "source": "Burton2000/CS231n-2017#9: the loss penalised the biases too, but their "
        "gradients did not contain the penalty.",
        "old": "    db1 = np.sum(dpre, axis=0) + 2 * reg * b1\n",
        "new": "    db1 = np.sum(dpre, axis=0)\n",
        "kinds": ("regularisation",),
        "target": "db1",
    },
]
