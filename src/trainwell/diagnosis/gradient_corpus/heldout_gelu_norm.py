"""A regression network with layer normalisation and GELU, as pairs of functions."""

import numpy as np

HYPER = {"eps": 1e-5}

BACKWARD = ("grad", "affine_backward", "layernorm_backward", "gelu_backward", "mse_backward")

SQRT_2_OVER_PI = np.sqrt(2.0 / np.pi)


def affine_forward(x, w, b):
    out = np.dot(x, w) + b
    return out, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    dx = np.dot(dout, w.T)
    dw = np.dot(x.T, dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def layernorm_forward(x, gamma, beta):
    mu = np.mean(x, axis=1, keepdims=True)
    xc = x - mu
    var = np.mean(xc**2, axis=1, keepdims=True)
    std = np.sqrt(var + HYPER["eps"])
    xhat = xc / std
    out = gamma * xhat + beta
    return out, (xc, std, xhat, gamma)


def layernorm_backward(dout, cache):
    xc, std, xhat, gamma = cache
    D = xc.shape[1]

    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)

    # every row is normalised by itself, so the sums run over the features
    dxhat = dout * gamma
    dstd = -np.sum(dxhat * xc, axis=1, keepdims=True) / std**2
    dvar = 0.5 * dstd / std
    dxc = dxhat / std
    dxc += 2.0 * xc * dvar / D
    dmu = -np.sum(dxc, axis=1, keepdims=True)
    dx = dxc + dmu / D
    return dx, dgamma, dbeta


def gelu_forward(x):
    # tanh approximation
    inner = SQRT_2_OVER_PI * (x + 0.044715 * x**3)
    t = np.tanh(inner)
    return 0.5 * x * (1.0 + t), (x, t)


def gelu_backward(dout, cache):
    x, t = cache
    dinner = SQRT_2_OVER_PI * (1.0 + 3 * 0.044715 * x**2)
    left = 0.5 * (1.0 + t)
    right = 0.5 * x * (1.0 - t * t) * dinner
    return dout * (left + right)


def mse_forward(pred, target):
    diff = pred - target
    return np.mean(diff**2), diff


def mse_backward(diff):
    return 2.0 * diff / diff.size


def case(seed):
    rs = np.random.RandomState(1000 + seed)
    N, D_in, H, D_out = 7, 3, 8, 2
    params = {
        "W1": 0.8 * rs.randn(D_in, H),
        "b1": 0.2 * rs.randn(H),
        "gamma": 1.0 + 0.3 * rs.randn(H),
        "beta": 0.2 * rs.randn(H),
        "W2": 0.5 * rs.randn(H, D_out),
        "b2": 0.2 * rs.randn(D_out),
    }
    return params, (rs.randn(N, D_in), rs.randn(N, D_out))


def cost(params, x, y):
    a, fc1_cache = affine_forward(x, params["W1"], params["b1"])
    n, norm_cache = layernorm_forward(a, params["gamma"], params["beta"])
    h, gelu_cache = gelu_forward(n)
    out, fc2_cache = affine_forward(h, params["W2"], params["b2"])
    loss, diff = mse_forward(out, y)
    return loss, (fc1_cache, norm_cache, gelu_cache, fc2_cache, diff)


def grad(params, x, y, cache):
    fc1_cache, norm_cache, gelu_cache, fc2_cache, diff = cache
    dout = mse_backward(diff)
    dh, dW2, db2 = affine_backward(dout, fc2_cache)
    dn = gelu_backward(dh, gelu_cache)
    da, dgamma, dbeta = layernorm_backward(dn, norm_cache)
    _, dW1, db1 = affine_backward(da, fc1_cache)
    return {"dW1": dW1, "db1": db1, "dgamma": dgamma, "dbeta": dbeta, "dW2": dW2, "db2": db2}
