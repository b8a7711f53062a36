"""The reference engine: NumPy, one function per formula; it is the specification."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trainwell.engine.blas import blas_threads
from trainwell.network.network import Network
from trainwell.network.objective import Objective
from trainwell.randomness import Randomness
from trainwell.training.clipping import clip_by_norm, clip_by_value
from trainwell.training.drawing import drawn_batches
from trainwell.training.engine import Divergence, Epoch, Session
from trainwell.training.job import Job
from trainwell.training.loop import next_epoch, reference_measure, stalled
from trainwell.training.plan import Plan
from trainwell.training.state import Point, State
from trainwell.types import FloatArray, IntArray


@dataclass(frozen=True)
class ReferenceEngine:
    """Steps as the formulas read: forward, loss, backward, clip, decay, update.

    Parameters
    ----------
    threads : int, default=1
        For matrix products that are large enough.
    """

    threads: int = 1

    name: ClassVar[str] = "reference"

    def session(self, job: Job) -> Session:
        """Return the job, ready: there is nothing to prepare."""
        return ReferenceSession(job, self.threads)


@dataclass(frozen=True)
class ReferenceSession:
    """A job that is carried out in NumPy.

    Parameters
    ----------
    job : Job
        What is trained.
    threads : int
        For matrix products that are large enough.
    """

    job: Job
    threads: int

    def advance(self, state: State, epochs: int, patience: int | None = None) -> Epoch:
        """Take the epochs one by one; see the protocol."""
        measure = reference_measure(self.job)
        for _ in range(epochs):
            with blas_threads(self.job.network, self.job.together, self.threads):
                record = next_epoch(self.job, state, self._steps, measure)
            state = record.state
            if record.divergence is not None or stalled(state, patience):
                break
        return record

    def _steps(
        self, point: Point, epoch: int, rates: FloatArray
    ) -> tuple[Point, float, Divergence | None]:
        """Take one step per rate, starting at ``point``."""
        network, plan, training = self.job.network, self.job.plan, self.job.training
        objective = Objective(plan.loss, plan.penalty, training.total_weight)
        total = 0.0
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            drawn = drawn_batches(self.job, epoch, point.memory.step)
            for batch, rate in zip(drawn, rates, strict=True):
                place = Randomness(plan.seed, point.memory.step)
                value, gradient, caches = objective.value_and_gradient(
                    network, point.theta, point.buffers, batch.x, batch.y, batch.weight, place
                )
                following = step(network, plan, point, gradient, float(rate))
                buffers = network.moved(point.buffers, caches)
                following = Point(following.theta, buffers, following.memory)
                if not (np.isfinite(value) and _is_finite(following)):
                    found = locate(network, point, batch.x, gradient, batch.examples, place)
                    return point, value, found
                point = following
                total += value * len(batch.examples)
        return point, total / training.examples, None


def step(network: Network, plan: Plan, point: Point, gradient: FloatArray, rate: float) -> Point:
    r"""Return the point after one update: clip, decay, move.

    .. math:: \theta \leftarrow \theta - \eta\, \mathrm{decay}\, W, \qquad
        \theta \leftarrow \mathrm{rule}(\theta, \mathrm{clip}(g))

    Parameters
    ----------
    network : Network
        Says which parameters are weights.
    plan : Plan
        Gives clipping, decoupled decay and the optimizer.
    point : Point
        Where the step starts; not modified.
    gradient : FloatArray of shape (P,)
        Gradient of the objective at ``point``.
    rate : float
        Learning rate of this step.

    Returns
    -------
    Point
        New parameters and memory; the running statistics are those of ``point``.
    """
    if plan.clip_value is not None:
        gradient = clip_by_value(gradient, plan.clip_value)
    if plan.clip_norm is not None:
        gradient = clip_by_norm(gradient, plan.clip_norm)
    theta = point.theta
    if plan.weight_decay:
        theta = theta - rate * plan.weight_decay * (theta * network.penalized)
    theta, memory = plan.optimizer.step(theta, gradient, point.memory, learning_rate=rate)
    return Point(theta, point.buffers, memory)


def locate(
    network: Network,
    point: Point,
    x: FloatArray,
    gradient: FloatArray,
    columns: IntArray,
    place: Randomness,
) -> Divergence:
    """Replay the step that broke and name the first number that was not finite.

    Parameters
    ----------
    network : Network
        The network of the run.
    point : Point
        The last finite point.
    x : FloatArray of shape (I, B)
        The batch of the step.
    gradient : FloatArray of shape (P,)
        Its gradient.
    columns : IntArray of shape (B,)
        Examples of the training data that form the batch.
    place : Randomness
        Where in the run the step stands.

    Returns
    -------
    Divergence
        Step, layer, quantity and rows.
    """
    values = x
    parts = zip(
        network.layers,
        network.ordinals,
        network.split(point.theta),
        network.split_buffers(point.buffers),
        strict=True,
    )
    for number, (layer, ordinal, parameters, statistics) in enumerate(parts, start=1):
        values, _ = layer.forward(parameters, statistics, values, place.at_layer(ordinal))
        broken = ~np.isfinite(values).all(axis=0)
        if broken.any():
            rows = tuple(int(column) for column in columns[broken])
            return Divergence(place.step, number, "output", rows)
    last = len(network.layers)
    views = network.split(gradient)
    for number in range(last, 0, -1):  # backward passes run from the last layer
        for slot, view in zip(network.layers[number - 1].slots, views[number - 1], strict=True):
            if not np.isfinite(view).all():
                return Divergence(place.step, number, f"gradient of {slot.name}")
    return Divergence(place.step, last + 1, "loss or update")


def _is_finite(point: Point) -> bool:
    vectors = (point.theta, point.buffers, *point.memory.moments)
    return all(bool(np.isfinite(vector).all()) for vector in vectors)
