"""``engine="auto"`` looks at the size of a job, and at nothing else."""

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernels.comparison import JIT, assert_same_bits, last
from kernels.jobs import EVERYTHING, FEATURES, drawn, job

from trainwell.engine import choice
from trainwell.engine.choice import engine_of, reference_seconds
from trainwell.engine.compiled import CompiledEngine
from trainwell.engine.epochs import epochs
from trainwell.engine.many import train_many
from trainwell.engine.prediction import predict
from trainwell.engine.reference import ReferenceEngine
from trainwell.engine.run import train
from trainwell.errors import ConfigurationError
from trainwell.kernels.epochs import run_epochs
from trainwell.network.activate import Activate
from trainwell.network.build import mlp
from trainwell.network.dense import Dense
from trainwell.network.network import Network
from trainwell.network.regression_losses import SquaredError
from trainwell.training.descent import GradientDescent
from trainwell.training.job import Job

SMALL = EVERYTHING
LARGE = job(mlp(3, (100,), 3), training=drawn(examples=5000), batch_size=32, max_epochs=500)


@dataclass(frozen=True)
class OwnLayer(Activate):
    """A layer that a caller has made; it might compute anything."""


@dataclass(frozen=True)
class OwnSquaredError(SquaredError):
    """A loss that a caller has made."""


@dataclass(frozen=True)
class OwnRule(GradientDescent):
    """An optimizer that a caller has made."""


def with_own_layer(base: Job) -> Job:
    network = Network((OwnLayer(base.network.inputs, "tanh"), *base.network.layers))
    return replace(base, network=network)


def planned(base: Job, **settings: Any) -> Job:
    return replace(base, plan=replace(base.plan, **settings))


OWN = {
    "the layer OwnLayer": with_own_layer,
    "the loss OwnSquaredError": lambda base: planned(base, loss=OwnSquaredError()),
    "the optimizer OwnRule": lambda base: planned(base, optimizer=OwnRule()),
}
"""Parts that have no kernel, by what they are called."""


def chosen(given: Job, **context: int) -> type:
    return type(engine_of("auto", given, **context))


def test_a_small_job_is_not_worth_compiling() -> None:
    assert chosen(SMALL) is ReferenceEngine


def test_a_large_job_is_worth_compiling() -> None:
    assert chosen(LARGE) is CompiledEngine


def test_many_small_jobs_together_are_worth_compiling() -> None:
    assert chosen(SMALL, siblings=10_000) is CompiledEngine


@pytest.mark.parametrize("size", ["epochs", "batches", "examples", "units", "validation"])
def test_whatever_makes_a_job_larger_makes_it_worth_more(size: str) -> None:
    base = planned(FEATURES["tanh"], max_epochs=100)
    larger = {
        "epochs": planned(base, max_epochs=200),
        "batches": planned(base, batch_size=1),
        "examples": replace(base, training=drawn(examples=50)),
        "units": replace(base, network=mlp(3, (50,), 3)),
        "validation": replace(base, validation=drawn(examples=1000)),
    }
    assert reference_seconds(larger[size]) > reference_seconds(base)


def test_the_limit_is_where_the_reference_takes_as_long_as_compiling(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = reference_seconds(SMALL)
    monkeypatch.setattr(choice, "WORTH_COMPILING", seconds * 1.01)
    assert chosen(SMALL) is ReferenceEngine
    monkeypatch.setattr(choice, "WORTH_COMPILING", seconds * 0.99)
    assert chosen(SMALL) is CompiledEngine


PROGRAM = """
import sys
sys.path[:0] = sys.argv[1:]
from engine.test_engine_choice import LARGE, SMALL, chosen
print(chosen(SMALL).__name__, chosen(LARGE).__name__)
"""


def test_the_choice_does_not_depend_on_what_is_compiled(tmp_path: Path) -> None:
    last(SMALL, "compiled", 1)  # in this process all is there; in the other nothing is
    here = f"{chosen(SMALL).__name__} {chosen(LARGE).__name__}\n"
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(Path(__file__).parents[1])],
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout == here
    assert list(tmp_path.rglob("*.nbi")) == []


