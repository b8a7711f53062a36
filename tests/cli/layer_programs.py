"""Layers with their rules."""

NORM = """
import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("least", 1e-5)
    mu = x.mean(axis=0)
    sd = np.sqrt(x.var(axis=0) + eps)
    xhat = (x - mu) / sd
    return gamma * xhat + beta, (xhat, gamma, sd)


def batchnorm_backward(dout, cache):
    xhat, gamma, sd = cache
    dgamma, dbeta = np.sum(dout * xhat, axis=0), dout.sum(axis=0)
    g = dout * gamma
    dx = (g - g.mean(axis=0) - xhat * np.mean(g * xhat, axis=0)) / sd
    return dx, dgamma, dbeta


def case():
    rng = np.random.default_rng(0)
    return rng.normal(size=(6, 3)), rng.normal(size=3), rng.normal(size=3), {"least": 1e-3}
"""

CELL = """
import numpy as np


def cell_forward(xt, a_prev, c_prev, parameters):
    both = np.concatenate((a_prev, xt), axis=0)
    f = 1 / (1 + np.exp(-(parameters["Wf"] @ both + parameters["bf"])))
    c_next = f * c_prev
    a_next = np.tanh(c_next)
    return a_next, c_next, (a_next, a_prev, c_prev, f, xt, parameters)


def cell_backward(da_next, dc_next, cache):
    a_next, a_prev, c_prev, f, xt, parameters = cache
    dc = dc_next + da_next * (1 - a_next**2)
    df = dc * c_prev * f * (1 - f)
    both = np.concatenate((a_prev, xt), axis=0)
    dboth = parameters["Wf"].T @ df
    gradients = {"dxt": dboth[4:], "da_prev": dboth[:4], "dc_prev": dc * f}
    gradients["dWf"], gradients["dbf"] = df @ both.T, df.sum(axis=1, keepdims=True)
    return gradients


def case():
    g = np.random.default_rng(0).normal
    parameters = {"Wf": g(size=(4, 7)), "bf": g(size=(4, 1))}
    return g(size=(3, 5)), g(size=(4, 5)), g(size=(4, 5)), parameters
"""

MASK = """
import numpy as np


def dropout_forward(x, options):
    mask = np.random.default_rng(options["seed"]).random(x.shape) < options["p"]
    return np.sin(x) * mask / options["p"], (mask, x, options)


def dropout_backward(dout, cache):
    mask, x, options = cache
    dx = dout * np.cos(x) * mask / options["p"]
    return dx


def case():
    return np.random.default_rng(0).normal(size=(6, 5)), {"p": 0.6, "seed": 4}
"""
