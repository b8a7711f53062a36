from itertools import pairwise

import numpy as np
import pytest
from sklearn import metrics

from trainwell.errors import ConfigurationError, ShapeError
from trainwell.report.confusion import (
    MOST_CLASSES,
    class_scores,
    confusion,
    draw_confusion,
    mistakes,
)
from trainwell.report.figure import house_style

LONG = "drug-induced liver injury of a kind that nobody has described before"


def labelled(classes, rows=400, right=0.7, seed=0):
    rng = np.random.default_rng(seed)
    names = [f"kind {number}" for number in range(classes)]
    true = rng.choice(names, rows, p=rng.dirichlet(np.ones(classes)))
    predicted = np.where(rng.random(rows) < right, true, rng.choice(names, rows))
    return true.tolist(), predicted.tolist(), names


@pytest.mark.parametrize("classes", [2, 3, 12])
def test_counts_and_shares_equal_scikit_learns(classes):
    true, predicted, names = labelled(classes)
    found = confusion(true, predicted, names)
    expected = metrics.confusion_matrix(true, predicted, labels=names)
    assert found.counts.tolist() == expected.tolist()
    present = expected.sum(axis=1) > 0
    shares = metrics.confusion_matrix(true, predicted, labels=names, normalize="true")
    assert found.shares[present] == pytest.approx(shares[present])
    assert found.right == sum(a == b for a, b in zip(true, predicted, strict=True))
    assert found.classes == tuple(names)


@pytest.mark.parametrize("classes", [2, 5, 30])
def test_recall_and_precision_equal_scikit_learns(classes):
    true, predicted, names = labelled(classes)
    precision, recall, _, support = metrics.precision_recall_fscore_support(
        true, predicted, labels=names, zero_division=np.nan
    )
    found = class_scores(true, predicted, names)
    assert [score.name for score in found] == names
    assert [score.rows for score in found] == support.tolist()
    for score, one, other in zip(found, recall, precision, strict=True):
        assert score.recall == (None if np.isnan(one) else pytest.approx(one))
        assert score.precision == (None if np.isnan(other) else pytest.approx(other))


def test_a_class_without_rows_has_no_shares():
    found = confusion(["a", "a"], ["a", "b"], ["a", "b", "c"])
    assert found.shares[0].tolist() == [0.5, 0.5, 0.0]
    assert np.isnan(found.shares[1:]).all()


def test_a_class_that_was_never_named_is_shown_as_well():
    found = confusion(["a", "z"], ["y", "a"], ["b", "a"])
    assert found.classes == ("b", "a", "y", "z")
    assert found.counts.sum() == 2


@pytest.mark.parametrize(("classes", "together"), [(12, 0), (13, 2), (40, 29)])
def test_rarer_classes_are_put_together_beyond_twelve(classes, together):
    true, predicted, names = labelled(classes, rows=3000)
    found = confusion(true, predicted, names)
    assert found.together == together
    assert len(found.classes) == MOST_CLASSES
    assert found.counts.sum() == 3000
    assert found.right == sum(a == b for a, b in zip(true, predicted, strict=True))
    if together:
        shown = list(found.classes[:-1])
        sizes = {name: true.count(name) for name in names}
        assert min(sizes[name] for name in shown) >= max(
            sizes[name] for name in names if name not in shown
        )
        assert shown == [name for name in names if name in shown]
        merged = [name if name in shown else "rest" for name in true]
        said = [name if name in shown else "rest" for name in predicted]
        expected = metrics.confusion_matrix(merged, said, labels=[*shown, "rest"])
        assert found.counts.tolist() == expected.tolist()
        assert found.classes[-1] == f"{together} other classes"


def test_mistakes_come_by_frequency_and_then_by_name():
    true = ["a", "a", "a", "b", "c", "c", "a"]
    predicted = ["b", "b", "c", "a", "c", "a", "a"]
    assert mistakes(true, predicted) == (
        ("a", "b", 2),
        ("a", "c", 1),
        ("b", "a", 1),
        ("c", "a", 1),
    )
    assert mistakes(true, predicted, most=1) == (("a", "b", 2),)
    assert mistakes(true, true) == ()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: confusion(["a"], [], ["a"]),
            ShapeError,
            r"confusion: predicted must have shape \(1,\), got \(0,\)",
        ),
        (lambda: confusion([], [], []), ConfigurationError, "confusion.classes must be at least"),
        (
            lambda: confusion(["a"], ["a"], ["a"], most=1),
            ConfigurationError,
            "confusion.most must be at least 2, got 1",
        ),
        (lambda: class_scores(["a"], [], ["a"]), ShapeError, "class_scores: predicted"),
        (lambda: mistakes(["a"], []), ShapeError, "mistakes: predicted"),
    ],
)
def test_what_cannot_be_counted_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def laid_out(figure):
    with house_style():
        for _ in range(3):
            figure.draw_without_rendering()


def texts_of(figure):
    laid_out(figure)
    (axes,) = figure.axes
    labels = [*axes.texts, *axes.get_xticklabels(), *axes.get_yticklabels()]
    return axes, [text for text in [*labels, axes.xaxis.label, axes.yaxis.label] if text.get_text()]


CASES = {
    "two": (["no"] * 9 + ["yes"] * 3, ["no"] * 12, ["no", "yes"]),
    "one": (["no"] * 5, ["no"] * 5, ["no"]),
    "three-long": ([LONG, "b", "c"], [LONG, "c", "c"], [LONG, "b", "c"]),
    "twelve": labelled(12, rows=10_000),
    "twelve-long": (
        [f"{n} {LONG}" for n in range(12)] * 900,
        [f"{n % 5} {LONG}" for n in range(12)] * 900,
        [f"{n} {LONG}" for n in range(12)],
    ),
    "forty": labelled(40, rows=12),
}


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_cut_off_or_written_over(case):
    figure = draw_confusion(confusion(*CASES[case]))
    axes, texts = texts_of(figure)
    width, height = figure.get_size_inches() * figure.dpi
    for text in texts:
        box = text.get_window_extent()
        assert -2 <= box.x0 <= box.x1 <= width + 2, text.get_text()
        assert -2 <= box.y0 <= box.y1 <= height + 2, text.get_text()
    side = axes.get_window_extent().width / len(axes.get_xticks())
    cells = [text.get_window_extent() for text in axes.texts]
    assert max(box.width for box in cells) < side
    assert max(box.height for box in cells) < side
    flat = [text for text in axes.get_xticklabels() if text.get_rotation() == 0]
    boxes = [text.get_window_extent() for text in flat]
    assert all(a.x1 < b.x0 for a, b in pairwise(boxes))


def test_a_picture_says_counts_and_shares_of_each_class():
    axes, _ = texts_of(draw_confusion(confusion(*CASES["two"])))
    assert [text.get_text() for text in axes.texts] == ["9\n100 %", "0", "3\n100 %", "0"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["no (9)", "yes (3)"]
    assert axes.get_xlabel() == "predicted class"
    assert axes.get_ylabel() == "true class (rows)"
    assert axes.get_ylim() == (2.0, 0.0)  # the first class stands on top


def test_cells_are_coloured_by_the_share_of_their_class():
    axes, _ = texts_of(draw_confusion(confusion(["a"] * 4 + ["b"], list("aaabb"), ["a", "b"])))
    (mesh,) = axes.collections
    assert mesh.get_array().ravel().tolist() == [0.75, 0.25, 0.0, 1.0]
    assert mesh.get_clim() == (0, 1)
