"""Multi-label tagging, leaky ReLU hidden layer, and an asymmetric loss with shifted negatives."""

import numpy as np

HYPER = {"g_pos": 1.3, "g_neg": 2.4, "shift": 0.15, "leak": 0.1}
BACKWARD = ("leaky_slope", "positive_slope", "negative_slope", "grad")


def case(seed):
    rng = np.random.default_rng([771, seed])
    nobs, nfeat, nhid, ntag = 6, 5, 4, 3
    tags = np.zeros((nobs, ntag))
    tags[[0, 0, 1, 2, 3, 5, 5], [0, 2, 1, 0, 2, 1, 0]] = 1.0
    while True:
        p = dict(
            kernel_h=rng.normal(0, 0.8, (nfeat, nhid)),
            offset_h=rng.normal(0, 0.3, nhid),
            kernel_o=rng.normal(0, 0.9, (nhid, ntag)),
            offset_o=rng.normal(-0.4, 0.3, ntag),
        )
        feats = rng.normal(size=(nobs, nfeat))
        _, (pre, _, prob) = cost(p, feats, tags)
        gap = prob[tags == 0] - HYPER["shift"]
        cut = np.sum(gap < 0)
        away = np.abs(gap).min() > 0.01 and np.abs(pre).min() > 0.02
        if away and 2 <= cut <= 6 and prob.min() > 0.02 and prob.max() < 0.97:
            return p, (feats, tags)


def leaky(v):
    return np.where(v > 0, v, HYPER["leak"] * v)


def leaky_slope(v):
    return np.where(v > 0, 1.0, HYPER["leak"])


def shifted(prob):
    return np.maximum(prob - HYPER["shift"], 0.0)


def cost(p, feats, tags):
    pre = feats @ p["kernel_h"] + p["offset_h"]
    act = leaky(pre)
    logit = act @ p["kernel_o"] + p["offset_o"]
    prob = 1.0 / (1.0 + np.exp(-logit))

    pm = shifted(prob)
    pos = (1.0 - prob) ** HYPER["g_pos"] * np.log(prob)
    neg = pm ** HYPER["g_neg"] * np.log(1.0 - pm)
    per_example = -np.sum(tags * pos + (1.0 - tags) * neg, axis=1)
    return np.mean(per_example), (pre, act, prob)


def positive_slope(prob):
    """d/dp of (1 - p)^g log p"""
    g = HYPER["g_pos"]
    return (1.0 - prob) ** g / prob - g * (1.0 - prob) ** (g - 1.0) * np.log(prob)


def negative_slope(prob):
    """d/dp of pm^g log(1 - pm); nothing flows where the shift has cut p off"""
    g = HYPER["g_neg"]
    pm = shifted(prob)
    slope = g * pm ** (g - 1.0) * np.log(1.0 - pm)
    slope -= pm**g / (1.0 - pm)
    slope[prob <= HYPER["shift"]] = 0.0
    return slope


def grad(p, feats, tags, cache):
    pre, act, prob = cache
    nobs = feats.shape[0]

    g_prob = np.where(tags == 1.0, positive_slope(prob), negative_slope(prob))
    g_logit = g_prob * prob * (1.0 - prob)
    g_logit *= -1.0 / nobs

    g_pre = g_logit @ p["kernel_o"].T
    g_pre *= leaky_slope(pre)
    return dict(
        dkernel_h=feats.T @ g_pre,
        doffset_h=g_pre.sum(0),
        dkernel_o=act.T @ g_logit,
        doffset_o=g_logit.sum(0),
    )
