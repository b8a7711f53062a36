r"""The normal distribution of ``scipy.stats``, written with functions that are followed.

With :math:`z = (x - \mu) / \sigma`, the density :math:`\varphi(z) / \sigma` and its integral
:math:`\Phi(z)`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

_LOG_ROOT = 0.9189385332046727  # log sqrt(2 pi)


def _log_density(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
    z = (x - loc) / scale
    return -0.5 * z * z - _LOG_ROOT - np.log(scale)


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
