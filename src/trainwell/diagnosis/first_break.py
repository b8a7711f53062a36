"""Where a run broke: the first number that is not finite, and the rows that made it so."""

from dataclasses import dataclass

import numpy as np

from trainwell.diagnosis.dissection import OUTPUT, Part
from trainwell.diagnosis.replay import Broken
from trainwell.network.dense import Dense
from trainwell.network.losses import Loss
from trainwell.training.drawing import Batch
from trainwell.training.job import Job
from trainwell.types import BoolArray, FloatArray


@dataclass(frozen=True)
class Break:
    """The first number of a run that is not finite.

    Parameters
    ----------
    step : int
        Number of the update, from 0.
    epoch : int
        Number of the epoch, from 1.
    quantity : str
        What it belongs to, as :class:`Part` names it.
    layer : int
        Layer, from 1, as in :class:`~trainwell.training.engine.Divergence`; 0 for none.
    kind : str
        Class of that layer, or ``""``.
    array : str
        Which of its arrays, or ``""``.
    rows : tuple of int
        Examples of the training data concerned, from 0; empty where none can be named.
    batch : int
        Number of examples of the step.
    """

    step: int
    epoch: int
    quantity: str
    layer: int
    kind: str
    array: str
    rows: tuple[int, ...]
    batch: int

    def __str__(self) -> str:
        if not self.layer:
            return f"the {self.quantity}"
        where = f"layer {self.layer} ({self.kind})"
        if self.quantity in {"activation", "logits"}:
            return f"the {self.quantity} of {where}"
        if self.quantity == "statistic":
            return f"the running {self.array} of {where}"
        if self.array == OUTPUT:
            return f"the gradient at the output of {where}"
        preposition = "" if self.quantity == "parameter" else "of "
        return f"the {self.quantity} {preposition}{self.array} of {where}"


def first_break(job: Job, broken: Broken) -> Break:
    """Return the first part of a broken step that is not finite, and the rows behind it."""
    parts, batch = broken.dissection.parts, broken.batch
    part = next(part for part in parts if not part.finite)
    rows = batch.examples[_examples(job, parts, part, batch)]
    return Break(
        step=broken.point.memory.step,
        epoch=broken.state.epoch + 1,
        quantity=part.quantity,
        layer=part.layer,
        kind=type(job.network.layers[part.layer - 1]).__name__ if part.layer else "",
        array=part.array,
        rows=tuple(sorted(map(int, rows))),
        batch=len(batch.examples),
    )


def _examples(job: Job, parts: list[Part], part: Part, batch: Batch) -> BoolArray:
    """Return which examples of the batch alone make a part of its step infinite."""
    if part.by_example:
        return _broken(part.values)
    given = {p.layer: p.values for p in parts if p.quantity in {"input", "activation", "logits"}}
    none = np.zeros(len(batch.examples), np.bool_)
    if part.quantity == "loss":
        return _broken_losses(job.plan.loss, given[len(job.network.layers)], batch)
    if part.quantity == "statistic":
        seen = given[part.layer - 1]
        return _broken((seen - np.median(seen, axis=1, keepdims=True)) ** 2)
    if part.quantity == "gradient" and isinstance(job.network.layers[part.layer - 1], Dense):
        pull = next(p for p in parts if p[:3] == ("gradient", part.layer, OUTPUT))
        seen = given[part.layer - 1]
        return _broken(np.abs(seen).max(axis=0) * np.abs(pull.values).max(axis=0, keepdims=True))
    return none


def _broken(values: FloatArray) -> BoolArray:
    """Return which columns hold a number that is not finite."""
    return np.asarray(~np.isfinite(values).all(axis=0))


def _broken_losses(loss: Loss, logits: FloatArray, batch: Batch) -> BoolArray:
    """Return the examples whose own loss is not finite, by halving what is broken."""
    broken = np.zeros(logits.shape[1], np.bool_)
    waiting = [(0, logits.shape[1])]
    while waiting:
        start, stop = waiting.pop()
        part = slice(start, stop)
        weight = None if batch.weight is None else batch.weight[part]
        if np.isfinite(loss(logits[:, part], batch.y[:, part], weight)[0]):
            continue
        if stop - start == 1:
            broken[start] = True
        else:
            middle = (start + stop) // 2
            waiting += [(start, middle), (middle, stop)]
    return broken
