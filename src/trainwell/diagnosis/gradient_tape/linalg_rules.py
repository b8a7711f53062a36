r"""Derivatives of ``numpy.linalg``: inverse, solution, determinant, factor of Cholesky.

A rule takes the values of the arguments and returns what came out with its *pulls*, from the
cotangent of the result to that of each argument. The formulas are those of Giles, "Collected
matrix derivative results for forward and reverse mode algorithmic differentiation" (2008),
sections 2.2.3 to 2.2.5 and 2.3.1, and of Murray, "Differentiation of the Cholesky decomposition"
(arXiv 1602.07527), equation 9.
"""

from collections.abc import Callable

import numpy as np

from trainwell.diagnosis.gradient_tape.cotangents import Ruled, unbroadcast
from trainwell.types import FloatArray


def transposed(a: FloatArray) -> FloatArray:
    """Return matrices with rows and columns exchanged.

    Parameters
    ----------
    a : FloatArray
        One or more.

    Returns
    -------
    FloatArray
        A view.
    """
    return np.swapaxes(a, -1, -2)


def of_read(whole: FloatArray, triangle: str = "L") -> FloatArray:
    """Return the derivative by the triangle that is read of a symmetric matrix.

    Parameters
    ----------
    whole : FloatArray
        The derivative as if each element were read.
    triangle : {"L", "U"}, default="L"
        Which one is.

    Returns
    -------
    FloatArray
        Zero on the other side.
    """
    lower = _half(whole + transposed(whole))
    return lower if triangle.upper() == "L" else transposed(lower)


def _inv(a: FloatArray) -> Ruled:
    r""":math:`\bar{A} = -Y^T \bar{Y} Y^T` with :math:`Y = A^{-1}`."""
    y = np.linalg.inv(a)
    return y, (lambda g: -transposed(y) @ g @ transposed(y),)


def _solve(a: FloatArray, b: FloatArray) -> Ruled:
    r""":math:`\bar{B} = A^{-T} \bar{X}, \quad \bar{A} = -\bar{B} X^T`."""
    if a.ndim > 2 and b.ndim == a.ndim - 1:  # a matrix, or a stack of vectors, by NumPy's release
        raise NotImplementedError
    x = np.linalg.solve(a, b)

    def columns(array: FloatArray) -> FloatArray:
        return array[..., np.newaxis] if b.ndim == 1 else array

    def back(g: FloatArray) -> FloatArray:
        return np.linalg.solve(transposed(a), columns(g))

    def left(g: FloatArray) -> FloatArray:
        return unbroadcast(-back(g) @ transposed(columns(x)), a.shape)

    def right(g: FloatArray) -> FloatArray:
        return unbroadcast(back(g)[..., 0] if b.ndim == 1 else back(g), b.shape)

    return x, (left, right)


def _det(a: FloatArray) -> Ruled:
    r""":math:`\bar{A} = \bar{y} \, y \, A^{-T}`; not for a matrix that has no inverse."""
    y = np.linalg.det(a)
    if not np.all(y):
        raise NotImplementedError

    def pull(g: FloatArray) -> FloatArray:
        return np.asarray(g * y)[..., np.newaxis, np.newaxis] * transposed(np.linalg.inv(a))

    return y, (pull,)


def _slogdet(a: FloatArray) -> Ruled:
    r"""Of the logarithm alone: :math:`\bar{A} = \bar{y} A^{-T}`."""
    sign, y = np.linalg.slogdet(a)
    if not np.all(sign):
        raise NotImplementedError

    def pull(g: FloatArray) -> FloatArray:
        return np.asarray(g)[..., np.newaxis, np.newaxis] * transposed(np.linalg.inv(a))

    return y, (pull,)


def _cholesky(a: FloatArray) -> Ruled:
    r""":math:`S = L^{-T} \Phi(L^T \bar{L}) L^{-1}`, of :math:`S + S^T` what NumPy reads.

    :math:`\Phi` takes the lower triangle with half of its diagonal. NumPy reads the lower
    triangle only: above it the derivative is zero.
    """
    y = np.linalg.cholesky(a)

    def pull(g: FloatArray) -> FloatArray:
        inverse = np.linalg.inv(y)
        inner = _half(transposed(y) @ g)
        whole = transposed(inverse) @ inner @ inverse
        return of_read(whole)

    return y, (pull,)


def _half(a: FloatArray) -> FloatArray:
    """Return the lower triangle with half of its diagonal."""
    lower = np.tril(a)
    places = np.arange(a.shape[-1])
    lower[..., places, places] *= 0.5
    return lower


LINALG_RULES: dict[str, Callable[..., Ruled]] = {
    "inv": _inv,
    "solve": _solve,
    "det": _det,
    "slogdet": _slogdet,
    "cholesky": _cholesky,
}
"""By name."""
