"""``trainwell predict``: one row out for every row in, in order."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from trainwell import MLPClassifier, MLPRegressor
from trainwell.data.table_files import read_table

Call = Callable[..., Any]


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_each_row_has_a_label_and_its_probabilities(call: Call, folder: Path, fitted: Path) -> None:
    answer = call("predict", str(fitted), "trees.csv")
    assert (answer.code, answer.err) == (0, "")
    rows = read(answer.out)
    assert len(rows) == len((folder / "trees.csv").read_text().splitlines()) - 1
    assert list(rows[0]) == ["prediction", "probability_elm", "probability_oak"]
    for row in rows:
        elm, oak = float(row["probability_elm"]), float(row["probability_oak"])
        assert elm + oak == pytest.approx(1)
        assert row["prediction"] == ("elm" if elm >= oak else "oak")


def test_predictions_stand_in_the_order_of_the_rows(
    call: Call, folder: Path, fitted: Path, trees: str
) -> None:
    header, *lines = trees.splitlines()
    (folder / "turned.csv").write_text("\n".join([header, *reversed(lines)]) + "\n")
    straight = read(call("predict", str(fitted), "trees.csv").out)
    turned = read(call("predict", str(fitted), "turned.csv").out)
    assert [row["prediction"] for row in straight] == [row["prediction"] for row in turned[::-1]]
    # Where a row stands decides which kernel multiplies it: the last bit may differ.
    probabilities = [[float(row["probability_elm"]) for row in each] for each in (straight, turned)]
    np.testing.assert_allclose(probabilities[0], probabilities[1][::-1], rtol=1e-12)
    assert not np.allclose(*probabilities)


def test_columns_may_stand_in_any_order_beside_others(
    call: Call, folder: Path, fitted: Path
) -> None:
    (folder / "plain.csv").write_text("length,width,colour\n1.5,0.1,red\n4,,violet\n")
    (folder / "mixed.csv").write_text("colour,new,width,length\nred,7,0.1,1.5\nviolet,8,,4\n")
    plain = call("predict", str(fitted), "plain.csv")
    mixed = call("predict", str(fitted), "mixed.csv")
    assert plain.out == mixed.out
    assert "'new'" in mixed.err
    assert "'new'" not in plain.err
    assert "'violet'" in plain.err


def test_quiet_leaves_out_the_notes(call: Call, folder: Path, fitted: Path) -> None:
    (folder / "mixed.csv").write_text("colour,new,width,length\nred,7,0.1,1.5\n")
    answer = call("predict", str(fitted), "mixed.csv", "--quiet")
    assert (answer.code, answer.err) == (0, "")


def test_a_model_is_named_by_its_file_or_its_folder(call: Call, folder: Path, fitted: Path) -> None:
    file = str(fitted / "model.safetensors")
    assert folder.is_dir()
    assert call("predict", file, "trees.csv") == call("predict", str(fitted), "trees.csv")


def test_json_holds_the_same_numbers(call: Call, folder: Path, fitted: Path) -> None:
    rows = read(call("predict", str(fitted), "trees.csv").out)
    answer = call("predict", str(fitted), "trees.csv", "--json")
    document = json.loads(answer.out)
    assert folder.is_dir()
    assert document["classes"] == ["elm", "oak"]
    assert document["predictions"] == [row["prediction"] for row in rows]
    assert document["probabilities"] == [
        [float(row["probability_elm"]), float(row["probability_oak"])] for row in rows
    ]


def test_a_file_holds_what_would_be_printed(call: Call, folder: Path, fitted: Path) -> None:
    printed = call("predict", str(fitted), "trees.csv").out
    for name in ("out.csv", "out.parquet"):
        answer = call("predict", str(fitted), "trees.csv", "--out", name)
        assert (answer.code, answer.out, answer.err) == (0, "", f"60 rows: {name}\n")
        quiet = call("predict", str(fitted), "trees.csv", "--out", name, "--quiet")
        assert quiet == (0, "", "")
    assert (folder / "out.csv").read_text(encoding="utf-8") == printed
    table = pl.read_parquet(folder / "out.parquet")
    assert table.equals(pl.read_csv(folder / "out.csv"))
    answer = call("predict", str(fitted), "trees.csv", "--out", "out.csv", "--json")
    assert json.loads(answer.out)["file"] == "out.csv"
    assert "predictions" not in json.loads(answer.out)


@pytest.mark.usefixtures("folder")
def test_measured_targets_are_predicted_in_their_unit(call: Call) -> None:
    fit = ("fit", "trees.csv", "--target", "length", "--max-epochs", "40", "--out", "l", "--quiet")
    assert call(*fit).code == 0
    rows = read(call("predict", "l", "trees.csv").out)
    assert list(rows[0]) == ["prediction"]
    values = [float(row["prediction"]) for row in rows]
    assert 1.5 < sum(values) / len(values) < 5.5


def test_the_file_of_an_estimator_predicts_what_the_estimator_does(
    call: Call, folder: Path
) -> None:
    frame = read_table(folder / "trees.csv").frame
    inputs, kinds = frame.drop("kind"), frame["kind"].to_list()
    model = MLPClassifier((4,), max_iter=3, random_state=0).fit(inputs, kinds)
    model.save(folder / "estimator.safetensors")
    rows = read(call("predict", "estimator.safetensors", "trees.csv").out)
    assert [row["prediction"] for row in rows] == model.predict(inputs).tolist()
    found = [[float(row[f"probability_{kind}"]) for kind in model.classes_] for row in rows]
    np.testing.assert_allclose(found, model.predict_proba(inputs), rtol=1e-6)


@pytest.mark.usefixtures("folder")
def test_an_estimator_of_numbers_is_asked_by_the_names_of_its_columns(
    call: Call, folder: Path
) -> None:
    numbers = pl.DataFrame(
        {"a": [float(i) for i in range(60)], "b": [float(i % 7) for i in range(60)]}
    )
    target = (numbers["a"] * 2).to_numpy()
    model = MLPRegressor(hidden_layer_sizes=(4,), max_iter=3, random_state=0).fit(numbers, target)
    model.save(folder / "numbers.safetensors")
    numbers.select("b", "a").write_csv(folder / "turned.csv")
    rows = read(call("predict", "numbers.safetensors", "turned.csv").out)
    found = [float(row["prediction"]) for row in rows]
    np.testing.assert_allclose(found, model.predict(numbers), rtol=1e-9)


@pytest.mark.usefixtures("folder")
def test_a_model_of_several_columns_is_refused(call: Call, folder: Path) -> None:
    x = np.arange(40.0).reshape(20, 2)
    MLPRegressor(hidden_layer_sizes=(4,), max_iter=2).fit(x, x).save(folder / "two.safetensors")
    answer = call("predict", "two.safetensors", "trees.csv")
    assert answer.code == 2
    assert "predicts several columns at once" in answer.err
