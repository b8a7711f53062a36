"""The functions of the module ``math``, made to take recorded numbers.

They ask for a number of Python's, and what is recorded would be lost in it. As in NumPy, the
functions are exchanged in the module itself; what takes their place acts for recorded numbers
only.
"""

# ruff: noqa: SIM905 - a list of names is easier to read without its commas

import math
from collections.abc import Callable, Sequence
from functools import cache, reduce, wraps
from operator import mul
from typing import Any

import numpy as np
from scipy import special

from trainwell.diagnosis.gradient_tape.recorder import is_traced

_ALIKE = "exp exp2 expm1 log1p log2 log10 sqrt cbrt sin cos tan sinh cosh tanh fabs".split()
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(np, name) for name in _ALIKE},
    **{f"a{name}": getattr(np, f"arc{name}") for name in "sin cos tan sinh cosh tanh".split()},
    "atan2": np.arctan2,
    "hypot": lambda *x: np.sqrt(sum(part * part for part in x)),
    "pow": np.power,
    "erf": special.erf,
    "erfc": special.erfc,
    "lgamma": special.gammaln,
    "log": lambda x, *base: np.log(x) / np.log(base[0]) if base else np.log(x),
}
"""By the name in ``math``: what takes arrays."""


@cache  # they are put in place for every recording
def _exchanged(original: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that calls another one for recorded numbers."""

    @wraps(original)
    def call(*args: Any) -> Any:
        if not any(map(is_traced, args)):
            return original(*args)
        return function(*(arg.item() if is_traced(arg) else arg for arg in args))

    return call


def _product(numbers: Sequence[Any], *, start: Any = 1) -> Any:
    return reduce(mul, numbers, start)


_OF_MANY: dict[str, Callable[..., Any]] = {"fsum": sum, "prod": _product}
"""The same, of what takes numbers one by one."""


@cache
def _exchanged_of_many(
    original: Callable[..., Any], function: Callable[..., Any]
) -> Callable[..., Any]:
    @wraps(original)
    def call(numbers: Any, **keywords: Any) -> Any:
        given = [*numbers]
        if not any(map(is_traced, given)):
            return original(given, **keywords)
        return function(given, **keywords)

    return call


_ORIGINALS: dict[str, Callable[..., Any]] = {}


def instead_of(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what takes the place of a function of ``math``; any other one as it is.

    Parameters
    ----------
    function : callable
        As the user took it before.

    Returns
    -------
    callable
        That calls it for plain numbers.
    """
    name = getattr(function, "__name__", "")
    return getattr(math, name) if _ORIGINALS.get(name) is function else function


def install_in_math() -> dict[int, Any]:
    """Let the functions of ``math`` take recorded numbers, until :func:`restore_in_math`.

    Returns
    -------
    dict of int to Any
        What takes the place of an original, by its identity.
    """
    exchanged: dict[int, Any] = {}
    for table, exchange in ((_FUNCTIONS, _exchanged), (_OF_MANY, _exchanged_of_many)):
        for name, function in table.items():
            if hasattr(math, name):  # some came with later releases of Python
                original = _ORIGINALS[name] = getattr(math, name)
                exchanged[id(original)] = exchange(original, function)
                setattr(math, name, exchanged[id(original)])
    return exchanged


def restore_in_math() -> None:
    """Give ``math`` its own functions back."""
    for name, original in _ORIGINALS.items():
        setattr(math, name, original)
    _ORIGINALS.clear()
