"""What holds for every data set, and what is refused."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trainwell.data.dataset import Data
from trainwell.errors import DataError, ShapeError


def grid(rows, columns, dtype=np.float64):
    return np.arange(rows * columns, dtype=dtype).reshape(rows, columns)


def with_entry(shape, place, value):
    array = np.zeros(shape)
    array[place] = value
    return array


REFUSED = [
    ("x", grid(2, 3)[0], None, None, ShapeError, r"x must have shape \(rows, N\), got \(3,\)"),
    ("y-1d", grid(2, 3), np.ones(3), None, ShapeError, r"y must have shape \(rows, N\)"),
    ("x-3d", np.ones((1, 2, 3)), None, None, ShapeError, r"got \(1, 2, 3\)"),
    ("y-longer", grid(2, 3), np.ones((1, 4)), None, ShapeError, r"y must have shape \(O, 3\)"),
    ("no-example", np.ones((2, 0)), np.ones((1, 0)), None, DataError, r"x is empty.*\(2, 0\)"),
    ("no-feature", np.ones((0, 3)), None, None, DataError, r"x is empty"),
    ("no-target", grid(2, 3), np.ones((0, 3)), None, DataError, r"y is empty"),
    ("nan", with_entry((2, 3), (1, 2), np.nan), None, None, DataError, r"nan at row 1, column 2"),
    ("inf", with_entry((2, 3), (0, 1), -np.inf), None, None, DataError, r"-inf at row 0, column 1"),
    ("y-nan", grid(2, 3), np.full((1, 3), np.nan), None, DataError, r"Data: y must be finite"),
    ("text", np.array([["a", "b", "c"]]), None, None, DataError, r"real numbers, got <U1"),
    ("object", np.array([[1, None, 2]]), None, None, DataError, r"real numbers, got object"),
    ("huge-integer", [[10**400, 1, 2]], None, None, DataError, r"real numbers, got object"),
    ("complex", np.ones((2, 3), dtype=complex), None, None, DataError, r"got complex128"),
    ("weight-2d", grid(2, 3), None, np.ones((1, 3)), ShapeError, r"weight must have shape \(N,\)"),
    ("weight-short", grid(2, 3), None, np.ones(2), ShapeError, r"weight must have shape \(3,\)"),
    (
        "negative",
        grid(2, 3),
        None,
        [1, -0.5, 2],
        DataError,
        r"not be negative, got -0.5 at example 1",
    ),
    ("zero", grid(2, 3), None, np.zeros(3), DataError, r"not be zero for every example"),
    ("weight-nan", grid(2, 3), None, [1, 1, np.nan], DataError, r"nan at example 2"),
    ("weight-sum", grid(2, 3), None, np.full(3, 1e308), DataError, r"finite sum"),
]


@pytest.mark.parametrize(
    ("x", "y", "weight", "error", "message"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED]
)
def test_bad_arrays_are_refused_in_one_sentence(x, y, weight, error, message):
    y = np.zeros((1, 3)) if y is None else y
    with pytest.raises(error, match=message) as caught:
        Data(x, y, weight)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("Data: ")


def test_a_number_beyond_float32_is_refused_with_its_place():
    with pytest.raises(
        DataError, match=r"y must be finite in float32, got 1e\+300 at row 0, column 1"
    ):
        Data(grid(2, 3, np.float32), np.array([[0.0, 1e300, 0.0]]))


@pytest.mark.parametrize(
    ("given_dtype", "kept"),
    [
        ("float64", "float64"),
        ("float32", "float32"),
        ("float16", "float64"),
        ("int64", "float64"),
        ("uint8", "float64"),
        ("bool", "float64"),
        (">f8", "float64"),
    ],
)
def test_all_arrays_take_the_type_that_x_asks_for(given_dtype, kept):
    data = Data(grid(2, 3).astype(given_dtype), np.ones((1, 3), dtype=np.uint8), [1, 2, 3])
    assert {str(array.dtype) for array in (data.x, data.y, data.weight)} == {kept}
    assert data.x.tolist() == grid(2, 3).astype(given_dtype).astype(kept).tolist()


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_are_c_contiguous_and_read_only(order):
    data = Data(np.asarray(grid(4, 3), order=order), np.ones((3, 2)).T, np.ones(3))
    for array in (data.x, data.y, data.weight):
        assert array.flags.c_contiguous
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 5


@pytest.mark.parametrize("view", [False, True])
def test_the_callers_arrays_stay_writeable_and_apart(view):
    x, y, weight = grid(2, 3), np.zeros((1, 3)), np.ones(3)
    passed = (x[:], y[:], weight[:]) if view else (x, y, weight)
    data = Data(*passed)
    for array in (x, y, weight):
        array[:] = 1 + array
    assert data.x[0, 0] == data.y[0, 0] == 0
    assert data.weight[0] == 1


def test_a_read_only_view_of_writeable_memory_is_copied():
    memory = grid(2, 3)
    view = memory[:]
    view.flags.writeable = False
    data = Data(view, np.zeros((1, 3)))
    memory[0, 0] = 7
    assert data.x[0, 0] == 0


def test_read_only_arrays_are_shared():
    x = grid(2, 3).copy()
    x.flags.writeable = False
    assert Data(x, np.zeros((1, 3))).x is x


def test_fields_cannot_be_replaced():
    data = Data(grid(2, 3), np.zeros((1, 3)))
    with pytest.raises(FrozenInstanceError):
        data.x = data.x


def test_without_weights_every_example_counts_once():
    data = Data(grid(2, 3), np.zeros((1, 3)))
    assert (data.examples, data.total_weight, data.relative_weight) == (3, 3.0, None)


@given(
    weights=st.lists(st.floats(0, 1e300), min_size=1, max_size=20).filter(any),
    scale=st.sampled_from([0.5, 1.0, 4.0]),
)
@example(weights=[5e-324, 0.0, 0.0], scale=1.0)
def test_relative_weights_have_mean_one_and_ignore_the_unit(weights, scale):
    weight = np.array(weights)
    count = len(weights)
    data = Data(np.zeros((1, count)), np.zeros((1, count)), weight)
    relative = data.relative_weight
    assert relative.mean() == pytest.approx(1.0, rel=1e-12)
    assert data.weight.tolist() == weights
    losses = np.linspace(1, 2, count)
    share = (weight / weight.max()) / (weight / weight.max()).sum()
    assert (relative * losses).mean() == pytest.approx(share @ losses, rel=1e-12)
    if weight[weight > 0].min() > 1e-300:  # below, a product is rounded
        scaled = Data(data.x, data.y, scale * weight)
        assert np.array_equal(scaled.relative_weight, relative)


def test_total_weight_is_the_sum_of_the_weights():
    assert Data(grid(2, 3), np.zeros((1, 3)), [1, 0.5, 0]).total_weight == 1.5


@pytest.mark.parametrize(
    "indices",
    [
        np.array([2, 0, 2]),
        np.array([-1]),
        slice(1, 3),
        slice(None, None, 2),
        np.array([True, False, True, True]),
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_columns_are_what_indexing_gives(indices, dtype):
    data = Data(grid(3, 4, dtype), grid(2, 4), [1, 2, 3, 4])
    part = data.columns(indices)
    assert np.array_equal(part.x, data.x[:, indices])
    assert np.array_equal(part.y, data.y[:, indices])
    assert np.array_equal(part.weight, data.weight[indices])
    assert part.x.dtype == part.weight.dtype == dtype
    assert part.x.flags.c_contiguous
    assert not part.x.flags.writeable
    assert not np.shares_memory(part.x, data.x)


@pytest.mark.parametrize("indices", [slice(2, 2), np.array([], dtype=int)])
def test_a_part_without_examples_is_refused(indices):
    with pytest.raises(DataError, match="empty"):
        Data(grid(2, 3), np.zeros((1, 3))).columns(indices)


def test_a_part_whose_weights_are_all_zero_is_refused():
    with pytest.raises(DataError, match="zero for every example"):
        Data(grid(2, 3), np.zeros((1, 3)), [0, 0, 1]).columns(slice(0, 2))
