"""A team of threads that share every step of a job: how many, where and when they work."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np

from trainwell.engine.lowering import aligned, workspace
from trainwell.kernels.program import Course, Position, Program, Source
from trainwell.kernels.steps import EVEN, follow
from trainwell.kernels.team import AWAY, LINE, TURN, Team
from trainwell.training.job import Job

WORTH_A_MEMBER = 1e5
"""Multiplications of a pass forward from which on a thread pays: two of them take four fifths
of the time of one, measured on two cores."""

FEWEST = 32
"""Examples of a share below which the products of small layers do not run in vectors."""


def members_of(job: Job, threads: int) -> int:
    """Return how many threads share each batch of a job; its size decides, never the load.

    Parameters
    ----------
    job : Job
        Statistics of a batch need all of it in one place: such networks take one thread.
    threads : int
        At most so many.

    Returns
    -------
    int
        1 where more do not pay.
    """
    if job.network.buffer_size:
        return 1
    products = job.network.size * job.together
    return max(1, min(threads, int(products / WORTH_A_MEMBER), int(job.together / FEWEST)))


class Crew:
    """The room of each member of a team; the first is the thread that calls.

    Parameters
    ----------
    program : Program
        What they carry out.
    capacity : int
        Most examples of a pass.
    dtype : dtype
        Single or double precision.
    size : int
        Number of parameters.
    members : int
        1 for no team at all.
    """

    def __init__(
        self, program: Program, capacity: int, dtype: Any, size: int, members: int
    ) -> None:
        self._program = program
        if members == 1:
            self.workspace, self._others = workspace(program, capacity, dtype, size), []
            return
        width = -(-size // EVEN) * EVEN
        (gradients,) = aligned([members * width], dtype)
        self._gradients = gradients.reshape(members, width)
        self.workspace, *self._others = (
            workspace(program, capacity, dtype)._replace(gradient=gradient[:size])
            for gradient in self._gradients
        )

    @contextmanager
    def at_work(self, position: Position, source: Source, course: Course) -> Iterator[Team | None]:
        """Have the others follow the calling thread, which leads by the kernels it calls.

        Parameters
        ----------
        position : Position
            Where they stand; they change it together.
        source : Source
            The examples.
        course : Course
            The epochs.

        Yields
        ------
        Team or None
            For the leader; ``None`` if it is alone.
        """
        if not self._others:
            yield None
            return
        members = 1 + len(self._others)
        signals = np.zeros((members, LINE), np.int64)
        team = Team(signals, self._gradients, np.zeros(members))
        with ThreadPoolExecutor(members - 1) as pool:
            try:
                parts = [
                    pool.submit(
                        _follow, self._program, position, room, source, course, team, member
                    )
                    for member, room in enumerate(self._others, 1)
                ]
                yield team
            finally:
                signals[0, TURN] = AWAY
        for part in parts:
            part.result()


def _follow(*given: Any) -> None:
    """Follow the leader; whatever happens, it does not wait for a member that is away."""
    team, member = given[-2:]
    try:
        with np.errstate(all="ignore"):  # NumPy's warnings, where nothing is compiled
            follow(*given)
    finally:
        team.signals[member, TURN] = AWAY
