"""Programs with parts that are alike: the gates of a cell, two layers, attention, steps in time."""

import numpy as np

RNG = np.random.default_rng(6)
_WIDTH, _INPUTS = 3, 2
GATED_POINT = (
    {f"W{gate}": 0.6 * RNG.normal(size=(_INPUTS + _WIDTH, _WIDTH)) for gate in "fiog"},
    (RNG.normal(size=(2, 3, _INPUTS)), RNG.normal(size=(2, 3, _WIDTH))),
)

GATED = '''\
"""A recurrent network with gates, one step after the other."""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def step(x, h, c, p):
    z = np.hstack((x, h))
    f, i, o = sigmoid(z @ p["Wf"]), sigmoid(z @ p["Wi"]), sigmoid(z @ p["Wo"])
    g = np.tanh(z @ p["Wg"])
    now = f * c + i * g
    return o * np.tanh(now), now, (z, c, f, i, o, g, now)


def cost(p, x, y):
    h = c = np.zeros((len(x), p["Wf"].shape[1]))
    kept, hs = [], np.empty_like(y)
    for t in range(x.shape[1]):
        h, c, own = step(x[:, t], h, c, p)
        hs[:, t] = h
        kept.append(own)
    return np.mean((hs - y) ** 2), (kept, 2 * (hs - y) / y.size)


def step_back(dh, dc, own, p):
    Wf, Wi, Wo, Wg = p["Wf"], p["Wi"], p["Wo"], p["Wg"]
    z, c, f, i, o, g, now = own
    s = 1 - np.tanh(now) ** 2
    do = dh * np.tanh(now) * o * (1 - o)
    df = (dc * c + dh * o * s * c) * f * (1 - f)
    di = (dc * g + dh * o * s * g) * i * (1 - i)
    dg = (dc * i + dh * o * s * i) * (1 - g**2)
    before = dc * f + dh * o * s * f
    dz = df @ Wf.T + di @ Wi.T + do @ Wo.T + dg @ Wg.T
    grads = {"Wf": z.T @ df, "Wi": z.T @ di, "Wo": z.T @ do, "Wg": z.T @ dg}
    return dz[:, -len(g[0]) :], before, grads


def grad(p, x, y, cache):
    kept, dhs = cache
    dh = dc = np.zeros_like(dhs[:, 0])
    total = {name: 0.0 for name in p}
    for t in reversed(range(x.shape[1])):
        dh, dc, own = step_back(dhs[:, t] + dh, dc, kept[t], p)
        for name in own:
            total[name] = total[name] + own[name]
    total["h"] = dh
    return {f"d{name}": each for name, each in total.items()}
'''

TIMED_POINT = (
    {
        "U": RNG.normal(size=(3, 4)),
        "V": RNG.normal(size=(2, 3)),
        "W": 0.5 * RNG.normal(size=(3, 3)),
    },
    (RNG.normal(size=(4, 4)), RNG.normal(size=(4, 2))),
)

TIMED = '''\
"""A recurrent network: from each output back to the first step."""

import numpy as np


def cost(p, x, y):
    s = np.zeros((len(x) + 1, 3))
    for t in range(len(x)):
        s[t] = np.tanh(p["U"] @ x[t] + p["W"] @ s[t - 1])
    out = s[:-1] @ p["V"].T
    return 0.5 * np.sum((out - y) ** 2), (s, out - y)


def grad(p, x, y, cache):
    s, error = cache
    dU, dV, dW = (np.zeros_like(p[name]) for name in "UVW")
    for t in range(len(x))[::-1]:
        dV += np.outer(error[t], s[t])
        delta = p["V"].T @ error[t] * (1 - s[t] ** 2)
        for back in range(t + 1)[::-1]:
            dW += np.outer(delta, s[back - 1])
            dU += np.outer(delta, x[back])
            delta = p["W"].T @ delta * (1 - s[back - 1] ** 2)
    return {"dU": dU, "dV": dV, "dW": dW}
'''

UNROLLED_POINT = (
    RNG.normal(size=4 * 5 + 5 * 2),
    (RNG.normal(size=(6, 3)), RNG.normal(size=(6, 2)), 0.7),
)

UNROLLED = '''\
"""Two layers whose parameters are one vector, one example after the other."""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def slope(z):
    return sigmoid(z) * (1 - sigmoid(z))


def cost(theta, X, y, decay):
    m = len(X)
    T1 = theta[:20].reshape((5, 4), order="F")
    T2 = theta[20:].reshape((2, 5), order="F")
    a1 = np.hstack((np.ones((m, 1)), X))
    z2 = a1 @ T1[:4].T
    a2 = np.hstack((np.ones((m, 1)), sigmoid(z2)))
    error = a2 @ T2.T - y
    J = 0.5 * np.sum(error**2) / m
    J = J + decay / (2 * m) * (np.sum(T1[:, 1:] ** 2) + np.sum(T2[:, 1:] ** 2))
    big1, big2 = np.zeros_like(T1), np.zeros_like(T2)
    for t in range(m):
        delta2 = (T2.T @ error[t])[1:] * slope(z2[t])
        big1[:4] += np.outer(delta2, a1[t])
        big2 += np.outer(error[t], a2[t])
    grad1 = big1 / m
    grad2 = big2 / m
    plain1 = np.copy(grad1)
    plain2 = np.copy(grad2)
    grad1 += decay / m * T1
    grad2 += decay / m * T2
    grad1[:, 0] = plain1[:, 0]
    grad2[:, 0] = plain2[:, 0]
    return J, np.concatenate((grad1.reshape(20, order="F"), grad2.reshape(10, order="F")))
'''

