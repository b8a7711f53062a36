"""Independent pieces of work, carried out by as many processes as there are cores."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from typing import Any, TypeAlias

from threadpoolctl import threadpool_limits

Task: TypeAlias = tuple[Callable[..., Any], tuple[Any, ...]]
"""A function of a module, and its arguments."""

Progress: TypeAlias = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done and how much there is."""

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_LIMITS: list[Any] = []
_NAP = 0.2  # seconds


def cores() -> int:
    """Return how many cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1


def carried_out(
    title: str, tasks: Sequence[Task], processes: int, progress: Progress | None = None
) -> list[Any]:
    """Carry out tasks and return their results in the order of the tasks.

    Parameters
    ----------
    title : str
        What is being done.
    tasks : sequence of tuple
        Functions and arguments that can be sent to another process.
    processes : int
        How many; with 1 it is this one.
    progress : callable, optional
        Is told after each task.

    Returns
    -------
    list
        The first exception of a task is raised.
    """
    results: list[Any] = [None] * len(tasks)
    if processes == 1 or len(tasks) < 2:
        with threadpool_limits(1):
            for place, (function, arguments) in enumerate(tasks):
                results[place] = function(*arguments)
                if progress is not None:
                    progress(title, place + 1, len(tasks))
        return results
    # A fork would take along the threads' locks of the libraries of linear algebra.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _begin)
    before = {child.pid for child in active_children()}
    try:
        with _without_interrupts():
            places: dict[Future[Any], int] = {
                pool.submit(function, *arguments): place
                for place, (function, arguments) in enumerate(tasks)
            }
        waiting = set(places)
        while waiting:
            # A signal that another thread is given is seen when this one wakes up.
            ended, waiting = wait(waiting, _NAP, FIRST_COMPLETED)
            for future in ended:
                results[places[future]] = future.result()
            if ended and progress is not None:
                progress(title, len(tasks) - len(waiting), len(tasks))
    except BaseException:
        for child in active_children():
            if child.pid not in before:
                child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    return results


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach: one that stops within a queue blocks the others.

    An interrupt that comes meanwhile is seen behind it.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """Give a new process one thread: there are as many processes as cores."""
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    _LIMITS.append(threadpool_limits(1))
