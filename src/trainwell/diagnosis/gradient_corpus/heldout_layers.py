"""A classifier made of layer objects that keep what their backward pass needs."""

import numpy as np

HYPER = {"reg": 0.02}

BACKWARD = (
    "Dense.backward",
    "Tanh.backward",
    "ReLU.backward",
    "SoftmaxCrossEntropy.backward",
    "Model.backward",
    "Model.gradients",
)


class Dense:
    def __init__(self, W, b, reg=0.0):
        self.W = W
        self.b = b
        self.reg = reg
        self.cache = None
        self.dW = None
        self.db = None

    def forward(self, x):
        self.cache = x
        return x @ self.W + self.b

    def backward(self, grad):
        x = self.cache
        self.dW = x.T @ grad + self.reg * self.W
        self.db = grad.sum(axis=0)
        return grad @ self.W.T

    def penalty(self):
        return 0.5 * self.reg * np.sum(self.W**2)


class Tanh:
    def __init__(self):
        self.cache = None

    def forward(self, x):
        out = np.tanh(x)
        self.cache = out
        return out

    def backward(self, grad):
        out = self.cache
        local = 1.0 - out**2
        return grad * local


class ReLU:
    def __init__(self):
        self.cache = None

    def forward(self, x):
        self.cache = x
        return np.maximum(x, 0)

    def backward(self, grad):
        x = self.cache
        grad_x = grad * (x > 0)
        return grad_x


class SoftmaxCrossEntropy:
    def __init__(self):
        self.cache = None

    def forward(self, scores, labels):
        shifted = scores - np.max(scores, axis=1, keepdims=True)
        exps = np.exp(shifted)
        probs = exps / np.sum(exps, axis=1, keepdims=True)
        n = scores.shape[0]
        self.cache = (probs, labels)
        return -np.sum(np.log(probs[np.arange(n), labels])) / n

    def backward(self):
        probs, labels = self.cache
        n = probs.shape[0]
        grad = probs.copy()
        grad[np.arange(n), labels] -= 1
        grad /= n
        return grad


class Model:
    def __init__(self, params):
        reg = HYPER["reg"]
        self.layers = [
            Dense(params["W1"], params["b1"], reg),
            Tanh(),
            Dense(params["W2"], params["b2"], reg),
            ReLU(),
            Dense(params["W3"], params["b3"], reg),
        ]
        self.loss = SoftmaxCrossEntropy()

    def dense_layers(self):
        return [layer for layer in self.layers if isinstance(layer, Dense)]

    def forward(self, x, labels):
        for layer in self.layers:
            x = layer.forward(x)
        value = self.loss.forward(x, labels)
        for layer in self.dense_layers():
            value = value + layer.penalty()
        return value

    def backward(self):
        grad = self.loss.backward()
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad

    def gradients(self):
        grads = {}
        for number, layer in enumerate(self.dense_layers(), start=1):
            grads["dW%d" % number] = layer.dW
            grads["db%d" % number] = layer.db
        return grads


def case(seed):
    rng = np.random.default_rng(seed)
    n, d, h1, h2, k = 9, 4, 6, 5, 3
    params = {
        "W1": rng.normal(size=(d, h1)) * 0.6,
        "b1": rng.normal(size=h1) * 0.3,
        "W2": rng.normal(size=(h1, h2)) * 0.7,
        "b2": rng.normal(size=h2) * 0.3,
        "W3": rng.normal(size=(h2, k)) * 0.7,
        "b3": rng.normal(size=k) * 0.3,
    }
    x = rng.normal(size=(n, d))
    labels = rng.permutation(np.arange(n) % k)
    return params, (x, labels)


def cost(params, x, labels):
    return Model(params).forward(x, labels)


def grad(params, x, labels):
    model = Model(params)
    model.forward(x, labels)
    model.backward()
    return model.gradients()
