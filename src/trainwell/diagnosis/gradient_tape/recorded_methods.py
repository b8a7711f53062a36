"""Methods of other modules' classes, made to take recorded arrays.

What takes their place acts for recorded arrays only, in whatever thread.
"""

import sys
from collections.abc import Callable, Iterator
from functools import lru_cache, partial, wraps
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.dispatch import FUNCTIONS
from trainwell.diagnosis.gradient_tape.distributions import MULTIVARIATE, NORMAL
from trainwell.diagnosis.gradient_tape.recorded_math import instead_of
from trainwell.diagnosis.gradient_tape.recorded_scipy import recorder_of
from trainwell.diagnosis.gradient_tape.recorder import Unsupported, is_traced

_ORIGINALS: list[tuple[type, str, Any]] = []
"""Classes, and the methods of theirs that are exchanged now, as they were."""


def install_in_classes() -> None:
    """Exchange the methods of those classes that are there."""
    present = tuple(name for name in _MODULES if name in sys.modules)
    for owner, name, original, new in _exchanges(present):
        _ORIGINALS.append((owner, name, original))
        setattr(owner, name, new)


def restore_in_classes() -> None:
    """Give the classes their own methods back."""
    for owner, name, original in _ORIGINALS:
        setattr(owner, name, original)
    _ORIGINALS.clear()


_MODULES = ("scipy.sparse", "scipy.stats")


@lru_cache(maxsize=4)  # modules are imported now and then
def _exchanges(present: tuple[str, ...]) -> tuple[tuple[type, str, Any, Any], ...]:
    """Return classes, names of methods, what they are, and what takes their place."""
    found = (
        (owner, name, getattr(owner, name, None), new) for owner, name, new in _methods(present)
    )
    return tuple(
        (owner, name, original, new(original)) for owner, name, original, new in found if original
    )


def _methods(present: tuple[str, ...]) -> Iterator[tuple[type, str, Callable[..., Any]]]:
    """Yield classes of modules that are there, names of methods, and what replaces them."""
    yield np.vectorize, "__call__", _for_each
    if "scipy.sparse" in present:
        matrix = getattr(getattr(sys.modules["scipy.sparse"], "_base", None), "_spbase", None)
        if matrix is not None:  # of another release
            yield matrix, "_matmul_dispatch", _of_sparse
    if "scipy.stats" in present:
        distributions = sys.modules["scipy.stats"]
        for name in NORMAL:
            yield distributions.rv_continuous, name, partial(_of_normal, name)
        for name in MULTIVARIATE:
            yield type(distributions.multivariate_normal), name, partial(_of_normal, name)


def _for_each(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return a call of ``np.vectorize`` that follows recorded arrays."""

    @wraps(original)
    def follow(self: Any, *args: Any, **keywords: Any) -> Any:
        recorder = recorder_of(args)
        function = args[0] if self.pyfunc is np._NoValue and args else self.pyfunc  # noqa: SLF001
        if recorder is None:
            return original(self, *args, **keywords)
        if keywords or self.signature or self.excluded or function is not self.pyfunc:
            raise Unsupported.operation("vectorize with these arguments")
        return FUNCTIONS["vectorized"](recorder, instead_of(function), *args)

    return follow


def _of_sparse(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return a product of a sparse matrix that follows a recorded one."""

    @wraps(original)
    def follow(self: Any, other: Any, *args: Any, **keywords: Any) -> Any:
        if not is_traced(other):
            return original(self, other, *args, **keywords)
        return FUNCTIONS["matmul"](other.recorder, self.toarray(), other)

    return follow


def _of_normal(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method of distributions that follows recorded arguments of a normal one."""

    @wraps(original)
    def follow(self: Any, *args: Any, **keywords: Any) -> Any:
        recorder = recorder_of((*args, *keywords.values()))
        if recorder is None:
            return original(self, *args, **keywords)
        one = getattr(self, "name", None)
        if one not in ("norm", None):
            raise Unsupported.operation(f"{name} of the distribution {one}")
        try:
            return (NORMAL if one else MULTIVARIATE)[name](*args, **keywords)
        except TypeError as error:
            if isinstance(error, Unsupported):
                raise
            raise Unsupported.operation(f"{name} with these arguments") from error

    return follow
