"""An autopsy names what broke first, what grew before it, and a cause that was tried."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from trainwell.data.augmentation import Mixup
from trainwell.data.chunks import ArrayChunks
from trainwell.data.dataset import Data
from trainwell.data.stream import Stream
from trainwell.diagnosis.autopsy import Autopsy, autopsy
from trainwell.diagnosis.dissection import dissect
from trainwell.diagnosis.growth import Trace, growths
from trainwell.engine.epochs import epochs
from trainwell.engine.reference import ReferenceEngine
from trainwell.engine.run import train
from trainwell.errors import ConfigurationError
from trainwell.network.build import mlp
from trainwell.network.initializers import Normal
from trainwell.network.network import Network
from trainwell.network.penalties import Penalty
from trainwell.network.regression_losses import AbsoluteError, Poisson, SquaredError
from trainwell.settings import as_json
from trainwell.training.adaptive import Adam
from trainwell.training.descent import GradientDescent, Momentum
from trainwell.training.drawing import drawn_batches
from trainwell.training.job import Job
from trainwell.training.loop import starting_point
from trainwell.training.outcome import Outcome
from trainwell.training.plan import Plan
from trainwell.training.schedules import Constant, ReduceOnPlateau
from trainwell.training.state import State, state_at

RNG = np.random.default_rng(0)
X = RNG.standard_normal((4, 200))
Y = X[:1] - X[1:2] * X[2:3]
NETWORK = mlp(4, (8,), 1)


def descent(rate: float, **settings: Any) -> Plan:
    chosen = {"loss": SquaredError(), "optimizer": GradientDescent(), "batch_size": 20} | settings
    return Plan(learning_rate=Constant(rate), **chosen)


def diverged(
    network: Network, plan: Plan, data: Data, start: State | None = None, engine: str = "reference"
) -> tuple[Job, State]:
    run = train(network, plan, data, start=start, engine=engine)
    assert run.outcome is Outcome.DIVERGED
    return Job(network, plan, data, start=start), run.state


def examined(*given: Any, **settings: Any) -> Autopsy:
    return autopsy(*diverged(*given), **settings)


def changed(row: int, column: int, value: float) -> np.ndarray:
    x = X.copy()
    x[column, row] = value
    return x


@pytest.mark.parametrize(("row", "column"), [(17, 2), (0, 0), (199, 3)])
@pytest.mark.parametrize("value", [1e200, -1e200, 1e6])
def test_an_outlier_is_named_with_row_column_and_value(row: int, column: int, value: float) -> None:
    found = examined(NETWORK, descent(0.05), Data(changed(row, column, value), Y))
    outlier = found.cause.outlier
    assert (found.cause.kind, found.cause.column) == ("outlier", column)
    assert outlier is not None
    assert (outlier.role, outlier.column, outlier.rows) == ("input", column, (row,))
    assert outlier.value == value
    others = np.delete(X[column], row)
    deviations = abs(value - others.mean()) / others.std()
    assert outlier.deviations == pytest.approx(deviations, rel=0.01)
    assert [trial.healed for trial in found.cause.trials][-1:] == [True]
    assert f"input {column} of training row {row} is {value:.3g}" in str(found).splitlines()[0]


def test_a_column_is_called_by_its_name() -> None:
    names = ["age", "height", "weight", "income"]
    data = Data(changed(17, 2, 1e200), Y)
    text = str(examined(NETWORK, descent(0.05), data, columns=names))
    assert "column 'weight' of training row 17 is 1e+200" in text.splitlines()[0]


def test_only_the_values_that_break_the_run_are_blamed() -> None:
    # 30 and -40 stand out as well, but the run goes on with them.
    x = changed(17, 2, 1e200)
    x[2, 3], x[1, 5] = 30.0, -40.0
    found = examined(NETWORK, descent(0.001), Data(x, Y))
    assert found.cause.outlier is not None
    assert (found.cause.column, found.cause.outlier.rows) == (2, (17,))


def test_several_guilty_columns_are_not_one() -> None:
    x = changed(17, 2, 1e200)
    x[1, 17] = 1e200
    found = examined(NETWORK, descent(0.05), Data(x, Y))
    assert (found.cause.kind, found.cause.column, found.cause.outlier) == ("outliers", None, None)
    assert [trial.healed for trial in found.cause.trials] == [False, False, True]
    assert "input 1" in found.cause.reason
    assert "input 2" in found.cause.reason


def test_an_outlier_among_the_targets_is_named() -> None:
    y = Y.copy()
    y[0, 5] = 1e180
    found = examined(NETWORK, descent(0.05), Data(X, y))
    assert found.cause.outlier is not None
    assert (found.cause.outlier.role, found.cause.outlier.rows) == ("target", (5,))
    assert (found.cause.kind, found.cause.column) == ("outlier", None)
    assert found.broken.quantity == "loss"
    assert found.broken.rows == (5,)


def test_an_outlier_is_found_through_mixtures_of_rows() -> None:
    data = Data(changed(17, 2, 1e200), Y)
    found = examined(NETWORK, descent(0.05, augmentation=Mixup(0.4)), data)
    assert found.cause.outlier is not None
    assert (found.cause.column, found.cause.outlier.rows) == (2, (17,))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_a_rate_too_high_is_named_and_a_tenth_of_it_tried(dtype: Any, engine: str) -> None:
    data = Data(X.astype(dtype), Y.astype(dtype))
    network = mlp(4, (), 1)
    job, state = diverged(
        network, descent(2.5, batch_size=None, max_epochs=5000), data, None, engine
    )
    found = autopsy(job, state, engine=engine)
    assert found.cause.kind == "learning rate"
    assert found.cause.column is None
    assert found.cause.trials[-1].change == "0.1 times the learning rate"
    assert found.cause.trials[-1].healed
    assert found.cause.trials[-1].fell
    assert "the learning rate 2.5 is too high" in str(found).splitlines()[0]
    assert "Use a learning rate of 0.25 or less." in found.cause.remedy
    assert len(found.steps) == 51
    assert found.steps[-1] == found.broken.step == state.point.memory.step
    assert found.distance is not None
    assert found.distance <= (0 if engine == "reference" else 1e-3)
    lines = [str(growth) for growth in found.growth]
    assert any(line.startswith("the parameters of layer 1 (Dense) grew") for line in lines)
    assert any(line.startswith("the gradient of layer 1 (Dense) grew") for line in lines)


def test_a_tenth_of_the_rate_is_verified_with_the_engine_itself() -> None:
    plan = descent(2.5, batch_size=None, max_epochs=5000)
    data = Data(X, Y)
    found = examined(mlp(4, (), 1), plan, data, steps=1000)
    trial = found.cause.trials[-1]
    slower = train(mlp(4, (), 1), descent(0.25, batch_size=None, max_epochs=trial.steps), data)
    assert slower.outcome is Outcome.COMPLETED
    assert found.steps[0] == 0
    assert trial.steps == found.broken.step + 11
    losses = slower.state.history.training_loss
    assert (trial.first_loss, trial.last_loss) == (losses[0], losses[-1])


def test_the_growth_is_that_of_the_formula() -> None:
    # One weight at target 0 and input 1: it is multiplied by 1 - rate = -3 a step.
    network, plan = mlp(1, (), 1), descent(4.0, batch_size=None, max_epochs=5000)
    data = Data(np.array([[1.0, -1.0]]), np.zeros((1, 2)))
    start = state_at(network, plan, np.array([1.0, 0.0]))
    found = examined(network, plan, data, start)
    factors = {growth.quantity: growth.factor for growth in found.growth}
    assert factors["parameter"] == pytest.approx(3, rel=1e-12)
    assert factors["gradient"] == pytest.approx(3, rel=1e-12)
    assert factors["loss"] == pytest.approx(9, rel=1e-12)
    weights = next(t for t in found.traces if t.quantity == "parameter").values
    number = found.steps[7] + 1
    assert weights[7] == pytest.approx(3.0**number, rel=1e-12)
    assert "the gradient of layer 1 (Dense) grew 3 times a step over the last 50 steps" in str(
        found
    )


def test_a_layer_that_blew_up_first_stands_first() -> None:
    found = examined(mlp(4, (8, 8), 1), descent(8.0), Data(X.astype(np.float32), Y))
    assert found.cause.kind == "learning rate"
    assert found.growth[0].steps == max(growth.steps for growth in found.growth)
    assert all(growth.last >= 100 * growth.first for growth in found.growth)


def test_a_poisson_output_that_overflows_is_named() -> None:
    network, plan = mlp(1, (), 1), descent(1.0, loss=Poisson(), batch_size=None)
    data = Data(np.array([[1.0, 2.0]]), np.array([[1.0, 1.0]]))
    start = state_at(network, plan, np.array([400.0, 0.0]))
    found = examined(network, plan, data, start)
    assert (found.broken.quantity, found.broken.step, found.broken.rows) == ("loss", 0, (1,))
    assert found.cause.kind == "exponential"
    assert "an output reached 800, and exponentials overflow beyond 709.8" in str(found)
    assert "It was the first step." in str(found)


def test_a_poisson_run_with_too_high_a_rate_has_that_cause() -> None:
    counts = RNG.poisson(3.0, (1, 200)).astype(float)
    found = examined(NETWORK, descent(5.0, loss=Poisson()), Data(X, counts))
    assert found.cause.kind == "learning rate"
    assert found.broken.quantity == "loss"


def test_a_running_statistic_is_named_before_what_follows_from_it() -> None:
    x = changed(3, 0, 1e25).astype(np.float32)
    found = examined(mlp(4, (8,), 1, batch_norm=True), descent(0.05), Data(x, Y))
    at = found.broken
    assert (at.quantity, at.array, at.layer, at.kind) == ("statistic", "variance", 2, "BatchNorm")
    assert at.rows == (3,)
    assert found.cause.outlier is not None
    assert (found.cause.column, found.cause.outlier.rows) == (0, (3,))
    assert "the running variance of layer 2 (BatchNorm) (training row 3)" in str(found)


def test_a_moment_that_overflows_is_named_and_clipping_tried() -> None:
    # The gradient of the first weight is 1e160, that of the second 1: its square is infinite.
    network = mlp(1, (1,), 1, activation="identity")
    plan = descent(1e-3, loss=AbsoluteError(), optimizer=Adam())
    data = Data(np.ones((1, 4)), np.full((1, 4), -1.0))
    start = state_at(network, plan, np.array([1.0, 0.0, 1e160, 0.0]))
    found = examined(network, plan, data, start)
    at = found.broken
    assert (at.quantity, at.layer, at.array, at.rows) == ("second moment", 1, "W", ())
    assert found.cause.kind == "moment"
    assert found.cause.reason == "the gradient reached 1e+160, whose square Adam cannot hold"
    assert found.cause.remedy.startswith("Use clip_norm=1. Tried: with the gradient's norm clipped")


def test_columns_that_are_not_scaled_are_named() -> None:
    x = X.copy()
    x[3] = x[3] * 1e4 + 5e4
    network = mlp(4, (8,), 1, activation="identity")
    found = examined(network, descent(0.05), Data(x, Y))
    assert (found.cause.kind, found.cause.column) == ("scale", 3)
    x[2] = x[2] * 1e4 + 5e4
    found = examined(network, descent(0.05), Data(x, Y))
    assert (found.cause.kind, found.cause.column) == ("scale", None)
    found = examined(NETWORK, descent(0.05), Data(X, 1e5 * Y + 3e5))
    assert (found.cause.kind, found.cause.column) == ("scale", None)
    assert "target 0 holds numbers of about 2.99e+05" in str(found)


def test_initial_weights_too_large_are_named() -> None:
    network = mlp(4, (8, 8), 1, activation="identity", initializer=Normal(1e52))
    found = examined(network, descent(1e-300), Data(X, Y))
    assert (found.broken.quantity, found.broken.step) == ("loss", 0)
    assert found.cause.kind == "initial weights"


def test_one_column_without_which_the_step_is_finite_is_named() -> None:
    # The second weight is far too large, and its input is 0 for most rows.
    network, plan = mlp(2, (), 1), descent(1e-300, batch_size=None)
    data = Data(np.stack([X[0], np.arange(200) % 3 == 0]), Y)
    start = state_at(network, plan, np.array([1.0, 1e300, 0.0]))
    found = examined(network, plan, data, start)
    assert (found.cause.kind, found.cause.column) == ("column", 1)
    assert found.broken.rows == tuple(range(0, 200, 3))


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_the_steps_before_are_the_runs_own(engine: str) -> None:
    plan = descent(
        3.0,
        optimizer=Momentum(),
        penalty=Penalty(l2=0.5),
        weight_decay=0.01,
        max_epochs=3000,
        batch_size=64,
    )
    plan = replace(plan, learning_rate=ReduceOnPlateau(30.0, patience=5))
    network = mlp(4, (5,), 1, activation="identity", dropout=0.1, batch_norm=True)
    data = Data(X, Y, np.linspace(1, 2, 200))
    validation = Data(X[:, :50], Y[:, :50])
    run = train(network, plan, data, validation, engine=engine)
    assert run.outcome is Outcome.DIVERGED
    job = Job(network, plan, data, validation)
    found = autopsy(job, run.state, engine=engine)
    assert found.distance is not None
    assert found.distance <= (0 if engine == "reference" else 1e-6)
    assert run.divergence is not None
    assert found.broken.step == run.divergence.step


def test_an_earlier_state_gives_the_same_answer() -> None:
    network, plan, data = mlp(4, (), 1), descent(2.5, max_epochs=5000), Data(X, Y)
    records = list(epochs(network, plan, data, engine="reference"))
    job, state = Job(network, plan, data), records[-1].state
    assert records[-1].divergence is not None
    assert len(records) > 12
    whole = autopsy(job, state, engine="reference")
    assert autopsy(job, state, since=records[-12].state, engine="reference") == whole
    short = autopsy(job, state, since=records[-3].state)
    assert short.steps[-1] == whole.steps[-1]
    assert 10 < len(short.steps) < 51
    assert short.traces[-1].values == whole.traces[-1].values[-len(short.steps) :]
    assert "It began earlier than what was measured: ask for more steps." in str(whole)


def test_only_so_many_steps_are_measured_as_were_asked_for() -> None:
    job, state = diverged(mlp(4, (), 1), descent(2.5, max_epochs=5000), Data(X, Y))
    found = autopsy(job, state, steps=7)
    last = state.point.memory.step
    assert found.steps == tuple(range(last - 7, last + 1))
    assert {len(trace.values) for trace in found.traces} == {8}


def test_a_run_that_did_not_diverge_is_refused() -> None:
    run = train(NETWORK, descent(0.01, max_epochs=3), Data(X, Y))
    with pytest.raises(
        ConfigurationError, match=r"did not diverge here: step 30, the next, is fin"
    ):
        autopsy(Job(NETWORK, descent(0.01, max_epochs=3), Data(X, Y)), run.state)


def test_states_of_two_runs_are_refused() -> None:
    job, state = diverged(NETWORK, descent(0.05), Data(changed(17, 2, 1e200), Y))
    other = replace(job, plan=descent(0.05, batch_size=200))
    with pytest.raises(ConfigurationError, match="hand the state from which the run started"):
        autopsy(other, state)
    later = train(NETWORK, descent(0.01, max_epochs=3), Data(X, Y)).state
    with pytest.raises(ConfigurationError, match="does not follow"):
        autopsy(job, state, since=later)


def test_settings_are_checked() -> None:
    job, state = diverged(NETWORK, descent(0.05), Data(changed(17, 2, 1e200), Y))
    for settings in ({"steps": 0}, {"columns": ["a"]}, {"columns": "abcd"}, {"engine": "fast"}):
        with pytest.raises(ConfigurationError):
            autopsy(job, state, **settings)


def test_a_stream_is_refused() -> None:
    job, state = diverged(NETWORK, descent(0.05), Data(changed(17, 2, 1e200), Y))
    stream = Stream(ArrayChunks(np.ascontiguousarray(X.T), np.ascontiguousarray(Y.T)))
    with pytest.raises(ConfigurationError, match="pass a Data, not a Stream"):
        autopsy(replace(job, training=stream), state)


def test_equal_arguments_give_equal_autopsies_and_are_not_modified() -> None:
    data = Data(changed(17, 2, 1e200), Y)
    job, state = diverged(mlp(4, (8,), 1, batch_norm=True), descent(0.05), data)
    point = state.point
    arrays = [data.x, data.y, point.theta, point.buffers, *point.memory.moments]
    before = [array.copy() for array in arrays]
    errors = np.geterr()
    first, second = autopsy(job, state), autopsy(job, state)
    assert first == second
    assert str(first) == str(second)
    assert np.geterr() == errors
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_the_facts_have_a_strict_json_form() -> None:
    for data in (Data(changed(17, 2, 1e200), Y), Data(X, 1e5 * Y + 3e5)):
        facts = as_json(examined(NETWORK, descent(0.05), data))
        document = json.loads(json.dumps(facts, allow_nan=False))
        assert document["broken"]["step"] == facts["broken"]["step"]


def test_a_dissection_has_the_references_numbers() -> None:
    network = mlp(4, (6, 5), 1, batch_norm=True, dropout=0.2)
    plan = descent(
        0.05, optimizer=Adam(), penalty=Penalty(l1=0.1, l2=0.3), clip_norm=0.5, weight_decay=0.1
    )
    job = Job(network, plan, Data(X, Y, np.linspace(1, 2, 200)))
    state = starting_point(job)
    point = state.point
    for batch in drawn_batches(job, 0, 0):
        point = dissect(job, point, batch, 0.05).following
    reference = ReferenceEngine().session(job).advance(state, 1).state.point
    np.testing.assert_array_equal(point.theta, reference.theta)
    np.testing.assert_array_equal(point.buffers, reference.buffers)
    for moment, other in zip(point.memory.moments, reference.memory.moments, strict=True):
        np.testing.assert_array_equal(moment, other)


@pytest.mark.parametrize(
    ("values", "steps", "factor"),
    [
        ((1.0, 2.0, 1.5, 1.8, 1e200), 1, 1e200 / 1.8),  # a jump after noise
        (tuple(1.1**k for k in range(51)), 50, 1.1),  # slow from the beginning
        ((2.0, 1.0, 3.0, 2.0, 20.0, 200.0, 2000.0, None), 3, 10.0),
        ((0.0, 1e-300, 1e300), 1, None),  # the quotient overflows
        ((1.0, 50.0, 3.0, 90.0), 0, None),  # not a hundredfold
        ((1.0, 1e200, 1.0), 0, None),  # it came back
    ],
)
def test_a_growth_begins_where_the_noise_ends(
    values: tuple[float | None, ...], steps: int, factor: float | None
) -> None:
    found = growths([Trace("loss", 0, "", values)])
    assert [growth.steps for growth in found] == [steps] * bool(steps)
    if factor is not None:
        assert found[0].factor == pytest.approx(factor, rel=1e-9)
