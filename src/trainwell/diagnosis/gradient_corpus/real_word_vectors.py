"""Continuous bag of words, units x examples, with reported mistakes."""

import numpy as np

HYPER = {}

BACKWARD = ("back_prop", "softmax_backward", "grad")


def case(seed):
    rng = np.random.RandomState(seed + 282)
    N, V, m = 5, 7, 8
    context = rng.randint(0, V, size=(m, 4))
    x = np.stack([np.eye(V)[words].mean(axis=0) for words in context], axis=1)
    y = np.eye(V)[rng.randint(0, V, size=m)].T
    params = {
        "W1": rng.randn(N, V),
        "b1": 0.4 * rng.randn(N, 1),
        "W2": 0.7 * rng.randn(V, N),
        "b2": 0.4 * rng.randn(V, 1),
    }
    return params, (x, y)


def cost(params, x, y):
    z1 = np.dot(params["W1"], x) + params["b1"]
    h = np.maximum(0, z1)
    z2 = np.dot(params["W2"], h) + params["b2"]
    e = np.exp(z2)
    yhat = e / np.sum(e, axis=0, keepdims=True)
    J = -np.sum(y * np.log(yhat)) / x.shape[1]
    return J, (z1, h, yhat)


def softmax_backward(delta, p):
    dz = p * (delta - np.sum(delta * p, axis=0, keepdims=True))
    return dz


def back_prop(x, y, z1, h, yhat, W2):
    batch_size = x.shape[1]
    l2 = softmax_backward(-y / yhat, yhat)
    l1 = np.dot(W2.T, l2)
    l1[z1 < 0] = 0
    grad_W1 = (1 / batch_size) * np.dot(l1, x.T)
    grad_W2 = (1 / batch_size) * np.dot(l2, h.T)
    grad_b1 = np.sum((1 / batch_size) * l1, axis=1, keepdims=True)
    grad_b2 = np.sum((1 / batch_size) * l2, axis=1, keepdims=True)
    return grad_W1, grad_W2, grad_b1, grad_b2


def grad(params, x, y, cache):
    z1, h, yhat = cache
    grad_W1, grad_W2, grad_b1, grad_b2 = back_prop(x, y, z1, h, yhat, params["W2"])
    return {"dW1": grad_W1, "dW2": grad_W2, "db1": grad_b1, "db2": grad_b2}


BUGS = [
    {
        "name": "bias_gradient_made_of_the_weights",
        "source": "rust0258/Deeplearning.ai-Natural-Language-Processing-Specialization#62: the "
        "gradients of the biases were row sums of the gradients of the weights.",
        "old": "    grad_b2 = np.sum((1 / batch_size) * l2, axis=1, keepdims=True)\n",
        "new": "    grad_b2 = np.sum((1 / batch_size) * np.dot(l2, h.T), axis=1, keepdims=True)\n",
        "kinds": ("operand", "examples", "reduction"),
        "target": "grad_b2",
    },
    {
        "name": "softmax_copies_the_gradient",
        "source": "pjreddie/darknet#96: the softmax layer handed the gradient of its output on as "
        "the gradient of its input.",
        "old": "    dz = p * (delta - np.sum(delta * p, axis=0, keepdims=True))\n",
        "new": "    dz = delta.copy()\n",
        "kinds": ("activation-missing", "activation-wrong", "path"),
        "target": "dz",
    },
    {
        "name": "softmax_diagonal_only",
        "source": "SebLague/Neural-Network-Experiments#5: softmax was differentiated like a "
        "function of one number, so checks of the gradient failed wherever it was used.",
        "old": "    dz = p * (delta - np.sum(delta * p, axis=0, keepdims=True))\n",
        "new": "    dz = p * (1 - p) * delta\n",
        "kinds": ("activation-wrong", "path"),
        "target": "dz",
    },
]
