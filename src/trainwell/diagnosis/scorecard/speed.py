"""How long a check takes, from the course's 47 parameters to 669,706, beside the course's loop."""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from trainwell.diagnosis.gradients.check import check_gradients
from trainwell.diagnosis.scorecard.baselines import Case, course_difference
from trainwell.diagnosis.scorecard.behaviour import quiet
from trainwell.diagnosis.scorecard.programs import Namespace, load, program
from trainwell.randomness import generator
from trainwell.types import FloatArray

NETWORKS: Mapping[tuple[int, ...], int] = {
    (4, 5, 3, 1): 3,
    (20, 32, 16, 1): 64,
    (784, 64, 32, 10): 64,
    (784, 128, 64, 10): 64,
    (784, 512, 512, 10): 128,
}
"""Sizes of layers, and how many examples there are."""

MOST_LOOPED = 2_000
"""Parameters up to which the course's loop is run; beyond, it is computed from a forward pass."""

_LEAST, _LONG = 2, 2.0  # repeats in any case, and seconds after which these are enough
_SHORT = 0.1  # seconds that all repeats take in any case

PROGRAM = "course"
"""The program of the corpus whose cost and gradient are taken, with layers of other sizes."""

BUGS: Mapping[str, str] = {
    "dW2 = 1.0 / m * np.dot(dZ2, A1.T)\n": "dW2 = 1.0 / m * np.dot(dZ2, A1.T) * 2\n",
    "db1 = 1.0 / m * np.sum(dZ1": "db1 = 4.0 / m * np.sum(dZ1",
}
"""The course's two bugs, as changes of that program."""


@dataclass(frozen=True)
class Speed:
    """Times of one network; medians of repeats in one run.

    Parameters
    ----------
    sizes : tuple of int
        Units of the layers.
    parameters : int
        Numbers in weights and biases.
    examples : int
        In the batch.
    forward : float
        Seconds of one forward pass.
    passed : float
        Seconds of a check that passes.
    failed : float
        Seconds of a check of the program with the course's two bugs, diagnosis included.
    named : bool
        Whether that check named both.
    loop : float
        Seconds of the course's loop.
    measured : bool
        Whether the loop was run; if not, it is 2 forward passes for each parameter.
    """

    sizes: tuple[int, ...]
    parameters: int
    examples: int
    forward: float
    passed: float
    failed: float
    named: bool
    loop: float
    measured: bool

    @property
    def passed_equivalents(self) -> float:
        """Forward passes in the time of a check that passes."""
        return self.passed / self.forward

    @property
    def failed_equivalents(self) -> float:
        """Forward passes in the time of a check that fails and names the lines."""
        return self.failed / self.forward

    @property
    def over_loop(self) -> float:
        """How many times as long the course's loop takes as the check that passes."""
        return self.loop / self.passed


def speed(sizes: tuple[int, ...], *, repeats: int = 5) -> Speed:
    """Time checks of one network with one thread.

    Parameters
    ----------
    sizes : tuple of int
        Units of inputs, two hidden layers and outputs.
    repeats : int, default=5
        Of each check, at least; there is one more, which does not count.

    Returns
    -------
    Speed
        The cost is the logistic one, whatever the number of outputs.
    """
    right = program(PROGRAM)
    wrong = right.source
    for old, new in BUGS.items():
        wrong = wrong.replace(old, new)
    rightly = load(right.source, right.file)
    wrongly = load(wrong, f"{right.file.removesuffix('.py')}@two-bugs.py")
    examples = NETWORKS.get(sizes, 64)
    params, data = _case(sizes, examples)
    count = sum(array.size for array in params.values())
    with quiet(right), threadpool_limits(1), _alone():
        case = Case(rightly, params, data)
        forward = _timed(case.value, 10 * repeats)
        passed = _timed(lambda: _checked(rightly, params, data), repeats)
        report = _checked(wrongly, params, data)
        failed = _timed(lambda: _checked(wrongly, params, data), repeats)
        measured = count <= MOST_LOOPED
        loop = 2 * count * forward
        if measured:
            loop = _timed(lambda: course_difference(case), min(repeats, 3))
    targets = {finding.target for finding in report.findings}
    named = targets == {"dW2", "db1"}
    return Speed(sizes, count, examples, forward, passed, failed, named, loop, measured)


@contextmanager
def _alone() -> Iterator[None]:
    """Let nobody look for garbage in what a card has in memory: none of it is a check's."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _case(sizes: tuple[int, ...], examples: int) -> tuple[dict[str, FloatArray], tuple[Any, ...]]:
    rng = generator(0, "network to be timed", *sizes[:3])
    params: dict[str, FloatArray] = {}
    for layer, (inputs, outputs) in enumerate(pairwise(sizes), 1):
        params[f"W{layer}"] = rng.normal(size=(outputs, inputs)) / np.sqrt(inputs)
        params[f"b{layer}"] = 0.1 * rng.normal(size=(outputs, 1))
    labels = (rng.random((sizes[-1], examples)) < 0.5).astype(np.float64)
    return params, (rng.normal(size=(sizes[0], examples)), labels)


def _checked(namespace: Namespace, params: Mapping[str, FloatArray], data: tuple[Any, ...]) -> Any:
    return check_gradients(namespace["cost"], namespace["grad"], params, data)


def _timed(work: Callable[[], object], repeats: int) -> float:
    """Return the median of the seconds that some work takes, after once that does not count.

    What takes long is repeated less often, what is short until it has taken a while.
    """
    work()
    seconds: list[float] = []
    total = 0.0
    while len(seconds) < repeats or total < _SHORT:
        if len(seconds) >= _LEAST and total >= _LONG:
            break
        begun = perf_counter()
        work()
        seconds.append(perf_counter() - begun)
        total += seconds[-1]
    return median(seconds)
