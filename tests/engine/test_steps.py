"""One step and one epoch: clip, decay, move; weights, augmentation, remainders, averages."""

from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import pytest
from tables import LOSSES, OPTIMIZERS, PENALTIES

from trainwell.data.augmentation import Mixup
from trainwell.data.batches import batches, epoch_order
from trainwell.data.dataset import Data
from trainwell.engine.epochs import epochs
from trainwell.engine.reference import step
from trainwell.network.build import mlp
from trainwell.network.cross_entropy import SigmoidCrossEntropy
from trainwell.network.network import Network
from trainwell.network.objective import Objective, evaluate
from trainwell.network.penalties import Penalty
from trainwell.network.regression_losses import SquaredError
from trainwell.randomness import Randomness, generator
from trainwell.training.adaptive import Adam
from trainwell.training.descent import GradientDescent
from trainwell.training.job import steps_per_epoch
from trainwell.training.plan import Plan
from trainwell.training.schedules import Constant, Cosine, Exponential
from trainwell.training.state import Point, starting_state, state_at
from trainwell.types import FloatArray

NETWORK = mlp(2, (4, 3), 1, activation="tanh")
LOSS = SigmoidCrossEntropy()


def some_data(examples: int = 11, weight: FloatArray | None = None) -> Data:
    rng = np.random.default_rng(3)
    x = rng.standard_normal((2, examples))
    return Data(x, (x[:1] * x[1:] > 0).astype(float), weight)


def descent(**settings: Any) -> Plan:
    return Plan(LOSS, **{"optimizer": GradientDescent(), "learning_rate": Constant(0.5)} | settings)


def after(plan: Plan, data: Data, count: int = 1, network: Network = NETWORK) -> Any:
    """Return the record of the last of some epochs."""
    return list(islice(epochs(network, plan, data), count))[-1]


def a_point(plan: Plan) -> tuple[Point, FloatArray]:
    """Return a point with weights and biases, and a gradient there."""
    rng = np.random.default_rng(6)
    theta, gradient = rng.standard_normal((2, NETWORK.size))
    theta.flags.writeable = gradient.flags.writeable = False
    return Point(theta, np.empty(0), plan.optimizer.initial(theta)), 3 * gradient


def test_a_plain_step_is_the_optimizers() -> None:
    for rule in OPTIMIZERS.values():
        plan = descent(optimizer=rule)
        point, gradient = a_point(plan)
        moved = step(NETWORK, plan, point, gradient, 0.1)
        expected, _ = rule.step(point.theta, gradient, point.memory, learning_rate=0.1)
        np.testing.assert_array_equal(moved.theta, expected)
        assert moved.memory.step == 1


def test_weight_decay_is_decoupled_and_leaves_biases_alone() -> None:
    # Loshchilov and Hutter, 2019, Algorithm 2: theta -= rate * (adam + decay * theta).
    plan = descent(optimizer=Adam(), weight_decay=0.2)
    point, gradient = a_point(plan)
    moved = step(NETWORK, plan, point, gradient, 0.1)
    adam, memory = Adam().step(point.theta, gradient, point.memory, learning_rate=0.1)
    shrunk = 0.1 * 0.2 * np.where(NETWORK.penalized, point.theta, 0)
    np.testing.assert_allclose(moved.theta, adam - shrunk, rtol=1e-13)
    assert (shrunk == 0).sum() == 4 + 3 + 1
    np.testing.assert_equal(moved.memory.moments, memory.moments)  # the rule does not see it


def test_values_are_clipped_before_the_norm_and_both_before_the_rule() -> None:
    plan = descent(clip_value=1.5, clip_norm=2.0)
    point, gradient = a_point(plan)
    clipped = np.clip(gradient, -1.5, 1.5)
    assert np.linalg.norm(clipped) > 2.0
    clipped = clipped * 2.0 / np.linalg.norm(clipped)
    moved = step(NETWORK, plan, point, gradient, 0.1)
    np.testing.assert_allclose(moved.theta, point.theta - 0.1 * clipped, rtol=1e-14)


