"""Objects as people publish them: what they overwrite, update, keep and are given."""

from typing import NamedTuple

IN_PLACE = """
import numpy as np


class Net:
    def __init__(self):
        self.W = np.random.default_rng(0).normal(size=(4, 3))
        self.total = 0

    def forward(self, x, t):
        s = x @ self.W
        y = np.exp(s - s.max(axis=1, keepdims=True))
        y /= y.sum(axis=1, keepdims=True)
        self.cache = (x, t, y)
        return -np.mean(np.log(y[np.arange(len(t)), t]))

    def backward(self):
        x, t, y = self.cache
        dx = y
        dx[np.arange(len(t)), t] -= 1
        dx /= len(t)
        self.dW = x.T @ dx


def case():
    x = np.random.default_rng(1).normal(size=(6, 4))
    return Net(), (x, np.array([0, 2, 1, 1, 0, 2]))
"""

STATEFUL = """
import numpy as np


class Net:
    def __init__(self):
        rng = np.random.default_rng(0)
        self.U, self.W = rng.normal(size=(3, 2)), 0.5 * rng.normal(size=(3, 3))
        self.state = None

    def forward(self, x, y):
        self.before = np.zeros(3) if self.state is None else self.state
        self.x, self.state = x, np.tanh(self.U @ x + self.W @ self.before)
        self.error = self.state - y
        return 0.5 * np.sum(self.error**2)

    def backward(self):
        self.error *= 1 - self.state**2
        self.dU = np.outer(self.error, self.x)
        self.dW = np.outer(self.error, self.before)


def case():
    rng = np.random.default_rng(1)
    net, x, y = Net(), rng.normal(size=2), rng.normal(size=3)
    net.forward(x, y)
    return net, (x, y)
"""

STEP = """
import numpy as np


class Dense:
    def __init__(self):
        rng = np.random.default_rng(0)
        self.weights, self.bias = rng.normal(size=(2, 3)), rng.normal(size=(2, 1))

    def forward(self, input):
        self.input = input
        return np.dot(self.weights, self.input) + self.bias

    def backward(self, output_gradient, learning_rate):
        weights_gradient = np.dot(output_gradient, self.input.T)
        input_gradient = np.dot(self.weights.T, output_gradient)
        self.weights -= learning_rate * weights_gradient
        self.bias = self.bias - learning_rate * output_gradient
        return input_gradient


def case():
    return Dense(), (np.random.default_rng(1).normal(size=(3, 1)),)
"""

FREE_COST = """
import numpy as np


def tanh(x):
    return np.tanh(x)


def tanh_prime(x):
    return 1 - np.tanh(x) ** 2


def root(x):
    return np.sqrt(x)


class Net:
    def __init__(self):
        self.W = np.random.default_rng(0).normal(size=(3, 2))

    def set_loss(self, name):
        self.name = name

    def output(self, x):
        return tanh(x @ self.W)

    def backprop(self, x, y):
        self.dW = x.T @ ((self.output(x) - y) * tanh_prime(x @ self.W))


def cost(net, x, y):
    return 0.5 * np.sum((net.output(x) - y) ** 2)


def case():
    rng = np.random.default_rng(1)
    return Net(), (rng.normal(size=(4, 3)), rng.normal(size=(4, 2)))
"""

FREE_BOTH = FREE_COST.replace(
    "def case():",
    """def backward(net, x, y):
    net.backprop(x, y)


def case():""",
)

LAYER_FUNCTIONS = """
import numpy as np


def scale_forward(x, gain, shift):
    return gain * x + shift, (x, gain)


def scale_backward(dout, cache):
    x, gain = cache
    return dout * gain, np.sum(dout * x, axis=0), np.sum(dout, axis=0)


class Net:
    def __init__(self):
        rng = np.random.default_rng(0)
        self.p = {"W": rng.normal(size=(3, 2)), "gain": rng.normal(size=3), "shift": np.ones(3)}
        self.m = {name: np.zeros_like(each) for name, each in self.p.items()}
        self.v = {name: np.zeros_like(each) for name, each in self.p.items()}

    def forward(self, x, y):
        scaled, cache = scale_forward(x, self.p["gain"], self.p["shift"])
        self.kept = scaled, cache, scaled @ self.p["W"] - y
        return np.mean(self.kept[-1] ** 2)

    def backward(self):
        scaled, cache, error = self.kept
        d = 2 * error / error.size
        g = {"W": scaled.T @ d}
        _, g["gain"], g["shift"] = scale_backward(d @ self.p["W"].T, cache)
        return g


def case():
    rng = np.random.default_rng(1)
    return Net(), (rng.normal(size=(4, 3)), rng.normal(size=(4, 2)))
"""

