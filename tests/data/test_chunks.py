"""Arrays, mapped files and Parquet files give the same chunks, or one sentence."""

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.data.chunks import ArrayChunks, ParquetChunks
from trainwell.data.stream import Stream
from trainwell.errors import ConfigurationError, DataError, ShapeError

RNG = np.random.default_rng(4)
X = RNG.standard_normal((23, 3))
Y = RNG.integers(0, 3, (23, 1))
WEIGHT = RNG.uniform(0.5, 2, 23)


def table(x=X, y=Y, weight=WEIGHT):
    """Return the arrays as a data frame."""
    columns = {f"x{number}": x[:, number] for number in range(x.shape[1])}
    return pl.DataFrame({**columns, "class": y[:, 0], "weight": weight})


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "table.parquet"
    table().write_parquet(path, row_group_size=6)
    return path


@pytest.fixture
def mapped(tmp_path):
    """Return a function that maps an array from a file."""

    def map_file(array, mode="r", order="C"):
        path = tmp_path / "array.npy"
        np.save(path, np.asarray(array, order=order))
        return np.load(path, mmap_mode=mode)

    return map_file


def assert_same_chunks(one, other):
    assert one.sizes == other.sizes
    assert (one.inputs, one.outputs) == (other.inputs, other.outputs)
    assert one.total_weight == other.total_weight
    for number in range(len(one.sizes)):
        for first, second in zip(one.read(number), other.read(number), strict=True):
            np.testing.assert_array_equal(first, second)


@given(rows=st.integers(1, 30), weighted=st.booleans())
def test_the_chunks_of_arrays_are_their_rows_in_order(rows, weighted):
    chunks = ArrayChunks(X, Y, WEIGHT if weighted else None, rows=rows)
    parts = [chunks.read(number) for number in range(len(chunks.sizes))]
    assert [len(part.x) for part in parts] == list(chunks.sizes)
    np.testing.assert_array_equal(np.concatenate([part.x for part in parts]), X)
    np.testing.assert_array_equal(np.concatenate([part.y for part in parts]), Y)
    if weighted:
        np.testing.assert_array_equal(np.concatenate([part.weight for part in parts]), WEIGHT)
        assert chunks.total_weight == pytest.approx(WEIGHT.sum(), rel=1e-14)
    else:
        assert chunks.total_weight is parts[0].weight is None


def test_arrays_in_memory_are_not_copied():
    part = ArrayChunks(X, Y, WEIGHT, rows=5).read(1)
    assert np.shares_memory(part.x, X)
    assert np.shares_memory(part.y, Y)
    assert np.shares_memory(part.weight, WEIGHT)


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_mapped_file_gives_the_chunks_of_its_array(mapped, mode, order):
    array = mapped(np.column_stack([X, Y, WEIGHT]), mode, order)
    expected = ArrayChunks(X, Y, WEIGHT, rows=5)
    assert_same_chunks(ArrayChunks(array[:, :3], array[:, 3:4], array[:, 4], rows=5), expected)
    plain = np.asarray(array)
    assert_same_chunks(ArrayChunks(plain[:, :3], plain[:, 3:4], plain[:, 4], rows=5), expected)


@pytest.mark.parametrize("dtype", ["float16", "int8", "bool", ">i4"])
def test_a_mapped_file_may_hold_any_numbers(mapped, dtype):
    array = (X > 0).astype(dtype)
    visits = Stream(ArrayChunks(mapped(array), Y, rows=4)).visits(0, 0, shuffle=False)
    found = np.concatenate([visit.rows.x for visit in visits])
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, X > 0)


@pytest.mark.parametrize("view", [np.s_[::-1], np.s_[::2], np.s_[:, ::-1], np.s_[3:20, 1:]])
def test_any_view_of_a_mapped_file_is_read_as_it_looks(mapped, view):
    array = mapped(X)[view]
    expected = ArrayChunks(X[view], X[view], rows=4)
    assert_same_chunks(ArrayChunks(array, array, rows=4), expected)


def test_what_was_read_of_a_mapped_file_is_no_longer_in_memory(mapped):
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("needs the counters of Linux")

    def resident():  # MiB of mapped files
        line = next(line for line in status.read_text().splitlines() if "RssFile" in line)
        return int(line.split()[1]) / 1024

    array = mapped(np.ones((2**16, 64), np.float32))  # 16 MiB
    chunks = ArrayChunks(array[:, 1:], array[:, :1], rows=2**12)
    for number in range(len(chunks.sizes)):
        chunks.read(number)
    before = resident()
    assert array.sum() == array.size
    assert resident() - before > 12


