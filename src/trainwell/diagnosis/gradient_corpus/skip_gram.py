"""Skip-gram word vectors with negative sampling, a bias per context word and an L2 penalty."""

import numpy as np

HYPER = {"l2": 0.05}
BACKWARD = ("grad", "scatter_rows")

VOCAB, DIM, BATCH, NEG = 8, 4, 7, 3


def case(seed):
    rng = np.random.default_rng(4200 + seed)
    params = {
        "center": 0.7 * rng.standard_normal((VOCAB, DIM)),
        "context": 0.7 * rng.standard_normal((VOCAB, DIM)),
        "bias": 0.3 * rng.standard_normal(VOCAB),
    }
    # words come back several times in a batch, as they do in text
    words = rng.integers(0, VOCAB - 2, size=BATCH)
    words[-1] = words[0]
    pos = (words + rng.integers(1, VOCAB, size=BATCH)) % VOCAB
    negs = rng.integers(0, VOCAB, size=(BATCH, NEG))
    return params, (words, pos, negs)


def sigmoid(t):
    return 1.0 / (1.0 + np.exp(-t))


def lookup(params, words, pos, negs):
    v = params["center"][words]          # (B, D)
    u_pos = params["context"][pos]       # (B, D)
    u_neg = params["context"][negs]      # (B, K, D)
    return v, u_pos, u_neg


def cost(params, words, pos, negs):
    v, u_pos, u_neg = lookup(params, words, pos, negs)
    s_pos = np.einsum("bd,bd->b", v, u_pos) + params["bias"][pos]
    s_neg = np.einsum("bkd,bd->bk", u_neg, v) + params["bias"][negs]

    p_pos = sigmoid(s_pos)
    p_neg = sigmoid(s_neg)
    per_pair = -np.log(p_pos) - np.log(1.0 - p_neg).sum(axis=1)
    penalty = np.sum(params["center"] ** 2) + np.sum(params["context"] ** 2)

    loss = per_pair.mean() + 0.5 * HYPER["l2"] * penalty
    return loss, (v, u_pos, u_neg, p_pos, p_neg)


def scatter_rows(shape, rows, values):
    total = np.zeros(shape)
    np.add.at(total, rows, values)
    return total


def grad(params, words, pos, negs, cache):
    v, u_pos, u_neg, p_pos, p_neg = cache
    batch = len(words)

    g_pos = (p_pos - 1.0) / batch
    g_neg = p_neg / batch

    d_v = g_pos[:, None] * u_pos + np.einsum("bk,bkd->bd", g_neg, u_neg)
    d_u_pos = g_pos[:, None] * v
    d_u_neg = g_neg[:, :, None] * v[:, None, :]

    dcenter = scatter_rows(params["center"].shape, words, d_v)
    dcontext = scatter_rows(params["context"].shape, pos, d_u_pos)
    np.add.at(dcontext, negs, d_u_neg)

    dbias = np.zeros_like(params["bias"])
    np.add.at(dbias, pos, g_pos)
    np.add.at(dbias, negs, g_neg)

    dcenter += HYPER["l2"] * params["center"]
    dcontext += HYPER["l2"] * params["context"]
    return dict(dcenter=dcenter, dcontext=dcontext, dbias=dbias)
