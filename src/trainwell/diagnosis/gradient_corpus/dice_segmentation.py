"""A two-layer pixel classifier in a class, features by pixels, with a Tversky loss and weighted cross-entropy."""

import numpy as np

HYPER = {
    "alpha": 0.3,
    "beta": 0.7,
    "smooth": 0.5,
    "pos_weight": 2.5,
    "mix": 0.6,
    "clip": 0.12,
    "slope": 0.1,
}
BACKWARD = ("grad", "PixelNet.backward", "tversky_gradient", "bce_gradient")


class PixelNet:
    """Holds the weights and, after a forward pass, the values in between."""

    def __init__(self, params):
        self.W1, self.b1 = params["W1"], params["b1"]
        self.w2, self.b2 = params["w2"], params["b2"]

    def forward(self, pixels):
        self.pixels = pixels
        self.pre = self.W1.dot(pixels) + self.b1
        self.hid = np.where(self.pre > 0, self.pre, HYPER["slope"] * self.pre)
        logit = self.w2.dot(self.hid) + self.b2
        self.prob = 1.0 / (1.0 + np.exp(-logit))
        return self.prob

    def backward(self, dprob):
        dlogit = dprob * self.prob * (1.0 - self.prob)
        self.dw2 = dlogit.dot(self.hid.T)
        self.db2 = dlogit.sum(axis=1, keepdims=True)
        dpre = self.w2.T.dot(dlogit)
        dpre[self.pre <= 0] *= HYPER["slope"]
        self.dW1 = dpre.dot(self.pixels.T)
        self.db1 = dpre.sum(axis=1, keepdims=True)


def case(seed):
    rng = np.random.default_rng(42000 + seed)
    for _ in range(500):
        params = {
            "W1": rng.normal(size=(6, 4)),
            "b1": rng.normal(size=(6, 1)) * 0.4,
            "w2": rng.normal(size=(1, 6)) * 0.7,
            "b2": rng.normal(size=(1, 1)) * 0.3,
        }
        image = rng.normal(size=(4, 10))
        truth = rng.permutation([0, 0, 0, 0, 0, 0, 1, 1, 1, 1]).reshape(1, 10)
        net = PixelNet(params)
        prob = net.forward(image)
        # some pixels saturate at either end, most do not, and none is at a kink
        low, high = prob < 0.11, prob > 0.89
        kink = np.any(np.abs(np.abs(prob - 0.5) - 0.38) < 0.01) or np.any(np.abs(net.pre) < 0.01)
        if low.any() and high.any() and (low | high).sum() <= 5 and not kink:
            break
    return params, (image, truth.astype(float))


def overlaps(prob, truth):
    tp = np.sum(prob * truth)
    fp = np.sum(prob * (1 - truth))
    fn = np.sum((1 - prob) * truth)
    return tp, fp, fn


def cost(params, image, truth):
    net = PixelNet(params)
    prob = net.forward(image)

    tp, fp, fn = overlaps(prob, truth)
    top = tp + HYPER["smooth"]
    bottom = tp + HYPER["alpha"] * fp + HYPER["beta"] * fn + HYPER["smooth"]
    region = 1.0 - top / bottom

    safe = np.clip(prob, HYPER["clip"], 1.0 - HYPER["clip"])
    point = HYPER["pos_weight"] * truth * np.log(safe) + (1 - truth) * np.log(1 - safe)
    loss = HYPER["mix"] * region - (1 - HYPER["mix"]) * np.mean(point)
    return loss, {"net": net, "prob": prob, "safe": safe, "top": top, "bottom": bottom}


def tversky_gradient(truth, top, bottom):
    dtop = truth
    dbottom = truth + HYPER["alpha"] * (1 - truth) - HYPER["beta"] * truth
    return (top * dbottom - bottom * dtop) / bottom**2


def bce_gradient(prob, safe, truth):
    d = (1 - truth) / (1 - safe) - HYPER["pos_weight"] * truth / safe
    d[(prob < HYPER["clip"]) | (prob > 1.0 - HYPER["clip"])] = 0.0
    return d / truth.size


def grad(params, image, truth, cache):
    net = cache["net"]
    dprob = HYPER["mix"] * tversky_gradient(truth, cache["top"], cache["bottom"])
    dprob += (1 - HYPER["mix"]) * bce_gradient(cache["prob"], cache["safe"], truth)
    net.backward(dprob)
    return {"d" + name: getattr(net, "d" + name) for name in params}
