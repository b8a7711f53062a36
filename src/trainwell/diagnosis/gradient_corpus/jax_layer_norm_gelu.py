"""Layer normalisation with scale and shift, then a tanh-approximated GELU, with its own rule."""

import math

import jax
import jax.numpy as jnp
import numpy as np

EPS = 1e-3
K = math.sqrt(2.0 / math.pi)
C = 0.044715
HYPER = {}
BACKWARD = ("layer_norm_gelu_bwd",)


def _normalise(x):
    mu = jnp.mean(x, axis=-1, keepdims=True)
    xc = x - mu
    inv_std = jax.lax.rsqrt(jnp.mean(xc * xc, axis=-1, keepdims=True) + EPS)
    return xc * inv_std, inv_std


@jax.custom_vjp
def layer_norm_gelu(x, scale, shift):
    xhat, _ = _normalise(x)
    h = xhat * scale + shift
    return 0.5 * h * (1.0 + jnp.tanh(K * (h + C * h**3)))


def layer_norm_gelu_fwd(x, scale, shift):
    xhat, inv_std = _normalise(x)
    h = xhat * scale + shift
    t = jnp.tanh(K * (h + C * h**3))
    return 0.5 * h * (1.0 + t), (xhat, inv_std, scale, h, t)


def layer_norm_gelu_bwd(res, g):
    xhat, inv_std, scale, h, t = res

    # through the GELU
    du_dh = K * (1.0 + 3.0 * C * h**2)
    dgelu = 0.5 * (1.0 + t) + 0.5 * h * (1.0 - t**2) * du_dh
    dh = g * dgelu

    # through the scale and the shift
    dscale = jnp.sum(dh * xhat, axis=0)
    dshift = jnp.sum(dh, axis=0)
    dxhat = dh * scale

    # through the normalisation
    n = xhat.shape[-1]
    sum_d = jnp.sum(dxhat, axis=-1, keepdims=True)
    sum_dx = jnp.sum(dxhat * xhat, axis=-1, keepdims=True)
    dx = (inv_std / n) * (n * dxhat - sum_d - xhat * sum_dx)
    return dx, dscale, dshift


layer_norm_gelu.defvjp(layer_norm_gelu_fwd, layer_norm_gelu_bwd)
FUNCTION = layer_norm_gelu


def inputs(seed):
    rng = np.random.default_rng(2300 + seed)
    x = rng.normal(loc=0.3, scale=1.4, size=(8, 6))
    scale = rng.uniform(0.5, 1.5, size=6)
    shift = 0.4 * rng.normal(size=6)
    return jnp.asarray(x), jnp.asarray(scale), jnp.asarray(shift)
