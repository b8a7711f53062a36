"""The compiled engine: whole epochs in one call, equal in meaning to the reference."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from trainwell.data.batches import batches, partition
from trainwell.data.dataset import Data
from trainwell.engine.lowering import lower, require_kernels, workspace
from trainwell.engine.reference import batch, locate
from trainwell.kernels.cache import told
from trainwell.kernels.epochs import Course, Watch, run_epochs
from trainwell.kernels.program import Position, Source
from trainwell.network.objective import Objective
from trainwell.randomness import Randomness, dropout_key
from trainwell.training.engine import Epoch, Session
from trainwell.training.job import Job, merges_single
from trainwell.training.loop import SUBNORMAL, judges_start, stalled, step_rates
from trainwell.training.optimizer import Memory
from trainwell.training.schedules import ReduceOnPlateau
from trainwell.training.state import Point, State, read_only
from trainwell.types import FloatArray, IntArray

EVALUATED_TOGETHER = 512
"""Examples that pass the network together where nothing else sets their number."""

DRAWN_TOGETHER = 2**20
"""Positions and rates that are drawn ahead: so many epochs go into one call."""


class CompiledEngine:
    """Steps in machine code: forward, loss, backward and update of many epochs are one call."""

    def session(self, job: Job) -> Session:
        """Compile what the job needs and was never compiled before, and make room."""
        require_kernels(job.network, job.plan)
        with told():
            return CompiledSession(job)


@dataclass(frozen=True, eq=False)
class Stretch:
    """What one call of the kernels has brought.

    Parameters
    ----------
    state : State
        After its whole epochs.
    whole : int
        Their number.
    broken : int
        The step of the next epoch that was not finite; -1 for none.
    loss : float
        The objective there.
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
    """

    def __init__(self, job: Job) -> None:
        training, plan, network = job.training, job.plan, job.network
        dtype = training.x.dtype
        self.job = job
        self.full = plan.batch_size is None and plan.augmentation is None
        cuts = partition(training.examples, plan.batch_size, merge_single=merges_single(network))
        self.cuts = np.array([0, *(cut.stop for cut in cuts)], dtype=np.int64)
        capacity = int(np.diff(self.cuts).max())
        if job.validation is not None:
            capacity = max(capacity, min(job.validation.examples, EVALUATED_TOGETHER))
        self.program = lower(network, capacity, dtype, plan, training.total_weight)
        self.workspace = workspace(self.program, network, capacity, dtype)
        self.training = _columns(training, dtype) if self.full else _rows(training)
        self.validation = _columns(job.validation, dtype)

    def advance(self, state: State, epochs: int, patience: int | None = None) -> Epoch:
        """Take the epochs, as many in one call as can be; see the protocol."""
        left = epochs
        while True:
            record = self._epochs(state, min(left, self._together), patience)
            left -= record.state.epoch - state.epoch
            state = record.state
            if record.divergence is not None or stalled(state, patience) or not left:
                return record

    @property
    def _together(self) -> int:
        """Number of epochs that one call may take."""
        plan = self.job.plan
        if plan.augmentation is not None or isinstance(plan.learning_rate, ReduceOnPlateau):
            return 1
        drawn = self.job.training.examples if self._shuffles else self.cuts.size - 1
        return max(1, DRAWN_TOGETHER // drawn)

    @property
    def _shuffles(self) -> bool:
        return self.job.plan.shuffle and self.job.plan.batch_size is not None

    def _epochs(self, state: State, epochs: int, patience: int | None) -> Epoch:
        """Take as many epochs in one call; where a number broke, go back to the last finite."""
        plan, losses = self.job.plan, state.history.monitored
        rates = step_rates(plan.learning_rate, state.epoch, epochs, self.cuts.size - 1, losses)
        source, orders = self._examples(state, epochs)
        stretch = self._run(state, rates, source, orders, patience)
        if stretch.broken >= 0:
            whole = stretch.whole
            if whole:  # the kernels went on from there: take its whole epochs once more
                state = self._run(state, rates[:whole], source, orders, patience).state
            return self._diverged(state, rates[whole : whole + 1], source, orders[whole:][:1])
        history = stretch.state.history
        checked = history.validation_loss[-1] if self.job.validation is not None else None
        return Epoch(
            stretch.state.epoch,
            history.learning_rate[-1],
            history.training_loss[-1],
            checked,
            stretch.state,
        )

    def _diverged(self, state: State, rates: FloatArray, source: Source, orders: Any) -> Epoch:
        """Return the record of an epoch that breaks, with the last finite point."""
        job, plan = self.job, self.job.plan
        broken = self._run(state, rates, source, orders, None, careful=True)
        step = broken.broken
        point = state.point
        if step:
            point = self._run(state, rates[:, :step], source, orders, None, settled=False).state.point
        columns = list(self._batches(state.epoch))[step]
        place = Randomness(plan.seed, point.memory.step)
        relative = job.training.relative_weight
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            x, y, weight = batch(plan, job.training, relative, columns, place)
            objective = Objective(plan.loss, plan.penalty, job.training.total_weight)
            _, gradient, _ = objective.value_and_gradient(
                job.network, point.theta, point.buffers, x, y, weight, place
            )
            found = locate(job.network, point, x, gradient, columns, place)
        kept = State(point, state.history, state.best, state.best_epoch, state.best_loss)
        return Epoch(state.epoch + 1, float(rates[0, -1]), broken.loss, None, kept, found)

    def _run(
        self,
        state: State,
        rates: FloatArray,
        source: Source,
        orders: IntArray,
        patience: int | None,
        *,
        careful: bool = False,
        settled: bool = True,
    ) -> Stretch:
        """Call the kernels for the epochs that ``rates`` has rows for."""
        plan, dtype = self.job.plan, self.training.weight.dtype
        position, best = _position(state.point, dtype), _position(state.point, dtype)
        epochs, steps = rates.shape
        losses = np.empty(epochs)
        checked = np.empty(epochs if self.job.validation is not None else 0)
        course = Course(
            orders=orders,
            cuts=self.cuts[: steps + 1],
            rates=rates,
            full=self.full,
            careful=careful,
            settled=settled,
            smallest=SUBNORMAL,
            dropout_key=dropout_key(plan.seed),
        )
        watch = Watch(
            best=best,
            best_loss=state.best_loss,
            best_epoch=state.best_epoch,
            epoch=state.epoch,
            tolerance=float(plan.tolerance),
            patience=-1 if patience is None else patience,
        )
        with told(), np.errstate(all="ignore"):  # NumPy's warnings, where nothing is compiled
            whole, broken, loss, best_epoch, best_loss, best_step = run_epochs(
                self.program,
                position,
                state.point.memory.step,
                self.workspace,
                source,
                self.validation,
                course,
                watch,
                losses,
                checked,
            )
        point = _point(position, state.point.memory.step + whole * steps)
        kept = state.best if best_step < 0 else _point(best, best_step)
        history = state.history
        if settled:
            last_rates = rates[:whole, -1].tolist()
            history = history.extended(last_rates, losses[:whole].tolist(), checked[:whole].tolist())
        following = State(point, history, kept, int(best_epoch), float(best_loss))
        return Stretch(following, int(whole), int(broken), float(loss))

    def _batches(self, epoch: int) -> Any:
        plan = self.job.plan
        return batches(
            self.job.training.examples,
            plan.batch_size,
            plan.seed,
            epoch,
            shuffle=plan.shuffle,
            merge_single=merges_single(self.job.network),
        )

    def _examples(self, state: State, epochs: int) -> tuple[Source, IntArray]:
        """Return the training data of some epochs, and the order in which each visits them."""
        plan, training = self.job.plan, self.job.training
        if plan.augmentation is not None:
            return self._augmented(state), np.arange(training.examples)[np.newaxis]
        if not self._shuffles:
            order = np.arange(0 if self.full else training.examples)
            return self.training, np.broadcast_to(order, (epochs, order.size)).copy()
        numbers = range(state.epoch, state.epoch + epochs)
        orders = [np.concatenate(list(self._batches(number))) for number in numbers]
        return self.training, np.array(orders, dtype=np.int64)

    def _augmented(self, state: State) -> Source:
        """Return one epoch's changed examples, in the order in which they are visited."""
        plan, training = self.job.plan, self.job.training
        relative, step = training.relative_weight, state.point.memory.step
        parts = [
            batch(plan, training, relative, columns, Randomness(plan.seed, step + number))
            for number, columns in enumerate(self._batches(state.epoch))
        ]
        x, y = (np.concatenate([part[which] for part in parts], axis=1) for which in (0, 1))
        weights = [part[2] for part in parts if part[2] is not None]
        weight = np.concatenate(weights) if weights else np.empty(0)
        return _source(training.x.dtype, x_rows=x.T, y_rows=y.T, weight=weight)


