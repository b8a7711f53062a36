"""A contractive autoencoder with tied weights, the decoder being the encoder transposed."""

import numpy as np

HYPER = {"contraction": 0.35}
BACKWARD = ("reconstruction_grads", "penalty_grads", "grad")


def case(seed):
    """W is (hidden, visible); one row of V per example."""
    rng = np.random.default_rng((4, 2024, seed))
    hidden, visible, examples = 4, 6, 9
    theta = {
        "W": rng.uniform(-1.1, 1.1, size=(hidden, visible)),
        "bias_hid": rng.uniform(-0.5, 0.5, size=hidden),
        "bias_vis": rng.uniform(-0.5, 0.5, size=visible),
    }
    V = rng.normal(loc=0.2, scale=0.9, size=(examples, visible))
    return theta, (V,)


def sigm(a):
    return 0.5 * (1.0 + np.tanh(0.5 * a))


def encode(theta, V):
    return sigm(np.einsum("nv,hv->nh", V, theta["W"]) + theta["bias_hid"])


def decode(theta, H):
    return np.einsum("nh,hv->nv", H, theta["W"]) + theta["bias_vis"]


def jacobian_norm(H, W):
    """Squared Frobenius norm of dh/dv per example; J[h, v] = h (1 - h) W[h, v]."""
    row_norms = np.einsum("hv,hv->h", W, W)
    slopes = H * (1.0 - H)
    return slopes**2 @ row_norms, slopes, row_norms


def cost(theta, V):
    H = encode(theta, V)
    R = decode(theta, H) - V
    fro, slopes, row_norms = jacobian_norm(H, theta["W"])
    n = V.shape[0]
    loss = 0.5 * np.sum(R**2) / n
    loss += HYPER["contraction"] * np.sum(fro) / n
    return loss, dict(H=H, R=R, slopes=slopes, row_norms=row_norms)


def reconstruction_grads(theta, V, H, R, slopes):
    g_vis = R.sum(axis=0)
    through_decoder = np.einsum("nh,nv->hv", H, R)

    delta = np.einsum("nv,hv->nh", R, theta["W"]) * slopes
    g_hid = delta.sum(axis=0)
    through_encoder = np.einsum("nh,nv->hv", delta, V)
    return through_decoder + through_encoder, g_hid, g_vis


def penalty_grads(theta, V, H, slopes, row_norms):
    # directly, W standing in the Jacobian
    gW = 2.0 * theta["W"] * np.sum(slopes**2, axis=0)[:, None]
    # and by way of the slopes: d s / d a = s (1 - 2 h)
    delta = 2.0 * slopes**2 * (1.0 - 2.0 * H) * row_norms
    g_hid = np.zeros_like(theta["bias_hid"])
    for d, v in zip(delta, V):
        gW += np.outer(d, v)
        g_hid += d
    return gW, g_hid


def grad(theta, V, cache):
    H, R, slopes = cache["H"], cache["R"], cache["slopes"]
    gW, g_hid, g_vis = reconstruction_grads(theta, V, H, R, slopes)
    pW, p_hid = penalty_grads(theta, V, H, slopes, cache["row_norms"])

    gW += HYPER["contraction"] * pW
    g_hid += HYPER["contraction"] * p_hid
    n = len(V)
    return {"dW": gW / n, "dbias_hid": g_hid / n, "dbias_vis": g_vis / n}
