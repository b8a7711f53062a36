"""A sparse autoencoder, one example per column, after the Stanford exercise."""

import numpy as np

HYPER = {
    "sparsityParam": 0.15,
    "beta": 0.6,
    "lambda": 0.02,
}

BACKWARD = ("sigmoidGradient", "klGradient", "grad")


def case(seed):
    visibleSize = 6
    hiddenSize = 4
    numPatches = 9
    rng = np.random.RandomState(6100 + seed)

    r = np.sqrt(6) / np.sqrt(hiddenSize + visibleSize + 1)
    theta = {}
    theta["W1"] = rng.rand(hiddenSize, visibleSize) * 2 * r - r
    theta["W2"] = rng.rand(visibleSize, hiddenSize) * 2 * r - r
    theta["b1"] = rng.uniform(-0.8, 0.2, size=(hiddenSize, 1))
    theta["b2"] = rng.uniform(-0.4, 0.4, size=(visibleSize, 1))

    patches = rng.uniform(0.1, 0.9, size=(visibleSize, numPatches))
    return theta, (patches,)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def klDivergence(rho, rhoHat):
    return rho * np.log(rho / rhoHat) + (1 - rho) * np.log((1 - rho) / (1 - rhoHat))


def feedForward(theta, patches):
    z2 = np.dot(theta["W1"], patches) + theta["b1"]
    a2 = sigmoid(z2)
    z3 = np.dot(theta["W2"], a2) + theta["b2"]
    a3 = sigmoid(z3)
    return a2, a3


def cost(theta, patches):
    m = patches.shape[1]
    a2, a3 = feedForward(theta, patches)
    rhoHat = np.sum(a2, axis=1, keepdims=True) / m

    squaredError = 0.5 * np.sum((a3 - patches) ** 2) / m
    weightDecay = np.sum(theta["W1"] ** 2) + np.sum(theta["W2"] ** 2)
    weightDecay *= HYPER["lambda"] / 2
    sparsity = HYPER["beta"] * np.sum(klDivergence(HYPER["sparsityParam"], rhoHat))

    return squaredError + weightDecay + sparsity, (a2, a3, rhoHat)


def sigmoidGradient(a):
    return a * (1 - a)


def klGradient(rho, rhoHat):
    return -rho / rhoHat + (1 - rho) / (1 - rhoHat)


def grad(theta, patches, cache):
    a2, a3, rhoHat = cache
    W1, W2 = theta["W1"], theta["W2"]
    m = patches.shape[1]
    lam = HYPER["lambda"]

    delta3 = -(patches - a3) * sigmoidGradient(a3)

    sparsityDelta = HYPER["beta"] * klGradient(HYPER["sparsityParam"], rhoHat)
    delta2 = (np.dot(W2.T, delta3) + sparsityDelta) * sigmoidGradient(a2)

    W2grad = np.zeros(W2.shape)
    W1grad = np.zeros(W1.shape)
    b2grad = np.zeros(theta["b2"].shape)
    b1grad = np.zeros(theta["b1"].shape)
    for i in range(m):
        W2grad += np.outer(delta3[:, i], a2[:, i])
        W1grad += np.outer(delta2[:, i], patches[:, i])
        b2grad += delta3[:, i : i + 1]
        b1grad += delta2[:, i : i + 1]

    W2grad = W2grad / m + lam * W2
    W1grad = W1grad / m + lam * W1
    b2grad = b2grad / m
    b1grad = b1grad / m

    return {"dW1": W1grad, "dW2": W2grad, "db1": b1grad, "db2": b2grad}
