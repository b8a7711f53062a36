"""Whole epochs in one call: batches, steps, validation and the best point so far."""

from math import isfinite
from typing import NamedTuple

import numpy as np

from trainwell.kernels.compiling import entry, kernel, part
from trainwell.kernels.dropout import hashed
from trainwell.kernels.families import call_loss, call_output, call_rule, call_update
from trainwell.kernels.gradients import all_finite, flush
from trainwell.kernels.passes import backward, batch_views, forward, gather, slice_columns
from trainwell.kernels.program import Position, Program, Source, Workspace
from trainwell.kernels.views import flat, matrix, row, segment
from trainwell.types import FloatArray, IntArray


class Course(NamedTuple):
    """Where an epoch is cut and how it goes on.

    ``orders`` holds the order of the examples, one row for each epoch or one for all;
    ``cuts`` where the batches begin and end; ``rates`` (epochs, steps). ``examples`` is the
    size of an epoch, ``carried`` what the steps before have added to its loss. ``full`` says
    that the one batch is the whole source in its own order, ``careful`` that every step is
    looked at, ``settled`` that the course ends epochs: with flushing, validation and the
    best point, which is that of the epoch's start if it ``judges_start``.
    """

    orders: IntArray
    cuts: IntArray
    rates: FloatArray
    examples: int
    carried: float
    full: bool
    careful: bool
    settled: bool
    judges_start: bool
    smallest: float
    dropout_key: int


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
) -> tuple[int, int, float, int, float, int]:
    """Take the epochs of a course; ``position``, ``watch.best``, ``losses``, ``checked`` change.

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
            x, y, weight = _batch(source, workspace, course, epoch, number)
            if course.judges_start:
                _copy(position.buffers, watch.before)
            value = _objective(
                program, position, workspace, x, y, weight, hashed(course.dropout_key, step)
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
            _move(program, position, workspace.gradient, step, course.rates[epoch, number])
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


@part
def _batch(
    source: Source, workspace: Workspace, course: Course, epoch: int, number: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return features, targets and weights of one step, gathered where they must be."""
    first, last = course.cuts[number], course.cuts[number + 1]
    examples = last - first
    if course.full:
        weight = source.weight if source.weight.size else segment(workspace.ones, 0, examples)
        return source.x_columns, source.y_columns, weight
    inputs, outputs = source.x_rows.shape[1], source.y_rows.shape[1]
    x, y = batch_views(workspace, examples, inputs, outputs)
    order = segment(row(course.orders, min(epoch, course.orders.shape[0] - 1)), first, examples)
    gather(source.x_rows, order, x)
    gather(source.y_rows, order, y)
    if source.weight.size == 0:
        return x, y, segment(workspace.ones, 0, examples)
    for example in range(examples):
        workspace.weight[example] = source.weight[order[example]]
    return x, y, segment(workspace.weight, 0, examples)


@part
def _objective(
    program: Program,
    position: Position,
    workspace: Workspace,
    x: FloatArray,
    y: FloatArray,
    weight: FloatArray,
    key: int,
) -> float:
    """Return loss plus penalty of a batch; its gradient is left in ``workspace.gradient``."""
    examples = x.shape[1]
    logits = forward(program, position.theta, position.buffers, workspace, x, True, key)
    grad = matrix(workspace.grads[0], 0, logits.shape[0], examples)
    value = call_loss(program.loss, (program.loss_numbers, logits, y, weight, grad))
    backward(program, position.theta, workspace, x, 0)
    if program.penalty:
        given = (program.rules, program.segments, position.theta, workspace.gradient, 0.0)
        value += call_rule(program.penalty, given)
    return value


@part
def _move(
    program: Program, position: Position, gradient: FloatArray, step: int, rate: float
) -> None:
    """Clip the gradient, decay the weights and take the optimizer's step."""
    given = (program.rules, program.segments, position.theta, gradient, rate)
    if program.clipping:
        call_rule(program.clipping, given)
    if program.decay:
        call_rule(program.decay, given)
    call_update(
        program.update,
        (program.update_numbers, position.theta, gradient, position.moments, step, rate),
    )


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
        logits = forward(program, theta, buffers, workspace, x, False, np.uint32(0))
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
        logits = forward(program, theta, buffers, workspace, columns, False, np.uint32(0))
        made = matrix(workspace.grads[0], 0, outputs, examples)
        call_output(output, (logits, made))
        for unit in range(outputs):
            for example in range(examples):
                result[unit, first + example] = made[unit, example]
