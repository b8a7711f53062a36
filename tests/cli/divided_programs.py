"""Programs whose cost and gradient are divided as people divide them, each with one mistake."""

from typing import NamedTuple


class Divided(NamedTuple):
    """A right program, and what makes it wrong."""

    text: str
    meant: str
    instead: str
    introduced: str
    arrays: tuple[str, ...]


LAYERED = """
import numpy as np


def relu_backward(dA, Z):
    return dA * (Z > 0)


def linear_forward(A, W, b):
    return W @ A + b, (A, W)


def linear_backward(dZ, cache):
    A, W = cache
    m = A.shape[1]
    dW = dZ @ A.T / m
    db = np.sum(dZ, axis=1, keepdims=True) / m
    return W.T @ dZ, dW, db


def L_model_forward(X, parameters):
    caches, A = [], X
    for layer in (1, 2):
        Z, cache = linear_forward(A, parameters[f"W{layer}"], parameters[f"b{layer}"])
        A = np.maximum(0, Z) if layer == 1 else 1 / (1 + np.exp(-Z))
        caches.append((cache, Z))
    return A, caches


def compute_cost(AL, Y):
    return float(-np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / Y.shape[1])


def L_model_backward(AL, Y, caches):
    grads = {}
    dA, grads["dW2"], grads["db2"] = linear_backward(AL - Y, caches[1][0])
    dZ = relu_backward(dA, caches[0][1])
    _, grads["dW1"], grads["db1"] = linear_backward(dZ, caches[0][0])
    return grads


def update_parameters(parameters, grads, rate):
    return {name: value - rate * grads["d" + name] for name, value in parameters.items()}


def compute_numerical_gradient(f, x):
    raise NotImplementedError


def case():
    rng = np.random.default_rng(0)
    shapes = {"W1": (4, 3), "b1": (4, 1), "W2": (1, 4), "b2": (1, 1)}
    parameters = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return parameters, (rng.normal(size=(3, 6)), np.array([[0.0, 1.0, 1.0, 0.0, 1.0, 0.0]]))
"""

LOSS = """
import numpy as np


def softmax_loss(W, X, y, reg):
    n = len(X)
    scores = X @ W
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(n), y]).mean() + reg * np.sum(W * W)
    p[np.arange(n), y] -= 1
    dW = X.T @ p / n + 2 * reg * W
    return loss, dW


def case():
    rng = np.random.default_rng(0)
    return rng.normal(size=(4, 3)), (rng.normal(size=(7, 4)), rng.integers(0, 3, 7), 0.1)
"""

PROPAGATE = """
import numpy as np


def propagate(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(w.T @ X + b)))
    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    dw = X @ (A - Y).T / m
    db = np.sum(A - Y) / m
    return {"dw": dw, "db": db}, cost


def case():
    rng = np.random.default_rng(0)
    data = (rng.normal(size=(3, 8)), (rng.random((1, 8)) > 0.5) * 1.0)
    return {"w": rng.normal(size=(3, 1)), "b": 0.3}, data
"""

OBJECT = """
import numpy as np


class Net:
    def __init__(self, rng):
        self.W1, self.b1 = rng.normal(size=(3, 4)), rng.normal(size=(1, 4))
        self.W2 = rng.normal(size=(4, 2))
        self.seen = np.zeros(5)

    def forward(self, X):
        self.h = np.tanh(X @ self.W1 + self.b1)
        return self.h @ self.W2

    def loss(self, X, y):
        self.error = self.forward(X) - y
        return np.mean(self.error**2)

    def backward(self, X, y):
        dz = 2 * self.error / y.size
        self.dW2 = self.h.T @ dz
        dh = dz @ self.W2.T * (1 - self.h**2)
        self.dW1 = X.T @ dh
        self.db1 = dh.sum(axis=0, keepdims=True)


def case():
    rng = np.random.default_rng(0)
    return Net(rng), (rng.normal(size=(6, 3)), rng.normal(size=(6, 2)))
"""

