"""Where an unfinished fit stands, in a file: a fit that was killed goes on to the same bits."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib.metadata import version
from json import dumps
from os import PathLike, fspath
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from trainwell.errors import FileFormatError, StorageError
from trainwell.estimators.descent import Descent, Progress
from trainwell.estimators.fitted import Member
from trainwell.estimators.members import End
from trainwell.settings import as_json
from trainwell.training.job import Job
from trainwell.training.plan import Plan
from trainwell.training.state import State
from trainwell.training.storage import state_from_parts, state_to_parts
from trainwell.training.tensor_file import read_tensors, remove_leftovers, within, write_tensors
from trainwell.types import Json

KIND = "estimator checkpoint"


def fingerprint(owner: str, jobs: Sequence[Job], engine: str, extra: Json) -> str:
    """Return a hash that is equal for fits that give the same bits.

    Parameters
    ----------
    owner : str
        Class that is fitted.
    jobs : sequence of Job
        Networks, plans, data and where they start.
    engine : str
        What takes the steps.
    extra : mapping
        What else decides: when to stop.

    Returns
    -------
    str
        Hexadecimal.
    """
    digest = blake2b(digest_size=16)
    digest.update(dumps([owner, engine, version("trainwell"), extra], sort_keys=True).encode())
    for job in jobs:
        for setting in (job.network, job.plan):
            digest.update(dumps(as_json(setting), sort_keys=True).encode())
        for data in (job.training, job.validation):
            parts = () if data is None else (data.x, data.y, data.weight)  # type: ignore[union-attr]
            for array in parts:
                if array is not None:
                    digest.update(f"{array.shape}{array.dtype}".encode() + array.tobytes())
        if job.start is not None:
            digest.update(job.start.point.theta.tobytes())
    return digest.hexdigest()


@dataclass
class Checkpoint:
    """A file that is renewed while networks are trained.

    Parameters
    ----------
    path : Path or None
        The file; ``None`` keeps nothing.
    every : float
        Seconds from one writing to the next, at least 0.
    seed : int
        Of the fit.
    run : str
        Fingerprint of the fit.
    ended : list of Descent
        Networks that were trained to their end.
    current : Progress or None, default=None
        Where the one stood that was trained when the file was written.
    written : float
        Reading of ``perf_counter`` when the file was last written, or the fit began.
    """

    path: Path | None
    every: float
    seed: int
    run: str
    ended: list[Descent] = field(default_factory=list)
    current: Progress | None = None
    written: float = field(default_factory=perf_counter)

    def saw(self, plan: Plan, job: Job, progress: Progress) -> None:
        """Write where the fit stands, if it is time; changes this value."""
        if self.path is not None and perf_counter() - self.written >= self.every:
            self.write(plan, job, progress)
            self.written = perf_counter()

    def write(self, plan: Plan, job: Job, progress: Progress) -> None:
        """Write where the fit stands, whole or not at all."""
        if self.path is None:
            return
        arrays: dict[str, np.ndarray[Any, Any]] = {}
        documents = []
        for number, one in enumerate(self.ended):
            parts, document = state_to_parts(job.network, one.member.plan, one.member.state)
            arrays |= {f"ended{number}.{name}": array for name, array in parts.items()}
            documents.append(document | _about(one))
        parts, document = state_to_parts(job.network, plan, progress.state)
        arrays |= {f"current.{name}": array for name, array in parts.items()}
        write_tensors(
            self.path,
            arrays,
            {
                "kind": KIND,
                "run": self.run,
                "seed": self.seed,
                "ended": documents,
                "current": document | _about(progress),
            },
        )

    def read(self) -> None:
        """Take what an unfinished fit has left, if there is anything; changes this value.

        Raises
        ------
        FileFormatError
            If the file is damaged, or belongs to another fit.
        """
        if self.path is None or not self.path.exists():
            return
        arrays, document = _read(self.path)
        if document.get("run") != self.run:
            problem = (
                "belongs to a fit with other settings or data, so it cannot be gone on with; "
                "name another checkpoint, or remove it"
            )
            raise FileFormatError.unreadable(self.path, problem)
        try:
            self.ended = [
                _descent(arrays, part, f"ended{number}.", fspath(self.path))
                for number, part in enumerate(document["ended"])
            ]
            part = document["current"]
            _, _, state = _state(arrays, part, "current.", fspath(self.path))
            self.current = Progress(
                int(part["begun"]),
                state,
                tuple(map(float, part["scores"])),
                tuple(map(str, part["notes"])),
                slower=bool(part["slower"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            problem = f"lacks or garbles a part: {error!r}"
            raise FileFormatError.unreadable(self.path, problem) from None

    def done(self) -> None:
        """Remove the file of a fit that has ended."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def seed_within(path: str | PathLike[str] | None) -> int | None:
    """Return the seed of the unfinished fit that a file is of, if there is one."""
    if path is None or not Path(path).exists():
        return None
    seed = _read(Path(path))[1].get("seed")
    return seed if type(seed) is int and seed >= 0 else None


@contextmanager
def held(path: Path | None) -> Iterator[None]:
    """Hold a checkpoint for one fit, and remove what a killed one left half-written.

    Parameters
    ----------
    path : Path or None
        The file, which need not exist.

    Yields
    ------
    None
        While it is held, another fit is refused.

    Raises
    ------
    StorageError
        If another fit is writing to it, or there is no such folder.
    """
    if path is None:
        yield
        return
    lock = path.with_name(f".{path.name}.lock")
    handle = _locked(lock, path)
    try:
        remove_leftovers(path.parent, [path.name])
        yield
    finally:
        with suppress(OSError):
            lock.unlink()
        os.close(handle)


def _locked(lock: Path, path: Path) -> int:
    """Lock a file beside the checkpoint until this process ends or the handle is closed."""
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise StorageError.not_written(path, error.strerror or str(error)) from None
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The one before may have removed the file between our two calls.
        if lock.exists() and lock.stat().st_ino == os.fstat(handle).st_ino:
            return handle
    except ImportError:  # Windows
        return handle
    except OSError:
        pass
    os.close(handle)
    raise StorageError.not_written(path, "another fit is writing to it")


def _read(path: Path) -> tuple[dict[str, np.ndarray[Any, Any]], Json]:
    arrays, document = read_tensors(path)
    if document.get("kind") != KIND:
        raise FileFormatError.unreadable(path, f"holds no {KIND}; it is left as it is")
    return arrays, document


def _about(one: Descent | Progress) -> dict[str, Any]:
    """Return what is kept of a network beside its state."""
    about = {"scores": list(one.scores), "notes": list(one.notes)}
    if isinstance(one, Progress):
        return about | {"begun": one.begun, "slower": one.slower}
    return about | {
        "restored": one.member.restored,
        "end": one.end.name,
        "epochs": one.epochs,
        "examples": one.examples,
    }


def _state(
    arrays: Mapping[str, np.ndarray[Any, Any]], document: Json, prefix: str, source: str
) -> tuple[Any, Plan, State]:
    return state_from_parts(within(arrays, prefix), document, source)


def _descent(
    arrays: Mapping[str, np.ndarray[Any, Any]], document: Json, prefix: str, source: str
) -> Descent:
    _, plan, state = _state(arrays, document, prefix, source)
    return Descent(
        Member(plan, state, bool(document["restored"])),
        End[document["end"]],
        int(document["epochs"]),
        int(document["examples"]),
        tuple(map(float, document["scores"])),
        tuple(map(str, document["notes"])),
    )
