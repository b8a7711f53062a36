"""One network of an estimator trained to its end, and what a person should know of it."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from trainwell.data.dataset import Data
from trainwell.engine.lbfgs import minimize
from trainwell.engine.prediction import predict
from trainwell.errors import FitError
from trainwell.estimators.callbacks import EpochTasks
from trainwell.estimators.choices import with_tenth_of_rate
from trainwell.estimators.fitted import Member
from trainwell.estimators.members import SMALLEST_RATE, Advance, End, Limits, advance
from trainwell.training.engine import Divergence, Engine, Epoch
from trainwell.training.job import Job
from trainwell.training.loop import starting_point
from trainwell.training.plan import Plan
from trainwell.training.state import Point, State, state_at
from trainwell.types import FloatArray, IntArray

if TYPE_CHECKING:
    from trainwell.diagnosis.autopsy import Autopsy

CALLER = 6
"""Frames from a warning here to the call of ``fit``."""


@dataclass(frozen=True, eq=False)
class Request:
    """What is asked of a fit beside the plan.

    Parameters
    ----------
    epochs : int
        So many, from where the network stands.
    deadline : float
        Reading of ``perf_counter`` at which to stop.
    adaptive : bool
        Whether a small rate ends it.
    again : bool
        Whether a divergence is followed by a second try.
    scores : tuple of float
        Validation scores of the epochs before.
    score : callable or None
        Accuracy or R2 of outputs (O, N) for data; ``None``: nothing is scored.
    tolerance : float
        Of lbfgs: largest coordinate of the gradient at the end.
    evaluations : int
        Of lbfgs: most evaluations of the objective.
    columns : tuple of str
        Names of the inputs.
    stopped : callable or None, default=None
        Asked after each record; where it says so, the fit ends.
    """

    epochs: int
    deadline: float
    adaptive: bool
    again: bool
    scores: tuple[float, ...]
    score: Callable[[FloatArray, Data], float] | None
    tolerance: float
    evaluations: int
    columns: tuple[str, ...]
    stopped: Callable[[], bool] | None = None


@dataclass(frozen=True, eq=False)
class Descent:
    """How the training of one network ended.

    Parameters
    ----------
    member : Member
        The network, with the best parameters where a validation loss tells them, else the
        last ones.
    end : End
        Why it ended.
    epochs : int
        How many this fit has taken.
    examples : int
        Of an epoch.
    scores : tuple of float
        Validation scores of all epochs.
    notes : tuple of str
        Sentences that a person should read.
    divergence : Divergence or None
        What was not finite at last.
    autopsy : Autopsy or None
        Why it diverged, at last.
    """

    member: Member
    end: End
    epochs: int
    examples: int
    scores: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    divergence: Divergence | None = None
    autopsy: "Autopsy | None" = None


@dataclass(frozen=True, eq=False)
class Progress:
    """Where the training of one network stands.

    Parameters
    ----------
    begun : int
        Number of the epoch after which the fit began.
    state : State
        Where it stands.
    scores : tuple of float
        Validation scores of all epochs.
    notes : tuple of str
        Sentences that a person should read.
    slower : bool
        Whether it has diverged once, and the rate is a tenth.
    """

    begun: int
    state: State
    scores: tuple[float, ...]
    notes: tuple[str, ...]
    slower: bool


Keep = Callable[[Plan, Job, Progress], None]
"""Is shown where a network stands after each record."""


def descend(
    engine: Engine,
    job: Job,
    request: Request,
    tasks: EpochTasks,
    keep: Keep,
    progress: Progress | None = None,
    places: IntArray | None = None,
) -> Descent:
    """Train a network by steps; after a divergence once more, with a tenth of the rate.

    Parameters
    ----------
    engine : Engine
        Executes the steps.
    job : Job
        The network, and where it stands.
    request : Request
        How far to go.
    tasks : EpochTasks
        Who is told of the epochs.
    keep : callable
        Is shown where the network stands.
    progress : Progress or None, default=None
        Where an unfinished fit was left; ``None`` begins.
    places : IntArray of shape (N,) or None, default=None
        Which of the caller's rows the training examples are; ``None``: all, in order.

    Returns
    -------
    Descent
        How it ended.
    """
    start = starting_point(job)
    if progress is None:
        progress = Progress(start.epoch, start, request.scores, (), slower=False)
    reached, scores = _advance(engine, job, request, tasks, keep, progress)
    notes, found = progress.notes, None
    if reached.end is End.DIVERGED and request.again and not progress.slower:
        found = _autopsy(engine, job, reached.state, request.columns, places)
        how = "It was trained anew with a tenth of the learning rate"
        notes = (f"training diverged. {str(found).splitlines()[0]} {how}",)
        progress = Progress(start.epoch, start, request.scores, notes, slower=True)
        reached, scores = _advance(engine, job, request, tasks, keep, progress)
    used = _slower(job) if progress.slower else job
    if reached.end is End.DIVERGED:
        found = _autopsy(engine, used, reached.state, request.columns, places)
        kept = "The best weights are kept"
        notes = (*notes, f"training diverged. {str(found).splitlines()[0]} {kept}")
    return Descent(
        _member(used, reached.state, reached.end),
        reached.end,
        reached.state.epoch - progress.begun,
        job.training.examples,
        scores,
        notes,
        reached.divergence,
        found,
    )


def _advance(
    engine: Engine,
    job: Job,
    request: Request,
    tasks: EpochTasks,
    keep: Keep,
    progress: Progress,
) -> tuple[Advance, tuple[float, ...]]:
    """Train a network on from where it stands; return the scores of all epochs as well."""
    used = _slower(job) if progress.slower else job
    scores = list(progress.scores)
    stepwise = request.score is not None or tasks.wanted
    limits = Limits(
        request.epochs - (progress.state.epoch - progress.begun),
        job.plan.patience,
        request.deadline,
        1 if stepwise else None,
        SMALLEST_RATE if request.adaptive else 0.0,
        resumed=progress.state.epoch > progress.begun,
    )

    def watch(record: Epoch) -> bool:
        if request.score is not None and job.validation is not None:
            outputs = _outputs(job, record.state.point)
            finite = np.isfinite(outputs).all()
            scores.append(request.score(outputs, job.validation) if finite else float("nan"))
        stands = replace(progress, state=record.state, scores=tuple(scores))
        keep(used.plan, used, stands)
        told = tasks.tell(record, scores, _member(used, record.state, End.STOPPED))
        return told or (request.stopped is not None and request.stopped())

    start = progress.state if progress.state.epoch else job.start
    reached = advance(engine, replace(used, start=start), limits, watch)
    if request.stopped is not None and request.stopped():
        reached = replace(reached, end=End.INTERRUPTED)
    return reached, tuple(scores)


def _autopsy(
    engine: Engine, job: Job, state: State, columns: tuple[str, ...], places: IntArray | None
) -> "Autopsy":
    """Find out why a run broke."""
    from trainwell.diagnosis.autopsy import autopsy

    found = autopsy(job, state, columns=columns, engine=engine.name)
    return found if places is None else found.renumbered(places.tolist())


def _slower(job: Job) -> Job:
    return replace(job, plan=with_tenth_of_rate(job.plan))


def _member(job: Job, state: State, end: End) -> Member:
    restored = job.validation is not None or end is End.DIVERGED
    return Member(job.plan, state, restored and state.best_epoch > 0)


def _outputs(job: Job, point: Point) -> FloatArray:
    measured: Data = job.validation  # type: ignore[assignment]
    return predict(job.network, job.plan.loss, point.theta, point.buffers, measured.x)


def search(job: Job, request: Request) -> Descent:
    """Train a network by L-BFGS.

    Parameters
    ----------
    job : Job
        The network, and where it stands.
    request : Request
        When to stop.

    Returns
    -------
    Descent
        With the losses of the iterations.
    """
    found = minimize(
        job,
        tolerance=request.tolerance,
        max_evaluations=request.evaluations,
        watch=lambda *_: perf_counter() >= request.deadline,
    )
    state = state_at(job.network, job.plan, found.theta)
    history = state.history.extended([1.0] * len(found.losses), found.losses)
    notes: tuple[str, ...] = ()
    if not found.converged:
        sentence = f"lbfgs failed to converge after {found.iterations} iterations"
        notes = (f"{sentence} ({found.message}); more max_iter or max_fun may help",)
    member = Member(job.plan, replace(state, history=history), restored=False)
    return Descent(member, End.STALLED, found.iterations, job.training.examples, notes=notes)


def report(owner: str, ended: Sequence[Descent], most: int) -> None:
    """Warn of what a person should know of a fit.

    Parameters
    ----------
    owner : str
        Class that was fitted.
    ended : sequence of Descent
        Its networks.
    most : int
        Epochs that were asked for; 0 where none were.

    Raises
    ------
    FitError
        If no epoch was finite.
    """
    for one in ended:
        if one.end is End.DIVERGED and not one.epochs:
            raise FitError.diverged(owner, str(one.autopsy).splitlines()[0])
        for note in one.notes:
            warnings.warn(f"{owner}: {note}", ConvergenceWarning, stacklevel=CALLER)
    if any(one.end is End.INTERRUPTED for one in ended):
        warnings.warn(f"{owner}: Training interrupted by user.", stacklevel=CALLER)
    if most and ended[0].end is End.COMPLETED:
        sentence = f"Maximum iterations ({most}) reached and the optimization hasn't converged yet"
        warnings.warn(f"{owner}: {sentence}.", ConvergenceWarning, stacklevel=CALLER)
