"""Programs whose functions, parameters and gradients have names that few people give."""

GLOBAL_KEYS = """
import numpy as np

rng = np.random.default_rng(0)
W1, b1 = rng.normal(size=(3, 2)), np.zeros(2)


def cost(X, y):
    return np.mean((X @ W1 + b1 - y) ** 2)


def backward(X, y):
    d = 2 * (X @ W1 + b1 - y) / y.size
    return {"dW1": X.T @ d, "db1": d.sum(0)}


def case():
    return rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
"""

TRAINED = """
import numpy as np

rng = np.random.default_rng(1)
X = rng.normal(size=(20, 3))
y = X @ np.array([[1.0], [2.0], [-1.0]]) + 0.1 * rng.normal(size=(20, 1))
w, b = np.zeros((3, 1)), 0.0


def cost(X, y):
    return ((X @ w + b - y) ** 2).mean()


def backward(X, y):
    d = 2 * (X @ w + b - y) / len(y)
    return X.T @ d, d.sum()


for step in range(9):
    dw, db = backward(X, y)
    w -= 0.1 * dw
    b -= 0.1 * db


def case():
    return X, y
"""

BARE = """
import numpy as np

rng = np.random.default_rng(4)
syn0, syn1 = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))


def loss(X, y):
    return 0.5 * np.sum((np.tanh(X @ syn0) @ syn1 - y) ** 2)


def backward(X, y):
    h = np.tanh(X @ syn0)
    d = h @ syn1 - y
    return {"syn0": X.T @ (d @ syn1.T * (1 - h**2)), "syn1": h.T @ d}


def case():
    return rng.normal(size=(5, 3)), rng.normal(size=(5, 1))
"""

PREDICTED = """
import numpy as np

rng = np.random.default_rng(2)
X = rng.normal(size=(20, 3))
y = X @ np.array([[1.0], [2.0], [-1.0]]) + 0.1 * rng.normal(size=(20, 1))
params = {"w": np.zeros((3, 1)), "b": 0.0}
data = X, y


def forward(X, params):
    return X @ params["w"] + params["b"]


def loss_fn(yhat, y):
    return ((yhat - y) ** 2).mean()


def backward(X, y, yhat):
    d = 2 * (yhat - y) / len(y)
    return X.T @ d, d.sum()
"""

NUMBERED = """
import numpy as np


def cost(params, X, y):
    return np.sum((np.tanh(X @ params[1]) @ params[2] - y) ** 2)


def backward(params, X, y):
    h = np.tanh(X @ params[1])
    d = 2 * (h @ params[2] - y)
    return {2: h.T @ d, 1: X.T @ (d @ params[2].T * (1 - h**2))}


def case():
    rng = np.random.default_rng(0)
    params = {1: rng.normal(size=(3, 4)), 2: rng.normal(size=(4, 2))}
    return params, (rng.normal(size=(5, 3)), rng.normal(size=(5, 2)))
"""

STEP_AND_TIME = """
import numpy as np


def cost(params, x):
    return np.sum(np.sin(params["t"] * x) + params["dt"] ** 3 * x)


def backward(params, x):
    return {"t": np.sum(x * np.cos(params["t"] * x)), "dt": np.sum(3 * params["dt"] ** 2 * x)}


def case():
    return {"t": 0.7, "dt": 1.3}, (np.random.default_rng(0).normal(size=5),)
"""

UNNAMED = """
import numpy as np


def forward(params, X, y):
    z = X @ params["W"] + params["b"]
    o = params["gamma"] * z / np.sqrt(1 + z**2)
    return np.sum((o - y) ** 2), (z, o)


def backward(params, X, y, cache):
    z, o = cache
    g = 2 * (o - y)
    grad_gamma = np.sum(g * z / np.sqrt(1 + z**2))
    gz = g * params["gamma"] * (1 + z**2) ** -1.5
    return grad_gamma, gz.sum(0), X.T @ gz


def case():
    rng = np.random.default_rng(5)
    params = {"W": rng.normal(size=(3, 4)), "b": rng.normal(size=4), "gamma": 1.3}
    return params, (rng.normal(size=(6, 3)), rng.normal(size=(6, 4)))
"""

UNICODE = UNNAMED.replace(
    "    return grad_gamma, gz.sum(0), X.T @ gz",
    '    return {"∂gamma": grad_gamma, "∂b": gz.sum(0), "∂W": X.T @ gz}',
)

PARTIAL = """
from functools import partial

import numpy as np


def _loss(params, x, y, lam):
    return np.mean((params["a"] * x - y) ** 2) + lam * params["a"] ** 2


def _slope(params, x, y, lam):
    return {"a": np.mean(2 * x * (params["a"] * x - y)) + 2 * lam * params["a"]}


cost = partial(_loss, lam=0.3)
grad = partial(_slope, lam=0.3)


def case():
    rng = np.random.default_rng(0)
    return {"a": 0.7}, (rng.normal(size=5), rng.normal(size=5))
"""

PROBABILITY = """
import numpy as np

rng = np.random.default_rng(0)
model = {"W1": rng.normal(size=(5, 4)), "W2": rng.normal(size=5)}


def policy_forward(x):
    h = np.dot(model["W1"], x)
    h[h < 0] = 0
    p = 1 / (1 + np.exp(-np.dot(model["W2"], h)))
    return p, h


def policy_loss(p, y):
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


def policy_backward(x, y, p, h):
    dlogp = p - y
    dh = dlogp * model["W2"]
    dh[h <= 0] = 0
    return {"W1": np.outer(dh, x), "W2": dlogp * h}


def case():
    return {"x": rng.normal(size=4), "y": 1.0}
"""
