"""Layer objects: linear, GELU, layer norm with gain, a residual block; weighted squared error."""

import numpy as np

HYPER = {"eps": 1e-5, "gelu_cubic": 0.044715}
BACKWARD = ("Linear.backward", "GELU.backward", "LayerNorm.backward", "Residual.backward",
            "WeightedMSE.backward", "Model.backward", "grad")  # fmt: skip


class Linear:
    def __init__(self, params, name):
        self.name = name
        self.w = params[name + "_w"]
        self.b = params[name + "_b"]

    def __call__(self, x):
        self.x = x
        return x @ self.w.T + self.b

    def backward(self, dy, grads):
        grads["d" + self.name + "_w"] = dy.T @ self.x
        grads["d" + self.name + "_b"] = dy.sum(axis=0)
        return dy @ self.w


class GELU:
    def __call__(self, x):
        self.x = x
        self.t = np.tanh(np.sqrt(2 / np.pi) * (x + HYPER["gelu_cubic"] * x**3))
        return 0.5 * x * (1 + self.t)

    def backward(self, dy, grads):
        inner = np.sqrt(2 / np.pi) * (1 + 3 * HYPER["gelu_cubic"] * self.x**2)
        return dy * (0.5 * (1 + self.t) + 0.5 * self.x * (1 - self.t**2) * inner)


class LayerNorm:
    def __init__(self, params, name):
        self.name = name
        self.gain = params[name + "_gain"]

    def __call__(self, x):
        centered = x - x.mean(axis=-1, keepdims=True)
        self.rstd = 1 / np.sqrt((centered**2).mean(axis=-1, keepdims=True) + HYPER["eps"])
        self.xhat = centered * self.rstd
        return self.gain * self.xhat

    def backward(self, dy, grads):
        grads["d" + self.name + "_gain"] = (dy * self.xhat).sum(axis=0)
        dxhat = dy * self.gain
        m1 = dxhat.mean(axis=-1, keepdims=True)
        m2 = (dxhat * self.xhat).mean(axis=-1, keepdims=True)
        return self.rstd * (dxhat - m1 - self.xhat * m2)


class Residual:
    def __init__(self, *inner):
        self.inner = inner

    def __call__(self, x):
        out = x
        for f in self.inner:
            out = f(out)
        return x + out

    def backward(self, dy, grads):
        dx = dy
        for f in reversed(self.inner):
            dx = f.backward(dx, grads)
        return dx + dy


class WeightedMSE:
    def __call__(self, pred, y, w):
        self.diff, self.w = pred - y, w / w.sum()
        return float(self.w @ (self.diff**2).sum(axis=1))

    def backward(self):
        return 2 * self.w[:, None] * self.diff


class Model:
    def __init__(self, p):
        block = Residual(LayerNorm(p, "norm"), Linear(p, "up"), GELU(), Linear(p, "down"))
        self.chain = [Linear(p, "stem"), block, Linear(p, "head")]
        self.criterion = WeightedMSE()

    def loss(self, x, y, w):
        for layer in self.chain:
            x = layer(x)
        return self.criterion(x, y, w)

    def backward(self):
        grads, d = {}, self.criterion.backward()
        for layer in self.chain[::-1]:
            d = layer.backward(d, grads)
        return grads


def case(seed):
    rng = np.random.default_rng(seed + 88)
    p = {"norm_gain": rng.uniform(0.7, 1.5, size=4)}
    for name, out, inp in [("stem", 4, 3), ("up", 5, 4), ("down", 4, 5), ("head", 2, 4)]:
        p[name + "_w"] = rng.normal(size=(out, inp)) / np.sqrt(inp)
        p[name + "_b"] = rng.normal(size=out) * 0.2
    x, y = rng.normal(size=(6, 3)) * 1.2, rng.normal(size=(6, 2))
    return p, (x, y, rng.uniform(0.3, 2.0, size=6))


def cost(p, x, y, w):
    model = Model(p)
    return model.loss(x, y, w), model


def grad(p, x, y, w, model):
    return model.backward()
