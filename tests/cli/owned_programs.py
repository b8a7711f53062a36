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

NUMBERS = """
import numpy as np


class Neuron:
    def __init__(self):
        self.w, self.b, self.rate = np.array([0.4, -0.7, 1.1]), 0, 0.1

    def loss(self, X, y):
        self.a = 1 / (1 + np.exp(-(X @ self.w + self.b)))
        return np.mean((self.a - y) ** 2)

    def backward(self, X, y):
        d = 2 * (self.a - y) * self.a * (1 - self.a) / len(y)
        dw = X.T @ d
        db = np.sum(d)
        return dw, db


def case():
    rng = np.random.default_rng(0)
    return Neuron(), (rng.normal(size=(6, 3)), rng.normal(size=6))
"""

DICTIONARY = """
import numpy as np

rng = np.random.default_rng(7)
model = {"W1": rng.normal(size=(4, 3)), "W2": rng.normal(size=4)}
SCALE = 0.5


def policy_forward(x):
    h = np.tanh(x @ model["W1"].T)
    return 1 / (1 + np.exp(-h @ model["W2"])), h


def policy_loss(p, y):
    return -SCALE * np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))


def policy_backward(x, h, p, y):
    d = SCALE * (p - y)
    dW2 = h.T @ d
    dh = np.outer(d, model["W2"]) * (1 - h**2)
    return {"W1": dh.T @ x, "W2": dW2}


def case():
    return {"x": rng.normal(size=(5, 3)), "y": (rng.random(5) > 0.5) * 1.0}
"""

LAYERS = """
import numpy as np


class Linear:
    def __init__(self, n, m):
        self.W, self.dW = np.random.default_rng(n).normal(size=(n, m)), np.zeros((n, m))

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, g):
        self.dW += self.x.T @ g
        return g @ self.W.T


layers = [Linear(3, 4), Linear(4, 2)]


def forward(x):
    for layer in layers:
        x = np.sin(layer.forward(x))
        layer.z = x
    return x


def loss(pred, y):
    return np.mean((pred - y) ** 2)


def backward(pred, y):
    g = 2 * (pred - y) / pred.size
    for layer in layers[::-1]:
        slope = np.cos(layer.x @ layer.W)
        g = layer.backward(g * slope)


def case():
    rng = np.random.default_rng(3)
    return rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
"""

CELLS = """
import numpy as np


class Param:
    def __init__(self, value):
        self.v, self.d, self.m = value, np.zeros_like(value), np.zeros_like(value)


class Net:
    def __init__(self, rng):
        self.W, self.b = Param(rng.normal(size=(3, 2))), Param(rng.normal(size=2))


def forward(net, X):
    return np.tanh(X @ net.W.v + net.b.v)


def loss(out, y):
    return np.sum((out - y) ** 2)


def backward(net, X, y, out):
    dz = 2 * (out - y) * (1 - out**2)
    net.W.d = X.T @ dz
    net.b.d = dz.sum(axis=0)


def case():
    rng = np.random.default_rng(3)
    return Net(rng), (rng.normal(size=(5, 3)), rng.normal(size=(5, 2)))
"""

GROUPS = """
import numpy as np


class Net:
    def __init__(self, rng):
        self.weights = {"w_in": rng.normal(size=(3, 4)), "w_out": rng.normal(size=(4, 1))}
        self.biases = {"b_in": rng.normal(size=4), "b_out": rng.normal(size=1)}

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.weights["w_in"] + self.biases["b_in"])
        return self.h @ self.weights["w_out"] + self.biases["b_out"]

    def squared_error(self, out, t):
        return 0.5 * np.mean((out - t) ** 2)

    def backward(self, out, t):
        e = (out - t) / out.size
        gh = e @ self.weights["w_out"].T * (1 - self.h**2)
        grad_w = {"w_in": self.x.T @ gh, "w_out": self.h.T @ e}
        grad_b = {"b_in": gh.sum(axis=0), "b_out": e.sum(axis=0)}
        return grad_w, grad_b


def case():
    rng = np.random.default_rng(3)
    return Net(rng), (rng.normal(size=(5, 3)), rng.normal(size=(5, 1)))
"""

PLACES = """
import numpy as np


class Regression:
    def __init__(self, rng):
        self.theta, self.bias = rng.normal(size=(4, 3)), rng.normal(size=3)

    def loss(self, X, Y):
        return np.sum((X @ self.theta + self.bias - Y) ** 2)

    def gradient(self, X, Y):
        d = 2 * (X @ self.theta + self.bias - Y)
        return X.T @ d, d.sum(axis=0)


def case():
    rng = np.random.default_rng(3)
    return Regression(rng), (rng.normal(size=(5, 4)), rng.normal(size=(5, 3)))
"""

LISTED = """
import numpy as np


class Net:
    def __init__(self, rng):
        shapes = ((3, 4), (4, 2))
        self.layers = [{"W": rng.normal(size=s), "b": rng.normal(size=s[1])} for s in shapes]

    def loss(self, x, y):
        self.values = [x]
        for layer in self.layers:
            x = np.tanh(x @ layer["W"] + layer["b"])
            self.values.append(x)
        return np.sum((x - y) ** 2)

    def backward(self, y):
        d, gradients = 2 * (self.values[-1] - y), []
        for at in (1, 0):
            dz = d * (1 - self.values[at + 1] ** 2)
            gradients.insert(0, {"W": self.values[at].T @ dz, "b": dz.sum(axis=0)})
            d = dz @ self.layers[at]["W"].T
        return gradients


def case():
    rng = np.random.default_rng(3)
    return Net(rng), (rng.normal(size=(5, 3)), rng.normal(size=(5, 2)))
"""
