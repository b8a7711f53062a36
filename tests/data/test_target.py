"""The target: classes or measured numbers, as an array and back."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.data.target import MOST_CLASSES, has_target, infer_target
from trainwell.data.target_encoding import TargetEncoding, fit_target
from trainwell.errors import ConfigurationError, DataError, ShapeError
from trainwell.settings import as_json, from_json

CLASSES, MEASURED = "classification", "regression"


def table(cells, **settings):
    return pl.DataFrame({"y": pl.Series(cells, **settings)})


@pytest.mark.parametrize(
    ("cells", "task", "labels", "counts", "missing"),
    [
        (["b", "a", "b", None], CLASSES, ("a", "b"), (1, 2), 1),
        (["1", "0", "0"], CLASSES, ("0", "1"), (2, 1), 0),
        (["-1", "1", "1", "1.0"], CLASSES, ("-1", "1"), (1, 3), 0),
        (["10", "9", "-", "10"], CLASSES, ("9", "10"), (1, 2), 1),
        (["0.5", "1.5", "0.5"], CLASSES, ("0.5", "1.5"), (2, 1), 0),
        (["true", "False", "true"], CLASSES, ("False", "true"), (1, 2), 0),
        (["+", "-", "-"], CLASSES, ("+", "-"), (1, 2), 0),
        (["1", "-", "-"], CLASSES, ("-", "1"), (2, 1), 0),
        (["mild", "none", "none", "NA1"], CLASSES, ("NA1", "mild", "none"), (1, 1, 2), 0),
        ([True, False, None, True], CLASSES, ("false", "true"), (1, 2), 1),
        ([3, 5, 3], CLASSES, ("3", "5"), (2, 1), 0),
        (["36 months", "60 months"] * 2, CLASSES, ("36 months", "60 months"), (2, 2), 0),
        (["3", "5", "8", "5"], MEASURED, (), (), 0),
        (["3.5", None, "8", ".", "9"], MEASURED, (), (), 2),
        ([1.5, 2.5, 3.5, None], MEASURED, (), (), 1),
    ],
)
def test_the_task_is_found(cells, task, labels, counts, missing) -> None:
    target = infer_target(table(cells), "y")
    assert (target.task, target.labels, target.counts) == (task, labels, counts)
    assert (target.rows, target.missing) == (len(cells), missing)
    rows = has_target(table(cells), target)
    assert rows.sum() == len(cells) - missing
    kept = table(cells).filter(rows)
    assert np.isfinite(fit_target(kept, target).encode(kept)).all()


@pytest.mark.parametrize(
    ("cells", "task", "labels"),
    [
        (["3", "5", "8", "5"], CLASSES, ("3", "5", "8")),
        (["3", "5", "8.5", "5"], CLASSES, ("3", "5", "8.5")),
        (["0", "1", "1"], MEASURED, ()),
        (["true", "false", "true"], MEASURED, ()),
        ([True, False], MEASURED, ()),
        (["a", "1", "2", "1", "2", "a"], CLASSES, ("1", "2", "a")),
        ([f"{at}%" for at in range(10, 22)] * 3, CLASSES, tuple(f"{at}%" for at in range(10, 22))),
        (["2019-01-01", "2019-01-02"] * 2, CLASSES, ("2019-01-01", "2019-01-02")),
    ],
)
def test_the_task_can_be_decided_by_hand(cells, task, labels) -> None:
    target = infer_target(table(cells), "y", task)
    assert (target.task, target.labels) == (task, labels)
    encoding = fit_target(table(cells), target)
    assert encoding.encode(table(cells)).shape == (encoding.outputs, len(cells))


MANY = [f"w{at}" for at in range(40)]

REFUSED = {
    "no such column": (table([1, 2]), "speceis", None, "the table has no column 'speceis'; it has"),
    "no such column among odd ones": (
        pl.DataFrame({"a, b": [1], "c": [2]}),
        "target",
        None,
        "it has 'a, b', c",
    ),
    "a misspelt one": (pl.DataFrame({"species": [1]}), "speceis", None, "did you mean 'species'?"),
    "another case": (table([1, 2]), "Y", None, "did you mean 'y'?"),
    "nothing": (table([None, None]), "y", None, "every cell is missing"),
    "no words": (table([None], dtype=pl.String), "y", None, "every cell is missing"),
    "one word": (table(["a", "a", None]), "y", None, "its only value is 'a': there is nothing to"),
    "one number": (table(["2", "2.0", None]), "y", None, "its only value is '2'"),
    "one number, measured": (table([2.5, 2.5]), "y", MEASURED, "its only value is '2.5'"),
    "one truth": (table([True, True]), "y", None, "its only value is 'true'"),
    "one row": (table(["a"]), "y", None, "its only value is 'a'"),
    "names": (table(MANY), "y", None, "40 different words in 40 rows are neither classes nor"),
    "an example": (table(MANY), "y", None, "nor numbers (such as 'w0')"),
    "prices": (
        table([f"${at},000.50" for at in range(1, 12)] * 5),
        "y",
        None,
        "numbers ('$1,000.50' looks like one, but has to be written in digits and a point alone)",
    ),
    "mostly names": (table([*MANY, *["w1"] * 20]), "y", None, "40 different words in 60 rows"),
    "infinite": (table(["1", "1e999", "2"]), "y", None, "column 'y', row 2: '1e999' is infinite"),
    "infinite, typed": (table([1.0, 2.0, -np.inf]), "y", None, "row 3: '-inf' is infinite"),
    "nearly numbers": (
        table([*map(str, range(50)), "oops"]),
        "y",
        None,
        "column 'y', row 51: 'oops' is not a number, but the rest of the target are numbers",
    ),
    "words to measure": (table(["1", "a"]), "y", MEASURED, "row 2: 'a' is not a number, but regr"),
    "dates": (table(["2019-01-01", "2019-01-02"]), "y", None, "holds dates, which are neither"),
    "typed dates": (table([dt.date(2019, 1, 1), dt.date(2019, 1, 2)]), "y", None, "holds dates"),
    "dates to measure": (table([dt.date(2019, 1, 1)] * 2), "y", MEASURED, "row 1: '2019-01-01' is"),
    "lists": (table([["a"], ["b"]]), "y", CLASSES, "column 'y': holds lists; only numbers, words"),
    "records": (table([{"a": 1}, {"a": 2}]), "y", None, "column 'y': holds records; only numb"),
    "bytes": (table([b"a", b"b"]), "y", None, "column 'y': holds bytes; only numbers"),
    "too many classes": (table(list(range(MOST_CLASSES + 1))), "y", CLASSES, "are more classes th"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_target_that_cannot_be_learnt_is_refused(case) -> None:
    frame, name, task, sentence = REFUSED[case]
    with pytest.raises(DataError) as refused:
        infer_target(frame, name, task)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("cells", "task", "word"),
    [
        ([3, 5, 8], None, "3 different numbers; if they are classes, task must say so"),
        ([3, 5, 8], MEASURED, "3 different numbers, by request"),
        ([3, 5, 8.5], None, "3 different numbers"),
        (range(11), None, "11 different numbers"),
        ([3, 5], None, "2 different numbers"),
    ],
)
def test_few_whole_numbers_may_be_classes(cells, task, word) -> None:
    assert infer_target(table(list(cells), strict=False), "y", task).word == word


def test_an_unknown_task_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="task must be one of classification, regression"):
        infer_target(table([1, 2]), "y", "clustering")


def test_rows_without_a_target_and_lonely_classes_are_told() -> None:
    notes = infer_target(table(["a", "a", "b", None, "c", None]), "y").notes
    assert notes == (
        "2 rows have no value in 'y' and cannot be used.",
        "Classes 'b', 'c' have a single row: it can be learnt or measured, not both.",
    )
    assert infer_target(table(["a", "a", "b", "b"]), "y").notes == ()
    assert infer_target(table([1.0, 2.0, 3.0]), "y").notes == ()


@pytest.mark.parametrize("cells", [["b", "a", "b"], ["c", "a", "b", "b"], ["1", "-1", "1"]])
def test_classes_become_columns_and_come_back(cells) -> None:
    frame = table(cells)
    target = infer_target(frame, "y")
    encoding = fit_target(frame, target)
    y = encoding.encode(frame)
    assert y.shape == (1 if len(set(cells)) == 2 else len(set(cells)), len(cells))
    assert encoding.decode(y) == tuple(cells)
    assert encoding.probabilities(y).sum(axis=0).tolist() == [1.0] * len(cells)
    assert [target.labels[at] for at in encoding.indices(frame)] == cells


def test_the_second_of_two_classes_is_the_positive_one() -> None:
    frame = table(["yes", "no"])
    encoding = fit_target(frame, infer_target(frame, "y"))
    assert encoding.encode(frame).tolist() == [[1.0, 0.0]]
    assert encoding.decode(np.array([[0.6, 0.4, 0.5]])) == ("yes", "no", "no")
    assert encoding.probabilities(np.array([[0.6]])).tolist() == [[0.4], [0.6]]


def test_a_measured_target_is_standardised_by_its_training_rows() -> None:
    training, others = table([1.0, 3.0, 5.0, 7.0]), table([100.0, -100.0])
    target = infer_target(pl.concat([training, others]), "y")
    encoding = fit_target(training, target)
    y = encoding.encode(training)
    assert y.mean() == pytest.approx(0)
    assert y.std() == pytest.approx(1)
    assert encoding.decode(encoding.encode(others)) == pytest.approx([100, -100])


@given(st.lists(st.floats(-1e150, 1e150), min_size=2, max_size=20))
def test_measured_values_come_back(cells) -> None:
    frame = table(cells)
    if np.ptp(cells) < 1e-9 * np.abs(cells).max() or np.ptp(cells) < 1e-300:
        return
    encoding = fit_target(frame, infer_target(frame, "y", MEASURED))
    scale = np.abs(cells).max()
    assert encoding.decode(encoding.encode(frame)) == pytest.approx(
        np.array(cells), abs=1e-12 * scale
    )


def test_a_target_that_is_constant_in_the_training_rows_is_refused() -> None:
    target = infer_target(table([1.0, 2.0, 3.0]), "y")
    with pytest.raises(DataError, match="column 'y': is 1 in every training row"):
        fit_target(table([1.0, 1.0]), target)


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (["a", "d"], "column 'y', row 2: 'd' is not one of the classes"),
        (["a", None], "column 'y', row 2: has no value"),
    ],
)
def test_what_is_no_class_is_refused_with_its_row(cells, sentence) -> None:
    frame = table(["a", "b", "a", "b"])
    encoding = fit_target(frame, infer_target(frame, "y"))
    with pytest.raises(DataError) as refused:
        encoding.encode(table(cells))
    assert str(refused.value) == sentence
    with pytest.raises(DataError, match="the table has no column 'y'"):
        encoding.encode(pl.DataFrame({"z": [1]}))


def test_predictions_of_another_shape_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"predictions must have shape \(1, N\), got \(2, 3\)"):
        TargetEncoding("y", CLASSES, ("a", "b")).decode(np.zeros((2, 3)))


def test_a_target_called_count_is_a_target() -> None:
    frame = pl.DataFrame({"count": ["a", "b", "a", "b"], "value": [1, 2, 3, 4]})
    assert infer_target(frame, "count").counts == (2, 2)
    assert infer_target(frame, "value", CLASSES).counts == (1, 1, 1, 1)


@pytest.mark.parametrize(
    "encoding",
    [
        TargetEncoding("y", CLASSES, ("a", "b"), numeric=False),
        TargetEncoding("y", MEASURED, centre=0.1, scale=1 / 3),
    ],
)
def test_an_encoding_survives_json(encoding) -> None:
    assert from_json(as_json(encoding), {"TargetEncoding": TargetEncoding}) == encoding
