from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from trainwell.errors import ConfigurationError, DataError, FileFormatError
from trainwell.estimators.fit_settings import SETTINGS_KINDS, FitSettings
from trainwell.estimators.preparation import PARTS, Prepared, prepare
from trainwell.estimators.table_fit import (
    finish,
    fit_epochs,
    load_checkpoint,
    save_checkpoint,
    score_table,
)
from trainwell.estimators.table_model import TableModel, load_model
from trainwell.network.dense import Dense
from trainwell.network.initializers import Filled
from trainwell.settings import as_json, from_json
from trainwell.training.tensor_file import read_tensors, write_tensors

RNG = np.random.default_rng(1)
ROWS = 120


def table() -> pl.DataFrame:
    """Return a table of numbers, categories and gaps with targets of three kinds."""
    size, colour = RNG.normal(size=ROWS), RNG.choice(["red", "green"], size=ROWS)
    noise = 0.1 * RNG.normal(size=ROWS)
    score = 3 * size + (colour == "red") + noise
    three = np.where(score < -1, "low", np.where(score < 1, "middle", "high"))
    return pl.DataFrame(
        {
            "size": [None if row % 9 == 0 else str(value) for row, value in enumerate(size)],
            "colour": colour,
            "score": score.astype(str),
            "good": np.where(score > 0, "yes", "no"),
            "level": three,
        }
    )


TABLE = table()
TARGETS = ("score", "good", "level")


def settings(target: str, **further: object) -> FitSettings:
    others = tuple(name for name in TARGETS if name != target)
    return FitSettings(target, drop=others, **further)  # type: ignore[arg-type]


def prepared(target: str, **further: object) -> Prepared:
    return prepare(TABLE, settings(target, **further), "table.csv")


def fitted(target: str, count: int = 30) -> tuple[Prepared, TableModel]:
    ready = prepared(target)
    *_, last = islice(fit_epochs(ready), count)
    return ready, finish(ready, last.state)


@pytest.mark.parametrize("target", TARGETS)
def test_a_fit_beats_the_trivial_answer(target: str) -> None:
    ready, model = fitted(target)
    scores = score_table(ready, model)
    metric = "R2" if target == "score" else "accuracy"
    assert scores.value("test", metric) > scores.value("baseline (test)", metric) + 0.2


@pytest.mark.parametrize("target", TARGETS)
def test_a_saved_model_predicts_the_same_bits(target: str, tmp_path: Path) -> None:
    _, model = fitted(target, 3)
    model.save(tmp_path / "model.safetensors")
    loaded = load_model(tmp_path / "model.safetensors")
    before, after = model.predict(TABLE), loaded.predict(TABLE)
    assert before.values == after.values
    assert (before.probabilities is None) == (target == "score")
    if before.probabilities is not None:
        np.testing.assert_array_equal(before.probabilities, after.probabilities)
        np.testing.assert_allclose(before.probabilities.sum(axis=1), 1)


@pytest.mark.parametrize("target", TARGETS)
def test_predictions_are_in_the_terms_of_the_target(target: str) -> None:
    ready, model = fitted(target)
    said = model.predict(ready.frames["test"])
    truth = ready.frames["test"][target].to_list()
    if target == "score":
        targets = np.array([float(value) for value in truth])
        assert np.abs(said.values - targets).mean() < 0.3 * targets.std()
    else:
        assert set(said.values) <= set(model.classes)
        assert np.mean([a == b for a, b in zip(said.values, truth, strict=True)]) > 0.7


def test_many_rows_are_predicted_in_pieces_with_the_same_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, model = fitted("level", 2)
    whole = model.predict(TABLE)
    monkeypatch.setattr("trainwell.estimators.table_model.ROWS_AT_ONCE", 7)
    np.testing.assert_allclose(model.predict(TABLE).probabilities, whole.probabilities, atol=1e-14)
    assert model.predict(TABLE).values == whole.values


def test_no_rows_give_no_predictions() -> None:
    _, model = fitted("level", 2)
    assert model.predict(TABLE.head(0)).values == ()


def test_what_is_ignored_or_grouped_is_told() -> None:
    _, model = fitted("good", 2)
    odd = TABLE.with_columns(pl.lit("blue").alias("colour"), pl.lit("x").alias("extra"))
    notes = " ".join(model.predict(odd).notes)
    assert "'extra'" in notes
    assert "'blue'" in notes


def test_the_parts_are_disjoint_and_the_test_rows_teach_nothing() -> None:
    ready = prepared("level")
    sizes = [ready.frames[part].height for part in PARTS]
    assert sum(sizes) == ROWS
    assert sizes == [72, 24, 24]
    other = TABLE.with_columns(
        pl.when(pl.col("size").is_in(ready.frames["test"]["size"].drop_nulls().to_list()))
        .then(pl.lit("1e6"))
        .otherwise(pl.col("size"))
        .alias("size")
    )
    again = prepare(other, settings("level"), "table.csv")
    np.testing.assert_array_equal(again.data["train"].x, ready.data["train"].x)


def test_the_same_settings_give_the_same_bits_and_another_seed_others() -> None:
    first, again, other = prepared("good"), prepared("good"), prepared("good", seed=1)
    assert first.fingerprint == again.fingerprint != other.fingerprint
    ends = [list(islice(fit_epochs(ready), 2))[-1].state.point.theta for ready in (first, again)]
    np.testing.assert_array_equal(*ends)


def test_another_table_of_the_same_shape_is_another_run() -> None:
    changed = TABLE.with_columns(pl.Series("size", [*TABLE["size"][:-1], "0.125"]))
    again = prepare(changed, settings("good"), "table.csv")
    assert again.network == prepared("good").network
    assert again.fingerprint != prepared("good").fingerprint


