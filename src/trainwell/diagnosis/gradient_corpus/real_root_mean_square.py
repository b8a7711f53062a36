"""Root-mean-square normalisation of a square batch, with reported mistakes."""

import numpy as np

HYPER = {"eps": 1e-4}

BACKWARD = ("grad", "rms_backward")


def case(seed):
    rng = np.random.default_rng(2000 + seed)
    batch = features = 6
    params = {
        "W": rng.normal(size=(4, features)),
        "weight": rng.uniform(0.4, 1.8, size=features),
        "V": rng.normal(size=(features, 3)),
    }
    return params, (rng.normal(size=(batch, 4)), rng.normal(size=(batch, 3)))


def cost(params, x, target):
    inp = x @ params["W"]
    rrms = 1 / np.sqrt(np.mean(inp**2, axis=1) + HYPER["eps"])
    norm = inp * rrms[:, None]
    diff = (norm * params["weight"]) @ params["V"] - target
    return np.sum(diff**2) / len(x), (inp, rrms, norm, diff)


def rms_backward(grad_out, inp, weight, rrms):
    n = inp.shape[1]
    weighted = grad_out * weight
    dot = np.sum(weighted * inp, axis=1)
    correction = rrms**3 * dot / n
    grad_in = weighted * rrms[:, None] - inp * correction[:, None]
    return grad_in


def grad(params, x, target, cache):
    inp, rrms, norm, diff = cache
    grad_pred = 2 * diff / len(x)
    grad_V = (norm * params["weight"]).T @ grad_pred
    grad_out = grad_pred @ params["V"].T
    grad_weight = np.sum(grad_out * norm, axis=0)
    grad_in = rms_backward(grad_out, inp, params["weight"], rrms)
    grad_W = x.T @ grad_in
    return {"dW": grad_W, "dweight": grad_weight, "dV": grad_V}


BUGS = [
    {
        "name": "correction_spread_over_columns",
        "source": "BobMcDear/attorch#17: a number of each row was multiplied in without a second "
        "axis, so on square blocks every row met the numbers of other rows.",
        "old": "    grad_in = weighted * rrms[:, None] - inp * correction[:, None]\n",
        "new": "    grad_in = weighted * rrms[:, None] - inp * correction\n",
        "kinds": ("reduction", "transposed", "operand", "path"),
        "target": "grad_in",
    },
    {
        "name": "weight_not_multiplied_in",
        "source": "karpathy/llm.c#763: in the review somebody noticed that another backward "
        "pass of this normalisation forgot to multiply by the weight.",
        "old": "    weighted = grad_out * weight\n",
        "new": "    weighted = grad_out.copy()\n",
        "kinds": ("matrix", "activation-missing", "operand"),
        "target": "weighted",
    },
]
