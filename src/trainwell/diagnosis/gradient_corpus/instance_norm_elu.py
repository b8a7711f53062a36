"""Two layers with group normalisation per example, ELU and label-smoothed cross-entropy; examples in columns."""

import numpy as np

HYPER = {"eps": 1e-2, "alpha": 0.7, "smoothing": 0.15}
BACKWARD = ("grad", "groupnorm_bwd", "elu_bwd", "smoothed_xent_bwd")
N_GROUPS = 2


def case(seed):
    rs = np.random.default_rng(5289 + seed)
    n_feat, n_hid, n_cls, n_ex = 5, 8, 4, 8
    theta = {}
    theta["U"] = rs.normal(0, 0.6, (n_hid, n_feat))
    theta["c"] = rs.normal(0, 0.3, n_hid)
    theta["gamma"] = 1 + rs.normal(0, 0.2, n_hid)
    theta["beta"] = rs.normal(0, 0.2, n_hid)
    theta["V"] = rs.normal(0, 0.6, (n_cls, n_hid))
    theta["d"] = rs.normal(0, 0.3, n_cls)
    X = rs.normal(0, 1, (n_feat, n_ex))
    t = rs.permutation(np.arange(n_ex) % n_cls)
    return theta, (X, t)


def groupnorm_fwd(z, gamma, beta):
    """Normalise each column of z inside each group of rows."""
    h, n = z.shape
    zg = z.reshape(N_GROUPS, h // N_GROUPS, n)
    mu = zg.mean(axis=1, keepdims=True)
    var = zg.var(axis=1, keepdims=True)
    inv_std = 1 / np.sqrt(var + HYPER["eps"])
    zhat = (zg - mu) * inv_std
    y = gamma[:, None] * zhat.reshape(h, n) + beta[:, None]
    return y, zhat, inv_std


def elu(y):
    return np.where(y > 0, y, HYPER["alpha"] * (np.exp(np.minimum(y, 0)) - 1))


def smooth_targets(t, k):
    q = np.full((k, t.size), HYPER["smoothing"] / k)
    q[t, np.arange(t.size)] += 1 - HYPER["smoothing"]
    return q


def log_softmax(s):
    s = s - s.max(axis=0)
    return s - np.log(np.exp(s).sum(axis=0))


def cost(theta, X, t):
    z = np.einsum("hf,fn->hn", theta["U"], X) + theta["c"][:, None]
    y, zhat, inv_std = groupnorm_fwd(z, theta["gamma"], theta["beta"])
    a = elu(y)
    s = np.einsum("kh,hn->kn", theta["V"], a) + theta["d"][:, None]
    logp = log_softmax(s)
    q = smooth_targets(t, s.shape[0])
    loss = -np.einsum("kn,kn->", q, logp) / t.size
    return loss, [(zhat, inv_std), (y, a), (logp, q)]


def smoothed_xent_bwd(logp, q):
    n = q.shape[1]
    return (np.exp(logp) - q) / n


def elu_bwd(da, y, a):
    dy = da.copy()
    neg = y <= 0
    dy[neg] *= a[neg] + HYPER["alpha"]
    return dy


def groupnorm_bwd(dy, gamma, zhat, inv_std):
    h, n = dy.shape
    dgamma = np.einsum("hn,hn->h", dy, zhat.reshape(h, n))
    dbeta = np.einsum("hn->h", dy)

    dzhat = (gamma[:, None] * dy).reshape(zhat.shape)
    m = zhat.shape[1]
    sum_d = dzhat.sum(axis=1, keepdims=True)
    sum_dz = (dzhat * zhat).sum(axis=1, keepdims=True)
    dz = inv_std / m * (m * dzhat - sum_d - zhat * sum_dz)
    return dz.reshape(h, n), dgamma, dbeta


def grad(theta, X, t, cache):
    (zhat, inv_std), (y, a), (logp, q) = cache

    ds = smoothed_xent_bwd(logp, q)
    dV = np.einsum("kn,hn->kh", ds, a)
    dd = ds.sum(axis=1)
    da = np.einsum("kh,kn->hn", theta["V"], ds)

    dy = elu_bwd(da, y, a)
    dz, dgamma, dbeta = groupnorm_bwd(dy, theta["gamma"], zhat, inv_std)

    dU = np.einsum("hn,fn->hf", dz, X)
    dc = np.sum(dz, axis=1)
    return {"dU": dU, "dc": dc, "dgamma": dgamma, "dbeta": dbeta, "dV": dV, "dd": dd}
