"""A reader of the plain arrays in a MATLAB 5 file that no damaged file can crash.

SciPy's reader ends the process with a segmentation fault on some damaged files (met
with SciPy 1.17); the arrays wanted here need few of the format's features.
"""

import struct
import zlib
from collections.abc import Collection, Iterator
from math import prod
from os import PathLike
from pathlib import Path

import numpy as np

from trainwell.errors import DataError
from trainwell.types import FloatArray

LIMIT = 2**24
"""Bytes above which a file, or what it unpacks to, is refused: 16 MiB."""

_HEADER = 128
_MATRIX, _COMPRESSED = 14, 15
_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8"}
_NUMBERS |= {13: "u8"}
_NUMERIC_CLASSES = range(6, 16)
_COMPLEX = 0x08


class _DamageError(Exception):
    """The file contradicts its format."""


def read_matlab(path: str | PathLike[str], names: Collection[str]) -> dict[str, FloatArray]:
    """Read real matrices from a MATLAB 5 file, the kind that ``save`` writes by default.

    Parameters
    ----------
    path : str or path-like
        The file, at most 16 MiB, compressed or not.
    names : collection of str
        The arrays wanted; others in the file are passed over.

    Returns
    -------
    dict of str to FloatArray
        Each wanted array as float64, with the shape that it has in the file.

    Raises
    ------
    DataError
        If the file cannot be read, is no MATLAB 5 file, is damaged, lacks one of the
        names, or has something else than real numbers under it.

    References
    ----------
    .. [1] The MathWorks, "MAT-File Format", sections "MAT-File Header Format" and
       "Data Element Format" of the Level 5 format.

    Examples
    --------
    >>> import io, pathlib, tempfile
    >>> import numpy as np, scipy.io
    >>> from trainwell.data.matlab import read_matlab
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "eye.mat")
    ...     scipy.io.savemat(path, {"eye": np.eye(2)})
    ...     read_matlab(path, ["eye"])["eye"].tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    content = _content(path)
    try:
        found = {name: array for name, array in _arrays(content) if name in names}
    except (_DamageError, struct.error, zlib.error):
        raise DataError.in_file(path, "is not a MATLAB 5 file, or is damaged") from None
    wanted = {}
    for name in names:
        if name not in found:
            raise DataError.in_file(path, f"lacks the array {name!r}")
        array = found[name]
        if array is None:
            raise DataError.in_file(path, f"{name} must be a full array of real numbers")
        wanted[name] = array
    return wanted


def _content(path: str | PathLike[str]) -> bytes:
    try:
        file = Path(path)
        if not file.exists():
            raise DataError.in_file(path, "there is no such file")
        if not file.is_file():
            raise DataError.in_file(path, "is not a file")
        with file.open("rb") as stream:
            content = stream.read(LIMIT + 1)
    except OSError as error:
        raise DataError.in_file(path, f"cannot be read ({error.strerror})") from None
    if len(content) > LIMIT:
        raise DataError.in_file(path, f"is larger than {LIMIT // 2**20} MiB")
    return content


def _arrays(content: bytes) -> Iterator[tuple[str, FloatArray | None]]:
    """Yield the name and the values of each array; None for a kind that is not read here."""
    if len(content) < _HEADER or content[126:128] not in {b"IM", b"MI"}:
        raise _DamageError
    order = "<" if content[126:128] == b"IM" else ">"
    (version,) = struct.unpack(f"{order}H", content[124:126])
    if version != 0x0100:
        raise _DamageError
    for kind, element in _elements(content[_HEADER:], order):
        if kind == _COMPRESSED:
            unpacked = zlib.decompressobj().decompress(element, LIMIT)
            kinds = list(_elements(unpacked, order))
            if len(kinds) != 1:
                raise _DamageError
            yield _matrix(*kinds[0], order)
        else:
            yield _matrix(kind, element, order)


def _elements(content: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Yield the kind and the bytes of each element."""
    start = 0
    while start < len(content):
        kind, length = struct.unpack_from(f"{order}II", content, start)
        begin, gap = start + 8, -length % 8
        if kind == _COMPRESSED:
            gap = 0
        elif kind >> 16:  # up to four bytes stand in the tag itself
            kind, length = kind & 0xFFFF, kind >> 16
            begin, gap = start + 4, 4 - length
        if gap < 0 or begin + length > len(content):
            raise _DamageError
        yield kind, content[begin : begin + length]
        start = begin + length + gap


def _matrix(kind: int, content: bytes, order: str) -> tuple[str, FloatArray | None]:
    """Read one array: flags, dimensions, name, numbers in column order."""
    if kind != _MATRIX:
        raise _DamageError
    parts = list(_elements(content, order))
    if len(parts) < 3:
        raise _DamageError
    (_, flags), (_, dimensions), (_, label) = parts[:3]
    (word,) = struct.unpack_from(f"{order}I", flags)
    name = label.decode("latin-1")
    if word & 0xFF not in _NUMERIC_CLASSES or (word >> 8) & _COMPLEX:
        return name, None
    if len(parts) != 4 or parts[3][0] not in _NUMBERS:
        raise _DamageError
    shape = struct.unpack(f"{order}{len(dimensions) // 4}i", dimensions)
    stored = np.dtype(f"{order}{_NUMBERS[parts[3][0]]}")
    if len(shape) < 2 or min(shape) < 0 or prod(shape) * stored.itemsize != len(parts[3][1]):
        raise _DamageError
    numbers = np.frombuffer(parts[3][1], dtype=stored).astype(np.float64)
    return name, numbers.reshape(shape, order="F")
