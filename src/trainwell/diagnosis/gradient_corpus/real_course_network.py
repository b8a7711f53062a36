"""Three layers, units x examples, with mistakes that were reported of such code."""

import numpy as np

HYPER = {}

BACKWARD = ("grad",)


def case(seed):
    rng = np.random.RandomState(seed)
    n_x, n_1, n_2, m = 4, 6, 3, 8
    params = {
        "W1": rng.randn(n_1, n_x) * 0.7,
        "b1": rng.randn(n_1, 1) * 0.3,
        "W2": rng.randn(n_2, n_1) * 0.7,
        "b2": rng.rand(n_2, 1) * 0.3 + 0.2,
        "W3": rng.randn(1, n_2) * 0.8,
        "b3": rng.randn(1, 1) * 0.3,
    }
    X = rng.randn(n_x, m)
    Y = (rng.permutation(m) % 2).reshape(1, m).astype(float)
    return params, (X, Y)


def cost(params, X, Y):
    m = X.shape[1]
    Z1 = np.dot(params["W1"], X) + params["b1"]
    A1 = np.maximum(0, Z1)
    Z2 = np.dot(params["W2"], A1) + params["b2"]
    A2 = np.maximum(0, Z2)
    Z3 = np.dot(params["W3"], A2) + params["b3"]
    A3 = 1 / (1 + np.exp(-Z3))
    J = -np.sum(Y * np.log(A3) + (1 - Y) * np.log(1 - A3)) / m
    return J, (Z1, A1, Z2, A2, Z3, A3)


def grad(params, X, Y, cache):
    m = X.shape[1]
    Z1, A1, Z2, A2, Z3, A3 = cache

    dZ3 = A3 - Y
    dW3 = 1. / m * np.dot(dZ3, A2.T)
    db3 = 1. / m * np.sum(dZ3, axis=1, keepdims=True)

    dA2 = np.dot(params["W3"].T, dZ3)
    dZ2 = np.multiply(dA2, np.int64(Z2 > 0))
    dW2 = 1. / m * np.dot(dZ2, A1.T)
    db2 = 1. / m * np.sum(dZ2, axis=1, keepdims=True)

    dA1 = np.dot(params["W2"].T, dZ2)
    dZ1 = np.multiply(dA1, np.int64(Z1 > 0))
    dW1 = 1. / m * np.dot(dZ1, X.T)
    db1 = 1. / m * np.sum(dZ1, axis=1, keepdims=True)

    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2, "dW3": dW3, "db3": db3}


BUGS = [
    {
        "name": "gradient_doubled",
        "source": "bighuang624/Andrew-Ng-Deep-Learning-notes#10: the check of a finished exercise "
        "failed because the gradient of the second weight matrix was still doubled.",
        "old": "    dW2 = 1. / m * np.dot(dZ2, A1.T)\n",
        "new": "    dW2 = 1. / m * np.dot(dZ2, A1.T) * 2\n",
        "kinds": ("factor", "constant"),
        "target": "dW2",
    },
    {
        "name": "average_missing",
        "source": "hunkim/DeepLearningZeroToAll#173: the hand-made weight gradients grew with the "
        "number of examples, as the average over them had been forgotten.",
        "old": "    dW1 = 1. / m * np.dot(dZ1, X.T)\n",
        "new": "    dW1 = np.dot(dZ1, X.T)\n",
        "kinds": ("factor", "reduction"),
        "target": "dW1",
    },
    {
        "name": "mask_from_incoming_gradient",
        "source": "exacity/deeplearningbook-chinese#127: a text had ReLU's backward step remove "
        "the negative entries of the gradient where the negative inputs were meant.",
        "old": "    dZ2 = np.multiply(dA2, np.int64(Z2 > 0))\n",
        "new": "    dZ2 = np.multiply(dA2, np.int64(dA2 > 0))\n",
        "kinds": ("mask", "activation-wrong", "operand"),
        "target": "dZ2",
    },
]
