"""A classifier with one hidden layer, its gradient written by hand, for tests of the check."""

import numpy as np

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(3, 8)), (np.arange(8) % 2).reshape(1, 8) * 1.0
PARAMS = {
    "W1": RNG.normal(size=(4, 3)),
    "b1": 0.3 * RNG.normal(size=(4, 1)),
    "W2": RNG.normal(size=(1, 4)),
    "b2": 0.3 * RNG.normal(size=(1, 1)),
}
NAMES = tuple(PARAMS)


def forward(W1, b1, W2, b2, x, y):
    A1 = np.tanh(W1 @ x + b1)
    A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
    J = -np.sum(y * np.log(A2) + (1 - y) * np.log(1 - A2)) / x.shape[1]
    return J, (A1, A2)


def backward(W1, b1, W2, b2, x, y, A1, A2):  # noqa: ARG001 - the forward pass's arguments
    m = x.shape[1]
    dZ2 = A2 - y
    dW2 = dZ2 @ A1.T / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = (W2.T @ dZ2) * (1 - A1**2)
    dW1 = dZ1 @ x.T / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return dW1, db1, dW2, db2


def cost(params, x, y):
    return forward(*(params[name] for name in NAMES), x, y)[0]


def cost_and_cache(params, x, y):
    return forward(*(params[name] for name in NAMES), x, y)


def grad(params, x, y):
    values = [params[name] for name in NAMES]
    _, (A1, A2) = forward(*values, x, y)
    found = backward(*values, x, y, A1, A2)
    return {f"d{name}": array for name, array in zip(NAMES, found, strict=True)}


def grad_of_cache(params, x, y, cache):
    values = [params[name] for name in NAMES]
    found = backward(*values, x, y, *cache)
    return {f"d{name}": array for name, array in zip(NAMES, found, strict=True)}


def changed(**replaced):
    """Return a backward pass with something else in the place of some gradients."""

    def wrong(params, x, y):
        found = grad(params, x, y)
        return found | {name: change(found[name]) for name, change in replaced.items()}

    return wrong
