"""Two convolutions along a line, written as loops, with a reported mistake."""

import numpy as np

HYPER = {}

BACKWARD = ("grad", "conv_backward")


def conv(I, F):
    n, channels, width = I.shape
    filters, _, size = F.shape
    out = []
    for w in range(width - size + 1):
        patch = I[:, :, w : w + size].reshape(n, -1)
        out.append(patch @ F.reshape(filters, -1).T)
    return np.stack(out, axis=2)


def conv_backward(E, I, F):
    grad_I = np.zeros_like(I)
    grad_F = np.zeros_like(F)
    filters, channels, size = F.shape
    for w in range(E.shape[2]):
        for m in range(filters):
            slicedE = E[:, m, w]
            for d in range(channels):
                grad_I[:, d, w : w + size] += np.outer(slicedE, F[m, d])
                grad_F[m, d] += slicedE @ I[:, d, w : w + size]
    return grad_I, grad_F


def case(seed):
    rng = np.random.RandomState(500 + seed)
    params = {
        "F1": 0.5 * rng.randn(3, 4, 3),
        "F2": 0.7 * rng.randn(2, 3, 2),
        "v": rng.randn(2),
    }
    return params, (rng.randn(6, 4, 7), rng.randn(6, 4))


def cost(params, x, y):
    hidden = np.tanh(conv(x, params["F1"]))
    maps = conv(hidden, params["F2"])
    residual = (maps * params["v"][None, :, None]).sum(axis=1) - y
    return 0.5 * np.sum(residual**2) / len(x), (hidden, maps, residual)


def grad(params, x, y, cache):
    hidden, maps, residual = cache
    dres = residual / len(x)
    dv = np.sum(dres[:, None, :] * maps, axis=(0, 2))
    dmaps = dres[:, None, :] * params["v"][None, :, None]
    dhidden, dF2 = conv_backward(dmaps, hidden, params["F2"])
    dz = dhidden * (1 - hidden**2)
    _, dF1 = conv_backward(dz, x, params["F1"])
    return {"dF1": dF1, "dF2": dF2, "dv": dv}


BUGS = [
    {
        "name": "filter_index_for_the_channel",
        "source": "NervanaSystems/neon#111: the gradient of a convolution's input was written at "
        "the wrong channel, as another loop's index stood there.",
        "old": "                grad_I[:, d, w : w + size] += np.outer(slicedE, F[m, d])\n",
        "new": "                grad_I[:, m, w : w + size] += np.outer(slicedE, F[m, d])\n",
        "kinds": ("support", "operand", "path"),
        "target": "grad_I",
    },
]