LETTERS = """
import numpy as np


class Layer:
    def __init__(self):
        self.weights = np.random.default_rng(0).normal(size=(4, 3))
        self.biases = np.ones((1, 3))
        self.grads = {}

    def forward(self, x):
        self.input, self.z = x, np.tanh(x @ self.weights + self.biases)
        return np.sum(self.z**2)

    def backward(self):
        dz = 2 * self.z * (1 - self.z**2)
        self.grads = {"dW": self.input.T @ dz, "db": dz.sum(axis=0, keepdims=True)}


def case():
    return Layer(), (np.random.default_rng(1).normal(size=(5, 4)),)
"""

ATTRIBUTES = LETTERS.replace(
    """self.grads = {"dW": self.input.T @ dz, "db": dz.sum(axis=0, keepdims=True)}""",
    """self.dL_dw, self.dL_db = self.input.T @ dz, dz.sum(axis=0, keepdims=True)""",
)

NO_PARAMETERS = """
import numpy as np


class Softmax:
    def __init__(self):
        self.axis, self.rate = -1, 0.01

    def forward(self, x):
        e = np.exp(x - x.max(axis=self.axis, keepdims=True))
        self.y = e / e.sum(axis=self.axis, keepdims=True)
        return self.y

    def backward(self, grad):
        return self.y * (grad - np.sum(grad * self.y, axis=self.axis, keepdims=True))


def case():
    layer, x = Softmax(), np.random.default_rng(1).normal(size=(4, 3))
    layer.forward(x)
    return layer, (x,)
"""

VALUES = """
import math

import numpy as np


class Value:
    def __init__(self, data, children=()):
        self.data, self.grad, self.children = data, 0.0, children
        self.back = lambda: None

    def __add__(self, other):
        out = Value(self.data + other.data, (self, other))

        def back():
            self.grad += out.grad
            other.grad += out.grad

        out.back = back
        return out

    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other))

        def back():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out.back = back
        return out


class Net:
    def __init__(self):
        self.w = [Value(0.4), Value(-1.2)]

    def loss(self, x, y):
        self.out = Value(-y)
        for w, each in zip(self.w, x):
            self.out = self.out + w * Value(each)
        self.out = self.out * self.out
        return self.out

    def backward(self):
        order, seen = [], set()

        def visit(value):
            if id(value) not in seen:
                seen.add(id(value))
                for child in value.children:
                    visit(child)
                order.append(value)

        visit(self.out)
        self.out.grad = 1.0
        for value in reversed(order):
            value.back()


def case():
    return Net(), ([0.5, 2.0], 0.3)
"""

IN_ONE = """
import numpy as np


class Net:
    def __init__(self):
        self.w = np.random.default_rng(0).normal(size=3)
        self.w_diff = np.zeros(3)

    def run(self, x):
        return np.sin(x @ self.w)


def loss_and_grad(net, x, y):
    error = net.run(x) - y
    net.w_diff = x.T @ (error * np.cos(x @ net.w))
    return 0.5 * np.sum(error**2)


def case():
    rng = np.random.default_rng(1)
    return Net(), (rng.normal(size=(4, 3)), rng.normal(size=4))
"""


class Published(NamedTuple):
    """A program, a mistake in it, and what is told of that."""

    text: str
    right: str
    wrong: str
    told: str


PUBLISHED = {
    "in-place": Published(IN_PLACE, "dx /= len(t)", "dx /= len(t) / 2", "exactly 2 x"),
    "stateful": Published(STATEFUL, "*= 1 - self.state**2", "*= 2 - 2 * self.state**2", ""),
    "step": Published(STEP, "self.input.T)", "self.input.T) * 2", "is exactly 2 x the correct"),
    "free-cost": Published(FREE_COST, "x.T @ ((", "2 * x.T @ ((", "is exactly 2 x the correct"),
    "free-both": Published(FREE_BOTH, "x.T @ ((", "2 * x.T @ ((", "is exactly 2 x the correct"),
    "layer-functions": Published(LAYER_FUNCTIONS, "np.sum(dout * x,", "np.sum(dout,", ""),
    "letters": Published(LETTERS, "2 * self.z *", "self.z *", "is exactly 0.5 x the correct"),
    "attributes": Published(ATTRIBUTES, "2 * self.z *", "self.z *", "is exactly 0.5 x the correct"),
    "no-parameters": Published(
        NO_PARAMETERS, "self.y * (grad", "2 * self.y * (grad", "exactly 2 x"
    ),
    "values": Published(VALUES, "self.grad += other.data * out", "self.grad += out", ""),
    "in-one": Published(IN_ONE, "np.cos(x @ net.w)", "np.cos(x @ net.w) * 3", "is exactly 3 x"),
}
