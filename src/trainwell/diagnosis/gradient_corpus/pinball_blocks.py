"""Residual dense blocks with examples in columns, three quantiles by pinball loss, group lasso."""

import numpy as np

HYPER = {"taus": (0.1, 0.5, 0.85), "lasso": 0.02}
BACKWARD = ("grad", "dPinball", "dBlock", "dGroupLasso")


def case(seed):
    rng = np.random.default_rng(250 + 7 * seed)
    d, m, widths = 4, 7, (5, 2)
    for _ in range(2000):
        P = {}
        for k, width in enumerate(widths):
            P["A%d" % k] = 0.6 * rng.standard_normal((width, d))
            P["a%d" % k] = 0.3 * rng.standard_normal((width, 1))
            P["B%d" % k] = 0.6 * rng.standard_normal((d, width))
            P["b%d" % k] = 0.3 * rng.standard_normal((d, 1))
        P["Q"] = 0.5 * rng.standard_normal((3, d))
        P["q"] = np.array([[-0.8], [0.0], [0.8]]) + 0.1 * rng.standard_normal((3, 1))
        X = rng.standard_normal((d, m))
        y = rng.standard_normal((1, m))
        R = cost(P, X, y)[1]["R"]
        above = (R > 0).sum(axis=1)
        # every quantile has targets on both sides of it, and none of them close to it
        if np.abs(R).min() > 0.02 and above.min() > 0 and above.max() < m:
            break
    return P, (X, y)


def numBlocks(P):
    return sum(1 for name in P if name.startswith("A"))


def block(P, k, X):
    H = np.tanh(P["A%d" % k] @ X + P["a%d" % k])
    return X + P["B%d" % k] @ H + P["b%d" % k], H


def pinball(R, taus):
    total = 0.0
    for row, tau in zip(R, taus):
        for r in row:
            total += tau * r if r > 0 else (tau - 1) * r
    return total / R.shape[1]


def groupLasso(W):
    """One group per column, that is per input of the block."""
    return np.sqrt(W.shape[0]) * np.sum(np.sqrt(np.sum(W * W, axis=0)))


def cost(P, X, y):
    Xs, Hs = [X], []
    for k in range(numBlocks(P)):
        Xnext, H = block(P, k, Xs[-1])
        Xs.append(Xnext)
        Hs.append(H)
    R = y - (P["Q"] @ Xs[-1] + P["q"])

    J = pinball(R, HYPER["taus"])
    for k in range(numBlocks(P)):
        J += HYPER["lasso"] * groupLasso(P["A%d" % k])
    return J, {"Xs": Xs, "Hs": Hs, "R": R}


def dPinball(R, taus):
    dR = np.empty_like(R)
    for j, tau in enumerate(taus):
        dR[j] = np.where(R[j] > 0, tau, tau - 1)
    return dR / R.shape[1]


def dGroupLasso(W):
    norms = np.sqrt(np.sum(W * W, axis=0, keepdims=True))
    return np.sqrt(W.shape[0]) * W / norms


def dBlock(P, k, X, H, dOut, G):
    G["dB%d" % k] = dOut @ H.T
    G["db%d" % k] = dOut.sum(axis=1, keepdims=True)
    dZ = (P["B%d" % k].T @ dOut) * (1 - H * H)
    G["dA%d" % k] = dZ @ X.T + HYPER["lasso"] * dGroupLasso(P["A%d" % k])
    G["da%d" % k] = dZ.sum(axis=1, keepdims=True)
    return dOut + P["A%d" % k].T @ dZ


def grad(P, X, y, cache):
    G = {}
    dPred = -dPinball(cache["R"], HYPER["taus"])
    G["dQ"] = dPred @ cache["Xs"][-1].T
    G["dq"] = dPred.sum(axis=1, keepdims=True)
    dX = P["Q"].T @ dPred
    for k in range(numBlocks(P) - 1, -1, -1):
        dX = dBlock(P, k, cache["Xs"][k], cache["Hs"][k], dX, G)
    return G
