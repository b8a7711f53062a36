"""Node classification with a two-layer graph convolution network; only some nodes are labelled."""

import numpy as np

HYPER = {"weight_decay": 0.04}
BACKWARD = ("grad", "masked_cross_entropy_grad", "graph_conv_grad")
N_NODES, N_FEAT, N_HIDDEN, N_CLASS = 6, 4, 5, 3
EDGES = [(0, 1), (0, 2), (1, 2), (2, 3), (3, 4), (3, 5)]


def case(seed):
    rng = np.random.default_rng(77100 + seed)
    adj = np.zeros((N_NODES, N_NODES))
    for i, j in EDGES:
        adj[i, j] = adj[j, i] = 1.0
    mask = np.array([True, False, True, True, False, True])
    labels = np.array([0, 1, 2, 1, 0, 2])
    for _ in range(1000):
        params = {
            "W0": rng.normal(0, 0.8, (N_FEAT, N_HIDDEN)),
            "b0": rng.normal(0, 0.2, N_HIDDEN),
            "W1": rng.normal(0, 0.7, (N_HIDDEN, N_CLASS)),
            "b1": rng.normal(0, 0.2, N_CLASS),
        }
        feats = rng.normal(size=(N_NODES, N_FEAT))
        _, (_, pre, _, _) = cost(params, adj, feats, labels, mask)
        n_active = (pre > 0).sum(axis=0)
        if np.abs(pre).min() > 0.02 and n_active.min() >= 2 and n_active.max() < N_NODES:
            break
    return params, (adj, feats, labels, mask)


def normalize_adj(adj):
    """D^-1/2 (A + I) D^-1/2"""
    a_tilde = adj + np.eye(len(adj))
    d_inv_sqrt = np.diag(a_tilde.sum(axis=1) ** -0.5)
    return d_inv_sqrt @ a_tilde @ d_inv_sqrt


def graph_conv(a_hat, H, W, b):
    support = H @ W
    return a_hat @ support + b


def log_softmax(z):
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def masked_cross_entropy(logp, labels, mask):
    picked = logp[np.arange(len(labels)), labels]
    return -(picked * mask).sum() / mask.sum()


def cost(params, adj, feats, labels, mask):
    a_hat = normalize_adj(adj)
    pre = graph_conv(a_hat, feats, params["W0"], params["b0"])
    hidden = np.maximum(pre, 0)
    logits = graph_conv(a_hat, hidden, params["W1"], params["b1"])
    logp = log_softmax(logits)
    loss = masked_cross_entropy(logp, labels, mask)
    # as in the original paper, only the first layer is decayed
    loss += 0.5 * HYPER["weight_decay"] * (params["W0"] ** 2).sum()
    return loss, (a_hat, pre, hidden, logp)


def masked_cross_entropy_grad(logp, labels, mask):
    d = np.exp(logp)
    d[np.arange(len(labels)), labels] -= 1
    d *= mask[:, None]
    d /= mask.sum()
    return d


def graph_conv_grad(d_out, a_hat, H, W):
    d_support = a_hat.T @ d_out
    return d_support @ W.T, H.T @ d_support, d_out.sum(axis=0)


def grad(params, adj, feats, labels, mask, cache):
    a_hat, pre, hidden, logp = cache
    d_logits = masked_cross_entropy_grad(logp, labels, mask)
    d_hidden, dW1, db1 = graph_conv_grad(d_logits, a_hat, hidden, params["W1"])
    d_pre = d_hidden * (pre > 0)
    _, dW0, db0 = graph_conv_grad(d_pre, a_hat, feats, params["W0"])
    dW0 += HYPER["weight_decay"] * params["W0"]
    return {"dW0": dW0, "db0": db0, "dW1": dW1, "db1": db1}
