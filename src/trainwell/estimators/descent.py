"""One network of an estimator trained to its end, and what a person should know of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

from trainwell.engine.lbfgs import minimize
from trainwell.estimators.callbacks import EpochTasks
from trainwell.estimators.choices import with_tenth_of_rate
from trainwell.estimators.members import SMALLEST_RATE, End, Limits, advance
from trainwell.training.engine import Divergence, Engine, Epoch
from trainwell.training.job import Job
from trainwell.training.loop import starting_point
from trainwell.training.state import Point, State, state_at


@dataclass(frozen=True, eq=False)
class Request:
    """What is asked of a fit beside the plan.

    Parameters
    ----------
    owner : str
        Class that asks, for messages.
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
        Measures a point; ``None``: nothing is measured.
    """

    owner: str
    epochs: int
    deadline: float
    adaptive: bool
    again: bool
    scores: tuple[float, ...]
    score: Callable[[Job, Point], float] | None


@dataclass(frozen=True, eq=False)
class Descent:
    """How the training of one network ended.

    Parameters
    ----------
    job : Job
        What was trained, and how in the end.
    state : State
        Where it stands; the fit can go on from it.
    kept : Point
        The parameters to predict with.
    end : End
        Why it ended.
    epochs : int
        How many this fit has taken.
    scores : tuple of float
        Validation scores of all epochs.
    notes : tuple of str
        Sentences that a person should read.
    divergence : Divergence or None
        What was not finite at last.
    """

    job: Job
    state: State
    kept: Point
    end: End
    epochs: int
    scores: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    divergence: Divergence | None = None


def descend(
    engine: Engine,
    job: Job,
    request: Request,
    tasks: EpochTasks,
    attributes: Callable[[Job, State], dict[str, Any]],
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
        Who is told.
    attributes : callable
        Gives the fitted attributes at a state.

    Returns
    -------
    Descent
        With the best parameters where a validation loss tells them, else the last ones.
    """
    before, scores = starting_point(job), list(request.scores)
    stepwise = request.score is not None or tasks.wanted
    limits = Limits(
        request.epochs,
        job.plan.patience,
        request.deadline,
        1 if stepwise else None,
        SMALLEST_RATE if request.adaptive else 0.0,
    )

    def watch(record: Epoch) -> bool:
        if request.score is not None:
            scores.append(request.score(job, record.state.point))
        return tasks.tell(record, scores, lambda: attributes(job, record.state))

    notes: tuple[str, ...] = ()
    reached = advance(engine, job, limits, watch)
    if reached.end is End.DIVERGED and request.again:
        scores[:] = request.scores
        first = reached.divergence
        job = replace(job, plan=with_tenth_of_rate(job.plan))
        reached = advance(engine, job, limits, watch)
        outcome = "diverged again" if reached.end is End.DIVERGED else "did not diverge"
        how = "was trained anew with a tenth of the learning rate"
        notes = (f"training diverged at {first}; it {how} and {outcome}",)
    elif reached.end is End.DIVERGED:
        notes = (f"training diverged at {reached.divergence}; the last finite state is kept",)
    state = reached.state
    best = state.best_epoch and (job.validation is not None or reached.end is End.DIVERGED)
    return Descent(
        job,
        state,
        state.best if best else state.point,
        reached.end,
        state.epoch - before.epoch,
        tuple(scores),
        notes,
        reached.divergence,
    )


def search(job: Job, request: Request, tolerance: float, evaluations: int) -> Descent:
    """Train a network by L-BFGS.

    Parameters
    ----------
    job : Job
        The network, and where it stands.
    request : Request
        Gives the deadline.
    tolerance : float
        Largest coordinate of the gradient at the end.
    evaluations : int
        Most evaluations of the objective.

    Returns
    -------
    Descent
        With the losses of the iterations.
    """
    found = minimize(
        job,
        tolerance=tolerance,
        max_evaluations=evaluations,
        watch=lambda *_: perf_counter() >= request.deadline,
    )
    state = state_at(job.network, job.plan, found.theta)
    losses = found.losses or (float("nan"),)
    state = replace(state, history=state.history.extended([1.0] * len(losses), losses))
    notes: tuple[str, ...] = ()
    if not found.converged:
        sentence = f"lbfgs failed to converge after {found.iterations} iterations"
        notes = (f"{sentence} ({found.message}); more max_iter or max_fun may help",)
    return Descent(job, state, state.point, End.STALLED, found.iterations, notes=notes)
