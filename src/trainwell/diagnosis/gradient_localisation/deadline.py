"""When a search has to end."""

from dataclasses import dataclass, field
from time import perf_counter, thread_time

_PATIENCE = 3.0  # by so much the clock may go faster than the work, on a busy machine


@dataclass(frozen=True)
class Deadline:
    """The end of a search: after some work, or where the user's functions only wait.

    Work is counted in time of this thread, so that other programs on the machine do not change
    what is found; a function that sleeps, or works elsewhere, is bounded by the clock.

    Parameters
    ----------
    seconds : float
        Of work; of the clock three times as many.
    """

    seconds: float
    _work: float = field(default_factory=thread_time, init=False, repr=False)
    _clock: float = field(default_factory=perf_counter, init=False, repr=False)

    @property
    def left(self) -> float:
        """Seconds of work that are left."""
        return max(0.0, self.seconds - (thread_time() - self._work))

    @property
    def passed(self) -> bool:
        """Whether it is over."""
        waited = perf_counter() - self._clock
        if waited <= self.seconds:  # a thread works no longer than the clock runs, which is cheap
            return False
        return waited > _PATIENCE * self.seconds or thread_time() - self._work > self.seconds
