"""Sentences as attention-weighted averages of token embeddings, Huber regression on top."""

import numpy as np

HYPER = {"threshold": 0.8, "ridge": 0.01}
BACKWARD = ("huber_prime", "pooling_grad", "grad")

VOCAB, WIDTH = 9, 4
SENTENCES = (
    (0, 3, 5),
    (7, 2),
    (1, 4, 4, 8, 6),
    (3, 0, 8, 2),
    (6,),
    (5, 1, 7, 7, 3, 2),
    (8, 0, 6),
)


def case(seed):
    rng = np.random.default_rng(30_000 + seed)
    documents = [list(s) for s in SENTENCES]
    while True:
        params = {
            "emb": rng.normal(size=(VOCAB, WIDTH)),
            "salience": rng.normal(size=VOCAB) * 0.8,
            "beta": rng.normal(size=WIDTH) * 0.9,
            "intercept": rng.normal(size=1) * 0.3,
        }
        targets = rng.normal(size=len(documents)) * 1.2
        _, cache = cost(params, documents, targets)
        far = np.abs(cache["resid"]) - HYPER["threshold"]
        if np.abs(far).min() > 0.03 and 2 <= np.sum(far > 0) <= 4:
            return params, (documents, targets)


def attention(salience):
    e = np.exp(salience - np.max(salience))
    return e / np.sum(e)


def huber(r):
    t = HYPER["threshold"]
    return np.where(np.abs(r) <= t, r * r / 2, t * (np.abs(r) - t / 2))


def huber_prime(r):
    return np.clip(r, -HYPER["threshold"], HYPER["threshold"])


def cost(params, documents, targets):
    weights, pooled = [], np.zeros((len(documents), WIDTH))
    for i, tokens in enumerate(documents):
        w = attention(params["salience"][tokens])
        pooled[i] = np.einsum("t,td->d", w, params["emb"][tokens])
        weights.append(w)
    resid = pooled @ params["beta"] + params["intercept"][0] - targets
    loss = np.mean(huber(resid)) + HYPER["ridge"] * np.sum(params["beta"] ** 2)
    return loss, {"weights": weights, "pooled": pooled, "resid": resid}


def pooling_grad(tokens, w, g_pooled, params, g_emb, g_salience):
    """Scatters one sentence's share into g_emb and g_salience, tokens may repeat."""
    np.add.at(g_emb, tokens, np.outer(w, g_pooled))
    g_w = params["emb"][tokens] @ g_pooled
    np.add.at(g_salience, tokens, w * (g_w - w @ g_w))


def grad(params, documents, targets, cache):
    g_resid = huber_prime(cache["resid"]) / len(documents)
    g_emb = np.zeros_like(params["emb"])
    g_salience = np.zeros_like(params["salience"])
    for i, tokens in enumerate(documents):
        g_pooled = g_resid[i] * params["beta"]
        pooling_grad(tokens, cache["weights"][i], g_pooled, params, g_emb, g_salience)
    g_beta = cache["pooled"].T @ g_resid
    g_beta += 2 * HYPER["ridge"] * params["beta"]
    return {
        "demb": g_emb,
        "dsalience": g_salience,
        "dbeta": g_beta,
        "dintercept": np.array([g_resid.sum()]),
    }
