"""Two highway layers over rows, layer normalisation, smoothed and class-weighted cross-entropy."""

import numpy as np

HYPER = {"depth": 2, "smoothing": 0.1, "ln_eps": 1e-5, "class_weight": (0.6, 1.7, 1.1)}
BACKWARD = ("highway_bwd", "layernorm_bwd", "xent_bwd", "grad")


def case(seed):
    rng = np.random.default_rng(9_000 + 13 * seed)
    rows, width, classes = 5, 4, 3
    prm = {}
    for i in range(HYPER["depth"]):
        prm[f"wh{i}"] = rng.normal(0, 0.7, (width, width))
        prm[f"bh{i}"] = rng.normal(0, 0.3, width)
        prm[f"wt{i}"] = rng.normal(0, 0.7, (width, width))
        prm[f"bt{i}"] = rng.normal(-0.5, 0.3, width)
    prm["gain"] = rng.uniform(0.6, 1.4, width)
    prm["shift"] = rng.normal(0, 0.3, width)
    prm["wo"] = rng.normal(0, 0.6, (width, classes))
    prm["bo"] = rng.normal(0, 0.2, classes)
    x = rng.normal(0, 1, (rows, width))
    y = np.array([1, 0, 2, 2, 0])
    return prm, (x, y)


def highway_fwd(x, wh, bh, wt, bt):
    h = np.tanh(x @ wh + bh)
    t = 1 / (1 + np.exp(-(x @ wt + bt)))
    return t * h + (1 - t) * x, (x, h, t)


def layernorm_fwd(x, gain, shift):
    mu = x.mean(axis=1, keepdims=True)
    inv = 1 / np.sqrt(x.var(axis=1, keepdims=True) + HYPER["ln_eps"])
    xhat = (x - mu) * inv
    return gain * xhat + shift, (xhat, inv)


def xent_fwd(logits, y):
    k = logits.shape[1]
    peak = logits.max(axis=1, keepdims=True)
    logp = logits - peak - np.log(np.exp(logits - peak).sum(axis=1, keepdims=True))
    target = (1 - HYPER["smoothing"]) * np.eye(k)[y] + HYPER["smoothing"] / k
    w = np.asarray(HYPER["class_weight"])[y]
    loss = -(w * (target * logp).sum(axis=1)).sum() / w.sum()
    return loss, (logp, target, w)


def cost(prm, x, y):
    stack = []
    a = x
    for i in range(HYPER["depth"]):
        a, layer = highway_fwd(a, *(prm[f"{n}{i}"] for n in ("wh", "bh", "wt", "bt")))
        stack.append(layer)
    a, ln = layernorm_fwd(a, prm["gain"], prm["shift"])
    loss, head = xent_fwd(a @ prm["wo"] + prm["bo"], y)
    return loss, (stack, ln, a, head)


def xent_bwd(head):
    logp, target, w = head
    return (np.exp(logp) - target) * (w / w.sum())[:, None]


def layernorm_bwd(dy, gain, ln):
    xhat, inv = ln
    dgain = (dy * xhat).sum(axis=0)
    dshift = dy.sum(axis=0)
    dxhat = dy * gain
    dx = dxhat - dxhat.mean(axis=1, keepdims=True)
    dx -= xhat * (dxhat * xhat).mean(axis=1, keepdims=True)
    dx *= inv
    return dx, dgain, dshift


def highway_bwd(dy, layer, wh, wt):
    x, h, t = layer
    dzh = dy * t * (1 - h**2)
    dzt = dy * (h - x) * t * (1 - t)
    dx = dy * (1 - t)
    dx += dzh @ wh.T
    dx += dzt @ wt.T
    return dx, x.T @ dzh, dzh.sum(axis=0), x.T @ dzt, dzt.sum(axis=0)


def grad(prm, x, y, cache):
    stack, ln, normed, head = cache
    g = {}
    dlogits = xent_bwd(head)
    g["dwo"] = normed.T @ dlogits
    g["dbo"] = dlogits.sum(axis=0)
    da, g["dgain"], g["dshift"] = layernorm_bwd(dlogits @ prm["wo"].T, prm["gain"], ln)
    for i in reversed(range(HYPER["depth"])):
        da, dwh, dbh, dwt, dbt = highway_bwd(da, stack[i], prm[f"wh{i}"], prm[f"wt{i}"])
        g.update({f"dwh{i}": dwh, f"dbh{i}": dbh, f"dwt{i}": dwt, f"dbt{i}": dbt})
    return g
