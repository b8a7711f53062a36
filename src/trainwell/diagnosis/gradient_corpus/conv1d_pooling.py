"""A 1-D convolution over several channels, leaky ReLU, max pooling and a dense softmax layer."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

HYPER = {"slope": 0.15, "pool": 3}
BACKWARD = ("unpool", "leaky_back", "conv_back", "grad")

BATCH, CHANNELS, LENGTH = 4, 2, 8
FILTERS, KERNEL, CLASSES = 5, 3, 3


def case(seed):
    rng = np.random.default_rng(51700 + seed)
    pooled = (LENGTH - KERNEL + 1) // HYPER["pool"]
    labels = np.array([2, 0, 1, 2])
    for _ in range(5000):
        params = {
            "kernel": rng.normal(scale=0.6, size=(FILTERS, CHANNELS, KERNEL)),
            "kbias": rng.normal(scale=0.3, size=FILTERS),
            "dense": rng.normal(scale=0.5, size=(FILTERS * pooled, CLASSES)),
            "dbias": rng.normal(scale=0.2, size=CLASSES),
        }
        signal = rng.normal(size=(BATCH, CHANNELS, LENGTH))
        if well_placed(params, signal, labels):
            break
    return params, (signal, labels)


def well_placed(params, signal, labels):
    """No pre-activation next to zero, no near-tie in a pool, winners of both signs."""
    cache = cost(params, signal, labels)[1]
    ranked = np.sort(cache["cells"], axis=-1)
    best = ranked[..., -1]
    return (
        np.abs(cache["z"]).min() > 0.01
        and (best - ranked[..., -2]).min() > 0.01
        and (best < 0).sum() >= 4
        and (best > 0).sum() >= 4
    )


def cost(params, signal, labels):
    windows = sliding_window_view(signal, KERNEL, axis=2)
    z = np.einsum("nctk,fck->nft", windows, params["kernel"])
    z += params["kbias"][:, None]
    act = np.where(z > 0, z, HYPER["slope"] * z)

    n, f, steps = act.shape
    cells = act.reshape(n, f, steps // HYPER["pool"], HYPER["pool"])
    winner = cells.argmax(axis=-1)
    flat = cells.max(axis=-1).reshape(n, -1)

    scores = flat @ params["dense"] + params["dbias"]
    scores = scores - scores.max(axis=1, keepdims=True)
    logp = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss = -logp[np.arange(n), labels].mean()
    return loss, {"z": z, "cells": cells, "winner": winner, "flat": flat, "logp": logp}


def unpool(dflat, winner, shape):
    dpool = dflat.reshape(winner.shape)
    dcells = np.zeros(shape)
    np.put_along_axis(dcells, winner[..., None], dpool[..., None], axis=-1)
    n, f, count, size = shape
    return dcells.reshape(n, f, count * size)


def leaky_back(dact, z):
    return dact * np.where(z > 0, 1.0, HYPER["slope"])


def conv_back(dz, signal):
    steps = dz.shape[2]
    dkernel = np.empty((FILTERS, CHANNELS, KERNEL))
    for k in range(KERNEL):
        shifted = signal[:, :, k : k + steps]
        dkernel[:, :, k] = np.einsum("nft,nct->fc", dz, shifted)
    return dkernel, dz.sum(axis=(0, 2))


def grad(params, signal, labels, cache):
    n = len(labels)
    dscores = np.exp(cache["logp"])
    dscores[np.arange(n), labels] -= 1
    dscores /= n

    out = {"ddense": cache["flat"].T @ dscores, "ddbias": dscores.sum(axis=0)}
    dflat = dscores @ params["dense"].T
    dact = unpool(dflat, cache["winner"], cache["cells"].shape)
    dz = leaky_back(dact, cache["z"])
    out["dkernel"], out["dkbias"] = conv_back(dz, signal)
    return out
