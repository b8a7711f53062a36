"""One hidden layer with batch normalisation, tanh and a linear output; examples in rows."""

import numpy as np

HYPER = {"eps": 1e-3}
BACKWARD = ("grad", "batchnorm_backward")


def case(seed):
    rng = np.random.default_rng(400 + seed)
    params = {
        "W1": rng.normal(0, 0.6, (4, 6)),
        "gamma": rng.uniform(0.5, 1.5, 6),
        "beta": rng.normal(0, 0.3, 6),
        "W2": rng.normal(0, 0.6, (6, 2)),
        "b2": rng.normal(0, 0.3, 2),
    }
    x = rng.normal(size=(8, 4))
    t = rng.normal(size=(8, 2))
    return params, (x, t)


def batchnorm_forward(x, gamma, beta, eps):
    mu = np.mean(x, axis=0)
    xc = x - mu
    var = np.mean(xc ** 2, axis=0)
    std = np.sqrt(var + eps)
    xhat = xc / std
    out = gamma * xhat + beta
    return out, (xc, var, std, xhat, gamma, eps)


def batchnorm_backward(dout, cache):
    xc, var, std, xhat, gamma, eps = cache
    N = dout.shape[0]

    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma

    dvar = np.sum(dxhat * xc, axis=0) * -0.5 * (var + eps) ** -1.5
    inv_std = 1.0 / np.sqrt(var + eps)
    dmu = np.sum(dxhat * -inv_std, axis=0) + dvar * np.mean(-2.0 * xc, axis=0)
    dx = (
        dxhat * inv_std
        + dvar * 2.0 * xc / N
        + dmu / N
    )
    return dx, dgamma, dbeta


def cost(params, x, t):
    a1 = x @ params["W1"]
    n1, bn_cache = batchnorm_forward(a1, params["gamma"], params["beta"], HYPER["eps"])
    h1 = np.tanh(n1)
    y = h1 @ params["W2"] + params["b2"]
    loss = 0.5 * np.sum((y - t) ** 2) / x.shape[0]
    return loss, (bn_cache, h1, y)


def grad(params, x, t, cache):
    bn_cache, h1, y = cache
    dy = (y - t) / x.shape[0]
    dW2 = h1.T @ dy
    db2 = dy.sum(axis=0)
    dh1 = dy @ params["W2"].T
    dn1 = dh1 * (1.0 - h1 * h1)
    da1, dgamma, dbeta = batchnorm_backward(dn1, bn_cache)
    dW1 = x.T @ da1
    return {
        "dW1": dW1,
        "dgamma": dgamma,
        "dbeta": dbeta,
        "dW2": dW2,
        "db2": db2,
    }
