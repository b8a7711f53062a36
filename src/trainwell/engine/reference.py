"""The reference engine: NumPy, one function per formula; it is the specification."""

from dataclasses import dataclass

import numpy as np

from trainwell.data.batches import batches
from trainwell.data.dataset import Data
from trainwell.network.network import Network
from trainwell.network.objective import Objective
from trainwell.randomness import Randomness, generator
from trainwell.training.clipping import clip_by_norm, clip_by_value
from trainwell.training.engine import Divergence, Epoch, Session
from trainwell.training.job import Job, merges_single
from trainwell.training.loop import next_epoch, reference_measure, stalled
from trainwell.training.plan import Plan
from trainwell.training.state import Point, State
from trainwell.types import FloatArray, IntArray


class ReferenceEngine:
    """Steps as the formulas read: forward, loss, backward, clip, decay, update."""

    def session(self, job: Job) -> Session:
        """Return the job, ready: there is nothing to prepare."""
        return ReferenceSession(job)


@dataclass(frozen=True)
class ReferenceSession:
    """A job that is carried out in NumPy.

    Parameters
    ----------
    job : Job
        What is trained.
    """

    job: Job

    def advance(self, state: State, epochs: int, patience: int | None = None) -> Epoch:
        """Take the epochs one by one; see the protocol."""
        measure = reference_measure(self.job)
        for _ in range(epochs):
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
        relative = training.relative_weight
        order = batches(
            training.examples,
            plan.batch_size,
            plan.seed,
            epoch,
            shuffle=plan.shuffle,
            merge_single=merges_single(network),
        )
        total = 0.0
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for columns, rate in zip(order, rates, strict=True):
                place = Randomness(plan.seed, point.memory.step)
                x, y, weight = batch(plan, training, relative, columns, place)
                value, gradient, caches = objective.value_and_gradient(
                    network, point.theta, point.buffers, x, y, weight, place
                )
                following = step(network, plan, point, gradient, float(rate))
                buffers = network.moved(point.buffers, caches)
                following = Point(following.theta, buffers, following.memory)
                if not (np.isfinite(value) and _is_finite(following)):
                    found = locate(network, point, x, gradient, columns, place)
                    return point, value, found
                point = following
                total += value * len(columns)
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


def batch(
    plan: Plan, training: Data, relative: FloatArray | None, columns: IntArray, place: Randomness
) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """Gather the examples of one step, with their relative weights, and augment them.

    Parameters
    ----------
    plan : Plan
        Gives batch size and augmentation.
    training : Data
        All examples.
    relative : FloatArray of shape (N,) or None
        Their relative weights.
    columns : IntArray of shape (B,)
        Which examples form the batch.
    place : Randomness
        Where in the run the step stands.

    Returns
    -------
    x : FloatArray of shape (I, B)
        Features.
    y : FloatArray of shape (O, B)
        Targets.
    weight : FloatArray of shape (B,) or None
        Relative weights.
    """
    if plan.batch_size is None:
        x, y, weight = training.x, training.y, relative
    else:
        x, y = training.x.take(columns, axis=1), training.y.take(columns, axis=1)
        weight = None if relative is None else relative[columns]
    if plan.augmentation is not None:
        x, y = plan.augmentation(x, y, generator(plan.seed, "augmentation", place.step))
    return x, y, weight
