"""A run on a stream is the run on the same examples in memory, to the bit."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from trainwell.data.augmentation import FeatureNoise
from trainwell.data.chunks import ArrayChunks, ParquetChunks
from trainwell.data.dataset import Data
from trainwell.data.stream import Rows, Stream
from trainwell.engine.epochs import epochs
from trainwell.engine.many import train_many
from trainwell.engine.run import train
from trainwell.errors import ConfigurationError, DataError, ShapeError
from trainwell.network.build import mlp
from trainwell.network.cross_entropy import SigmoidCrossEntropy, SoftmaxCrossEntropy
from trainwell.network.penalties import Penalty
from trainwell.network.regression_losses import SquaredError
from trainwell.training.adaptive import Adam
from trainwell.training.descent import GradientDescent
from trainwell.training.engine import Divergence, Epoch
from trainwell.training.job import Job
from trainwell.training.outcome import Outcome
from trainwell.training.plan import Plan
from trainwell.training.schedules import Constant, Cosine
from trainwell.training.state import State, starting_state, state_at
from trainwell.training.storage import load_state, save_state

ENGINES = ("reference", "compiled")
EXAMPLES = 47
RNG = np.random.default_rng(8)
X = RNG.standard_normal((EXAMPLES, 3))
Y = (X[:, :1] > X[:, 1:2]).astype(float)
WEIGHT = RNG.permutation(np.repeat([1.0, 2.0, 4.0], [20, 17, 10]))  # of mean 2: nothing is rounded
VALIDATION = Data(X[::-1].T + 0.1, Y[::-1].T)
NETWORK = mlp(3, (5, 4), 1, batch_norm=True, dropout=0.3)
PLAN = Plan(
    SigmoidCrossEntropy(0.05),
    Adam(),
    Cosine(0.05, epochs=9),
    batch_size=6,
    penalty=Penalty(0.01, 0.1),
    weight_decay=0.01,
    clip_norm=3.0,
    max_epochs=9,
    seed=5,
)
WHOLE = Data(X.T, Y.T)


def stream(rows: int = 10, mixed: int = 2, weight: Any = None, *, single: bool = False) -> Stream:
    return Stream(ArrayChunks(X, Y, weight, rows=rows), mixed, single)


def run(
    plan: Plan,
    training: Data | Stream,
    count: int = 3,
    *,
    engine: str = "reference",
    validation: Data | None = VALIDATION,
    start: State | None = None,
    network: Any = NETWORK,
) -> list[Epoch]:
    records = epochs(network, plan, training, validation, engine=engine, start=start)
    return list(islice(records, count))


def in_its_order(plan: Plan, streamed: Stream, data: Data, engine: str) -> Iterator[Epoch]:
    """Train in memory on data whose columns stand where the stream visits them."""
    state = None
    for epoch in range(3):
        visits = streamed.visits(plan.seed, epoch)
        order = np.concatenate([visit.numbers for visit in visits])
        unshuffled = replace(plan, shuffle=False)
        (record,) = run(unshuffled, data.columns(order), 1, engine=engine, start=state)
        state = record.state
        yield record


def assert_same(one: Epoch, other: Epoch) -> None:
    """Compare everything that a record knows, to the bit."""
    assert (one.number, one.learning_rate) == (other.number, other.learning_rate)
    assert (one.training_loss, one.validation_loss) == (other.training_loss, other.validation_loss)
    assert one.divergence == other.divergence
    assert (one.state.best_epoch, one.state.best_loss) == (
        other.state.best_epoch,
        other.state.best_loss,
    )
    for first, second in zip(
        (one.state.point, one.state.best), (other.state.point, other.state.best), strict=True
    ):
        assert first.memory.step == second.memory.step
        np.testing.assert_array_equal(first.theta, second.theta)
        np.testing.assert_array_equal(first.buffers, second.buffers)
        np.testing.assert_array_equal(first.memory.moments, second.memory.moments)


def assert_same_runs(one: list[Epoch], other: list[Epoch]) -> None:
    for first, second in zip(one, other, strict=True):
        assert_same(first, second)


# Chunks, how many are mixed, and batches: smaller and larger than a chunk, a window, the data;
# batches of 23 and 46 leave a single example, which joins the batch before it.
SHAPES = [(10, 2, 6), (1, 1, 6), (7, 3, 23), (5, 2, 46), (3, 1, 20), (47, 1, 6), (4, 99, 100)]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("rows", "mixed", "batch_size"), SHAPES)
def test_without_shuffling_a_stream_is_the_data_in_memory(
    engine: str, rows: int, mixed: int, batch_size: int
) -> None:
    plan = replace(PLAN, batch_size=batch_size, shuffle=False)
    streamed = run(plan, stream(rows, mixed), engine=engine)
    assert_same_runs(streamed, run(plan, WHOLE, engine=engine))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("rows", "mixed", "batch_size"), SHAPES)
def test_a_shuffled_stream_is_the_data_in_memory_in_its_order(
    engine: str, rows: int, mixed: int, batch_size: int
) -> None:
    plan, streamed = replace(PLAN, batch_size=batch_size), stream(rows, mixed)
    expected = list(in_its_order(plan, streamed, WHOLE, engine))
    assert_same_runs(run(plan, streamed, engine=engine), expected)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_weighted_stream_is_the_data_in_memory_in_its_order(engine: str) -> None:
    streamed = stream(weight=WEIGHT)
    expected = list(in_its_order(PLAN, streamed, Data(X.T, Y.T, WEIGHT), engine))
    assert_same_runs(run(PLAN, streamed, engine=engine), expected)
    assert (expected[-1].state.point.theta != run(PLAN, stream())[-1].state.point.theta).any()


@pytest.mark.parametrize("engine", ENGINES)
def test_an_augmented_stream_is_the_data_in_memory_in_its_order(engine: str) -> None:
    plan = replace(PLAN, augmentation=FeatureNoise(0.1))
    expected = list(in_its_order(plan, stream(weight=WEIGHT), Data(X.T, Y.T, WEIGHT), engine))
    assert_same_runs(run(plan, stream(weight=WEIGHT), engine=engine), expected)


def test_a_stream_in_single_precision_is_single_data_in_its_order() -> None:
    data = Data(X.T.astype(np.float32), Y.T, WEIGHT)
    streamed = stream(weight=WEIGHT, single=True)
    expected = list(in_its_order(PLAN, streamed, data, "reference"))
    found = run(PLAN, streamed)
    assert_same_runs(found, expected)
    assert found[-1].state.point.theta.dtype == np.float32


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("augmented", [False, True])
def test_both_engines_give_the_same_numbers(weight: Any, augmented: bool) -> None:
    plan = replace(PLAN, augmentation=FeatureNoise(0.1) if augmented else None)
    streamed = stream(weight=weight)
    one, other = (run(plan, streamed, 9, engine=engine)[-1] for engine in ENGINES)
    np.testing.assert_allclose(one.state.point.theta, other.state.point.theta, rtol=1e-10)
    np.testing.assert_allclose(one.state.point.buffers, other.state.point.buffers, rtol=1e-10)
    assert one.training_loss == pytest.approx(other.training_loss, rel=1e-10)
    assert one.validation_loss == pytest.approx(other.validation_loss, rel=1e-10)


@pytest.mark.parametrize("engine", ENGINES)
def test_mapped_and_parquet_files_give_the_run_of_their_arrays(tmp_path: Path, engine: str) -> None:
    expected = run(PLAN, stream(weight=WEIGHT), engine=engine)
    np.save(tmp_path / "table.npy", np.column_stack([X, Y, WEIGHT]))
    mapped = np.load(tmp_path / "table.npy", mmap_mode="r")
    pl.DataFrame(mapped, ["a", "b", "c", "y", "w"]).write_parquet(
        tmp_path / "table.parquet", row_group_size=7
    )
    for chunks in (
        ArrayChunks(mapped[:, :3], mapped[:, 3:4], mapped[:, 4], rows=10),
        ParquetChunks(tmp_path / "table.parquet", "y", weight="w", rows=10),
    ):
        assert_same_runs(run(PLAN, Stream(chunks, 2, single=False), engine=engine), expected)


def test_classes_give_the_run_of_their_columns() -> None:
    labels = RNG.integers(0, 3, EXAMPLES)
    plan = replace(PLAN, loss=SoftmaxCrossEntropy())
    one, other = (
        run(plan, Stream(chunks, 2, single=False), network=mlp(3, (5,), 3), validation=None)
        for chunks in (
            ArrayChunks(X, labels, rows=9, classes=3),
            ArrayChunks(X, np.eye(3)[labels], rows=9),
        )
    )
    assert_same_runs(one, other)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_resumed_run_is_the_whole_run(tmp_path: Path, engine: str) -> None:
    whole = run(PLAN, stream(), 5, engine=engine)
    save_state(tmp_path / "state", NETWORK, PLAN, whole[1].state)
    network, plan, start = load_state(tmp_path / "state")
    rest = run(plan, stream(), 3, engine=engine, start=start, network=network)
    assert_same_runs(rest, whole[2:])


def test_a_resumed_run_reads_the_same_chunks_in_the_same_order() -> None:
    asked: list[int] = []

    class Watched(ArrayChunks):
        def read(self, number: int) -> Rows:
            asked.append(number)
            return super().read(number)

    streamed = Stream(Watched(X, Y, rows=4), 3, single=False)
    whole = run(PLAN, streamed, 4)
    per_epoch = np.array(asked[-4 * 12 :]).reshape(4, 12)
    asked.clear()
    run(PLAN, streamed, 2, start=whole[1].state)
    assert asked == per_epoch[2:].ravel().tolist()
    assert len({tuple(order) for order in per_epoch.tolist()}) == 4


@pytest.mark.parametrize("engine", ENGINES)
def test_patience_ends_a_stream_as_it_ends_data_in_memory(engine: str) -> None:
    plan = replace(
        PLAN, patience=3, max_epochs=40, shuffle=False, learning_rate=Constant(0.2), tolerance=0.01
    )
    one, other = (
        train(NETWORK, plan, data, VALIDATION, engine=engine) for data in (stream(), WHOLE)
    )
    assert one.outcome == other.outcome == Outcome.STALLED
    assert 3 < one.state.epoch == other.state.epoch < 40
    np.testing.assert_array_equal(one.state.best.theta, other.state.best.theta)


@pytest.mark.parametrize("engine", ENGINES)
def test_without_validation_data_the_training_loss_is_watched(engine: str) -> None:
    records = run(PLAN, stream(), 4, engine=engine, validation=None)
    losses = [record.training_loss for record in records]
    state = records[-1].state
    assert [record.validation_loss for record in records] == [None] * 4
    assert state.best_loss == min(losses)
    assert state.best_epoch == 1 + int(np.argmin(losses))


def test_streams_that_are_trained_at_once_give_the_runs_of_each_alone() -> None:
    shared = stream(weight=WEIGHT)
    jobs = [Job(NETWORK, replace(PLAN, seed=seed), shared, VALIDATION) for seed in range(4)]
    for job, found in zip(jobs, train_many(jobs, n_jobs=2, engine="reference"), strict=True):
        alone = train(NETWORK, job.plan, shared, VALIDATION, engine="reference")
        np.testing.assert_array_equal(found.state.point.theta, alone.state.point.theta)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("shuffle", [True, False])
def test_a_divergence_names_the_rows_of_the_file(engine: str, shuffle: bool) -> None:
    # The weights multiply by 1e50 twice: 1e250 overflows in the second layer.
    network = mlp(1, (1,), 1, activation="identity")
    plan = Plan(
        SquaredError(), GradientDescent(), Constant(1e-300), batch_size=4, seed=1, shuffle=shuffle
    )
    x = np.ones((30, 1))
    streamed = Stream(ArrayChunks(x, np.zeros((30, 1)), rows=5), 2, single=False)
    visits = streamed.visits(1, 0, shuffle=shuffle)
    order = np.concatenate([visit.numbers for visit in visits])
    x[order[[17, 18, 29]]] = 1e250  # the fifth batch, in the second visit, sees two of them
    rows = (int(order[17]), int(order[18]))
    start = state_at(network, plan, np.array([1e50, 0.0, 1e50, 0.0]))
    (record,) = run(plan, streamed, 9, engine=engine, validation=None, start=start, network=network)
    assert record.divergence == Divergence(4, 3, "output", rows)
    assert record.state.point.memory.step == 4
    assert record.state.epoch == 0


def test_a_divergence_on_a_stream_is_that_of_the_data_in_memory() -> None:
    plan = replace(
        PLAN, learning_rate=Constant(1e200), shuffle=False, clip_norm=None, loss=SquaredError()
    )
    plan = replace(plan, optimizer=GradientDescent())
    for engine in ENGINES:
        one, other = (run(plan, data, 9, engine=engine) for data in (stream(), WHOLE))
        assert one[-1].divergence is not None
        np.testing.assert_equal(one[-1].training_loss, other[-1].training_loss)
        np.testing.assert_array_equal(
            one[-1].state.point.theta, other[-1].state.point.theta, strict=True
        )
        assert one[-1].divergence == other[-1].divergence


def test_the_output_starts_at_the_base_rate_of_what_fits_in_memory() -> None:
    plan = replace(PLAN, output_bias="base rate")
    one = starting_state(NETWORK, plan, stream(10, 5, WEIGHT))
    other = starting_state(NETWORK, plan, Data(X.T, Y.T, WEIGHT))
    np.testing.assert_array_equal(one.point.theta, other.point.theta)
    expected = list(in_its_order(plan, stream(10, 5), WHOLE, "reference"))
    assert_same_runs(run(plan, stream(10, 5)), expected)


def test_the_output_of_a_sorted_file_does_not_start_at_the_rate_of_its_first_rows() -> None:
    y = (np.arange(400) >= 200).astype(float)[:, np.newaxis]
    streamed = Stream(ArrayChunks(np.zeros((400, 3)), y, rows=10), 4, single=False)
    plan = replace(PLAN, output_bias="base rate")
    state = starting_state(NETWORK, plan, streamed)
    assert state.point.theta[-1] == pytest.approx(0)


REFUSED = [
    (
        "full-batch",
        {"plan": replace(PLAN, batch_size=None)},
        ConfigurationError,
        r"a Stream needs a batch_size",
    ),
    (
        "inputs",
        {"network": mlp(2, (4,), 1)},
        ShapeError,
        r"training: x must have shape \(2, N\), .* got \(3, 47\)",
    ),
    (
        "outputs",
        {"network": mlp(3, (4,), 2)},
        ShapeError,
        r"training: y must have shape \(2, N\), .* got \(1, 47\)",
    ),
    ("validation", {"validation": stream()}, ConfigurationError, r"must be a Data, got 'Stream'"),
    (
        "chunks",
        {"training": stream().chunks},
        ConfigurationError,
        r"a Data or a Stream, got 'ArrayChunks'",
    ),
]


@pytest.mark.parametrize(
    ("changes", "error", "message"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED]
)
def test_a_stream_that_does_not_fit_is_refused(
    changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    job = {"network": NETWORK, "plan": PLAN, "training": stream(), "validation": None} | changes
    with pytest.raises(error, match=message) as caught:
        Job(**job)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("engine", ENGINES)
def test_targets_are_looked_at_when_they_are_read(engine: str) -> None:
    y = Y.copy()
    y[30] = 2
    streamed = Stream(ArrayChunks(X, y, rows=5), single=False)
    records = epochs(NETWORK, PLAN, streamed, engine=engine)
    with pytest.raises(DataError, match=r"SigmoidCrossEntropy needs targets that are in \[0, 1\]"):
        next(records)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_bad_number_ends_the_epoch_that_reads_it(engine: str) -> None:
    x = X.copy()
    x[30, 1] = np.nan
    streamed = Stream(ArrayChunks(x, Y, rows=5), single=False)
    records = epochs(NETWORK, PLAN, streamed, engine=engine)
    with pytest.raises(DataError, match=r"x must be finite .* got nan at row 30, column 1"):
        next(records)