def test_changes_to_a_mapping_are_kept(mapped):
    private = mapped(X, "c")
    private[7] = 5
    chunks = ArrayChunks(private, private, rows=4)
    for _ in range(2):
        assert (chunks.read(1).x[3] == 5).all()
    shared = mapped(X, "r+")
    shared[7] = 6
    assert (ArrayChunks(shared, shared, rows=4).read(1).x[3] == 6).all()
    assert (shared[7] == 6).all()
    again = np.load(shared.filename, mmap_mode="r")
    assert (again[7] == 6).all()


def test_lists_and_frames_are_arrays_too():
    expected = ArrayChunks(X, Y, WEIGHT, rows=7)
    lists = ArrayChunks(X.tolist(), Y.tolist(), WEIGHT.tolist(), rows=7)
    frames = ArrayChunks(pl.DataFrame(X), pl.DataFrame(Y), pl.Series(WEIGHT), rows=7)
    assert_same_chunks(lists, expected)
    assert_same_chunks(frames, expected)


@pytest.mark.parametrize("rows", [1, 5, 6, 23, 65_536])
def test_a_parquet_file_gives_the_chunks_of_its_arrays(file, rows):
    parquet = ParquetChunks(file, "class", weight="weight", rows=rows)
    assert parquet.columns == ("x0", "x1", "x2")
    assert_same_chunks(parquet, ArrayChunks(X, Y, WEIGHT, rows=rows))
    hot = ParquetChunks(file, "class", features=["x2", "x0"], classes=3, rows=rows)
    assert_same_chunks(hot, ArrayChunks(X[:, [2, 0]], Y[:, 0], classes=3, rows=rows))
    two = ParquetChunks(str(file), ["weight", "class"], features="x1", rows=rows)
    both = np.column_stack([WEIGHT, Y])
    assert_same_chunks(two, ArrayChunks(X[:, 1:2], both, rows=rows))


def test_classes_become_one_target_each(file):
    for chunks in (
        ParquetChunks(file, "class", classes=4, rows=9),
        ArrayChunks(X, Y[:, 0], classes=4, rows=9),
        ArrayChunks(X, Y[:, 0].astype(np.float16), classes=4, rows=9),
    ):
        assert chunks.outputs == 4
        found = np.concatenate([chunks.read(number).y for number in range(3)])
        np.testing.assert_array_equal(found, np.eye(4)[Y[:, 0]])


def test_columns_may_hold_any_numbers(tmp_path):
    frame = pl.DataFrame(
        {
            "truth": [True, False, True],
            "small": pl.Series([1, 2, 3], dtype=pl.UInt8),
            "large": [2**40, -(2**40), 0],
            "single": pl.Series([0.5, 1.5, 2.5], dtype=pl.Float32),
            "exact": pl.Series([1, 2, 3]).cast(pl.Decimal(12, 2)),
            "answer": [False, True, True],
        }
    )
    frame.write_parquet(tmp_path / "table.parquet")
    rows = ParquetChunks(tmp_path / "table.parquet", "answer").read(0)
    expected = [[1, 1, 2**40, 0.5, 1], [0, 2, -(2**40), 1.5, 2], [1, 3, 0, 2.5, 3]]
    assert rows.x.tolist() == expected
    assert rows.x.dtype == np.float64
    assert rows.y.tolist() == [[0], [1], [1]]
    single = ParquetChunks(tmp_path / "table.parquet", "answer", features="single")
    assert single.read(0).x.dtype == np.float32


