"""Weight matrices whose first column is the bias, with a reported mistake."""

import numpy as np

HYPER = {"reg": 0.8}

BACKWARD = ("grad",)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def case(seed):
    rng = np.random.RandomState(seed + 50)
    inputs, hidden, labels, m = 4, 5, 3, 8
    params = {
        "Theta1": rng.uniform(-1, 1, (hidden, inputs + 1)),
        "Theta2": rng.uniform(-1, 1, (labels, hidden + 1)),
    }
    X = rng.randn(m, inputs)
    Y = np.eye(labels)[rng.permutation(m) % labels]
    return params, (X, Y)


def cost(params, X, Y):
    theta1, theta2 = params["Theta1"], params["Theta2"]
    m = X.shape[0]
    a1 = np.concatenate([np.ones((m, 1)), X], axis=1)
    z2 = np.dot(a1, theta1.T)
    a2 = np.concatenate([np.ones((m, 1)), sigmoid(z2)], axis=1)
    z3 = np.dot(a2, theta2.T)
    h = sigmoid(z3)
    J = -np.sum(Y * np.log(h) + (1 - Y) * np.log(1 - h)) / m
    J = J + HYPER["reg"] / (2 * m) * (np.sum(theta1[:, 1:] ** 2) + np.sum(theta2[:, 1:] ** 2))
    return J, (a1, z2, a2, h)


def grad(params, X, Y, cache):
    theta1, theta2 = params["Theta1"], params["Theta2"]
    a1, z2, a2, h = cache
    reg = HYPER["reg"]
    m = X.shape[0]

    d3 = h - Y
    d2 = np.dot(d3, theta2[:, 1:]) * sigmoid(z2) * (1 - sigmoid(z2))
    delta1 = np.dot(d2.T, a1)
    delta2 = np.dot(d3.T, a2)

    theta1_ = np.c_[np.zeros((theta1.shape[0], 1)), theta1[:, 1:]]
    theta2_ = np.c_[np.zeros((theta2.shape[0], 1)), theta2[:, 1:]]
    theta1_grad = delta1 / m + (theta1_ * reg) / m
    theta2_grad = delta2 / m + (theta2_ * reg) / m
    return {"dTheta1": theta1_grad, "dTheta2": theta2_grad}


BUGS = [
    {
        "name": "ones_for_zeros_in_the_bias_column",
        "source": "JWarmenhoven/Coursera-Machine-Learning#3: before the penalty was added, the "
        "bias column was set to ones, so that each bias received a share of it.",
        "old": "    theta1_ = np.c_[np.zeros((theta1.shape[0], 1)), theta1[:, 1:]]\n",
        "new": "    theta1_ = np.c_[np.ones((theta1.shape[0], 1)), theta1[:, 1:]]\n",
        "kinds": ("support", "regularisation", "operand"),
        "target": "theta1_",
    },
]
