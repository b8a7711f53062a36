"""What a fit came to, in sentences: the first things that a person reads."""

from math import isfinite

import numpy as np

from trainwell.report.fit_summary import ClassTest, FitSummary, NumberTest
from trainwell.report.interval import mean_interval, wilson_interval
from trainwell.report.wording import number, percent, rows

FEW_ROWS = 100
"""With fewer test rows than this the page warns that another split may tell otherwise."""

UNEVEN = 0.8
"""From this share of the most frequent class on, accuracy alone says little."""

BASELINE = "baseline (test)"


def headline(summary: FitSummary) -> str:
    """Return the result in one sentence, beside that of the trivial prediction.

    Parameters
    ----------
    summary : FitSummary
        The fit.

    Returns
    -------
    str
        Plain text.
    """
    test = summary.test
    if not test.rows:
        return "No rows were kept for testing: nothing can be said about new rows."
    if isinstance(test, ClassTest):
        return _headline_of_classes(summary, test)
    return _headline_of_numbers(summary, test)


def cautions(summary: FitSummary) -> tuple[str, ...]:
    """Return what a person should know before relying on the result.

    Parameters
    ----------
    summary : FitSummary
        The fit.

    Returns
    -------
    tuple of str
        Sentences; none, if there is nothing to be careful about.
    """
    test = summary.test
    if not test.rows:
        return ()
    found = []
    if isinstance(test, ClassTest):
        found += _uncertainty_of_classes(test) + _unevenness(summary, test) + _absence(summary)
    else:
        found += _uncertainty_of_numbers(summary, test)
    if test.rows < FEW_ROWS:
        found.append(
            f"There are only {rows(test.rows, 'test')}: another division of the table "
            "may give a clearly different result."
        )
    return tuple(found)


def _headline_of_classes(summary: FitSummary, test: ClassTest) -> str:
    accuracy = percent(test.right / test.rows, decimals=1)
    sentence = f"On {rows(test.rows, 'test')} the network is right {accuracy} of the time"
    trivial = summary.scores.value(BASELINE, "accuracy")
    if trivial is None:
        return f"{sentence}."
    beside = f"{summary.baseline} would be right {percent(trivial, decimals=1)} of the time"
    if test.right / test.rows > trivial:
        return f"{sentence}; {beside}."
    return f"{sentence}, no better than the trivial answer: {beside}."


def _headline_of_numbers(summary: FitSummary, test: NumberTest) -> str:
    error = float(np.abs(test.true - test.predicted).mean())
    if not isfinite(error):
        return f"On {rows(test.rows, 'test')} the network predicts numbers that are not finite."
    sentence = (
        f"On {rows(test.rows, 'test')} the network is off by {number(error)} on average "
        f"(in the unit of {summary.target})"
    )
    trivial = summary.scores.value(BASELINE, "MAE")
    if trivial is None:
        return f"{sentence}."
    beside = f"the trivial answer, {summary.baseline}, would be off by {number(trivial)}"
    if error < trivial:
        return f"{sentence}; {beside}."
    return f"{sentence}, which is no better: {beside}."


def _uncertainty_of_classes(test: ClassTest) -> list[str]:
    low, high = wilson_interval(test.right, test.rows)
    sentence = (
        f"{test.right:,} of {rows(test.rows, 'test')} are right: on new rows like these, between "
        f"{percent(low, decimals=1)} and {percent(high, decimals=1)} may be expected "
        "(Wilson interval, 95 %)."
    )
    return [sentence]


def _unevenness(summary: FitSummary, test: ClassTest) -> list[str]:
    counts = [test.true.count(name) for name in dict.fromkeys(test.true)]
    balanced = summary.scores.value("test", "balanced accuracy")
    if max(counts) < UNEVEN * test.rows or balanced is None:
        return []
    sentence = (
        f"One class has {percent(max(counts) / test.rows)} of the test rows, so that accuracy "
        "says little. The mean over the classes of the share found (balanced accuracy) is "
        f"{percent(balanced, decimals=1)}; an answer that never looks at the inputs comes to "
        f"{percent(1 / len(counts), decimals=1)}."
    )
    return [sentence]


def _absence(summary: FitSummary) -> list[str]:
    """Say why a part has no ROC AUC, and what its balanced accuracy then is."""
    if "ROC AUC" not in summary.scores.metrics:
        return []
    parts = [part for part, _ in summary.scores.rows if part != BASELINE]
    without = [part for part in parts if summary.scores.value(part, "ROC AUC") is None]
    if not without:
        return []
    sentence = (
        f"Not every class has a row in {' and '.join(without)}: ROC AUC is not defined there, and "
        "balanced accuracy is the mean over the classes that are present."
    )
    return [sentence]


def _uncertainty_of_numbers(summary: FitSummary, test: NumberTest) -> list[str]:
    distances = np.abs(test.true - test.predicted)
    if not np.isfinite(distances).all():
        return []
    low, high = mean_interval(distances)
    found = []
    if isfinite(low):
        found.append(
            f"On new rows like these, a mean distance from the truth between "
            f"{number(max(low, 0.0))} and {number(high)} may be expected (95 % interval)."
        )
    explained = summary.scores.value("test", "R2")
    if explained is not None and explained > 0:
        found.append(
            f"The inputs explain {percent(explained)} of the variance of {summary.target} (R2)."
        )
    return found
