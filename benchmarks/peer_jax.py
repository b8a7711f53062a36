"""JAX: all updates of a repeat in one jitted call, ``lax.scan`` over epochs and batches.

Which layout XLA makes the most of depends on the sizes, so several are candidates:
examples as rows or as columns, parameters as a tree of arrays or as one vector.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.flatten_util import ravel_pytree

from benchmarks.timing import Candidate
from benchmarks.work import FloatArray, Work, examples, initial_weights, one_hot

jax.config.update("jax_enable_x64", val=True)  # the small work is in float64

Step = Callable[[Any, Any], tuple[Any, jax.Array]]

DECAYS = (0.9, 0.999)
EPSILON = 1e-8


def logits_by_rows(parameters: Any, x: jax.Array) -> jax.Array:
    """Return the logits (B, O) of examples (B, I)."""
    *hidden, (weights, bias) = parameters
    for w, b in hidden:
        x = jax.nn.relu(x @ w.T + b)
    return x @ weights.T + bias


def logits_by_columns(parameters: Any, x: jax.Array) -> jax.Array:
    """Return the logits (O, B) of examples (I, B)."""
    *hidden, (weights, bias) = parameters
    for w, b in hidden:
        x = jax.nn.relu(w @ x + b[:, None])
    return weights @ x + bias[:, None]


@dataclass(frozen=True)
class Layout:
    """How examples and parameters lie in memory.

    Parameters
    ----------
    name : str
        What it is called in the tables.
    logits : callable
        Of a tree of parameters and a batch.
    examples_axis : int
        Axis of a batch along which the examples lie.
    one_vector : bool
        Whether all parameters are one array.
    """

    name: str
    logits: Callable[[Any, jax.Array], jax.Array]
    examples_axis: int
    one_vector: bool


LAYOUTS = (
    Layout("rows", logits_by_rows, 0, one_vector=False),
    Layout("columns", logits_by_columns, 1, one_vector=False),
    Layout("columns, one vector", logits_by_columns, 1, one_vector=True),
)


def loss_of(layout: Layout, tree: Callable[[Any], Any], parameters: Any, batch: Any) -> jax.Array:
    """Return the mean cross-entropy of a batch; one output is a sigmoid."""
    x, y = batch
    logits = layout.logits(tree(parameters), x)
    classes = 1 - layout.examples_axis
    if logits.shape[classes] == 1:
        return jnp.mean(jax.nn.softplus(logits) - y * logits)
    return -jnp.mean(jnp.sum(y * jax.nn.log_softmax(logits, axis=classes), axis=classes))


def gradient_descent(rate: float, loss: Callable[..., Any], state: Any, batch: Any) -> Any:
    """Take one step of gradient descent; the state is (parameters,)."""
    (parameters,) = state
    value, gradient = jax.value_and_grad(loss)(parameters, batch)
    return (jax.tree.map(lambda p, g: p - rate * g, parameters, gradient),), value


def adam(rate: float, loss: Callable[..., Any], state: Any, batch: Any) -> Any:
    """Take one step of Adam; the state is (parameters, means, squares, count)."""
    parameters, means, squares, count = state
    value, gradient = jax.value_and_grad(loss)(parameters, batch)
    count = count + 1
    first, second = DECAYS
    means = jax.tree.map(lambda m, g: first * m + (1 - first) * g, means, gradient)
    squares = jax.tree.map(lambda v, g: second * v + (1 - second) * g * g, squares, gradient)
    root = jnp.sqrt(1 - second**count)
    length = rate * root / (1 - first**count)

    def moved(p: jax.Array, m: jax.Array, v: jax.Array) -> jax.Array:
        return p - length * m / (jnp.sqrt(v) + EPSILON * root)

    return (jax.tree.map(moved, parameters, means, squares), means, squares, count), value


RULES: Mapping[str, Callable[..., Any]] = {"gd": gradient_descent, "adam": adam}


def full_batches(step: Step, updates: int, data: Any) -> Callable[[Any], Any]:
    """Return a function that takes many steps on all examples."""

    @jax.jit
    def jitted(state: Any, data: Any) -> Any:
        return lax.scan(lambda state, _: step(state, data), state, None, length=updates)

    return lambda state: jitted(state, data)


def mini_batches(step: Step, work: Work, axis: int, data: Any) -> Callable[[Any], Any]:
    """Return a function that takes the steps of several epochs, each in its own order."""

    def batched(values: jax.Array, order: jax.Array) -> jax.Array:
        shuffled = values.take(order, axis=axis)
        if axis == 0:
            return shuffled.reshape(work.updates_per_epoch, -1, values.shape[1])
        return shuffled.reshape(len(values), work.updates_per_epoch, -1).swapaxes(0, 1)

    @jax.jit
    def jitted(state: Any, data: Any, orders: jax.Array) -> Any:
        def epoch(state: Any, order: jax.Array) -> Any:
            return lax.scan(step, state, jax.tree.map(lambda v: batched(v, order), data))

        return lax.scan(epoch, state, orders)

    def run(state: Any) -> Any:
        # NumPy shuffles several times faster than JAX does on a processor.
        rng = np.random.default_rng(0)
        orders = np.stack([rng.permutation(work.rows) for _ in range(work.epochs)])
        return jitted(state, data, orders.astype(np.int32))

    return run


def candidate(work: Work, layout: Layout) -> Candidate:
    """Return the candidate of one layout."""
    known = examples(work)
    axis, sigmoid = layout.examples_axis, work.widths[-1] == 1
    y = known.labels[:, None] if sigmoid else one_hot(known.labels, work.widths[-1], work.dtype)
    data = tuple(
        jnp.asarray(np.ascontiguousarray(rows if axis == 0 else rows.T, dtype=work.dtype))
        for rows in (known.x, y)
    )
    layers = [(jnp.asarray(w), jnp.zeros(len(w), work.dtype)) for w in initial_weights(work)]
    vector, from_vector = ravel_pytree(layers)
    parameters, tree = (vector, from_vector) if layout.one_vector else (layers, lambda p: p)
    step = partial(RULES[work.optimizer], work.learning_rate, partial(loss_of, layout, tree))
    if work.batch_size is None:
        steps = full_batches(step, work.updates, data)
    else:
        steps = mini_batches(step, work, axis, data)

    def start() -> Any:
        if work.optimizer == "gd":
            return (parameters,)
        zeros = jax.tree.map(jnp.zeros_like, parameters)
        return parameters, zeros, zeros, jnp.zeros((), work.dtype)

    def run(state: Any) -> Any:
        state, _ = jax.block_until_ready(steps(state))
        return state[0]

    def probabilities(trained: Any) -> FloatArray:
        logits = layout.logits(tree(trained), data[0])
        of_all = jax.nn.sigmoid(logits) if sigmoid else jax.nn.softmax(logits, axis=1 - axis)
        return np.asarray(of_all if axis == 0 else of_all.T)

    return Candidate("JAX", f"jit + scan, {layout.name}", start, run, work.updates, probabilities)


def training(work: Work) -> list[Candidate]:
    """Return one candidate per layout."""
    return [candidate(work, layout) for layout in LAYOUTS]