@pytest.mark.skipif(not JIT, reason="nothing is compiled")
def test_to_choose_compiles_nothing() -> None:
    before = len(run_epochs.signatures)
    assert chosen(LARGE) is CompiledEngine
    assert len(run_epochs.signatures) == before


def test_an_engine_that_was_named_is_taken_whatever_the_size() -> None:
    assert type(engine_of("compiled", SMALL)) is CompiledEngine
    assert type(engine_of("reference", LARGE)) is ReferenceEngine


def test_small_jobs_have_the_bits_of_the_reference() -> None:
    plan, training = SMALL.plan, SMALL.training
    run = train(SMALL.network, plan, training, SMALL.validation)
    assert_same_bits(run.state, last(SMALL, "reference", plan.max_epochs).state)
    (many,) = train_many([SMALL])
    assert_same_bits(run.state, many.state)


@pytest.mark.parametrize("part", OWN)
def test_parts_of_the_callers_own_are_computed_by_the_reference(part: str) -> None:
    assert chosen(OWN[part](planned(LARGE, loss=SquaredError()))) is ReferenceEngine
    given = OWN[part](planned(SMALL, loss=SquaredError()))
    run = train(given.network, given.plan, given.training, given.validation)
    assert run.state.epoch == given.plan.max_epochs


@pytest.mark.parametrize("part", OWN)
def test_the_compiled_engine_names_the_part_that_it_has_no_kernel_for(part: str) -> None:
    given = OWN[part](planned(SMALL, loss=SquaredError()))
    parts = (given.network, given.plan, given.training, given.validation)
    sentence = f"engine: 'compiled' has no kernel for {part}; take 'reference'"
    for call in (
        lambda: next(epochs(*parts, engine="compiled")),
        lambda: train(*parts, engine="compiled"),
        lambda: train_many([given], engine="compiled"),
    ):
        with pytest.raises(ConfigurationError, match=sentence):
            call()


def test_predictions_of_parts_of_the_callers_own_come_from_the_reference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trainwell.engine.prediction.WORTH_COMPILING", 0)
    network = Network((Dense(3, 3), OwnLayer(3, "tanh")))
    given = (
        network,
        OwnSquaredError(),
        network.initial(0),
        network.initial_buffers(),
        np.ones((3, 4)),
    )
    expected = predict(*given, engine="reference")
    np.testing.assert_array_equal(predict(*given), expected)
    with pytest.raises(ConfigurationError, match="no kernel for the layer OwnLayer"):
        predict(*given, engine="compiled")


@pytest.mark.parametrize("name", ["numba", "Compiled", "", None])
def test_an_unknown_engine_is_refused(name: Any) -> None:
    parts = (SMALL.network, SMALL.plan, SMALL.training)
    sentence = "engine must be one of auto, compiled, reference, got "
    for call in (
        lambda: next(epochs(*parts, engine=name)),
        lambda: train(*parts, engine=name),
        lambda: train_many([SMALL], engine=name),
    ):
        with pytest.raises(ConfigurationError, match=sentence):
            call()


@pytest.mark.parametrize("every", [0, -1, 1.5])
def test_records_come_every_positive_number_of_epochs(every: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"epochs\.every must be "):
        next(epochs(SMALL.network, SMALL.plan, SMALL.training, every=every))


@pytest.mark.parametrize("n_jobs", [0, -2, 2.5])
def test_a_number_of_threads_that_is_none_is_refused(n_jobs: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"train_many\.n_jobs must be "):
        train_many([SMALL], n_jobs=n_jobs)
    with pytest.raises(ConfigurationError, match=r"train\.n_jobs must be "):
        train(SMALL.network, SMALL.plan, SMALL.training, n_jobs=n_jobs)
