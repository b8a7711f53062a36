"""The bytes of a table's file: fetched, unpacked and recognised, before anyone parses them."""

import zlib
from dataclasses import dataclass
from io import BytesIO
from os import PathLike
from pathlib import Path

from trainwell.errors import DataError

MAX_BYTES = 2**31
"""Largest text, unpacked, that is read: 2 GiB; Parquet is the format for more."""

_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_CHUNK = 2**22

# The first bytes of files that people hand over by mistake, and what to do about it.
_FOREIGN = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Office file: save the sheet as CSV"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"\x89HDF", "an HDF5 file: save the table as CSV or Parquet"),
    (b"\x93NUMPY", "a NumPy array: save it as CSV or Parquet"),
    (b"ARROW1", "an Arrow (Feather) file: save the table as Parquet"),
    (b"ORC", "an ORC file: save the table as Parquet"),
    (b"Obj\x01", "an Avro file: save the table as Parquet"),
    (b"SQLite format 3", "an SQLite database: export the table as CSV"),
    (b"MATLAB 5.0", "a MATLAB file: save the table as CSV"),
    (b"BZh", "packed with bzip2: unpack it first"),
    (b"\xfd7zXZ", "packed with xz: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "packed with Zstandard: unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive: unpack it first"),
    (b"Rar!", "a RAR archive: unpack it first"),
    (b"RDX", "an R data file: write the table as CSV"),
    (b"\x7fELF", "a program"),
)
_FOREIGN_TEXT = (
    (b"<!doctype html", "a web page: download the file itself"),
    (b"<html", "a web page: download the file itself"),
    (b"<?xml", "an XML document: save the table as CSV"),
    (b"@relation", "an ARFF file: save the table as CSV"),
    (b"version https://git-lfs", "a Git LFS pointer: fetch the file itself"),
    (b"{", "JSON: save the table as CSV"),
    (b"[{", "JSON: save the table as CSV"),
    (b"[[", "JSON: save the table as CSV"),
)
# Longer marks first: UTF-32 begins as UTF-16 does.
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True)
class FileBytes:
    r"""The unpacked content of a file.

    Parameters
    ----------
    content : bytes
        Parquet as it is; text as UTF-8 without a byte-order mark and with ``\n`` at
        the end of every line.
    kind : {"parquet", "text"}
        What the content is, as its first bytes say; the name of the file says nothing.
    encoding : str
        Encoding of the text as it was in the file; empty for Parquet.
    packed : bool
        Whether the file was packed with gzip.
    """

    content: bytes
    kind: str
    encoding: str = ""
    packed: bool = False


def read_bytes(path: str | PathLike[str]) -> FileBytes:
    """Return the content of a file that may hold a table.

    Parameters
    ----------
    path : str or path-like
        A regular file, perhaps packed with gzip.

    Returns
    -------
    FileBytes
        Its content, ready to be parsed.

    Raises
    ------
    DataError
        If there is no such file, it cannot be read or unpacked, holds nothing, is
        something else than a table, or its text is neither UTF-8 nor UTF-16.
    """
    raw = _fetch(path)
    packed = raw.startswith(_GZIP)
    if packed:
        raw = _unpacked(path, raw)
    elif str(path).lower().endswith(".gz"):
        raise DataError.in_file(path, "is named .gz but was not packed with gzip")
    if not raw:
        raise DataError.in_file(path, "is empty")
    if raw.startswith(_PARQUET):
        return FileBytes(raw, "parquet", packed=packed)
    _refuse_foreign(path, raw)
    content, encoding = _as_utf8(path, raw)
    if not content.strip():
        raise DataError.in_file(path, "holds nothing but blank lines")
    return FileBytes(content, "text", encoding, packed)


