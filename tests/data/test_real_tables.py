"""Eight real tables are read straight from their files, with nothing told but the target."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from trainwell.data.columns import infer_columns
from trainwell.data.encoding import fit_encoding, from_parts
from trainwell.data.table_files import read_table
from trainwell.data.target import has_target, infer_target
from trainwell.data.target_encoding import fit_target

NAMES = ("penguins", "pima_diabetes", "wine_quality_red", "auto_imports", "mammography")
NAMES += ("taxis", "hepatic_injury", "hpc_jobs")


@pytest.fixture(params=NAMES)
def facts(request, shared: Path):
    folder = shared / "data" / "tabular"
    manifest = json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))
    (found,) = [entry for entry in manifest["datasets"] if entry["name"] == request.param]
    return {**found, "path": folder / found["file"]}


@pytest.fixture
def table(facts):
    return read_table(facts["path"])


def test_a_file_is_read_as_its_source_describes_it(facts, table) -> None:
    assert table.rows == facts["rows_in_file"]
    assert len(table.columns) == facts["columns_in_file"]
    if facts["format"] == "parquet":
        assert table.format.kind == "parquet"
        return
    assert table.format.header is facts["header"]
    assert table.format.separator == facts["sep"]
    assert table.format.quote == facts["quotechar"]
    missing = table.frame.drop(*facts["drop"], *facts["ids"], facts["target"])
    share = 100 * missing.null_count().sum_horizontal()[0] / (missing.height * missing.width)
    assert share == pytest.approx(facts["missing_cells_percent"], abs=0.02)


def test_its_columns_are_what_its_source_says(facts, table) -> None:
    columns = infer_columns(table.frame, facts["target"], exclude=facts["drop"])
    left_out = {column.name: column.word for column in columns if not column.used}
    assert {name for name, word in left_out.items() if word.startswith("row numb")} == set(
        facts["ids"]
    )
    dates = {column.name for column in columns if column.kind == "date"}
    assert dates == set(facts["dates"])
    constant = sum(word.startswith("constant") for word in left_out.values())
    numeric = sum(column.kind == "numeric" for column in columns)
    assert numeric + constant == facts["numeric_columns"]
    words = sum(column.kind in {"categorical", "date"} for column in columns)
    assert words == facts["other_columns"]
    assert len(left_out) == constant + len(facts["ids"]) + len(facts["drop"])


def test_its_target_is_what_its_source_says(facts, table) -> None:
    target = infer_target(table.frame, facts["target"])
    regression = facts["task"] == "regression"
    assert target.task == ("regression" if regression else "classification")
    assert target.missing == facts["rows_without_target"]
    if not regression:
        assert len(target.labels) == facts["classes"]
        assert min(target.counts) == facts["smallest_class_rows"]
        assert target.notes == ()


def test_a_linear_map_of_its_features_beats_the_trivial_guess(facts, table) -> None:
    target = infer_target(table.frame, facts["target"])
    frame = table.frame.filter(has_target(table.frame, target))
    # every third row is held back: the files are sorted in many ways
    held_back = pl.Series(np.arange(frame.height) % 3 == 2)
    training, test = frame.filter(~held_back), frame.filter(held_back)
    columns = infer_columns(frame, facts["target"], exclude=facts["drop"])
    encoding = fit_encoding(training, columns)
    labels = fit_target(training, target)
    x, y = encoding.apply(training), labels.encode(training).T
    x_mean, y_mean = x.mean(axis=0), y.mean(axis=0)
    # strong, since one table has more columns than rows
    penalty = 1000 * np.eye(x.shape[1])
    x = x - x_mean
    weights = np.linalg.solve(x.T @ x + penalty, x.T @ (y - y_mean))
    answer = y_mean + (encoding.apply(test) - x_mean) @ weights
    truth = labels.encode(test).T
    assert np.mean((truth - answer) ** 2) < 0.98 * np.mean((truth - y_mean) ** 2)


def test_its_encoding_survives_its_parts(facts, table) -> None:
    frame = table.frame
    encoding = fit_encoding(frame.head(200), infer_columns(frame, facts["target"]))
    again = from_parts(json.loads(json.dumps(encoding.as_json())), encoding.arrays())
    assert again == encoding
    features = encoding.apply(frame)
    assert np.isfinite(features).all()
    assert (again.apply(frame.reverse()) == features[::-1]).all()
    assert encoding.mismatch(frame, facts["target"]).extra == ()
