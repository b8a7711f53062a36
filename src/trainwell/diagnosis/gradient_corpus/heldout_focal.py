"""Focal loss with sample weights on a two-layer network, units x examples."""

import numpy as np

HYPER = {"alpha": 0.3, "gamma": 2.0}

BACKWARD = ("grad",)


def case(seed):
    rs = np.random.RandomState(seed * 13 + 4)
    n_x, n_h, m = 5, 7, 10
    theta = dict(
        W1=rs.randn(n_h, n_x) / np.sqrt(n_x),
        b1=rs.randn(n_h, 1) * 0.2,
        w2=rs.randn(1, n_h) / np.sqrt(n_h),
        b2=rs.randn(1, 1) * 0.2,
    )
    X = rs.randn(n_x, m)
    Y = rs.permutation(np.arange(m) % 2).reshape(1, m).astype(float)
    weight = rs.uniform(0.5, 2.0, size=(1, m))
    return theta, (X, Y, weight)


def softplus(z):
    return np.log(1 + np.exp(z))


def cost(params, X, Y, weight):
    z1 = np.dot(params["W1"], X) + params["b1"]
    a1 = softplus(z1)
    z2 = np.dot(params["w2"], a1) + params["b2"]
    p = 1 / (1 + np.exp(-z2))
    pt = Y * p + (1 - Y) * (1 - p)
    at = Y * HYPER["alpha"] + (1 - Y) * (1 - HYPER["alpha"])
    per_example = -at * (1 - pt) ** HYPER["gamma"] * np.log(pt)
    J = np.sum(weight * per_example) / np.sum(weight)
    return J, {"z1": z1, "a1": a1, "p": p, "pt": pt, "at": at}


def grad(params, X, Y, weight, cache):
    gamma = HYPER["gamma"]

    def loss_delta():
        pt, p = cache["pt"], cache["p"]
        w = weight / np.sum(weight)
        pull = gamma * (1 - pt) ** (gamma - 1) * np.log(pt)
        push = (1 - pt) ** gamma / pt
        d_pt = w * cache["at"] * (pull - push)
        d_p = d_pt * (2 * Y - 1)
        return d_p * p * (1 - p)

    def hidden_delta(delta_out):
        back = np.dot(params["w2"].T, delta_out)
        slope = 1 / (1 + np.exp(-cache["z1"]))
        return back * slope

    delta2 = loss_delta()
    delta1 = hidden_delta(delta2)

    def outer(delta, inputs):
        return np.dot(delta, inputs.T), np.sum(delta, axis=1, keepdims=True)

    dw2, db2 = outer(delta2, cache["a1"])
    dW1, db1 = outer(delta1, X)
    return {"dW1": dW1, "db1": db1, "dw2": dw2, "db2": db2}
