"""A character model with an embedding table, with a reported mistake."""

import numpy as np

HYPER = {}

BACKWARD = ("grad",)


def case(seed):
    rng = np.random.default_rng(seed + 8)
    letters, dim, block, hidden, n = 7, 2, 3, 5, 9
    params = {
        "C": rng.normal(size=(letters, dim)),
        "W1": 0.6 * rng.normal(size=(block * dim, hidden)),
        "b1": 0.3 * rng.normal(size=hidden),
        "W2": 0.6 * rng.normal(size=(hidden, letters)),
        "b2": 0.3 * rng.normal(size=letters),
    }
    Xb = rng.integers(0, letters, size=(n, block))
    Xb[: n // 2, 1] = Xb[: n // 2, 0]  # double letters are common
    return params, (Xb, rng.integers(0, letters, size=n))


def cost(params, Xb, Yb):
    n = Xb.shape[0]
    emb = params["C"][Xb]
    embcat = emb.reshape(n, -1)
    h = np.tanh(embcat @ params["W1"] + params["b1"])
    logits = h @ params["W2"] + params["b2"]
    counts = np.exp(logits)
    probs = counts / counts.sum(1, keepdims=True)
    loss = -np.log(probs[np.arange(n), Yb]).mean()
    return loss, (embcat, h, probs)


def grad(params, Xb, Yb, cache):
    embcat, h, probs = cache
    n, block = Xb.shape
    dlogits = probs.copy()
    dlogits[np.arange(n), Yb] -= 1
    dlogits /= n
    dh = dlogits @ params["W2"].T
    dW2 = h.T @ dlogits
    db2 = dlogits.sum(0)
    dhpreact = (1.0 - h**2) * dh
    dembcat = dhpreact @ params["W1"].T
    dW1 = embcat.T @ dhpreact
    db1 = dhpreact.sum(0)
    demb = dembcat.reshape(n, block, -1)
    dC = np.zeros_like(params["C"])
    for k in range(n):
        np.add.at(dC, Xb[k], demb[k])
    return {"dC": dC, "dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


BUGS = [
    {
        "name": "repeated_letters_counted_once",
        "source": "karpathy/nn-zero-to-hero#57: rows of the table were added to by an index array, "
        "and of a letter that occurs twice in it only one occurrence counted.",
        "old": "        np.add.at(dC, Xb[k], demb[k])\n",
        "new": "        dC[Xb[k]] += demb[k]\n",
        "kinds": ("support", "examples", "path"),
        "target": "dC",
    },
]
