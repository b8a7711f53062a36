"""What every optimizer offers: a starting state and one pure step."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from trainwell.types import FloatArray


@dataclass(frozen=True, eq=False)
class Memory:
    """What an optimizer remembers from step to step.

    Parameters
    ----------
    step : int
        Number of steps taken.
    moments : tuple of FloatArray, each of shape (P,)
        Running averages of the gradient, in the order of the paper.
    """

    step: int
    moments: tuple[FloatArray, ...] = ()


@runtime_checkable
class Optimizer(Protocol):
    """The paper's algorithm as a pure function; the learning rate is an argument."""

    def initial(self, theta: FloatArray) -> Memory:
        """Return the memory before the first step on parameters like ``theta``."""
        ...

    def step(
        self, theta: FloatArray, gradient: FloatArray, memory: Memory, *, learning_rate: float
    ) -> tuple[FloatArray, Memory]:
        """Return the parameters and the memory after one step; nothing is modified."""
        ...
