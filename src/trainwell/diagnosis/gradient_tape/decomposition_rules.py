r"""Derivatives of decompositions of matrices, and of functions of matrices made by them.

A decomposition has several results: each is an operation of its own here, with the others'
cotangents zero. The formulas are those of Giles, "Collected matrix derivative results for forward
and reverse mode algorithmic differentiation" (2008), section 3; of Townsend, "Differentiating the
singular value decomposition" (2016); of Walter and Lehmann, "Algorithmic differentiation of linear
algebra functions" (2010), for :math:`QR`; and of Golub and Pereyra, "The differentiation of
pseudo-inverses and nonlinear least squares problems whose variables separate" (1973), equation
4.12. Eigenvalues and singular values that are equal have no vectors of their own: refused.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from trainwell.diagnosis.gradient_tape.cotangents import Ruled
from trainwell.diagnosis.gradient_tape.linalg_rules import of_read, transposed
from trainwell.types import FloatArray

_EQUAL = 1e-10  # of the largest one, between two values that are told apart


def _inverse_gaps(values: FloatArray) -> FloatArray:
    r"""Return :math:`1 / (\lambda_j - \lambda_i)`, zero on the diagonal."""
    gaps = values[..., np.newaxis, :] - values[..., :, np.newaxis]
    own = np.eye(values.shape[-1], dtype=bool)
    gaps = np.where(own, np.inf, gaps)
    if np.any(np.abs(gaps) <= _EQUAL * np.max(np.abs(values), initial=0.0)):
        raise NotImplementedError
    return 1 / gaps


def _eigvalsh(a: FloatArray, UPLO: Literal["L", "U"] = "L") -> Ruled:
    r""":math:`\bar{A} = V \mathrm{diag}(\bar{\lambda}) V^T`."""
    values, v = np.linalg.eigh(a, UPLO)
    return values, (lambda g: of_read((v * g[..., np.newaxis, :]) @ transposed(v), UPLO),)


def _eigenvectors(a: FloatArray, UPLO: Literal["L", "U"] = "L") -> Ruled:
    r""":math:`\bar{A} = V (F \circ V^T \bar{V}) V^T, F_{ij} = 1 / (\lambda_j - \lambda_i)`."""
    values, v = np.linalg.eigh(a, UPLO)
    f = _inverse_gaps(values)
    return v, (lambda g: of_read(v @ (f * (transposed(v) @ g)) @ transposed(v), UPLO),)


def _svdvals(a: FloatArray) -> Ruled:
    r""":math:`\bar{A} = U \mathrm{diag}(\bar{s}) V^T`."""
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return s, (lambda g: (u * g[..., np.newaxis, :]) @ vh,)


def _left_vectors(a: FloatArray) -> Ruled:
    r""":math:`\bar{A} = U (F \circ (U^T \bar{U} - \bar{U}^T U)) S V^T + P \bar{U} S^{-1} V^T`.

    :math:`F_{ij} = 1 / (s_j^2 - s_i^2)`, and :math:`P = I - U U^T`.
    """
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    f = _inverse_gaps(s * s)
    if a.shape[-2] > a.shape[-1] and np.any(s == 0):
        raise NotImplementedError

    def pull(g: FloatArray) -> FloatArray:
        inside = transposed(u) @ g
        turned = (f * (inside - transposed(inside))) * s[..., np.newaxis, :]
        found = u @ turned @ vh
        if a.shape[-2] > a.shape[-1]:
            found = found + ((g - u @ inside) / s[..., np.newaxis, :]) @ vh
        return np.asarray(found)

    return u, (pull,)


def _right_vectors(a: FloatArray) -> Ruled:
    """Return the right singular vectors: the left ones of the transposed matrix."""
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    f = _inverse_gaps(s * s)
    if a.shape[-2] < a.shape[-1] and np.any(s == 0):
        raise NotImplementedError
    v = transposed(vh)

    def pull(g: FloatArray) -> FloatArray:
        inside = vh @ transposed(g)
        turned = s[..., :, np.newaxis] * (f * (inside - transposed(inside)))
        found = u @ turned @ vh
        if a.shape[-2] < a.shape[-1]:
            rest = transposed(g) - v @ inside
            found = found + u @ transposed(rest / s[..., np.newaxis, :])
        return np.asarray(found)

    return vh, (pull,)


def _pinv(a: FloatArray, **settings: Any) -> Ruled:
    r"""Differentiate :math:`P = A^+`, of a rank that stays.

    .. math:: \bar{A} = -P^T \bar{P} P^T + (I - A P) \bar{P}^T P P^T + P^T P \bar{P}^T (I - P A)
    """
    p = np.linalg.pinv(a, **settings)
    t = transposed

    def pull(g: FloatArray) -> FloatArray:
        down, up = t(g) @ p @ t(p), t(p) @ p @ t(g)
        return -t(p) @ g @ t(p) + down - a @ p @ down + up - up @ p @ a

    return p, (pull,)


def _of_qr(q: FloatArray, r: FloatArray, q_bar: FloatArray, inner: FloatArray) -> FloatArray:
    r""":math:`(\bar{Q} + Q \, \mathrm{copyltu}(M)) R^{-T}`, the lower triangle written above."""
    lower = np.tril(inner, -1)
    whole = q_bar + q @ (np.tril(inner) + transposed(lower))
    return transposed(np.linalg.solve(r, transposed(whole)))


def _reduced(a: FloatArray) -> tuple[FloatArray, FloatArray]:
    q, r = np.linalg.qr(a)
    if a.shape[-2] < a.shape[-1] or not np.all(np.diagonal(r, axis1=-2, axis2=-1)):
        raise NotImplementedError
    return q, r


def _qr_q(a: FloatArray) -> Ruled:
    r"""Of the first factor, :math:`M = -\bar{Q}^T Q`."""
    q, r = _reduced(a)
    return q, (lambda g: _of_qr(q, r, g, -transposed(g) @ q),)


def _qr_r(a: FloatArray) -> Ruled:
    r"""Of the second factor, :math:`M = R \bar{R}^T`."""
    q, r = _reduced(a)
    return r, (lambda g: _of_qr(q, r, np.zeros_like(q), r @ transposed(g)),)


def rows_of(pivots: Any) -> Any:
    """Return in which order rows stand after they were exchanged one after the other.

    Parameters
    ----------
    pivots : ndarray of int
        With which row each was exchanged, in turn.

    Returns
    -------
    ndarray of int
        The row of the matrix that comes first, and so on.
    """
    order = np.arange(len(pivots))
    for at, other in enumerate(pivots):
        order[[at, other]] = order[[other, at]]
    return order


def _lu_packed(a: FloatArray) -> Ruled:
    r"""Of both factors in one matrix, :math:`A = P L U`.

    .. math:: \bar{A} = P L^{-T} (\mathrm{tril}_{-1}(L^T \bar{L}) + \mathrm{triu}(\bar{U} U^T))
        U^{-T}
    """
    from scipy.linalg import lu_factor

    if a.ndim != 2 or a.shape[0] != a.shape[1]:
        raise NotImplementedError
    packed, pivots = lu_factor(a)
    lower, upper = np.tril(packed, -1) + np.eye(len(a)), np.triu(packed)
    order = rows_of(pivots)

    def pull(g: FloatArray) -> FloatArray:
        inner = np.tril(lower.T @ np.tril(g, -1), -1) + np.triu(np.triu(g) @ upper.T)
        found = np.linalg.solve(lower.T, np.linalg.solve(upper, inner.T).T)
        return found[np.argsort(order)]

    return packed, (pull,)


def _expm(a: FloatArray) -> Ruled:
    r""":math:`\bar{A} = L(A^T, \bar{Y})`, :math:`L` the derivative along a direction."""
    from scipy.linalg import expm, expm_frechet

    if a.ndim != 2:
        raise NotImplementedError
    return expm(a), (lambda g: expm_frechet(a.T, g, compute_expm=False),)


def _sqrtm(a: FloatArray) -> Ruled:
    r"""Of :math:`S S = A`: :math:`S^T \bar{A} + \bar{A} S^T = \bar{S}`."""
    from scipy.linalg import solve_sylvester, sqrtm

    s = sqrtm(a)
    if a.ndim != 2 or np.iscomplexobj(s) or not np.all(np.isfinite(s)):
        raise NotImplementedError
    return s, (lambda g: solve_sylvester(s.T, s.T, g),)


DECOMPOSITION_RULES: dict[str, Callable[..., Ruled]] = {
    "eigvalsh": _eigvalsh,
    "eigenvectors": _eigenvectors,
    "svdvals": _svdvals,
    "left_singular_vectors": _left_vectors,
    "right_singular_vectors": _right_vectors,
    "pinv": _pinv,
    "qr_q": _qr_q,
    "qr_r": _qr_r,
    "lu_packed": _lu_packed,
    "expm": _expm,
    "sqrtm": _sqrtm,
}
"""By the name of the function, or of its result."""
