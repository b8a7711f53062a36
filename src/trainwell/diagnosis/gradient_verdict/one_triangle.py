r"""The gradient for a symmetric parameter of which the cost reads one triangle.

Of a function of symmetric matrices alone the gradient is known up to what no symmetric change
shows. The usual one is symmetric itself,

.. math:: \tfrac12 (R + R^\top)

with the gradient R of the cost as it is written; Cholesky's factorization and the routines for
eigenvalues read one triangle, so that R has no other.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_verdict.reference import Reference
from trainwell.diagnosis.gradient_verdict.symmetric import is_symmetric, symmetric_ones
from trainwell.types import FloatArray


def for_symmetric(
    found: Reference, given: Mapping[str, Any], arrays: Mapping[str, FloatArray]
) -> tuple[Reference, tuple[str, ...]]:
    """Return the symmetric gradient where that was given for a symmetric parameter.

    Parameters
    ----------
    found : Reference
        Of the cost as it is written.
    given : mapping of str to Any
        What the backward pass gave for each parameter.
    arrays : mapping of str to FloatArray
        The parameters.

    Returns
    -------
    reference : Reference
        With the symmetric gradient also for what reads one triangle, unless that was given.
    said : tuple of str
        Whose gradients they are.
    """
    expected = {
        name: right
        for name, right in found.gradient.items()
        if is_symmetric(arrays[name]) and not is_symmetric(right)
    }
    expected = {
        name: (right + right.T) / 2
        for name, right in expected.items()
        if is_symmetric(np.asarray(given.get(name)))
        or (_is_triangular(right) and not _is_triangular(np.asarray(given.get(name))))
    }
    if not expected:
        return found, ()
    bars = found.bars
    if bars is not None:
        bars = {**bars, **{name: (bars[name] + bars[name].T) / 2 for name in expected}}
    one = all(_is_triangular(found.gradient[name]) for name in expected)
    read = "one triangle of it" if one else "its two halves unlike each other"
    said = (
        f"{', '.join(expected)}: a symmetric matrix, and the cost reads {read}; compared with the"
        " symmetric gradient, the mean of the cost's own and its transpose"
    )
    return replace(found, gradient={**found.gradient, **expected}, bars=bars), (said,)


def to_stay_symmetric(arrays: Mapping[str, FloatArray], given: Mapping[str, Any]) -> frozenset[str]:
    """Return the symmetric parameters whose gradient is symmetric, or one triangle of such a one.

    Parameters
    ----------
    arrays : mapping of str to FloatArray
        The parameters.
    given : mapping of str to Any
        Their gradients.

    Returns
    -------
    frozenset of str
        A gradient made for symmetric matrices is wrong at others.
    """
    gradients = {name: np.asarray(each) for name, each in given.items()}
    whole = {n: g + g.T if _is_triangular(g) else g for n, g in gradients.items()}
    return symmetric_ones(arrays, whole)


def _is_triangular(array: FloatArray) -> bool:
    if array.ndim != 2 or len(array) != array.shape[1] or not np.any(array):
        return False
    return not np.triu(array, 1).any() or not np.tril(array, -1).any()
