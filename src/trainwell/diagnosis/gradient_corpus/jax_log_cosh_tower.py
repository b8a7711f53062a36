"""Two dense tanh layers under a log-cosh loss to targets, with their own derivative rule."""

import jax
import jax.numpy as jnp
import numpy as np

HYPER = {"beta": 1.3}
BACKWARD = ("tower_bwd", "loss_back", "tanh_back", "dense_back")


def log_cosh(r):
    return jnp.logaddexp(r, -r) - jnp.log(2.0)


@jax.custom_vjp
def tower(x, w1, b1, w2, b2, target):
    """One loss per example: the mean over the outputs of log cosh(beta * error) / beta."""
    h = jnp.tanh(x @ w1 + b1)
    y = jnp.tanh(h @ w2 + b2)
    beta = HYPER["beta"]
    return jnp.mean(log_cosh(beta * (y - target)), axis=1) / beta


def tower_fwd(x, w1, b1, w2, b2, target):
    h = jnp.tanh(x @ w1 + b1)
    y = jnp.tanh(h @ w2 + b2)
    beta = HYPER["beta"]
    loss = jnp.mean(log_cosh(beta * (y - target)), axis=1) / beta
    return loss, {"x": x, "w1": w1, "h": h, "w2": w2, "y": y, "err": y - target}


def loss_back(g, err):
    return g[:, None] * jnp.tanh(HYPER["beta"] * err) / err.shape[1]


def tanh_back(g, out):
    return g * (1.0 - out * out)


def dense_back(g, inp, w):
    return g @ w.T, inp.T @ g, g.sum(axis=0)


def tower_bwd(saved, g):
    derr = loss_back(g, saved["err"])
    dtarget = -derr
    dz2 = tanh_back(derr, saved["y"])
    dh, dw2, db2 = dense_back(dz2, saved["h"], saved["w2"])
    dz1 = tanh_back(dh, saved["h"])
    dx, dw1, db1 = dense_back(dz1, saved["x"], saved["w1"])
    return dx, dw1, db1, dw2, db2, dtarget


tower.defvjp(tower_fwd, tower_bwd)
FUNCTION = tower


def inputs(seed):
    rng = np.random.default_rng(2400 + seed)
    shapes = {"x": (8, 4), "w1": (4, 5), "b1": (5,), "w2": (5, 3), "b2": (3,), "target": (8, 3)}
    spread = {"x": 1.0, "w1": 0.6, "b1": 0.4, "w2": 0.6, "b2": 0.4, "target": 0.8}
    return tuple(jnp.asarray(spread[k] * rng.normal(size=s)) for k, s in shapes.items())
