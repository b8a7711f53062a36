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

import numpy as np
from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    InTreeCacheLocator,
    NullCache,
    UserProvidedCacheLocator,
    UserWideCacheLocator,
)

from trainwell.interrupts import Interrupt, first_interrupt_waits


@cache
def sources_digest() -> str:
    """Return a hash of the source of every kernel and of the constants that they take."""
    digest = blake2b(digest_size=16)
    folder = Path(__file__).parent
    for path in (*sorted(folder.glob("*.py")), folder.parent / "network" / "activations.py"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


class _StampedBySources:
    """A place for code that is good as long as no kernel's source has changed."""

    def get_source_stamp(self) -> str:
        """Return what the code's age is told by."""
        return sources_digest()


class _Provided(_StampedBySources, UserProvidedCacheLocator):
    """The folder that the environment names for Numba."""


class _InTree(_StampedBySources, InTreeCacheLocator):
    """Beside the source, with Python's own compiled files."""


class _UserWide(_StampedBySources, UserWideCacheLocator):
    """The user's folder for caches."""


class _Places(CompileResultCacheImpl):
    _locator_classes = (_Provided, _InTree, _UserWide)


class Compilations:
    """What was compiled in this process, so that a person who waits is told."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.told: set[str] = set()
        self.telling = ""
        self.stop = Interrupt()

    def begin(self) -> float:
        """Say that something is compiled, unless it was said of its precision; return when."""
        if self.telling and self.telling not in self.told:
            self.told.add(self.telling)
            _say(f"trainwell: compiling for {self.telling}, once on this machine ...")
        return perf_counter()

    def stopping(self) -> None:
        """Say that a Ctrl-C was heard, to a person who was told what it waits for."""
        if self.telling in self.told:
            _say("trainwell: stopping when this is compiled; Ctrl-C again stops at once")

    def end(self, begun: float) -> None:
        """Count the time since something began to be compiled; stop if that was asked for."""
        self.seconds += perf_counter() - begun
        self.stop.deliver()


COMPILATIONS = Compilations()


@contextmanager
def told(dtype: Any) -> Iterator[None]:
    """Say on standard error, once in a process and precision, that and how long it compiles.

    Ctrl-C waits until the kernel is whole: one that comes while the compiler calls back is lost.
    """
    if COMPILATIONS.telling:
        yield
        return
    name, before = np.dtype(dtype).name, COMPILATIONS.seconds
    first = name not in COMPILATIONS.told
    COMPILATIONS.telling = name
    try:
        with first_interrupt_waits(COMPILATIONS.stopping) as COMPILATIONS.stop:
            yield
            COMPILATIONS.stop.deliver()
    finally:
        COMPILATIONS.telling = ""
    if first and name in COMPILATIONS.told:
        _say(f"trainwell: compiled in {COMPILATIONS.seconds - before:.1f} s")


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


class KernelCache(FunctionCache):
    """Numba's cache of one function, with our places and stamps."""

    _impl_class = _Places

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the code for a signature, or None: it is then compiled and saved."""
        try:
            found = super().load_overload(sig, target_context)
        except Exception:  # noqa: BLE001 - a file that was cut short raises whatever it is read as
            found = None
            with suppress(Exception):
                self.flush()
        if found is None:
            self._begun = COMPILATIONS.begin()
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the code for a signature, if that can be done."""
        with suppress(Exception):  # read-only, full or broken: it is compiled again next time
            super().save_overload(sig, data)
        COMPILATIONS.end(self._begun)


class NoKernelCache(NullCache):
    """What stands in for the cache where no folder can be written."""

    def load_overload(self, sig: Any, target_context: Any) -> None:
        """Find nothing: it is compiled."""
        self._begun = COMPILATIONS.begin()

    def save_overload(self, sig: Any, cres: Any) -> None:
        """Keep nothing."""
        COMPILATIONS.end(self._begun)
