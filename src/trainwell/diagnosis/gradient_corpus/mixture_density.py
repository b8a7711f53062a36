"""A mixture density network for points in the plane: softmax weights, means, log widths, by log-sum-exp."""

import numpy as np
from scipy.special import logsumexp

HYPER = {"width_prior": 0.05}
BACKWARD = ("grad",)
K = 3  # components
D = 2  # dimensions of a target


def case(seed):
    rng = np.random.default_rng(44000 + seed)
    N, n_in, n_hid = 9, 4, 5
    params = {"w_h": 0.6 * rng.standard_normal((n_in, n_hid)), "b_h": 0.3 * rng.standard_normal(n_hid)}
    for head, width in [("pi", K), ("mu", K * D), ("ls", K)]:
        params["w_" + head] = 0.5 * rng.standard_normal((n_hid, width))
        params["b_" + head] = 0.3 * rng.standard_normal(width)
    x = rng.standard_normal((N, n_in))
    t = rng.standard_normal((N, D))
    return params, (x, t)


def cost(params, x, t):
    h = np.tanh(x @ params["w_h"] + params["b_h"])
    a_pi, a_mu, log_sigma = [h @ params["w_" + k] + params["b_" + k] for k in ("pi", "mu", "ls")]

    log_pi = a_pi - logsumexp(a_pi, axis=1, keepdims=True)
    mu = a_mu.reshape(-1, K, D)
    diff = t[:, None, :] - mu
    sq = (diff**2).sum(axis=2)
    log_n = -0.5 * sq * np.exp(-2 * log_sigma) - D * log_sigma - 0.5 * D * np.log(2 * np.pi)
    log_joint = log_pi + log_n
    log_p = logsumexp(log_joint, axis=1)

    nll = -log_p.mean()
    loss = nll + HYPER["width_prior"] * (log_sigma**2).sum(axis=1).mean()
    return loss, [h, log_pi, log_sigma, diff, sq, log_joint, log_p]


def grad(params, x, t, cache):
    h, log_pi, log_sigma, diff, sq, log_joint, log_p = cache
    n = len(x)
    out = {}

    def affine_back(name, inputs, delta):
        out["dw_" + name] = inputs.T @ delta
        out["db_" + name] = delta.sum(axis=0)
        return delta @ params["w_" + name].T

    # responsibilities: how much each component answers for each target
    gamma = np.exp(log_joint - log_p[:, None])
    precision = np.exp(-2 * log_sigma)

    delta_pi = (np.exp(log_pi) - gamma) / n
    delta_mu = -(gamma * precision)[:, :, None] * diff / n
    delta_ls = gamma * (D - sq * precision) / n
    delta_ls = delta_ls + 2 * HYPER["width_prior"] * log_sigma / n

    dh = affine_back("pi", h, delta_pi)
    dh = dh + affine_back("mu", h, delta_mu.reshape(n, K * D))
    dh = dh + affine_back("ls", h, delta_ls)
    affine_back("h", x, dh * (1 - h * h))
    return out
