"""The reader agrees with SciPy's on whole files and survives damaged ones."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
import scipy.io
import scipy.sparse

from trainwell.data import matlab
from trainwell.data.matlab import read_matlab
from trainwell.errors import DataError

TYPES = ["f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "?"]
SHAPES = [(3, 4), (1, 1), (1, 2), (5, 1), (0, 0), (0, 3), (2, 3, 4)]


def saved(arrays, *, compressed=False):
    stream = BytesIO()
    scipy.io.savemat(stream, arrays, do_compression=compressed)
    return stream.getvalue()


def element(order, kind, content):
    return struct.pack(f"{order}II", kind, len(content)) + content + bytes(-len(content) % 8)


def by_hand(order, kind, numbers, *, code="d", name=b"a", mark=None, shape=None, version=0x0100):
    """Build a file with one array; MATLAB stores whole doubles in smaller integers."""
    shape = (len(numbers), 1) if shape is None else shape
    body = element(order, 6, struct.pack(f"{order}II", 6, 0))
    body += element(order, 5, struct.pack(f"{order}{len(shape)}i", *shape))
    body += element(order, 1, name)
    body += element(order, kind, struct.pack(f"{order}{len(numbers)}{code}", *numbers))
    mark = mark or (b"IM" if order == "<" else b"MI")
    header = b" " * 124 + struct.pack(f"{order}H", version) + mark
    return header + element(order, 14, body)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_arrays_are_those_that_scipy_reads(tmp_path, kind, shape, compressed):
    array = (np.arange(np.prod(shape)).reshape(shape) % 100).astype(kind)
    path = tmp_path / "a.mat"
    path.write_bytes(saved({"other": np.eye(2), "a": array, "b": array + 1}, compressed=compressed))
    found = read_matlab(path, ["b", "a"])
    expected = scipy.io.loadmat(path)
    for name in ("a", "b"):
        assert found[name].dtype == np.float64
        assert found[name].shape == expected[name].shape
        assert found[name].tolist() == expected[name].astype(float).tolist()
    assert list(found) == ["b", "a"]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("kind", "code"), [(9, "d"), (7, "f"), (2, "B"), (3, "h"), (12, "q")])
def test_either_byte_order_and_shorter_numbers_are_read(tmp_path, order, kind, code):
    path = tmp_path / "a.mat"
    path.write_bytes(by_hand(order, kind, [1, 2, 200], code=code))
    assert read_matlab(path, ["a"])["a"].tolist() == [[1.0], [2.0], [200.0]]
    assert scipy.io.loadmat(path)["a"].astype(float).tolist() == [[1.0], [2.0], [200.0]]


@pytest.mark.parametrize(
    "other",
    [
        "text",
        {"field": 1.0},
        np.array([[1 + 2j]]),
        np.array([["cell", 1.0]], dtype=object),
        scipy.sparse.csc_array(np.eye(3)),
    ],
    ids=["text", "structure", "complex", "cells", "sparse"],
)
def test_other_kinds_are_passed_over_or_refused_by_name(tmp_path, other):
    path = tmp_path / "a.mat"
    path.write_bytes(saved({"other": other, "a": np.eye(2)}))
    assert read_matlab(path, ["a"])["a"].tolist() == [[1, 0], [0, 1]]
    with pytest.raises(DataError, match=r"a\.mat: other must be a full array of real numbers"):
        read_matlab(path, ["other"])


WHOLE = by_hand("<", 9, [1.0, 2.0])
TOO_LONG = WHOLE[:132] + struct.pack("<I", len(WHOLE) - 128) + WHOLE[136:]
DAMAGED = {
    "empty": b"",
    "text": b"x,y\n1,2\n" * 100,
    "header only, cut": WHOLE[:127],
    "version 7.3": by_hand("<", 9, [1.0], version=0x0200),
    "no byte order": by_hand("<", 9, [1.0], mark=b"XX"),
    "the other byte order": by_hand("<", 9, [1.0], mark=b"MI"),
    "cut in the numbers": WHOLE[:-3],
    "a length beyond the end": TOO_LONG,
    "cut in a tag": WHOLE + b"\x0e\x00",
    "a dimension too many": by_hand("<", 9, [1.0, 2.0], shape=(2, 1, 2)),
    "one dimension": by_hand("<", 9, [1.0, 2.0], shape=(2,)),
    "negative dimensions": by_hand("<", 9, [1.0, 2.0], shape=(-1, -2)),
    "huge dimensions": by_hand("<", 9, [1.0, 2.0], shape=(2**30, 2**30)),
    "numbers of no known type": by_hand("<", 8, [1.0, 2.0]),
    "no zlib stream": WHOLE[:128] + element("<", 15, b"nothing"),
    "two arrays in one stream": WHOLE[:128] + element("<", 15, zlib.compress(WHOLE[128:] * 2)),
    "a bare number": WHOLE[:128] + element("<", 9, bytes(8)),
    "an array without parts": WHOLE[:128] + element("<", 14, b""),
    "five bytes in a tag": WHOLE[:128] + struct.pack("<HHI", 14, 5, 0),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_one_sentence(tmp_path, content):
    path = tmp_path / "a.mat"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.mat: is not a MATLAB 5 file, or is damaged$"):
        read_matlab(path, ["a"])


@pytest.mark.parametrize("compressed", [False, True])
def test_random_damage_never_ends_otherwise_than_in_one_sentence(tmp_path, compressed):
    rng = np.random.default_rng(0)
    whole = saved({"X": rng.random((20, 2)), "y": np.ones((20, 1))}, compressed=compressed)
    path = tmp_path / "a.mat"
    refused = 0
    for trial in range(400):
        content = bytearray(whole)
        if trial % 4 == 0:
            del content[rng.integers(len(content)) :]
        for _ in range(rng.integers(1, 4)):
            if content:
                content[rng.integers(len(content))] = rng.integers(256)
        path.write_bytes(content)
        try:
            read_matlab(path, ["X", "y"])
        except DataError:
            refused += 1
    assert refused > 100


def test_what_unpacks_to_more_than_the_limit_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.mat"
    path.write_bytes(saved({"a": np.zeros((100, 100))}, compressed=True))
    assert read_matlab(path, ["a"])["a"].size == 10_000
    monkeypatch.setattr(matlab, "LIMIT", 50_000)
    with pytest.raises(DataError, match="or is damaged"):
        read_matlab(path, ["a"])


def test_a_file_larger_than_the_limit_is_refused(tmp_path):
    path = tmp_path / "a.mat"
    with path.open("wb") as stream:
        stream.truncate(matlab.LIMIT + 1)
    with pytest.raises(DataError, match=r"a\.mat: is larger than 16 MiB"):
        read_matlab(path, ["a"])


def test_a_missing_name_a_missing_file_and_a_folder_are_named(tmp_path):
    path = tmp_path / "a.mat"
    path.write_bytes(WHOLE)
    with pytest.raises(DataError, match=r"a\.mat: lacks the array 'b'"):
        read_matlab(path, ["a", "b"])
    with pytest.raises(DataError, match=r"gone\.mat: there is no such file"):
        read_matlab(tmp_path / "gone.mat", ["a"])
    with pytest.raises(DataError, match="is not a file"):
        read_matlab(tmp_path, ["a"])


def test_a_file_that_may_not_be_read_says_why(tmp_path, monkeypatch):
    path = tmp_path / "a.mat"
    path.write_bytes(WHOLE)

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(DataError, match=r"a\.mat: cannot be read \(Permission denied\)"):
        read_matlab(path, ["a"])
