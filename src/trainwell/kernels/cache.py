"""The disk cache of machine code: stale with any change of any kernel, never an error.

Numba keeps the code of a function until the file changes that holds it, though the code
contains that of the kernels it calls. Ours is stale as soon as one of their files changes,
and a folder that is read-only or full costs the time of compiling, nothing else.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from time import perf_counter
from typing import Any

from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    InTreeCacheLocator,
    UserProvidedCacheLocator,
    UserWideCacheLocator,
)


@cache
def sources_digest() -> str:
    """Return a hash of the source of every kernel."""
    digest = blake2b(digest_size=16)
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


class _StampedBySources:
    """A place for code that is good as long as no kernel's source has changed."""

    def get_source_stamp(self) -> str:
        """Return what the code's age is told by."""
        return sources_digest()


class _Provided(_StampedBySources, UserProvidedCacheLocator):  # type: ignore[misc]
    """The folder that the environment names for Numba."""


class _InTree(_StampedBySources, InTreeCacheLocator):  # type: ignore[misc]
    """Beside the source, with Python's own compiled files."""


class _UserWide(_StampedBySources, UserWideCacheLocator):  # type: ignore[misc]
    """The user's folder for caches."""


class _Places(CompileResultCacheImpl):  # type: ignore[misc]
    _locator_classes = (_Provided, _InTree, _UserWide)


class Compilations:
    """The seconds that compiling has taken in this process, by who asked."""

    def __init__(self) -> None:
        self.begun = 0.0
        self.seconds = 0.0
        self.announced = False


COMPILATIONS = Compilations()


@contextmanager
def told() -> Iterator[None]:
    """Say on standard error, once in a process, that kernels are compiled and how long it took."""
    before = COMPILATIONS.seconds
    try:
        yield
    finally:
        taken = COMPILATIONS.seconds - before
        if taken:
            print(f"trainwell: compiled in {taken:.1f} s", file=sys.stderr, flush=True)


class KernelCache(FunctionCache):  # type: ignore[misc]
    """Numba's cache of one function, with our places and stamps."""

    _impl_class = _Places

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the code for a signature, or None; it is then compiled and saved."""
        found = super().load_overload(sig, target_context)
        COMPILATIONS.begun = perf_counter()
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the code for a signature."""
        COMPILATIONS.seconds += perf_counter() - COMPILATIONS.begun
        super().save_overload(sig, data)

    @contextmanager
    def _guard_against_spurious_io_errors(self) -> Iterator[None]:
        with suppress(OSError):
            yield
