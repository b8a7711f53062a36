"""The folder that a fit writes to: which files it holds, and when it may receive them."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from os import PathLike
from pathlib import Path
from typing import Any

from trainwell.errors import ConfigurationError, FileFormatError, StorageError
from trainwell.training.tensor_file import remove_leftovers, write_bytes
from trainwell.types import Json

KIND = "table fit"
FORMAT = 1
"""Version of the record that this module reads and writes."""

_BREAK = r"\n *"


class Entrance(Enum):
    """How a fit may go on in a folder."""

    ANEW = "from the start"
    CONTINUE = "from its checkpoint"
    FINISHED = "not at all: it is finished"


@dataclass(frozen=True)
class RunFolder:
    """The files of one fit.

    Parameters
    ----------
    path : Path
        The folder.
    """

    path: Path

    @property
    def model(self) -> Path:
        """The fitted model."""
        return self.path / "model.safetensors"

    @property
    def report(self) -> Path:
        """The page for people."""
        return self.path / "report.html"

    @property
    def record(self) -> Path:
        """What was run and what came out; written after the others, so it vouches for them."""
        return self.path / "run.json"

    @property
    def checkpoint(self) -> Path:
        """Where an unfinished fit stands; there is none once it is finished."""
        return self.path / "checkpoint.safetensors"

    @property
    def results(self) -> tuple[Path, ...]:
        """The files of a finished fit."""
        return self.model, self.report, self.record

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that a fit may write."""
        return *self.results, self.checkpoint


def entrance(
    folder: RunFolder, fingerprint: str, *, resume: bool = False, overwrite: bool = False
) -> Entrance:
    """Say how a fit may go on in a folder, so that nothing of another one is lost.

    Parameters
    ----------
    folder : RunFolder
        Where the fit is to write.
    fingerprint : str
        Which fit it is.
    resume : bool, default=False
        Whether it is to go on where it was stopped.
    overwrite : bool, default=False
        Whether it may replace another one.

    Returns
    -------
    Entrance
        The checkpoint itself has not been looked at.

    Raises
    ------
    ConfigurationError
        If the folder holds another fit, or an unfinished one, and nothing was said about it.
    """
    if overwrite:
        return Entrance.ANEW
    unfinished = folder.checkpoint.exists()
    if resume and unfinished:
        return Entrance.CONTINUE
    if unfinished:
        sentence = "holds an unfinished run: --resume continues it, --overwrite starts anew"
        raise ConfigurationError.contradiction(str(folder.path), sentence)
    if not any(file.exists() for file in folder.results):
        return Entrance.ANEW
    record = _found_record(folder)
    if record.get("fingerprint") != fingerprint:
        sentence = "holds a run with other settings or data; name another --out, or --overwrite it"
        raise ConfigurationError.contradiction(str(folder.path), sentence)
    finished = record.get("finished") is True and all(file.exists() for file in folder.results)
    return Entrance.FINISHED if resume and finished else Entrance.ANEW


def _found_record(folder: RunFolder) -> Json:
    try:
        return read_record(folder.record)
    except FileFormatError:
        # Half of a finished fit, or files of something else: not ours to replace.
        return {}


@contextmanager
def claimed(folder: RunFolder) -> Iterator[None]:
    """Hold a folder for one fit, and leave nothing half-written in it.

    A folder that does not exist is made, and removed again if it stays empty. What a
    killed fit left of a file is removed.

    Parameters
    ----------
    folder : RunFolder
        Where the fit is to write.

    Yields
    ------
    None
        While it is held, another fit is refused.

    Raises
    ------
    StorageError
        If there can be no such folder, or another fit is writing to it.
    """
    missing = _make(folder.path)
    handle = _lock(folder.path)
    try:
        remove_leftovers(folder.path, (file.name for file in folder.files))
        yield
    finally:
        if handle is not None:
            os.close(handle)
        for place in missing:
            with suppress(OSError):
                place.rmdir()


def _make(path: Path) -> list[Path]:
    """Make a folder; return which of it and its parents were not there, innermost first."""
    missing = [place for place in (path, *path.parents) if not place.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise StorageError.not_written(path, "it is a file, not a folder") from None
    except OSError as error:
        raise StorageError.not_written(path, error.strerror or str(error)) from None
    return missing


def _lock(path: Path) -> int | None:
    """Lock a folder until this process ends or the handle is closed, where that can be done."""
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    handle = None
    try:
        handle = os.open(path, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle or 0)
        raise StorageError.not_written(path, "another fit is writing to this folder") from None
    except OSError:  # a file system without locks
        return handle
    return handle


def write_record(path: str | PathLike[str], record: Json) -> None:
    """Write what was run and what came out as JSON, whole or not at all.

    Parameters
    ----------
    path : path-like
        Where.
    record : mapping
        JSON; :data:`KIND` and :data:`FORMAT` are put in front.

    Raises
    ------
    StorageError
        If the file cannot be written.
    """
    document = {"kind": KIND, "format": FORMAT, **record}
    write_bytes(path, f"{readable_json(document)}\n".encode())


def readable_json(document: Json) -> str:
    """Return JSON for people and programs: a list of plain values stays on one line."""
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)

    def on_one_line(found: re.Match[str]) -> str:
        return f"[{re.sub(_BREAK, ' ', found.group(1))}]"

    # Inside its strings JSON has no line breaks, so what breaks here is a list.
    return re.sub(rf"\[{_BREAK}([^\[\]{{}}]*?){_BREAK}\]", on_one_line, text)


def read_record(path: str | PathLike[str]) -> dict[str, Any]:
    """Read a record, or the part of one that a person wrote by hand.

    Parameters
    ----------
    path : path-like
        A JSON file; without ``kind`` and ``format`` it is taken to be of this version.

    Returns
    -------
    dict
        Its keys but ``kind`` and ``format``.

    Raises
    ------
    FileFormatError
        If it cannot be read, is not JSON, or is of another kind or version.
    """
    try:
        document = json.loads(Path(path).read_bytes())
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileFormatError.unreadable(path, f"cannot be read ({reason})") from None
    except (ValueError, RecursionError) as error:
        raise FileFormatError.unreadable(path, f"is not JSON ({error})") from None
    if not isinstance(document, dict):
        raise FileFormatError.unreadable(path, "is JSON, but not an object of settings")
    for name, expected in (("kind", KIND), ("format", FORMAT)):
        found = document.pop(name, expected)
        if found != expected:
            problem = f"has {name} {found!r}; this version reads {expected!r}"
            raise FileFormatError.unreadable(path, problem)
    return document
