"""The last steps of a run that broke, taken again: as they were, and with one thing changed."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from trainwell.diagnosis.dissection import OUTPUT, Dissection, dissect
from trainwell.engine.blas import blas_threads
from trainwell.engine.choice import engine_of
from trainwell.errors import ConfigurationError
from trainwell.training.drawing import Batch, drawn_batches
from trainwell.training.engine import Divergence
from trainwell.training.job import Job
from trainwell.training.loop import next_epoch, reference_measure
from trainwell.training.optimizer import Memory
from trainwell.training.schedules import ReduceOnPlateau
from trainwell.training.state import Point, State
from trainwell.types import FloatArray

CLOSE = 0.01
"""How far, relative to the largest parameter, a replay may end from the run it replays."""

BEYOND = 10
"""Steps that a trial takes beyond the one that broke."""

TOLERATED = 10.0
"""How many times its first loss the last loss of a trial may be: batches differ."""

Visit = Callable[[Point, Batch, float], tuple[Point, float] | None]
"""What is done at a step: from point, batch and rate to the next point and the objective,
or ``None`` to stop."""

Sizes = dict[tuple[str, int], float]
"""Largest absolute value of each quantity and layer."""


@dataclass(frozen=True, eq=False)
class Broken:
    """The step that broke.

    Parameters
    ----------
    state : State
        What the run left, its step counted back to the first of its epoch.
    point : Point
        The last finite point.
    batch : Batch
        Examples of the step.
    rate : float
        Its learning rate.
    dissection : Dissection
        The step itself.
    """

    state: State
    point: Point
    batch: Batch
    rate: float
    dissection: Dissection


@dataclass(frozen=True, eq=False)
class Window:
    """The steps before the one that broke, and where they start.

    Parameters
    ----------
    state : State
        At the start of an epoch.
    point : Point
        Within that epoch: from where on changes are tried.
    steps : tuple of int
        Their numbers, the broken one last.
    sizes : tuple of dict
        Their sizes.
    distance : float or None
        How far from the run's last finite parameters the replay arrived, relative to the
        largest of them; ``None`` if it did not arrive.
    """

    state: State
    point: Point
    steps: tuple[int, ...]
    sizes: tuple[Sizes, ...]
    distance: float | None


@dataclass(frozen=True)
class Trial:
    """The same steps once more, with one thing changed.

    Parameters
    ----------
    change : str
        What was changed, as it follows the word "with".
    healed : bool
        Whether all steps were finite and the loss did not grow more than tenfold.
    steps : int
        How many were taken.
    first_loss, last_loss : float or None
        Objectives of the first and the last step; ``None`` where one was not finite.
    """

    change: str
    healed: bool
    steps: int
    first_loss: float | None
    last_loss: float | None

    @property
    def fell(self) -> bool:
        """Whether the loss fell."""
        first, last = self.first_loss, self.last_loss
        return first is not None and last is not None and last <= first

    def __str__(self) -> str:
        steps = f"{self.steps} steps" if self.steps > 1 else "1 step"
        if self.last_loss is None:
            return f"with {self.change} it breaks after {steps}"
        losses = f"from {self.first_loss:.3g} to {self.last_loss:.3g} in {steps}"
        if self.healed:
            return f"with {self.change} it stays finite, and the loss goes {losses}"
        return f"with {self.change} the loss grows {losses}"


def walk(
    job: Job, state: State, visit: Visit, *, begin: Point | None = None, factor: float = 1.0
) -> None:
    """Go through the steps of a job as the reference engine does, until told to stop.

    Parameters
    ----------
    job : Job
        Whose steps.
    state : State
        Where an epoch starts.
    visit : callable
        Called at each step.
    begin : Point or None, default=None
        A later point of the same epoch: the steps before it are left out.
    factor : float, default=1.0
        Of every learning rate.
    """
    stopped = False

    def take(point: Point, epoch: int, rates: FloatArray) -> tuple[Point, float, Divergence | None]:
        nonlocal stopped
        total, first = 0.0, point.memory.step
        steps = zip(drawn_batches(job, epoch, first), rates * factor, strict=True)
        for number, (batch, rate) in enumerate(steps, start=first):
            if begin is not None and number <= begin.memory.step:
                point = begin
                if number < begin.memory.step:
                    continue
            done = visit(point, batch, float(rate))
            if done is None:
                stopped = True
                return point, total, Divergence(number, 0, "")
            point, value = done
            total += value * len(batch.examples)
        return point, total / job.training.examples, None

    # Only such a schedule looks at what the epochs bring.
    looks = isinstance(job.plan.learning_rate, ReduceOnPlateau)
    measure = reference_measure(job) if looks else _unmeasured
    with np.errstate(all="ignore"), blas_threads(job.network, job.together):
        while not stopped:
            state = next_epoch(job, state, take, measure).state


def broken_step(job: Job, state: State, since: State) -> Broken:
    """Take the step at which a run broke.

    Parameters
    ----------
    job : Job
        The run.
    state : State
        The last finite one.
    since : State
        An earlier one, between two epochs.

    Returns
    -------
    Broken
        From the run's own last finite numbers.

    Raises
    ------
    ConfigurationError
        If the states do not belong together, or the step is finite.
    """
    number = state.point.memory.step
    start = since.point.memory.step + (state.epoch - since.epoch) * job.steps
    if state.epoch < since.epoch or not start <= number < start + job.steps:
        sentence = (
            f"a state after {state.epoch} epochs and {number} steps does not follow from one after"
            f" {since.epoch} and {since.point.memory.step} with {job.steps} steps an epoch;"
            " hand the state from which the run started as `since`"
        )
        raise ConfigurationError.contradiction("autopsy", sentence)
    memory = Memory(start, state.point.memory.moments)
    beginning = replace(state, point=replace(state.point, memory=memory))
    found: list[Broken] = []

    def visit(point: Point, batch: Batch, rate: float) -> None:
        found.append(Broken(beginning, point, batch, rate, dissect(job, point, batch, rate)))

    walk(job, beginning, visit, begin=state.point)
    if found[0].dissection.finite:
        sentence = f"the run did not diverge here: step {number}, the next, is finite"
        raise ConfigurationError.contradiction("autopsy", sentence)
    return found[0]


def window(job: Job, broken: Broken, since: State, steps: int, engine: str) -> Window:
    """Replay the steps before the one that broke, and measure them.

    Parameters
    ----------
    job : Job
        The run.
    broken : Broken
        Its end.
    since : State
        Where the replay starts.
    steps : int
        How many are measured at most.
    engine : str
        Takes the whole epochs before those.

    Returns
    -------
    Window
        Only the broken step is measured, if the replay ends elsewhere.
    """
    last, began = broken.point.memory.step, since.point.memory.step
    first = max(began, last - steps)
    state, whole, runner = since, True, engine_of(engine, job)
    if skipped := (first - began) // job.steps:
        record = runner.session(job).advance(since, skipped)
        state, whole = record.state, record.divergence is None
    sizes: deque[Sizes] = deque(maxlen=steps)
    starts: list[Point] = []
    ends: list[Point] = []

    def visit(point: Point, batch: Batch, rate: float) -> tuple[Point, float] | None:
        number = point.memory.step
        if number == first:
            starts.append(point)
        if number == last:
            ends.append(point)
            return None
        dissection = dissect(job, point, batch, rate)
        if not dissection.arrives:  # sums of float32 overflow in one engine before the other
            return None
        if number >= first:
            sizes.append(sizes_of(dissection))
        return dissection.following, dissection.value

    if whole:
        walk(job, state, visit)
    distance = _distance(ends[0].theta, broken.point.theta) if ends else None
    ending = sizes_of(broken.dissection)
    if distance is not None and distance <= CLOSE:
        numbers = tuple(range(first, last + 1))
        return Window(state, starts[0], numbers, (*sizes, ending), distance)
    alone = Window(broken.state, broken.point, (last,), (ending,), distance)
    if not starts:
        return alone
    # Another course of the run tells something only if it breaks as well.
    other = replace(alone, state=state, point=starts[0])
    return alone if attempt(job, other, "nothing changed").healed else other


def attempt(
    job: Job, past: Window, change: str, *, factor: float = 1.0, shrink: float = 1.0
) -> Trial:
    """Take the steps of a window again, and some more, with one thing changed.

    Parameters
    ----------
    job : Job
        The changed job.
    past : Window
        Where its steps start.
    change : str
        What is different.
    factor : float, default=1.0
        Of the learning rates.
    shrink : float, default=1.0
        Of the parameters with which the steps start.

    Returns
    -------
    Trial
        What came of it.
    """
    until = past.steps[-1] + 1 + BEYOND
    losses: list[float] = []

    def visit(point: Point, batch: Batch, rate: float) -> tuple[Point, float] | None:
        if point.memory.step == until:
            return None
        dissection = dissect(job, point, batch, rate)
        losses.append(dissection.value if dissection.finite else np.nan)
        return (dissection.following, dissection.value) if dissection.finite else None

    begin = past.point
    if shrink != 1:
        begin = replace(begin, theta=begin.theta * begin.theta.dtype.type(shrink))
    walk(job, past.state, visit, begin=begin, factor=factor)
    finite = bool(np.isfinite(losses[-1]))
    healed = finite and losses[-1] <= TOLERATED * max(abs(losses[0]), 1e-3)
    ends = [float(loss) if np.isfinite(loss) else None for loss in (losses[0], losses[-1])]
    return Trial(change, healed, len(losses), *ends)


def sizes_of(dissection: Dissection) -> Sizes:
    """Return the largest absolute value of each quantity and layer of a step."""
    sizes: Sizes = {}
    for part in dissection.parts:
        if part.array != OUTPUT and part.values.size:
            largest = float(np.abs(part.values).max())
            key = (part.quantity, part.layer)
            sizes[key] = float(np.maximum(sizes.get(key, 0.0), largest))  # keeps what is no number
    return sizes


def _unmeasured(_: Point) -> None:
    """Return no validation loss."""


def _distance(theta: FloatArray, other: FloatArray) -> float:
    scale = float(np.abs(other).max())
    return float(np.abs(theta / scale - other / scale).max()) if scale else 0.0
