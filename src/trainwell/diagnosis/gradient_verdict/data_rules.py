"""Rules that data obey: what other numbers would break, whatever the gradient is."""

from collections.abc import Callable, Iterator, Mapping
from itertools import permutations
from typing import Any

import numpy as np

from trainwell.types import FloatArray

_CLOSE = 1e-9
_FEW = 3  # numbers, of which a rule says nothing
_MOST = 1_000_000  # numbers of an array that is looked at

_OF_ONE: dict[str, Callable[[FloatArray], Any]] = {
    "{0}.T @ {0}": lambda a: a.T @ a,
    "{0} @ {0}.T": lambda a: a @ a.T,
    "the inverse of {0}": np.linalg.inv,
    "the inverse of {0} @ {0}.T": lambda a: np.linalg.inv(a @ a.T),
    "the Cholesky factor of {0}": np.linalg.cholesky,
    "{0}.T": lambda a: a.T,
    "{0} ** 2": lambda a: a**2,
    "the logarithm of {0}": np.log,
    "the exponential of {0}": np.exp,
    "1 / {0}": lambda a: 1 / a,
    "the sum of {0}": lambda a: a.sum(),
    "the mean of {0}": lambda a: a.mean(),
    "the sums of {0} along axis 0": lambda a: a.sum(axis=0),
    "the sums of {0} along axis 1": lambda a: a.sum(axis=1),
    "the means of {0} along axis 0": lambda a: a.mean(axis=0),
    "the means of {0} along axis 1": lambda a: a.mean(axis=1),
    "the length of {0}": len,
    "1 / the length of {0}": lambda a: 1 / len(a),
}
_OF_TWO: dict[str, Callable[[FloatArray, FloatArray], Any]] = {
    "{0}.T @ {1}": lambda a, b: a.T @ b,
    "{0} @ {1}": lambda a, b: a @ b,
    "{0} * {1}": lambda a, b: a * b,
}


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
    long = {name: array for name, array in arrays.items() if array.ndim}
    for (one, first), (name, array) in permutations(arrays.items(), 2):
        made = _made(_OF_ONE, first) if first.ndim else ()
        yield from (f"{name} is {said.format(one)}" for said, v in made if _same(v, array))
    for (one, first), (two, second) in permutations(long.items(), 2):
        for said, value in _made(_OF_TWO, first, second):
            others = (n for n in arrays if n not in (one, two) and _same(value, arrays[n]))
            yield from (f"{name} is {said.format(one, two)}" for name in others)


def _made(ways: Mapping[str, Callable[..., Any]], *arrays: FloatArray) -> Iterator[tuple[str, Any]]:
    for said, way in ways.items():
        try:
            yield said, way(*arrays)
        except (ValueError, IndexError, np.linalg.LinAlgError):
            continue


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
