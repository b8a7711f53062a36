"""Arrays and one JSON document in a safetensors file, written whole or not at all."""

import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from trainwell.errors import FileFormatError, StorageError
from trainwell.types import Json

HEADER_KEY = "trainwell"
LARGEST_HEADER = 100_000_000
"""Bytes; the format's own limit."""


def write_bytes(path: str | PathLike[str], content: bytes) -> None:
    """Write a file so that its path holds either the old content or the new, never a part.

    Parameters
    ----------
    path : path-like
        Where; the folder must exist.
    content : bytes
        What.

    Raises
    ------
    StorageError
        If the system refuses; the old file is intact and no part of the new is left.
    """
    target = Path(path)
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(target)
    except BaseException as error:
        if temporary is not None:
            with suppress(OSError):
                Path(temporary).unlink()
        if isinstance(error, OSError):
            raise StorageError.not_written(path, error.strerror or str(error)) from None
        raise


def remove_leftovers(folder: Path, names: Iterable[str]) -> None:
    """Remove the temporary files that a kill in the middle of :func:`write_bytes` leaves."""
    listed = "|".join(map(re.escape, names))
    for file in folder.iterdir():
        if re.fullmatch(rf"\.({listed})\.[a-z0-9_]{{8}}", file.name):
            with suppress(OSError):
                file.unlink()


def within(
    arrays: Mapping[str, np.ndarray[Any, Any]], prefix: str
) -> dict[str, np.ndarray[Any, Any]]:
    """Return the arrays whose names begin with a prefix, without it."""
    return {name[len(prefix) :]: a for name, a in arrays.items() if name.startswith(prefix)}


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_tensors(
    path: str | PathLike[str], arrays: Mapping[str, np.ndarray[Any, Any]], document: Json
) -> None:
    """Write named arrays and a JSON document as one safetensors file.

    Parameters
    ----------
    path : path-like
        Where; replaced whole.
    arrays : mapping of str to ndarray
        Numbers of any shape.
    document : mapping
        What the header says of them, under the key ``trainwell``; one key, because
        the format does not fix the order of several.

    Raises
    ------
    StorageError
        If the file cannot be written.
    """
    from safetensors.numpy import save

    text = json.dumps(document, ensure_ascii=False, sort_keys=True, allow_nan=False)
    tensors = {name: np.require(array, requirements="C") for name, array in arrays.items()}
    write_bytes(path, save(tensors, metadata={HEADER_KEY: text}))


def read_tensors(path: str | PathLike[str]) -> tuple[dict[str, np.ndarray[Any, Any]], Json]:
    """Read what :func:`write_tensors` wrote; sizes are checked before anything is allocated.

    Parameters
    ----------
    path : path-like
        A file of ours.

    Returns
    -------
    arrays : dict of str to ndarray
        The numbers.
    document : dict
        The JSON document of the header.

    Raises
    ------
    FileFormatError
        If there is no such file, or it was cut short, changed or made by something else.
    """
    from safetensors import SafetensorError, safe_open

    _check_header(path)
    try:
        with safe_open(str(path), framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, TypeError, AttributeError) as error:
        problem = f"is not a whole safetensors file: {error}"
        raise FileFormatError.unreadable(path, problem) from None
    for name, array in arrays.items():
        if array.dtype.kind not in "biuf":  # another package may teach NumPy such kinds
            problem = f"holds numbers of a kind that is not ours in {name!r}: {array.dtype}"
            raise FileFormatError.unreadable(path, problem)
    if HEADER_KEY not in metadata:
        problem = "is a safetensors file, but was not written by trainwell"
        raise FileFormatError.unreadable(path, problem)
    try:
        document = json.loads(metadata[HEADER_KEY])
    except (ValueError, RecursionError):
        raise FileFormatError.unreadable(path, "has a damaged header") from None
    if not isinstance(document, dict):
        raise FileFormatError.unreadable(path, "has a damaged header")
    return arrays, document


def _check_header(path: str | PathLike[str]) -> None:
    """Refuse a file whose header promises more than the file holds."""
    try:
        if Path(path).is_dir():
            raise FileFormatError.unreadable(path, "is a folder, not a file")
        size = Path(path).stat().st_size
        with Path(path).open("rb") as file:
            first = file.read(8)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileFormatError.unreadable(path, f"cannot be read ({reason})") from None
    length = int.from_bytes(first, "little")
    if len(first) < 8 or length > min(size - 8, LARGEST_HEADER):
        problem = "is not a whole safetensors file: it was cut short or is of another kind"
        raise FileFormatError.unreadable(path, problem)
