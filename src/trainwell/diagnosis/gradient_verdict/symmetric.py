"""Parameters that are symmetric matrices, such as covariances, and have symmetric gradients."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from trainwell.types import FloatArray

_SAME = 1e-9
_FAR = 1e-3  # of the numbers of a row: rounding leaves less


def symmetric_ones(
    arrays: Mapping[str, FloatArray], gradients: Mapping[str, Any]
) -> frozenset[str]:
    """Return the parameters that are symmetric, as their gradients are.

    Parameters
    ----------
    arrays : mapping of str to FloatArray
        The parameters.
    gradients : mapping of str to Any
        By the same names.

    Returns
    -------
    frozenset of str
        Without what is zero or one number throughout, as weights may be at the start.

    Examples
    --------
    >>> import numpy as np
    >>> S = np.array([[2.0, 0.5], [0.5, 1.0]])
    >>> sorted(symmetric_ones({"S": S, "W": S}, {"S": np.linalg.inv(S), "W": np.triu(S)}))
    ['S']
    """
    return frozenset(
        name
        for name, array in arrays.items()
        if is_symmetric(array) and is_symmetric(np.asarray(gradients.get(name)))
    )


def moved_alike(
    arrays: Mapping[str, FloatArray],
    names: Iterable[str],
    rng: np.random.Generator,
    amount: float,
) -> dict[str, FloatArray]:
    r"""Return symmetric matrices nearby that are as definite: :math:`E S E^\top` with E near I.

    Parameters
    ----------
    arrays : mapping of str to FloatArray
        The parameters.
    names : iterable of str
        Which of them are symmetric.
    rng : numpy.random.Generator
        Draws E.
    amount : float
        How far E is from I.

    Returns
    -------
    dict of str to FloatArray
        Exactly symmetric.
    """
    moved = {}
    for name in sorted(names):
        array = arrays[name]
        size = len(array)
        change = np.eye(size) + amount / np.sqrt(size) * rng.standard_normal(array.shape)
        far = change @ array @ change.T
        moved[name] = (far + far.T) / 2
    return moved


def is_symmetric(array: FloatArray) -> bool:
    """Say whether an array is a symmetric matrix with more than one number.

    Parameters
    ----------
    array : FloatArray
        Of any shape.

    Returns
    -------
    bool
        Up to rounding.
    """
    if array.ndim != 2 or not 1 < len(array) == array.shape[1] or array.dtype.kind != "f":
        return False
    row, column = array[0], array[:, 0]  # which mostly tell
    apart, size = float(np.abs(row - column).max()), float(np.abs(row).max())
    if not apart <= _FAR * size:
        return False
    largest = float(np.abs(array).max())
    if not np.abs(array - array.T).max() <= _SAME * largest or not largest:
        return False
    return bool((array != array.flat[0]).any())