def _fetch(path: str | PathLike[str]) -> bytes:
    file, raw, problem = Path(path), b"", ""
    try:
        if file.is_dir():
            problem = "is a folder, not a file"
        elif file.exists() and not file.is_file():
            problem = "is not a regular file"  # a pipe would wait for ever
        else:
            with file.open("rb") as stream:
                raw = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        problem = "there is no such file"
    except PermissionError:
        problem = "there is no permission to read it"
    except (OSError, ValueError) as error:
        problem = f"cannot be read ({getattr(error, 'strerror', None) or error})"
    if len(raw) > MAX_BYTES:
        problem = f"is larger than {MAX_BYTES // 2**30} GiB"
    if problem:
        raise DataError.in_file(path, problem)
    return raw


def _unpacked(path: str | PathLike[str], raw: bytes) -> bytes:
    import gzip

    parts: list[bytes] = []
    size = 0
    try:
        with gzip.open(BytesIO(raw)) as stream:
            while part := stream.read(_CHUNK):
                parts.append(part)
                size += len(part)
                if size > MAX_BYTES:
                    limit = f"unpacks to more than {MAX_BYTES // 2**30} GiB"
                    raise DataError.in_file(path, limit)
    except EOFError:
        raise DataError.in_file(path, "was packed with gzip and is cut short") from None
    except (OSError, zlib.error) as error:
        raise DataError.in_file(path, f"was packed with gzip and is damaged ({error})") from None
    return b"".join(parts)


def _refuse_foreign(path: str | PathLike[str], raw: bytes) -> None:
    """Refuse what is known to be no table of text."""
    if raw.startswith(b"PK\x03\x04"):
        sheet = b"xl/" in raw[:4096] or b"xl/workbook" in raw
        advice = "an Excel workbook: save the sheet as CSV" if sheet else "a ZIP archive: unpack it"
        raise DataError.in_file(path, f"is {advice}")
    for mark, what in _FOREIGN:
        if raw.startswith(mark):
            raise DataError.in_file(path, f"is {what}")
    if raw[:1] == b"\x80" and raw[1:2] in b"\x02\x03\x04\x05" and raw.endswith(b"."):
        raise DataError.in_file(path, "is a Python pickle, which is never opened")
    if raw[8:10] == b'{"' and raw[:8].endswith(b"\x00\x00\x00\x00"):
        raise DataError.in_file(path, "is a safetensors file: a model, not a table")
    if raw[257:262] == b"ustar":
        raise DataError.in_file(path, "is a tar archive: unpack it first")
    start = raw.removeprefix(b"\xef\xbb\xbf")[:256].lstrip().lower()
    for mark, what in _FOREIGN_TEXT:
        if start.startswith(mark):
            raise DataError.in_file(path, f"is {what}")


def _as_utf8(path: str | PathLike[str], raw: bytes) -> tuple[bytes, str]:
    """Return the text as UTF-8 with plain line ends, and what its encoding was."""
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8")
    try:
        if encoding == "utf-8":
            content = raw.removeprefix(b"\xef\xbb\xbf")
            content.decode()
        else:
            content = raw.decode(encoding).encode()
    except UnicodeDecodeError as error:
        raise DataError.in_file(path, _undecodable(encoding, error)) from None
    except UnicodeEncodeError as error:
        raise DataError.in_file(path, f"holds characters that are none ({error.reason})") from None
    nul = content.find(b"\x00")
    if nul >= 0:
        hint = "; is it UTF-16 without a byte-order mark?" if content.count(b"\x00") > 9 else ""
        line = content.count(b"\n", 0, nul) + 1
        raise DataError.in_file(path, f"line {line} holds a NUL byte: it is no text{hint}")
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content, encoding


def _undecodable(encoding: str, error: UnicodeDecodeError) -> str:
    if encoding != "utf-8":
        return f"begins as {encoding.upper()} but is not ({error.reason} at byte {error.start + 1})"
    line = error.object.count(b"\n", 0, error.start) + 1
    byte = error.object[error.start]
    return (
        f"line {line} holds the byte 0x{byte:02x}, which is not UTF-8; "
        "save the file as UTF-8 (it may be Latin-1 or Windows-1252)"
    )
