"""The compiled engine computes what the reference computes.

With NUMBA_DISABLE_JIT=1 the kernels run as Python: fewer steps, and fewer sizes.
"""

from dataclasses import replace
from math import isqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from kernels.combinations import combinations
from kernels.comparison import (
    JIT,
    assert_equal_in_meaning,
    assert_states_near,
    epochs_of,
    last,
    vectors,
)
from kernels.jobs import CHECKED, EVERYTHING, FEATURES, NORMAL, drawn, in_single, job

from trainwell.data.dataset import Data
from trainwell.engine.run import train
from trainwell.kernels.products import BLAS_BYTES
from trainwell.network.build import mlp
from trainwell.network.regression_losses import SquaredError
from trainwell.training.descent import Momentum
from trainwell.training.job import Job
from trainwell.training.optimizer import Memory
from trainwell.training.outcome import Outcome
from trainwell.training.plan import Plan
from trainwell.training.schedules import Constant, ReduceOnPlateau
from trainwell.training.state import History, Point, State, state_at

SINGLES = [name for number, name in enumerate(FEATURES) if JIT or number % 8 == 0]
"""The features that are compared in single precision, too."""

ABOVE_BLAS = "above"
"""As many units as make a matrix too large for the kernels: BLAS multiplies it."""

UNITS = (*range(1, 10), 64, ABOVE_BLAS) if JIT else (1, 4, 9, ABOVE_BLAS)
BATCHES = (1, 2, 7, 31, 32, 33, 256) if JIT else (1, 7, 33)

PATIENT: dict[str, Job] = {
    "checked": job(validation=CHECKED, patience=3, tolerance=0.02, max_epochs=40),
    "mini-batches": job(patience=2, tolerance=0.01, max_epochs=40),
    "full-batches": job(patience=4, tolerance=0.02, batch_size=None, max_epochs=40),
    "normalised": job(NORMAL, validation=CHECKED, patience=1, max_epochs=40),
    "with-noise": replace(
        FEATURES["feature-noise"],
        plan=replace(FEATURES["feature-noise"].plan, patience=2, tolerance=0.05, max_epochs=40),
    ),
}
"""Runs that stop because nothing becomes better."""


def assert_engines_agree(given_job: Job, epochs: int | None = None) -> None:
    count = epochs or epochs_of(given_job)
    reference = last(given_job, "reference", count)
    assert_equal_in_meaning(reference, last(given_job, "compiled", count, every=count))


@pytest.mark.parametrize("name", FEATURES)
def test_every_feature_alone_gives_the_numbers_of_the_reference(name: str) -> None:
    assert_engines_agree(FEATURES[name])


@pytest.mark.parametrize("name", SINGLES)
def test_every_feature_is_near_the_reference_in_single_precision(name: str) -> None:
    assert_engines_agree(in_single(FEATURES[name]))


@pytest.mark.parametrize("single", [False, True], ids=["double", "single"])
def test_everything_at_once_gives_the_numbers_of_the_reference(single: bool) -> None:
    assert_engines_agree(in_single(EVERYTHING) if single else EVERYTHING)


@settings(max_examples=60 if JIT else 10)
@given(combinations())
def test_random_combinations_give_the_numbers_of_the_reference(drawn_job: Job) -> None:
    assert_engines_agree(drawn_job)


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["double", "single"])
@pytest.mark.parametrize("units", UNITS)
def test_layers_and_batches_of_every_size_give_the_numbers_of_the_reference(
    units: Any, dtype: Any
) -> None:
    if units == ABOVE_BLAS:
        units = isqrt(BLAS_BYTES // np.dtype(dtype).itemsize) + 1
    network = mlp(units, (units + 1,), 3, activation="tanh")
    for size in BATCHES:
        data = drawn(examples=2 * size + 1, inputs=units, dtype=dtype)
        given_job = job(network, training=data, batch_size=size, optimizer=Momentum())
        assert_engines_agree(given_job, 2 if JIT else 1)


@pytest.mark.parametrize("every", [1, 7])
@pytest.mark.parametrize("name", ["checked-normalised", "full-batches", "rate-plateau", "mixup"])
def test_epochs_in_chunks_are_the_epochs_of_the_reference(name: str, every: int) -> None:
    one, other = (last(FEATURES[name], engine, 14, every) for engine in ("reference", "compiled"))
    assert_equal_in_meaning(one, other)


@pytest.mark.parametrize("name", PATIENT)
def test_a_run_stops_where_the_reference_stops(name: str) -> None:
    given_job = PATIENT[name]
    one, other = (
        train(
            given_job.network,
            given_job.plan,
            given_job.training,
            given_job.validation,
            engine=engine,
        )
        for engine in ("reference", "compiled")
    )
    assert one.outcome == other.outcome == Outcome.STALLED
    assert one.state.epoch < 40
    assert_states_near(one.state, other.state)


def test_a_run_that_has_begun_goes_on_as_the_reference_does() -> None:
    start = last(EVERYTHING, "reference", 3).state
    assert_engines_agree(replace(EVERYTHING, start=start), 4)


def test_the_best_of_full_batches_is_the_start_of_its_epoch() -> None:
    given_job = job(NORMAL, batch_size=None, learning_rate=Constant(1e-3))
    before, best = (last(given_job, "compiled", count).state for count in (3, 4))
    assert best.best_epoch == 4
    np.testing.assert_array_equal(best.best.theta, before.point.theta)
    np.testing.assert_array_equal(best.best.buffers, before.point.buffers)
    assert best.best.memory.step == before.point.memory.step


def test_numbers_too_small_to_matter_become_zero() -> None:
    # Features of zero: weights and their velocity stay what they are, but for the decay.
    data = Data(np.zeros((2, 6)), np.ones((1, 6)))
    network, rule = mlp(2, (), 1), Momentum(0.5, "classical")
    given_job = Job(network, Plan(SquaredError(), rule, Constant(1e-3), batch_size=2), data)
    point = state_at(network, given_job.plan, np.array([-1e-31, 1e-29, 0.5])).point
    velocity = np.array([1e-31, -1e-28, 0.0])
    begun = Point(point.theta, point.buffers, Memory(0, (velocity,)))
    given_job = replace(given_job, start=State(begun, History(), begun))
    reference, compiled = (last(given_job, engine, 1) for engine in ("reference", "compiled"))
    assert_equal_in_meaning(reference, compiled)
    for vector in vectors(compiled.state.point).values():
        np.testing.assert_array_equal(vector[:2] != 0, [False, True][: vector.size])


def test_a_plateau_is_seen_by_both_engines() -> None:
    # A tolerance that nothing meets: the rate halves every second epoch.
    given_job = job(learning_rate=ReduceOnPlateau(0.1, 0.5, 2, tolerance=100.0))
    one, other = (last(given_job, engine, 9, 9).state for engine in ("reference", "compiled"))
    assert one.history.learning_rate[-1] < 0.02
    assert_states_near(one, other)
