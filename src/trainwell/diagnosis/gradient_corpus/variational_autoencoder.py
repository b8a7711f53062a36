"""A variational autoencoder with Gaussian latents, Bernoulli pixels and a weighted KL term."""

import numpy as np

HYPER = {"beta": 0.7}
BACKWARD = ("affineGrad", "decoderGrad", "latentGrad", "grad")


def case(seed):
    rng = np.random.default_rng(2400 + seed)
    nPix, nEnc, nLat, nDec = 6, 5, 2, 4
    shapes = {
        "encW": (nPix, nEnc), "encB": (nEnc,),
        "muW": (nEnc, nLat), "muB": (nLat,),
        "lvW": (nEnc, nLat), "lvB": (nLat,),
        "decW": (nLat, nDec), "decB": (nDec,),
        "outW": (nDec, nPix), "outB": (nPix,),
    }  # fmt: skip
    params = {k: rng.normal(size=s) * (0.6 if k.endswith("W") else 0.2) for k, s in shapes.items()}
    pixels = (rng.random((7, nPix)) < 0.5).astype(float)
    noise = rng.normal(size=(7, nLat))
    return params, (pixels, noise)


def affine(params, name, inp):
    return np.einsum("ni,ij->nj", inp, params[name + "W"]) + params[name + "B"]


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def cost(params, pixels, noise):
    c = {}
    c["pre"] = affine(params, "enc", pixels)
    c["enc"] = np.log1p(np.exp(c["pre"]))  # softplus
    c["mu"] = affine(params, "mu", c["enc"])
    c["logvar"] = affine(params, "lv", c["enc"])
    c["std"] = np.exp(0.5 * c["logvar"])
    c["lat"] = c["mu"] + c["std"] * noise
    c["dec"] = np.tanh(affine(params, "dec", c["lat"]))
    logits = affine(params, "out", c["dec"])
    c["prob"] = sigmoid(logits)

    recon = np.sum(np.logaddexp(0, logits) - pixels * logits, axis=1)
    kl = -0.5 * np.sum(1 + c["logvar"] - c["mu"] ** 2 - np.exp(c["logvar"]), axis=1)
    loss = np.mean(recon + HYPER["beta"] * kl)
    return loss, c


def affineGrad(params, name, inp, delta):
    gradW = np.einsum("ni,nj->ij", inp, delta)
    gradB = np.einsum("nj->j", delta)
    gradInp = np.einsum("nj,ij->ni", delta, params[name + "W"])
    return gradInp, {name + "W": gradW, name + "B": gradB}


def decoderGrad(params, pixels, c):
    deltaOut = c["prob"] - pixels
    gDec, outGrads = affineGrad(params, "out", c["dec"], deltaOut)
    deltaDec = gDec * (1 - np.square(c["dec"]))
    gLat, decGrads = affineGrad(params, "dec", c["lat"], deltaDec)
    return gLat, {**outGrads, **decGrads}


def latentGrad(gLat, noise, c):
    beta = HYPER["beta"]
    # through the sample
    gMu = gLat.copy()
    gLogvar = gLat * noise * 0.5 * c["std"]
    # through the divergence
    gMu += beta * c["mu"]
    gLogvar += beta * 0.5 * (np.exp(c["logvar"]) - 1)
    return gMu, gLogvar


def grad(params, pixels, noise, c):
    gLat, total = decoderGrad(params, pixels, c)
    gMu, gLogvar = latentGrad(gLat, noise, c)

    fromMu, muGrads = affineGrad(params, "mu", c["enc"], gMu)
    fromLv, lvGrads = affineGrad(params, "lv", c["enc"], gLogvar)
    total.update(muGrads)
    total.update(lvGrads)

    deltaEnc = (fromMu + fromLv) * sigmoid(c["pre"])
    _, encGrads = affineGrad(params, "enc", pixels, deltaEnc)
    total.update(encGrads)
    return {"d" + name: g / len(pixels) for name, g in total.items()}
