"""The Cox partial likelihood of right-censored times over a small ELU network, with a ridge."""

import numpy as np

HYPER = {"alpha": 0.8, "ridge": 0.05}
BACKWARD = ("elu_slope", "cox_score", "grad")


def case(seed):
    rng = np.random.default_rng([316, seed])
    covariates = rng.normal(size=(9, 3))
    died = np.array([1, 0, 1, 1, 0, 1, 1, 0, 1], dtype=bool)
    months = rng.permutation(np.arange(1.0, 10.0)) + rng.uniform(-0.3, 0.3, size=9)
    while True:
        weights = {
            "w_in": rng.normal(size=(3, 5)) * 0.8,
            "b_in": rng.normal(size=5) * 0.4,
            "w_mid": rng.normal(size=(5, 4)) * 0.6,
            "b_mid": rng.normal(size=4) * 0.4,
            "w_risk": rng.normal(size=4) * 0.8,
        }
        net = cost(weights, covariates, months, died)[1]
        nearest = min(np.abs(net["pre1"]).min(), np.abs(net["pre2"]).min())
        # a unit linear on every subject only shifts all risks, and its bias would not count
        bends = all(((net[k] > 0).any(0) & (net[k] < 0).any(0)).all() for k in ("pre1", "pre2"))
        if nearest > 0.01 and bends:
            return weights, (covariates, months, died)


def elu(x):
    return np.where(x > 0, x, HYPER["alpha"] * np.expm1(np.minimum(x, 0)))


def elu_slope(x):
    return np.where(x > 0, 1.0, HYPER["alpha"] * np.exp(np.minimum(x, 0)))


def network(weights, covariates):
    net = {}
    net["pre1"] = covariates @ weights["w_in"] + weights["b_in"]
    net["act1"] = elu(net["pre1"])
    net["pre2"] = net["act1"] @ weights["w_mid"] + weights["b_mid"]
    net["act2"] = elu(net["pre2"])
    # no intercept: the partial likelihood does not see one
    net["risk"] = net["act2"] @ weights["w_risk"]
    return net


def cost(weights, covariates, months, died):
    net = network(weights, covariates)

    # longest time first, so that a prefix is the set still at risk
    order = np.argsort(-months)
    risk = net["risk"][order]
    event = died[order]
    top = risk.max()
    hazard = np.exp(risk - top)
    at_risk = np.cumsum(hazard)
    partial = np.sum((risk - top - np.log(at_risk))[event])
    net.update(order=order, event=event, hazard=hazard, at_risk=at_risk)

    penalty = sum(np.sum(weights[k] ** 2) for k in ("w_in", "w_mid", "w_risk"))
    loss = -partial / event.sum() + 0.5 * HYPER["ridge"] * penalty
    return loss, net


def cox_score(net):
    """Derivative of the negative mean log partial likelihood by the risks, in input order."""
    event = net["event"].astype(float)
    share = event / net["at_risk"]
    later = np.cumsum(share[::-1])[::-1]
    by_rank = (net["hazard"] * later - event) / event.sum()
    d_risk = np.empty_like(by_rank)
    d_risk[net["order"]] = by_rank
    return d_risk


def grad(weights, covariates, months, died, net):
    d_risk = cox_score(net)
    d_w_risk = net["act2"].T @ d_risk

    d_pre2 = np.outer(d_risk, weights["w_risk"])
    d_pre2 *= elu_slope(net["pre2"])
    d_w_mid = net["act1"].T @ d_pre2
    d_b_mid = d_pre2.sum(axis=0)

    d_pre1 = d_pre2 @ weights["w_mid"].T
    d_pre1 *= elu_slope(net["pre1"])
    d_w_in = covariates.T @ d_pre1
    d_b_in = d_pre1.sum(axis=0)

    ridge = HYPER["ridge"]
    return {
        "dw_in": d_w_in + ridge * weights["w_in"],
        "db_in": d_b_in,
        "dw_mid": d_w_mid + ridge * weights["w_mid"],
        "db_mid": d_b_mid,
        "dw_risk": d_w_risk + ridge * weights["w_risk"],
    }
