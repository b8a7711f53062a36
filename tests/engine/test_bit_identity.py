"""A run gives the same bits alone and among others, in one piece and in many."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernels.comparison import JIT, assert_same_bits, last
from kernels.jobs import EVERYTHING, FEATURES, INPUTS, NORMAL, OUTPUTS, drawn, in_single, job
from tables import OPTIMIZERS

from trainwell.data.dataset import Data
from trainwell.engine import compiled
from trainwell.engine.many import train_many
from trainwell.engine.run import Run, train
from trainwell.errors import ConfigurationError
from trainwell.network.build import mlp
from trainwell.training.job import Job
from trainwell.training.outcome import Outcome
from trainwell.training.plan import Plan
from trainwell.training.schedules import Constant, ReduceOnPlateau
from trainwell.training.state import State, starting_state
from trainwell.training.storage import state_from_parts, state_to_parts
from trainwell.training.tensor_file import read_tensors, write_tensors

PRECISIONS = pytest.mark.parametrize("single", [False, True], ids=["double", "single"])


def ending(base: Job, **settings: Any) -> Job:
    """Return a job with other settings of its plan; it ends after a few epochs."""
    return replace(base, plan=replace(base.plan, **{"max_epochs": 12} | settings))


MANY: Mapping[str, Job] = {
    "everything": ending(EVERYTHING),
    "everything-with-another-seed": ending(EVERYTHING, seed=4),
    "linear": ending(FEATURES["linear"], max_epochs=31),
    "full-batches": ending(FEATURES["full-batches-normalised"], max_epochs=3),
    "noise": ending(FEATURES["feature-noise"]),
    "streamed": ending(FEATURES["streamed-and-checked"], max_epochs=5),
    "patient": ending(FEATURES["checked"], patience=2, tolerance=0.05, max_epochs=40),
    "plateau": ending(FEATURES["rate-plateau"], learning_rate=ReduceOnPlateau(0.1, 0.5, 1, 0.1)),
    "large": ending(
        job(mlp(INPUTS, (140, 130) if JIT else (14, 13), OUTPUTS, dropout=0.1), batch_size=None),
        max_epochs=2,
    ),
    "diverging": ending(FEATURES["loss-poisson"], learning_rate=Constant(1e5)),
    **{
        f"units-{units}": ending(job(mlp(INPUTS, (units,), OUTPUTS), seed=units))
        for units in (1, 2, 9)
    },
}
"""Jobs of many shapes that end for different reasons."""


def alone(given: Job) -> Run:
    parts = (given.network, given.plan, given.training, given.validation)
    return train(*parts, engine="compiled", start=given.start)


def precise(single: bool, given: Job) -> Job:
    return in_single(given) if single else given


def assert_same_run(one: Run, other: Run) -> None:
    assert one.outcome is other.outcome
    assert one.divergence == other.divergence
    assert_same_bits(one.state, other.state)


@PRECISIONS
@pytest.mark.parametrize("n_jobs", [1, 2, 5])
def test_a_network_trained_among_others_has_the_bits_of_its_solo_run(
    n_jobs: int, single: bool
) -> None:
    jobs = [precise(single, given) for given in MANY.values()]
    together = train_many(jobs, n_jobs=n_jobs, engine="compiled")
    assert {run.outcome for run in together} >= {
        Outcome.COMPLETED,
        Outcome.STALLED,
        Outcome.DIVERGED,
    }
    for given, run in zip(jobs, together, strict=True):
        assert run.network == given.network
        assert_same_run(alone(given), run)


@PRECISIONS
@pytest.mark.skipif(not JIT, reason="large layers are slow in Python")
def test_large_layers_have_the_bits_of_their_solo_run(single: bool) -> None:
    # Products this large could be shared by threads, and the number of threads shows in the bits.
    data = drawn("squared", examples=2000, inputs=300, outputs=5)
    given = precise(
        single, job(mlp(300, (200,), 5), "squared", training=data, batch_size=None, max_epochs=2)
    )
    run = alone(given)
    (many,) = train_many([given], n_jobs=2, engine="compiled")
    assert_same_run(run, many)
    assert_same_bits(run.state, last(given, "compiled", 2).state)


@PRECISIONS
@pytest.mark.parametrize("name", MANY)
def test_epochs_one_by_one_in_chunks_or_to_the_end_are_the_same(name: str, single: bool) -> None:
    given = precise(single, ending(MANY[name], max_epochs=10, patience=None))
    whole = alone(given)
    if whole.divergence is not None:
        return
    for every in (1, 5, 10):
        assert_same_bits(whole.state, last(given, "compiled", 10, every).state)


@pytest.mark.parametrize("products", [1.0, 2e3, 1e4])
@pytest.mark.parametrize("name", ["batch-norm-and-dropout", "full-batches", "checked", "weights"])
def test_calls_that_hold_less_than_an_epoch_give_the_bits_of_whole_ones(
    monkeypatch: pytest.MonkeyPatch, name: str, products: float
) -> None:
    whole = last(FEATURES[name], "compiled", 4, every=4)
    monkeypatch.setattr(compiled, "PRODUCTS_TOGETHER", products)
    assert_same_bits(whole.state, last(FEATURES[name], "compiled", 4, every=2).state)


def test_calls_that_hold_some_epochs_give_the_bits_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = last(EVERYTHING, "compiled", 6, every=6)
    monkeypatch.setattr(compiled, "DRAWN_TOGETHER", 2 * 25)
    assert_same_bits(whole.state, last(EVERYTHING, "compiled", 6, every=6).state)


def stored(given: Job, state: State, folder: Path) -> State:
    """Return the state after a way through a file."""
    path = folder / "state.safetensors"
    write_tensors(path, *state_to_parts(given.network, given.plan, state))
    return state_from_parts(*read_tensors(path), str(path))[2]


@PRECISIONS
@pytest.mark.parametrize("name", [*OPTIMIZERS, "rate-plateau", "full-batches-normalised", "mixup"])
def test_a_resumed_run_has_the_bits_of_the_whole(tmp_path: Path, name: str, single: bool) -> None:
    base = FEATURES[name]
    if name in OPTIMIZERS:
        base = replace(base, network=NORMAL, validation=drawn(examples=9, seed=5))
    given = precise(single, base)
    whole = last(given, "compiled", 7, every=7).state
    for at in (1, 4, 6):
        middle = stored(given, last(given, "compiled", at, every=at).state, tmp_path)
        rest = last(replace(given, start=middle), "compiled", 7 - at, every=7 - at)
        assert rest.number == 7
        assert_same_bits(whole, rest.state)


@PRECISIONS
def test_a_run_to_the_end_resumed_in_the_middle_is_the_whole_run(
    tmp_path: Path, single: bool
) -> None:
    given = precise(single, ending(EVERYTHING, max_epochs=9))
    middle = stored(given, last(given, "compiled", 4).state, tmp_path)
    resumed = alone(replace(given, start=middle))
    assert_same_run(alone(given), resumed)
    assert_same_run(resumed, alone(replace(given, start=resumed.state)))


@PRECISIONS
def test_many_threads_can_start_from_one_state(single: bool) -> None:
    given = precise(single, EVERYTHING)
    start = starting_state(given.network, given.plan, given.training)
    before = start.point.theta.copy()
    jobs = [replace(given, start=start)] * 8
    runs = train_many(jobs, n_jobs=4, engine="compiled")
    np.testing.assert_array_equal(start.point.theta, before)
    for run in runs:
        assert_same_run(runs[0], run)
    assert_same_run(alone(given), runs[0])


def test_two_hundred_short_runs_in_threads_are_one_run() -> None:
    given = ending(EVERYTHING, max_epochs=2)
    expected = alone(given)
    with ThreadPoolExecutor(8) as pool:
        for run in pool.map(alone, [given] * (200 if JIT else 12)):
            assert_same_run(expected, run)


def test_a_session_can_be_forked_and_taken_up_again() -> None:
    session = compiled.CompiledEngine().session(EVERYTHING)
    start = starting_state(EVERYTHING.network, EVERYTHING.plan, EVERYTHING.training)
    middle = session.advance(start, 2).state
    one = session.advance(middle, 3).state
    session.advance(start, 4)
    assert_same_bits(one, session.advance(middle, 3).state)
    assert_same_bits(one, session.advance(start, 5).state)


def test_training_on_does_not_change_the_record_it_started_from() -> None:
    first = last(EVERYTHING, "compiled", 2).state
    before = [np.copy(vector) for vector in (first.point.theta, *first.point.memory.moments)]
    last(replace(EVERYTHING, start=first), "compiled", 2)
    for vector, old in zip((first.point.theta, *first.point.memory.moments), before, strict=True):
        np.testing.assert_array_equal(vector, old)


PROGRAM = """
import sys
sys.path[:0] = sys.argv[1:]
from kernels.comparison import last
from kernels.jobs import EVERYTHING, in_single
for given in (EVERYTHING, in_single(EVERYTHING)):
    state = last(given, "compiled", 4).state
    print(state.point.theta.tobytes().hex(), state.best_loss.hex())
