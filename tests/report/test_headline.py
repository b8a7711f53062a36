from dataclasses import replace

import numpy as np
import pytest
from fit_summaries import of_classes, of_numbers

from trainwell.report.fit_summary import ClassTest, NumberTest, Scores
from trainwell.report.headline import cautions, headline


def answers(right, wrong, classes=("no", "yes")):
    """Return test rows of which all but the last ``wrong`` are right."""
    true = (classes[0],) * right + (classes[1],) * wrong
    rows = right + wrong
    shares = np.tile([1.0] + [0.0] * (len(classes) - 1), (rows, 1))
    return ClassTest(tuple(classes), true, (classes[0],) * rows, shares)


def scored(**values):
    metrics = tuple(name.replace("_", " ") for name in values)
    test, trivial = zip(*values.values(), strict=True)
    return Scores(metrics, (("test", test), ("baseline (test)", trivial)))


def test_the_result_comes_first_and_the_trivial_one_beside_it():
    summary = of_classes(
        test=answers(68, 1), scores=scored(accuracy=(68 / 69, 0.44199)), baseline="always saying no"
    )
    assert headline(summary) == (
        "On 69 test rows the network is right 98.6 % of the time; always saying no would be right "
        "44.2 % of the time."
    )


@pytest.mark.parametrize("trivial", [0.8, 0.9])
def test_a_result_that_is_no_better_than_trivial_says_so(trivial):
    summary = of_classes(test=answers(8, 2), scores=scored(accuracy=(0.8, trivial)))
    assert "no better than the trivial answer: always saying ill would be" in headline(summary)


def test_numbers_are_told_by_their_mean_distance():
    test = NumberTest(np.array([1.0, 2.0, 3.0]), np.array([1.5, 2.0, 2.0]))
    summary = of_numbers(test=test, scores=scored(MAE=(0.5, 2 / 3)))
    assert headline(summary) == (
        "On 3 test rows the network is off by 0.5 on average (in the unit of status); the "
        "trivial answer, always saying 5.02 (the training mean), would be off by 0.667."
    )
    worse = replace(summary, scores=scored(MAE=(0.5, 0.5)))
    assert "which is no better: the trivial answer, always" in headline(worse)


@pytest.mark.parametrize("make", [of_classes, of_numbers])
def test_without_a_trivial_result_the_sentence_ends_earlier(make):
    summary = make(scores=Scores((), ()))
    assert headline(summary).startswith("On 30 test rows the network is ")
    assert "always" not in headline(summary)


@pytest.mark.parametrize("make", [of_classes, of_numbers])
def test_without_test_rows_nothing_is_claimed(make):
    summary = make(rows=0)
    assert headline(summary).startswith("No rows were kept for testing")
    assert cautions(summary) == ()


def test_numbers_that_are_not_finite_are_no_result():
    test = NumberTest(np.array([1.0, 2.0]), np.array([np.nan, 2.0]))
    assert headline(of_numbers(test=test)).endswith("predicts numbers that are not finite.")
    assert not any("may be expected" in text for text in cautions(of_numbers(test=test)))


@pytest.mark.parametrize(("rows", "warned"), [(12, True), (99, True), (100, False)])
@pytest.mark.parametrize("make", [of_classes, of_numbers])
def test_few_test_rows_are_pointed_out(make, rows, warned):
    found = [text for text in cautions(make(rows=rows)) if text.startswith("There are only")]
    assert len(found) == warned
    if warned:
        assert found[0].startswith(f"There are only {rows} test rows: another division ")


def test_accuracy_comes_with_wilsons_interval():
    (sentence,) = cautions(of_classes(rows=200, test=answers(150, 50), scores=Scores((), ())))
    assert sentence == (
        "150 of 200 test rows are right: on new rows like these, between 68.6 % and 80.5 % may be "
        "expected (Wilson interval, 95 %)."
    )


def test_uneven_classes_are_judged_by_balanced_accuracy():
    scores = scored(accuracy=(0.8, 0.8), balanced_accuracy=(0.5, 0.5))
    even, uneven = (
        cautions(of_classes(test=answers(right, 1000 - right), scores=scores))
        for right in (799, 800)
    )
    assert not any("balanced accuracy" in text for text in even)
    (sentence,) = (text for text in uneven if "balanced accuracy" in text)
    assert sentence.startswith("One class has 80 % of the test rows, so that accuracy says little.")
    assert sentence.endswith("an answer that never looks at the inputs comes to 50.0 %.")


@pytest.mark.parametrize(
    ("areas", "parts"),
    [
        ({"train": 0.9, "dev": None, "test": None}, "in dev and test: "),
        ({"train": 0.9, "dev": 0.8, "test": None}, "in test: "),
        ({"train": 0.9, "dev": 0.8, "test": 0.7}, None),
        ({}, None),
    ],
)
def test_classes_without_a_row_explain_why_there_is_no_area(areas, parts):
    rows = tuple((part, (area,)) for part, area in areas.items())
    scores = Scores(("ROC AUC",), (*rows, ("baseline (test)", (None,))))
    found = [text for text in cautions(of_classes(scores=scores)) if "ROC AUC" in text]
    assert len(found) == (parts is not None)
    if parts:
        assert f"{parts}ROC AUC is not defined there, and balanced accuracy is" in found[0]


def test_a_distance_is_never_expected_below_zero():
    test = NumberTest(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 2.0]))
    (sentence,) = (text for text in cautions(of_numbers(test=test)) if "may be expected" in text)
    assert "between 0 and 1.77 may be" in sentence


@pytest.mark.parametrize(("explained", "words"), [(0.34, "explain 34 %"), (-0.2, ""), (None, "")])
def test_explained_variance_is_told_where_there_is_any(explained, words):
    found = " ".join(cautions(of_numbers(scores=scored(R2=(explained, 0.0)))))
    assert (words in found) if words else ("explain" not in found)
