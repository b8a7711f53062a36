"""Regression with two PReLU layers, a skip connection around the second, Huber loss and weight decay."""

import numpy as np

HYPER = {"huber": 0.8, "weight_decay": 0.03}
BACKWARD = ("grad", "prelu_grad", "huber_grad", "affine_grad")
DECAYED = ["W1", "W2", "w3"]


def case(seed):
    rng = np.random.default_rng(4429 + seed)
    nin, nhid, nobs = 4, 5, 10
    params = dict(
        W1=rng.normal(scale=0.6, size=(nin, nhid)),
        b1=rng.normal(scale=0.2, size=nhid),
        a1=rng.uniform(0.1, 0.4, size=nhid),
        W2=rng.normal(scale=0.6, size=(nhid, nhid)),
        b2=rng.normal(scale=0.2, size=nhid),
        a2=rng.uniform(0.1, 0.4, size=nhid),
        w3=rng.normal(scale=0.6, size=nhid),
        b3=rng.normal(scale=0.2, size=1),
    )
    inputs = rng.normal(size=(nobs, nin))
    y = 1.2 * rng.normal(size=nobs)
    return params, (inputs, y)


def prelu(z, slope):
    return np.where(z > 0, z, slope * z)


def huber(resid, delta):
    size = np.abs(resid)
    return np.where(size <= delta, 0.5 * resid**2, delta * (size - 0.5 * delta))


def cost(params, inputs, y):
    p = params
    tape = {}
    tape["z1"] = inputs @ p["W1"] + p["b1"]
    tape["h1"] = prelu(tape["z1"], p["a1"])
    tape["z2"] = tape["h1"] @ p["W2"] + p["b2"]
    tape["h2"] = prelu(tape["z2"], p["a2"]) + tape["h1"]
    pred = tape["h2"] @ p["w3"] + p["b3"]
    tape["resid"] = pred - y

    loss = np.mean(huber(tape["resid"], HYPER["huber"]))
    for name in DECAYED:
        loss = loss + 0.5 * HYPER["weight_decay"] * np.sum(p[name] ** 2)
    return loss, tape


def huber_grad(resid, delta):
    inside = np.abs(resid) <= delta
    return np.where(inside, resid, delta * np.sign(resid)) / resid.size


def prelu_grad(dh, z, slope):
    negative = z <= 0
    dz = np.where(negative, slope * dh, dh)
    dslope = np.sum(dh * z * negative, axis=0)
    return dz, dslope


def affine_grad(dz, below, W):
    return below.T @ dz, dz.sum(axis=0), dz @ W.T


def grad(params, inputs, y, tape):
    p, g = params, {}

    dpred = huber_grad(tape["resid"], HYPER["huber"])
    g["dw3"] = tape["h2"].T @ dpred
    g["db3"] = np.array([dpred.sum()])
    dh2 = np.outer(dpred, p["w3"])

    dz2, g["da2"] = prelu_grad(dh2, tape["z2"], p["a2"])
    g["dW2"], g["db2"], dh1 = affine_grad(dz2, tape["h1"], p["W2"])
    dh1 += dh2  # the skip connection

    dz1, g["da1"] = prelu_grad(dh1, tape["z1"], p["a1"])
    g["dW1"], g["db1"], _ = affine_grad(dz1, inputs, p["W1"])

    for name in DECAYED:
        g["d" + name] += HYPER["weight_decay"] * p[name]
    return g
