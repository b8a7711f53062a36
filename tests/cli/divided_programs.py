"""Programs whose cost and gradient are divided as people divide them, each with one mistake."""

from typing import NamedTuple

from cli.layer_programs import CELL, MASK, NORM
from cli.owned_programs import (
    CELLS,
    DICTIONARY,
    GROUPS,
    LAYERS,
    LISTED,
    LISTS,
    MODULE,
    NUMBERS,
    OBJECT,
    PARAMS,
    PLACES,
    STACK,
)


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

DROPOUT = """
import numpy as np


def forward_with_dropout(X, parameters, keep_prob=0.7):
    rng = np.random.default_rng(1)
    A1 = np.tanh(parameters["W1"] @ X)
    D1 = rng.random(A1.shape) < keep_prob
    A1 = A1 * D1 / keep_prob
    A2 = parameters["W2"] @ A1
    return A2, (A1, D1, A2)


def compute_cost(A2, Y):
    return np.sum((A2 - Y) ** 2) / Y.shape[1]


def backward_with_dropout(X, Y, parameters, cache, keep_prob):
    A1, D1, A2 = cache
    dA2 = 2 * (A2 - Y) / Y.shape[1]
    dA1 = parameters["W2"].T @ dA2 * D1 / keep_prob
    dZ1 = dA1 * (1 - (A1 * keep_prob) ** 2)
    return {"dW1": dZ1 @ X.T, "dW2": dA2 @ A1.T}


def backward_with_dropout_test_case():
    g = np.random.default_rng(0).normal
    return g(size=(3, 6)), g(size=(1, 6)), {"W1": g(size=(4, 3)), "W2": g(size=(1, 4))}
"""

REGRESSION = """
import numpy as np


def compute_cost(X, y, w, b):
    total = 0.0
    for i in range(len(X)):
        total = total + (X[i] @ w + b - y[i]) ** 2
    return total / (2 * len(X))


def compute_gradient(X, y, w, b):
    dj_dw, dj_db = np.zeros(len(w)), 0.0
    for i in range(len(X)):
        error = X[i] @ w + b - y[i]
        dj_dw = dj_dw + error * X[i]
        dj_db = dj_db + error
    return dj_db / len(X), dj_dw / len(X)


def case():
    g = np.random.default_rng(0).normal
    return {"w": g(size=4), "b": 0.3}, {"X": g(size=(6, 4)), "y": g(size=6)}
"""
NAMED = REGRESSION.replace(
    "return dj_db / len(X), dj_dw / len(X)",
    "dj_db, dj_dw = dj_db / len(X), dj_dw / len(X)\n    return dj_db, dj_dw",
)

VECTOR = """
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_grad(s):
    return s * (1 - s)


def forward_backward_prop(data, labels, params, sizes):
    cut = sizes[0] * sizes[1]
    W1, W2 = params[:cut].reshape(sizes[:2]), params[cut:].reshape(sizes[1:])
    h = sigmoid(data @ W1)
    error = sigmoid(h @ W2) - labels
    cost = np.sum(error**2)
    d = 2 * error * sigmoid_grad(error + labels)
    gradW2 = h.T @ d
    gradW1 = data.T @ (d @ W2.T * sigmoid_grad(h))
    return cost, np.concatenate([gradW1.ravel(), gradW2.ravel()])


def case():
    rng, sizes = np.random.default_rng(0), (4, 3, 2)
    data = {"data": rng.normal(size=(5, 4)), "labels": rng.random((5, 2)), "sizes": sizes}
    return rng.normal(size=18), data
"""

TOGETHER = LOSS.replace("softmax_loss", "linear_classifier")

PROGRAMS = {
    "numbers": Divided(
        NUMBERS, "db = np.sum(d)", "db = np.mean(d)", "backward against loss", ("w", "b")
    ),
    "dictionary-of-the-module": Divided(
        DICTIONARY,
        "dW2 = h.T @ d",
        "dW2 = h.T @ d / len(d)",
        "policy_backward against policy_forward and policy_loss",
        ("model['W1']", "model['W2']"),
    ),
    "layers-of-the-module": Divided(
        LAYERS,
        "slope = np.cos(layer.x @ layer.W)",
        "slope = np.sin(layer.x @ layer.W)",
        "backward against forward and loss",
        ("layers[0].W", "layers[1].W"),
    ),
    "object-as-argument": Divided(
        CELLS,
        "dz = 2 * (out - y) * (1 - out**2)",
        "dz = 2 * (out - y) * (1 - out)",
        "backward against forward and loss",
        ("W.v", "b.v"),
    ),
    "groups": Divided(
        GROUPS,
        'gh = e @ self.weights["w_out"].T * (1 - self.h**2)',
        'gh = e @ self.weights["w_out"].T',
        "backward against forward and squared_error",
        ("weights['w_in']", "weights['w_out']", "biases['b_in']", "biases['b_out']"),
    ),
    "list-of-dictionaries": Divided(
        LISTED,
        "dz = d * (1 - self.values[at + 1] ** 2)",
        "dz = d * (1 - self.values[at + 1])",
        "backward against loss",
        ("layers[0]['W']", "layers[0]['b']", "layers[1]['W']", "layers[1]['b']"),
    ),
    "places": Divided(
        PLACES,
        "d = 2 * (X @ self.theta + self.bias - Y)",
        "d = X @ self.theta + self.bias - Y",
        "gradient against loss",
        ("theta", "bias"),
    ),
    "one-of-several-inputs": Divided(
        MASK,
        'dx = dout * np.cos(x) * mask / options["p"]',
        'dx = dout * np.sin(x) * mask / options["p"]',
        "dropout_backward against dropout_forward",
        ("x",),
    ),
    "slopes-by-their-name": Divided(
        VECTOR,
        "gradW2 = h.T @ d",
        "gradW2 = h.T @ error",
        "forward_backward_prop",
        ("params",),
    ),
    "whatever-it-is-called": Divided(
        TOGETHER, "+ 2 * reg * W", "+ reg * W", "linear_classifier", ("W",)
    ),
    "dropout": Divided(
        DROPOUT,
        'dA1 = parameters["W2"].T @ dA2 * D1 / keep_prob',
        'dA1 = parameters["W2"].T @ dA2 * D1',
        "backward_with_dropout against forward_with_dropout and compute_cost",
        ("W1", "W2"),
    ),
    "derivatives-by-name": Divided(
        NAMED,
        "dj_dw = dj_dw + error * X[i]",
        "dj_dw = dj_dw - error * X[i]",
        "compute_gradient against compute_cost",
        ("w", "b"),
    ),
    "layer-with-named-data": Divided(
        CELL.replace(
            "return g(size=(3, 5)), g(size=(4, 5)), g(size=(4, 5)), parameters",
            'data = {"xt": g(size=(3, 5)), "a_prev": g(size=(4, 5)), "c_prev": g(size=(4, 5))}\n'
            "    return parameters, data",
        ),
        "df = dc * c_prev * f * (1 - f)",
        "df = dc * c_prev * f",
        "cell_backward against cell_forward",
        ("parameters.Wf", "parameters.bf", "xt", "a_prev", "c_prev"),
    ),
    "in-turn": Divided(
        LAYERED,
        "db = np.sum(dZ, axis=1, keepdims=True) / m",
        "db = np.sum(dZ, axis=1, keepdims=True)",
        "L_model_backward against L_model_forward and compute_cost",
        ("W1", "b1", "W2", "b2"),
    ),
    "one-function": Divided(LOSS, "+ 2 * reg * W", "+ reg * W", "softmax_loss", ("W",)),
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
