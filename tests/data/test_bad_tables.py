"""Everything that may be wrong with a table's file ends in one sentence that says what."""

import gzip
import io
import os
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from trainwell.data import file_bytes
from trainwell.data.table_files import read_table
from trainwell.errors import DataError

GOOD = b"a,b\n1,x\n2,y\n"


def parquet(**columns) -> bytes:
    stream = io.BytesIO()
    pl.DataFrame(columns).write_parquet(stream)
    return stream.getvalue()


def packed(**names: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in names.items():
            archive.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


WHOLE = parquet(a=[1, 2, 3], b=["x", "y", "z"])

# What the file holds, and what the sentence says after the file's name.
CONTENTS = {
    "empty": (b"", "is empty"),
    "nothing but blank lines": (b"\n \n\r\n", "holds nothing but blank lines"),
    "nothing but a mark": (b"\xef\xbb\xbf", "holds nothing but blank lines"),
    "header only": (b"age,town\n", "has a header and no rows"),
    "header only, quoted": (b'"age";"town"', "has a header and no rows"),
    "too few fields": (b"a,b,c\n1,2,3\n4,5\n", "line 3 has 2 fields where 3 are expected"),
    "too many fields": (b"a,b,c\n1,2,3\n4,5,6,7\n", "line 3 has 4 fields where 3 are expected"),
    "ragged tabs": (b"a\tb\n1\t2\n1\n", "line 3 has 1 field where 2 are expected (separated by t"),
    "ragged far down": (
        b"a;b\n" + b"1;2\n" * 70_000 + b"1;2;3\n",
        "line 70002 has 3 fields where 2 are expected (separated by semicolons)",
    ),
    "a quote never closed": (b'a,b\n1,2\n3,"x\n4,5\n', 'line 3 opens a quote (") that is never'),
    "text behind a quote": (b'a,b\n1,2\n"x"y,3\n', 'line 3 has text behind a closing quote (")'),
    "names twice": (b"a,b,a\n1,2,3\n", "columns 1 and 3 have the same name, 'a'"),
    "names twice but for blanks": (b"a, a,a \n1,2,3\n", "columns 1, 2 and 3 have the same name"),
    "a name given to a blank one": (b"unnamed_1,,b\n1,2,3\n", "columns 1 and 2 have the same"),
    "Latin-1": ("a,b\n1,Köln\n".encode("latin-1"), "line 2 holds the byte 0xf6, which is not UTF"),
    "cut within a letter": ("a,b\n1,Kö".encode()[:-1], "line 2 holds the byte 0xc3"),
    "a NUL": (b"a,b\n1,2\n3,\x00\n", "line 3 holds a NUL byte: it is no text"),
    "UTF-16 unmarked": ("a,b\n1,2\n3,4\n".encode("utf-16-le"), "is it UTF-16 without a byte-"),
    "UTF-16 odd": ("a,b\n1,2".encode("utf-16") + b"x", "begins as UTF-16 but is not (trunc"),
    "half a pair": (b"\xff\xfea\x00,\x00\x00\xd8,\x00", "begins as UTF-16 but is not"),
    "gzip cut short": (gzip.compress(GOOD * 99)[:-9], "was packed with gzip and is cut short"),
    "gzip of nothing": (gzip.compress(b""), "is empty"),
    "gzip damaged": (b"\x1f\x8b\x08" + b"\x00" * 20, "was packed with gzip and is damaged"),
    "gzip checksum": (gzip.compress(GOOD)[:-8] + b"\x00" * 8, "is damaged (CRC check failed"),
    "gzip of gzip": (gzip.compress(gzip.compress(GOOD)), "line 1 holds the byte 0x8b"),
    "zip": (packed(a=GOOD), "is a ZIP archive: unpack it"),
    "xlsx": (packed(xl__workbook=b"<x/>"), "is an Excel workbook: save the sheet as CSV"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 99, "is an old Excel or Office file"),
    "PNG": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 9, "is a PNG image"),
    "JPEG": (b"\xff\xd8\xff\xe0", "is a JPEG image"),
    "PDF": (b"%PDF-1.7\n", "is a PDF document"),
    "pickle": (b"\x80\x04\x95\x00.", "is a Python pickle, which is never opened"),
    "npy": (b"\x93NUMPY\x01\x00", "is a NumPy array: save it as CSV or Parquet"),
    "HDF5": (b"\x89HDF\r\n\x1a\n", "is an HDF5 file"),
    "Feather": (b"ARROW1\x00\x00", "is an Arrow (Feather) file"),
    "SQLite": (b"SQLite format 3\x00", "is an SQLite database"),
    "bzip2": (b"BZh91AY&SY", "is packed with bzip2: unpack it first"),
    "xz": (b"\xfd7zXZ\x00", "is packed with xz"),
    "Zstandard": (b"\x28\xb5\x2f\xfd\x00", "is packed with Zstandard"),
    "tar": (b"a" * 257 + b"ustar\x00", "is a tar archive"),
    "safetensors": (b"\x40" + b"\x00" * 7 + b'{"a":{}}', "is a safetensors file: a model, not"),
    "JSON": (b' {"a": [1, 2]}', "is JSON: save the table as CSV"),
    "JSON lines": (b'{"a": 1}\n{"a": 2}\n', "is JSON"),
    "a list in JSON": (b'[{"a": 1}]', "is JSON"),
    "web page": (b"\n<!DOCTYPE html><html>", "is a web page: download the file itself"),
    "ARFF": (b"@RELATION iris\n", "is an ARFF file"),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer"),
    "too many columns": (b"1," * 10_000 + b"1\n", "has 10,001 columns; at most 10,000 can be"),
    "Parquet cut short": (WHOLE[: len(WHOLE) // 2], "is a Parquet file that was cut short"),
    "Parquet's mark only": (b"PAR1", "is a Parquet file that was cut short"),
    "Parquet's marks only": (b"PAR1" * 2, "is a Parquet file that was cut short"),
    "Parquet damaged": (WHOLE[:-30] + b"\xff" * 22 + WHOLE[-8:], "is a damaged Parquet file ("),
    "Parquet with a lying length": (
        WHOLE[:-8] + b"\xff\xff\xff\x7fPAR1",
        "is a damaged Parquet file (",
    ),
    "Parquet without rows": (parquet(a=pl.Series([], dtype=pl.Int64)), "has no rows"),
    "Parquet without columns": (parquet(), "has no columns"),
    "Parquet too wide": (parquet(**{f"c{i}": [1] for i in range(10_001)}), "has 10,001 columns"),
}


def refusal(path) -> str:
    """Return the sentence in which a file is refused, without the file's name."""
    with pytest.raises(DataError) as refused:
        read_table(path)
    sentence = str(refused.value)
    assert sentence.startswith(f"{path}: ")
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    return sentence.removeprefix(f"{path}: ")


@pytest.mark.parametrize("case", CONTENTS)
def test_a_file_that_is_no_table_is_refused_in_one_sentence(case, tmp_path) -> None:
    content, sentence = CONTENTS[case]
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    assert sentence in refusal(path)


def test_a_missing_file_is_refused(tmp_path) -> None:
    assert refusal(tmp_path / "absent.csv") == "there is no such file"


def test_a_folder_is_refused(tmp_path) -> None:
    assert refusal(tmp_path) == "is a folder, not a file"


def test_a_file_below_a_file_is_refused(tmp_path) -> None:
    (tmp_path / "a.csv").write_bytes(GOOD)
    assert refusal(tmp_path / "a.csv" / "b.csv") == "cannot be read (Not a directory)"


def test_a_name_that_is_too_long_is_refused(tmp_path) -> None:
    assert refusal(tmp_path / ("n" * 5000)) == "cannot be read (File name too long)"


def test_a_name_with_a_nul_is_refused() -> None:
    assert refusal("a\0b.csv") == "cannot be read (embedded null byte)"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_at_once(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe") == "is not a regular file"


def test_a_file_without_permission_is_refused(tmp_path, monkeypatch) -> None:
    path = tmp_path / "secret.csv"
    path.write_bytes(GOOD)
    path.chmod(0)
    if os.access(path, os.R_OK):  # an administrator may read everything

        def denied(*_, **__):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", denied)
    assert refusal(path) == "there is no permission to read it"


def test_a_name_that_promises_gzip_must_keep_it(tmp_path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(GOOD)
    assert refusal(path) == "is named .gz but was not packed with gzip"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_file_beyond_the_limit_is_refused(pack, tmp_path, monkeypatch) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(pack(GOOD * 1000))
    monkeypatch.setattr(file_bytes, "MAX_BYTES", 2**10)
    assert "GiB" in refusal(path)


def test_a_small_file_that_unpacks_to_a_huge_one_is_not_unpacked(tmp_path, monkeypatch) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"0" * 2**26))
    monkeypatch.setattr(file_bytes, "MAX_BYTES", 2**20)
    assert "unpacks to more than" in refusal(path)


def test_a_reader_that_panics_is_heard_in_one_sentence(tmp_path, capfd, monkeypatch) -> None:
    def panic(_) -> None:
        os.write(2, b"thread panicked")
        raise pl.exceptions.PanicException("assertion failed\n  left: 3")

    monkeypatch.setattr(pl, "read_parquet", panic)
    path = tmp_path / "t.parquet"
    path.write_bytes(WHOLE)
    assert refusal(path) == "is a damaged Parquet file (assertion failed)"
    os.write(2, b"heard")
    assert capfd.readouterr() == ("", "heard")


def test_damaged_files_are_read_or_refused_and_nothing_else(tmp_path, capfd) -> None:
    text = b'a,b,"c d"\n1,x,"y, ""z"""\n2.5,NA,\'q\'\n' * 3
    wholes = [text, WHOLE, gzip.compress(text), text.decode().encode("utf-16")]
    chance = np.random.default_rng(0)
    path = tmp_path / "t"
    read = 0
    for turn in range(800):
        damaged = bytearray(wholes[turn % len(wholes)])
        for _ in range(chance.integers(1, 4)):
            damaged[chance.integers(len(damaged))] = chance.integers(256)
        if chance.random() < 0.3:
            del damaged[chance.integers(len(damaged)) :]
        path.write_bytes(damaged)
        with suppress(DataError):
            assert read_table(path).rows
            read += 1
    assert 50 < read < 400
    assert capfd.readouterr() == ("", "")
