"""A second-order factorization machine plus a small tanh net on the summed embeddings."""

import numpy as np

HYPER = {"reg_linear": 0.01, "reg_factors": 0.03}
BACKWARD = ("grad", "backprop_score", "backprop_net", "backprop_penalty")


def case(seed):
    rng = np.random.default_rng(seed * 31 + 5)
    n_features, k, n_hidden = 9, 4, 3
    theta = {
        "bias": rng.normal(scale=0.3, size=1),
        "linear": rng.normal(scale=0.5, size=n_features),
        "factors": rng.normal(scale=0.5, size=(n_features, k)),
        "net_w": rng.normal(scale=0.6, size=(n_hidden, k)),
        "net_b": rng.normal(scale=0.3, size=n_hidden),
        "net_out": rng.normal(scale=0.8, size=n_hidden),
    }
    active = [[0, 3, 7], [1, 4], [2, 3, 6, 8], [0, 5], [1, 5, 7, 8], [2, 4, 6], [0, 4, 8]]
    values = [rng.uniform(0.5, 1.5, size=len(ids)) for ids in active]
    clicked = np.array([1, 0, 0, 1, 1, 0, 1])
    weight = rng.uniform(0.4, 2.0, size=len(active))
    return theta, (active, values, clicked, weight)


def pairwise(rows, x, summed):
    """sum over i < j of <v_i, v_j> x_i x_j, in linear time"""
    return 0.5 * np.sum(summed**2 - (x**2) @ rows**2)


def score_one(theta, ids, x):
    rows = theta["factors"][ids]
    summed = x @ rows
    hid = np.tanh(theta["net_w"] @ summed + theta["net_b"])
    score = theta["bias"][0]
    score = score + x @ theta["linear"][ids]
    score = score + pairwise(rows, x, summed)
    score = score + theta["net_out"] @ hid
    return score, {"summed": summed, "hid": hid}


def cost(theta, active, values, clicked, weight):
    scores = np.empty(len(active))
    memo = []
    for n, (ids, x) in enumerate(zip(active, values)):
        scores[n], kept = score_one(theta, ids, x)
        memo.append(kept)
    sign = 2 * clicked - 1
    logistic = np.logaddexp(0.0, -sign * scores)
    loss = np.sum(weight * logistic) / np.sum(weight)
    loss += HYPER["reg_linear"] * np.sum(theta["linear"] ** 2)
    loss += HYPER["reg_factors"] * np.sum(theta["factors"] ** 2)
    return loss, {"scores": scores, "memo": memo}


def backprop_score(scores, clicked, weight):
    prob = 1.0 / (1.0 + np.exp(-scores))
    return weight * (prob - clicked) / np.sum(weight)


def backprop_net(theta, kept, delta, out):
    """Gradients of the tanh net; returns the one for the summed embedding."""
    out["dnet_out"] += delta * kept["hid"]
    dpre = delta * theta["net_out"] * (1.0 - kept["hid"] ** 2)
    out["dnet_w"] += dpre[:, None] * kept["summed"][None, :]
    out["dnet_b"] += dpre
    return dpre @ theta["net_w"]


def backprop_penalty(theta, out):
    out["dlinear"] += 2 * HYPER["reg_linear"] * theta["linear"]
    out["dfactors"] += 2 * HYPER["reg_factors"] * theta["factors"]


def grad(theta, active, values, clicked, weight, cache):
    out = {}
    for name in theta:
        out["d" + name] = np.zeros(theta[name].shape)

    deltas = backprop_score(cache["scores"], clicked, weight)
    for ids, x, delta, kept in zip(active, values, deltas, cache["memo"]):
        out["dbias"] += delta
        np.add.at(out["dlinear"], ids, delta * x)

        dsummed = backprop_net(theta, kept, delta, out)
        dsummed += delta * kept["summed"]
        drows = np.outer(x, dsummed)
        drows -= delta * (x**2)[:, None] * theta["factors"][ids]
        np.add.at(out["dfactors"], ids, drows)

    backprop_penalty(theta, out)
    return out
