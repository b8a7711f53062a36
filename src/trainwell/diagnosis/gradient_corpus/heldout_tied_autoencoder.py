"""An autoencoder with tied weights whose gradient is summed over mini-batches."""

import numpy as np

HYPER = {"decay": 0.03}

BACKWARD = ("grad", "chunk_gradient")

BATCH = 4


def encode(x, W, b):
    return np.tanh(x.dot(W) + b)


def decode(h, W, c):
    return h.dot(W.T) + c


def case(seed):
    rng = np.random.RandomState(seed + 77)
    visible, hidden, examples = 6, 5, 11
    params = {
        "W": rng.uniform(-0.7, 0.7, (visible, hidden)),
        "b": rng.uniform(-0.3, 0.3, hidden),
        "c": rng.uniform(-0.3, 0.3, visible),
    }
    X = rng.uniform(-1.2, 1.2, (examples, visible))
    return params, (X,)


def cost(params, X):
    W, b, c = params["W"], params["b"], params["c"]
    total = 0.0
    for start in range(0, len(X), BATCH):
        x = X[start : start + BATCH]
        residual = decode(encode(x, W, b), W, c) - x
        total = total + 0.5 * (residual**2).sum()
    return total / len(X) + 0.5 * HYPER["decay"] * (W**2).sum()


def chunk_gradient(x, W, b, c):
    """Gradients of one mini-batch, summed over its examples."""
    h = encode(x, W, b)
    g_out = decode(h, W, c) - x
    # W occurs twice: in the decoder ...
    g_W_decoder = g_out.T.dot(h)
    g_c = g_out.sum(0)
    # ... and in the encoder
    g_h = g_out.dot(W)
    g_pre = g_h * (1 - h * h)
    g_W_encoder = x.T.dot(g_pre)
    g_b = g_pre.sum(0)
    return g_W_decoder + g_W_encoder, g_b, g_c


def grad(params, X):
    W, b, c = params["W"], params["b"], params["c"]
    g_W = np.zeros_like(W)
    g_b = np.zeros_like(b)
    g_c = np.zeros_like(c)
    n = 0
    for start in range(0, len(X), BATCH):
        x = X[start : start + BATCH]
        part_W, part_b, part_c = chunk_gradient(x, W, b, c)
        g_W += part_W
        g_b += part_b
        g_c += part_c
        n += len(x)
    g_W /= n
    g_b /= n
    g_c /= n
    g_W += HYPER["decay"] * W
    return {"dW": g_W, "db": g_b, "dc": g_c}
