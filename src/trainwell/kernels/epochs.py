"""Whole epochs in one call: batches, steps, validation and the best point so far."""

from math import isfinite
from typing import NamedTuple

import numpy as np

from trainwell.kernels.compiling import entry, kernel
from trainwell.kernels.families import call_loss, call_output
from trainwell.kernels.gradients import all_finite, flush
from trainwell.kernels.passes import batch_views, forward, slice_columns
from trainwell.kernels.program import Course, Position, Program, Source, Workspace
from trainwell.kernels.steps import move, objective
from trainwell.kernels.team import Team
from trainwell.kernels.views import flat, matrix, segment
from trainwell.types import FloatArray


class Watch(NamedTuple):
    """The best point so far and when to stop looking for a better one.

    ``before`` is room for the statistics (S,) that a pass has moved.
    """

    best: Position
    before: FloatArray
    best_loss: float
    best_epoch: int
    epoch: int
    tolerance: float
    patience: int


@entry
def run_epochs(
    program: Program,
    position: Position,
    first_step: int,
    workspace: Workspace,
    source: Source,
    validation: Source,
    course: Course,
    watch: Watch,
    losses: FloatArray,
    checked: FloatArray,
    team: Team | None,
) -> tuple[int, int, float, int, float, int]:
    """Take the epochs of a course; ``position``, ``watch.best``, ``losses``, ``checked`` change.

    The caller leads the ``team``, if there is one; the others :func:`follow`.

    Returns the number of whole epochs; the step that was not finite (-1: none; the number of
    steps: found only at the end) and the loss there, or the sum of losses to be carried on;
    the best epoch, its loss and the step at which it stood (-1: as before).
    """
    steps = course.cuts.size - 1
    step = first_step
    best_epoch, best_loss, best_step = watch.best_epoch, watch.best_loss, -1
    for epoch in range(course.rates.shape[0]):
        total = course.carried if epoch == 0 else 0.0
        for number in range(steps):
            examples = course.cuts[number + 1] - course.cuts[number]
            if course.judges_start:
                _copy(position.buffers, watch.before)
            value = objective(
                program, position, workspace, source, course, team, epoch, number, step
            )
            if not isfinite(value):
                return epoch, number, value, best_epoch, best_loss, best_step
            loss = value * examples / course.examples
            if course.judges_start and loss < best_loss - watch.tolerance:
                # A full batch's loss is that of the point from which its step goes on.
                _keep(watch.best, position)
                _copy(watch.before, watch.best.buffers)
                best_epoch, best_loss, best_step = watch.epoch + epoch + 1, loss, step
            step += 1
            move(program, position, workspace, source, course, team, epoch, number, step)
            if course.careful and not _all_finite(position):
                return epoch, number, value, best_epoch, best_loss, best_step
            total += value * examples
        if not _all_finite(position):
            return epoch, steps, total, best_epoch, best_loss, best_step
        if not course.settled:
            return epoch, -1, total, best_epoch, best_loss, best_step
        loss = total / course.examples
        losses[epoch] = loss
        _flush(position, course.smallest)
        monitored = loss
        if validation.examples:
            monitored = mean_loss(program, position.theta, position.buffers, workspace, validation)
            checked[epoch] = monitored
        if not course.judges_start and monitored < best_loss - watch.tolerance:
            _keep(watch.best, position)
            best_epoch, best_loss, best_step = watch.epoch + epoch + 1, monitored, step
        if 0 <= watch.patience <= watch.epoch + epoch + 1 - best_epoch:
            return epoch + 1, -1, loss, best_epoch, best_loss, best_step
    return course.rates.shape[0], -1, 0.0, best_epoch, best_loss, best_step


@kernel
def _all_finite(position: Position) -> bool:
    finite = all_finite(position.theta) and all_finite(position.buffers)
    return finite and all_finite(flat(position.moments))


@kernel
def _flush(position: Position, smallest: float) -> None:
    flush(position.theta, smallest)
    flush(flat(position.moments), smallest)


@kernel
def _copy(source: FloatArray, target: FloatArray) -> None:
    for i in range(source.size):
        target[i] = source[i]


@kernel
def _keep(best: Position, position: Position) -> None:
    """Copy a position over the best one."""
    _copy(position.theta, best.theta)
    _copy(position.buffers, best.buffers)
    _copy(flat(position.moments), flat(best.moments))


@kernel
def mean_loss(
    program: Program,
    theta: FloatArray,
    buffers: FloatArray,
    workspace: Workspace,
    source: Source,
) -> float:
    """Return the mean loss over a data set in columns, without randomness or penalty."""
    inputs, outputs = source.x_columns.shape[0], source.y_columns.shape[0]
    total = 0.0
    for first in range(0, source.examples, workspace.capacity):
        examples = min(workspace.capacity, source.examples - first)
        x, y = batch_views(workspace, examples, inputs, outputs)
        slice_columns(source.x_columns, first, x)
        slice_columns(source.y_columns, first, y)
        weight = segment(workspace.ones, 0, examples)
        if source.weight.size:
            weight = segment(source.weight, first, examples)
        logits = forward(program, theta, buffers, workspace, x, False, np.uint32(0), 0)
        grad = matrix(workspace.grads[0], 0, logits.shape[0], examples)
        value = call_loss(program.loss, (program.loss_numbers, logits, y, weight, grad))
        total += value * examples
    return total / source.examples


@entry
def predict_columns(
    program: Program,
    theta: FloatArray,
    buffers: FloatArray,
    workspace: Workspace,
    output: int,
    x: FloatArray,
    result: FloatArray,
    begin: int,
    end: int,
) -> None:
    """Compute the output (O, N) for some of the examples in columns (I, N), into ``result``."""
    inputs, outputs, capacity = x.shape[0], result.shape[0], workspace.capacity
    for first in range(begin, end, capacity):
        examples = min(capacity, end - first)
        columns = matrix(workspace.x, 0, inputs, examples)
        slice_columns(x, first, columns)
        logits = forward(program, theta, buffers, workspace, columns, False, np.uint32(0), 0)
        made = matrix(workspace.grads[0], 0, outputs, examples)
        call_output(output, (logits, made))
        for unit in range(outputs):
            for example in range(examples):
                result[unit, first + example] = made[unit, example]
