r"""Exponential and logarithm as polynomials: they run in vectors, the library's calls do not.

.. math:: e^x = 2^k e^r, \qquad k = \operatorname{round}(x / \log 2), \qquad
    r = x - k \log 2 \in [-\tfrac12 \log 2, \tfrac12 \log 2]

with the Taylor polynomial of :math:`e^r - 1`, and

.. math:: \log(1 + u) = 2 \operatorname{artanh} s, \qquad s = \frac{u}{2 + u}
    \in [0, \tfrac13] \text{ for } u \in [0, 1].

The error is at most two units in the last place (tests/kernels compares with NumPy). Adding
and subtracting a large number rounds to the nearest integer and leaves it in the low bits,
from where it is moved into the exponent. :math:`\log 2` is split into a short head and a
tail, so that its product with :math:`k` is exact (W. J. Cody and W. Waite, "Software Manual
for the Elementary Functions", 1980, chapter 6).
"""

from math import factorial
from typing import Any

import numpy as np
from numba.core import types
from numba.extending import overload

from trainwell.kernels.compiling import kernel

_LOG2E, _ROUND = 1.4426950408889634, 6755399441055744.0  # 1.5 * 2**52
_LOG2_HEAD, _LOG2_TAIL = 0.6931471803691238, 1.9082149292705877e-10
_EXPONENT = tuple(1 / factorial(power) for power in range(13, 1, -1))
_LOGARITHM = tuple(1 / (2 * power + 1) for power in range(17, 0, -1))
# In pieces: the compiler unrolls short loops only, and must to run in vectors.
_EXPONENT_HIGH, _EXPONENT_LOW = _EXPONENT[:6], _EXPONENT[6:]
_LOGARITHM_HIGH, _LOGARITHM_MIDDLE, _LOGARITHM_LOW = (
    _LOGARITHM[:6],
    _LOGARITHM[6:12],
    _LOGARITHM[12:],
)

_LOG2E_SINGLE, _ROUND_SINGLE = np.float32(_LOG2E), np.float32(12582912.0)  # 1.5 * 2**23
_LOG2_HEAD_SINGLE, _LOG2_TAIL_SINGLE = np.float32(0.693359375), np.float32(-2.12194440e-4)
_EXPONENT_SINGLE = tuple(np.float32(1 / factorial(power)) for power in range(7, 1, -1))
_LOGARITHM_SINGLE = tuple(np.float32(1 / (2 * power + 1)) for power in range(8, 0, -1))
_ONE, _TWO = np.float32(1), np.float32(2)


@kernel
def _reduced_double(x: float) -> tuple[float, float]:
    """Return ``e**r - 1`` and half of ``2**k``, which is a number where ``2**k`` no longer is."""
    shifted = x * _LOG2E + _ROUND
    k = shifted - _ROUND
    r = (x - k * _LOG2_HEAD) - k * _LOG2_TAIL
    bits = np.int64(np.float64(shifted).view(np.int64) + 1022)
    polynomial = 0.0
    for coefficient in _EXPONENT_HIGH:
        polynomial = polynomial * r + coefficient
    for coefficient in _EXPONENT_LOW:
        polynomial = polynomial * r + coefficient
    return r + r * r * polynomial, np.int64(bits << np.int64(52)).view(np.float64)


@kernel
def _exp_double(x: float) -> float:
    within = max(x, -708.0)
    within = min(within, 710.0)
    less_one, power = _reduced_double(within)
    result = 2.0 * (power + power * less_one)
    result = np.inf if x > 710.0 else result
    return 0.0 if x < -708.0 else result


@kernel
def _expm1_double(x: float) -> float:
    x = max(x, -708.0)
    x = min(x, 710.0)
    less_one, power = _reduced_double(x)
    return 2.0 * (power * less_one) + (2.0 * power - 1.0)


@kernel
def _log1p_double(u: float) -> float:
    s = u / (2.0 + u)
    polynomial = 0.0
    for coefficient in _LOGARITHM_HIGH:
        polynomial = polynomial * (s * s) + coefficient
    for coefficient in _LOGARITHM_MIDDLE:
        polynomial = polynomial * (s * s) + coefficient
    for coefficient in _LOGARITHM_LOW:
        polynomial = polynomial * (s * s) + coefficient
    return 2.0 * s + 2.0 * s * (s * s * polynomial)


@kernel
def _reduced_single(x: Any) -> Any:
    """Return ``e**r - 1`` and half of ``2**k``, which is a number where ``2**k`` no longer is."""
    shifted = x * _LOG2E_SINGLE + _ROUND_SINGLE
    k = shifted - _ROUND_SINGLE
    r = (x - k * _LOG2_HEAD_SINGLE) - k * _LOG2_TAIL_SINGLE
    bits = np.int32(np.float32(shifted).view(np.int32) + np.int32(126))
    polynomial = np.float32(0)
    for coefficient in _EXPONENT_SINGLE:
        polynomial = polynomial * r + coefficient
    return r + r * r * polynomial, np.int32(bits << np.int32(23)).view(np.float32)


@kernel
def _exp_single(x: Any) -> Any:
    within = max(x, np.float32(-87))
    within = min(within, np.float32(89))
    less_one, power = _reduced_single(within)
    result = _TWO * (power + power * less_one)
    result = np.float32(np.inf) if x > np.float32(89) else result
    return np.float32(0) if x < np.float32(-87) else result


@kernel
def _expm1_single(x: Any) -> Any:
    x = max(x, np.float32(-87))
    x = min(x, np.float32(89))
    less_one, power = _reduced_single(x)
    return _TWO * (power * less_one) + (_TWO * power - _ONE)


@kernel
def _log1p_single(u: Any) -> Any:
    s = u / (_TWO + u)
    polynomial = np.float32(0)
    for coefficient in _LOGARITHM_SINGLE:
        polynomial = polynomial * (s * s) + coefficient
    return _TWO * s + _TWO * s * (s * s * polynomial)


def _is_single(x: Any) -> bool:
    return bool(x == types.float32) if isinstance(x, types.Type) else isinstance(x, np.float32)


def exp(x: Any) -> Any:
    """Return the exponential; infinity or 0 beyond the range of normal numbers."""
    return _exp_single(x) if _is_single(x) else _exp_double(x)


def expm1(x: Any) -> Any:
    """Return the exponential less 1, exact near 0 as well."""
    return _expm1_single(x) if _is_single(x) else _expm1_double(x)


def log1p(u: Any) -> Any:
    """Return the logarithm of ``1 + u`` for ``u`` in [0, 1]."""
    return _log1p_single(u) if _is_single(u) else _log1p_double(u)


@overload(exp, strict=False)
def _compiled_exp(x: Any) -> Any:
    return (lambda x: _exp_single(x)) if _is_single(x) else (lambda x: _exp_double(x))


@overload(expm1, strict=False)
def _compiled_expm1(x: Any) -> Any:
    return (lambda x: _expm1_single(x)) if _is_single(x) else (lambda x: _expm1_double(x))


@overload(log1p, strict=False)
def _compiled_log1p(u: Any) -> Any:
    return (lambda u: _log1p_single(u)) if _is_single(u) else (lambda u: _log1p_double(u))
