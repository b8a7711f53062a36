"""A run that diverges is caught at its step, named, and keeps its last finite state."""

from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import pytest

from trainwell.data.batches import epoch_order
from trainwell.data.dataset import Data
from trainwell.engine.epochs import epochs
from trainwell.engine.run import train
from trainwell.network.build import mlp
from trainwell.network.network import Network
from trainwell.network.regression_losses import Poisson, SquaredError
from trainwell.training.adaptive import Adagrad, Adam, RMSprop
from trainwell.training.descent import GradientDescent
from trainwell.training.engine import Divergence, Epoch
from trainwell.training.outcome import Outcome
from trainwell.training.plan import Plan
from trainwell.training.schedules import Constant
from trainwell.training.state import Point, State, state_at
from trainwell.training.storage import state_from_parts, state_to_parts

LINE = mlp(1, (), 1)
"""Two parameters: slope and intercept."""


def descent(loss: Any, rate: float, **settings: Any) -> Plan:
    return Plan(
        loss, **{"optimizer": GradientDescent(), "learning_rate": Constant(rate)} | settings
    )


@dataclass(frozen=True)
class Sloping:
    """A loss of 0 at any finite output, with the same slope everywhere."""

    slope: float

    def __call__(self, logits: Any, y: Any, weight: Any = None) -> Any:
        value = 0.0 if np.isfinite(logits).all() else np.inf
        return value, np.full_like(logits, self.slope)

    def predict(self, logits: Any) -> Any:
        return logits

    def base(self, y: Any, weight: Any = None) -> Any:
        return np.zeros((len(y), 1))

    def check_targets(self, y: Any) -> None:
        """Accept anything."""


def line(plan: Plan, slope: float = 0.0, intercept: float = 0.0) -> State:
    return state_at(LINE, plan, np.array([slope, intercept]))


def vectors(point: Point) -> np.ndarray:
    return np.concatenate([point.theta, point.buffers, *point.memory.moments])


def last(network: Network, plan: Plan, data: Data, start: State | None = None) -> Epoch:
    """Return the last record; after a divergence there is no next one."""
    records = list(islice(epochs(network, plan, data, start=start), 200))
    assert all(record.divergence is None for record in records[:-1])
    return records[-1]


def test_a_rate_far_too_large_diverges_at_the_step_worked_by_hand() -> None:
    # Squared error of the intercept b at target 1: b - 1 is multiplied by 1 - rate a step.
    # (-1e100) ** k overflows first at its square's step: loss r ** 2 / 2 with r = 1e200.
    plan = descent(SquaredError(), 1e100)
    data = Data(np.zeros((1, 2)), np.ones((1, 2)))
    record = last(LINE, plan, data, line(plan))
    assert record.divergence == Divergence(2, 2, "loss or update", ())
    assert record.number == 3
    assert record.state.epoch == 2
    np.testing.assert_allclose(record.state.point.theta[1], -1e200, rtol=1e-12)
    assert record.state.point.memory.step == 2
    assert record.validation_loss is None
    assert not np.isfinite(record.training_loss)


def test_the_state_of_a_divergence_within_an_epoch_is_that_before_its_step() -> None:
    plan = descent(SquaredError(), 1e100, batch_size=1, seed=3)
    data = Data(np.zeros((1, 5)), np.ones((1, 5)))
    record = last(LINE, plan, data, line(plan))
    assert record.number == 1
    assert record.divergence is not None
    assert record.divergence.step == record.state.point.memory.step == 2
    assert record.state.epoch == 0
    assert np.isfinite(vectors(record.state.point)).all()


def test_a_broken_output_is_named_with_its_layer_and_training_rows() -> None:
    # Two layers: the product of 1e200 and 1e200 overflows in the second, for rows 1 and 3.
    network = mlp(1, (1,), 1, activation="identity")
    plan = descent(SquaredError(), 0.1)
    x = np.array([[0.0, 1e200, 1.0, -1e200, 2.0]])
    theta = np.array([1.0, 0.0, 1e200, 0.0])
    record = last(network, plan, Data(x, np.zeros((1, 5))), state_at(network, plan, theta))
    assert record.divergence == Divergence(0, 3, "output", (1, 3))
    np.testing.assert_array_equal(record.state.point.theta, theta)
    sentence = "step 0: the output of layer 3 is not finite (training rows 1, 3)"
    assert str(record.divergence) == sentence


def test_rows_are_those_of_the_data_not_of_the_batch() -> None:
    network = mlp(1, (1,), 1, activation="identity")
    plan = descent(Sloping(0.0), 0.1, batch_size=4, seed=1)
    x = np.ones((1, 12))
    row = int(epoch_order(12, 1, 0)[6])  # in the second batch
    x[0, row] = 1e200
    theta = np.array([1.0, 0.0, 1e200, 0.0])
    start = state_at(network, plan, theta)
    record = last(network, plan, Data(x, np.zeros((1, 12))), start)
    assert record.divergence == Divergence(1, 3, "output", (row,))
    assert record.state.point.memory.step == 1