@pytest.mark.parametrize(
    ("setting", "limit"),
    [({"clip_value": 0.01}, 0.01 * np.sqrt(NETWORK.size)), ({"clip_norm": 0.01}, 0.01)],
)
def test_a_clipped_step_is_no_longer_than_its_limit(
    setting: dict[str, float], limit: float
) -> None:
    state = starting_state(NETWORK, descent(), some_data())
    moved = after(descent(**setting), some_data()).state.point.theta - state.point.theta
    assert 0 < np.linalg.norm(moved) <= 0.5 * limit * (1 + 1e-12)


def test_a_full_batch_takes_one_step_along_the_gradient_of_the_reported_loss() -> None:
    for penalty in PENALTIES.values():
        plan, data = descent(penalty=penalty), some_data()
        start = starting_state(NETWORK, plan, data).point.theta
        value, gradient, _ = Objective(LOSS, penalty, 11).value_and_gradient(
            NETWORK, start, np.empty(0), data.x, data.y
        )
        epoch = after(plan, data)
        assert epoch.training_loss == pytest.approx(value, rel=1e-15)
        np.testing.assert_array_equal(epoch.state.point.theta, start - 0.5 * gradient)


def test_the_penalty_is_spread_over_all_training_examples_whatever_the_batch() -> None:
    # One step per batch of constant gradient 0: the penalty alone moves the weights.
    data = Data(np.zeros((2, 12)), np.zeros((1, 12)))
    network = mlp(2, (), 1)
    plan = Plan(
        SquaredError(),
        GradientDescent(),
        Constant(0.5),
        batch_size=4,
        penalty=Penalty(l2=6.0),
        shuffle=False,
    )
    theta = np.array([1.0, -2.0, 0.0])
    epoch = next(epochs(network, plan, data, start=state_at(network, plan, theta)))
    # three steps of factor 1 - 0.5 * 6 / 12
    np.testing.assert_allclose(epoch.state.point.theta, theta * 0.75**3, rtol=1e-15)
    # mean of 6 / 2 / 12 * 5 * 0.75 ** (2 k)
    assert epoch.training_loss == pytest.approx(1.25 * (1 + 0.75**2 + 0.75**4) / 3, rel=1e-14)


@pytest.mark.parametrize(
    ("batch_size", "sizes"),
    [(4, [4, 4, 3]), (5, [5, 5, 1]), (11, [11]), (64, [11]), (1, [1] * 11), (None, [11])],
)
def test_the_remainder_is_a_batch_and_counts_by_its_examples(
    batch_size: int | None, sizes: list[int]
) -> None:
    data, plan = some_data(), descent(batch_size=batch_size, seed=9)
    assert steps_per_epoch(NETWORK, plan, 11) == len(sizes)
    theta = starting_state(NETWORK, plan, data).point.theta
    order = np.arange(11) if batch_size is None else epoch_order(11, 9, 0)
    total, begin = 0.0, 0
    for size in sizes:
        columns = order[begin : begin + size]
        begin += size
        logits, caches = NETWORK.forward(theta, np.empty(0), data.x[:, columns])
        value, grad = LOSS(logits, data.y[:, columns])
        total += size * value
        theta = theta - 0.5 * NETWORK.backward(theta, caches, grad)
    epoch = after(plan, data)
    np.testing.assert_allclose(epoch.state.point.theta, theta, rtol=1e-13)
    assert epoch.training_loss == pytest.approx(total / 11, rel=1e-13)
    assert epoch.state.point.memory.step == len(sizes)


def test_with_batch_norm_a_remainder_of_one_joins_the_batch_before_it() -> None:
    network = mlp(2, (4,), 1, batch_norm=True)
    plan = descent(batch_size=5)
    assert steps_per_epoch(network, plan, 11) == 2
    assert after(plan, some_data(), network=network).state.point.memory.step == 2
    assert steps_per_epoch(network, descent(batch_size=1), 11) == 11


def test_running_averages_follow_the_batches() -> None:
    network = mlp(2, (3,), 1, batch_norm=True)
    plan, data = descent(learning_rate=Constant(1e-300), batch_size=4, seed=2), some_data()
    weights = network.split(network.initial(2))[0][0]
    mean, variance = np.zeros((3, 1)), np.ones((3, 1))
    for columns in batches(11, 4, 2, 0):
        z = weights @ data.x[:, columns]
        mean = 0.9 * mean + 0.1 * z.mean(axis=1, keepdims=True)
        variance = 0.9 * variance + 0.1 * z.var(axis=1, ddof=1, keepdims=True)
    buffers = after(plan, data, network=network).state.point.buffers
    np.testing.assert_allclose(buffers, np.concatenate([mean, variance]).ravel(), rtol=1e-12)


