"""Files are written whole or not at all, and damaged ones are refused, never believed."""

import json
import os
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trainwell.errors import FileFormatError, StorageError
from trainwell.training.tensor_file import HEADER_KEY, read_tensors, write_bytes, write_tensors

ARRAYS: dict[str, np.ndarray[Any, Any]] = {
    "theta": np.array([1.5, -0.0, 5e-324, 1e308]),
    "best.theta": np.arange(6, dtype=np.float32).reshape(2, 3),
    "empty": np.empty(0),
}
DOCUMENT = {"format": 1, "name": "Zürich", "nested": {"numbers": [1, 2.5, None, True]}}


def a_file(folder: Path) -> Path:
    path = folder / "model.safetensors"
    write_tensors(path, ARRAYS, DOCUMENT)
    return path


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return a_file(tmp_path_factory.mktemp("whole")).read_bytes()


def with_header(header: Any, body: bytes = bytes(24)) -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def header_of(dtype: str = "F64", document: str = "{}", shape: Any = (3,), end: int = 24) -> Any:
    tensor = {"dtype": dtype, "shape": shape, "data_offsets": [0, end]}
    return {"__metadata__": {HEADER_KEY: document}, "theta": tensor}


def test_what_is_written_is_read_again_to_the_bit(tmp_path: Path) -> None:
    arrays, document = read_tensors(a_file(tmp_path))
    assert document == DOCUMENT
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        assert arrays[name].shape == array.shape
        assert arrays[name].tobytes() == array.tobytes()


def test_equal_content_gives_equal_files(tmp_path: Path) -> None:
    first = a_file(tmp_path).read_bytes()
    write_tensors(
        tmp_path / "other", dict(reversed(ARRAYS.items())), dict(reversed(DOCUMENT.items()))
    )
    assert (tmp_path / "other").read_bytes() == first


def test_the_file_is_an_ordinary_safetensors_file(tmp_path: Path) -> None:
    content = a_file(tmp_path).read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    assert list(header["__metadata__"]) == [HEADER_KEY]
    assert header["theta"]["dtype"] == "F64"
    begin, end = (8 + length + offset for offset in header["theta"]["data_offsets"])
    np.testing.assert_array_equal(np.frombuffer(content[begin:end]), ARRAYS["theta"])


@pytest.mark.parametrize("order", ["C", "F"])
def test_any_shape_and_memory_order_can_be_written(tmp_path: Path, order: Any) -> None:
    block = np.array(np.arange(24.0).reshape(2, 3, 4), order=order)
    arrays = {"block": block, "part": block[:, 1], "number": np.array(2.5)}
    write_tensors(tmp_path / "file", arrays, {})
    again, _ = read_tensors(tmp_path / "file")
    for name, array in arrays.items():
        assert again[name].shape == array.shape
        np.testing.assert_array_equal(again[name], array)


def test_a_number_that_json_cannot_hold_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_tensors(tmp_path / "file", ARRAYS, {"loss": float("nan")})
    assert not list(tmp_path.iterdir())


def full_disk(*_: Any, **__: Any) -> None:
    raise OSError(28, "No space left on device")


def interrupt(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("broken", ["os.fsync", "pathlib.Path.replace", "pathlib.Path.chmod"])
@pytest.mark.parametrize("existing", [b"old", None])
def test_a_full_disk_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, existing: bytes | None
) -> None:
    path = tmp_path / "model"
    if existing is not None:
        path.write_bytes(existing)
    monkeypatch.setattr(broken, full_disk)
    with pytest.raises(StorageError) as caught:
        write_bytes(path, b"new")
    monkeypatch.undo()
    reason = "could not be written (No space left on device); nothing was changed"
    assert str(caught.value) == f"{path}: {reason}"
    assert isinstance(caught.value, OSError)
    left = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert left == ({} if existing is None else {"model": existing})


def test_a_full_disk_while_writing_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = a_file(tmp_path)
    before = path.read_bytes()
    open_again = os.fdopen

    def failing(*arguments: Any, **named: Any) -> Any:
        file = open_again(*arguments, **named)

        class Failing:
            def __enter__(self) -> Self:
                return self

            def __exit__(self, *_: object) -> None:
                file.close()

            write = staticmethod(full_disk)

        return Failing()

    monkeypatch.setattr(os, "fdopen", failing)
    with pytest.raises(StorageError):
        write_tensors(path, {}, {})
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_an_interrupt_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = a_file(tmp_path)
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_bytes(path, b"new")
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_the_content_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    fsync, replace = os.fsync, Path.replace
    path = tmp_path / "model"

    def noted_fsync(handle: int) -> None:
        seen.append("fsync")
        assert os.fstat(handle).st_size == 3
        fsync(handle)

    def noted_replace(self: Path, target: Path) -> Path:
        seen.append("replace")
        assert self.parent == tmp_path  # another file system could not rename
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    write_bytes(path, b"new")
    assert seen[:2] == ["fsync", "replace"]
    assert path.read_bytes() == b"new"


