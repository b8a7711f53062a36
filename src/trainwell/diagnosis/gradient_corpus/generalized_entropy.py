"""Generalized cross-entropy with an entropy bonus, softsign units, one example per column."""

import numpy as np

HYPER = {"q": 0.65, "lam": 0.12}
BACKWARD = ("backprop", "output_delta", "grad")


def case(seed):
    rng = np.random.RandomState(515 + 17 * seed)
    n_x, n_h, n_y, m = 3, 6, 4, 8
    params = {
        "Wh": rng.randn(n_h, n_x) * 0.8,
        "bh": rng.randn(n_h, 1) * 0.3,
        "Wy": rng.randn(n_y, n_h) * 0.9,
        "by": rng.randn(n_y, 1) * 0.2,
    }
    while True:
        X = rng.randn(n_x, m)
        if np.abs(params["Wh"] @ X + params["bh"]).min() > 0.01:  # softsign bends at zero
            break
    labels = rng.randint(0, n_y, size=m)
    Y = np.zeros((n_y, m))
    for j, k in enumerate(labels):
        Y[k, j] = 1
    return params, (X, Y)


def softsign(Z):
    return Z / (1 + np.abs(Z))


def forward(params, X):
    Zh = np.dot(params["Wh"], X) + params["bh"]
    Ah = softsign(Zh)
    Zy = np.dot(params["Wy"], Ah) + params["by"]
    E = np.exp(Zy - np.max(Zy, axis=0))
    P = E / np.sum(E, axis=0)
    return P, (Zh, Ah, P)


def cost(params, X, Y):
    q, lam = HYPER["q"], HYPER["lam"]
    m = X.shape[1]
    P, cache = forward(params, X)
    pt = np.sum(P * Y, axis=0)
    J = np.sum((1 - pt**q) / q) / m
    # sum p log p is minus the entropy: to lower it is costly, spread-out outputs are cheap
    J += lam * np.sum(P * np.log(P)) / m
    return J, cache


def output_delta(P, Y):
    """Column by column: the loss by P, then the Jacobian of the softmax applied to it."""
    q, lam = HYPER["q"], HYPER["lam"]
    dZ = np.empty_like(P)
    for j in range(P.shape[1]):
        p = P[:, j]
        dp = lam * (np.log(p) + 1)
        t = np.argmax(Y[:, j])
        dp[t] -= p[t] ** (q - 1)
        dZ[:, j] = p * (dp - np.dot(p, dp))
    return dZ


def backprop(params, X, Y, cache):
    Zh, Ah, P = cache
    m = X.shape[1]

    dZy = output_delta(P, Y)
    dWy = np.dot(dZy, Ah.T) / m
    dby = np.sum(dZy, axis=1, keepdims=True) / m

    dAh = np.dot(params["Wy"].T, dZy)
    dZh = dAh / (1 + np.abs(Zh)) ** 2
    dWh = np.dot(dZh, X.T) / m
    dbh = np.sum(dZh, axis=1, keepdims=True) / m
    return dWh, dbh, dWy, dby


def grad(params, X, Y, cache):
    dWh, dbh, dWy, dby = backprop(params, X, Y, cache)
    return {"dWh": dWh, "dbh": dbh, "dWy": dWy, "dby": dby}
