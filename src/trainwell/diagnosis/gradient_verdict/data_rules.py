"""Rules that data obey: what other numbers would break, whatever the gradient is."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from itertools import permutations, product
from typing import Any

import numpy as np

from trainwell.types import FloatArray

_CLOSE = 1e-9
_FEW = 3  # numbers, of which a rule says nothing
_MOST = 1_000_000  # numbers of an array that is looked at

Shape = tuple[int, ...]

_OF_ONE: dict[str, Callable[[FloatArray], Any]] = {
    "the inverse of {0}": np.linalg.inv,
    "the Cholesky factor of {0}": np.linalg.cholesky,
    "{0}.T": np.transpose,
    "{0} ** 2": np.square,
    "the logarithm of {0}": np.log,
    "the exponential of {0}": np.exp,
    "1 / {0}": np.reciprocal,
    "the sum of {0}": np.sum,
    "the mean of {0}": np.mean,
    "the sums of {0} along axis 0": partial(np.sum, axis=0),
    "the sums of {0} along axis 1": partial(np.sum, axis=1),
    "the means of {0} along axis 0": partial(np.mean, axis=0),
    "the means of {0} along axis 1": partial(np.mean, axis=1),
    "the length of {0}": len,
    "1 / the length of {0}": lambda a: 1 / len(a),
}
"""What is made of one array, and is no larger than it."""
_OF_PRODUCT: dict[str, Callable[[FloatArray], Any]] = {
    "{}": np.asarray,
    "the inverse of {}": np.linalg.inv,
}
"""What is made of a product."""


def rule_of(data: Mapping[str, Any]) -> str:
    """Return a rule that data obey; empty where none is known.

    Parameters
    ----------
    data : mapping of str to Any
        By what they are called.

    Returns
    -------
    str
        As ``"C is the inverse of S"``.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[1.0, 2.0], [0.5, -1.0], [2.0, 0.3]])
    >>> rule_of({"x": x, "g": x.T @ x})
    'g is x.T @ x'
    >>> rule_of({"x": x, "y": x[:, 0] + 1})
    ''
    """
    arrays = {
        name: np.asarray(item, dtype=np.float64)
        for name, item in data.items()
        if isinstance(item, np.ndarray | float | np.floating)
        if np.asarray(item).dtype.kind == "f" and 0 < np.size(item) <= _MOST
    }
    with np.errstate(all="ignore"):
        return next(_rules(arrays), "")


def _rules(arrays: Mapping[str, FloatArray]) -> Iterator[str]:
    for name, array in arrays.items():
        yield from (f"{name} {said}" for said in _alone(array))
    shapes = {array.shape for array in arrays.values()}
    for (one, first), (name, array) in permutations(arrays.items(), 2):
        made = _made(_OF_ONE, first) if first.ndim else ()
        yield from (f"{name} is {said.format(one)}" for said, v in made if _same(v, array))
    long = {name: array for name, array in arrays.items() if array.ndim}
    for (one, first), (two, second) in product(long.items(), repeat=2):
        for said, value in _products(one, first, two, second, shapes):
            others = (n for n in arrays if n not in (one, two) and _same(value, arrays[n]))
            yield from (f"{name} is {said}" for name in others)


def _made(ways: Mapping[str, Callable[..., Any]], *arrays: FloatArray) -> Iterator[tuple[str, Any]]:
    for said, way in ways.items():
        try:
            yield said, way(*arrays)
        except (ValueError, IndexError, np.linalg.LinAlgError):
            continue


def _products(
    one: str, first: FloatArray, two: str, second: FloatArray, shapes: Collection[Shape]
) -> Iterator[tuple[str, FloatArray]]:
    """Yield products of two arrays that have the shape of some array, and their inverses."""
    for said, left, right in (
        (f"{one}.T @ {two}", first.T, second),
        (f"{one} @ {two}", first, second),
        (f"{one} @ {two}.T", first, second.T),
    ):
        shape = (*left.shape[:-1], *right.shape[1:])
        if left.shape[-1] == right.shape[0] and shape in shapes:
            yield from ((f.format(said), v) for f, v in _made(_OF_PRODUCT, left @ right))
    if first.shape == second.shape and one < two:
        yield f"{one} * {two}", first * second


def _same(value: Any, array: FloatArray) -> bool:
    found = np.asarray(value)
    if found.shape != array.shape or not np.isfinite(found).all() or not np.any(array):
        return False
    return bool(np.allclose(found, array, rtol=_CLOSE, atol=_CLOSE * float(np.abs(array).max())))


def _alone(array: FloatArray) -> Iterator[str]:
    """Yield what one array obeys."""
    for axis in range(min(array.ndim, 2)):
        spread = array.std(axis=axis)
        if array.shape[axis] >= _FEW and (np.abs(array.mean(axis=axis)) <= _CLOSE * spread).all():
            yield f"has means of zero along axis {axis}"
        lengths = np.sqrt((array**2).sum(axis=axis))
        if array.ndim == 2 and np.allclose(lengths, 1.0, rtol=_CLOSE):
            yield f"has lengths of 1 along axis {axis}"