def test_files_of_a_folder_or_pattern_follow_each_other_by_name(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, part in (("b", table()[8:]), ("a", table()[:8])):
        part.write_parquet(folder / f"{name}.parquet")
    expected = ArrayChunks(X, Y, WEIGHT, rows=5)
    for path in (folder, folder / "*.parquet"):
        assert_same_chunks(ParquetChunks(path, "class", weight="weight", rows=5), expected)


def test_brackets_may_belong_to_a_name(tmp_path):
    path = tmp_path / "table [1].parquet"
    table().write_parquet(path)
    chunks = ParquetChunks(path, "class", weight="weight", rows=5)
    assert_same_chunks(chunks, ArrayChunks(X, Y, WEIGHT, rows=5))


def test_only_what_is_needed_of_a_file_is_decoded(tmp_path):
    """Damage in other columns and other row groups goes unnoticed."""
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({name: rng.standard_normal(4000) for name in ("a", "b", "other")})
    path = tmp_path / "table.parquet"
    frame.write_parquet(path, row_group_size=1000, compression="zstd")
    raw = path.read_bytes()
    chunks = ParquetChunks(path, "b", features="a", rows=1000)
    sound = [chunks.read(number) for number in range(4)]
    group = len(raw) // 4  # columns a, b, other of each, one behind the other
    for start in (2 * group // 3 + 500, 3 * group + 500):
        raw = raw[:start] + bytes(4000) + raw[start + 4000 :]
    path.write_bytes(raw)
    again = ParquetChunks(path, "b", features="a", rows=1000)
    for number in range(3):
        np.testing.assert_array_equal(again.read(number).x, sound[number].x)
    with pytest.raises(DataError, match=r"table.parquet: cannot be read as Parquet \(") as caught:
        again.read(3)
    assert "\n" not in str(caught.value)
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        ParquetChunks(path, "b", features="other", rows=1000).read(0)


def test_a_file_that_has_changed_is_refused(file):
    chunks = ParquetChunks(file, "class", rows=10)
    table()[:15].write_parquet(file)
    with pytest.raises(DataError, match=r"table.parquet: has changed since it was opened"):
        chunks.read(1)
    file.unlink()
    with pytest.raises(DataError, match=r"table.parquet: has changed since it was opened"):
        chunks.read(0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"there is no such file"),
        (b"", r"cannot be read as Parquet \(.*\)"),
        (b"x,y\n1,2\n3,4\n5,6\n", r"cannot be read as Parquet \(.*\)"),
        ("cut", r"cannot be read as Parquet \(.*\)"),
        ("headless", r"has no rows"),
        ("narrow", r"has no columns left to predict from"),
    ],
    ids=["missing", "empty", "text", "cut", "no-rows", "no-features"],
)
def test_files_that_are_no_table_are_refused(tmp_path, content, message):
    path = tmp_path / "table.parquet"
    if content == "headless":
        table()[:0].write_parquet(path)
    elif content is not None:
        table().select("class").write_parquet(path)
        if content != "narrow":
            path.write_bytes(path.read_bytes()[:-9] if content == "cut" else content)
    with pytest.raises(DataError, match=rf"table.parquet: {message}$") as caught:
        ParquetChunks(path, "class")
    assert "\n" not in str(caught.value)


def test_a_folder_or_pattern_without_a_file_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "part-*.parquet"):
        with pytest.raises(DataError, match="there is no Parquet file"):
            ParquetChunks(path, "class")


COLUMNS = [
    ("unknown", "Class", {}, DataError, r"no column 'Class'; did you mean 'class'\?"),
    ("text", "class", {"features": "word"}, DataError, r"column 'word': must hold numbers to be"),
    ("date", "date", {"features": "x0"}, DataError, r"column 'date': .* in chunks, holds Date"),
    ("all", "class", {}, DataError, r"column 'word': must hold numbers .*, holds String"),
    ("twice", "class", {"features": ["x0", "class"]}, ConfigurationError, r"'class' is named twi"),
    ("weight", "class", {"features": "x0", "weight": "x0"}, ConfigurationError, r"'x0' is named"),
    ("none", [], {}, ConfigurationError, r"ParquetChunks.target must be the name .*, got \[\]"),
    ("no-feature", "class", {"features": []}, ConfigurationError, r"features must be .*, got \[\]"),
    ("number", 3, {}, ConfigurationError, r"target must be the name of a column .*, got 3"),
    ("weights", "class", {"weight": ["weight"]}, ConfigurationError, r"weight must be the name"),
    ("classes", "class", {"classes": 1}, ConfigurationError, r"classes must be .* 2, got 1"),
    ("two", ["class", "x1"], {"classes": 3}, ConfigurationError, r"belong to a single target"),
    ("rows", "class", {"rows": 0}, ConfigurationError, r"ParquetChunks.rows must be .* 1, got 0"),
]


@pytest.mark.parametrize(
    ("target", "settings", "error", "message"),
    [pytest.param(*row[1:], id=row[0]) for row in COLUMNS],
)
def test_bad_columns_and_settings_are_refused(tmp_path, target, settings, error, message):
    path = tmp_path / "table.parquet"
    frame = table().with_columns(word=pl.lit("a"), date=pl.lit(0).cast(pl.Date))
    frame.write_parquet(path)
    with pytest.raises(error, match=message) as caught:
        ParquetChunks(path, target, **settings)
    assert "\n" not in str(caught.value)