ATTENTION_POINT = (
    {f"W{name}": RNG.normal(size=(4, 4)) for name in "qkv"},
    (RNG.normal(size=(2, 3, 4)), RNG.normal(size=(2, 3, 4))),
)

ATTENTION = '''\
"""Attention beside what it is given."""

import numpy as np


def dropout_back(dout, cache):
    p, mask = cache
    dx = dout * mask
    return dx


def cost(p, x, y):
    q, k, v = x @ p["Wq"], x @ p["Wk"], x @ p["Wv"]
    scores = q @ k.swapaxes(1, 2) / 2
    a = np.exp(scores - scores.max(axis=-1, keepdims=True))
    a /= a.sum(axis=-1, keepdims=True)
    mixed = a @ v
    mask = (np.arange(4) != 2) / 0.75
    out = mixed * mask + v
    return np.mean((out - y) ** 2), (q, k, v, a, out, (0.75, mask))


def grad(p, x, y, cache):
    q, k, v, a, out, dropped = cache
    dout = 2 * (out - y) / y.size
    dmixed = dropout_back(dout, dropped)
    da = dmixed @ v.swapaxes(1, 2)
    dthrough = a.swapaxes(1, 2) @ dmixed
    dv = dthrough + dout
    dscores = a * (da - (da * a).sum(axis=-1, keepdims=True)) / 2
    dq = dscores @ k
    dk = dscores.swapaxes(1, 2) @ q
    flat = x.reshape(-1, 4).T
    dWq, dWk, dWv = (flat @ d.reshape(-1, 4) for d in (dq, dk, dv))
    return {"dWq": dWq, "dWk": dWk, "dWv": dWv}
'''

JOINED_POINT = (
    {"W": RNG.normal(size=(5, 9)), "V": RNG.normal(size=(3, 2))},
    (RNG.normal(size=(4, 2)), RNG.normal(size=(4, 2))),
)

JOINED = '''\
"""Three gates of one product, and what is joined for it."""

import numpy as np

HIDDEN, INPUTS = 3, 2


def cost(p, x, y):
    h = np.ones((len(x), HIDDEN))
    kept = []
    for _ in range(2):
        z = np.hstack((h, x))
        a, b, c = np.split(z @ p["W"], 3, axis=1)
        a, b, c = np.tanh(a), np.exp(-b * b), np.sin(c)
        kept.append((z, a, b, c, z @ p["W"]))
        h = a * b + c
    error = h @ p["V"] - y
    return np.mean(error**2), (kept, h, 2 * error / y.size)


def grad(p, x, y, cache):
    kept, h, error = cache
    dV, dh, dW = h.T @ error, error @ p["V"].T, 0
    for z, a, b, c, pre in reversed(kept):
        _, second, third = np.split(pre, 3, axis=1)
        da = dh * b * (1 - a * a)
        db = dh * a * b * -2 * second
        dc = dh * np.cos(third)
        dz = np.hstack((da, db, dc))
        dW = dW + z.T @ dz
        back = dz @ p["W"].T
        dh = back[:, :HIDDEN]
    return {"dV": dV, "dW": dW}
'''

STATES_POINT = (
    {"W": 0.5 * RNG.normal(size=(3, 3)), "U": RNG.normal(size=(3, 3))},
    (RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3))),
)

STATES = '''\
"""Objects for the steps of a recurrent network, which keep the derivatives for the one before."""

import numpy as np


class Step:
    def __init__(self, x, h, s, p):
        self.x, self.h, self.p = x, h, p
        self.a = np.tanh(p["W"] @ h + p["U"] @ x)
        self.s = 0.5 * s + self.a
        self.out = np.sin(self.s)

    def back(self, dh, ds, total):
        ds = ds + dh * np.cos(self.s)
        dz = ds * (1 - self.a**2)
        total["dW"] += np.outer(dz, self.h)
        total["dU"] += np.outer(dz, self.x)
        self.early_h = self.p["W"].T @ dz
        self.early_s = 0.5 * ds


def cost(p, x, y):
    h = s = np.zeros(3)
    steps = []
    for each in x:
        steps.append(Step(each, h, s, p))
        h, s = steps[-1].out, steps[-1].s
    return 0.5 * sum(np.sum((a.out - b) ** 2) for a, b in zip(steps, y)), steps


def grad(p, x, y, cache):
    total = {"dW": np.zeros((3, 3)), "dU": np.zeros((3, 3))}
    at = len(x) - 1
    cache[at].back(cache[at].out - y[at], np.zeros(3), total)
    while at > 0:
        at -= 1
        dh = cache[at].out - y[at]
        dh = dh + cache[at + 1].early_h
        ds = cache[at + 1].early_s
        cache[at].back(dh, ds, total)
    return total
'''

KERNEL_POINT = (np.array([1.3, 0.7]), (RNG.normal(size=6), RNG.uniform(size=6)))

KERNEL = '''\
"""Probabilities of a bell, with the slopes of its height and width."""

import numpy as np


def bell(theta, x):
    return theta[0] ** 2 * np.exp(-x * x / theta[1])


def slopes(theta, x):
    e = np.exp(-x * x / theta[1])
    return np.array([2 * theta[0] * e, theta[0] ** 2 * e * x * x / theta[1] ** 2])


def cost(theta, x, y):
    z = bell(theta, x)
    p = z / (1 + z)
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)), p


def grad(theta, x, y, p):
    dp = -y * (1 / p) + (1 - y) * (1 / (1 - p))
    return slopes(theta, x) @ (dp * (1 - p) ** 2)
'''
