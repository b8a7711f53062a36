"""How many threads matrix products take: one, unless more are asked for and pay.

The last bits of a product depend on the number of threads, and two products that run at the
same time slow each other down many times over where each takes all cores.
"""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from threading import Lock
from typing import Any

from trainwell.network.network import Network

UNSHARED_PRODUCT = 2**15
"""Multiplications up to which BLAS takes one thread by itself."""

SHARED_PRODUCT = 2**23
"""Multiplications of a product from which on a second thread pays: measured on two cores."""


class BlasThreads:
    """The threads of this process's BLAS: set by the first who computes, given back by the last.

    The setting belongs to the process, not to a thread of it: two that compute at the same
    time share it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0
        self._limit: Any = None

    @contextmanager
    def limited(self, threads: int) -> Iterator[None]:
        """Compute with so many threads, unless somebody has set another number."""
        with self._lock:
            if self._users == 0:
                self._limit = _controller("scipy.linalg.cython_blas" in sys.modules).limit(
                    limits=threads, user_api="blas"
                )
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0:
                    self._limit.restore_original_limits()


BLAS = BlasThreads()


def blas_threads(network: Network, examples: int, threads: int = 1) -> AbstractContextManager[None]:
    """Return a context in which products take ``threads``, or one where more do not pay.

    Parameters
    ----------
    network : Network
        Its widest layer decides.
    examples : int
        Of one pass.
    threads : int, default=1
        For products that are large enough.

    Returns
    -------
    context manager
        Gives the threads back at its end.
    """
    widest = max(layer.inputs * layer.outputs * bool(layer.slots) for layer in network.layers)
    product = widest * examples
    if product <= UNSHARED_PRODUCT:
        return nullcontext()
    return BLAS.limited(threads if product >= SHARED_PRODUCT else 1)


@lru_cache(maxsize=2)
def _controller(loaded: bool) -> Any:  # noqa: ARG001, FBT001 - the key of the cache
    """Return what sets the threads; found anew once the compiled engine has loaded its BLAS."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
