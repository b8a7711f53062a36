"""The batches of an epoch, drawn one after the other from memory or from a stream."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from trainwell.data.batches import batch_cuts, batches
from trainwell.data.dataset import Data
from trainwell.data.stream import Stream, in_batches
from trainwell.errors import DataError
from trainwell.randomness import generator
from trainwell.training.job import Job, merges_single
from trainwell.training.plan import Plan
from trainwell.types import FloatArray, IntArray


class Batch(NamedTuple):
    """What one step sees.

    Parameters
    ----------
    x : FloatArray of shape (I, B)
        Features.
    y : FloatArray of shape (O, B)
        Targets.
    weight : FloatArray of shape (B,) or None
        Relative weights, 1 on average over the data set.
    examples : IntArray of shape (B,)
        Which of the training examples they are.
    """

    x: FloatArray
    y: FloatArray
    weight: FloatArray | None
    examples: IntArray


def drawn_batches(job: Job, epoch: int, step: int) -> Iterator[Batch]:
    """Iterate over the batches of one epoch, with relative weights, augmented.

    Parameters
    ----------
    job : Job
        Gives data, batch size, seed and augmentation.
    epoch : int
        Number of the epoch, from 0.
    step : int
        Number of its first update in the whole run, from 0.

    Yields
    ------
    Batch
        In the order of the steps.
    """
    training, augmentation = job.training, job.plan.augmentation
    plain = _streamed(job, epoch) if isinstance(training, Stream) else _in_memory(job, epoch)
    for number, batch in enumerate(plain, start=step):
        if augmentation is None:
            yield batch
        else:
            rng = generator(job.plan.seed, "augmentation", number)
            x, y = augmentation(batch.x, batch.y, rng)
            yield batch._replace(x=x, y=y)


def cuts_of(job: Job) -> IntArray:
    """Return where the batches of an epoch begin and end, of shape (steps + 1,)."""
    merged = merges_single(job.network)
    return batch_cuts(job.training.examples, job.plan.batch_size, merge_single=merged)


def _in_memory(job: Job, epoch: int) -> Iterator[Batch]:
    training, plan = job.training, job.plan
    assert isinstance(training, Data)  # noqa: S101 - asked by the caller
    relative = training.relative_weight
    drawn = batches(
        training.examples,
        plan.batch_size,
        plan.seed,
        epoch,
        shuffle=plan.shuffle,
        merge_single=merges_single(job.network),
    )
    for columns in drawn:
        if plan.batch_size is None:
            yield Batch(training.x, training.y, relative, columns)
        else:
            x, y = training.x.take(columns, axis=1), training.y.take(columns, axis=1)
            yield Batch(x, y, None if relative is None else relative[columns], columns)


def _streamed(job: Job, epoch: int) -> Iterator[Batch]:
    training, plan, cuts = job.training, job.plan, cuts_of(job)
    assert isinstance(training, Stream)  # noqa: S101 - asked by the caller
    visits = training.visits(plan.seed, epoch, shuffle=plan.shuffle)
    for (rows, numbers), steps in in_batches(visits, cuts):
        check_targets(plan, rows.y, numbers)
        edges = cuts[steps.start : steps.stop + 1] - cuts[steps.start]
        for start, stop in pairwise(edges.tolist()):
            part = slice(start, stop)
            x, y = (np.ascontiguousarray(array[part].T) for array in (rows.x, rows.y))
            weight = None if rows.weight is None else rows.weight[part]
            yield Batch(x, y, weight, numbers[part])
        del rows, numbers  # before the next window is read


def check_targets(plan: Plan, y: FloatArray, numbers: IntArray) -> None:
    """Refuse targets (N, O) outside the domain of the loss, and name the first one's row.

    Parameters
    ----------
    plan : Plan
        Gives the loss.
    y : FloatArray of shape (N, O)
        Targets of some training examples.
    numbers : IntArray of shape (N,)
        Which ones they are.

    Raises
    ------
    DataError
        If a target is outside the domain.
    """
    try:
        plan.loss.check_targets(y.T)
    except DataError as error:
        for row, number in zip(y, numbers, strict=True):
            try:
                plan.loss.check_targets(row[:, np.newaxis])
            except DataError as first:
                raise DataError.at_row(first, int(number)) from None
        raise error from None
