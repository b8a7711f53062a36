r"""Derivatives of convolutions and correlations, of NumPy and of ``scipy.signal``.

With :math:`y = a * b`, :math:`y_k = \sum_i a_i b_{k-i}`, along each axis:

.. math:: \bar{a}_i = \sum_j \bar{y}_{i+j} b_j, \quad \bar{b}_j = \sum_i \bar{y}_{i+j} a_i,

of the whole convolution; what a mode leaves out of it has no cotangent. A correlation is the
convolution with :math:`b` turned round along all axes.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.cotangents import Ruled
from trainwell.types import FloatArray


def _windows(g: FloatArray, b: FloatArray) -> Any:
    r"""Return :math:`\sum_j g_{i+j} b_j` for each :math:`i` at which all of ``b`` is inside."""
    if g.ndim == 1:
        return np.correlate(g, b, "valid")
    seen = np.lib.stride_tricks.sliding_window_view(g, b.shape)
    axes = [*range(2 * b.ndim)]
    parts: tuple[Any, ...] = seen, axes, b, axes[b.ndim :], axes[: b.ndim]
    return np.einsum(*parts)


def _pulled(
    y: FloatArray,
    a: FloatArray,
    b: FloatArray,
    mode: str,
    *,
    turned: bool,
    longest: bool = False,
    late: int = 0,
) -> Ruled:
    """Return what was computed with its pulls.

    ``turned`` says that the second argument was turned round. The mode "same" has the length of
    the ``longest``, or else of the first; of an even number ``late`` more is cut off in front.
    """
    whole = tuple(m + n - 1 for m, n in zip(a.shape, b.shape, strict=True))
    if mode == "same":
        length = b.shape if longest and b.size > a.size else a.shape
        first = tuple((n - m + late) // 2 for n, m in zip(whole, length, strict=True))
    elif mode == "valid":
        first = tuple(min(m, n) - 1 for m, n in zip(a.shape, b.shape, strict=True))
    else:
        first = (0,) * a.ndim
    places = tuple(slice(at, at + n) for at, n in zip(first, y.shape, strict=True))
    second = np.flip(b) if turned else b

    def of_whole(g: FloatArray) -> FloatArray:
        if g.shape == whole:
            return g
        found = np.zeros(whole, g.dtype)
        found[places] = g
        return found

    def left(g: FloatArray) -> Any:
        return _windows(of_whole(g), second)

    def right(g: FloatArray) -> Any:
        found = _windows(of_whole(g), a)
        return np.flip(found) if turned else found

    return y, (left, right)


def _convolve(a: FloatArray, v: FloatArray, mode: str = "full") -> Ruled:
    """Convolve two series, as NumPy does."""
    return _pulled(np.convolve(a, v, mode), a, v, mode, turned=False, longest=True)  # type: ignore[call-overload]


def _correlate(a: FloatArray, v: FloatArray, mode: str = "valid") -> Ruled:
    """Correlate two series, as NumPy does."""
    if mode != "full" and v.size > a.size:
        raise NotImplementedError
    return _pulled(np.correlate(a, v, mode), a, v, mode, turned=True, longest=True)  # type: ignore[call-overload]


def _of_scipy(
    name: str,
    a: FloatArray,
    b: FloatArray,
    mode: str = "full",
    *,
    turned: bool,
    late: int = 0,
    **settings: Any,
) -> Ruled:
    """Convolve or correlate as a function of ``scipy.signal`` does."""
    if settings.get("boundary", "fill") != "fill" or settings.get("fillvalue", 0) != 0:
        raise NotImplementedError
    if settings.get("axes") is not None or not a.ndim:
        raise NotImplementedError
    y = getattr(import_module("scipy.signal"), name)(a, b, mode, **settings)
    return _pulled(y, a, b, mode, turned=turned, late=late)


CONVOLUTION_RULES: dict[str, Callable[..., Ruled]] = {
    "convolve": _convolve,
    "correlate": _correlate,
    "convolve2d": partial(_of_scipy, "convolve2d", turned=False),
    "correlate2d": partial(_of_scipy, "correlate2d", turned=True, late=1),
    "convolve_along_all": partial(_of_scipy, "convolve", turned=False),
    "correlate_along_all": partial(_of_scipy, "correlate", turned=True),
    "fftconvolve": partial(_of_scipy, "fftconvolve", turned=False),
    "oaconvolve": partial(_of_scipy, "oaconvolve", turned=False),
}
"""By the name of the function; those of ``scipy.signal`` that NumPy has, too, by one of ours."""
