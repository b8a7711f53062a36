"""Predictions of a network: its forward pass and the output that belongs to its loss."""

import os

import numpy as np

from trainwell.engine.blas import blas_threads
from trainwell.engine.choice import NAMES
from trainwell.errors import ConfigurationError
from trainwell.network.losses import Loss
from trainwell.network.network import Network
from trainwell.settings import required_integer
from trainwell.types import FloatArray

WORTH_COMPILING = 2e10
"""Multiplications from which on a prediction repays loading the kernels."""


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
    threads = checked_threads("predict", n_jobs)
    if engine not in NAMES:
        raise ConfigurationError.unknown_name("engine", engine, NAMES)
    if engine == "compiled" or (engine == "auto" and _suits_kernels(network, loss, x)):
        from trainwell.engine.predictor import Predictor

        return Predictor(network, loss, theta, buffers)(x, threads)
    with blas_threads(network, np.size(x) // network.inputs):
        logits, _ = network.forward(theta, buffers, np.asarray(x, theta.dtype))
    return loss.predict(logits)


def _suits_kernels(network: Network, loss: Loss, x: FloatArray) -> bool:
    if network.size * np.size(x) / network.inputs < WORTH_COMPILING:
        return False
    from trainwell.engine.lowering import lacks_kernel

    return not lacks_kernel(network, loss)


def checked_threads(owner: str, n_jobs: int) -> int:
    """Return a number of threads: what was asked for, or one a core for -1."""
    if n_jobs == -1:
        return os.cpu_count() or 1
    return required_integer(owner, "n_jobs", n_jobs, 1)