STACK = """
import numpy as np


class Dense:
    def __init__(self, shape, rng):
        self.weights, self.bias = rng.normal(size=shape), rng.normal(size=shape[1])
        self.grad_weights = self.grad_bias = None

    def forward(self, x):
        self.x = x
        return x @ self.weights + self.bias

    def backward(self, grad_output):
        self.grad_weights = self.x.T @ grad_output
        self.grad_bias = grad_output.sum(axis=0)
        return grad_output @ self.weights.T


class Network:
    def __init__(self, rng):
        self.layers = [Dense((3, 4), rng), Dense((4, 2), rng)]

    def forward(self, x):
        for layer in self.layers:
            x = np.tanh(layer.forward(x))
            layer.y = x
        return x

    def compute_loss(self, y_pred, y_true):
        return 0.5 * np.sum((y_pred - y_true) ** 2)

    def backward(self, y_pred, y_true):
        grad = y_pred - y_true
        for layer in reversed(self.layers):
            grad = layer.backward(grad * (1 - layer.y**2))


def case():
    rng = np.random.default_rng(1)
    return Network(rng), (rng.normal(size=(6, 3)), rng.normal(size=(6, 2)))
"""

PARAMS = """
import numpy as np


class Regression:
    def __init__(self, rng):
        self.params = {"W": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}

    def loss(self, X, y=None):
        out = X @ self.params["W"] + self.params["b"]
        if y is None:
            return out
        error = (out - y) / len(X)
        grads = {"W": X.T @ error, "b": error.sum(axis=0)}
        return 0.5 * np.sum((out - y) ** 2) / len(X), grads


def case():
    rng = np.random.default_rng(1)
    return Regression(rng), (rng.normal(size=(6, 3)), rng.normal(size=(6, 2)))
"""

LISTS = """
import numpy as np


class Network:
    def __init__(self, sizes):
        rng = np.random.default_rng(0)
        self.biases = [rng.normal(size=(n, 1)) for n in sizes[1:]]
        self.weights = [rng.normal(size=(n, m)) for m, n in zip(sizes[:-1], sizes[1:])]

    def cost(self, x, y):
        a = x
        for b, w in zip(self.biases, self.weights):
            a = np.tanh(w @ a + b)
        return 0.5 * np.sum((a - y) ** 2)

    def cost_derivative(self, a, y):
        return a - y

    def backprop(self, x, y):
        nabla_b = [np.zeros_like(b) for b in self.biases]
        nabla_w = [np.zeros_like(w) for w in self.weights]
        activations = [x]
        for b, w in zip(self.biases, self.weights):
            activations.append(np.tanh(w @ activations[-1] + b))
        delta = self.cost_derivative(activations[-1], y)
        for layer in (1, 0):
            delta = delta * (1 - activations[layer + 1] ** 2)
            nabla_b[layer] = delta
            nabla_w[layer] = delta @ activations[layer].T
            delta = self.weights[layer].T @ delta
        return nabla_b, nabla_w


def case():
    rng = np.random.default_rng(1)
    return Network([3, 4, 2]), (rng.normal(size=(3, 1)), rng.normal(size=(2, 1)))
"""

MODULE = """
import numpy as np

rng = np.random.default_rng(0)
Wxh, Whh = rng.normal(size=(4, 3)), rng.normal(size=(4, 4))
Why, bh = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
unused = np.ones(3)


def lossFun(inputs, targets, hprev):
    xs, hs, ps, loss = {}, {-1: hprev}, {}, 0
    for t, symbol in enumerate(inputs):
        xs[t] = np.eye(3)[:, [symbol]]
        hs[t] = np.tanh(Wxh @ xs[t] + Whh @ hs[t - 1] + bh)
        ps[t] = np.exp(Why @ hs[t])
        ps[t] = ps[t] / ps[t].sum()
        loss += -np.log(ps[t][targets[t], 0])
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dhnext = np.zeros_like(bh), np.zeros_like(bh)
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dWhy += dy @ hs[t].T
        dhraw = (1 - hs[t] ** 2) * (Why.T @ dy + dhnext)
        dbh += dhraw
        dWxh += dhraw @ xs[t].T
        dWhh += dhraw @ hs[t - 1].T
        dhnext = Whh.T @ dhraw
    return loss, dWxh, dWhh, dWhy, dbh, hs[len(inputs) - 1]


def case():
    return [0, 2, 1], [2, 1, 0], np.zeros((4, 1))
"""

