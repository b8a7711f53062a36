"""The command itself: its help, its exit codes, its streams."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import trainwell.cli.main as command_line
from trainwell.cli.main import main
from trainwell.errors import ConfigurationError

Call = Callable[..., Any]

TRAINWELL = (sys.executable, "-m", "trainwell")
FIT = ("fit", "trees.csv", "--target", "kind", "--max-epochs", "12")


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TRAINWELL, *arguments], capture_output=True, text=True, check=False, **options
    )


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help_names_every_command(arguments: tuple[str, ...], call: Call) -> None:
    answer = call(*arguments)
    assert (answer.code, answer.err) == (0, "")
    for word in ("fit", "predict", "reproduce", "--version", "trainwell fit --demo"):
        assert word in answer.out


@pytest.mark.parametrize("name", ["fit", "predict", "reproduce"])
def test_every_command_explains_itself(name: str, call: Call) -> None:
    answer = call(name, "--help")
    assert (answer.code, answer.err) == (0, "")
    for word in ("Usage: trainwell", "--json", "--quiet"):
        assert word in answer.out


def test_the_version_is_printed(call: Call) -> None:
    answer = call("--version")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("trainwell ")


def test_help_waits_for_nothing_heavy() -> None:
    code = (
        "import sys; from trainwell.cli.main import main; main(['--help']); "
        "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    for package in ("matplotlib", "polars", "safetensors", "scipy", "sklearn"):
        assert f"'{package}'" not in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("fit", "nowhere.csv", "--target", "x"), "nowhere.csv: there is no such file"),
        (("fit", "trees.csv", "--target", "kid"), "did you mean 'kind'?"),
        (("fit", "--demo", "--seed", "-1"), "--seed must be an integer of at least 0, got -1"),
        (("predict", "trees.csv", "trees.csv"), "trees.csv: is not a whole safetensors file"),
    ],
)
def test_the_module_is_the_command(arguments: tuple[str, ...], sentence: str, folder: Path) -> None:
    answer = run(*arguments, cwd=folder)
    assert answer.returncode == 2
    assert answer.stderr.startswith("trainwell: ")
    assert sentence in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert answer.stdout == ""
    assert [path.name for path in folder.iterdir()] == ["trees.csv"]


@pytest.mark.parametrize("arguments", [("predict", "trees.csv"), ("--help",)])
def test_nobody_reading_is_no_error(arguments: tuple[str, ...], folder: Path, fitted: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [arguments[0], *([str(fitted)] if len(arguments) > 1 else []), *arguments[1:]]
    answer = subprocess.run(
        [*TRAINWELL, *command],
        cwd=folder,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert (answer.returncode, answer.stderr) == (141, "")


@pytest.mark.skipif(os.name == "nt", reason="Windows has another shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize("arguments", [("predict", "trees.csv"), ("--version",), ("fit",)])
def test_a_closed_stream_is_no_error(
    arguments: tuple[str, ...], closed: str, folder: Path, fitted: Path
) -> None:
    command = [arguments[0], *([str(fitted)] if len(arguments) > 1 else []), *arguments[1:]]
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh"]
    answer = subprocess.run(
        [*shell, *TRAINWELL, *command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert answer.returncode == (2 if arguments == ("fit",) else 0), answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_standard_output_is_said_in_a_sentence(folder: Path, fitted: Path) -> None:
    with Path("/dev/full").open("w") as full:
        answer = subprocess.run(
            [*TRAINWELL, "predict", str(fitted), "trees.csv"],
            cwd=folder,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert answer.returncode == 2
    assert answer.stderr == "trainwell: standard output: No space left on device\n"


def test_a_terminal_that_knows_no_umlauts_is_no_error(folder: Path, fitted: Path) -> None:
    (folder / "rows.csv").write_text("length,width,colour\n1,2,grün\n", encoding="utf-8")
    plain = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    answer = run("predict", str(fitted), "rows.csv", cwd=folder, env=plain)
    assert answer.returncode == 0, answer.stderr
    assert "'gr\\xfcn'" in answer.stderr


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("FitSettings.dev_share must be", "--dev-share must be"),
        ("FitSettings: two things", "two things"),
        ("FitSettings: 'dev_share' is not dev_share", "'dev_share' is not --dev-share"),
        ("FitRequest.table must be", "TABLE must be"),
        ("predict.out must be", "--out must be"),
        ("my.predict.csv: is empty", "my.predict.csv: is empty"),
        ("Plan.seed must be", "Plan.seed must be"),
        ("column 'a\nb\x1b[2J'", "column 'a\\nb\\x1b[2J'"),
    ],
)
def test_a_sentence_names_settings_as_flags(
    sentence: str, said: str, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise ConfigurationError(sentence)

    monkeypatch.setattr(command_line, "installed_version", refuse)
    answer = call("--version")
    assert (answer.code, answer.err) == (2, f"trainwell: {said}\n")


def test_ctrl_c_outside_of_training_is_quiet(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "installed_version", stop)
    assert call("--version") == (130, "", "")


def test_a_mistake_of_ours_is_not_hidden_and_is_no_finding(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "installed_version", lambda: 1 // 0)
    assert main(["--version"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("Traceback")
    last = said.splitlines()[-1]
    assert last.startswith("trainwell: a fault of trainwell's own, please report it: Zero")
    assert "(test_main.py, line " in last


@pytest.mark.skipif(os.name == "nt", reason="Windows has other terminals")
@pytest.mark.filterwarnings("ignore:os.fork")  # of JAX, where a test before has imported it
def test_progress_and_colour_are_for_terminals_only(folder: Path, call: Call) -> None:
    import pexpect

    plain = {key: value for key, value in os.environ.items() if key not in {"CI", "NO_COLOR"}}
    terminal = pexpect.spawn(
        TRAINWELL[0],
        [*TRAINWELL[1:], *FIT, "--out", "shown"],
        cwd=str(folder),
        env=plain | {"TERM": "xterm-256color"},
        encoding="utf-8",
        timeout=60,
        dimensions=(30, 120),
    )
    seen = terminal.read()
    terminal.close()
    assert terminal.exitstatus == 0, seen
    assert "\x1b[" in seen
    assert "of 12" in seen
    assert "━" in seen
    assert seen.index("━") < seen.index("balanced accuracy") < seen.index("Files:")

    piped = call(*FIT, "--out", "piped")
    for text in (piped.out, piped.err):
        assert "\x1b" not in text
        assert "━" not in text
    lines = [line for line in piped.err.splitlines() if line.startswith("epoch ")]
    assert [line.partition(":")[0] for line in lines] == [
        "epoch 1",
        "epoch 2",
        "epoch 5",
        "epoch 10",
    ]
    for line in piped.out.splitlines():
        assert line in seen

    quiet = call(*FIT, "--out", "quiet", "--quiet", "--json")
    assert quiet.err == ""
    assert json.loads(quiet.out)["finished"]
