"""Small programs whose gradients are sums: terms, factors and counts are left out of them."""

import numpy as np

RNG = np.random.default_rng(21)

COUNTS = """\
from math import lgamma

import numpy as np


class Dense:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, X):
        self.X = X
        return X @ self.W + self.b

    def backward(self, dZ):
        m = self.X.shape[0]
        self.dW = self.X.T @ dZ / m + 0.02 * self.W
        self.db = dZ.mean(axis=0)
        return dZ @ self.W.T


def cost(p, X, y):
    first, second = Dense(p["W1"], p["b1"]), Dense(p["W2"], p["b2"])
    h = np.tanh(first.forward(X))
    rate = np.exp(second.forward(h)[:, 0])
    loss = np.mean(rate - y * np.log(rate) + np.array([lgamma(c + 1) for c in y]))
    for layer in (first, second):
        loss += 0.01 * np.sum(layer.W**2)
    return loss, (first, second, h, rate)


def grad(p, X, y, cache):
    first, second, h, rate = cache
    d = second.backward((rate - y)[:, None])
    first.backward(d * (1 - h**2))
    return {"W1": first.dW, "b1": first.db, "W2": second.dW, "b2": second.db}
"""
COUNTED = (
    {
        "W1": RNG.normal(size=(3, 4)),
        "b1": 0.1 * RNG.normal(size=4),
        "W2": 0.3 * RNG.normal(size=(4, 1)),
        "b2": 0.1 * RNG.normal(size=1),
    },
    (RNG.normal(size=(7, 3)), RNG.integers(0, 4, size=7).astype(float)),
)

BOTH_WAYS = """\
import numpy as np


def cost(p, X):
    left, right = {-1: np.zeros(3)}, {len(X): np.zeros(4)}
    for t in range(len(X)):
        left[t] = np.tanh(p["Wl"] @ X[t] + p["Ul"] @ left[t - 1])
    for t in reversed(range(len(X))):
        right[t] = np.tanh(p["Wr"] @ X[t] + p["Ur"] @ right[t + 1])
    y = sum(p["vl"] @ left[t] + p["vr"] @ right[t] for t in range(len(X)))
    return 0.5 * y**2, (left, right, y)


def grad(p, X, cache):
    left, right, y = cache
    g = {name: np.zeros(value.shape) for name, value in p.items()}
    dh_next = np.zeros(3)
    for t in reversed(range(len(X))):
        g["vl"] += y * left[t]
        dh = y * p["vl"] + dh_next
        draw = dh * (1 - left[t] ** 2)
        g["Wl"] += np.outer(draw, X[t])
        g["Ul"] += np.outer(draw, left[t - 1])
        dh_next = p["Ul"].T @ draw
    dh_next = np.zeros(4)
    for t in range(len(X)):
        g["vr"] += y * right[t]
        dh = y * p["vr"] + dh_next
        draw = dh * (1 - right[t] ** 2)
        g["Wr"] += np.outer(draw, X[t])
        g["Ur"] += np.outer(draw, right[t + 1])
        dh_next = p["Ur"].T @ draw
    return g
"""
TWO_WAYS = (
    {
        "Wl": RNG.normal(size=(3, 2)),
        "Ul": 0.5 * RNG.normal(size=(3, 3)),
        "Wr": RNG.normal(size=(4, 2)),
        "Ur": 0.5 * RNG.normal(size=(4, 4)),
        "vl": RNG.normal(size=3),
        "vr": RNG.normal(size=4),
    },
    (RNG.normal(size=(3, 2)),),
)

BATCHES = """\
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def slope(z):
    return sigmoid(z) * (1 - sigmoid(z))


def passed(p, x):
    z1 = x @ p["W1"]
    a1 = sigmoid(z1)
    z2 = a1 @ p["W2"]
    a2 = np.tanh(z2) + a1
    return {"x": x, "z1": z1, "a1": a1, "z2": z2, "a2": a2, "s": a2 @ p["W3"]}


def cost(p, x, y, noise):
    real, fake = passed(p, x), passed(p, noise)
    loss = np.mean(np.logaddexp(0, real["s"]) - y * real["s"])
    return loss + np.mean(np.logaddexp(0, fake["s"])), (real, fake)


def back(p, ds, c):
    dW3 = c["a2"].T @ ds
    da2 = ds @ p["W3"].T
    delta = da2 * (1 - np.tanh(c["z2"]) ** 2)
    dW2 = c["a1"].T @ delta
    da1 = delta @ p["W2"].T + da2
    dz1 = da1 * slope(c["z1"])
    return c["x"].T @ dz1, dW2, dW3


def outer(p, real, y, n):
    ds = (sigmoid(real["s"]) - y) / n
    return back(p, ds, real)


def grad(p, x, y, noise, cache):
    real, fake = cache
    of_real = outer(p, real, y, x.shape[0])
    of_fake = back(p, sigmoid(fake["s"]) / noise.shape[0], fake)
    dW1, dW2, dW3 = [a + b for a, b in zip(of_real, of_fake, strict=True)]
    return {"W1": dW1, "W2": dW2, "W3": dW3}
"""
TWO_BATCHES = (
    {
        "W1": RNG.normal(size=(4, 3)),
        "W2": RNG.normal(size=(3, 3)),
        "W3": RNG.normal(size=(3, 1)),
    },
    (RNG.normal(size=(6, 4)), RNG.integers(0, 2, size=(6, 1)) * 1.0, RNG.normal(size=(5, 4))),
)

GATES = """\
import numpy as np


def cost(p, X, masks):
    h = np.zeros(3)
    states = [h]
    for x, keep in zip(X, masks, strict=True):
        h = keep * np.tanh(p["W"] @ x + p["U"] @ h) + (1 - keep) * h
        states.append(h)
    lower, upper = 1 / (1 + np.exp(h[0] + 1)), 1 / (1 + np.exp(h[1] - 1))
    return -np.log(upper) + lower**2 + h @ p["v"], (states, lower, upper)


def grad(p, X, masks, cache):
    states, lower, upper = cache
    g = {name: np.zeros(value.shape) for name, value in p.items()}
    g["v"] += states[-1]
    d_up = upper * (1 - upper) / upper
    d_low = -2 * lower * lower * (1 - lower)
    dh = p["v"] + np.array([d_low, d_up, 0.0])
    for t in range(len(X) - 1, -1, -1):
        keep, h = masks[t], states[t]
        new = np.tanh(p["W"] @ X[t] + p["U"] @ h)
        draw = dh * keep * (1 - new**2)
        g["W"] += np.outer(draw, X[t])
        g["U"] += np.outer(draw, h)
        dh_before = p["U"].T @ draw
        dh = dh_before + dh * (1 - keep)
    return g
"""
GATED = (
    {"W": RNG.normal(size=(3, 2)), "U": RNG.normal(size=(3, 3)), "v": RNG.normal(size=3)},
    (RNG.normal(size=(4, 2)), np.array([1.0, 0.0, 1.0, 0.0])[:, None] * np.ones(3)),
)
