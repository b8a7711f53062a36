"""Threads that share every batch compute what the reference computes, and always end."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import isqrt
from typing import Any

import numpy as np
import pytest
from engine.test_equality import PATIENT, SINGLES
from kernels.comparison import (
    JIT,
    assert_equal_in_meaning,
    assert_same_bits,
    assert_states_near,
    epochs_of,
    last,
)
from kernels.jobs import EVERYTHING, FEATURES, NORMAL, TANH, WEIGHTED, drawn, in_single, job
from kernels.test_divergence import CASES
from kernels.test_divergence import EPOCHS as BREAKING_EPOCHS

from trainwell.engine import compiled, teams
from trainwell.engine.compiled import CompiledEngine
from trainwell.engine.run import Run, train
from trainwell.engine.teams import members_of
from trainwell.kernels.products import BLAS_BYTES
from trainwell.network.build import mlp
from trainwell.network.penalties import Penalty
from trainwell.training.adaptive import Adam
from trainwell.training.descent import Momentum
from trainwell.training.job import Job
from trainwell.training.loop import starting_point
from trainwell.training.outcome import Outcome

THREADS = pytest.mark.parametrize("threads", [2, 3])

BATCHES = (1, 2, 3, 31, 33, 97) if JIT else (1, 3, 8)

SHARED = replace(
    job(
        mlp(3, (6, 5), 3, activation="gelu", dropout=0.3),
        "softmax-smoothed",
        training=WEIGHTED,
        validation=EVERYTHING.validation,
        optimizer=Adam(),
        penalty=Penalty(0.01, 0.1),
        weight_decay=0.01,
        clip_value=5.0,
        clip_norm=3.0,
        output_bias="base rate",
        max_epochs=7,
    )
)
"""A job in which everything happens at once that a team can share."""


def share_everything(monkeypatch: pytest.MonkeyPatch, share: float = 1e-9) -> None:
    """Let a team share the smallest jobs; there may be more threads than examples."""
    monkeypatch.setattr(teams, "WORTH_A_MEMBER", share)
    monkeypatch.setattr(teams, "FEWEST", share)


@pytest.fixture(autouse=True)
def _every_job_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    share_everything(monkeypatch)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Any:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


def run_of(given: Job, n_jobs: int = 2) -> Run:
    parts = (given.network, given.plan, given.training, given.validation)
    return train(*parts, engine="compiled", start=given.start, n_jobs=n_jobs)


def assert_team_agrees(given: Job, threads: int = 2, epochs: int | None = None) -> None:
    count = epochs or epochs_of(given)
    shared = last(given, "compiled", count, count, threads=threads)
    assert_equal_in_meaning(last(given, "reference", count), shared)


@pytest.mark.long(first=True)  # who is second then finds the kernels compiled
@pytest.mark.parametrize("name", FEATURES)
def test_every_feature_that_is_shared_gives_the_numbers_of_the_reference(name: str) -> None:
    assert_team_agrees(FEATURES[name])


@pytest.mark.parametrize("name", SINGLES)
def test_every_shared_feature_is_near_the_reference_in_single_precision(name: str) -> None:
    assert_team_agrees(in_single(FEATURES[name]))


@THREADS
@pytest.mark.parametrize("single", [False, True], ids=["double", "single"])
def test_everything_that_is_shared_gives_the_numbers_of_the_reference(
    single: bool, threads: int
) -> None:
    assert_team_agrees(in_single(SHARED) if single else SHARED, threads)


@THREADS
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["double", "single"])
@pytest.mark.parametrize("large", [False, True], ids=["kernels", "blas"])
def test_batches_of_every_size_can_be_shared(large: bool, dtype: Any, threads: int) -> None:
    units = isqrt(BLAS_BYTES // np.dtype(dtype).itemsize) + 1 if large else 5
    network = mlp(units, (units + 1,), 3, activation="tanh", dropout=0.2)
    for size in BATCHES:
        data = drawn(examples=2 * size + 1, inputs=units, dtype=dtype, weighted=True)
        given = job(network, training=data, batch_size=size, optimizer=Momentum())
        assert_team_agrees(given, threads, 2 if JIT else 1)


@pytest.mark.parametrize("name", PATIENT)
def test_a_team_stops_where_the_reference_stops(name: str) -> None:
    given = PATIENT[name]
    one = train(given.network, given.plan, given.training, given.validation, engine="reference")
    other = run_of(given)
    assert one.outcome == other.outcome == Outcome.STALLED
    assert_states_near(one.state, other.state)


@pytest.mark.parametrize("name", CASES)
def test_a_team_breaks_where_the_reference_breaks(name: str) -> None:
    one = last(CASES[name], "reference", BREAKING_EPOCHS, 8)
    other = last(CASES[name], "compiled", BREAKING_EPOCHS, 8, threads=2)
    assert one.divergence is not None
    assert_equal_in_meaning(one, other)


@pytest.mark.parametrize("name", ["tanh", "full-batches", "streamed-with-noise", "mixup"])
def test_epochs_of_a_team_are_the_same_however_they_are_spread(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    given = FEATURES[name]
    whole = last(given, "compiled", 6, 6, threads=2).state
    assert_same_bits(whole, last(given, "compiled", 6, threads=2).state)
    middle = replace(given, start=last(given, "compiled", 4, threads=2).state)
    assert_same_bits(whole, last(middle, "compiled", 2, threads=2).state)
    monkeypatch.setattr(compiled, "PRODUCTS_TOGETHER", 1e4)
    assert_same_bits(whole, last(given, "compiled", 6, threads=2).state)


@THREADS
def test_two_hundred_runs_of_two_teams_at_once_end_with_the_same_bits(threads: int) -> None:
    given = replace(SHARED, plan=replace(SHARED.plan, max_epochs=2))
    expected = run_of(given, threads).state
    with ThreadPoolExecutor(2) as pool:
        for run in pool.map(run_of, *zip(*[(given, threads)] * (200 if JIT else 6), strict=True)):
            assert_same_bits(expected, run.state)


def test_the_size_of_a_job_says_how_many_share_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    many, wide = drawn(examples=5000), mlp(3, (100, 100), 3)
    assert members_of(job(TANH, training=many, batch_size=256), 8) == 1
    assert members_of(job(wide, training=many, batch_size=256), 1) == 1
    assert members_of(job(wide, training=many, batch_size=256), 2) == 2
    assert members_of(job(wide, training=many, batch_size=256), 100) == 8
    assert members_of(job(wide, training=many, batch_size=63), 2) == 1
    assert_same_bits(run_of(SHARED, 1).state, run_of(SHARED, 2).state)


def test_statistics_of_a_batch_are_those_of_one_thread() -> None:
    assert members_of(job(NORMAL), 2) == 1
    assert_same_bits(*(last(EVERYTHING, "compiled", 3, threads=n).state for n in (1, 2)))


def failing(error: BaseException) -> Any:
    def fail(*_: Any) -> None:
        raise error

    return fail


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("broken")], ids=repr)
def test_who_follows_ends_with_the_leader(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    session = CompiledEngine(3).session(SHARED)
    monkeypatch.setattr(compiled, "run_epochs", failing(error))
    with pytest.raises(type(error)):
        session.advance(starting_point(SHARED), 1)


def test_an_interrupted_team_keeps_its_last_whole_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, run_epochs = [], compiled.run_epochs

    def interrupted(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == 3:  # the first one only compiles
            raise KeyboardInterrupt
        return run_epochs(*given)

    monkeypatch.setattr(compiled, "run_epochs", interrupted)
    run = run_of(SHARED)
    assert run.outcome is Outcome.INTERRUPTED
    monkeypatch.undo()
    share_everything(monkeypatch)
    assert_same_bits(run.state, last(SHARED, "compiled", run.state.epoch, threads=2).state)


def test_a_leader_does_not_wait_for_a_thread_that_broke(monkeypatch: pytest.MonkeyPatch) -> None:
    session = CompiledEngine(3).session(SHARED)
    monkeypatch.setattr(teams, "follow", failing(MemoryError("no room")))
    with pytest.raises(MemoryError, match="no room"):
        session.advance(starting_point(SHARED), 2)


@pytest.mark.parametrize("started", [0, 1])
def test_a_thread_that_does_not_start_stops_all(
    monkeypatch: pytest.MonkeyPatch, started: int
) -> None:
    session = CompiledEngine(3).session(SHARED)
    starts, start = [], threading.Thread.start

    def refused(thread: threading.Thread) -> None:
        starts.append(thread)
        if len(starts) > started:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refused)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        session.advance(starting_point(SHARED), 1)
