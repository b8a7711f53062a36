"""A small framework of layer classes with forward and backward, and softmax cross-entropy on top."""

import numpy as np

HYPER = {}
BACKWARD = (
    "grad",
    "Linear.backward",
    "ReLU.backward",
    "CrossEntropyLoss.backward",
    "Sequential.backward",
)
SIZES = (5, 6, 5, 3)


class Linear:
    """Weights are (out_features, in_features), the bias is a column, examples come in rows."""

    def __init__(self, W, b):
        self.W = W
        self.b = b
        self.dW = None
        self.db = None

    def forward(self, x):
        self.A = x
        self.N = x.shape[0]
        self.Ones = np.ones((self.N, 1))
        return self.A @ self.W.T + self.Ones @ self.b.T

    def backward(self, dLdZ):
        dLdA = dLdZ @ self.W
        self.dW = dLdZ.T @ self.A
        self.db = dLdZ.T @ self.Ones
        return dLdA


class ReLU:
    def forward(self, Z):
        self.A = np.maximum(Z, 0.0)
        return self.A

    def backward(self, dLdA):
        return dLdA * (self.A > 0)


class CrossEntropyLoss:
    def forward(self, logits, labels):
        self.N, self.C = logits.shape
        self.Y = np.eye(self.C)[labels]
        shifted = logits - np.max(logits, axis=1, keepdims=True)
        exps = np.exp(shifted)
        self.softmax = exps / np.sum(exps, axis=1, keepdims=True)
        crossentropy = -np.sum(self.Y * np.log(self.softmax), axis=1)
        return np.sum(crossentropy) / self.N

    def backward(self):
        return (self.softmax - self.Y) / self.N


class Sequential:
    def __init__(self, layers, criterion):
        self.layers = layers
        self.criterion = criterion

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def loss(self, x, labels):
        return self.criterion.forward(self.forward(x), labels)

    def backward(self):
        delta = self.criterion.backward()
        for layer in self.layers[::-1]:
            delta = layer.backward(delta)
        return delta

    def linears(self):
        return [layer for layer in self.layers if isinstance(layer, Linear)]


def case(seed):
    rng = np.random.default_rng(4801 + seed)
    params = {}
    for i, (n_in, n_out) in enumerate(zip(SIZES[:-1], SIZES[1:])):
        params[f"W{i}"] = rng.normal(size=(n_out, n_in)) * 0.7
        params[f"b{i}"] = 0.1 + 0.2 * rng.normal(size=(n_out, 1))
    x = rng.normal(size=(9, SIZES[0]))
    labels = rng.permutation(np.arange(9) % SIZES[-1])
    return params, (x, labels)


def build_model(params):
    layers = []
    depth = len(SIZES) - 1
    for i in range(depth):
        layers.append(Linear(params[f"W{i}"], params[f"b{i}"]))
        if i < depth - 1:
            layers.append(ReLU())
    return Sequential(layers, CrossEntropyLoss())


def cost(params, x, labels):
    model = build_model(params)
    loss = model.loss(x, labels)
    return loss, model


def grad(params, x, labels, model):
    model.backward()
    out = {}
    for i, layer in enumerate(model.linears()):
        out[f"dW{i}"] = layer.dW
        out[f"db{i}"] = layer.db
    return out
