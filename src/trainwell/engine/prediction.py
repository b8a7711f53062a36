"""Predictions of a network: its forward pass and the output that belongs to its loss."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import numpy as np

from trainwell.engine.choice import NAMES
from trainwell.errors import ConfigurationError, ShapeError
from trainwell.network.losses import Loss
from trainwell.network.network import Network
from trainwell.settings import required_integer
from trainwell.types import FloatArray

TOGETHER = 512
"""Examples that pass the network together: their values stay in the cache."""

WORTH_COMPILING = 2e10
"""Multiplications from which on a prediction repays loading the kernels."""

WORTH_A_THREAD = 2e6
"""Multiplications from which on a prediction repays a thread of its own."""


def predict(
    network: Network,
    loss: Loss,
    theta: FloatArray,
    buffers: FloatArray,
    x: FloatArray,
    *,
    n_jobs: int = 1,
    engine: str = "auto",
) -> FloatArray:
    """Return probabilities or means for examples in columns.

    Parameters
    ----------
    network : Network
        The layers.
    loss : Loss
        Makes probabilities or means of the logits.
    theta : FloatArray of shape (P,)
        Parameters.
    buffers : FloatArray of shape (S,)
        Running statistics.
    x : FloatArray of shape (I, N)
        Examples in columns.
    n_jobs : int, default=1
        Threads that share the examples of the compiled engine, positive; -1 takes one a core.
    engine : {"auto", "compiled", "reference"}, default="auto"
        What computes; ``"auto"`` chooses by the number of parameters and examples alone.

    Returns
    -------
    FloatArray of shape (O, N)
        In the precision of ``theta``. The numbers do not depend on ``n_jobs``.

    Raises
    ------
    ConfigurationError
        If a setting is outside its domain, or the compiled engine has no kernel for a part.
    ShapeError
        If an array does not fit the network.
    """
    if engine not in NAMES:
        raise ConfigurationError.unknown_name("engine", engine, NAMES)
    threads = (os.cpu_count() or 1) if n_jobs == -1 else n_jobs
    if threads != 1:
        threads = required_integer("predict", "n_jobs", threads, 1)
    large = network.size * np.size(x) / network.inputs > WORTH_COMPILING
    if engine == "compiled" or (engine == "auto" and large and not _lacks_kernel(network, loss)):
        return _compiled(network, loss, theta, buffers, np.asarray(x), threads)
    logits, _ = network.forward(theta, buffers, x)
    return loss.predict(logits)


def _lacks_kernel(network: Network, loss: Loss) -> bool:
    from trainwell.engine.lowering import lacks_kernel

    return bool(lacks_kernel(network, loss))


def _compiled(
    network: Network, loss: Loss, theta: FloatArray, buffers: FloatArray, x: Any, threads: int
) -> FloatArray:
    from trainwell.engine.lowering import workspace
    from trainwell.kernels.epochs import predict_columns

    _check(network, theta, buffers, x)
    program, output = _program(network, loss, theta.dtype.name)
    arguments = (program, _owned(theta, theta.dtype), _owned(buffers, theta.dtype))
    columns = _owned(x, theta.dtype)
    result = np.empty((network.outputs, x.shape[1]), theta.dtype)

    def compute(first: int, last: int) -> None:
        room = workspace(program, network, min(TOGETHER, last - first), theta.dtype)
        predict_columns(*arguments, room, output, columns, result, first, last)

    shares = min(threads, int(network.size * x.shape[1] / WORTH_A_THREAD) + 1)
    # Whole blocks: which examples pass together does not depend on the number of threads.
    blocks = -(-x.shape[1] // TOGETHER)
    edges = [min(share * blocks // shares * TOGETHER, x.shape[1]) for share in range(shares + 1)]
    edges[-1] = x.shape[1]
    if shares == 1:
        compute(0, x.shape[1])
    else:
        with ThreadPoolExecutor(shares) as pool:
            list(pool.map(compute, edges, edges[1:]))
    return result


@lru_cache(maxsize=64)
def _program(network: Network, loss: Loss, dtype: str) -> tuple[Any, int]:
    """Return a network lowered for predictions, and the address of the output's kernel."""
    from trainwell.engine.lowering import lower, require_kernels
    from trainwell.kernels.cache import told
    from trainwell.kernels.losses import LOSS_KERNELS

    require_kernels(network, loss)
    with told():
        return lower(network, TOGETHER, dtype), LOSS_KERNELS[type(loss)].output.address(dtype)


def _owned(array: Any, dtype: Any) -> FloatArray:
    """Return the array as kernels take it: in rows, and not read-only."""
    kept: FloatArray = np.ascontiguousarray(array, dtype)
    return kept if kept.flags.writeable else kept.copy()


def _check(network: Network, theta: FloatArray, buffers: FloatArray, x: Any) -> None:
    if x.ndim != 2 or x.shape[0] != network.inputs:
        raise ShapeError.mismatch("predict", "x", x.shape, f"({network.inputs}, N)")
    for name, vector, size in (
        ("theta", theta, network.size),
        ("buffers", buffers, network.buffer_size),
    ):
        if vector.shape != (size,):
            raise ShapeError.mismatch("predict", name, vector.shape, f"({size},)")
