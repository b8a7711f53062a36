"""The folder of a fit: nothing of another one is lost, nothing half-written stays."""

import json
from pathlib import Path
from typing import Any

import pytest

from trainwell.errors import ConfigurationError, FileFormatError, StorageError
from trainwell.estimators.run_folder import (
    Entrance,
    RunFolder,
    claimed,
    entrance,
    read_record,
    readable_json,
    write_record,
)

MINE, OTHER = "mine", "another"


def folder_with(place: Path, *names: str, finished: bool = True, owner: str = MINE) -> RunFolder:
    folder = RunFolder(place)
    for name in names:
        if name == "record":
            write_record(folder.record, {"fingerprint": owner, "finished": finished})
        else:
            getattr(folder, name).write_bytes(b"content")
    return folder


DONE = ("model", "report", "record")

# id: (files there, is it finished, whose is it, resume, overwrite) -> what may be done
CASES: dict[str, tuple[tuple[str, ...], bool, str, bool, bool, Entrance | str]] = {
    "empty": ((), True, MINE, False, False, Entrance.ANEW),
    "empty, resumed": ((), True, MINE, True, False, Entrance.ANEW),
    "done": (DONE, True, MINE, False, False, Entrance.ANEW),
    "done, resumed": (DONE, True, MINE, True, False, Entrance.FINISHED),
    "done without its model": (DONE[1:], True, MINE, True, False, Entrance.ANEW),
    "stopped without checkpoint": (DONE, False, MINE, True, False, Entrance.ANEW),
    "stopped": ((*DONE, "checkpoint"), False, MINE, False, False, "--resume continues it"),
    "stopped, resumed": ((*DONE, "checkpoint"), False, MINE, True, False, Entrance.CONTINUE),
    "stopped, overwritten": ((*DONE, "checkpoint"), False, MINE, False, True, Entrance.ANEW),
    "killed": (("checkpoint",), True, MINE, False, False, "holds an unfinished run"),
    "killed, resumed": (("checkpoint",), True, MINE, True, False, Entrance.CONTINUE),
    "killed while writing": (("model", "checkpoint"), True, MINE, True, False, Entrance.CONTINUE),
    "another": (DONE, True, OTHER, False, False, "other settings or data"),
    "another, resumed": (DONE, True, OTHER, True, False, "other settings or data"),
    "another, overwritten": (DONE, True, OTHER, False, True, Entrance.ANEW),
    "a model of nobody": (("model",), True, MINE, False, False, "other settings or data"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_folder_lets_in_what_loses_nothing(name: str, tmp_path: Path) -> None:
    files, finished, owner, resume, overwrite, expected = CASES[name]
    folder = folder_with(tmp_path, *files, finished=finished, owner=owner)
    if isinstance(expected, Entrance):
        assert entrance(folder, MINE, resume=resume, overwrite=overwrite) is expected
    else:
        with pytest.raises(ConfigurationError, match=expected):
            entrance(folder, MINE, resume=resume, overwrite=overwrite)


def test_a_folder_is_made_and_removed_again_if_it_stays_empty(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "deep" / "folder")
    with claimed(folder):
        assert folder.path.is_dir()
    assert not (tmp_path / "deep").exists()
    with claimed(folder):
        folder.model.write_bytes(b"content")
    assert folder.model.exists()


def test_a_folder_that_was_there_stays(tmp_path: Path) -> None:
    with claimed(RunFolder(tmp_path)):
        pass
    assert tmp_path.is_dir()


def test_leftovers_of_a_kill_are_removed_and_nothing_else(tmp_path: Path) -> None:
    ours = [".model.safetensors.ab_12xyz", ".checkpoint.safetensors.00000000"]
    theirs = [".run.json.swp", "run.json.ab_12xyz", ".model.safetensors.backup99x", "notes"]
    for name in (*ours, *theirs):
        (tmp_path / name).touch()
    with claimed(RunFolder(tmp_path)):
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(theirs)


def test_two_fits_do_not_share_a_folder(tmp_path: Path) -> None:
    pytest.importorskip("fcntl", reason="folders cannot be locked here")
    folder = RunFolder(tmp_path)
    with claimed(folder), pytest.raises(StorageError, match="another fit"), claimed(folder):
        pass
    with claimed(folder):
        pass


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = {"table": "é.csv", "settings": {"seed": 3}}
    write_record(tmp_path / "run.json", record)
    assert read_record(tmp_path / "run.json") == record
    assert json.loads((tmp_path / "run.json").read_bytes())["format"] == 1


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"format": 2}', b'{"kind": "model"}', b"\xff"])
def test_what_is_no_record_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(FileFormatError, match=r"run\.json"):
        read_record(tmp_path / "run.json")


def test_json_for_people_says_the_same() -> None:
    document = {
        "numbers": [1, 2.5, None],
        "names": ["a[\n  b\n]", "c, d", "é"],
        "none": [],
        "lists": [[1, 2], [3]],
        "objects": [{"a": [1]}, {}],
    }
    text = readable_json(document)
    assert json.loads(text) == document
    assert '"numbers": [1, 2.5, null]' in text.splitlines()[1]
    assert all(len(line.strip()) > 0 for line in text.splitlines())


def test_a_number_that_json_does_not_have_is_never_written(tmp_path: Path) -> None:
    document: dict[str, Any] = {"loss": float("nan")}
    with pytest.raises(ValueError, match="JSON"):
        write_record(tmp_path / "run.json", document)
    assert not list(tmp_path.iterdir())
