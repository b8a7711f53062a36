"""All networks of an estimator trained one after another, with a file to go on from."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from trainwell.engine.many import as_they_end
from trainwell.estimators.callbacks import EpochTasks
from trainwell.estimators.checkpoint import Checkpoint, held
from trainwell.estimators.descent import Descent, Progress, Request, descend
from trainwell.estimators.members import End
from trainwell.training.engine import Engine
from trainwell.training.job import Job
from trainwell.training.plan import Plan
from trainwell.types import IntArray


def descend_all(
    engine: Engine,
    jobs: Sequence[Job],
    places: Sequence[IntArray],
    request: Request,
    tasks: EpochTasks,
    checkpoint: Checkpoint,
    threads: int,
) -> list[Descent]:
    """Train networks to their ends, and go on where an unfinished fit was left.

    They are trained together where nobody is told of their epochs and no file is kept: each
    comes to the same bits.

    Parameters
    ----------
    engine : Engine
        Executes the steps.
    jobs : sequence of Job
        The networks.
    places : sequence of IntArray
        For each, which of the caller's rows it learns from.
    request : Request
        How far to go.
    tasks : EpochTasks
        Who is told of the epochs.
    checkpoint : Checkpoint
        What is kept; modified.
    threads : int
        How many at a time, positive.

    Returns
    -------
    list of Descent
        One a job. An interrupt leaves out those that had not begun, and keeps the file.
    """
    if threads > 1 and len(jobs) > 1 and checkpoint.path is None and not tasks.wanted:
        return _together(engine, jobs, places, request, tasks, threads)
    with held(checkpoint.path):
        checkpoint.read()
        begun = len(checkpoint.ended)
        for job, rows in zip(jobs[begun:], places[begun:], strict=True):
            last: list[tuple[Plan, Job, Progress]] = []
            keep = partial(_keep, checkpoint, last)
            progress, checkpoint.current = checkpoint.current, None
            one = descend(engine, job, request, tasks, keep, progress, rows)
            if one.end is End.INTERRUPTED:
                for stands in last:
                    checkpoint.write(*stands)
                return [*checkpoint.ended, one]
            checkpoint.ended.append(one)
        checkpoint.done()
    return checkpoint.ended


def _keep(
    checkpoint: Checkpoint,
    last: list[tuple[Plan, Job, Progress]],
    plan: Plan,
    job: Job,
    stands: Progress,
) -> None:
    """Note where a network stands, and write it if it is time."""
    last[:] = [(plan, job, stands)]
    checkpoint.saw(plan, job, stands)


def _together(
    engine: Engine,
    jobs: Sequence[Job],
    places: Sequence[IntArray],
    request: Request,
    tasks: EpochTasks,
    threads: int,
) -> list[Descent]:
    """Train networks in threads; an interrupt ends all of them with what they have."""

    def carry_out(member: tuple[Job, IntArray], stopped: Callable[[], bool]) -> Descent:
        job, rows = member
        heeding = replace(request, stopped=stopped)
        return descend(engine, job, heeding, tasks, _forget, None, rows)

    members = enumerate(zip(jobs, places, strict=True))
    ended = dict(as_they_end(members, carry_out, min(threads, len(jobs))))
    return [ended[number] for number in sorted(ended)]


def _forget(plan: Plan, job: Job, stands: Progress) -> None:
    """Keep nothing."""
