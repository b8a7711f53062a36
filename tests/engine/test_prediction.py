"""Predictions of the compiled engine are those of the reference."""

from typing import Any

import numpy as np
import pytest
from kernels.comparison import JIT, distance
from kernels.jobs import EVERYTHING, INPUTS, OUTPUTS, in_single, layers
from tables import ACTIVATIONS, LOSSES

from trainwell.engine import prediction, predictor
from trainwell.engine.prediction import predict
from trainwell.engine.predictor import Predictor
from trainwell.engine.run import train
from trainwell.errors import ConfigurationError, ShapeError
from trainwell.network.activate import Activate
from trainwell.network.batch_norm import BatchNorm
from trainwell.network.build import mlp
from trainwell.network.dense import Dense
from trainwell.network.dropout import Dropout
from trainwell.network.losses import Loss
from trainwell.network.network import Network

DOUBLE = 1e-12
"""One pass: a few roundings."""

SINGLE = 2e-6
"""Likewise, where each is 6e-8."""

SIZES = (0, 1, 2, 15, 16, 17, 511, 512, 513, 1500) if JIT else (0, 1, 17)

NETWORK = mlp(INPUTS, (7, 5), OUTPUTS, activation="tanh", batch_norm=True, dropout=0.3)
WIDE = mlp(400, (300,), OUTPUTS)
"""Large enough for threads, and for BLAS."""

NETWORKS = {
    "linear": mlp(INPUTS, (), OUTPUTS),
    "everything": NETWORK,
    "nothing-to-train": Network((Activate(INPUTS, "gelu"),)),
    "unusual": layers(
        Dropout(INPUTS, 0.2), BatchNorm(INPUTS), Activate(INPUTS, "relu"), Activate(INPUTS, "silu")
    ).network,
    "dropout-last": Network((Dense(INPUTS, OUTPUTS, bias=False), Dropout(OUTPUTS, 0.5))),
    "wide": WIDE,
    **{f"{name}": mlp(INPUTS, (5, 4), OUTPUTS, activation=name) for name in ACTIVATIONS},
}


class Given:
    """A network with parameters and examples of one precision."""

    def __init__(self, network: Network, examples: int, dtype: Any = np.float64) -> None:
        rng = np.random.default_rng(4)
        self.network = network
        noise = 0.3 * rng.standard_normal(network.size)
        self.theta = (network.initial(1) + noise).astype(dtype)
        self.buffers = rng.uniform(0.5, 1.5, network.buffer_size).astype(dtype)
        self.x = rng.standard_normal((network.inputs, examples)).astype(dtype)

    def predict(self, loss: Loss, engine: str, n_jobs: int = 1, x: Any = None) -> Any:
        x = self.x if x is None else x
        given = (self.network, loss, self.theta, self.buffers, x)
        return predict(*given, n_jobs=n_jobs, engine=engine)


SQUARED = LOSSES["squared"].loss
SOFTMAX = LOSSES["softmax"].loss
PRECISIONS = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["double", "single"])


def assert_near(given: Given, loss: Loss, n_jobs: int = 1) -> None:
    one, other = (given.predict(loss, engine, n_jobs) for engine in ("reference", "compiled"))
    assert other.dtype == one.dtype == given.theta.dtype
    assert distance(one, other) <= (DOUBLE if one.dtype == np.float64 else SINGLE)


@PRECISIONS
@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_predicts_what_the_reference_predicts(name: str, dtype: Any) -> None:
    assert_near(Given(NETWORK, 40, dtype), LOSSES[name].loss)


@PRECISIONS
@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_predicts_what_the_reference_predicts(name: str, dtype: Any) -> None:
    assert_near(Given(NETWORKS[name], 40 if JIT else 5, dtype), SQUARED)


@PRECISIONS
@pytest.mark.parametrize("examples", SIZES)
def test_any_number_of_examples_is_predicted(examples: int, dtype: Any) -> None:
    assert_near(Given(NETWORK, examples, dtype), SOFTMAX)


@PRECISIONS
@pytest.mark.parametrize("examples", [n for n in SIZES if n > 2])
def test_threads_predict_the_same_bits(
    monkeypatch: pytest.MonkeyPatch, examples: int, dtype: Any
) -> None:
    given = Given(NETWORK, examples, dtype)
    alone = given.predict(SOFTMAX, "compiled")
    monkeypatch.setattr(predictor, "WORTH_A_THREAD", 1)  # however few the examples
    for n_jobs in (2, 3, 16, -1):
        np.testing.assert_array_equal(given.predict(SOFTMAX, "compiled", n_jobs), alone)


@pytest.mark.skipif(not JIT, reason="slow in Python")
@PRECISIONS
def test_threads_predict_the_same_bits_of_large_layers(dtype: Any) -> None:
    given = Given(WIDE, 1500, dtype)
    one, other = (given.predict(SOFTMAX, "compiled", n_jobs) for n_jobs in (1, 2))
    np.testing.assert_array_equal(one, other)


