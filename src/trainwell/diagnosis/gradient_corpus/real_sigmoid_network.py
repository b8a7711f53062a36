"""Two sigmoid layers, squared error and weight decay, with reported mistakes."""

import numpy as np

HYPER = {"lambd": 0.05}

BACKWARD = ("grad", "sigmoid_prime")

LEARNING_RATE = 0.5


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_prime(z):
    s = sigmoid(z)
    return s * (1 - s)


def case(seed):
    rng = np.random.default_rng(seed)
    params = {
        "W1": rng.normal(size=(3, 5)),
        "b1": 0.5 * rng.normal(size=5),
        "W2": rng.normal(size=(5, 2)),
        "b2": 0.5 * rng.normal(size=2),
    }
    return params, (rng.normal(size=(9, 3)), rng.uniform(0, 1, size=(9, 2)))


def cost(params, X, y):
    z2 = X @ params["W1"] + params["b1"]
    a2 = sigmoid(z2)
    z3 = a2 @ params["W2"] + params["b2"]
    y_hat = sigmoid(z3)
    error = 0.5 * np.sum((y - y_hat) ** 2) / X.shape[0]
    penalty = 0.5 * HYPER["lambd"] * (np.sum(params["W1"] ** 2) + np.sum(params["W2"] ** 2))
    return error + penalty, (z2, a2, z3, y_hat)


def grad(params, X, y, cache):
    z2, a2, z3, y_hat = cache
    W1, W2 = params["W1"], params["W2"]
    lambd = HYPER["lambd"]
    n = X.shape[0]

    delta3 = -(y - y_hat) * sigmoid_prime(z3)
    dJdW2 = np.dot(a2.T, delta3) / n + lambd * W2
    dJdb2 = np.sum(delta3, axis=0) / n

    delta2 = np.dot(delta3, W2.T) * sigmoid_prime(z2)
    dJdW1 = np.dot(X.T, delta2) / n + lambd * W1
    dJdb1 = np.sum(delta2, axis=0) / n

    return {"dW1": dJdW1, "db1": dJdb1, "dW2": dJdW2, "db2": dJdb2}


BUGS = [
    {
        "name": "output_derivative_forgotten",
        "source": "louisjc/mnist-neural-network#1: the deltas of the output layer lacked the "
        "derivative of the sigmoid, though the error was a squared one.",
        "old": "    delta3 = -(y - y_hat) * sigmoid_prime(z3)\n",
        "new": "    delta3 = -(y - y_hat)\n",
        "kinds": ("activation-missing",),
        "target": "delta3",
    },
    {
        "name": "derivative_of_the_activation",
        "source": "benoitfragit/libBrain#78: the derivative was evaluated at the activation where "
        "the weighted sum belongs.",
        "old": "    delta2 = np.dot(delta3, W2.T) * sigmoid_prime(z2)\n",
        "new": "    delta2 = np.dot(delta3, W2.T) * sigmoid_prime(a2)\n",
        "kinds": ("activation-wrong", "operand"),
        "target": "delta2",
    },
    {
        "name": "derivative_formula_on_the_input",
        "source": "BoltzmannEntropy/interviews.ai#15: the class kept the input and then applied "
        "the formula x (1 - x), which holds for the output only.",
        "old": "    s = sigmoid(z)\n",
        "new": "    s = z\n",
        "kinds": ("activation-wrong", "operand"),
        "target": "s",
    },
    {
        "name": "data_term_not_averaged",
        "source": "stephencwelch/Neural-Networks-Demystified#15: beside the weight decay, the "
        "division of the data term by the number of examples was missing.",
        "old": "    dJdW2 = np.dot(a2.T, delta3) / n + lambd * W2\n",
        "new": "    dJdW2 = np.dot(a2.T, delta3) + lambd * W2\n",
        "kinds": ("data-term", "factor"),
        "target": "dJdW2",
    },
    {
        "name": "weights_already_updated",
        "source": "kim-marcel/basic_neural_network#7: the error of the hidden layer was computed "
        "with weights that the step of the output layer had already changed.",
        "old": "    delta2 = np.dot(delta3, W2.T) * sigmoid_prime(z2)\n",
        "new": "    delta2 = np.dot(delta3, (W2 - LEARNING_RATE * dJdW2).T) * sigmoid_prime(z2)\n",
        "kinds": ("matrix", "stale", "operand"),
        "target": "delta2",
    },
]