def test_an_exploding_poisson_mean_breaks_the_loss_first() -> None:
    plan = descent(Poisson(), 1.0)
    data = Data(np.array([[1.0, 2.0]]), np.array([[1.0, 1.0]]))
    record = last(LINE, plan, data, line(plan, slope=400.0))
    assert record.divergence is not None
    assert record.divergence.step == 0
    # the mean exp(800) is inf: the output layer's gradient is the first thing that breaks
    assert record.divergence.layer == 1
    assert record.divergence.quantity == "gradient of W"
    np.testing.assert_array_equal(record.state.point.theta, [400.0, 0.0])


def test_poisson_explodes_within_a_few_steps_of_a_large_rate() -> None:
    rng = np.random.default_rng(1)
    data = Data(rng.standard_normal((2, 20)), rng.poisson(3.0, (1, 20)).astype(float))
    run = train(mlp(2, (8,), 1), descent(Poisson(), 50.0, batch_size=5), data)
    assert run.outcome is Outcome.DIVERGED
    assert run.outcome.value.endswith("Try a smaller learning rate.")
    assert run.divergence is not None
    assert run.divergence.step == run.state.point.memory.step
    assert np.isfinite(vectors(run.state.point)).all()


@pytest.mark.parametrize(("first", "second", "layer"), [(1e-160, 1.0, 1), (1.0, 1.0, 3)])
def test_a_broken_gradient_is_named_where_it_breaks_first_on_the_way_back(
    first: float, second: float, layer: int
) -> None:
    # Outputs are finite. The gradient of a weight is its input times 1e160: in the first row
    # only the first weight's is infinite, in the second both are, the last one's first.
    network = mlp(1, (1,), 1, activation="identity")
    plan = descent(Sloping(1e160), 0.1)
    theta = np.array([first, 0.0, second, 0.0])
    data = Data(np.array([[1e160]]), np.zeros((1, 1)))
    record = last(network, plan, data, state_at(network, plan, theta))
    assert record.divergence == Divergence(0, layer, "gradient of W")
    np.testing.assert_array_equal(record.state.point.theta, theta)


@pytest.mark.parametrize("rule", [Adam(), RMSprop(), Adagrad()], ids=["adam", "rmsprop", "adagrad"])
def test_a_moment_beyond_all_numbers_is_divergence(rule: Any) -> None:
    # Gradients of 1e200 are finite, their squares are not: theta would stand still for good.
    plan = descent(Sloping(1e160), 0.1, optimizer=rule)
    data = Data(np.array([[1e40]]), np.zeros((1, 1)))
    record = last(LINE, plan, data, line(plan))
    assert record.divergence is not None
    assert record.divergence.step == 0
    assert np.isfinite(vectors(record.state.point)).all()


def test_a_running_statistic_beyond_all_numbers_is_divergence() -> None:
    network = mlp(1, (2,), 1, batch_norm=True)
    data = Data(np.array([[1e180, -1e180, 3e180, 0.0]]), np.zeros((1, 4)))
    record = last(network, descent(SquaredError(), 0.1), data)
    assert record.divergence is not None
    assert np.isfinite(vectors(record.state.point)).all()


def test_a_diverged_run_can_be_stored() -> None:
    plan = descent(SquaredError(), 1e100)
    data = Data(np.zeros((1, 2)), np.ones((1, 2)))
    state = last(LINE, plan, data, line(plan)).state
    _, _, again = state_from_parts(*state_to_parts(LINE, plan, state), "file")
    np.testing.assert_array_equal(again.point.theta, state.point.theta)


def test_divergence_keeps_the_best_so_far() -> None:
    # Residual times -1.5 a step is a slow blow-up, after a good start.
    plan = descent(SquaredError(), 2.5, max_epochs=10_000)
    data = Data(np.zeros((1, 2)), np.ones((1, 2)))
    run = train(LINE, plan, data, Data(data.x, data.y), start=line(plan, intercept=0.9))
    assert run.outcome is Outcome.DIVERGED
    assert run.state.best_epoch == 1
    assert run.state.best_loss == pytest.approx(0.15**2 / 2, rel=1e-12)
    np.testing.assert_allclose(run.state.best.theta, [0.0, 1.15])


def test_divergence_makes_no_noise() -> None:
    plan = descent(SquaredError(), 1e100)
    data = Data(np.zeros((1, 2)), np.ones((1, 2)))
    before = np.geterr()
    last(LINE, plan, data, line(plan))  # warnings are errors here
    assert np.geterr() == before


def test_a_divergence_says_at_most_five_rows() -> None:
    text = str(Divergence(7, 2, "output", tuple(range(9))))
    assert text.endswith("(training rows 0, 1, 2, 3, 4, ...)")