def _position(point: Point, dtype: Any) -> Position:
    """Return copies of a point's arrays, for the kernels to write to."""
    moments = np.empty((len(point.memory.moments), point.theta.size), dtype)
    for row, moment in zip(moments, point.memory.moments, strict=True):
        row[:] = moment
    return Position(np.array(point.theta, dtype), np.array(point.buffers, dtype), moments)


def _point(position: Position, step: int) -> Point:
    memory = Memory(int(step), tuple(position.moments))
    return read_only(Point(position.theta, position.buffers, memory))


def _source(dtype: Any, **arrays: Any) -> Source:
    """Return the arrays of a data set, copied for the kernels; those not given are empty."""
    empty = {"x_rows": 2, "y_rows": 2, "x_columns": 2, "y_columns": 2, "weight": 1}
    kept = {
        name: np.array(arrays[name], dtype, order="C")
        if name in arrays
        else np.empty((0,) * axes, dtype)
        for name, axes in empty.items()
    }
    examples = max(len(kept["x_rows"]), kept["x_columns"].shape[1])
    return Source(examples=examples, **kept)


def _rows(data: Data) -> Source:
    weight = data.relative_weight
    given = {} if weight is None else {"weight": weight}
    return _source(data.x.dtype, x_rows=data.x.T, y_rows=data.y.T, **given)


def _columns(data: Data | None, dtype: Any) -> Source:
    if data is None:
        return _source(dtype)
    weight = data.relative_weight
    given = {} if weight is None else {"weight": weight}
    return _source(dtype, x_columns=data.x, y_columns=data.y, **given)
