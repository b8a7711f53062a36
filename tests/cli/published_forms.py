"""Programs in the forms that people give them: two inputs, module variables, methods, lists."""

from cli.published_programs import Published

TWO_INPUTS = """
import numpy as np


class Gate:
    def __init__(self):
        self.W = np.random.default_rng(0).normal(size=(3, 4))

    def forward(self, x, h):
        self.x, self.h = x, h
        return np.tanh(x @ self.W) * h

    def backward(self, dout):
        t = np.tanh(self.x @ self.W)
        dz = dout * self.h * (1 - t * t)
        self.dW = self.x.T @ dz
        dh = dout * t
        return dz @ self.W.T, dh


def case():
    rng = np.random.default_rng(1)
    return Gate(), (rng.normal(size=(5, 3)), rng.normal(size=(5, 4)))
"""

PRODUCT = """
import numpy as np


class Product:
    def forward(self, a, b):
        self.a, self.b = a, b
        return a * b

    def backward(self, dout):
        return dout * self.b, dout * self.a


def case():
    rng = np.random.default_rng(1)
    return Product(), (rng.normal(size=(5, 3)), rng.normal(size=(5, 3)))
"""

MODULE_CACHE = """
import numpy as np

W = np.random.default_rng(1).normal(size=(7, 2))
E = np.random.default_rng(2).normal(size=(5, 7))


def forward(ids, y):
    h = E[ids]
    z = h @ W
    return 0.5 * np.sum((z - y) ** 2), (h, z)


def backward(ids, y, cache):
    h, z = cache
    dE = np.zeros_like(E)
    np.add.at(dE, ids, (z - y) @ W.T)
    return {"W": h.T @ (z - y), "E": dE}


def case():
    return np.array([0, 3, 3, 1]), np.arange(8).reshape(4, 2)
"""

LISTS = """
import numpy as np


class Net:
    def __init__(self):
        rng = np.random.default_rng(0)
        self.coefs_ = [rng.normal(size=(3, 4)), rng.normal(size=(4, 2))]
        self.intercepts_ = [rng.normal(size=4), rng.normal(size=2)]

    def _loss_and_gradients(self, X, y):
        a = np.tanh(X @ self.coefs_[0] + self.intercepts_[0])
        d = a @ self.coefs_[1] + self.intercepts_[1] - y
        e = (d @ self.coefs_[1].T) * (1 - a**2)
        coef_grads = [X.T @ e, a.T @ d]
        intercept_grads = [e.sum(axis=0), d.sum(axis=0)]
        return 0.5 * np.sum(d**2), coef_grads, intercept_grads


def case():
    rng = np.random.default_rng(1)
    return Net(), (rng.normal(size=(5, 3)), rng.normal(size=(5, 2)))
"""

RULE = """
import numpy as np


def dense_forward(x, params):
    return np.tanh(x @ params["W"] + params["b"]), (x, params)


def dense_backward(dy, cache):
    x, params = cache
    dz = dy * (1 - np.tanh(x @ params["W"] + params["b"]) ** 2)
    return dz @ params["W"].T, {"W": x.T @ dz, "b": dz.sum(axis=0)}


def case():
    rng = np.random.default_rng(0)
    return {"W": rng.normal(size=(3, 4)), "b": rng.normal(size=4)}, {"x": rng.normal(size=(5, 3))}
"""

METHODS = """
import numpy as np


class Pairs:
    def __init__(self, data, penalty):
        self._data, self._penalty = data, penalty

    def objective(self, params):
        value = self._penalty * np.sum(params**2)
        for one, two in self._data:
            value += np.logaddexp(0, params[two] - params[one])
        return value

    def gradient(self, params):
        grad = 2 * self._penalty * params
        for one, two in self._data:
            z = 1 / (1 + np.exp(params[one] - params[two]))
            grad[one] -= z
            grad[two] += z
        return grad


def case():
    rng = np.random.default_rng(0)
    pairs = [tuple(rng.permutation(5)[:2].tolist()) for _ in range(11)]
    return Pairs(pairs, 0.2), rng.normal(size=5)
"""

SCIPY = """
import numpy as np


class Rosen:
    def __init__(self):
        self.a, self.b = 1.0, 100.0

    def fun(self, x):
        return (self.a - x[0]) ** 2 + self.b * (x[1] - x[0] ** 2) ** 2

    def jac(self, x):
        inner = x[1] - x[0] ** 2
        return np.array([-2 * (self.a - x[0]) - 4 * self.b * x[0] * inner, 2 * self.b * inner])


def case():
    return Rosen(), np.array([1.2, 0.7])
"""

FORMS = {
    "two-inputs": Published(TWO_INPUTS, "dh = dout * t", "dh = 3 * dout * t", "exactly 3 x"),
    "product": Published(PRODUCT, ", dout * self.a", ", dout * self.b", "should be"),
    "module-cache": Published(MODULE_CACHE, "h.T @ (z - y)", "2 * h.T @ (z - y)", "exactly 2 x"),
    "lists": Published(LISTS, "e.sum(axis=0)", "2 * e.sum(axis=0)", "2 * e"),
    "rule": Published(RULE, '"W": x.T @ dz', '"W": 2 * x.T @ dz', "exactly 2 x"),
    "methods": Published(METHODS, "2 * self._penalty * par", "self._penalty * par", ""),
    "scipy": Published(SCIPY, "- 4 * self.b", "- 2 * self.b", ""),
}
