"""The compiled engine: whole epochs in one call, equal in meaning to the reference."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, ClassVar, NamedTuple

import numpy as np

from trainwell.data.batches import epoch_order
from trainwell.data.dataset import Data
from trainwell.data.stream import Stream, in_batches
from trainwell.engine.blas import blas_threads
from trainwell.engine.lowering import lower, require_kernels
from trainwell.engine.reference import locate
from trainwell.engine.sources import columns_of, rows_of, source_of
from trainwell.engine.teams import Crew, members_of
from trainwell.kernels.cache import told
from trainwell.kernels.epochs import Watch, run_epochs
from trainwell.kernels.program import Course, Position, Source
from trainwell.network.objective import Objective
from trainwell.randomness import Randomness, dropout_key
from trainwell.training.drawing import Batch, check_targets, cuts_of, drawn_batches
from trainwell.training.engine import Epoch, Session
from trainwell.training.job import Job
from trainwell.training.loop import SUBNORMAL, judges_start, stalled, step_rates
from trainwell.training.optimizer import Memory
from trainwell.training.schedules import ReduceOnPlateau
from trainwell.training.state import History, Point, State, read_only
from trainwell.types import FloatArray, IntArray

EVALUATED_TOGETHER = 512
"""Examples that pass the network together where nothing else sets their number."""

DRAWN_TOGETHER = 2**20
"""Positions and rates that are drawn ahead: so many epochs go into one call."""

CHANGED_TOGETHER = 4096
"""Examples that are augmented before a call."""

PRODUCTS_TOGETHER = 4e9
"""Multiplications of one call, about a second: Ctrl-C is heard between calls."""


@dataclass(frozen=True)
class CompiledEngine:
    """Steps in machine code: forward, loss, backward and update of many epochs are one call.

    Parameters
    ----------
    threads : int, default=1
        That share the batches, or matrix products that are large enough.
    """

    threads: int = 1

    name: ClassVar[str] = "compiled"

    def session(self, job: Job) -> Session:
        """Compile what the job needs and was never compiled before, and make room."""
        require_kernels(job.network, job.plan.loss, job.plan.optimizer)
        return CompiledSession(job, self.threads)


class Part(NamedTuple):
    """Adjacent batches of one epoch, or of each of several.

    Parameters
    ----------
    source : Source
        Holds their examples.
    orders : IntArray of shape (epochs, N)
        Where in the source the examples are, in the order in which they are visited.
    names : IntArray of shape (N,)
        Which of the training examples they are, in the first epoch.
    steps : slice
        Which batches of the epoch.
    """

    source: Source
    orders: IntArray
    names: IntArray
    steps: slice


@dataclass(frozen=True, eq=False)
class Stretch:
    """What one call of the kernels has brought.

    Parameters
    ----------
    state : State
        After its whole epochs; within one, only the point is new.
    whole : int
        Their number.
    broken : int
        The step after them that was not finite; -1 for none.
    loss : float
        The objective there; without a broken step the sum that is carried on.
    """

    state: State
    whole: int
    broken: int
    loss: float


class CompiledSession:
    """A job with its data in rows, its program and its workspace.

    Parameters
    ----------
    job : Job
        What is trained.
    threads : int, default=1
        That share the batches, or matrix products that are large enough.
    """

    def __init__(self, job: Job, threads: int = 1) -> None:
        training = job.training
        self.job, self.dtype = job, training.dtype
        self.members = members_of(job, threads)
        self.threads = threads if self.members == 1 else 1
        """Of a matrix product."""
        self.cuts = cuts_of(job)
        capacity = int(np.diff(self.cuts).max())
        if job.validation is not None:
            capacity = max(capacity, min(job.validation.examples, EVALUATED_TOGETHER))
        with told(self.dtype):
            self._prepare(capacity)

    def _prepare(self, capacity: int) -> None:
        """Lower the job, make room, and compile what was never compiled before."""
        job, plan, network, training = self.job, self.job.plan, self.job.network, self.job.training
        self.program = lower(network, capacity, self.dtype, plan, training.total_weight)
        self.crew = Crew(self.program, capacity, self.dtype, network.size, self.members)
        self.validation = columns_of(job.validation, self.dtype)
        whole = plan.batch_size is None and plan.augmentation is None
        self.full = whole and self.members == 1
        self.training = source_of(self.dtype)
        if isinstance(training, Data) and plan.augmentation is None:
            self.training = columns_of(training, self.dtype) if self.full else rows_of(training)
        theta = np.zeros(network.size, self.dtype)
        memory = plan.optimizer.initial(theta)
        point = Point(theta, np.zeros(network.buffer_size, self.dtype), memory)
        nothing = np.empty((0, self.cuts.size - 1))
        orders = np.empty((0, 0), np.int64)
        part = Part(self.training, orders, orders[:0], slice(0, self.cuts.size - 1))
        self._run(State(point, History(), point), nothing, part)

    def advance(self, state: State, epochs: int, patience: int | None = None) -> Epoch:
        """Take the epochs, as many in one call as can be; see the protocol."""
        left, together = epochs, self._together
        while True:
            with blas_threads(self.job.network, self.job.together, self.threads):
                if together:
                    record = self._epochs(state, min(left, together), patience)
                else:
                    record = self._epoch(state)
            left -= record.state.epoch - state.epoch
            state = record.state
            if record.divergence is not None or stalled(state, patience) or not left:
                return record

    @property
    def _together(self) -> int:
        """Number of epochs that one call may take; 0 if one takes several."""
        job, plan = self.job, self.job.plan
        in_parts = isinstance(job.training, Stream) or plan.augmentation is not None
        if in_parts or self._products > PRODUCTS_TOGETHER:
            return 0
        if isinstance(plan.learning_rate, ReduceOnPlateau):
            return 1
        drawn = job.training.examples if self._shuffles else self.cuts.size - 1
        return int(max(1, min(DRAWN_TOGETHER // drawn, PRODUCTS_TOGETHER // self._products)))

    @property
    def _products(self) -> float:
        """Number of multiplications of an epoch."""
        return max(1.0, 3.0 * self.job.network.size * self.job.training.examples)

    @property
    def _shuffles(self) -> bool:
        return self.job.plan.shuffle and self.job.plan.batch_size is not None

    def _rates(self, state: State, epochs: int) -> FloatArray:
        schedule, losses = self.job.plan.learning_rate, state.history.monitored
        return step_rates(schedule, state.epoch, epochs, self.cuts.size - 1, losses)

    def _epochs(self, state: State, epochs: int, patience: int | None) -> Epoch:
        """Take as many epochs in one call."""
        rates = self._rates(state, epochs)
        orders = self._orders(state.epoch, epochs)
        everything = slice(0, self.cuts.size - 1)
        part = Part(self.training, orders, orders[0], everything)
        stretch = self._run(state, rates, part, patience=patience)
        if stretch.broken < 0:
            return _record(stretch.state)
        if stretch.whole:  # the kernels went on from there: take its whole epochs once more
            state = self._run(state, rates[: stretch.whole], part, patience=patience).state
        return self._epoch(state)

    def _epoch(self, state: State) -> Epoch:
        """Take one epoch part by part; where a number broke, go back to the last finite one."""
        rates = self._rates(state, 1)
        total, steps = 0.0, self.cuts.size - 1
        for part in self._parts(state):
            settled = part.steps.stop == steps
            stretch = self._run(state, rates, part, carried=total, settled=settled)
            if stretch.broken >= 0:
                return self._diverged(state, rates, part)
            state, total = stretch.state, stretch.loss
            del part, stretch
        return _record(state)

    def _diverged(self, state: State, rates: FloatArray, part: Part) -> Epoch:
        """Return the record of an epoch that breaks in a part, with the last finite point."""
        job, plan = self.job, self.job.plan
        broken = self._run(state, rates, part, careful=True, settled=False)
        first = part.steps.start
        point = state.point
        if broken.broken:
            before = part._replace(steps=slice(first, first + broken.broken))
            point = self._run(state, rates, before, settled=False).state.point
        place = Randomness(plan.seed, point.memory.step)
        batch = self._batch(part, broken.broken)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            objective = Objective(plan.loss, plan.penalty, job.training.total_weight)
            _, gradient, _ = objective.value_and_gradient(
                job.network, point.theta, point.buffers, batch.x, batch.y, batch.weight, place
            )
            found = locate(job.network, point, batch.x, gradient, batch.examples, place)
        kept = replace(state, point=point)
        return Epoch(state.epoch + 1, float(rates[0, -1]), broken.loss, None, kept, found)

    def _batch(self, part: Part, number: int) -> Batch:
        """Return the batch of a step of a part, as it was drawn."""
        source, cuts = part.source, self.cuts
        first = part.steps.start + number
        places = slice(
            cuts[first] - cuts[part.steps.start], cuts[first + 1] - cuts[part.steps.start]
        )
        names = part.names[places]
        weight = source.weight if source.weight.size else None
        if self.full:
            return Batch(source.x_columns, source.y_columns, weight, names)
        rows = part.orders[0, places]
        weight = None if weight is None else weight[rows]
        return Batch(source.x_rows[rows].T, source.y_rows[rows].T, weight, names)

    def _run(
        self,
        state: State,
        rates: FloatArray,
        part: Part,
        *,
        patience: int | None = None,
        carried: float = 0.0,
        careful: bool = False,
        settled: bool = True,
    ) -> Stretch:
        """Call the kernels for the epochs that ``rates`` has rows for, or a part of one."""
        plan, steps = self.job.plan, part.steps
        position, best = _position(state.point, self.dtype), _position(state.point, self.dtype)
        losses = np.empty(len(rates))
        checked = np.empty(len(rates) if self.job.validation is not None else 0)
        course = Course(
            orders=part.orders,
            cuts=self.cuts[steps.start : steps.stop + 1] - self.cuts[steps.start],
            rates=np.ascontiguousarray(rates[:, steps]),
            examples=self.job.training.examples,
            carried=carried,
            full=self.full,
            careful=careful,
            settled=settled,
            judges_start=judges_start(self.job) and settled,
            smallest=SUBNORMAL,
            dropout_key=dropout_key(plan.seed),
        )
        watch = Watch(
            best=best,
            before=np.empty_like(best.buffers),
            best_loss=state.best_loss,
            best_epoch=state.best_epoch,
            epoch=state.epoch,
            tolerance=float(plan.tolerance),
            patience=-1 if patience is None else patience,
        )
        begun = state.point.memory.step
        with (
            self.crew.at_work(position, part.source, course) as team,
            np.errstate(all="ignore"),  # NumPy's warnings, where nothing is compiled
        ):
            whole, broken, loss, best_epoch, best_loss, best_step = run_epochs(
                self.program,
                position,
                begun,
                self.crew.workspace,
                part.source,
                self.validation,
                course,
                watch,
                losses,
                checked,
                team,
            )
        taken = whole * (steps.stop - steps.start) if settled else steps.stop - steps.start
        point = _point(position, begun + taken)
        if not settled:
            return Stretch(replace(state, point=point), 0, int(broken), float(loss))
        history = state.history.extended(
            rates[:whole, -1].tolist(), losses[:whole].tolist(), checked[:whole].tolist()
        )
        kept = state.best if best_step < 0 else _point(best, best_step)
        following = State(point, history, kept, int(best_epoch), float(best_loss))
        return Stretch(following, int(whole), int(broken), float(loss))

    def _orders(self, first: int, epochs: int) -> IntArray:
        """Return the order in which each epoch visits the examples in memory."""
        examples, seed = self.job.training.examples, self.job.plan.seed
        if self._shuffles:
            numbers = range(first, first + epochs)
            return np.array([epoch_order(examples, seed, number) for number in numbers])
        return np.arange(0 if self.full else examples)[np.newaxis]  # one for all epochs

    def _parts(self, state: State) -> Iterator[Part]:
        """Iterate over one epoch's batches, as many at a time as one call should take."""
        training, plan = self.job.training, self.job.plan
        steps = self.cuts.size - 1
        if isinstance(training, Stream) and plan.augmentation is None:
            visits = training.visits(plan.seed, state.epoch, shuffle=plan.shuffle)
            for (rows, names), batches in in_batches(visits, self.cuts):
                check_targets(plan, rows.y, names)
                source = source_of(self.dtype, x_rows=rows.x, y_rows=rows.y, weight=rows.weight)
                yield Part(source, np.arange(len(names))[np.newaxis], names, batches)
                del rows, names, source  # before the next window is read
        elif plan.augmentation is not None:
            drawn = drawn_batches(self.job, state.epoch, state.point.memory.step)
            first, together = 0, max(1, CHANGED_TOGETHER // self.job.together)
            while changed := list(islice(drawn, together)):
                following = first + len(changed)
                yield self._joined(changed, slice(first, following))
                first = following
        else:
            order = self._orders(state.epoch, 1)
            together = max(1, int(steps * PRODUCTS_TOGETHER / self._products))
            for first in range(0, steps, together):
                last = min(first + together, steps)
                chosen = order[:, self.cuts[first] : self.cuts[last]].copy()
                names = np.arange(training.examples) if self.full else chosen[0]
                yield Part(self.training, chosen, names, slice(first, last))

    def _joined(self, batches: list[Batch], steps: slice) -> Part:
        """Return adjacent batches as one part, its examples in the order of their visit."""
        x, y, names = (
            np.concatenate([getattr(batch, name).T for batch in batches])
            for name in ("x", "y", "examples")
        )
        weights = [batch.weight for batch in batches if batch.weight is not None]
        weight = np.concatenate(weights) if weights else None
        source = source_of(self.dtype, x_rows=x, y_rows=y, weight=weight)
        return Part(source, np.arange(len(names))[np.newaxis], names, steps)


def _record(state: State) -> Epoch:
    """Return the record of the last epoch of a state."""
    history = state.history
    checked = history.validation_loss[-1] if history.validation_loss else None
    rate, loss = history.learning_rate[-1], history.training_loss[-1]
    return Epoch(state.epoch, rate, loss, checked, state)


def _position(point: Point, dtype: Any) -> Position:
    """Return copies of a point's arrays, for the kernels to write to."""
    moments = np.empty((len(point.memory.moments), point.theta.size), dtype)
    for row, moment in zip(moments, point.memory.moments, strict=True):
        row[:] = moment
    return Position(np.array(point.theta, dtype), np.array(point.buffers, dtype), moments)


def _point(position: Position, step: int) -> Point:
    memory = Memory(int(step), tuple(position.moments))
    return read_only(Point(position.theta, position.buffers, memory))
