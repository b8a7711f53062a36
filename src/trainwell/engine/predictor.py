"""A network made ready to predict in machine code, again and again."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np

from trainwell.engine.blas import BLAS
from trainwell.engine.lowering import lower, require_kernels, workspace
from trainwell.errors import ShapeError
from trainwell.kernels.cache import told
from trainwell.kernels.epochs import predict_columns
from trainwell.kernels.losses import LOSS_KERNELS
from trainwell.kernels.products import BLAS_BYTES
from trainwell.kernels.program import Program, Workspace
from trainwell.network.losses import Loss
from trainwell.network.network import Network
from trainwell.types import FloatArray

TOGETHER = 192
"""Examples that pass the network together: their values stay in the cache."""

WORTH_A_THREAD = 2e6
"""Multiplications from which on a prediction repays a thread of its own."""


class Predictor:
    """A network, its parameters and the output of a loss; called with examples in columns.

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

    Raises
    ------
    ConfigurationError
        If there is no kernel for a part.
    ShapeError
        If the parameters do not fit the network.
    """

    def __init__(
        self, network: Network, loss: Loss, theta: FloatArray, buffers: FloatArray
    ) -> None:
        for name, vector, size in (
            ("theta", theta, network.size),
            ("buffers", buffers, network.buffer_size),
        ):
            if vector.shape != (size,):
                raise ShapeError.mismatch("predict", name, vector.shape, f"({size},)")
        self.dtype = theta.dtype
        widest = max(layer.inputs * layer.outputs for layer in network.layers)
        calls_blas = widest * self.dtype.itemsize > BLAS_BYTES
        self._threads = partial(BLAS.limited, 1) if calls_blas else nullcontext
        self.inputs, self.outputs, self.size = network.inputs, network.outputs, network.size
        self.program, self.output = _program(network, loss, self.dtype)
        self.theta, self.buffers = _owned(theta, self.dtype), _owned(buffers, self.dtype)
        # Rooms that no call is using: a call takes one out and puts it back.
        self._rooms: list[Workspace] = []
        with told(self.dtype):  # with no example: to compile what was never compiled
            self(np.empty((self.inputs, 0), self.dtype))

    def __call__(self, x: Any, n_jobs: int = 1) -> FloatArray:
        """Return the output (O, N) for examples (I, N), shared by ``n_jobs`` threads."""
        x = np.asarray(x)
        if x.ndim != 2 or x.shape[0] != self.inputs:
            raise ShapeError.mismatch("predict", "x", x.shape, f"({self.inputs}, N)")
        columns, examples = _owned(x, self.dtype), x.shape[1]
        result = np.empty((self.outputs, examples), self.dtype)
        shares = 1
        if n_jobs > 1:
            shares = min(n_jobs, 1 + int(self.size * examples / WORTH_A_THREAD))
        with self._threads():
            self._share(columns, result, shares)
        return result

    def _share(self, columns: FloatArray, result: FloatArray, shares: int) -> None:
        """Predict all examples, into ``result``, in so many threads."""
        examples = columns.shape[1]
        if shares == 1:
            self._compute(columns, result, 0, examples)
            return
        # Whole blocks: which examples pass together does not depend on the number of threads.
        blocks = -(-examples // TOGETHER)
        edges = [min(share * blocks // shares * TOGETHER, examples) for share in range(shares)]
        own, *others = zip(edges, [*edges[1:], examples], strict=True)
        # This thread works, too: were it to wait, the system might put two threads on its core.
        with ThreadPoolExecutor(shares - 1) as pool:
            parts = [pool.submit(self._compute, columns, result, *part) for part in others]
            self._compute(columns, result, *own)
        for part in parts:
            part.result()

    def _compute(self, x: FloatArray, result: FloatArray, first: int, last: int) -> None:
        """Predict some of the examples, into ``result``."""
        try:
            room = self._rooms.pop()
        except IndexError:
            room = workspace(self.program, TOGETHER, self.dtype)
        predict_columns(
            self.program, self.theta, self.buffers, room, self.output, x, result, first, last
        )
        self._rooms.append(room)


def _program(network: Network, loss: Loss, dtype: Any) -> tuple[Program, int]:
    """Return a network lowered for predictions, and the address of the output's kernel."""
    require_kernels(network, loss)
    with told(dtype):
        return lower(network, TOGETHER, dtype), LOSS_KERNELS[type(loss)].output.address(dtype)


def _owned(array: Any, dtype: Any) -> FloatArray:
    """Return the array as kernels take it: in rows, and not read-only."""
    kept: FloatArray = np.ascontiguousarray(array, dtype)
    return kept if kept.flags.writeable else kept.copy()