def test_each_epoch_has_an_order_of_its_own_and_all_networks_share_it() -> None:
    data, orders = some_data(), []
    narrow, wide = mlp(2, (), 1), mlp(2, (8, 8), 1, dropout=0.5)
    for network in (narrow, wide):
        seen: list[FloatArray] = []

        plan = descent(batch_size=1, augmentation=Watching(seen), seed=4)
        after(plan, data, 2, network)
        orders.append(np.hstack(seen))
    expected = np.hstack([data.x[:, epoch_order(11, 4, epoch)] for epoch in (0, 1)])
    np.testing.assert_array_equal(orders[0], expected)
    np.testing.assert_array_equal(orders[1], expected)
    assert (expected[:, :11] != expected[:, 11:]).any()


@dataclass(frozen=True)
class Watching:
    """An augmentation that changes nothing and notes what it sees."""

    seen: list[FloatArray]

    def __call__(self, x: Any, y: Any, rng: np.random.Generator) -> tuple[Any, Any]:
        self.seen.append(x)
        return x, y


def test_without_shuffling_the_order_is_that_of_the_data() -> None:
    seen: list[FloatArray] = []
    after(descent(batch_size=4, shuffle=False, augmentation=Watching(seen)), some_data(), 2)
    np.testing.assert_array_equal(np.hstack(seen), np.tile(some_data().x, 2))


@pytest.mark.parametrize("batch_size", [None, 4])
def test_augmentation_draws_from_seed_and_step(batch_size: int | None) -> None:
    data = some_data()
    plan = descent(batch_size=batch_size, augmentation=Mixup(1.0), seed=21)
    theta = starting_state(NETWORK, plan, data).point.theta
    number = 0
    for epoch in range(2):
        for columns in batches(11, batch_size, 21, epoch):
            rng = generator(21, "augmentation", number)
            x, y = Mixup(1.0)(data.x[:, columns], data.y[:, columns], rng)
            logits, caches = NETWORK.forward(theta, np.empty(0), x)
            theta = theta - 0.5 * NETWORK.backward(theta, caches, LOSS(logits, y)[1])
            number += 1
    found = after(plan, data, 2).state.point
    np.testing.assert_allclose(found.theta, theta, rtol=1e-12)
    assert found.memory.step == number


def test_every_step_has_a_dropout_mask_of_its_own() -> None:
    network = mlp(2, (6,), 1, dropout=0.5)
    plan, data = descent(batch_size=4, seed=8), some_data()
    theta = starting_state(network, plan, data).point.theta
    number = 0
    for epoch in range(2):
        for columns in batches(11, 4, 8, epoch):
            place = Randomness(8, number)
            logits, caches = network.forward(theta, np.empty(0), data.x[:, columns], place)
            grad = LOSS(logits, data.y[:, columns])[1]
            theta = theta - 0.5 * network.backward(theta, caches, grad)
            number += 1
    np.testing.assert_allclose(after(plan, data, 2, network).state.point.theta, theta, rtol=1e-12)


@pytest.mark.parametrize("name", LOSSES)
def test_an_example_of_weight_zero_is_absent(name: str) -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((2, 8))
    y = LOSSES[name].targets(rng, 3, 8)
    weight = np.array([1.0, 0, 2, 0.5, 0, 1, 1, 3])
    there = weight > 0
    network = mlp(2, (4,), 3)
    plan = Plan(
        LOSSES[name].loss,
        GradientDescent(),
        Constant(0.1),
        penalty=Penalty(l2=0.3),
        output_bias="base rate",
    )
    some = after(plan, Data(x, y, weight), 5, network)
    few = after(plan, Data(x[:, there], y[:, there], weight[there]), 5, network)
    assert some.training_loss == pytest.approx(few.training_loss, rel=1e-12)
    np.testing.assert_allclose(some.state.point.theta, few.state.point.theta, rtol=1e-10)