@PRECISIONS
def test_examples_may_lie_anyhow_in_memory(dtype: Any) -> None:
    given = Given(NETWORK, 20, dtype)
    expected = given.predict(SOFTMAX, "compiled")
    wide = np.zeros((INPUTS * 2, 60), dtype)
    wide[::2, 1::3] = given.x
    still = given.x.copy()
    still.flags.writeable = False
    lists = given.x.tolist()
    for x in (np.asfortranarray(given.x), wide[::2, 1::3], still, lists):
        np.testing.assert_array_equal(given.predict(SOFTMAX, "compiled", x=x), expected)


@PRECISIONS
@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_predictions_have_the_precision_of_the_parameters(engine: str, dtype: Any) -> None:
    given = Given(NETWORK, 5, dtype)
    for other in (np.float64, np.float32):
        assert given.predict(SOFTMAX, engine, x=given.x.astype(other)).dtype == dtype


def test_neither_parameters_nor_examples_are_modified() -> None:
    given = Given(NETWORK, 20)
    before = [array.copy() for array in (given.theta, given.buffers, given.x)]
    given.predict(SOFTMAX, "compiled", 2)
    for array, old in zip((given.theta, given.buffers, given.x), before, strict=True):
        np.testing.assert_array_equal(array, old)


def test_a_network_made_ready_predicts_again_and_again() -> None:
    given = Given(NETWORK, 20)
    ready = Predictor(NETWORK, SOFTMAX, given.theta, given.buffers)
    expected = given.predict(SOFTMAX, "compiled")
    for examples in (20, 3, 20):
        np.testing.assert_array_equal(ready(given.x[:, :examples]), expected[:, :examples])


@PRECISIONS
def test_a_run_predicts_by_its_best_weights(dtype: Any) -> None:
    given = EVERYTHING if dtype is np.float64 else in_single(EVERYTHING)
    run = train(given.network, given.plan, given.training, given.validation, engine="compiled")
    x = given.training.x
    best = run.state.best
    for n_jobs in (1, 2):
        np.testing.assert_array_equal(
            run.predict(x, n_jobs=n_jobs, engine="compiled"),
            predict(run.network, run.plan.loss, best.theta, best.buffers, x, engine="compiled"),
        )
    reference = run.predict(x, engine="reference")
    assert distance(reference, run.predict(x, engine="compiled")) <= SINGLE
    np.testing.assert_array_equal(run.predict(x), run.predict(x, engine="compiled"))  # as trained


def test_large_predictions_are_worth_the_compiled_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Given(NETWORK, 30)
    exact = {engine: given.predict(SOFTMAX, engine) for engine in ("compiled", "reference")}
    assert not np.array_equal(exact["compiled"], exact["reference"])
    np.testing.assert_array_equal(given.predict(SOFTMAX, "auto"), exact["reference"])
    monkeypatch.setattr(prediction, "WORTH_COMPILING", 30 * NETWORK.size)
    np.testing.assert_array_equal(given.predict(SOFTMAX, "auto"), exact["compiled"])


@pytest.mark.parametrize("engine", ["reference", "compiled"])
@pytest.mark.parametrize(
    "shape",
    [(INPUTS + 1, 4), (INPUTS,), (INPUTS, 2, 2), ()],
    ids=["rows", "flat", "deep", "number"],
)
def test_examples_of_another_shape_are_refused(engine: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=rf"x must have shape \({INPUTS}, [NB]\), got \("):
        Given(NETWORK, 4).predict(SOFTMAX, engine, x=np.zeros(shape))


@pytest.mark.parametrize("engine", ["reference", "compiled"])
@pytest.mark.parametrize("name", ["theta", "buffers"])
def test_parameters_of_another_size_are_refused(engine: str, name: str) -> None:
    given = Given(NETWORK, 4)
    setattr(given, name, getattr(given, name)[1:])
    size = len(getattr(given, name))
    sentence = rf"{name} must have shape \({size + 1},\).*, got \({size},\)"
    with pytest.raises(ShapeError, match=sentence):
        given.predict(SOFTMAX, engine)


def test_an_unknown_engine_is_refused() -> None:
    sentence = "engine must be one of auto, compiled, reference, got 'compile'; did you mean 'comp"
    with pytest.raises(ConfigurationError, match=sentence):
        Given(NETWORK, 4).predict(SOFTMAX, "compile")


@pytest.mark.parametrize("engine", ["auto", "compiled", "reference"])
@pytest.mark.parametrize("n_jobs", [0, -2, 1.5, "two"])
def test_a_number_of_threads_that_is_none_is_refused(engine: str, n_jobs: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"predict\.n_jobs must be .* got "):
        Given(NETWORK, 4).predict(SOFTMAX, engine, n_jobs)