def test_a_checkpoint_continues_to_the_bits_of_the_whole_run(tmp_path: Path) -> None:
    ready, path = prepared("level"), tmp_path / "checkpoint.safetensors"
    whole = list(islice(fit_epochs(ready), 6))[-1].state
    save_checkpoint(path, ready, list(islice(fit_epochs(ready), 2))[-1].state)
    rest = list(islice(fit_epochs(prepared("level"), load_checkpoint(path, ready)), 4))[-1].state
    np.testing.assert_array_equal(rest.point.theta, whole.point.theta)
    assert rest.history.validation_loss == whole.history.validation_loss


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    ready, path = prepared("level"), tmp_path / "checkpoint.safetensors"
    save_checkpoint(path, ready, next(iter(fit_epochs(ready))).state)
    with pytest.raises(FileFormatError, match="other settings or data"):
        load_checkpoint(path, prepared("level", seed=5))


def test_a_model_is_no_checkpoint_and_a_checkpoint_no_model(tmp_path: Path) -> None:
    ready, model = fitted("good", 1)
    model.save(tmp_path / "model")
    save_checkpoint(tmp_path / "checkpoint", ready, next(iter(fit_epochs(ready))).state)
    with pytest.raises(FileFormatError, match="holds no table checkpoint"):
        load_checkpoint(tmp_path / "model", ready)
    with pytest.raises(FileFormatError, match="holds no table model"):
        load_model(tmp_path / "checkpoint")


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("format", 2),
        ("network", []),
        ("network", {"kind": "Adam", "beta1": 0.9, "beta2": 0.9, "epsilon": 1.0}),
        ("loss", {"kind": "Penalty", "l1": 0.0, "l2": 0.0}),
        ("target", []),
        ("encoding", {"version": 1}),
        ("provenance", None),
    ],
)
def test_a_header_that_lies_is_refused(part: str, value: object, tmp_path: Path) -> None:
    _, model = fitted("good", 1)
    path = tmp_path / "model.safetensors"
    model.save(path)
    arrays, document = read_tensors(path)
    changed = {**document, part: value}
    if value is None:
        del changed[part]
    write_tensors(path, arrays, changed)
    with pytest.raises(FileFormatError, match=r"model\.safetensors"):
        load_model(path)


@pytest.mark.parametrize("name", ["theta", "buffers", "encoding.input_statistics"])
def test_arrays_that_do_not_fit_are_refused(name: str, tmp_path: Path) -> None:
    _, model = fitted("good", 1)
    path = tmp_path / "model.safetensors"
    model.save(path)
    arrays, document = read_tensors(path)
    write_tensors(path, {**arrays, name: np.zeros(3)}, document)
    with pytest.raises(FileFormatError):
        load_model(path)


def test_a_wide_table_gets_a_linear_model_from_zero_with_bounded_features() -> None:
    columns = {f"x{number}": RNG.standard_cauchy(40).astype(str) for number in range(60)}
    wide = pl.DataFrame({**columns, "y": ["a", "b"] * 20})
    ready = prepare(wide, FitSettings("y"), "wide.csv")
    (layer,) = ready.network.layers
    assert isinstance(layer, Dense)
    assert layer.initializer == Filled(0.0)
    assert ready.plan.penalty.l2 == 3 * ready.network.inputs
    assert np.abs(ready.data["train"].x).max() < 1
    assert prepare(wide, FitSettings("y", l2=0.5), "wide.csv").plan.penalty.l2 == 0.5


@pytest.mark.parametrize(
    ("further", "message"),
    [
        ({"hidden": (100_000, 100_000)}, "numbers to learn"),
        ({"dev_share": 0.49, "test_share": 0.5}, "rows, but at least 5"),
        ({"loss": "huber"}, "'huber' does not suit classification"),
        ({"dev_share": 0.5, "test_share": 0.5}, "must leave rows to train on"),
        ({"hidden": (0,)}, "positive whole numbers"),
        ({"activation": "rely"}, "did you mean 'relu'"),
        ({"header": 1}, "true, false or null"),
        ({"drop": ("good",)}, "so it cannot be dropped"),
    ],
)
def test_settings_that_do_not_suit_are_refused(further: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        prepare(TABLE, replace(settings("good"), **further), "table.csv")  # type: ignore[arg-type]


def test_smoothing_is_for_classes() -> None:
    with pytest.raises(ConfigurationError, match="label_smoothing is for classes"):
        prepared("score", label_smoothing=0.1)


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(DataError, match="has 9 rows with a target"):
        prepare(TABLE.head(9), settings("good"), "table.csv")


def test_rows_without_a_target_are_left_out_and_told() -> None:
    gaps = TABLE.with_columns(
        pl.when(pl.int_range(ROWS) % 10 == 0).then(None).otherwise(pl.col("good")).alias("good")
    )
    ready = prepare(gaps, settings("good"), "table.csv")
    assert sum(frame.height for frame in ready.frames.values()) == ROWS - 12
    assert any("12 rows have no value" in note for note in ready.notes)


def test_test_rows_that_were_trained_on_are_told() -> None:
    assert not any("cell by cell" in note for note in prepared("good").notes)
    twice = pl.concat([TABLE, TABLE])
    notes = prepare(twice, settings("good"), "table.csv").notes
    (note,) = (note for note in notes if "cell by cell" in note)
    assert int(note.split()[0]) > 10
    assert note.split()[2] == "48"


def test_settings_survive_json() -> None:
    chosen = FitSettings("good", drop=("a",), hidden=(8, 4), dropout=0.1, header=False)
    assert from_json(as_json(chosen), SETTINGS_KINDS) == chosen
    assert eval(repr(chosen)) == chosen  # noqa: S307 - the repr is ours