"""


def test_other_processes_give_the_same_bits() -> None:
    expected = ""
    for given in (EVERYTHING, in_single(EVERYTHING)):
        state = last(given, "compiled", 4).state
        expected += f"{state.point.theta.tobytes().hex()} {state.best_loss.hex()}\n"
    tests = str(Path(__file__).parents[1])
    for seed in ("1", "2"):
        answer = subprocess.run(
            [sys.executable, "-c", PROGRAM, tests],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert answer.stdout == expected


THREADS = """
import sys
sys.path[:0] = sys.argv[1:]
from threading import Barrier, Thread
from kernels.comparison import last
from kernels.jobs import EVERYTHING
barrier, found = Barrier(8), []
def run():
    barrier.wait()
    found.append(last(EVERYTHING, "compiled", 4).state.point.theta.tobytes().hex())
threads = [Thread(target=run) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(found), *sorted(set(found)))
"""


def test_threads_that_all_need_the_kernels_first_give_the_same_bits() -> None:
    last(EVERYTHING, "compiled", 1)  # on the disk; in the new process nothing is loaded yet
    expected = last(EVERYTHING, "compiled", 4).state.point.theta.tobytes().hex()
    answer = subprocess.run(
        [sys.executable, "-c", THREADS, str(Path(__file__).parents[1])],
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == ["8", expected]


def test_the_same_examples_in_other_memory_give_the_same_bits() -> None:
    data = EVERYTHING.training
    assert isinstance(data, Data)
    again = Data(np.asfortranarray(data.x), data.y[:, ::1].copy(), data.weight)
    one, other = (last(replace(EVERYTHING, training=d), "compiled", 3) for d in (data, again))
    assert_same_bits(one.state, other.state)


def test_a_seed_from_numpy_gives_the_same_run() -> None:
    plan: Plan = replace(EVERYTHING.plan, seed=np.int64(3))
    one, other = (
        last(replace(EVERYTHING, plan=p), "compiled", 2).state for p in (plan, EVERYTHING.plan)
    )
    assert_same_bits(one, other)


@pytest.mark.parametrize(
    ("jobs", "sentence"),
    [
        (3, "train_many.jobs must be an iterable of Job, got 'int'"),
        ([MANY["linear"], 1], "train_many.jobs[1] must be a Job, got 'int'"),
    ],
)
def test_what_is_no_job_is_refused_in_a_sentence(jobs: Any, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{re.escape(sentence)}$"):
        train_many(jobs, n_jobs=1, engine="reference")
