"""Two small convolutions by im2col with ReLU, then max pooling, a linear layer and softmax."""

import numpy as np

HYPER = {}
BACKWARD = ("col2im", "conv_bwd", "pool_bwd", "grad")


def case(seed):
    rng = np.random.default_rng(2300 + seed)
    while True:  # draw again if a unit sits near the kink of a ReLU or a maximum
        params = {
            "k1": rng.normal(size=(2, 1, 2, 2)) * 0.5,
            "c1": 0.4 + 0.2 * rng.random(2),
            "k2": rng.normal(size=(3, 2, 2, 2)) * 0.4,
            "c2": 0.5 + 0.2 * rng.random(3),
            "fc": rng.normal(size=(12, 3)) * 0.5,
            "fb": rng.normal(size=3) * 0.2,
        }
        img = rng.normal(size=(3, 1, 6, 6))
        lab = rng.permutation(3)
        _, (_, z1, _, z2, _, _, _) = cost(params, img, lab)
        tops = np.sort(z2.reshape(3, 3, 2, 2, 2, 2).swapaxes(3, 4).reshape(-1, 4), axis=1)
        gap = min(np.abs(z1).min(), np.abs(z2).min(), (tops[:, 3] - tops[:, 2]).min())
        if gap > 1e-3 and tops[:, 3].min() > 1e-3:
            return params, (img, lab)


def im2col(x, kh, kw):
    n, c, h, w = x.shape
    oh, ow = h - kh + 1, w - kw + 1
    cols = np.empty((n, c, kh, kw, oh, ow))
    for i in range(kh):
        for j in range(kw):
            cols[:, :, i, j] = x[:, :, i : i + oh, j : j + ow]
    return cols.transpose(0, 4, 5, 1, 2, 3).reshape(n * oh * ow, -1), oh, ow


def col2im(dcols, shape, kh, kw):
    n, c, h, w = shape
    oh, ow = h - kh + 1, w - kw + 1
    dcols = dcols.reshape(n, oh, ow, c, kh, kw).transpose(0, 3, 4, 5, 1, 2)
    dx = np.zeros(shape)
    for i in range(kh):
        for j in range(kw):
            dx[:, :, i : i + oh, j : j + ow] += dcols[:, :, i, j]
    return dx


def conv_fwd(x, k, c):
    cols, oh, ow = im2col(x, k.shape[2], k.shape[3])
    out = cols @ k.reshape(len(k), -1).T + c
    return out.reshape(len(x), oh, ow, len(k)).transpose(0, 3, 1, 2), cols


def conv_bwd(dout, shape, k, cols):
    nf, _, kh, kw = k.shape
    dflat = dout.transpose(0, 2, 3, 1).reshape(-1, nf)
    dk = (dflat.T @ cols).reshape(k.shape)
    dc = dflat.sum(axis=0)
    dx = col2im(dflat @ k.reshape(nf, -1), shape, kh, kw)
    return dx, dk, dc


def pool_fwd(x):
    n, c, h, w = x.shape
    out = np.zeros((n, c, h // 2, w // 2))
    for i in range(h // 2):
        for j in range(w // 2):
            out[:, :, i, j] = x[:, :, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max(axis=(2, 3))
    return out


def pool_bwd(dout, x):
    dx = np.zeros(x.shape)
    n, c, ph, pw = dout.shape
    for b in range(n):
        for f in range(c):
            for i in range(ph):
                for j in range(pw):
                    window = x[b, f, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
                    r, s = np.unravel_index(np.argmax(window), window.shape)
                    dx[b, f, 2 * i + r, 2 * j + s] = dout[b, f, i, j]
    return dx


def cost(params, img, lab):
    z1, cols1 = conv_fwd(img, params["k1"], params["c1"])
    a1 = np.where(z1 > 0, z1, 0.0)
    z2, cols2 = conv_fwd(a1, params["k2"], params["c2"])
    a2 = np.where(z2 > 0, z2, 0.0)
    pooled = pool_fwd(a2)
    logits = pooled.reshape(len(img), -1) @ params["fc"] + params["fb"]
    logp = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    loss = -logp[np.arange(len(lab)), lab].mean()
    return loss, (cols1, z1, cols2, z2, a2, pooled, logp)


def grad(params, img, lab, cache):
    cols1, z1, cols2, z2, a2, pooled, logp = cache
    n = len(lab)
    dlogits = (np.exp(logp) - np.eye(3)[lab]) / n
    g = {}
    g["dfc"] = pooled.reshape(n, -1).T @ dlogits
    g["dfb"] = dlogits.sum(axis=0)
    dpooled = (dlogits @ params["fc"].T).reshape(pooled.shape)
    da2 = pool_bwd(dpooled, a2)
    dz2 = np.where(z2 > 0, da2, 0.0)
    da1, g["dk2"], g["dc2"] = conv_bwd(dz2, z1.shape, params["k2"], cols2)
    dz1 = np.where(z1 > 0, da1, 0.0)
    _, g["dk1"], g["dc1"] = conv_bwd(dz1, img.shape, params["k1"], cols1)
    return g
