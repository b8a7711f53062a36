"""A dense layer under a softplus with its own derivative rule."""

import jax
import jax.numpy as jnp
import numpy as np

HYPER = {}
BACKWARD = ("softplus_dense_bwd",)


@jax.custom_vjp
def softplus_dense(x, w, b):
    return jnp.logaddexp(x @ w + b, 0.0)


def softplus_dense_fwd(x, w, b):
    z = x @ w + b
    return jnp.logaddexp(z, 0.0), (x, w, z)


def softplus_dense_bwd(residuals, g):
    x, w, z = residuals
    s = 1 / (1 + jnp.exp(-z))
    dz = g * s
    dx = dz @ w.T
    dw = x.T @ dz
    db = jnp.sum(dz, axis=0)
    return dx, dw, db


softplus_dense.defvjp(softplus_dense_fwd, softplus_dense_bwd)
FUNCTION = softplus_dense


def inputs(seed):
    rng = np.random.default_rng(1100 + seed)
    return (
        jnp.asarray(rng.normal(size=(7, 4))),
        jnp.asarray(rng.normal(size=(4, 3)) * 0.6),
        jnp.asarray(rng.normal(size=3) * 0.5),
    )
