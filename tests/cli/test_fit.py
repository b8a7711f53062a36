"""``trainwell fit``: what it writes, what it prints, and that it can be repeated."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer.main

from trainwell.cli.fit_request import RESULTS, FitRequest
from trainwell.cli.main import app
from trainwell.errors import ConfigurationError
from trainwell.estimators.fit_settings import FitSettings

Call = Callable[..., Any]
Content = Callable[[Path], Mapping[str, bytes | None]]

FIT = ("fit", "trees.csv", "--target", "kind", "--max-epochs", "5")
NAMES = {"model.safetensors", "report.html", "run.json"}


def test_a_fit_writes_a_model_a_report_and_a_record(
    call_in_full: Call, folder: Path, content: Content
) -> None:
    answer = call_in_full(*FIT)
    assert answer.code == 0
    assert set(content(folder / "trees-fit")) == NAMES
    assert json.loads((folder / "trees-fit" / "run.json").read_text())["finished"] is True
    assert (folder / "trees-fit" / "report.html").read_text().startswith("<!DOCTYPE html>")


@pytest.mark.usefixtures("folder")
def test_the_result_is_on_standard_output_and_everything_else_is_not(call: Call) -> None:
    answer = call(*FIT)
    lines = answer.out.splitlines()
    assert lines[0].split() == ["accuracy", "log", "loss", "balanced", "accuracy", "ROC", "AUC"]
    assert [line.split()[0] for line in lines[1:5]] == ["train", "dev", "test", "baseline"]
    assert "All epochs were run. Best epoch: " in lines[-1]
    for word in ("Target:", "Inputs:", "Rows:", "Network:", "Training:", "Files:"):
        assert word in answer.err
        assert word not in answer.out


@pytest.mark.usefixtures("folder")
def test_the_cautions_of_the_report_are_told_at_once(call: Call) -> None:
    answer = call(*FIT)
    assert "Note: There are only 12 test rows: another division of the table" in answer.err
    assert "Wilson interval" in answer.err
    assert "Wilson interval" not in answer.out
    assert call(*FIT, "--quiet").err == ""
    cautions = json.loads(call(*FIT, "--json").out)["result"]["cautions"]
    assert all(f"Note: {caution}\n" in answer.err for caution in cautions)


@pytest.mark.usefixtures("folder")
def test_a_regression_is_scored_in_its_unit(call: Call) -> None:
    answer = call("fit", "trees.csv", "--target", "length", "--max-epochs", "5", "--quiet")
    assert answer.out.split("\n")[0].split() == ["R2", "RMSE", "MAE"]
    assert answer.err == ""


@pytest.mark.usefixtures("folder")
def test_the_losses_of_a_regression_have_another_unit_and_say_so(call: Call) -> None:
    said = "Losses:   in units of the standardised target"
    assert call("fit", "trees.csv", "--target", "length", "--max-epochs", "2").err.count(said) == 1
    assert said not in call("fit", "trees.csv", "--target", "kind", "--max-epochs", "2").err


@pytest.mark.usefixtures("folder")
def test_what_was_understood_is_shown_with_what_is_left_out(call: Call, folder: Path) -> None:
    text = "id,same,size,colour,kind\n" + "".join(
        f"{i},7,{i % 5}.5,{'red' if i % 3 else 'blue'},{'xy'[i % 2]}\n" for i in range(40)
    )
    (folder / "t.csv").write_text(text.replace("2.5", ""), encoding="utf-8")
    said = call("fit", "t.csv", "--target", "kind", "--max-epochs", "2").err
    assert "t.csv, 40 rows, 5 columns; text separated by commas, a header" in said
    assert "classification into 'x', 'y'" in said
    for name, kind in (("size", "numeric"), ("colour", "categorical"), ("id", "left out")):
        assert any(kind in line and name in line for line in said.splitlines()), name
    assert "constant ('7')" in said


@pytest.mark.parametrize(
    ("header", "flags"),
    [
        ("country,2019,2020", ("--target", "2020")),
        ("2018,2019,2020", ("--target", "2020")),
        ("country,2019,growth", ("--target", "growth")),
    ],
)
def test_the_line_with_the_names_that_are_given_is_the_header(
    header: str, flags: tuple[str, ...], call: Call, folder: Path
) -> None:
    rows = "".join(f"{i % 5},{i % 7},{i}.5\n" for i in range(40))
    (folder / "t.csv").write_text(f"{header}\n{rows}", encoding="utf-8")
    answer = call("fit", "t.csv", *flags, "--max-epochs", "2")
    assert answer.code == 0, answer.err
    assert "40 rows, 3 columns; text separated by commas, a header" in answer.err


@pytest.mark.usefixtures("folder")
def test_json_is_one_document_on_standard_output(call: Call) -> None:
    answer = call(*FIT, "--json")
    document = json.loads(answer.out)
    assert document["result"]["outcome"] == "completed"
    assert set(document["result"]["scores"]) == {"train", "dev", "test", "baseline (test)"}
    assert {Path(file).name for file in document["files"]} == NAMES


def test_two_runs_have_the_same_bytes(call_in_full: Call, folder: Path, content: Content) -> None:
    first = call_in_full(*FIT, "--out", "first")
    second = call_in_full(*FIT, "--out", "second")
    assert first.out == second.out
    assert content(folder / "first") == content(folder / "second")


def test_another_seed_is_another_run(call: Call, folder: Path) -> None:
    call(*FIT, "--out", "first")
    call(*FIT, "--out", "second", "--seed", "1")
    models = [(folder / out / "model.safetensors").read_bytes() for out in ("first", "second")]
    assert models[0] != models[1]


EVERY_SETTING = (
    *("--task", "regression", "--header", "--drop", "colour", "--hidden", "5,4"),
    *("--activation", "tanh", "--batch-norm", "--initializer", "glorot", "--dropout", "0.1"),
    *("--l1", "0.001", "--l2", "0.01", "--weight-decay", "0.002", "--label-smoothing", "0"),
    *("--loss", "huber", "--optimizer", "nesterov", "--learning-rate", "0.01"),
    *("--schedule", "cosine", "--batch-size", "7", "--clip-norm", "2", "--max-epochs", "4"),
    *("--patience", "3", "--dev-share", "0.25", "--test-share", "0.15", "--seed", "11"),
)


def test_a_configuration_repeats_a_run_to_the_bit(
    call: Call, folder: Path, content: Content
) -> None:
    fit = ("fit", "trees.csv", "--target", "length", *EVERY_SETTING, "--out", "first")
    assert call(*fit).code == 0
    settings = json.loads((folder / "first" / "run.json").read_text())["settings"]
    assert settings["hidden"] == [5, 4]
    assert settings["seed"] == 11
    assert call("fit", "--config", "first/run.json", "--out", "second").code == 0
    assert content(folder / "first") == content(folder / "second")


def test_every_setting_has_its_flag_and_its_place_in_the_record(call: Call, folder: Path) -> None:
    command: Any = typer.main.get_command(app)
    flags = {parameter.name for parameter in command.commands["fit"].params} - {"help", "config"}
    assert flags == {field.name for field in (*fields(FitSettings), *fields(FitRequest))}
    call(*FIT)
    record = json.loads((folder / "trees-fit" / "run.json").read_text())
    stored = set(record["settings"]) - {"kind"}
    assert stored == {field.name for field in fields(FitSettings)}
    others = set(record) - {"kind", "format", "settings"} - RESULTS
    assert others <= {field.name for field in fields(FitRequest)}


def test_flags_override_a_configuration(call: Call, folder: Path) -> None:
    call(*FIT, "--out", "first")
    answer = call("fit", "--config", "first/run.json", "--seed", "5", "--json")
    assert answer.code == 0
    document = json.loads(answer.out)
    assert document["settings"]["seed"] == 5
    assert document["settings"]["max_epochs"] == 5
    assert document["table"] == "trees.csv"
    assert document["files"][0] == str(Path("trees-fit") / "model.safetensors")
    assert folder.joinpath("trees-fit").is_dir()


def test_a_configuration_from_elsewhere_says_that_it_names_the_table(
    call: Call, folder: Path, refused: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    call(*FIT, "--out", "first")
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    repeat = ("fit", "--config", "../first/run.json")
    sentence = "../first/run.json: names the table trees.csv, and there is no such file here; name"
    refused(*repeat, fragment=sentence)
    refused(*repeat, "none.csv", fragment="trainwell: none.csv: there is no such file")
    assert call(*repeat, "../trees.csv", "--out", "again").code == 0


def test_a_configuration_says_every_flag(call: Call, folder: Path) -> None:
    document = {"table": "trees.csv", "out": "told", "quiet": True, "checkpoint_seconds": 0}
    settings = {"target": "kind", "max_epochs": 2, "drop": ["colour"]}
    (folder / "c.json").write_text(json.dumps({**document, "settings": settings}))
    answer = call("fit", "--config", "c.json")
    assert (answer.code, answer.err) == (0, "")
    assert (folder / "told" / "run.json").is_file()


def test_a_repeated_run_says_that_the_table_has_changed(
    call: Call, folder: Path, trees: str
) -> None:
    call(*FIT, "--out", "first")
    assert "Note: the table is not" not in call("fit", "--config", "first/run.json").err
    (folder / "trees.csv").write_text(trees + "9,9,red,oak\n", encoding="utf-8")
    answer = call("fit", "--config", "first/run.json", "--out", "second")
    assert answer.code == 0
    assert "Note: the table is not the one that first/run.json was written for." in answer.err


def test_the_demonstration_needs_nothing_else(call: Call, folder: Path) -> None:
    answer = call("fit", "--demo", "--max-epochs", "2", "--json")
    scores = json.loads(answer.out)["result"]["scores"]
    assert scores["test"]["accuracy"] > scores["baseline (test)"]["accuracy"]
    assert scores["test"]["log loss"] < scores["baseline (test)"]["log loss"]
    assert (folder / "demo-fit" / "model.safetensors").is_file()


@pytest.mark.usefixtures("folder")
def test_a_run_that_diverges_is_said_to_and_leaves_a_model(call: Call) -> None:
    wild = ("--optimizer", "gd", "--learning-rate", "1e30", "--out", "wild")
    answer = call("fit", "trees.csv", "--target", "length", *wild, "--json")
    assert answer.code == 1
    result = json.loads(answer.out)["result"]
    assert result["outcome"] == "diverged"
    said = call("fit", "trees.csv", "--target", "length", *wild, "--overwrite").out.splitlines()[-1]
    assert said.startswith("Stopped at step ")
    assert " is not finite" in said
    words = (
        "; the weights of the start are kept. Try a smaller learning rate. Best epoch: none of 1."
    )
    assert said.endswith(words)
    assert call("predict", "wild", "trees.csv", "--quiet").code == 0


def test_pictures_of_a_run_that_diverges_do_not_warn(call_in_full: Call, folder: Path) -> None:
    rows = "".join(f"{i % 7}.5,{i % 2}\n" for i in range(1, 61))
    (folder / "t.csv").write_text(f"length,kind\n{rows}", encoding="utf-8")
    wild = ("--optimizer", "gd", "--learning-rate", "100", "--quiet")
    answer = call_in_full("fit", "t.csv", "--target", "length", *wild)
    assert (answer.code, answer.err) == (1, "")


def test_a_finished_run_is_written_again_but_not_resumed(
    call: Call, folder: Path, content: Content
) -> None:
    first = call(*FIT)
    before = content(folder / "trees-fit")
    resumed = call(*FIT, "--resume")
    assert (resumed.code, resumed.out) == (0, first.out)
    assert "there is nothing to resume" in resumed.err
    assert call(*FIT).code == 0
    assert content(folder / "trees-fit") == before


def test_overwriting_replaces_another_run(call: Call, folder: Path) -> None:
    call(*FIT)
    assert call(*FIT, "--seed", "1", "--overwrite").code == 0
    record = json.loads((folder / "trees-fit" / "run.json").read_text())
    assert record["settings"]["seed"] == 1


@pytest.mark.parametrize(
    ("table", "folder_name"),
    [("a/b.csv", "b-fit"), ("b.csv.gz", "b-fit"), ("b", "b-fit"), ("b.c.tsv", "b.c-fit")],
)
def test_files_go_to_a_folder_named_after_the_table(table: str, folder_name: str) -> None:
    assert FitRequest(table=table).folder == Path(folder_name)


def test_a_request_checks_itself() -> None:
    with pytest.raises(ConfigurationError, match="not both"):
        FitRequest(table="a.csv", demo=True)
