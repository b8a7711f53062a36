"""Batch normalisation after a linear layer, step by step, with reported mistakes."""

import numpy as np

HYPER = {"eps": 1e-3}

BACKWARD = ("grad", "batchnorm_backward")


def case(seed):
    rng = np.random.RandomState(900 + seed)
    n, d, h = 9, 4, 5
    params = {
        "W": rng.randn(d, h),
        "gamma": rng.uniform(0.5, 2.0, h),
        "beta": 0.4 * rng.randn(h),
        "V": rng.randn(h, 2),
    }
    return params, (rng.randn(n, d), rng.randn(n, 2))


def cost(params, X, T):
    x = X @ params["W"]
    mu = x.mean(axis=0)
    x_mu = x - mu
    ivar = 1 / np.sqrt((x_mu**2).mean(axis=0) + HYPER["eps"])
    xhat = x_mu * ivar
    out = np.tanh(params["gamma"] * xhat + params["beta"])
    residual = out @ params["V"] - T
    return 0.5 * np.mean(np.sum(residual**2, axis=1)), (x_mu, ivar, xhat, out, residual)


def batchnorm_backward(dy, gamma, x_mu, ivar, xhat):
    m, width = x_mu.shape
    dg = np.sum(dy * xhat, axis=0)
    db = np.sum(dy, axis=0)
    dxhat = gamma * dy
    dyivar = dxhat * ivar
    dvar = -0.5 * np.sum(dxhat * x_mu, axis=0) * ivar**3
    dmu = -np.sum(dyivar, axis=0)
    dx = dyivar + dvar * 2 * x_mu / m + dmu / m
    return dx, dg, db


def grad(params, X, T, cache):
    x_mu, ivar, xhat, out, residual = cache
    dres = residual / len(X)
    dV = out.T @ dres
    dout = dres @ params["V"].T
    dy = dout * (1 - out**2)
    dx, dgamma, dbeta = batchnorm_backward(dy, params["gamma"], x_mu, ivar, xhat)
    dW = X.T @ dx
    return {"dW": dW, "dgamma": dgamma, "dbeta": dbeta, "dV": dV}


BUGS = [
    {
        "name": "scale_not_in_the_direct_path",
        "source": "denizyuret/Knet.jl#288: the gradient was multiplied by the scale only after "
        "the product that the input's gradient is made of had been formed.",
        "old": "    dyivar = dxhat * ivar\n",
        "new": "    dyivar = dy * ivar\n",
        "kinds": ("operand", "path"),
        "target": "dyivar",
    },
    {
        "name": "variance_path_with_the_wrong_sign",
        "source": "mlpack/mlpack#1923: the check failed once a linear layer stood before batch "
        "normalisation, whose last revision (#1327) added the path through the variance.",
        "old": "    dvar = -0.5 * np.sum(dxhat * x_mu, axis=0) * ivar**3\n",
        "new": "    dvar = 0.5 * np.sum(dxhat * x_mu, axis=0) * ivar**3\n",
        "kinds": ("sign", "path"),
        "target": "dvar",
    },
    {
        "name": "width_for_the_number_of_examples",
        "source": "RubixML/ML#423: the backward pass divided by the number of features where the "
        "number of examples belongs, which square test matrices had hidden.",
        "old": "    dx = dyivar + dvar * 2 * x_mu / m + dmu / m\n",
        "new": "    dx = dyivar + dvar * 2 * x_mu / width + dmu / width\n",
        "kinds": ("operand", "path", "factor"),
        "target": "dx",
    },
]
