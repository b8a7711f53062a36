"""Summaries of fits that never were, for the tests of the report."""

from dataclasses import replace

import numpy as np

from trainwell.data.columns import Column
from trainwell.report.fit_summary import ClassTest, FitSummary, NumberTest, Scores
from trainwell.training.series import Series
from trainwell.training.state import History

METRICS = "accuracy", "log loss", "balanced accuracy", "ROC AUC"
COLUMNS = (
    Column("age", "numeric", "whole numbers", 60, 0, 40),
    Column("dose", "numeric", "numbers", 60, 6, 33, markers=("?",)),
    Column("patient", "left out", "text: 98 % of the cells differ", 60, 0, 59),
)
HISTORY = History(Series((0.01,) * 4), Series((0.9, 0.5, 0.3, 0.2)), Series((0.8, 0.4, 0.45, 0.6)))


def _summary(test, scores, baseline):
    return FitSummary(
        source="clinic.csv",
        target="status",
        target_word="different words",
        parts=(("train", 36), ("dev", 12), ("test", test.rows)),
        columns=COLUMNS,
        notes=("2 rows have no value in 'status' and cannot be used.",),
        scores=scores,
        baseline=baseline,
        history=HISTORY,
        best_epoch=2,
        outcome="Stopped early: the loss brought no new best.",
        test=test,
        network="2 inputs, no hidden layer, 1 output; 3 numbers to learn.",
        plan="Adam, learning rate 0.01.",
        configuration='{"seed": 7}',
        seed=7,
        versions=(("trainwell", "9.8.7"), ("numpy", "1.2.3")),
        repeat_command="trainwell fit clinic.csv --config run.json",
        predict_command="trainwell predict model.safetensors NEW.csv",
    )


def of_classes(classes=("ill", "well"), rows=30, right=0.8, seed=0, **changes):
    """Return a classification in which ``right`` of the test rows are, about."""
    rng = np.random.default_rng(seed)
    true = rng.integers(len(classes), size=rows)
    logits = rng.normal(0, 0.3, (rows, len(classes)))
    meant = np.where(rng.random(rows) < right, true, rng.integers(len(classes), size=rows))
    logits[np.arange(rows), meant] += 2
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    said = shares.argmax(axis=1)
    test = ClassTest(
        tuple(classes),
        tuple(classes[at] for at in true),
        tuple(classes[at] for at in said),
        shares,
    )
    accuracy = test.right / rows if rows else None
    values = {
        "train": (0.95, 0.11, 0.94, 0.99),
        "dev": (0.9, 0.21, 0.91, 0.97),
        "test": (accuracy, 0.4, accuracy, 0.9),
        "baseline (test)": (0.5, 0.69, 0.5, 0.5),
    }
    scores = Scores(METRICS, tuple(values.items()))
    return replace(_summary(test, scores, f"always saying {classes[0]}"), **changes)


def of_numbers(rows=30, error=0.5, seed=0, **changes):
    """Return a regression whose test rows are off by about ``error``."""
    rng = np.random.default_rng(seed)
    true = rng.normal(5, 2, rows)
    test = NumberTest(true, true + rng.normal(0, error, rows))
    values = {
        "train": (0.99, 0.2, 0.1),
        "test": (0.93, 0.6, 0.4),
        "baseline (test)": (0.0, 2.0, 1.75),
    }
    scores = Scores(("R2", "RMSE", "MAE"), tuple(values.items()))
    return replace(_summary(test, scores, "always saying 5.02 (the training mean)"), **changes)


def predicting_one_class(rows=30):
    """Return a classification that says the same, and is sure of it, for every row."""
    summary = of_classes(("a", "b", "c"), rows)
    shares = np.zeros((rows, 3))
    shares[:, 1] = 1.0
    test = ClassTest(("a", "b", "c"), summary.test.true, ("b",) * rows, shares)
    return replace(summary, test=test)


def predicting_one_number(rows=30):
    """Return a regression that says the same for every row."""
    summary = of_numbers(rows)
    return replace(summary, test=NumberTest(summary.test.true, np.full(rows, 5.0)))


def certain(rows=30):
    """Return a classification whose probabilities are exactly 0 and 1."""
    summary = of_classes(rows=rows)
    test = summary.test
    shares = np.array([[float(said == name) for name in test.classes] for said in test.predicted])
    return replace(summary, test=ClassTest(test.classes, test.true, test.predicted, shares))
