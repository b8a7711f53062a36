"""Derivatives of what JAX does not differentiate in reverse: loops of unknown length, callbacks."""

from collections.abc import Callable, Sequence
from importlib import import_module
from time import perf_counter
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_frameworks.measured import measured
from trainwell.diagnosis.gradient_tape.recorder import Unsupported
from trainwell.diagnosis.gradient_verdict.comparison import peak_of
from trainwell.types import FloatArray

_PATIENCE = 10.0  # seconds for one gradient
_SHARP = 1e-8  # relative error bar of what has to be measured
_REFUSALS = (TypeError, ValueError, NotImplementedError)


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


def pulled(
    function: Callable[..., Any], values: Sequence[FloatArray], g: FloatArray
) -> Sequence[Any]:
    """Return the cotangents of an operation's arguments, in whatever way there is.

    Parameters
    ----------
    function : callable
        The operation, on arrays of JAX.
    values : sequence of FloatArray
        Its arguments.
    g : FloatArray
        The cotangent of its result.

    Returns
    -------
    sequence
        One array for each argument; of those that are no floating-point numbers anything.

    Raises
    ------
    Unsupported
        If it is neither differentiated nor measured.
    """
    jax = import_module("jax")
    own = [*map(jax.numpy.asarray, values)]
    try:
        parts: Sequence[Any] = jax.vjp(function, *own)[1](jax.numpy.asarray(g))
    except _REFUSALS:
        pass
    else:
        return parts

    def cost(*changed: Any) -> Any:
        return (function(*changed) * g).sum()

    try:
        return forwards(cost, own)
    except _REFUSALS:
        return _measured(cost, values)


def _measured(cost: Callable[..., Any], values: Sequence[FloatArray]) -> list[FloatArray]:
    """Return a gradient by central differences."""
    jnp = import_module("jax").numpy
    point = {str(at): np.asarray(value) for at, value in enumerate(values)}

    def function(changed: Callable[[str], Any]) -> float:
        moved = (jnp.asarray(changed(name), dtype=value.dtype) for name, value in point.items())
        return float(cost(*moved))

    gradient, bars = measured(function, point, _PATIENCE)
    largest, bar = (max(map(peak_of, each.values()), default=0.0) for each in (gradient, bars))
    if bar > _SHARP * (largest or 1.0):
        raise Unsupported.operation("an operation that is too rough to be measured")
    return [*gradient.values()]
