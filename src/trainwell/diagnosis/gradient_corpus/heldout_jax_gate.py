"""A gated unit with its own reverse rule in JAX."""

import jax
import jax.numpy as jnp
import numpy as np

HYPER = {}

BACKWARD = ("gate_bwd",)


@jax.custom_vjp
def gate(u, v, w):
    """tanh(u) times the logistic function of v @ w."""
    return jnp.tanh(u) * jax.nn.sigmoid(v @ w)


def gate_fwd(u, v, w):
    t = jnp.tanh(u)
    s = jax.nn.sigmoid(v @ w)
    return t * s, (t, s, v, w)


def gate_bwd(residuals, ct):
    t, s, v, w = residuals
    ct_u = ct * s * (1 - t**2)
    ct_s = ct * t
    ct_a = ct_s * s * (1 - s)
    ct_v = ct_a @ w.T
    ct_w = v.T @ ct_a
    return ct_u, ct_v, ct_w


gate.defvjp(gate_fwd, gate_bwd)

FUNCTION = gate


def inputs(seed):
    rng = np.random.default_rng(seed)
    u = rng.normal(size=(7, 3))
    v = rng.normal(size=(7, 5))
    w = 0.5 * rng.normal(size=(5, 3))
    return jnp.asarray(u), jnp.asarray(v), jnp.asarray(w)