NORM = """
import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    mu = x.mean(axis=0)
    sd = np.sqrt(x.var(axis=0) + eps)
    xhat = (x - mu) / sd
    return gamma * xhat + beta, (xhat, gamma, sd)


def batchnorm_backward(dout, cache):
    xhat, gamma, sd = cache
    dgamma, dbeta = np.sum(dout * xhat, axis=0), dout.sum(axis=0)
    g = dout * gamma
    dx = (g - g.mean(axis=0) - xhat * np.mean(g * xhat, axis=0)) / sd
    return dx, dgamma, dbeta


def case():
    rng = np.random.default_rng(0)
    return rng.normal(size=(6, 3)), rng.normal(size=3), rng.normal(size=3), {"eps": 1e-3}
"""

CELL = """
import numpy as np


def cell_forward(xt, a_prev, c_prev, parameters):
    both = np.concatenate((a_prev, xt), axis=0)
    f = 1 / (1 + np.exp(-(parameters["Wf"] @ both + parameters["bf"])))
    c_next = f * c_prev
    a_next = np.tanh(c_next)
    return a_next, c_next, (a_next, a_prev, c_prev, f, xt, parameters)


def cell_backward(da_next, dc_next, cache):
    a_next, a_prev, c_prev, f, xt, parameters = cache
    dc = dc_next + da_next * (1 - a_next**2)
    df = dc * c_prev * f * (1 - f)
    both = np.concatenate((a_prev, xt), axis=0)
    dboth = parameters["Wf"].T @ df
    gradients = {"dxt": dboth[4:], "da_prev": dboth[:4], "dc_prev": dc * f}
    gradients["dWf"], gradients["dbf"] = df @ both.T, df.sum(axis=1, keepdims=True)
    return gradients


def case():
    g = np.random.default_rng(0).normal
    parameters = {"Wf": g(size=(4, 7)), "bf": g(size=(4, 1))}
    return g(size=(3, 5)), g(size=(4, 5)), g(size=(4, 5)), parameters
"""

PROGRAMS = {
    "in-turn": Divided(
        LAYERED,
        "db = np.sum(dZ, axis=1, keepdims=True) / m",
        "db = np.sum(dZ, axis=1, keepdims=True)",
        "L_model_backward against L_model_forward and compute_cost",
        ("W1", "b1", "W2", "b2"),
    ),
    "one-function": Divided(LOSS, "+ 2 * reg * W", "+ reg * W", "softmax_loss", ("theta",)),
    "gradients-first": Divided(
        PROPAGATE,
        "db = np.sum(A - Y) / m",
        "db = np.sum(A - Y)",
        "propagate",
        ("w", "b"),
    ),
    "object": Divided(
        OBJECT,
        "dh = dz @ self.W2.T * (1 - self.h**2)",
        "dh = dz @ self.W2.T * (1 - self.h)",
        "backward against loss",
        ("W1", "b1", "W2"),
    ),
    "objects-in-a-list": Divided(
        STACK,
        "self.grad_bias = grad_output.sum(axis=0)",
        "self.grad_bias = grad_output.mean(axis=0)",
        "backward against forward and compute_loss",
        ("layers[0].weights", "layers[0].bias", "layers[1].weights", "layers[1].bias"),
    ),
    "params": Divided(
        PARAMS,
        "error = (out - y) / len(X)",
        "error = out - y",
        "loss",
        ("W", "b"),
    ),
    "lists": Divided(
        LISTS,
        "nabla_w[layer] = delta @ activations[layer].T",
        "nabla_w[layer] = 2 * delta @ activations[layer].T",
        "backprop against cost",
        ("biases[0]", "biases[1]", "weights[0]", "weights[1]"),
    ),
    "variables-of-the-module": Divided(
        MODULE,
        "dWhy += dy @ hs[t].T",
        "dWhy += dy @ hs[t - 1].T",
        "lossFun",
        ("Wxh", "Whh", "Why", "bh"),
    ),
    "layer": Divided(
        NORM,
        "dgamma, dbeta = np.sum(dout * xhat, axis=0), dout.sum(axis=0)",
        "dgamma, dbeta = np.sum(dout * xhat, axis=0), dout.mean(axis=0)",
        "batchnorm_backward against batchnorm_forward",
        ("x", "gamma", "beta"),
    ),
    "layer-with-parameters": Divided(
        CELL,
        "dc = dc_next + da_next * (1 - a_next**2)",
        "dc = dc_next + da_next * (1 - a_next)",
        "cell_backward against cell_forward",
        ("xt", "a_prev", "c_prev", "parameters.Wf", "parameters.bf"),
    ),
}
