"""A run that breaks in machine code breaks where the reference breaks, and keeps what it kept."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from kernels.comparison import assert_equal_in_meaning, last
from kernels.jobs import in_single

from trainwell.data.augmentation import FeatureNoise
from trainwell.data.chunks import ArrayChunks
from trainwell.data.dataset import Data
from trainwell.data.stream import Stream
from trainwell.engine.run import train
from trainwell.network.activate import Activate
from trainwell.network.build import mlp
from trainwell.network.dense import Dense
from trainwell.network.network import Network
from trainwell.network.penalties import Penalty
from trainwell.network.regression_losses import AbsoluteError, Huber, Poisson, SquaredError
from trainwell.training.adaptive import Adagrad, Adam, RMSprop
from trainwell.training.descent import GradientDescent, Momentum
from trainwell.training.engine import Divergence
from trainwell.training.job import Job
from trainwell.training.outcome import Outcome
from trainwell.training.plan import Plan
from trainwell.training.schedules import Constant
from trainwell.training.state import state_at

LINE = mlp(1, (), 1)
CHAIN = mlp(1, (1,), 1, activation="identity")
"""Weight, bias, weight, bias: the product of two large weights overflows in its third layer."""
RECTIFIED = Network((Dense(1, 1), Activate(1, "relu"), Dense(1, 1), Dense(1, 1)))

EPOCHS = 24


def breaking(
    network: Network,
    theta: list[float] | None,
    x: list[list[float]],
    loss: Any = None,
    *,
    rate: float = 0.1,
    y: float = 0.0,
    weight: Any = None,
    validation: Data | None = None,
    **settings: Any,
) -> Job:
    """Return a job of gradient descent that starts at ``theta``."""
    data = Data(np.array(x), np.full((network.outputs, len(x[0])), y), weight)
    usual = {"optimizer": GradientDescent(), "learning_rate": Constant(rate), "seed": 3}
    plan = Plan(loss or SquaredError(), **usual | settings)
    start = None if theta is None else state_at(network, plan, np.array(theta, float))
    return Job(network, plan, data, validation, start)


ZEROS, ONES = [[0.0] * 5], [[1.0] * 12]
HUGE_LAST = [[*ONES[0][:9], 1e200, 1.0, 1.0]]
SPREAD = [[*np.linspace(-1, 1, 12)]]
CHECKED = Data(np.array([[0.5, 1.0]]), np.array([[1.0, 1.0]]))


def _streamed(job: Job) -> Job:
    data = job.training
    assert isinstance(data, Data)
    return replace(job, training=Stream(ArrayChunks(data.x.T, data.y.T, rows=4), 2, single=False))


CASES: Mapping[str, Job] = {
    # b - 1 is multiplied by -1e100 a step, until its square overflows.
    "in-a-later-epoch": breaking(LINE, [0, 0], ZEROS, rate=1e100, y=1.0),
    "within-an-epoch": breaking(LINE, [0, 0], ZEROS, rate=1e100, y=1.0, batch_size=1),
    "after-many-epochs": breaking(LINE, [0.5, 0.5], SPREAD, rate=1e9, batch_size=None),
    "after-many-epochs-of-batches": breaking(LINE, [0.5, 0.5], SPREAD, rate=1e9, batch_size=5),
    "after-a-good-start": breaking(LINE, [0, 0.9], ZEROS, rate=1e8, y=1, validation=CHECKED),
    "with-validation": breaking(
        LINE, [0.5, 0.5], SPREAD, rate=1e9, batch_size=4, validation=CHECKED
    ),
    "outputs-of-some-rows": breaking(CHAIN, [1, 0, 1e200, 0], [[0, 1e200, 1.0, -1e200, 2]]),
    "outputs-of-a-row-of-a-batch": breaking(
        CHAIN, [1, 0, 1e200, 0], HUGE_LAST, AbsoluteError(), rate=1e-300, batch_size=4
    ),
    "outputs-in-order": breaking(
        CHAIN, [1, 0, 1e200, 0], HUGE_LAST, AbsoluteError(), batch_size=4, shuffle=False
    ),
    "outputs-of-a-weighted-row": breaking(
        CHAIN,
        [1, 0, 1e200, 0],
        HUGE_LAST,
        AbsoluteError(),
        rate=1e-300,
        batch_size=5,
        weight=np.linspace(1, 2, 12),
    ),
    "gradient-of-the-first-weights": breaking(
        CHAIN, [1e-200, 0, 1e160, 0], [[1e160]], AbsoluteError()
    ),
    "gradient-of-the-last-weights": breaking(LINE, [400, 0], [[1.0, 2.0]], Poisson(), y=1.0),
    # On its way back infinity meets a slope of zero; a limit must not make a number of that.
    "gradient-that-is-no-number": breaking(
        RECTIFIED, [-1, 0, 1e200, 0, 1e200, 0.5], [[1.0]], AbsoluteError(), clip_value=1.0
    ),
    "gradient-without-a-norm": breaking(
        RECTIFIED, [-1, 0, 1e200, 0, 1e200, 0.5], [[1.0]], AbsoluteError(), clip_norm=1.0
    ),
    "a-square-in-the-penalty": breaking(
        LINE, [1e160, 0], ZEROS, AbsoluteError(), penalty=Penalty(l2=1.0)
    ),
    "poisson": breaking(LINE, [0, 0], SPREAD, Poisson(), rate=500.0, y=3, batch_size=5),
    "huber": breaking(LINE, [0, 0], SPREAD, Huber(1e200), rate=1e30, y=1.0, batch_size=5),
    "a-moment-of-adam": breaking(LINE, [0, 0], [[1e200]], AbsoluteError(), y=1, optimizer=Adam()),
    "a-moment-of-rmsprop": breaking(
        LINE, [0, 0], [[1e200, *ONES[0]]], AbsoluteError(), y=1, optimizer=RMSprop(), batch_size=3
    ),
    "a-moment-of-adagrad": breaking(
        LINE, [0, 0], [[1e200, *ONES[0]]], AbsoluteError(), y=1, optimizer=Adagrad(), batch_size=3
    ),
    "momentum": breaking(
        LINE, [0.1, 0.1], SPREAD, rate=1e12, optimizer=Momentum(0.9), batch_size=4
    ),
    # The variance of one batch is infinite; its normal values, and all that follow, are finite.
    "a-running-statistic": breaking(
        mlp(1, (2,), 1, batch_norm=True), None, [[1e180, -1e180, *SPREAD[0]]], batch_size=4
    ),
    "a-running-statistic-of-full-batches": breaking(
        mlp(1, (2,), 1, batch_norm=True), None, [[1e180, -1e180, 3e180, 0]]
    ),
    "a-parameter": breaking(LINE, [0, 0], [[1e10] * 6], AbsoluteError(), rate=1e300, y=1.0),
    "a-parameter-within-an-epoch": breaking(
        LINE, [0, 0], [[1e10] * 6], AbsoluteError(), rate=1e300, y=1.0, batch_size=2
    ),
    "with-noise": breaking(
        LINE, [0.5, 0.5], SPREAD, rate=1e30, batch_size=4, augmentation=FeatureNoise(0.1)
    ),
    "streamed": _streamed(breaking(LINE, [0.5, 0.5], SPREAD, rate=1e30, batch_size=5)),
    "rows-of-a-stream": _streamed(
        breaking(CHAIN, [1, 0, 1e200, 0], HUGE_LAST, AbsoluteError(), rate=1e-300, batch_size=3)
    ),
}
"""Runs that break within a few epochs, each in its own way."""


@pytest.mark.parametrize("every", [1, 8])
@pytest.mark.parametrize("name", CASES)
def test_a_run_breaks_where_the_reference_breaks(name: str, every: int) -> None:
    reference, compiled = (
        last(CASES[name], engine, EPOCHS, every) for engine in ("reference", "compiled")
    )
    assert reference.divergence is not None
    assert_equal_in_meaning(reference, compiled)


@pytest.mark.parametrize("name", ["in-a-later-epoch", "after-many-epochs-of-batches"])
def test_a_run_breaks_where_the_reference_breaks_in_single_precision(name: str) -> None:
    job = CASES[name]
    single = in_single(replace(job, start=None))
    one, other = (last(single, engine, EPOCHS, EPOCHS) for engine in ("reference", "compiled"))
    assert one.divergence is not None
    assert_equal_in_meaning(one, other)


def test_the_rows_of_a_shuffled_batch_are_named_as_the_data_has_them() -> None:
    broken = last(CASES["outputs-of-a-row-of-a-batch"], "compiled", EPOCHS).divergence
    assert broken is not None
    assert (broken.layer, broken.quantity, broken.rows) == (3, "output", (9,))


def test_training_to_the_end_says_that_it_diverged() -> None:
    job = CASES["after-a-good-start"]
    one, other = (
        train(job.network, job.plan, job.training, job.validation, engine=engine, start=job.start)
        for engine in ("reference", "compiled")
    )
    assert other.outcome is Outcome.DIVERGED
    assert isinstance(other.divergence, Divergence)
    assert other.divergence == one.divergence
    assert other.state.best_epoch == one.state.best_epoch == 1


@pytest.mark.parametrize("function", ["relu", "elu", "selu", "tanh", "sigmoid", "softplus"])
def test_what_saturates_may_be_infinite_before_it(function: str) -> None:
    # W x is minus infinity for the first example: the reference goes on, and so must the kernels.
    network = mlp(1, (1,), 1, activation=function)
    job = breaking(network, [1e200, 0, 1, 0.5], [[-1e200, 0]], AbsoluteError())
    job = replace(job, validation=Data(np.array([[-1e200]]), np.zeros((1, 1))))
    reference, compiled = (last(job, engine, 3) for engine in ("reference", "compiled"))
    assert reference.divergence is None
    assert_equal_in_meaning(reference, compiled)


def test_divergence_makes_no_noise() -> None:
    before = np.geterr()
    last(CASES["within-an-epoch"], "compiled", EPOCHS)  # warnings are errors here
    assert np.geterr() == before