def test_a_weight_of_two_is_the_example_twice() -> None:
    plan = descent(penalty=Penalty(0.1, 0.3))
    data = some_data(6)
    copies = np.array([1, 2, 1, 3, 1, 1])
    twice = Data(data.x.repeat(copies, axis=1), data.y.repeat(copies, axis=1))
    weighted = after(plan, Data(data.x, data.y, copies.astype(float)), 5)
    repeated = after(plan, twice, 5)
    assert weighted.training_loss == pytest.approx(repeated.training_loss, rel=1e-12)
    np.testing.assert_allclose(weighted.state.point.theta, repeated.state.point.theta, rtol=1e-10)


def test_mini_batches_carry_the_weights_of_their_examples() -> None:
    weight = np.arange(1.0, 12.0)
    data, plan = some_data(11, weight), descent(batch_size=4, seed=3)
    theta, total = starting_state(NETWORK, plan, data).point.theta, 0.0
    for columns in batches(11, 4, 3, 0):
        logits, caches = NETWORK.forward(theta, np.empty(0), data.x[:, columns])
        value, grad = LOSS(logits, data.y[:, columns], weight[columns] / 6)
        total += value * len(columns)
        theta = theta - 0.5 * NETWORK.backward(theta, caches, grad)
    epoch = after(plan, data)
    np.testing.assert_allclose(epoch.state.point.theta, theta, rtol=1e-13)
    assert epoch.training_loss == pytest.approx(total / 11, rel=1e-13)


def test_the_rate_moves_with_the_steps_of_an_epoch() -> None:
    seen = []

    @dataclass(frozen=True)
    class Noting:
        def __call__(self, time: float, losses: tuple[float, ...] = ()) -> float:
            seen.append((time, tuple(losses)))
            return 0.1

    data, plan = some_data(), descent(batch_size=4, learning_rate=Noting())
    records = list(islice(epochs(NETWORK, plan, data), 3))
    times = np.unique([time for time, _ in seen])
    np.testing.assert_allclose(times, np.arange(9) / 3, rtol=1e-15)
    losses = tuple(record.training_loss for record in records)
    for time, known in seen:
        assert known == losses[: int(time + 1e-9)]


def test_a_record_holds_the_rate_of_its_last_step() -> None:
    for schedule, last in ((Cosine(0.1, 10), 1 + 2 / 3), (Exponential(0.1, 0.5), 1)):
        record = after(descent(batch_size=4, learning_rate=schedule), some_data(), 2)
        assert record.learning_rate == pytest.approx(schedule(last), rel=1e-14)
        assert record.state.history.learning_rate[-1] == record.learning_rate


def test_the_validation_loss_is_that_of_evaluation_without_penalty() -> None:
    network = mlp(2, (6,), 1, dropout=0.5, batch_norm=True)
    weight = np.arange(1.0, 12.0)
    plan = descent(batch_size=4, penalty=Penalty(l2=5.0))
    for validation in (some_data(11), some_data(11, weight)):
        epoch = next(epochs(network, plan, some_data(), validation))
        point = epoch.state.point
        logits, _ = network.forward(point.theta, point.buffers, validation.x)
        share = 1.0 if validation.weight is None else weight / 6
        losses = (np.logaddexp(0, logits) - validation.y * logits)[0]
        assert epoch.validation_loss == pytest.approx(float((share * losses).mean()), rel=1e-13)
        assert epoch.validation_loss == evaluate(
            network, LOSS, point.theta, point.buffers, validation
        )


def test_validation_does_not_touch_the_training() -> None:
    network = mlp(2, (6,), 1, dropout=0.5, batch_norm=True)
    plan = descent(batch_size=4)
    other = Data(100 * some_data(30).x, some_data(30).y)
    alone, checked = (
        list(islice(epochs(network, plan, some_data(), validation), 5))[-1]
        for validation in (None, other)
    )
    np.testing.assert_array_equal(alone.state.point.theta, checked.state.point.theta)
    np.testing.assert_array_equal(alone.state.point.buffers, checked.state.point.buffers)
    assert alone.training_loss == checked.training_loss
    assert alone.validation_loss is None
