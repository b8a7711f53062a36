"""One training step taken apart: every array of it, in the order in which it is computed."""

from typing import NamedTuple

import numpy as np

from trainwell.engine.reference import step
from trainwell.network.layer import Tracking
from trainwell.randomness import Randomness
from trainwell.training.drawing import Batch
from trainwell.training.job import Job
from trainwell.training.state import Point
from trainwell.types import FloatArray

OUTPUT = "output"
"""Name of the gradient with respect to what a layer gives, beside those of its arrays."""

_ORDINALS = ("first", "second", "third")


class Part(NamedTuple):
    """One array of a step.

    Parameters
    ----------
    quantity : str
        ``"input"``, ``"activation"``, ``"logits"``, ``"statistic"``, ``"loss"``,
        ``"penalty"``, ``"gradient"``, ``"first moment"``, ... or ``"parameter"``.
    layer : int
        Layer, from 1; 0 where it belongs to none.
    array : str
        Which of the layer's arrays, or ``""``.
    values : FloatArray
        The numbers; examples are columns where the quantity has examples.
    by_example : bool
        Whether the columns are examples.
    """

    quantity: str
    layer: int
    array: str
    values: FloatArray
    by_example: bool = False

    @property
    def finite(self) -> bool:
        """Whether every number is finite."""
        return bool(np.isfinite(self.values).all())


class Dissection(NamedTuple):
    """A step with all its arrays.

    Parameters
    ----------
    parts : list of Part
        In the order in which they are computed.
    following : Point
        Where the step leads.
    value : float
        The objective of its batch, penalty included.
    """

    parts: list[Part]
    following: Point
    value: float

    @property
    def arrives(self) -> bool:
        """Whether the step leads to a finite point, whatever its objective."""
        point = self.following
        vectors = (point.theta, point.buffers, *point.memory.moments)
        return all(bool(np.isfinite(vector).all()) for vector in vectors)

    @property
    def finite(self) -> bool:
        """Whether a run goes on after the step: what the engines ask for."""
        return bool(np.isfinite(self.value)) and self.arrives


def dissect(job: Job, point: Point, batch: Batch, rate: float) -> Dissection:
    """Take one step as the reference engine does, and keep every array of it.

    Parameters
    ----------
    job : Job
        Gives network, loss, penalty, clipping and optimizer.
    point : Point
        Where the step starts; not modified.
    batch : Batch
        Its examples.
    rate : float
        Its learning rate.

    Returns
    -------
    Dissection
        The reference's numbers, to the bit.
    """
    network, plan = job.network, job.plan
    place = Randomness(plan.seed, point.memory.step)
    last = len(network.layers)
    x, parts, caches = batch.x, [Part("input", 0, "", batch.x, by_example=True)], []
    parameters = network.split(point.theta)
    statistics = network.split_buffers(point.buffers)
    for number, layer in enumerate(network.layers, start=1):
        ordinal, running = network.ordinals[number - 1], statistics[number - 1]
        x, cache = layer.forward(parameters[number - 1], running, x, place.at_layer(ordinal))
        caches.append(cache)
        if isinstance(layer, Tracking):  # measured before they are divided by
            for slot, values in zip(layer.statistics, layer.moved(running, cache), strict=True):
                parts.append(Part("statistic", number, slot.name, values))
        quantity = "logits" if number == last else "activation"
        parts.append(Part(quantity, number, "", x, by_example=True))
    value, grad = plan.loss(x, batch.y, batch.weight)
    parts.append(Part("loss", 0, "", np.array([value])))
    gradient = np.empty_like(point.theta)
    views, pulls = network.split(gradient), None
    if plan.penalty:
        extra, pull = plan.penalty(point.theta, network.penalized, job.training.total_weight)
        parts.append(Part("penalty", 0, "", np.array([extra])))
        value += extra
        pulls = network.split(pull)
    for number in range(last, 0, -1):
        layer, index = network.layers[number - 1], number - 1
        parts.append(Part("gradient", number, OUTPUT, grad, by_example=True))
        grad, grads = layer.backward(parameters[index], caches[index], grad)
        for place_of, (slot, values) in enumerate(zip(layer.slots, grads, strict=True)):
            view = views[index][place_of]
            view[...] = values
            if pulls is not None:
                view += pulls[index][place_of]
            parts.append(Part("gradient", number, slot.name, view))
    following = step(network, plan, point, gradient, rate)
    moments = zip(_ORDINALS, following.memory.moments, strict=False)
    vectors = [(f"{ordinal} moment", moment) for ordinal, moment in moments]
    for quantity, vector in [*vectors, ("parameter", following.theta)]:
        for number, arrays in enumerate(network.split(vector), start=1):
            slots = network.layers[number - 1].slots
            parts += [
                Part(quantity, number, slot.name, values)
                for slot, values in zip(slots, arrays, strict=True)
            ]
    buffers = network.moved(point.buffers, caches)
    return Dissection(parts, Point(following.theta, buffers, following.memory), float(value))
