"""How a run ends: completed, stalled with the best weights, interrupted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import pytest

from trainwell.data.dataset import Data
from trainwell.engine.epochs import epochs
from trainwell.engine.run import train
from trainwell.errors import ConfigurationError, DataError, ShapeError
from trainwell.network.build import mlp
from trainwell.network.cross_entropy import SigmoidCrossEntropy
from trainwell.network.initializers import zeros
from trainwell.network.objective import Objective, evaluate
from trainwell.network.penalties import Penalty
from trainwell.network.regression_losses import SquaredError
from trainwell.training.adaptive import Adam
from trainwell.training.descent import GradientDescent, Momentum
from trainwell.training.engine import Epoch
from trainwell.training.optimizer import Memory
from trainwell.training.outcome import Outcome, outcome_after
from trainwell.training.plan import Plan
from trainwell.training.schedules import Constant
from trainwell.training.series import Series
from trainwell.training.state import History, State, starting_state, state_at

RNG = np.random.default_rng(0)
NETWORK = mlp(4, (30,), 1)
NOISE = Data(RNG.standard_normal((4, 30)), (RNG.random((1, 30)) < 0.5).astype(float))
OTHER = Data(RNG.standard_normal((4, 30)), (RNG.random((1, 30)) < 0.5).astype(float))
OVERFITTING = Plan(
    SigmoidCrossEntropy(),
    Adam(),
    Constant(0.02),
    batch_size=10,
    max_epochs=100,
    patience=4,
)


def test_without_patience_all_epochs_are_run() -> None:
    plan = replace(OVERFITTING, patience=None, max_epochs=5)
    run = train(NETWORK, plan, NOISE, OTHER)
    assert run.outcome is Outcome.COMPLETED
    assert run.outcome.value == "All epochs were run."
    assert run.state.epoch == 5
    assert (run.network, run.plan, run.divergence) == (NETWORK, plan, None)


def test_stopping_early_keeps_the_weights_of_the_best_epoch() -> None:
    run = train(NETWORK, OVERFITTING, NOISE, OTHER)
    losses = run.state.history.validation_loss
    best = int(np.argmin(losses)) + 1
    assert run.outcome is Outcome.STALLED
    assert "best weights" in run.outcome.value
    assert run.state.best_epoch == best > 1
    assert run.state.epoch == best + 4 == len(losses)
    assert run.state.best_loss == min(losses)

    again = train(NETWORK, replace(OVERFITTING, max_epochs=best), NOISE, OTHER)
    np.testing.assert_array_equal(run.state.best.theta, again.state.point.theta)
    assert (run.state.best.theta != run.state.point.theta).any()
    assert run.state.best.memory.step == 3 * best
    point = run.state.best
    loss = evaluate(NETWORK, OVERFITTING.loss, point.theta, point.buffers, OTHER)
    assert loss == run.state.best_loss


def test_the_best_running_statistics_belong_to_the_best_weights() -> None:
    network = mlp(4, (30,), 1, batch_norm=True)
    run = train(network, OVERFITTING, NOISE, OTHER)
    plan = replace(OVERFITTING, max_epochs=run.state.best_epoch)
    again = train(network, plan, NOISE, OTHER)
    np.testing.assert_array_equal(run.state.best.buffers, again.state.point.buffers)
    assert (run.state.best.buffers != run.state.point.buffers).any()


def test_more_patience_sees_at_least_as_good_a_loss() -> None:
    best = [
        train(NETWORK, replace(OVERFITTING, patience=patience), NOISE, OTHER).state.best_loss
        for patience in (1, 4, 12)
    ]
    assert best == sorted(best, reverse=True)


class Told:
    """A loss whose validation values are a list, whatever the network says."""

    def __init__(self, values: Sequence[float]) -> None:
        self.upcoming = iter(values)
        self.predict, self.base = SquaredError().predict, SquaredError().base
        self.check_targets = SquaredError().check_targets

    def __call__(self, logits: Any, y: Any, weight: Any = None) -> Any:
        value, gradient = SquaredError()(logits, y, weight)
        return (next(self.upcoming) if logits.shape[1] == 1 else value), gradient


def best_after_each(*values: float, **settings: Any) -> tuple[list[int], list[float]]:
    """Return the best epoch and its loss after each of some epochs with these losses."""
    plan = Plan(Told(values), GradientDescent(), Constant(0.01), **settings)
    single = Data(np.zeros((4, 1)), np.zeros((1, 1)))
    records = list(islice(epochs(NETWORK, plan, NOISE, single), len(values)))
    for record in records:
        if record.number == record.state.best_epoch:
            assert record.state.best is record.state.point
    states = [record.state for record in records]
    return [state.best_epoch for state in states], [state.best_loss for state in states]


def test_only_a_lower_loss_is_a_new_best() -> None:
    found = best_after_each(3.0, 2.0, 2.0, 2.5, 1.9)
    assert found == ([1, 2, 2, 2, 5], [3.0, 2.0, 2.0, 2.0, 1.9])


def test_within_the_tolerance_of_the_best_nothing_is_new() -> None:
    found = best_after_each(3.0, 2.9, 2.5, 2.4, 2.25, 2.0, tolerance=0.25)
    assert found == ([1, 1, 3, 3, 3, 6], [3.0, 3.0, 2.5, 2.5, 2.5, 2.0])


def test_a_validation_loss_that_is_not_a_number_is_never_the_best() -> None:
    best, losses = best_after_each(float("nan"), 4.0, float("nan"), 3.0)
    assert best[1:] == [2, 2, 4]
    assert losses[1:] == [4.0, 4.0, 3.0]


def record(number: int, best_epoch: int) -> Epoch:
    """Return a made-up record."""
    start = starting_state(NETWORK, OVERFITTING, NOISE)
    history = History(Series((0.1,) * number), Series((1.0,) * number), Series((1.0,) * number))
    state = State(start.point, history, start.point, best_epoch, 1.0)
    return Epoch(number, 0.1, 1.0, 1.0, state)


@pytest.mark.parametrize(
    ("number", "best_epoch", "patience", "max_epochs", "outcome"),
    [
        (5, 5, 3, 10, None),
        (5, 3, 3, 10, None),
        (5, 2, 3, 10, Outcome.STALLED),
        (5, 1, None, 10, None),
        (9, 9, 3, 10, None),
        (10, 10, 3, 10, Outcome.COMPLETED),
        (10, 7, 3, 10, Outcome.STALLED),
        (1, 0, 1, 10, Outcome.STALLED),
    ],
)
def test_patience_counts_epochs_since_the_best(
    number: int, best_epoch: int, patience: int | None, max_epochs: int, outcome: Outcome | None
) -> None:
    plan = replace(OVERFITTING, patience=patience, max_epochs=max_epochs)
    assert outcome_after(record(number, best_epoch), plan) is outcome


def test_without_validation_the_training_loss_is_watched() -> None:
    plan = replace(OVERFITTING, learning_rate=Constant(0.001), max_epochs=20)
    run = train(NETWORK, plan, NOISE)
    assert run.state.history.validation_loss == ()
    assert run.state.best_loss == min(run.state.history.training_loss)
    assert run.state.history.training_loss[run.state.best_epoch - 1] == run.state.best_loss


def test_without_validation_the_best_of_full_batches_has_the_best_loss() -> None:
    # A rate too large: the loss falls, then rises again; the best is not one step too late.
    plan = Plan(
        SigmoidCrossEntropy(), Momentum(0.99), Constant(3.0), max_epochs=60, penalty=Penalty(l2=1.0)
    )
    run = train(NETWORK, plan, NOISE)
    assert 1 < run.state.best_epoch < 60
    value, _, _ = Objective(plan.loss, plan.penalty, 30).value_and_gradient(
        NETWORK, run.state.best.theta, run.state.best.buffers, NOISE.x, NOISE.y
    )
    assert value == pytest.approx(run.state.best_loss, rel=1e-12)
    assert run.state.best_loss == min(run.state.history.training_loss)


def test_without_validation_a_divergence_does_not_spoil_the_best() -> None:
    plan = Plan(SquaredError(), GradientDescent(), Constant(3.0), max_epochs=10_000)
    line, data = mlp(1, (), 1), Data(np.zeros((1, 2)), np.ones((1, 2)))
    run = train(line, plan, data, start=state_at(line, plan, np.array([0.0, 0.5])))
    assert run.outcome is Outcome.DIVERGED
    assert run.state.best_epoch == 1
    np.testing.assert_array_equal(run.state.best.theta, [0.0, 0.5])


def test_without_validation_mini_batches_keep_the_end_of_their_best_epoch() -> None:
    plan = replace(OVERFITTING, tolerance=0.1, patience=3)
    run = train(NETWORK, plan, NOISE)
    assert run.outcome is Outcome.STALLED
    again = train(NETWORK, replace(plan, max_epochs=run.state.best_epoch), NOISE)
    np.testing.assert_array_equal(run.state.best.theta, again.state.point.theta)


def test_a_loop_ends_by_a_break_and_says_where_it_stands() -> None:
    for epoch in epochs(NETWORK, OVERFITTING, NOISE, OTHER):
        if epoch.number == 3:
            break
    assert epoch.state.epoch == 3


@dataclass
class Interrupting:
    """A schedule during which somebody presses Ctrl-C."""

    at: float

    def __call__(self, time: float, losses: tuple[float, ...] = ()) -> float:
        if time >= self.at:
            raise KeyboardInterrupt
        return 0.02


def test_an_interrupt_ends_the_run_with_a_whole_epoch() -> None:
    plan = replace(OVERFITTING, learning_rate=Interrupting(at=2.5))
    run = train(NETWORK, plan, NOISE, OTHER)
    assert run.outcome is Outcome.INTERRUPTED
    # Epochs that were taken together within a tenth of a second are lost together.
    assert run.state.epoch in (1, 2)
    whole = list(islice(epochs(NETWORK, OVERFITTING, NOISE, OTHER), run.state.epoch))[-1]
    np.testing.assert_array_equal(run.state.point.theta, whole.state.point.theta)
    assert run.state.best_loss == min(run.state.history.validation_loss)


def test_an_interrupt_of_a_resumed_run_keeps_its_start() -> None:
    start = list(islice(epochs(NETWORK, OVERFITTING, NOISE, OTHER), 2))[-1].state
    plan = replace(OVERFITTING, learning_rate=Interrupting(at=0))
    run = train(NETWORK, plan, NOISE, OTHER, start=start)
    assert run.outcome is Outcome.INTERRUPTED
    assert run.state is start


def test_an_interrupt_before_there_is_anything_to_keep_goes_on() -> None:
    plan = replace(OVERFITTING, learning_rate=Interrupting(at=0))
    with pytest.raises(KeyboardInterrupt):
        train(NETWORK, plan, NOISE, OTHER)


@pytest.mark.parametrize(
    ("training", "validation", "error", "sentence"),
    [
        ((3, 1), None, ShapeError, "training: x must have shape (4, N), as the network has"),
        ((4, 2), None, ShapeError, "training: y must have shape (1, N), as the network has"),
        ((4, 1), (5, 1), ShapeError, "validation: x must have shape (4, N), as the network"),
        ((4, 1), (4, 3), ShapeError, "validation: y must have shape (1, N), as the network"),
    ],
)
def test_data_that_do_not_fit_are_refused_by_name(
    training: Any, validation: Any, error: type, sentence: str
) -> None:
    made = [
        None if sizes is None else Data(np.zeros((sizes[0], 6)), np.zeros((sizes[1], 6)))
        for sizes in (training, validation)
    ]
    with pytest.raises(error) as caught:
        next(epochs(NETWORK, OVERFITTING, *made))
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("part", [0, 1])
def test_targets_outside_the_domain_of_the_loss_are_refused(part: int) -> None:
    made = [NOISE, OTHER]
    made[part] = Data(NOISE.x, NOISE.y + 2)
    with pytest.raises(DataError, match=r"^SigmoidCrossEntropy needs targets that are in \[0, 1\]"):
        next(epochs(NETWORK, OVERFITTING, *made))


def test_an_unknown_engine_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"got 'referense'; did you mean 'reference'\?$"):
        epochs(NETWORK, OVERFITTING, NOISE, engine="referense")


def test_the_reference_engine_can_be_named() -> None:
    one, other = (
        next(epochs(NETWORK, OVERFITTING, NOISE, engine=name)) for name in ("auto", "reference")
    )
    np.testing.assert_array_equal(one.state.point.theta, other.state.point.theta)


@pytest.mark.parametrize("weight", [None, np.arange(1.0, 31.0)])
def test_at_the_base_rate_an_untrained_network_of_zeros_predicts_the_mean(weight: Any) -> None:
    data = Data(NOISE.x, NOISE.y, weight)
    network = mlp(4, (3,), 1, initializer=zeros)
    plan = replace(OVERFITTING, output_bias="base rate")
    point = starting_state(network, plan, data).point
    logits, _ = network.forward(point.theta, point.buffers, data.x)
    expected = np.average(data.y[0], weights=weight)
    np.testing.assert_allclose(plan.loss.predict(logits), expected, rtol=1e-14)
    unbiased = starting_state(network, replace(plan, output_bias="zero"), data).point
    assert (unbiased.theta == 0).all()


@pytest.mark.parametrize(
    ("before", "after"),
    [(1e-31, 0.0), (-1e-31, 0.0), (1e-29, 1e-29), (-1e-29, -1e-29), (5e-324, 0.0), (0.25, 0.25)],
)
def test_numbers_near_the_subnormal_are_flushed_once_an_epoch(before: float, after: float) -> None:
    # Every gradient is zero: nothing but the flush can change a parameter.
    data, network = Data(np.zeros((4, 3)), np.zeros((1, 3))), mlp(4, (), 1)
    still = Plan(SquaredError(), GradientDescent(), Constant(0.1))
    start = state_at(network, still, np.array([before] * 4 + [0.0]))
    point = next(epochs(network, still, data, start=start)).state.point
    assert point.theta.tolist() == [after] * 4 + [0.0]

    # Moments halve in a step, so here they are twice as large before it.
    moving = replace(still, optimizer=Adam(0.5, 0.5))
    moments = tuple(np.full(5, 2 * abs(before)) for _ in range(2))
    start = replace(start, point=replace(start.point, theta=np.zeros(5), memory=Memory(0, moments)))
    point = next(epochs(network, moving, data, start=start)).state.point
    for moment in point.memory.moments:
        assert moment[:4].tolist() == [abs(after)] * 4