def test_others_may_read_the_file_as_far_as_the_user_allows(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_bytes(tmp_path / "model", b"new")
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
    assert (tmp_path / "model").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("place", ["missing/model", "."])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    with pytest.raises(StorageError, match=r"could not be written \((No such|Is a) "):
        write_bytes(tmp_path / place, b"new")
    assert not list(tmp_path.iterdir())


def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path, content: bytes) -> None:
    cut = tmp_path / "cut"
    for length in range(len(content)):
        cut.write_bytes(content[:length])
        with pytest.raises(FileFormatError):
            read_tensors(cut)


def test_a_file_with_something_behind_it_is_refused(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(FileFormatError):
        read_tensors(path)


@given(st.data())
@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_file_is_refused_or_reads_as_something(
    tmp_path: Path, content: bytes, data: Any
) -> None:
    changed = bytearray(content)
    places = st.integers(0, len(content) - 1)
    for place, byte in data.draw(st.dictionaries(places, st.integers(0, 255), max_size=4)).items():
        changed[place] = byte
    path = tmp_path / "changed"
    path.write_bytes(changed)
    # Any other exception than ours would pass through here and fail the test.
    with suppress(FileFormatError):
        arrays, document = read_tensors(path)
        assert isinstance(document, dict)
        assert all(isinstance(array, np.ndarray) for array in arrays.values())


LIES = {
    "empty": b"",
    "one byte": b"\x05",
    "a zip file": b"PK\x03\x04" + bytes(200),
    "a list": with_header([]),
    "a tensor that is a number": with_header({"theta": 3}),
    "no metadata": with_header({"theta": header_of()["theta"]}),
    "foreign metadata": with_header({**header_of(), "__metadata__": {"other": "{}"}}),
    "metadata of another type": with_header({**header_of(), "__metadata__": {HEADER_KEY: 3}}),
    "a document that is a list": with_header(header_of(document="[]")),
    "half a document": with_header(header_of(document="{")),
    "a deep document": with_header(header_of(document="[" * 100_000)),
    "a huge integer": with_header(header_of(document='{"step": ' + "9" * 5000 + "}")),
    "a huge shape": with_header(header_of(shape=[2**40, 2**40])),
    "a negative shape": with_header(header_of(shape=[-3])),
    "a larger shape": with_header(header_of(shape=[4])),
    "a hundred axes": with_header(header_of(shape=[1] * 100 + [3])),
    "a huge and empty shape": with_header(header_of(shape=[2**63, 0], end=0), b""),
    "an end far away": with_header(header_of(end=2**60)),
    "an unknown type": with_header(header_of(dtype="F65")),
    "bfloat16": with_header(header_of(dtype="BF16", shape=[12])),
    "eight bits": with_header(header_of(dtype="F8_E4M3", shape=[24])),
    "other eight bits": with_header(header_of(dtype="F8_E5M2", shape=[24])),
}


@pytest.mark.parametrize("name", LIES)
def test_a_header_that_lies_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(LIES[name])
    with pytest.raises(FileFormatError) as caught:
        read_tensors(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["bfloat16", "eight bits", "other eight bits"])
def test_kinds_that_another_package_taught_numpy_are_refused_as_well(
    tmp_path: Path, name: str
) -> None:
    pytest.importorskip("ml_dtypes")
    test_a_header_that_lies_is_refused(tmp_path, name)


@pytest.mark.parametrize("length", [25, 10**6, 10**8, 2**40, 2**63, 2**64 - 1])
def test_a_header_longer_than_its_file_allocates_nothing(tmp_path: Path, length: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(length.to_bytes(8, "little") + bytes(24))
    tracemalloc.start()
    try:
        with pytest.raises(FileFormatError, match="cut short or is of another kind"):
            read_tensors(path)
        assert tracemalloc.get_traced_memory()[1] < 200_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path, "cannot be read (No such file or directory)"),
        (lambda path: path.mkdir(), "is a folder, not a file"),
    ],
    ids=["missing", "folder"],
)
def test_what_is_no_file_is_refused_by_name(
    tmp_path: Path, make: Callable[[Path], Any], reason: str
) -> None:
    path = tmp_path / "thing"
    make(path)
    with pytest.raises(FileFormatError) as caught:
        read_tensors(path)
    assert str(caught.value) == f"{path}: {reason}"
