"""How kernels are compiled: a few decorators, so that all of them obey the same rules.

Numbers are IEEE numbers: division by zero gives infinity, as NumPy's does, and a NaN stays
one. A product and the sum that takes it may be rounded once instead of twice (``contract``);
only kernels that are marked as sums may be summed in another order (``reassoc``), which is
what lets a sum run in vectors. The order is fixed when the kernel is compiled: the same
call gives the same bits.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit
from numba.core import config

from trainwell.kernels.cache import KernelCache, NoKernelCache

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

ORDERED = frozenset({"contract"})
REORDERED = frozenset({"contract", "reassoc", "nsz"})

INNER = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "forceinline": True}
"""Kernels that only kernels call need no way in from elsewhere: less to compile. They are put
into their callers by force: of two compiled copies with one name the system's linker would take
the one that was loaded first, and with it other last bits."""


def options(freedoms: frozenset[str] = ORDERED) -> dict[str, Any]:
    """Return what the compiler is told about every kernel."""
    return {"error_model": "numpy", "fastmath": set(freedoms)}


def kernel(function: Kernel) -> Kernel:
    """Compile a function whose sums keep their order."""
    return cast("Kernel", njit(**options(), **INNER)(function))


def part(function: Kernel) -> Kernel:
    """Make a function a part of the kernels that call it: no call is left of it."""
    return cast("Kernel", njit(**options(), **INNER, inline="always")(function))


def sum_kernel(function: Kernel) -> Kernel:
    """Compile a function whose sums may be reordered, so that they run in vectors."""
    return cast("Kernel", njit(**options(REORDERED), **INNER)(function))


def entry(function: Kernel) -> Kernel:
    """Compile a function that Python calls: cached on disk, without the interpreter's lock."""
    dispatcher = njit(nogil=True, **options())(function)
    if not config.DISABLE_JIT:
        dispatcher._cache = cache_of(function)
    return cast("Kernel", dispatcher)


def cache_of(function: Callable[..., Any]) -> KernelCache | NoKernelCache:
    """Return where a function's machine code is kept; nowhere, if no folder can be written."""
    try:
        return KernelCache(function)
    except RuntimeError:  # the compiler's answer where it finds no folder
        return NoKernelCache()
