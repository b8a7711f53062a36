"""Programs that are right, and organised as few people do it; each with one mistake."""

from cli.divided_programs import Divided
from cli.unusual_names import (
    BARE,
    GLOBAL_KEYS,
    NUMBERED,
    PARTIAL,
    PREDICTED,
    PROBABILITY,
    STEP_AND_TIME,
    TRAINED,
    UNICODE,
    UNNAMED,
)

_CASE = """

def case():
    rng = np.random.default_rng(3)
    return Net(rng), (rng.normal(size=(6, 3)), rng.normal(size=(6, 2)))
"""

LOCKED = (
    """
import threading

import numpy as np


class Net:
    def __init__(self, rng):
        self.W1, self.W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        self.lock, self.math, self.turns = threading.Lock(), np, (k for k in range(9))

    def forward(self, X, y):
        with self.lock:
            self.x, self.h = X, self.math.tanh(X @ self.W1)
        self.error = self.h @ self.W2 - y
        return np.sum(self.error**2)

    def backward(self):
        d = 2 * self.error
        self.dW2 = self.h.T @ d
        self.dW1 = self.x.T @ (d @ self.W2.T * (1 - self.h**2))
"""
    + _CASE
)

FORBIDDING = (
    """
import numpy as np


class Net:
    def __init__(self, rng):
        self.W = rng.normal(size=(3, 2))
        self.frozen = True

    def __setattr__(self, name, value):
        if name == "W" and hasattr(self, "frozen"):
            raise AttributeError("weights are frozen")
        object.__setattr__(self, name, value)

    def forward(self, X, y):
        self.x, self.error = X, np.tanh(X @ self.W) - y
        return np.sum(self.error**2)

    def backward(self, X, y):
        a = self.error + y
        return {"dW": X.T @ (2 * self.error * (1 - a**2))}
"""
    + _CASE
)

RECORD = """
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Params:
    w: np.ndarray
    b: float = 0.2
    name: str = "line"


@dataclass(frozen=True)
class Gradients:
    dw: np.ndarray
    db: float


def forward(params, X, y):
    z = X @ params.w + params.b
    return float(np.mean(np.log(np.cosh(z - y)))), z


def backward(params, X, y, z):
    t = np.tanh(z - y) / len(y)
    return Gradients(dw=X.T @ t, db=t.sum())


def case():
    rng = np.random.default_rng(0)
    return Params(rng.normal(size=3)), (rng.normal(size=(5, 3)), rng.normal(size=5))
"""

SHARED_ARRAYS = (
    """
import numpy as np


class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T


class Net:
    def __init__(self, rng):
        self.params = {
            "W1": rng.normal(size=(3, 4)), "b1": np.zeros(4),
            "W2": rng.normal(size=(4, 2)), "b2": np.zeros(2),
        }
        self.first = Affine(self.params["W1"], self.params["b1"])
        self.last = Affine(self.params["W2"], self.params["b2"])

    def loss(self, x, t):
        self.h = np.tanh(self.first.forward(x))
        self.error = self.last.forward(self.h) - t
        return np.mean(self.error**2)

    def gradient(self, x, t):
        self.loss(x, t)
        dout = self.last.backward(2 * self.error / t.size)
        self.first.backward(dout * (1 - self.h**2))
        return {
            "W1": self.first.dW, "b1": self.first.db, "W2": self.last.dW, "b2": self.last.db
        }
"""
    + _CASE
)

USED_UP = """
import numpy as np


def forward(params, X, Y):
    a, caches = X, []
    for W in params["W"]:
        z = a @ W
        caches.append((a, z))
        a = np.tanh(z)
    return np.sum((a - Y) ** 2), (caches, a)


def backward(params, X, Y, cache):
    caches, a = cache
    d = 2 * (a - Y)
    grads = []
    for W in reversed(params["W"]):
        inputs, z = caches.pop()
        d = d * (1 - np.tanh(z) ** 2)
        grads.append(inputs.T @ d)
        d = d @ W.T
    return {"W": grads[::-1]}


def case():
    rng = np.random.default_rng(0)
    params = {"W": [rng.normal(size=(3, 4)), rng.normal(size=(4, 2))]}
    return params, (rng.normal(size=(5, 3)), rng.normal(size=(5, 2)))
"""

STEPPING = (
    """
import numpy as np


class Net:
    def __init__(self, rng):
        self.params, self.grads = {"W": rng.normal(size=(3, 4)), "V": rng.normal(size=(4, 2))}, {}
        self.speed = {name: np.zeros_like(array) for name, array in self.params.items()}

    def forward(self, X, y):
        self.x, self.h = X, np.tanh(X @ self.params["W"])
        self.error = self.h @ self.params["V"] - y
        return np.mean(self.error**2)

    def backward(self):
        d = 2 * self.error / self.error.size
        self.grads["V"] = self.h.T @ d
        self.grads["W"] = self.x.T @ (d @ self.params["V"].T * (1 - self.h**2))
        for name, gradient in self.grads.items():
            self.speed[name] = 0.9 * self.speed[name] + gradient
            self.params[name] -= 0.1 * self.speed[name]
"""
    + _CASE
)

