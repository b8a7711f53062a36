"""Many networks at once, in threads: each gives the bits of its run alone."""

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Event
from typing import TypeVar

from trainwell.engine.blas import BLAS
from trainwell.engine.choice import engine_of
from trainwell.engine.prediction import checked_threads
from trainwell.engine.run import Run, run_to_end
from trainwell.errors import ConfigurationError
from trainwell.training.job import Job
from trainwell.training.loop import starting_point
from trainwell.training.outcome import Outcome

Task = TypeVar("Task")
Result = TypeVar("Result")

Show = Callable[[int], None]
"""Shows how many runs have ended."""


def train_many(
    jobs: Iterable[Job],
    *,
    n_jobs: int = -1,
    engine: str = "auto",
    progress: bool = False,
) -> list[Run]:
    """Carry out many jobs, some at a time.

    Networks, plans and data may differ from job to job. Each has its own seed and its own
    end, and its result is that of :func:`~trainwell.engine.run.train` with the same engine
    to the bit, whatever the number of threads and whatever runs beside it.

    Parameters
    ----------
    jobs : iterable of Job
        What is to be trained; a generator is asked for a job when there is a place for it.
    n_jobs : int, default=-1
        Threads, positive; -1 takes one a core.
    engine : {"auto", "compiled", "reference"}, default="auto"
        What executes the steps of each; ``"auto"`` chooses by the size of the job times the
        number of jobs, where that is known: of a list, not of a generator.
    progress : bool, default=False
        Whether to show how many have ended, on a terminal only.

    Returns
    -------
    list of Run
        In the order of the jobs. An interrupt (Ctrl-C) ends all of them: those that were
        running keep their last epochs, those that had not begun stand at their start.

    Raises
    ------
    ConfigurationError
        If ``n_jobs`` or the engine is outside its domain, or something is no job.

    Examples
    --------
    Which of three seeds is the luckiest?

    >>> from trainwell import Job, Plan, SigmoidCrossEntropy, make_circles, mlp, train_many
    >>> data, network = make_circles(100, 0.05, seed=1), mlp(2, (8,), 1)
    >>> plans = [Plan(SigmoidCrossEntropy(), max_epochs=20, seed=seed) for seed in range(3)]
    >>> runs = train_many([Job(network, plan, data) for plan in plans], n_jobs=2)
    >>> [run.state.epoch for run in runs]
    [20, 20, 20]
    """
    ended: dict[int, Run] = {}
    total = len(jobs) if isinstance(jobs, list | tuple) else None
    with _shown(total, progress=progress) as show:
        for number, run in runs_as_they_end(jobs, n_jobs=n_jobs, engine=engine):
            ended[number] = run
            show(len(ended))
    return [ended[number] for number in sorted(ended)]


def runs_as_they_end(
    jobs: Iterable[Job], *, n_jobs: int = -1, engine: str = "auto"
) -> Iterator[tuple[int, Run]]:
    """Iterate over the runs of many jobs in the order in which they end.

    Parameters
    ----------
    jobs : iterable of Job
        What is to be trained.
    n_jobs : int, default=-1
        Threads; -1 takes one a core.
    engine : {"auto", "compiled", "reference"}, default="auto"
        What executes the steps.

    Yields
    ------
    number : int
        Which job it was, from 0.
    run : Run
        How it ended. To stop asking ends those that are running.
    """
    siblings = len(jobs) if isinstance(jobs, list | tuple) else 1

    def carry_out(job: Job, stopped: Callable[[], bool]) -> Run:
        if stopped():
            return Run(job.network, job.plan, starting_point(job), Outcome.INTERRUPTED)
        return run_to_end(engine_of(engine, job, siblings=siblings), job, stopped)

    yield from as_they_end(_numbered(jobs), carry_out, checked_threads("train_many", n_jobs))


def as_they_end(
    tasks: Iterable[tuple[int, Task]],
    carry_out: Callable[[Task, Callable[[], bool]], Result],
    workers: int,
) -> Iterator[tuple[int, Result]]:
    """Iterate over the results of numbered tasks in the order in which they end.

    Parameters
    ----------
    tasks : iterable of (int, object)
        Asked for one when there is a place for it.
    carry_out : callable
        Given a task, and what to ask whether to stop: an interrupt (Ctrl-C) ends all.
    workers : int
        Threads, positive.

    Yields
    ------
    number : int
        Which task it was.
    result : object
        What came of it. To stop asking ends those that are running.
    """
    stop, waiting = Event(), iter(tasks)
    running: dict[Future[Result], int] = {}
    with BLAS.limited(1), ThreadPoolExecutor(workers, "trainwell") as pool:
        try:
            while True:
                while len(running) < 2 * workers and (following := next(waiting, None)):
                    number, task = following
                    running[pool.submit(carry_out, task, stop.is_set)] = number
                if not running:
                    return
                try:
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                except KeyboardInterrupt:
                    stop.set()
                    done, _ = wait(running)
                for future in sorted(done, key=running.__getitem__):
                    yield running.pop(future), future.result()
        finally:
            stop.set()
            for future in running:
                future.cancel()


def _numbered(jobs: Iterable[Job]) -> Iterator[tuple[int, Job]]:
    """Yield each job with its number, and refuse what is none when its turn comes."""
    if not isinstance(jobs, Iterable):
        given, domain = type(jobs).__name__, "an iterable of Job"
        raise ConfigurationError.out_of_range("train_many", "jobs", given, domain)
    for number, job in enumerate(jobs):
        if not isinstance(job, Job):
            name, given = f"jobs[{number}]", type(job).__name__
            raise ConfigurationError.out_of_range("train_many", name, given, "a Job")
        yield number, job


def _silent(_: int) -> None:
    """Show nothing."""


@contextmanager
def _shown(total: int | None, *, progress: bool) -> Iterator[Show]:
    """Give a function that shows how many runs have ended; it does nothing off a terminal."""
    if not (progress and sys.stderr.isatty()):
        yield _silent
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("networks", total=total)
        yield lambda done: bar.update(task, completed=done)
