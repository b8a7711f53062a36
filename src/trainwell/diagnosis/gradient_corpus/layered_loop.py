"""Any number of ReLU layers under a sigmoid, with helpers and caches in a list."""

import numpy as np

HYPER = {}
BACKWARD = (
    "grad",
    "linear_backward",
    "relu_backward",
    "sigmoid_backward",
    "linear_activation_backward",
)
LAYER_DIMS = [5, 6, 4, 3, 1]


def case(seed):
    rng = np.random.default_rng(600 + seed)
    params = {}
    L = len(LAYER_DIMS)
    for l in range(1, L):
        params["W" + str(l)] = rng.normal(size=(LAYER_DIMS[l], LAYER_DIMS[l - 1])) * np.sqrt(
            2.0 / LAYER_DIMS[l - 1]
        )
        params["b" + str(l)] = 0.2 + 0.3 * rng.random((LAYER_DIMS[l], 1))
    X = rng.normal(size=(5, 8))
    Y = (rng.permutation(8) % 2).reshape(1, -1)
    return params, (X, Y)


def linear_activation_forward(A_prev, W, b, activation):
    Z = W.dot(A_prev) + b
    if activation == "sigmoid":
        A = 1 / (1 + np.exp(-Z))
    else:
        A = np.maximum(0, Z)
    return A, ((A_prev, W, b), Z)


def cost(params, X, Y):
    caches = []
    A = X
    L = len(params) // 2
    for l in range(1, L):
        A, cache = linear_activation_forward(
            A, params["W" + str(l)], params["b" + str(l)], "relu"
        )
        caches.append(cache)
    AL, cache = linear_activation_forward(
        A, params["W" + str(L)], params["b" + str(L)], "sigmoid"
    )
    caches.append(cache)
    m = Y.shape[1]
    J = -1 / m * np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL))
    return np.squeeze(J), (AL, caches)


def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]

    dW = 1 / m * np.dot(dZ, A_prev.T)
    db = 1 / m * np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


def relu_backward(dA, cache):
    Z = cache
    dZ = np.array(dA, copy=True)
    dZ[Z <= 0] = 0
    return dZ


def sigmoid_backward(dA, cache):
    Z = cache
    s = 1 / (1 + np.exp(-Z))
    dZ = dA * s * (1 - s)
    return dZ


def linear_activation_backward(dA, cache, activation):
    linear_cache, activation_cache = cache
    if activation == "relu":
        dZ = relu_backward(dA, activation_cache)
    else:
        dZ = sigmoid_backward(dA, activation_cache)
    dA_prev, dW, db = linear_backward(dZ, linear_cache)
    return dA_prev, dW, db


def grad(params, X, Y, cache):
    AL, caches = cache
    grads = {}
    L = len(caches)
    Y = Y.reshape(AL.shape)

    dAL = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))
    current_cache = caches[L - 1]
    dA, dW, db = linear_activation_backward(dAL, current_cache, "sigmoid")
    grads["dW" + str(L)] = dW
    grads["db" + str(L)] = db

    for l in reversed(range(L - 1)):
        current_cache = caches[l]
        dA, dW_temp, db_temp = linear_activation_backward(dA, current_cache, "relu")
        grads["dW" + str(l + 1)] = dW_temp
        grads["db" + str(l + 1)] = db_temp
    return grads
