"""A run is a pure function: again, resumed or stored in between, it gives the same bits."""

import os
import subprocess
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tables import LOSSES, OPTIMIZERS, SCHEDULES

from trainwell.data.augmentation import FeatureNoise
from trainwell.data.dataset import Data
from trainwell.engine.epochs import epochs
from trainwell.engine.run import train
from trainwell.network.build import mlp
from trainwell.network.cross_entropy import SigmoidCrossEntropy
from trainwell.network.penalties import Penalty
from trainwell.training.adaptive import Adam
from trainwell.training.engine import Epoch
from trainwell.training.outcome import Outcome
from trainwell.training.plan import Plan
from trainwell.training.schedules import Constant, ReduceOnPlateau
from trainwell.training.state import Point, State
from trainwell.training.storage import state_from_parts, state_to_parts
from trainwell.training.tensor_file import read_tensors, write_tensors

NETWORK = mlp(2, (5, 4), 1, batch_norm=True, dropout=0.3)
RNG = np.random.default_rng(12)
X = RNG.standard_normal((2, 23))
TRAINING = Data(X, (X[:1] > X[1:]).astype(float), RNG.uniform(0.5, 2, 23))
VALIDATION = Data(X[:, ::-1] + 0.1, TRAINING.y[:, ::-1])
PLAN = Plan(
    SigmoidCrossEntropy(0.05),
    Adam(),
    Constant(0.05),
    batch_size=5,
    penalty=Penalty(0.01, 0.1),
    weight_decay=0.01,
    clip_value=5.0,
    clip_norm=3.0,
    augmentation=FeatureNoise(0.1),
    output_bias="base rate",
    max_epochs=7,
    seed=5,
)


def vectors(point: Point) -> list[Any]:
    return [point.memory.step, point.theta, point.buffers, *point.memory.moments]


def assert_same_state(one: State, other: State) -> None:
    np.testing.assert_equal(vectors(one.point), vectors(other.point))
    np.testing.assert_equal(vectors(one.best), vectors(other.best))
    assert tuple(one.history.learning_rate) == tuple(other.history.learning_rate)
    assert tuple(one.history.training_loss) == tuple(other.history.training_loss)
    assert tuple(one.history.validation_loss) == tuple(other.history.validation_loss)
    assert (one.epoch, one.best_epoch, one.best_loss) == (
        other.epoch,
        other.best_epoch,
        other.best_loss,
    )


def run(
    plan: Plan, count: int, start: State | None = None, validation: Any = VALIDATION
) -> list[Epoch]:
    return list(islice(epochs(NETWORK, plan, TRAINING, validation, start=start), count))


def stored(plan: Plan, state: State, folder: Path) -> State:
    """Return the state after a way through a file."""
    path = folder / "state.safetensors"
    write_tensors(path, *state_to_parts(NETWORK, plan, state))
    network, again, read = state_from_parts(*read_tensors(path), str(path))
    assert network == NETWORK
    assert again == plan
    assert_same_state(read, state)
    return read


def test_equal_arguments_give_equal_bits() -> None:
    for one, other in zip(run(PLAN, 4), run(PLAN, 4), strict=True):
        assert_same_state(one.state, other.state)
        assert (one.training_loss, one.validation_loss) == (
            other.training_loss,
            other.validation_loss,
        )


def test_another_seed_gives_another_run() -> None:
    one, other = (run(replace(PLAN, seed=seed), 1)[-1].state for seed in (5, 6))
    assert not np.isclose(one.point.theta, other.point.theta)[NETWORK.penalized].any()


def test_other_processes_give_the_same_bits() -> None:
    program = """
from itertools import islice
from trainwell.data.toys import make_moons
from trainwell.engine.epochs import epochs
from trainwell.network.build import mlp
from trainwell.network.cross_entropy import SigmoidCrossEntropy
from trainwell.training.plan import Plan
plan = Plan(SigmoidCrossEntropy(), batch_size=16, seed=3)
run = epochs(mlp(2, (6,), 1, batch_norm=True, dropout=0.2), plan, make_moons(50, 0.1, seed=1))
print([epoch.state.point.theta.tobytes().hex() for epoch in islice(run, 3)])
"""
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(answers) == 1


@pytest.mark.parametrize("at", range(1, 6))
def test_a_run_resumed_at_any_epoch_gives_the_bits_of_the_whole(tmp_path: Path, at: int) -> None:
    whole = run(PLAN, 6)
    middle = stored(PLAN, whole[at - 1].state, tmp_path)
    rest = run(PLAN, 6 - at, middle)
    assert [epoch.number for epoch in rest] == list(range(at + 1, 7))
    for one, other in zip(whole[at:], rest, strict=True):
        assert_same_state(one.state, other.state)
        assert one.learning_rate == other.learning_rate


