"""A tanh layer and a softmax, trained on cross-entropy damped by a power of the error."""

import numpy as np

HYPER = {"gamma": 1.7, "alpha": [0.6, 1.4, 0.9]}
BACKWARD = ("dloss_dpt", "softmax_pt_backward", "dense_backward", "grad")

N_IN, N_HIDDEN, N_CLASS, N_EXAMPLES = 4, 5, 3, 7


def case(seed):
    rng = np.random.default_rng(9100 + seed)
    params = {}
    params["W1"] = rng.standard_normal((N_IN, N_HIDDEN)) * 0.55
    params["b1"] = rng.standard_normal(N_HIDDEN) * 0.2
    params["W2"] = rng.standard_normal((N_HIDDEN, N_CLASS)) * 0.7
    params["b2"] = rng.standard_normal(N_CLASS) * 0.2
    X = rng.standard_normal((N_EXAMPLES, N_IN))
    y = rng.permutation(np.arange(N_EXAMPLES) % N_CLASS)
    return params, (X, y)


def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def pick(probs, y):
    """The probability that each example gives to its own class."""
    return probs[np.arange(len(y)), y]


def class_weights(y):
    return np.asarray(HYPER["alpha"])[y]


def cost(params, X, y):
    hidden = np.tanh(X @ params["W1"] + params["b1"])
    probs = softmax(hidden @ params["W2"] + params["b2"])
    p_t = pick(probs, y)
    losses = class_weights(y) * (1.0 - p_t) ** HYPER["gamma"] * -np.log(p_t)
    cache = {"hidden": hidden, "probs": probs, "p_t": p_t}
    return losses.mean(), cache


def dloss_dpt(p_t, y):
    gamma = HYPER["gamma"]
    rest = 1.0 - p_t
    from_power = gamma * rest ** (gamma - 1.0) * np.log(p_t)
    from_log = -(rest**gamma) / p_t
    return class_weights(y) * (from_power + from_log)


def softmax_pt_backward(d_pt, p_t, probs, y):
    """From p_t to the scores: dp_t / ds_j = p_t * ([j == t] - p_j)."""
    jac = -probs
    jac[np.arange(len(y)), y] += 1.0
    return (d_pt * p_t)[:, None] * jac


def dense_backward(d_out, inputs, weights):
    return inputs.T @ d_out, d_out.sum(axis=0), d_out @ weights.T


def grad(params, X, y, cache):
    hidden, probs, p_t = cache["hidden"], cache["probs"], cache["p_t"]
    grads = {}

    d_pt = dloss_dpt(p_t, y) / len(y)
    d_scores = softmax_pt_backward(d_pt, p_t, probs, y)
    grads["dW2"], grads["db2"], d_hidden = dense_backward(d_scores, hidden, params["W2"])

    d_pre = d_hidden * (1.0 - hidden**2)
    grads["dW1"], grads["db1"], _ = dense_backward(d_pre, X, params["W1"])
    return grads
