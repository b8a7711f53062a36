"""A siamese network, one pair of vectors at a time: shared tanh towers and the contrastive loss with a margin."""

from collections import namedtuple

import numpy as np

HYPER = {"margin": 0.9, "tiny": 1e-6, "decay": 0.02}
BACKWARD = ("grad", "pair_backward", "tower_backward")

Tape = namedtuple("Tape", "x h e")
Pair = namedtuple("Pair", "left right gap dist")


def case(seed):
    rng = np.random.default_rng(43000 + seed)
    same = [True, False, False, False, True, False, True, True, False, False]
    spread = np.array([0.7, 0.5, 3.5, 0.6, 1.0, 4.0, 0.4, 0.8, 3.0, 0.6])
    for _ in range(500):
        theta = {
            "U": rng.normal(size=(6, 4)) * 0.5,
            "c": rng.normal(size=6) * 0.3,
            "V": rng.normal(size=(3, 6)) * 0.6,
            "d": rng.normal(size=3) * 0.3,
        }
        lefts = rng.normal(size=(10, 4))
        rights = lefts + spread[:, None] * rng.normal(size=(10, 4))
        dist = [p.dist for p, s in zip(cost(theta, lefts, rights, same)[1], same) if not s]
        # unlike pairs on both sides of the margin, none of them close to it
        if min(dist) < 0.6 and max(dist) > 1.1 and all(abs(d - 0.9) > 0.02 for d in dist):
            break
    return theta, (lefts, rights, same)


def tower(theta, x):
    h = np.tanh(theta["U"] @ x + theta["c"])
    e = np.tanh(theta["V"] @ h + theta["d"])
    return Tape(x, h, e)


def cost(theta, lefts, rights, same):
    total = 0.0
    pairs = []
    for a, b, alike in zip(lefts, rights, same):
        left, right = tower(theta, a), tower(theta, b)
        gap = left.e - right.e
        dist = np.sqrt(gap @ gap + HYPER["tiny"])
        if alike:
            total += 0.5 * dist**2
        else:
            total += 0.5 * max(0.0, HYPER["margin"] - dist) ** 2
        pairs.append(Pair(left, right, gap, dist))
    loss = total / len(pairs)
    for name in ("U", "V"):
        loss += 0.5 * HYPER["decay"] * np.sum(theta[name] ** 2)
    return loss, pairs


def pair_backward(pair, alike):
    if alike:
        ddist = pair.dist
    elif pair.dist < HYPER["margin"]:
        ddist = -(HYPER["margin"] - pair.dist)
    else:
        ddist = 0.0
    dgap = ddist * pair.gap / pair.dist
    return dgap, -dgap


def tower_backward(theta, tape, de, acc):
    """Adds the share of one tower to the sums in acc."""
    dz2 = de * (1 - tape.e**2)
    acc["dV"] += np.outer(dz2, tape.h)
    acc["dd"] += dz2
    dh = theta["V"].T @ dz2
    dz1 = dh * (1 - tape.h**2)
    acc["dU"] += np.outer(dz1, tape.x)
    acc["dc"] += dz1


def grad(theta, lefts, rights, same, pairs):
    acc = {"d" + name: np.zeros_like(value) for name, value in theta.items()}
    for pair, alike in zip(pairs, same):
        dleft, dright = pair_backward(pair, alike)
        tower_backward(theta, pair.left, dleft, acc)
        tower_backward(theta, pair.right, dright, acc)
    for name in acc:
        acc[name] /= len(pairs)
    acc["dU"] += HYPER["decay"] * theta["U"]
    acc["dV"] += HYPER["decay"] * theta["V"]
    return acc
