"""How far loops that stop when little changes are from where they would settle."""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_frameworks.jax_forwards import forwards
from trainwell.diagnosis.gradient_frameworks.jax_recording import bind_equation, inner_equations
from trainwell.diagnosis.gradient_frameworks.jax_turns import counted, parts_of_loop

_MARGIN = 5.0  # times what more turns of a loop change
_ROUGHEST = 0.1  # a loop that more turns change by more is none that settles


def unsettled(cost: Callable[..., Any], values: Sequence[Any]) -> float:
    """Return how far a derivative is off because loops stop where little changes any more.

    The rule of implicit differentiation is right for the number that such a loop would come to;
    JAX differentiates the turns that it takes.

    Parameters
    ----------
    cost : callable
        Of arrays of JAX; returns a number.
    values : sequence of jax.Array
        Where.

    Returns
    -------
    float
        Relative error, with a margin; 0 without loops of unknown length, or where they do not
        settle.
    """
    closed = import_module("jax").make_jaxpr(cost)(*values)
    if not _has_loops(closed):
        return 0.0
    short = forwards(cost, values)
    long = forwards(lambda *v: run_longer(closed, v)[0], values)
    off = [
        float(np.linalg.norm(b - a)) / (float(np.linalg.norm(b)) or 1.0)
        for a, b in zip(short, long, strict=True)
    ]
    found = _MARGIN * max(off)
    return found if found <= _ROUGHEST else 0.0


def run_longer(closed: Any, arguments: Sequence[Any]) -> list[Any]:
    """Return what a function would return if each of its loops took twice as many turns.

    Parameters
    ----------
    closed : ClosedJaxpr
        The function, as ``jax.make_jaxpr`` gives it.
    arguments : sequence of jax.Array
        What it is given.

    Returns
    -------
    list of jax.Array
        The same as without, up to rounding, where every loop has settled.
    """
    jaxpr = closed.jaxpr
    known = dict(zip(jaxpr.constvars, closed.consts, strict=True))
    known |= zip(jaxpr.invars, arguments, strict=True)

    def read(variable: Any) -> Any:
        return variable.val if hasattr(variable, "val") else known[variable]

    for equation in jaxpr.eqns:
        inputs = [read(variable) for variable in equation.invars]
        inner = inner_equations(equation)
        if inner is not None:
            results = run_longer(inner, inputs[len(inputs) - len(inner.jaxpr.invars) :])
        elif equation.primitive.name == "while":
            results = _twice(equation.params, inputs)
        else:
            results = bind_equation(equation, *inputs)
        known |= zip(equation.outvars, results, strict=True)
    return [read(variable) for variable in jaxpr.outvars]


def _has_loops(closed: Any) -> bool:
    """Say whether a function has loops of unknown length, or calls one that has."""
    for equation in closed.jaxpr.eqns:
        inner = inner_equations(equation)
        if equation.primitive.name == "while" or (inner is not None and _has_loops(inner)):
            return True
    return False


def _twice(params: dict[str, Any], inputs: Sequence[Any]) -> list[Any]:
    """Carry out a loop, and then as many turns again."""
    end, turns = counted(params, inputs)
    _, turn, _ = parts_of_loop(params, inputs)
    return list(import_module("jax").lax.fori_loop(0, turns, lambda _, state: turn(state), end))
