"""Interleaved timing: every candidate in turn, again and again, in one process."""

import gc
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from threadpoolctl import threadpool_limits

from benchmarks.work import FloatArray

OURS = "trainwell"


@dataclass(frozen=True)
class Candidate:
    """One way to do a work.

    Parameters
    ----------
    name : str
        Whose it is; the fastest of the candidates with one name stands for it.
    variant : str
        How it does it.
    start : callable
        Returns a fresh state; not timed.
    run : callable
        Does the work on that state and returns what came of it; timed.
    units : int
        How many updates or calls ``run`` makes.
    probabilities : callable or None, default=None
        Predictions (N, C) for the training examples by what came of it; not timed.
    """

    name: str
    variant: str
    start: Callable[[], Any]
    run: Callable[[Any], Any]
    units: int
    probabilities: Callable[[Any], FloatArray] | None = None


@dataclass(frozen=True)
class Timing:
    """Seconds per unit of one candidate.

    Parameters
    ----------
    candidate : Candidate
        Who was timed.
    seconds : tuple of float
        Per unit, one number a repeat.
    result : Any
        What came of the last repeat.
    """

    candidate: Candidate
    seconds: tuple[float, ...]
    result: Any

    @property
    def best(self) -> float:
        """The fastest repeat, in seconds per unit."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The repeat in the middle, in seconds per unit."""
        return median(self.seconds)


def with_blas_threads(candidate: Candidate, threads: int) -> Candidate:
    """Return the candidate at work under a limit on the threads of the linear algebra."""

    def run(state: Any) -> Any:
        with threadpool_limits(threads, user_api="blas"):
            return candidate.run(state)

    return replace(candidate, run=run)


def progress(text: str) -> None:
    """Tell the person who waits."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def timed(candidate: Candidate) -> tuple[float, Any]:
    """Return seconds per unit of one repeat, and what came of it."""
    state = candidate.start()
    gc.collect()
    begun = time.perf_counter()
    result = candidate.run(state)
    return (time.perf_counter() - begun) / candidate.units, result


def interleaved(candidates: Sequence[Candidate], repeats: int) -> list[Timing]:
    """Time the candidates in turn, A B C A B C ..., all of them warm."""
    seconds: list[list[float]] = [[] for _ in candidates]
    results: list[Any] = [None] * len(candidates)
    for repeat in range(-1, repeats):  # the first round warms up
        for place, candidate in enumerate(candidates):
            spent, results[place] = timed(candidate)
            if repeat >= 0:
                seconds[place].append(spent)
    return [
        Timing(candidate, tuple(spent), result)
        for candidate, spent, result in zip(candidates, seconds, results, strict=True)
    ]


def best_variants(candidates: Sequence[Candidate], repeats: int = 2) -> list[Candidate]:
    """Return the fastest variant of each name, found in a short trial."""
    variants = Counter(candidate.name for candidate in candidates)
    undecided = [candidate for candidate in candidates if variants[candidate.name] > 1]
    fastest: dict[str, Timing] = {}
    for timing in interleaved(undecided, repeats):
        name = timing.candidate.name
        if name not in fastest or timing.best < fastest[name].best:
            fastest[name] = timing
    losers = {id(candidate) for candidate in undecided}
    losers -= {id(timing.candidate) for timing in fastest.values()}
    return [candidate for candidate in candidates if id(candidate) not in losers]


def compare(candidates: Sequence[Candidate], repeats: int) -> list[Timing]:
    """Settle each name's variant, then time the chosen ones in turn."""
    chosen = best_variants(candidates)
    for candidate in chosen:
        progress(f"    {candidate.name}: {candidate.variant}")
    return interleaved(chosen, repeats)
