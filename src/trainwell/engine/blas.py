"""How many threads matrix products take: one, unless a product is large enough to share."""

from collections.abc import Iterator
from contextlib import contextmanager

from trainwell.network.network import Network
from trainwell.training.job import Job

SHARED_PRODUCT = 2**24
"""Multiplications of a layer's product from which on a second thread pays: measured on two
cores (docs/performance.md)."""


@contextmanager
def blas_threads_for(job: Job) -> Iterator[None]:
    """Limit matrix products to one thread while a job runs, unless its layers are large."""
    batch = job.plan.batch_size or job.training.examples
    with one_blas_thread(shared=widest_product(job.network) * batch >= SHARED_PRODUCT):
        yield


def widest_product(network: Network) -> int:
    """Return the multiplications that one example costs in the largest layer."""
    return max(layer.inputs * layer.outputs * bool(layer.slots) for layer in network.layers)


@contextmanager
def one_blas_thread(*, shared: bool = False) -> Iterator[None]:
    """Limit matrix products to one thread, and give the threads back; not if ``shared``."""
    if shared:
        yield
        return
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield
