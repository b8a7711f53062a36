"""One step: batch, objective and move, by one thread or shared by the members of a team.

A team shares the examples of the batch and then the parameters. What there is once for a
batch (penalty, limits, decay) is its leader's.
"""

from trainwell.kernels.compiling import entry, kernel, part
from trainwell.kernels.dropout import hashed
from trainwell.kernels.families import call_loss, call_rule, call_update
from trainwell.kernels.passes import backward, batch_views, forward, gather
from trainwell.kernels.program import Course, Position, Program, Source, Workspace
from trainwell.kernels.team import (
    AWAY,
    EPOCH,
    NUMBER,
    STEP,
    TASK,
    Team,
    ask,
    await_answers,
    tell,
    wait,
)
from trainwell.kernels.views import band, matrix, row, segment
from trainwell.types import FloatArray

DIFFERENTIATE, SUM, UPDATE = range(3)
"""Tasks of a team."""

EVEN = 16
"""Shares of the parameters begin at its multiples: two seldom write to one line of a cache."""


@part
def objective(
    program: Program,
    position: Position,
    workspace: Workspace,
    source: Source,
    course: Course,
    team: Team | None,
    epoch: int,
    number: int,
    step: int,
) -> float:
    """Return loss plus penalty of a batch; its gradient is left in ``workspace.gradient``."""
    if team is None:
        begin, end = course.cuts[number], course.cuts[number + 1]
        x, y, weight = _batch(source, workspace, course, epoch, begin, end)
        key = hashed(course.dropout_key, step)
        value = _differentiate(program, position, workspace, x, y, weight, key, 0)
    else:
        for task in (DIFFERENTIATE, SUM):
            ask(team, task, epoch, number, step)
            _take_part(program, position, workspace, source, course, team, 0)
            await_answers(team)
        value = 0.0
        for member in range(team.values.size):
            value += team.values[member]
    if program.penalty:
        given = (program.rules, program.segments, position.theta, workspace.gradient, 0.0)
        value += call_rule(program.penalty, given)
    return value


@part
def move(
    program: Program,
    position: Position,
    workspace: Workspace,
    source: Source,
    course: Course,
    team: Team | None,
    epoch: int,
    number: int,
    step: int,
) -> None:
    """Clip the gradient, decay the weights and take the optimizer's step, counted from 1."""
    gradient, rate = workspace.gradient, course.rates[epoch, number]
    given = (program.rules, program.segments, position.theta, gradient, rate)
    if program.clipping:
        call_rule(program.clipping, given)
    if program.decay:
        call_rule(program.decay, given)
    if team is None:
        call_update(
            program.update,
            (program.update_numbers, position.theta, gradient, position.moments, step, rate),
        )
    else:
        ask(team, UPDATE, epoch, number, step)
        _take_part(program, position, workspace, source, course, team, 0)
        await_answers(team)


@entry
def follow(
    program: Program,
    position: Position,
    workspace: Workspace,
    source: Source,
    course: Course,
    team: Team,
    member: int,
) -> None:
    """Take a member's part in all that the leader asks for, until it is away."""
    turn = 1
    while wait(team.signals, 0, turn) != AWAY:
        _take_part(program, position, workspace, source, course, team, member)
        tell(team.signals, member, turn)
        turn += 1


@kernel
def _take_part(
    program: Program,
    position: Position,
    workspace: Workspace,
    source: Source,
    course: Course,
    team: Team,
    member: int,
) -> None:
    """Take a member's part in the task that the leader asks for."""
    asked, members = row(team.signals, 0), team.signals.shape[0]
    if asked[TASK] == DIFFERENTIATE:
        value = _share(program, position, workspace, source, course, team, member)
        team.values[member] = value
        return
    parameters = position.theta.size
    first = parameters * member // members // EVEN * EVEN
    last = parameters * (member + 1) // members // EVEN * EVEN
    size = (last if member + 1 < members else parameters) - first
    gradient = segment(row(team.gradients, 0), first, size)
    if asked[TASK] == SUM:
        for other in range(1, members):
            _add(segment(row(team.gradients, other), first, size), gradient)
    else:
        step, rate = asked[STEP], course.rates[asked[EPOCH], asked[NUMBER]]
        theta, moments = segment(position.theta, first, size), band(position.moments, first, size)
        given = (program.update_numbers, theta, gradient, moments, step, rate)
        call_update(program.update, given)


@part
def _share(
    program: Program,
    position: Position,
    workspace: Workspace,
    source: Source,
    course: Course,
    team: Team,
    member: int,
) -> float:
    """Return what a member's examples add to the loss, and leave what they add to its gradient."""
    asked, members = row(team.signals, 0), team.signals.shape[0]
    begin, end = course.cuts[asked[NUMBER]], course.cuts[asked[NUMBER] + 1]
    together = end - begin
    first, last = together * member // members, together * (member + 1) // members
    if first == last:
        for i in range(workspace.gradient.size):
            workspace.gradient[i] = 0
        return 0.0
    x, y, weight = _batch(source, workspace, course, asked[EPOCH], begin + first, begin + last)
    # The mean over some of the examples, each worth less, is their part of the mean over all.
    worth = weight.dtype.type((last - first) / together)
    for example in range(last - first):
        workspace.weight[example] = weight[example] * worth
    weight = segment(workspace.weight, 0, last - first)
    key = hashed(course.dropout_key, asked[STEP])
    return _differentiate(program, position, workspace, x, y, weight, key, first)


@part
def _batch(
    source: Source, workspace: Workspace, course: Course, epoch: int, first: int, last: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return features, targets and weights of some examples, gathered where they must be."""
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
def _differentiate(
    program: Program,
    position: Position,
    workspace: Workspace,
    x: FloatArray,
    y: FloatArray,
    weight: FloatArray,
    key: int,
    first: int,
) -> float:
    """Return the loss of examples that have their batch's ``first`` ones before them.

    Its gradient is left in ``workspace.gradient``.
    """
    logits = forward(program, position.theta, position.buffers, workspace, x, True, key, first)
    grad = matrix(workspace.grads[0], 0, logits.shape[0], x.shape[1])
    value = call_loss(program.loss, (program.loss_numbers, logits, y, weight, grad))
    backward(program, position.theta, workspace, x, 0)
    return value


@kernel
def _add(share: FloatArray, total: FloatArray) -> None:
    """Add one vector to another."""
    for i in range(total.size):
        total[i] += share[i]
