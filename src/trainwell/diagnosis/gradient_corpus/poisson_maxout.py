"""Poisson regression of counts with exposures on maxout hidden units, with an elastic penalty on the weights."""

import numpy as np
from scipy.special import gammaln

HYPER = {"l1": 0.03, "l2": 0.08}
BACKWARD = ("grad", "maxout_unpool", "elastic_slope")
PIECES = 3


def case(seed):
    gen = np.random.default_rng(45000 + seed)
    n, p, m, k = 10, 5, 4, PIECES
    for _ in range(500):
        params = {
            "A": gen.choice([-1, 1], size=(k, p, m)) * gen.uniform(0.1, 0.9, size=(k, p, m)),
            "a0": gen.uniform(-0.4, 0.4, size=(k, m)),
            "v": gen.choice([-1, 1], size=m) * gen.uniform(0.2, 0.6, size=m),
            "v0": np.array(gen.uniform(-0.3, 0.3)),
            "skip": gen.uniform(-0.4, 0.4, size=p),
        }
        covariates = gen.normal(size=(n, p))
        ranked = np.sort(affine_pieces(params, covariates), axis=-1)
        # no near ties between the two best pieces
        if np.min(ranked[..., -1] - ranked[..., -2]) > 0.01:
            break
    exposure = gen.uniform(0.5, 2.0, size=n)
    counts = gen.poisson(1.5 * exposure)
    return params, (covariates, exposure, counts)


def affine_pieces(params, covariates):
    A, a0 = params["A"], params["a0"]
    return np.stack([covariates @ A[j] + a0[j] for j in range(len(A))], axis=-1)


def elastic(w):
    return HYPER["l1"] * np.abs(w).sum() + 0.5 * HYPER["l2"] * np.square(w).sum()


def cost(params, covariates, exposure, counts):
    pieces = affine_pieces(params, covariates)
    hidden = np.max(pieces, axis=-1)
    winner = np.argmax(pieces, axis=-1)

    eta = hidden @ params["v"] + covariates @ params["skip"] + params["v0"] + np.log(exposure)
    rate = np.exp(eta)
    nll = rate - counts * eta + gammaln(counts + 1.0)
    loss = nll.sum() / len(counts) + elastic(params["A"]) + elastic(params["v"])
    return loss, (hidden, winner, rate)


def maxout_unpool(dhidden, winner, k):
    """Sends each slope to the piece that won and nothing to the others."""
    n, m = dhidden.shape
    dpieces = np.zeros((n, m, k))
    rows, units = np.ogrid[:n, :m]
    dpieces[rows, units, winner] = dhidden
    return dpieces


def elastic_slope(w):
    return HYPER["l1"] * np.sign(w) + HYPER["l2"] * w


def grad(params, covariates, exposure, counts, cache):
    hidden, winner, rate = cache
    A, v = params["A"], params["v"]

    deta = (rate - counts) / counts.shape[0]
    dv0 = np.sum(deta)
    dskip = deta @ covariates
    dv = deta @ hidden + elastic_slope(v)

    dhidden = deta[:, np.newaxis] * v[np.newaxis, :]
    dpieces = maxout_unpool(dhidden, winner, A.shape[0])
    dA = np.einsum("np,nmk->kpm", covariates, dpieces) + elastic_slope(A)
    da0 = dpieces.sum(axis=0).T
    return dict(dA=dA, da0=da0, dv=dv, dv0=dv0, dskip=dskip)
