"""A tower of five layers, each with another activation, with reported mistakes."""

import numpy as np

HYPER = {"slope": 0.2, "alpha": 0.7, "threshold": 1.5}

BACKWARD = (
    "grad",
    "relu_backward",
    "leaky_backward",
    "elu_backward",
    "silu_backward",
    "soft_relu_backward",
)


def relu(x):
    return np.maximum(x, 0.0)


def leaky(x):
    return np.where(x > 0, x, HYPER["slope"] * x)


def elu(x):
    return np.where(x > 0, x, HYPER["alpha"] * (np.exp(x) - 1))


def silu(x):
    return x / (1 + np.exp(-x))


def soft_relu(x):
    t = HYPER["threshold"]
    return np.log(1 + np.exp(np.minimum(np.maximum(x, -t), t)))


def relu_backward(g, x, y):
    g = g * (x > 0)
    return g


def leaky_backward(g, x, y):
    slope = np.where(x > 0, 1.0, HYPER["slope"])
    return g * slope


def elu_backward(g, x, y):
    derivative = np.where(x > 0, 1.0, y + HYPER["alpha"])
    return g * derivative


def silu_backward(g, x, y):
    e = np.exp(-x)
    df = (1 + e + x * e) / (1 + e) ** 2
    return g * df


def soft_relu_backward(g, x, y):
    t = HYPER["threshold"]
    inside = (x > -t) & (x < t)
    return g * inside * (1 - np.exp(-y))


FORWARD = [elu, leaky, silu, relu, soft_relu]
REVERSE = [elu_backward, leaky_backward, silu_backward, relu_backward, soft_relu_backward]
SIZES = [3, 7, 6, 5, 8, 4]


def case(seed):
    rng = np.random.default_rng([seed, 41])
    params = {}
    for i, (fan_in, fan_out) in enumerate(zip(SIZES, SIZES[1:]), start=1):
        params[f"W{i}"] = rng.normal(size=(fan_in, fan_out)) * 1.3 / np.sqrt(fan_in)
        params[f"b{i}"] = rng.normal(size=fan_out) * 0.4
    return params, (rng.normal(size=(10, SIZES[0])), rng.normal(size=(10, SIZES[-1])))


def cost(params, X, T):
    caches = []
    out = X
    for i, activation in enumerate(FORWARD, start=1):
        below = out
        z = below @ params[f"W{i}"] + params[f"b{i}"]
        out = activation(z)
        caches.append((below, z, out))
    return np.mean((out - T) ** 2), caches


def grad(params, X, T, caches):
    grads = {}
    g = 2 * (caches[-1][2] - T) / T.size
    for i in range(len(FORWARD), 0, -1):
        below, z, out = caches[i - 1]
        g = REVERSE[i - 1](g, z, out)
        grads[f"dW{i}"] = below.T @ g
        grads[f"db{i}"] = g.sum(axis=0)
        g = g @ params[f"W{i}"].T
    return grads


BUGS = [
    {
        "name": "rectifier_overwrites_the_gradient",
        "source": "haifengl/smile#528: the rectifier assigned zeros and ones to the gradient "
        "instead of multiplying it, and so discarded what came from above.",
        "old": "    g = g * (x > 0)\n",
        "new": "    g = 1.0 * (x > 0)\n",
        "kinds": ("operand", "path", "activation-wrong"),
        "target": "g",
    },
    {
        "name": "leaky_slope_not_used",
        "source": "deeplearning4j/deeplearning4j#8178: the backward operation of leaky ReLU "
        "neither took nor used the slope that its formula requires.",
        "old": '    slope = np.where(x > 0, 1.0, HYPER["slope"])\n',
        "new": '    slope = np.where(x > 0, 1.0, 0.01)\n',
        "kinds": ("activation-wrong", "constant", "mask"),
        "target": "slope",
    },
    {
        "name": "output_formula_on_the_input",
        "source": "mlpack/mlpack#1540: the derivative of the exponential unit added alpha to its "
        "argument, but the argument was not the function's value.",
        "old": '    derivative = np.where(x > 0, 1.0, y + HYPER["alpha"])\n',
        "new": '    derivative = np.where(x > 0, 1.0, x + HYPER["alpha"])\n',
        "kinds": ("activation-wrong", "operand"),
        "target": "derivative",
    },
    {
        "name": "parentheses_missing",
        "source": "chelsea0x3b/dfdx#915: in the derivative of SiLU the numerator stood without "
        "parentheses, so that the square divided the last term only.",
        "old": "    df = (1 + e + x * e) / (1 + e) ** 2\n",
        "new": "    df = 1 + e + x * e / (1 + e) ** 2\n",
        "kinds": ("activation-wrong", "operation"),
        "target": "df",
    },
    {
        "name": "threshold_tested_on_the_output",
        "source": "PaddlePaddle/Paddle#18678: the clipped soft ReLU decided by its output whether "
        "the input had been clipped, though the two are not equal.",
        "old": "    inside = (x > -t) & (x < t)\n",
        "new": "    inside = (y > -t) & (y < t)\n",
        "kinds": ("mask", "operand", "activation-wrong"),
        "target": "inside",
    },
]
