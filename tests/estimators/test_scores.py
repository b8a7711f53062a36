import numpy as np
import pytest
from sklearn import metrics

from trainwell.estimators.scores import (
    BASELINE,
    classification_scores,
    classification_table,
    regression_scores,
    regression_table,
)

RNG = np.random.default_rng(0)


def shares(rows: int, classes: int) -> np.ndarray:
    drawn = RNG.uniform(0.05, 1.0, size=(rows, classes))
    return drawn / drawn.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_classification_scores_are_scikit_learns(classes: int) -> None:
    labels, probabilities = RNG.integers(classes, size=80), shares(80, classes)
    predicted = probabilities.argmax(axis=1)
    accuracy, loss, balanced, area = classification_scores(labels, probabilities)
    assert accuracy == pytest.approx(metrics.accuracy_score(labels, predicted))
    assert loss == pytest.approx(metrics.log_loss(labels, probabilities))
    assert balanced == pytest.approx(metrics.balanced_accuracy_score(labels, predicted))
    wanted = probabilities[:, 1] if classes == 2 else probabilities
    assert area == pytest.approx(metrics.roc_auc_score(labels, wanted, multi_class="ovr"))


def test_the_area_is_undefined_where_a_class_is_absent() -> None:
    assert classification_scores(np.array([0, 0, 1]), shares(3, 3))[3] is None


def test_regression_scores_are_scikit_learns() -> None:
    y, predicted = RNG.normal(3, 2, 50), RNG.normal(3, 2, 50)
    explained, root, absolute = regression_scores(y, predicted)
    assert explained == pytest.approx(metrics.r2_score(y, predicted))
    assert root == pytest.approx(metrics.root_mean_squared_error(y, predicted))
    assert absolute == pytest.approx(metrics.mean_absolute_error(y, predicted))


def test_huge_targets_do_not_overflow() -> None:
    y = np.array([1e300, -1e300, 5e299])
    explained, root, _ = regression_scores(y, y * 0.5)
    assert 0 < explained < 1
    assert 1e299 < root < 1e300


def test_r2_is_undefined_for_a_constant_target() -> None:
    assert regression_scores(np.ones(4), np.zeros(4)) == (None, 1.0, 1.0)


def test_the_baseline_of_classes_gives_the_training_shares_to_every_row() -> None:
    labels = {
        "train": np.array([0, 0, 0, 1]),
        "dev": np.array([0, 1]),
        "test": np.array([1, 0, 0]),
    }
    table = classification_table(labels, {part: shares(len(y), 2) for part, y in labels.items()})
    assert table.value(BASELINE, "accuracy") == pytest.approx(2 / 3)
    expected = -(np.log(0.25) + 2 * np.log(0.75)) / 3
    assert table.value(BASELINE, "log loss") == pytest.approx(expected)
    assert table.value(BASELINE, "ROC AUC") == 0.5


def test_the_baseline_of_numbers_is_the_training_mean() -> None:
    targets = {"train": np.array([1.0, 3.0]), "dev": np.zeros(2), "test": np.array([2.0, 4.0])}
    table = regression_table(targets, {part: np.zeros(2) for part in targets})
    assert table.value(BASELINE, "MAE") == 1.0
    assert [part for part, _ in table.rows] == ["train", "dev", "test", BASELINE]
