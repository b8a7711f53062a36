"""A pre-norm transformer block: causal attention with two heads, a GELU feed-forward part, squared error."""

import numpy as np

HYPER = {"eps": 1e-5, "gelu_cubic": 0.044715}
BACKWARD = ("grad", "layernorm_bwd", "gelu_bwd", "attention_bwd")
N_HEAD = 2


def case(seed):
    rng = np.random.default_rng(41000 + seed)
    C, F = 4, 5
    params = dict(
        ln1_w=1.0 + 0.3 * rng.normal(size=C),
        ln1_b=0.2 * rng.normal(size=C),
        qkv_w=rng.normal(size=(C, 3 * C)) * 0.6,
        proj_w=rng.normal(size=(C, C)) * 0.6,
        proj_b=rng.normal(size=C) * 0.2,
        ln2_w=1.0 + 0.3 * rng.normal(size=C),
        ln2_b=0.2 * rng.normal(size=C),
        fc_w=rng.normal(size=(C, F)) * 0.7,
        fc_b=rng.normal(size=F) * 0.3,
        out_w=rng.normal(size=(F, C)) * 0.7,
        out_b=rng.normal(size=C) * 0.2,
    )
    x = rng.normal(size=(2, 5, C))
    target = rng.normal(size=(2, 5, C))
    return params, (x, target)


def layernorm_fwd(x, w, b):
    mu = x.mean(-1, keepdims=True)
    rstd = 1.0 / np.sqrt(x.var(-1, keepdims=True) + HYPER["eps"])
    xhat = (x - mu) * rstd
    return xhat * w + b, (xhat, rstd, w)


def gelu_fwd(u):
    t = np.tanh(np.sqrt(2 / np.pi) * (u + HYPER["gelu_cubic"] * u**3))
    return 0.5 * u * (1 + t), (u, t)


def attention_fwd(qkv):
    B, T, C3 = qkv.shape
    hs = C3 // 3 // N_HEAD
    q, k, v = qkv.reshape(B, T, 3, N_HEAD, hs).transpose(2, 0, 3, 1, 4)
    s = np.einsum("bhid,bhjd->bhij", q, k) / np.sqrt(hs)
    s = np.where(np.tril(np.ones((T, T), dtype=bool)), s, -np.inf)
    p = np.exp(s - s.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    y = np.einsum("bhij,bhjd->bihd", p, v).reshape(B, T, C3 // 3)
    return y, (q, k, v, p)


def cost(params, x, target):
    p = params
    n1, ln1 = layernorm_fwd(x, p["ln1_w"], p["ln1_b"])
    att, heads = attention_fwd(n1 @ p["qkv_w"])
    r1 = x + att @ p["proj_w"] + p["proj_b"]
    n2, ln2 = layernorm_fwd(r1, p["ln2_w"], p["ln2_b"])
    h, act = gelu_fwd(n2 @ p["fc_w"] + p["fc_b"])
    r2 = r1 + h @ p["out_w"] + p["out_b"]
    diff = r2 - target
    loss = np.mean(diff**2)
    return loss, (n1, ln1, att, heads, n2, ln2, h, act, diff)


def layernorm_bwd(dout, cache):
    xhat, rstd, w = cache
    dw = (dout * xhat).sum(axis=(0, 1))
    db = dout.sum(axis=(0, 1))
    dxhat = dout * w
    dx = dxhat - dxhat.mean(-1, keepdims=True)
    dx -= xhat * (dxhat * xhat).mean(-1, keepdims=True)
    return dx * rstd, dw, db


def gelu_bwd(dout, cache):
    u, t = cache
    dinner = np.sqrt(2 / np.pi) * (1 + 3 * HYPER["gelu_cubic"] * u**2)
    return dout * (0.5 * (1 + t) + 0.5 * u * (1 - t**2) * dinner)


def attention_bwd(dy, cache):
    q, k, v, p = cache
    B, H, T, hs = q.shape
    dy = dy.reshape(B, T, H, hs)
    dv = np.einsum("bhij,bihd->bhjd", p, dy)
    dp = np.einsum("bihd,bhjd->bhij", dy, v)
    ds = p * (dp - np.einsum("bhij,bhij->bhi", dp, p)[..., None])
    ds = ds / np.sqrt(hs)
    dq = np.einsum("bhij,bhjd->bhid", ds, k)
    dk = np.einsum("bhij,bhid->bhjd", ds, q)
    dqkv = np.stack([dq, dk, dv])
    return dqkv.transpose(1, 3, 0, 2, 4).reshape(B, T, 3 * H * hs)


def grad(params, x, target, cache):
    n1, ln1, att, heads, n2, ln2, h, act, diff = cache
    g = {}
    dr2 = 2.0 * diff / diff.size

    g["dout_b"] = dr2.sum(axis=(0, 1))
    g["dout_w"] = np.einsum("btf,btc->fc", h, dr2)
    du = gelu_bwd(dr2 @ params["out_w"].T, act)
    g["dfc_b"] = du.sum(axis=(0, 1))
    g["dfc_w"] = np.einsum("btc,btf->cf", n2, du)
    dbranch, g["dln2_w"], g["dln2_b"] = layernorm_bwd(du @ params["fc_w"].T, ln2)
    dr1 = dr2 + dbranch

    g["dproj_b"] = dr1.sum(axis=(0, 1))
    g["dproj_w"] = np.einsum("btc,bte->ce", att, dr1)
    dqkv = attention_bwd(dr1 @ params["proj_w"].T, heads)
    g["dqkv_w"] = np.einsum("btc,bte->ce", n1, dqkv)
    _, g["dln1_w"], g["dln1_b"] = layernorm_bwd(dqkv @ params["qkv_w"].T, ln1)
    return g
