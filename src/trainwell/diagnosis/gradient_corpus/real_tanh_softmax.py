"""Two tanh layers of the same width and a softmax, row-major, with reported mistakes."""

import numpy as np

HYPER = {}

BACKWARD = ("grad", "tanh_backward")


def tanh_backward(next_dz, z):
    dz = next_dz * (1 - np.square(np.tanh(z)))
    return dz


def case(seed):
    rng = np.random.default_rng(300 + seed)
    n, d, h, k = 7, 4, 5, 3
    params = {
        "W1": 0.6 * rng.normal(size=(d, h)),
        "b1": 0.3 * rng.normal(size=h),
        "W2": 0.6 * rng.normal(size=(h, h)),
        "b2": 0.3 * rng.normal(size=h),
        "W3": 0.6 * rng.normal(size=(h, k)),
        "b3": 0.3 * rng.normal(size=k),
    }
    y = rng.permutation(n) % k
    return params, (rng.normal(size=(n, d)), y)


def cost(params, X, y):
    z1 = X.dot(params["W1"]) + params["b1"]
    a1 = np.tanh(z1)
    z2 = a1.dot(params["W2"]) + params["b2"]
    a2 = np.tanh(z2)
    z3 = a2.dot(params["W3"]) + params["b3"]
    exp_scores = np.exp(z3)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    loss = -np.mean(np.log(probs[np.arange(len(X)), y]))
    return loss, (z1, a1, z2, a2, probs)


def grad(params, X, y, cache):
    z1, a1, z2, a2, probs = cache
    delta4 = probs.copy()
    delta4[np.arange(len(X)), y] -= 1
    delta4 /= len(X)
    dW3 = a2.T.dot(delta4)
    db3 = np.sum(delta4, axis=0)

    delta3 = tanh_backward(delta4.dot(params["W3"].T), z2)
    dW2 = np.einsum("ij,ik->jk", a1, delta3)
    db2 = np.sum(delta3, axis=0)

    delta2 = tanh_backward(delta3.dot(params["W2"].T), z1)
    dW1 = X.T.dot(delta2)
    db1 = np.sum(delta2, axis=0)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2, "dW3": dW3, "db3": db3}


BUGS = [
    {
        "name": "derivative_at_the_next_layer",
        "source": "dennybritz/nn-from-scratch#3: the formula took the derivative of tanh at the "
        "weighted sums of the layer above.",
        "old": '    delta2 = tanh_backward(delta3.dot(params["W2"].T), z1)\n',
        "new": '    delta2 = tanh_backward(delta3.dot(params["W2"].T), z2)\n',
        "kinds": ("activation-wrong", "operand"),
        "target": "delta2",
    },
    {
        "name": "derivative_of_the_gradient",
        "source": "yizt/numpy_neural_network#6: tanh's backward function applied the derivative "
        "to the gradient it was handed, and never saw the layer's input.",
        "old": "    dz = next_dz * (1 - np.square(np.tanh(z)))\n",
        "new": "    dz = 1 - np.square(np.tanh(next_dz))\n",
        "kinds": ("operand", "activation-wrong", "path"),
        "target": "dz",
    },
    {
        "name": "weight_gradient_transposed",
        "source": "iamtrask/Grokking-Deep-Learning#22: the outer product of deltas and inputs "
        "came out transposed, so the weights were adjusted wrongly.",
        "old": '    dW2 = np.einsum("ij,ik->jk", a1, delta3)\n',
        "new": '    dW2 = np.einsum("ij,ik->kj", a1, delta3)\n',
        "kinds": ("transposed",),
        "target": "dW2",
    },
    {
        "name": "bias_averaged_twice",
        "source": "kvfrans/notes#5: the gradient of the bias was a mean over the examples where "
        "the influences of all of them have to be summed.",
        "old": "    db1 = np.sum(delta2, axis=0)\n",
        "new": "    db1 = np.mean(delta2, axis=0)\n",
        "kinds": ("factor", "reduction"),
        "target": "db1",
    },
]
