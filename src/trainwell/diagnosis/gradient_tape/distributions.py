r"""The normal distributions of ``scipy.stats``, written with functions that are followed.

With :math:`z = (x - \mu) / \sigma`, the density :math:`\varphi(z) / \sigma` and its integral
:math:`\Phi(z)`. Of several variables, :math:`z = L^{-1} (x - \mu)` with :math:`\Sigma = L L^T`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.special_rules import LOG_ROOT


def _log_density(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
    z = (x - loc) / scale
    return -0.5 * z * z - LOG_ROOT - np.log(scale)


def _density(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
    return np.exp(_log_density(x, loc, scale))


def _integral(name: str, sign: int) -> Callable[..., Any]:
    def below(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
        from scipy import special

        return getattr(special, name)(sign * ((x - loc) / scale))

    return below


NORMAL: dict[str, Callable[..., Any]] = {
    "pdf": _density,
    "logpdf": _log_density,
    "cdf": _integral("ndtr", 1),
    "logcdf": _integral("log_ndtr", 1),
    "sf": _integral("ndtr", -1),
    "logsf": _integral("log_ndtr", -1),
}
"""By the name of the method."""


def _log_density_of_several(x: Any, mean: Any = None, cov: Any = 1) -> Any:
    centred = x if mean is None else x - mean
    factor = np.linalg.cholesky(cov) if np.ndim(cov) == 2 else None
    if factor is None:  # one variance for all
        size = centred.shape[-1]
        logarithm = 0.5 * size * np.log(cov)
        squares = np.sum(centred * centred, axis=-1) / cov
    else:
        size = factor.shape[0]
        z = np.linalg.solve(factor, np.swapaxes(np.atleast_2d(centred), 0, 1))
        logarithm = np.sum(np.log(np.diagonal(factor)))
        squares = np.sum(z * z, axis=0)
        squares = squares[0] if centred.ndim == 1 else squares
    return -size * LOG_ROOT - logarithm - 0.5 * squares


def _density_of_several(x: Any, mean: Any = None, cov: Any = 1) -> Any:
    return np.exp(_log_density_of_several(x, mean, cov))


MULTIVARIATE: dict[str, Callable[..., Any]] = {
    "pdf": _density_of_several,
    "logpdf": _log_density_of_several,
}
"""By the name of the method."""
