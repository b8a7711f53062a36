"""Programs whose parameters an object or the module holds."""

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