@pytest.mark.parametrize("name", [*OPTIMIZERS, *SCHEDULES])
@pytest.mark.parametrize("validation", [VALIDATION, None], ids=["validated", "alone"])
def test_every_optimizer_and_schedule_can_be_resumed(
    tmp_path: Path, name: str, validation: Data | None
) -> None:
    if name in OPTIMIZERS:
        plan = replace(PLAN, optimizer=OPTIMIZERS[name])
    else:
        plan = replace(PLAN, learning_rate=SCHEDULES[name])
    whole = run(plan, 9, validation=validation)
    middle = stored(plan, whole[5].state, tmp_path)
    assert_same_state(run(plan, 3, middle, validation)[-1].state, whole[-1].state)


def test_a_reduced_rate_is_still_reduced_after_a_resume(tmp_path: Path) -> None:
    # A tolerance that nothing meets: the rate halves every second epoch.
    plan = replace(PLAN, learning_rate=ReduceOnPlateau(0.1, 0.5, 2, tolerance=100.0))
    middle = stored(plan, run(plan, 4)[-1].state, tmp_path)
    rates = [epoch.learning_rate for epoch in run(plan, 3, middle)]
    assert rates == [0.05, 0.025, 0.025]


def test_a_state_before_the_first_epoch_is_a_start_like_any_other(tmp_path: Path) -> None:
    from trainwell.training.state import starting_state

    start = stored(PLAN, starting_state(NETWORK, PLAN, TRAINING), tmp_path)
    assert start.epoch == 0
    assert start.best_loss == float("inf")
    assert_same_state(run(PLAN, 2, start)[-1].state, run(PLAN, 2)[-1].state)


def test_training_on_does_not_change_the_record_it_started_from() -> None:
    first, second = run(PLAN, 2)
    before = [np.copy(array) for array in vectors(first.state.point)]
    run(PLAN, 3, first.state)
    np.testing.assert_equal(vectors(first.state.point), before)
    assert_same_state(run(PLAN, 1, first.state)[-1].state, second.state)


def test_a_step_can_be_forked() -> None:
    start = run(PLAN, 2)[-1].state
    slow, fast = (replace(PLAN, learning_rate=Constant(rate)) for rate in (1e-3, 1e-2))
    one, other = (run(plan, 1, start)[-1].state.point for plan in (slow, fast))
    assert (one.theta != other.theta).all()
    assert one.memory.step == other.memory.step


@pytest.mark.parametrize("patience", [None, 2])
def test_a_finished_run_stays_finished(tmp_path: Path, patience: int | None) -> None:
    plan = replace(PLAN, max_epochs=6, patience=patience, tolerance=0.0 if patience is None else 10)
    ended = train(NETWORK, plan, TRAINING, VALIDATION)
    expected = Outcome.COMPLETED if patience is None else Outcome.STALLED
    assert ended.outcome == expected
    again = train(NETWORK, plan, TRAINING, VALIDATION, start=stored(plan, ended.state, tmp_path))
    assert again.outcome == expected
    assert_same_state(again.state, ended.state)


def test_a_trained_run_resumed_is_the_whole_run(tmp_path: Path) -> None:
    whole = train(NETWORK, PLAN, TRAINING, VALIDATION)
    middle = stored(PLAN, run(PLAN, 3)[-1].state, tmp_path)
    resumed = train(NETWORK, PLAN, TRAINING, VALIDATION, start=middle)
    assert_same_state(resumed.state, whole.state)
    assert resumed.outcome == whole.outcome == Outcome.COMPLETED


def test_a_seed_from_numpy_gives_the_same_run(tmp_path: Path) -> None:
    plan = replace(PLAN, seed=np.int64(5))
    state = run(plan, 2)[-1].state
    assert_same_state(state, run(PLAN, 2)[-1].state)
    assert_same_state(stored(plan, state, tmp_path), state)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_single_precision_stays_single_and_is_near_double(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((2, 20)), LOSSES[name].targets(rng, 3, 20)
    network = mlp(2, (5,), 3, activation="tanh", batch_norm=True, dropout=0.3)
    plan = replace(PLAN, loss=LOSSES[name].loss, learning_rate=Constant(0.01))
    double, single = (
        list(islice(epochs(network, plan, Data(x.astype(dtype), y)), 2))[-1].state
        for dtype in (np.float64, np.float32)
    )
    arrays, document = state_to_parts(network, plan, single)
    write_tensors(tmp_path / "file", arrays, document)
    _, _, again = state_from_parts(*read_tensors(tmp_path / "file"), "file")
    for point in (single.point, single.best, again.point):
        assert {vector.dtype for vector in vectors(point)[1:]} == {np.dtype(np.float32)}
    np.testing.assert_allclose(single.point.theta, double.point.theta, atol=2e-3)
