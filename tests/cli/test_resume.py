"""A run that was stopped, however rudely, goes on to the bits of the undisturbed one."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from trainwell.estimators.preparation import Prepared
from trainwell.estimators.table_fit import fit_epochs
from trainwell.training.engine import Epoch
from trainwell.training.state import State

Call = Callable[..., Any]
Content = Callable[[Path], Mapping[str, bytes | None]]

EPOCHS = 6
FIT = ("fit", "trees.csv", "--target", "kind", "--max-epochs", str(EPOCHS))
CHECKPOINT = "checkpoint.safetensors"


def stopped_after(count: int) -> Callable[..., Iterator[Epoch]]:
    """Return a training during which Ctrl-C comes ``count`` epochs later."""

    def epochs(prepared: Prepared, start: State | None = None) -> Iterator[Epoch]:
        for done, epoch in enumerate(fit_epochs(prepared, start)):
            if done == count:
                raise KeyboardInterrupt
            yield epoch

    return epochs


@pytest.fixture
def undisturbed(call: Call, folder: Path, content: Content) -> Mapping[str, bytes | None]:
    """Return the files of the run that nobody stopped."""
    assert call(*FIT, "--out", "undisturbed").code == 0
    return content(folder / "undisturbed")


@pytest.mark.parametrize("pause", ["0", "1000"])
@pytest.mark.parametrize("count", range(1, EPOCHS))
def test_a_stopped_run_leaves_a_model_and_goes_on(
    count: int,
    pause: str,
    call: Call,
    folder: Path,
    undisturbed: Mapping[str, bytes | None],
    content: Content,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fit = (*FIT, "--out", "mine", "--checkpoint-seconds", pause)
    with monkeypatch.context() as patched:
        patched.setattr("trainwell.cli.fit_training.fit_epochs", stopped_after(count))
        answer = call(*fit)
    assert answer.code == 130
    assert "--resume" in answer.err
    assert "Stopped by the user" in answer.out
    files = content(folder / "mine")
    assert set(files) == {*undisturbed, CHECKPOINT}
    record = json.loads(files["run.json"] or b"")
    assert (record["finished"], record["result"]["epochs"]) == (False, count)
    assert call("predict", "mine", "trees.csv").code == 0
    assert call(*fit).code == 2
    answer = call(*fit, "--resume")
    assert answer.code == 0
    assert f"Continuing after epoch {count}." in answer.err
    assert content(folder / "mine") == undisturbed


def test_a_run_stopped_twice_goes_on_twice(
    call: Call,
    folder: Path,
    undisturbed: Mapping[str, bytes | None],
    content: Content,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fit = (*FIT, "--out", "mine")
    monkeypatch.setattr("trainwell.cli.fit_training.fit_epochs", stopped_after(2))
    assert call(*fit).code == 130
    assert call(*fit, "--resume").code == 130
    assert call(*fit, "--resume").code == 0
    assert content(folder / "mine") == undisturbed


def test_a_stop_before_the_first_epoch_leaves_nothing(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainwell.cli.fit_training.fit_epochs", stopped_after(0))
    answer = call(*FIT)
    assert (answer.code, answer.out) == (130, "")
    assert "nothing was written" in answer.err
    assert not (folder / "trees-fit").exists()


def test_a_stop_right_after_resuming_keeps_what_there_was(
    call: Call, folder: Path, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainwell.cli.fit_training.fit_epochs", stopped_after(3))
    call(*FIT)
    before = content(folder / "trees-fit")
    monkeypatch.setattr("trainwell.cli.fit_training.fit_epochs", stopped_after(0))
    assert call(*FIT, "--resume").code == 130
    assert content(folder / "trees-fit") == before


@pytest.mark.parametrize("step", ["score_table", "fit_page", "write_bytes", "write_record"])
def test_a_stop_while_results_are_written_can_be_resumed(
    step: str,
    call: Call,
    folder: Path,
    undisturbed: Mapping[str, bytes | None],
    content: Content,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"trainwell.estimators.run_results.{step}", stop)
        answer = call(*FIT, "--out", "mine")
    assert answer.code == 130
    assert "--resume" in answer.err
    assert (folder / "mine" / CHECKPOINT).exists()
    assert call(*FIT, "--out", "mine", "--resume").code == 0
    assert content(folder / "mine") == undisturbed


def test_resuming_what_was_never_begun_begins_it(
    call: Call, folder: Path, undisturbed: Mapping[str, bytes | None], content: Content
) -> None:
    answer = call(*FIT, "--out", "mine", "--resume")
    assert answer.code == 0
    assert "mine holds no unfinished run: starting from the beginning." in answer.err
    assert content(folder / "mine") == undisturbed


@pytest.mark.parametrize("change", [("--seed", "1"), ("--hidden", "3"), ("--drop", "width")])
def test_a_checkpoint_of_another_run_is_refused(
    change: tuple[str, str],
    call: Call,
    folder: Path,
    content: Content,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("trainwell.cli.fit_training.fit_epochs", stopped_after(2))
        call(*FIT)
    before = content(folder)
    answer = call(*FIT, *change, "--resume")
    assert answer.code == 2
    assert "belongs to a run with other settings or data" in answer.err
    assert content(folder) == before
    assert call(*FIT, *change, "--overwrite").code == 0
    assert not (folder / "trees-fit" / CHECKPOINT).exists()


# Long enough that a signal finds it training.
LONG = (*FIT[:-1], "60", "--batch-size", "1", "--patience", "60", "--checkpoint-seconds", "0")


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "trainwell", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background, children would ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )


def wait_for(path: Path) -> None:
    for _ in range(3000):
        if path.exists():
            return
        time.sleep(0.01)
    pytest.fail(f"{path} never came")


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="Windows has other signals")
def test_signals_and_kills_do_not_change_the_result(
    call_in_full: Call, folder: Path, content: Content
) -> None:
    assert call_in_full(*LONG, "--out", "undisturbed").code == 0
    mine = folder / "mine"

    killed = start(*LONG, "--out", "mine")
    wait_for(mine / CHECKPOINT)
    killed.kill()
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert not (mine / "run.json").exists()

    before = (mine / CHECKPOINT).read_bytes()
    stopped = start(*LONG, "--out", "mine", "--resume")
    for _ in range(3000):
        if (mine / CHECKPOINT).read_bytes() != before:
            break
        time.sleep(0.01)
    stopped.send_signal(signal.SIGINT)
    out, err = stopped.communicate()
    assert stopped.returncode == 130, err
    assert "Stopped by the user" in out
    assert "Continuing after epoch" in err
    assert "Traceback" not in err
    assert call_in_full("predict", "mine", "trees.csv").code == 0

    assert call_in_full(*LONG, "--out", "mine", "--resume").code == 0
    assert content(mine) == content(folder / "undisturbed")