def test_a_path_is_a_path():
    with pytest.raises(ConfigurationError, match=r"ParquetChunks.path must be a path, got 3"):
        ParquetChunks(3, "class")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("x1", None, r"column 'x1', row 18: must hold finite numbers, got null"),
        ("x2", float("nan"), r"column 'x2', row 18: must hold finite numbers, got nan"),
        ("x0", float("-inf"), r"column 'x0', row 18: must hold finite numbers, got -inf"),
        ("class", None, r"column 'class', row 18: must hold finite numbers, got null"),
        ("class", 3, r"column 'class', row 18: must hold the classes 0 to 2, got 3"),
        ("class", -1, r"column 'class', row 18: must hold the classes 0 to 2, got -1"),
        ("weight", None, r"column 'weight', row 18: must hold finite numbers, got null"),
        ("weight", -1.0, r"column 'weight', row 18: must be at least 0 as a weight, got -1"),
    ],
)
def test_a_bad_cell_is_named_with_its_column_and_row(tmp_path, column, value, message):
    frame = table()
    cells = frame[column].to_list()
    cells[17] = value
    path = tmp_path / "table.parquet"
    frame.with_columns(pl.Series(column, cells)).write_parquet(path, row_group_size=4)
    with pytest.raises(DataError, match=message):
        list(Stream(ParquetChunks(path, "class", classes=3, weight="weight", rows=7)).visits(0, 0))


ARRAYS = [
    ("vector", {"x": X[:, 0]}, ShapeError, r"x must have shape \(N, columns\), got \(23,\)"),
    ("targets", {"y": Y[:, 0]}, ShapeError, r"y must have shape \(N, columns\), got \(23,\)"),
    ("longer", {"y": Y[1:]}, ShapeError, r"y must have shape \(23, columns\), .* got \(22, 1\)"),
    ("short", {"weight": WEIGHT[1:]}, ShapeError, r"weight must have shape \(23,\), as x has rows"),
    ("square", {"weight": Y}, ShapeError, r"weight must have shape \(N,\), got \(23, 1\)"),
    ("hot", {"classes": 3}, ShapeError, r"y must have shape \(N,\), got \(23, 1\)"),
    ("none", {"x": None}, ShapeError, r"x must have shape \(N, columns\), got \(\)"),
    ("empty", {"x": X[:0]}, DataError, r"x is empty, its shape is \(0, 3\)"),
    ("narrow", {"y": Y[:, :0]}, DataError, r"y is empty, its shape is \(23, 0\)"),
    ("text", {"x": X.astype(str)}, DataError, r"x must hold real numbers, got <U32"),
    ("object", {"x": X.astype(object)}, DataError, r"x must hold real numbers, got object"),
    ("complex", {"y": Y + 0j}, DataError, r"y must hold real numbers, got complex128"),
    ("rows", {"rows": 0}, ConfigurationError, r"ArrayChunks.rows must be .* at least 1, got 0"),
    ("real", {"rows": 2.5}, ConfigurationError, r"ArrayChunks.rows must be .*, got 2.5"),
    ("one", {"classes": 1}, ConfigurationError, r"classes must be .* at least 2, got 1"),
]


@pytest.mark.parametrize(
    ("changes", "error", "message"), [pytest.param(*row[1:], id=row[0]) for row in ARRAYS]
)
def test_arrays_that_do_not_fit_are_refused(changes, error, message):
    with pytest.raises(error, match=message) as caught:
        replace(ArrayChunks(X, Y, WEIGHT), **changes)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("ArrayChunks")


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
def test_a_bad_weight_is_named_with_its_row(value):
    weight = WEIGHT.copy()
    weight[17] = value
    message = rf"ArrayChunks: weight must be finite .*, got {value} at row 17 \(counted from 0\)"
    with pytest.raises(DataError, match=message):
        Stream(ArrayChunks(X, Y, weight, rows=5))


@pytest.mark.parametrize("label", [3, -1, 0.5, np.nan])
def test_a_bad_class_is_named_with_its_row(label):
    labels = Y[:, 0].astype(float)
    labels[17] = label
    message = rf"ArrayChunks: y must hold the classes 0 to 2, got {label}.* at row 17 \(counted"
    with pytest.raises(DataError, match=message):
        ArrayChunks(X, labels, classes=3, rows=5).read(3)


def test_weights_are_summed_without_all_of_them_in_memory():
    weight = np.lib.stride_tricks.as_strided(np.ones(1), (10**6,), (0,))
    nothing = np.lib.stride_tricks.as_strided(np.ones((1, 1)), (10**6, 1), (0, 0))
    chunks = ArrayChunks(nothing, nothing, weight, rows=1000)
    tracemalloc.start()
    assert chunks.total_weight == 10**6
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20
