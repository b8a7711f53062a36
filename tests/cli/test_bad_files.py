"""Models that are none, tables that do not suit them, and places that take no files."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from trainwell.training.tensor_file import read_tensors, write_tensors

Refused = Callable[..., None]
Arrays = dict[str, Any]

LIE = (10**12).to_bytes(8, "little")

# id: (what becomes of the bytes of a model, what the sentence must say)
BYTES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "was cut short or is of another kind"),
    "seven bytes": (lambda raw: raw[:7], "was cut short or is of another kind"),
    "half a header": (lambda raw: raw[:99], "was cut short or is of another kind"),
    "half the numbers": (lambda raw: raw[:-99], "is not a whole safetensors file"),
    "more than its numbers": (lambda raw: raw + b"more", "is not a whole safetensors file"),
    "a lying header": (lambda raw: LIE + raw[8:], "was cut short or is of another kind"),
    "a header of noise": (lambda raw: raw[:8] + b"\x01" * (len(raw) - 8), "is not a whole"),
    "a picture": (lambda _: b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "is of another kind"),
    "a model of others": (lambda _: save({"w": np.zeros(3)}), "not written by trainwell"),
}


@pytest.mark.parametrize("name", BYTES)
def test_a_file_that_is_no_model_is_refused(
    name: str, folder: Path, fitted: Path, refused: Refused
) -> None:
    change, fragment = BYTES[name]
    raw = (fitted / "model.safetensors").read_bytes()
    (folder / "bad.safetensors").write_bytes(change(raw))
    refused("predict", "bad.safetensors", "trees.csv", fragment="bad.safetensors: is")
    refused("predict", "bad.safetensors", "trees.csv", fragment=fragment)


def without(name: str) -> Callable[[Arrays, Any], object]:
    return lambda arrays, document: (arrays.pop(name, None), document.pop(name, None))


def with_array(name: str, change: Callable[[Any], Any]) -> Callable[[Arrays, Any], object]:
    return lambda arrays, _: arrays.update({name: change(arrays[name])})


# id: (what becomes of its arrays and its document, what the sentence must say)
PARTS: dict[str, tuple[Callable[[Arrays, Any], object], str]] = {
    "another version": (lambda _, text: text.update(format=99), "has format 99; this version"),
    "another kind": (lambda _, text: text.update(kind="checkpoint"), "holds no table model"),
    "no weights": (without("theta"), "lacks or garbles a part"),
    "no encoding": (without("encoding"), "lacks or garbles a part"),
    "a weight less": (with_array("theta", lambda theta: theta[1:]), "theta must have shape"),
    "weights not finite": (with_array("theta", lambda theta: theta * np.nan), "not finite"),
    "unknown layers": (lambda _, text: text["network"].update(kind="Magic"), "got 'Magic'"),
}


@pytest.mark.parametrize("name", PARTS)
def test_a_model_that_lacks_or_garbles_a_part_is_refused(
    name: str, folder: Path, fitted: Path, refused: Refused
) -> None:
    change, fragment = PARTS[name]
    arrays, document = read_tensors(fitted / "model.safetensors")
    document = json.loads(json.dumps(document))
    change(arrays, document)
    write_tensors(folder / "bad.safetensors", arrays, document)
    refused("predict", "bad.safetensors", "trees.csv", fragment=fragment)


# id: (table, further arguments, what the sentence must say)
ROWS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "a column missing": ("length,width\n1,2\n", (), "rows.csv: the table has no column 'colour'"),
    "all columns missing": ("a,b\n1,2\n", (), "no columns 'length', 'width', 'colour'"),
    "text among numbers": ("length,width,colour\n1,2,red\nlong,2,red\n", (), "row 2: 'long'"),
    "an infinite number": ("length,width,colour\ninf,2,red\n", (), "'inf' is infinite"),
    "empty": ("", (), "rows.csv: is empty"),
    "header only": ("length,width,colour\n", (), "a header and no rows"),
    "written as nothing known": (
        "length,width,colour\n1,2,red\n",
        ("--out", "o.xlsx"),
        "--out must",
    ),
    "written over itself": (
        "length,width,colour\n1,2,red\n",
        ("--out", "rows.csv"),
        "would replace",
    ),
    "written nowhere": (
        "length,width,colour\n1,2,red\n",
        ("--out", "no/o.csv"),
        "no/o.csv: could not",
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_rows_that_do_not_suit_the_model_are_refused(
    name: str, folder: Path, fitted: Path, refused: Refused
) -> None:
    text, further, fragment = ROWS[name]
    (folder / "rows.csv").write_text(text, encoding="utf-8")
    refused("predict", str(fitted), "rows.csv", *further, fragment=fragment)


def test_a_folder_that_holds_no_model_yet_says_what_to_do(folder: Path, refused: Refused) -> None:
    (folder / "trees-fit").mkdir()
    (folder / "trees-fit" / "checkpoint.safetensors").write_bytes(b"")
    sentence = "trainwell: trees-fit: holds no model yet: repeat its fit with --resume"
    refused("predict", "trees-fit", "trees.csv", fragment=sentence)


def test_files_that_are_not_there_are_refused(fitted: Path, refused: Refused) -> None:
    refused("predict", "none.safetensors", "trees.csv", fragment="none.safetensors: cannot be read")
    refused("predict", ".", "trees.csv", fragment="model.safetensors: cannot be read")
    refused("predict", str(fitted), "none.csv", fragment="none.csv: there is no such file")
    model = str(fitted / "model.safetensors")
    refused("predict", model, model, fragment="a model, not a table")


FIT = ("fit", "trees.csv", "--target", "kind", "--max-epochs", "3")


def test_a_folder_that_cannot_be_is_refused(refused: Refused) -> None:
    refused(*FIT, "--out", "trees.csv", fragment="it is a file, not a folder")
    refused(*FIT, "--out", "trees.csv/deep", fragment="trees.csv/deep: could not be written")


def test_a_folder_of_another_run_is_refused(call: Any, refused: Refused) -> None:
    assert call(*FIT, "--out", "mine", "--quiet").code == 0
    refused(*FIT, "--out", "mine", "--seed", "1", fragment="mine: holds a run with other settings")
    resumed = (*FIT, "--out", "mine", "--seed", "1", "--resume")
    refused(*resumed, fragment="mine: holds a run with other settings")


def test_a_folder_of_foreign_files_is_refused(folder: Path, refused: Refused) -> None:
    (folder / "theirs").mkdir()
    (folder / "theirs" / "run.json").write_text('{"mine": true}')
    refused(*FIT, "--out", "theirs", fragment="theirs: holds a run with other settings")


def test_a_damaged_checkpoint_is_refused(folder: Path, refused: Refused) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "checkpoint.safetensors").write_bytes(b"damaged")
    refused(*FIT, "--out", "mine", fragment="mine: holds an unfinished run: --resume continues it")
    refused(*FIT, "--out", "mine", "--resume", fragment="checkpoint.safetensors: is not a whole")


@pytest.mark.parametrize("command", ["fit", "predict"])
def test_a_full_disk_leaves_nothing_behind(
    command: str, fitted: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    writes = {
        "fit": (*FIT, "--quiet"),
        "predict": ("predict", str(fitted), "trees.csv", "--out", "o.csv", "--quiet"),
    }
    refused(*writes[command], fragment="could not be written (No space left on device)")


def test_a_folder_without_permission_is_refused(
    refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", forbidden)
    refused(*FIT, fragment="trees-fit: could not be written (Permission denied)")


def test_too_little_memory_is_said_in_a_sentence(
    refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("trainwell.estimators.preparation.choose_network", exhausted)
    refused(*FIT, fragment="not enough memory")
