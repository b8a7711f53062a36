r"""Complex numbers on the way to a real cost: spectra.

The cotangent of a complex value :math:`z = x + i y` is :math:`\bar{z} = \partial L / \partial x +
i \, \partial L / \partial y`. Of an analytic operation with the slope :math:`f'` of the rule for
real numbers, :math:`\bar{a} = \bar{y} \, \overline{f'}`, so that the rule is used as it is,
between two conjugations: :math:`\bar{a} = \overline{\mathrm{pull}(\overline{\bar{y}})}`. Of a real
argument only the real part is left. The matrix of Fourier's transform is symmetric: its pull is
the transform itself.

References
----------
.. [1] K. Kreutz-Delgado, "The complex gradient operator and the CR-calculus", arXiv 0906.4835,
   2009, section 4.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.cotangents import Ruled
from trainwell.types import FloatArray

ANALYTIC = frozenset(
    (
        *("add", "subtract", "multiply", "divide", "negative", "positive", "conjugate", "power"),
        *("reciprocal", "square", "sqrt", "exp", "log", "sin", "cos", "sinh", "cosh", "tanh"),
        *("absolute", "real_part", "imaginary_part", "fft", "ifft", "cosine_transform"),
        *("sum", "mean", "cumsum", "trace", "matmul", "dot", "inner", "outer", "tensordot"),
        *("einsum", "reshape", "ravel", "transpose", "swapaxes", "moveaxis", "squeeze"),
        *("expand_dims", "broadcast_to", "flip", "rot90", "roll", "tile", "repeat", "diag"),
        *("diagonal", "take", "take_along_axis", "delete", "pad", "copy", "tril", "triu", "solve"),
        *("inv", "sliding_window_view", "cross"),
    )
)
"""Operations that are followed with complex numbers."""


def between(pull: Callable[[Any], Any], g: Any) -> Any:
    """Pull a cotangent back between two conjugations."""
    found = pull(np.conj(g))
    return None if found is None else np.conj(found)


def fitting(cotangent: Any, dtype: np.dtype[Any]) -> Any:
    """Return a cotangent as one of another kind of numbers: of real ones the real part."""
    if dtype.kind != "c" and cotangent.dtype.kind == "c":
        cotangent = cotangent.real
    return cotangent.astype(dtype)


def _real_part(a: FloatArray) -> Ruled:
    return np.real(a), (lambda g: g,)


def _imaginary_part(a: FloatArray) -> Ruled:
    return np.imag(a), (lambda g: -1j * g,)


def _fitted(a: FloatArray, n: int, axis: int) -> FloatArray:
    """Cut an axis off, or fill it up with zeros."""
    left = [(0, 0)] * a.ndim
    left[axis] = 0, max(0, n - a.shape[axis])
    return np.take(np.pad(a, left), np.arange(n), axis)


def _transform(function: Callable[..., Any]) -> Callable[..., Ruled]:
    def rule(a: FloatArray, n: int | None = None, axis: int = -1, norm: Any = None) -> Ruled:
        def pull(g: FloatArray) -> FloatArray:
            return _fitted(function(g, axis=axis, norm=norm), a.shape[axis], axis)

        return function(a, n, axis, norm), (pull,)

    return rule


def _cosine_transform(
    a: FloatArray,
    type: int = 2,  # noqa: A002 - as SciPy calls it
    axis: int = -1,
    norm: Any = None,
    *,
    inverse: bool = False,
) -> Ruled:
    """Multiply by the matrix of a cosine transform, its rows the transforms of single ones."""
    from scipy import fft

    function = fft.idct if inverse else fft.dct
    matrix = function(np.eye(a.shape[axis]), type, axis=-1, norm=norm)

    def pull(g: FloatArray) -> FloatArray:
        return np.moveaxis(np.moveaxis(g, axis, -1) @ matrix.T, -1, axis)

    return function(a, type, axis=axis, norm=norm), (pull,)


COMPLEX_RULES: dict[str, Callable[..., Ruled]] = {
    "real_part": _real_part,
    "imaginary_part": _imaginary_part,
    "fft": _transform(np.fft.fft),
    "ifft": _transform(np.fft.ifft),
    "cosine_transform": _cosine_transform,
}
"""By name."""