STATISTICS = (
    """
import numpy as np


class Net:
    def __init__(self, rng):
        self.W, self.V = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        self.mean, self.variance = np.zeros(4), np.ones(4)

    def forward(self, x, y):
        self.x, z = x, x @ self.W
        mu, var = z.mean(axis=0), z.var(axis=0)
        self.mean *= 0.9
        self.mean += 0.1 * mu
        self.variance *= 0.9
        self.variance += 0.1 * var
        self.std = np.sqrt(var + 1e-5)
        self.xhat = (z - mu) / self.std
        self.error = self.xhat @ self.V - y
        return np.mean(self.error**2)

    def backward(self):
        d = 2 * self.error / self.error.size
        self.dV = self.xhat.T @ d
        g = d @ self.V.T
        n = len(g)
        dz = (n * g - g.sum(0) - self.xhat * (g * self.xhat).sum(0)) / (n * self.std)
        self.dW = self.x.T @ dz
"""
    + _CASE
)

VIEWS = (
    """
import numpy as np


class Net:
    def __init__(self, rng):
        self.params, self.grads = rng.normal(size=20), np.zeros(20)
        self.W, self.V = self.params[:12].reshape(3, 4), self.params[12:].reshape(4, 2)
        self.gW, self.gV = self.grads[:12].reshape(3, 4), self.grads[12:].reshape(4, 2)

    def forward(self, x, y):
        self.x, self.h = x, np.tanh(x @ self.W)
        self.e = self.h @ self.V - y
        return np.sum(self.e**2)

    def backward(self):
        self.gV[...] = self.h.T @ (2 * self.e)
        self.gW[...] = self.x.T @ ((2 * self.e @ self.V.T) * (1 - self.h**2))
        return self.grads
"""
    + _CASE
)

PROPERTIES = (
    """
from typing import NamedTuple

import numpy as np


class Gradients(NamedTuple):
    V: np.ndarray


class Head:
    def __init__(self, V):
        self.V, self.grads = V, None


class Net:
    def __init__(self, rng):
        self._W, self.head = rng.normal(size=(3, 4)), Head(rng.normal(size=(4, 2)))

    @property
    def W(self):
        return self._W

    def forward(self, x, y):
        self.x, self.h = x, np.tanh(x @ self.W)
        self.e = self.h @ self.head.V - y
        return np.sum(self.e**2)

    def backward(self):
        self.head.grads = Gradients(self.h.T @ (2 * self.e))
        return {"W": self.x.T @ ((2 * self.e @ self.head.V.T) * (1 - self.h**2))}
"""
    + _CASE
)

UNUSUAL = {
    "lock": Divided(
        LOCKED, "(1 - self.h**2)", "(1 - self.h)", "backward against forward", ("W1", "W2")
    ),
    "frozen-weights": Divided(
        FORBIDDING, "(1 - a**2)", "(1 - a)", "backward against forward", ("W",)
    ),
    "records": Divided(RECORD, "db=t.sum()", "db=t.mean()", "backward against forward", ("w", "b")),
    "keys-and-globals": Divided(
        GLOBAL_KEYS, "d.sum(0)", "d.mean(0)", "backward against cost", ("W1", "b1")
    ),
    "bare-names": Divided(BARE, "(1 - h**2)", "(1 - h)", "backward against loss", ("syn0", "syn1")),
    "called-by-the-cost": Divided(
        PREDICTED, "d.sum()", "d.mean()", "backward against forward and loss_fn", ("w", "b")
    ),
    "trained-already": Divided(
        TRAINED, "X.T @ d, d.sum()", "X.T @ d, d.mean()", "backward against cost", ("w", "b")
    ),
    "arrays-of-layers": Divided(
        SHARED_ARRAYS,
        "dout.sum(axis=0)",
        "dout.mean(axis=0)",
        "gradient against loss",
        ("W1", "b1", "W2", "b2"),
    ),
    "cache-used-up": Divided(
        USED_UP,
        "1 - np.tanh(z) ** 2",
        "1 - np.tanh(z)",
        "backward against forward",
        ("W[0]", "W[1]"),
    ),
    "step-within": Divided(
        STEPPING, "(1 - self.h**2)", "(1 - self.h)", "backward against forward", ("W", "V")
    ),
    "running-statistics": Divided(
        STATISTICS,
        "g.sum(0) - self.xhat * (g * self.xhat).sum(0)",
        "g.sum(0)",
        "backward against forward",
        ("W", "V"),
    ),
    "keys-of-numbers": Divided(
        NUMBERED, "(1 - h**2)", "(1 - h)", "backward against cost", ("1", "2")
    ),
    "t-and-dt": Divided(
        STEP_AND_TIME,
        "x * np.cos(params",
        "np.cos(params",
        "backward against cost",
        ("t", "dt"),
    ),
    "views": Divided(
        VIEWS, "(1 - self.h**2)", "(1 - self.h)", "backward against forward", ("W", "V")
    ),
    "one-name": Divided(
        UNNAMED, "** -1.5", "** -0.5", "backward against forward", ("W", "b", "gamma")
    ),
    "signs": Divided(
        UNICODE, "** -1.5", "** -0.5", "backward against forward", ("W", "b", "gamma")
    ),
    "behind-a-property": Divided(
        PROPERTIES, "(1 - self.h**2)", "(1 - self.h)", "backward against forward", ("_W", "head.V")
    ),
    "partial": Divided(PARTIAL, "+ 2 * lam", "+ 3 * lam", "grad against cost", ("a",)),
    "probability": Divided(
        PROBABILITY,
        "dlogp = p - y",
        "dlogp = p - y**2 / 2",
        "policy_backward against policy_forward and policy_loss",
        ("model['W1']", "model['W2']"),
    ),
}
"""By how they are organised."""
