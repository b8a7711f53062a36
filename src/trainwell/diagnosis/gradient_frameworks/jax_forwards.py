"""Derivatives of JAX in forward mode: loops of unknown length have no other."""

from collections.abc import Callable, Sequence
from importlib import import_module
from time import perf_counter
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.recorder import Unsupported
from trainwell.types import FloatArray

_PATIENCE = 10.0  # seconds for one gradient


def forwards(cost: Callable[..., Any], values: Sequence[Any]) -> list[FloatArray]:
    """Return a gradient by forward mode, one number at a time.

    Parameters
    ----------
    cost : callable
        Of arrays of JAX; returns a number.
    values : sequence of jax.Array
        Where.

    Returns
    -------
    list of FloatArray
        One for each array.

    Raises
    ------
    Unsupported
        If there are too many numbers for that.
    """
    jax = import_module("jax")
    jnp = jax.numpy
    begun = perf_counter()
    found = []
    for at, value in enumerate(values):

        def slope(which: Any, at: int = at, value: Any = value) -> Any:
            def moved(x: Any) -> Any:
                return cost(*values[:at], x, *values[at + 1 :])

            one = jnp.zeros(value.size, value.dtype).at[which].set(1.0)
            return jax.jvp(moved, (value,), (one.reshape(value.shape),))[1]

        slopes = np.zeros(value.size)
        if not jnp.issubdtype(value.dtype, jnp.floating):
            found.append(slopes.reshape(value.shape))
            continue
        compiled = jax.jit(slope)
        for which in range(value.size):
            slopes[which] = compiled(which)
            if perf_counter() - begun > _PATIENCE:
                raise Unsupported.operation("forward mode, number by number, for so many numbers")
        found.append(slopes.reshape(value.shape))
    return found
