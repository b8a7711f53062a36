"""A ratio of two gated layers, made of small operators, with reported mistakes."""

import numpy as np

HYPER = {"alpha": 0.9}

BACKWARD = ("grad", "div_backward", "isrlu_backward")


def isrlu(t):
    negatives = np.minimum(t, 0)
    nisr = 1 / np.sqrt(1 + HYPER["alpha"] * negatives**2)
    return t * nisr, nisr


def isrlu_backward(grad_out, nisr):
    grad_t = grad_out * nisr**3
    return grad_t


def div_backward(dy, a, b):
    da = dy / b
    db = -dy * a / b**2
    return da, db


def case(seed):
    rng = np.random.default_rng([3, seed])
    params = {
        "A": rng.normal(size=(4, 3)),
        "a0": 0.3 * rng.normal(size=3),
        "B": 0.5 * rng.normal(size=(4, 3)),
        "b0": 0.3 * rng.normal(size=3),
    }
    return params, (rng.normal(size=(7, 4)), rng.normal(size=(7, 3)))


def cost(params, x, y):
    u = x @ params["A"] + params["a0"]
    top, nisr = isrlu(u)
    w = x @ params["B"] + params["b0"]
    bottom = 1 + w * w
    q = top / bottom
    loss = 0.5 * np.mean((q + top - y) ** 2)
    return loss, (top, nisr, w, bottom, q)


def grad(params, x, y, cache):
    top, nisr, w, bottom, q = cache
    d_sum = (q + top - y) / y.size
    d_top, d_bottom = div_backward(d_sum, top, bottom)
    d_top = d_top + d_sum  # the numerator is used a second time
    d_w = 2 * w * d_bottom
    d_u = isrlu_backward(d_top, nisr)
    return {"dA": x.T @ d_u, "da0": d_u.sum(axis=0), "dB": x.T @ d_w, "db0": d_w.sum(axis=0)}


BUGS = [
    {
        "name": "quotient_rule_forgotten",
        "source": "apache/singa#484: the first version of the division multiplied the gradient by "
        "the other operand, where the reviewer asked for minus a over b squared.",
        "old": "    db = -dy * a / b**2\n",
        "new": "    db = dy * b\n",
        "kinds": ("activation-wrong", "operand", "operation"),
        "target": "db",
    },
    {
        "name": "incoming_gradient_ignored",
        "source": "pytorch/pytorch#4355: a custom activation returned its own slope, without the "
        "gradient that came in, and the gradient check failed.",
        "old": "    grad_t = grad_out * nisr**3\n",
        "new": "    grad_t = nisr**3\n",
        "kinds": ("operand", "path"),
        "target": "grad_t",
    },
    {
        "name": "used_twice_counted_three_times",
        "source": "sebgao/cTensor#5: when a value reached the loss by several paths, it went "
        "backward more than once and gave its gradient on repeatedly.",
        "old": "    d_top = d_top + d_sum  # the numerator is used a second time\n",
        "new": "    d_top = d_top + 2 * d_sum  # the numerator is used a second time\n",
        "kinds": ("path", "factor", "accumulated"),
        "target": "d_top",
    },
]
