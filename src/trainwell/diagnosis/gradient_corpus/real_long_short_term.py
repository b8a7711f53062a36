"""A long short-term memory over a few steps, with reported mistakes."""

import numpy as np

HYPER = {}

BACKWARD = ("grad", "step_backward")

HIDDEN = 3


def sigmoid(x, derivative=False):
    if derivative:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))


def tanh(x, derivative=False):
    if derivative:
        return 1 - x**2
    return np.tanh(x)


def case(seed):
    rng = np.random.RandomState(60 + seed)
    size, outputs, examples, steps = 4, 2, 6, 5
    params = {}
    for gate in "figo":
        params["W_" + gate] = 0.6 * rng.randn(HIDDEN, HIDDEN + size)
        params["b_" + gate] = 0.4 * rng.randn(HIDDEN, 1)
    params["W_v"] = 0.8 * rng.randn(outputs, HIDDEN)
    params["b_v"] = 0.4 * rng.randn(outputs, 1)
    xs = rng.randn(steps, size, examples)
    targets = rng.randn(steps, outputs, examples)
    return params, (xs, targets)


def cost(params, xs, targets):
    examples = xs.shape[2]
    h = np.zeros((HIDDEN, examples))
    C = np.zeros((HIDDEN, examples))
    loss = 0.0
    cache = []
    for t in range(len(xs)):
        C_prev = C
        z = np.concatenate([h, xs[t]], axis=0)
        f = sigmoid(np.dot(params["W_f"], z) + params["b_f"])
        i = sigmoid(np.dot(params["W_i"], z) + params["b_i"])
        g = tanh(np.dot(params["W_g"], z) + params["b_g"])
        o = sigmoid(np.dot(params["W_o"], z) + params["b_o"])
        C = f * C_prev + i * g
        h = o * tanh(C)
        v = np.dot(params["W_v"], h) + params["b_v"]
        loss = loss + 0.5 * np.sum((v - targets[t]) ** 2) / examples
        cache.append((z, f, i, g, o, C, C_prev, h, v))
    return loss, cache


def step_backward(params, cached, target, dh_next, dC_next, d):
    z, f, i, g, o, C, C_prev, h, v = cached
    dv = (v - target) / target.shape[1]
    d["dW_v"] += np.dot(dv, h.T)
    d["db_v"] += np.sum(dv, axis=1, keepdims=True)

    dh = np.dot(params["W_v"].T, dv)
    dh += dh_next
    do = dh * tanh(C)
    do = sigmoid(o, derivative=True) * do
    dC = np.copy(dC_next)
    dC += dh * o * tanh(tanh(C), derivative=True)
    dg = dC * i
    dg = tanh(g, derivative=True) * dg
    di = dC * g
    di = sigmoid(i, derivative=True) * di
    df = dC * C_prev
    df = sigmoid(f, derivative=True) * df

    dz = np.zeros_like(z)
    for gate, dgate in (("f", df), ("i", di), ("g", dg), ("o", do)):
        d["dW_" + gate] += np.dot(dgate, z.T)
        d["db_" + gate] += np.sum(dgate, axis=1, keepdims=True)
        dz += np.dot(params["W_" + gate].T, dgate)
    dh_prev = dz[:HIDDEN, :]
    dC_prev = f * dC
    return dh_prev, dC_prev


def grad(params, xs, targets, cache):
    d = {"d" + name: np.zeros_like(value) for name, value in params.items()}
    dh_next = np.zeros((HIDDEN, xs.shape[2]))
    dC_next = np.zeros((HIDDEN, xs.shape[2]))
    for t in reversed(range(len(xs))):
        dh_next, dC_next = step_backward(params, cache[t], targets[t], dh_next, dC_next, d)
    return d


BUGS = [
    {
        "name": "forget_gate_applied_for_its_derivative",
        "source": "CaptainE/RNN-LSTM-in-numpy#1: the forget gate's backward step called the "
        "sigmoid without asking for its derivative.",
        "old": "    df = sigmoid(f, derivative=True) * df\n",
        "new": "    df = sigmoid(f) * df\n",
        "kinds": ("activation-wrong", "operand"),
        "target": "df",
    },
    {
        "name": "nothing_carried_to_the_step_before",
        "source": "CaptainE/RNN-LSTM-in-numpy#1: the gradients of the states were computed but "
        "never handed to the step before, so that they stayed zero.",
        "old": "        dh_next, dC_next = step_backward("
        "params, cache[t], targets[t], dh_next, dC_next, d)\n",
        "new": "        dh_prev, dC_prev = step_backward("
        "params, cache[t], targets[t], dh_next, dC_next, d)\n",
        "kinds": ("path", "zero", "stale"),
        "target": "dh_next",
    },
]
