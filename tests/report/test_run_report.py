import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from hashlib import sha256
from html.parser import HTMLParser

import numpy as np
import pytest
from fit_summaries import (
    COLUMNS,
    certain,
    of_classes,
    of_numbers,
    predicting_one_class,
    predicting_one_number,
)

from trainwell.data.columns import Column
from trainwell.errors import ConfigurationError, ShapeError
from trainwell.report.fit_summary import ClassTest, NumberTest, Scores
from trainwell.report.page import Mark
from trainwell.report.run_report import _verdict, fit_page
from trainwell.training.series import Series
from trainwell.training.state import History

EVIL = """<script>alert("x")</script> & 'quotes' --> ]]> </style><img src=x onerror=y>"""
VOID = {"meta", "br", "img", "link", "hr", "input"}
FETCHING = {"script", "link", "iframe", "object", "embed", "base", "form", "img"}
COMMON = ["Result", "Training", "Data", "Network and training plan", "How to use and repeat it"]
OF_CLASSES = ["Which classes are confused", "How far to trust the probabilities"]
OF_NUMBERS = ["Predicted and true numbers"]


class Reader(HTMLParser):
    """Read a page: every tag is closed in order."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.headings, self.cells, self.text = [], set(), [], [], ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag in {"th", "td"}:
            self.cells.append("")
        if tag == "h2":
            self.headings.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert "svg" in self.open

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if {"th", "td"} & set(self.open):
            self.cells[-1] += data
        if "h2" in self.open:
            self.headings[-1] += data

    def row(self, first, width):
        at = self.cells.index(first)
        return self.cells[at : at + width]


CASES = {
    "two-classes": of_classes(),
    "twelve-classes": of_classes(tuple("abcdefghijkl"), rows=40),
    "forty-classes": of_classes(tuple(f"kind {n}" for n in range(40)), rows=60),
    "one-class-predicted": predicting_one_class(),
    "certain": certain(),
    "one-row": of_classes(rows=1),
    "class-never-seen": replace(
        of_classes(),
        test=ClassTest(("a", "b"), ("a", "z"), ("a", "b"), np.array([[0.9, 0.1], [0.2, 0.8]])),
    ),
    "no-rows": of_classes(rows=0),
    "numbers": of_numbers(),
    "one-number-predicted": predicting_one_number(),
    "one-number": of_numbers(rows=1),
    "many-numbers": of_numbers(rows=1500),
    "no-numbers": of_numbers(rows=0),
    "not-finite": of_numbers(test=NumberTest(np.ones(3), np.array([1.0, np.nan, np.inf]))),
    "no-epoch": of_numbers(history=History(), best_epoch=0),
    "one-epoch": of_classes(
        history=History(Series((0.1,)), Series((0.5,)), Series((0.4,))), best_epoch=1
    ),
    "no-dev": of_classes(history=History(Series((0.1,) * 2), Series((0.5, 0.4))), best_epoch=2),
    "no-scores": of_classes(scores=Scores((), ())),
    "no-columns": of_classes(columns=(), notes=()),
    "no-parts": of_classes(parts=(("train", 0),)),
    "evil": of_classes(
        (EVIL, "b", "c"),
        source=EVIL,
        target=EVIL,
        target_word=EVIL,
        columns=(Column(EVIL, "numeric", EVIL, 3, 1, 2, markers=(EVIL,)),),
        notes=(EVIL,),
        outcome=EVIL,
        baseline=EVIL,
        network=EVIL,
        plan=EVIL,
        configuration=EVIL,
        versions=((EVIL, EVIL),),
        repeat_command=EVIL,
        predict_command=EVIL,
    ),
    "evil-numbers": of_numbers(target=EVIL, source="\x00\ud800\n"),
}


@cache
def page(name):
    return fit_page(CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_every_page_is_whole_and_stands_alone(name):
    text = page(name)
    reader = Reader(text)
    special = OF_CLASSES if CASES[name].task == "classification" else OF_NUMBERS
    assert reader.headings == [*COMMON[:2], *special, *COMMON[2:]]
    assert not reader.tags & FETCHING
    assert "default-src 'none'" in text
    assert not re.findall(r'(?:href|src)="(?!#)', text)
    assert "nan" not in reader.text.lower().replace("finance", "")
    text.encode("utf-8")


def test_what_comes_from_data_is_shown_and_never_obeyed():
    text = page("evil")
    assert "<script" not in text
    assert "onerror=y>" not in text
    reader = Reader(text)
    assert reader.text.count(EVIL) >= 15
    assert sum(EVIL in cell for cell in reader.cells) >= 3


PROGRAM = """
from hashlib import sha256
import fit_summaries
from trainwell.report.run_report import fit_page
classes = tuple(f"kind {n}" for n in range(40))
pages = [fit_page(fit_summaries.of_classes(classes)), fit_page(fit_summaries.of_numbers())]
print(sha256("".join(pages).encode()).hexdigest())
"""


@pytest.mark.long
def test_equal_fits_have_equal_pages_in_every_process():
    environment = {**os.environ, "PYTHONHASHSEED": "4242"}  # here it is another one
    environment["PYTHONPATH"] = os.pathsep.join(
        [os.path.dirname(os.path.dirname(__file__)), environment["PYTHONPATH"]]  # noqa: PTH120
    )
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    here = fit_page(of_classes(tuple(f"kind {n}" for n in range(40)))) + fit_page(of_numbers())
    assert run.stdout.strip() == sha256(here.encode()).hexdigest()


def test_scores_stand_beside_the_trivial_ones():
    reader = Reader(page("two-classes"))
    assert reader.row("metric", 6) == [
        "metric",
        "train",
        "dev",
        "test",
        "baseline (test)",
        "test against baseline",
    ]
    assert reader.row("log loss", 6) == ["log loss", "0.11", "0.21", "0.4", "0.69", "✓ better"]
    assert reader.row("ROC AUC", 6) == ["ROC AUC", "0.990", "0.970", "0.900", "0.500", "✓ better"]
    assert "log loss" in reader.text.split("What these metrics mean")[1]


@pytest.mark.parametrize(
    ("metric", "test", "trivial", "verdict"),
    [
        ("accuracy", 0.9, 0.8, Mark("better", "good")),
        ("accuracy", 0.7, 0.8, Mark("worse", "bad")),
        ("accuracy", 0.8, 0.8, Mark("equal")),
        ("log loss", 0.7, 0.8, Mark("better", "good")),
        ("log loss", 0.9, 0.8, Mark("worse", "bad")),
        ("RMSE", 0.7, 0.8, Mark("better", "good")),
        ("MAE", 0.9, 0.8, Mark("worse", "bad")),
        ("R2", 0.1, -0.01, Mark("better", "good")),
        ("ROC AUC", None, 0.5, None),
        ("balanced accuracy", 0.6, None, None),
        ("fancy metric", 0.9, 0.8, None),
    ],
)
def test_the_verdict_knows_which_way_is_better(metric, test, trivial, verdict):
    rows = (("test", (test,)), ("baseline (test)", (trivial,)))
    assert _verdict(of_classes(scores=Scores((metric,), rows)), metric) == verdict


@pytest.mark.parametrize(("test", "word"), [(0.9, "better"), (0.7, "worse")])
def test_few_test_rows_are_not_praised_or_blamed(test, word):
    scores = Scores(("accuracy",), (("test", (test,)), ("baseline (test)", (0.8,))))
    few, enough = (_verdict(of_classes(rows=rows, scores=scores), "accuracy") for rows in (29, 30))
    assert few == Mark(word)
    assert enough != few


def test_a_metric_that_is_unknown_or_undefined_is_shown_all_the_same():
    rows = (("test", (0.25, None)), ("baseline (test)", (0.125, 0.5)))
    reader = Reader(fit_page(of_classes(scores=Scores(("fancy", "ROC AUC"), rows))))
    dash = "\N{EN DASH}"
    assert reader.row("fancy", 4) == ["fancy", "0.25", "0.125", dash]
    assert reader.row("ROC AUC", 4) == ["ROC AUC", dash, "0.500", dash]


def test_a_fit_without_a_trivial_result_has_no_verdict():
    reader = Reader(fit_page(of_classes(scores=Scores(("accuracy",), (("test", (0.5,)),)))))
    assert "test against baseline" not in reader.text


def test_training_is_told_by_its_end_and_its_best_epoch():
    text = Reader(page("two-classes")).text
    assert "Stopped early: the loss brought no new best." in text
    assert "Of 4 epochs, the weights of epoch 2 are kept." in text
    assert "loss of each of 4 epochs" in page("two-classes").lower()
    assert "No epoch was finished." in Reader(page("no-epoch")).text


def test_columns_say_what_they_are_and_why_they_are_not():
    reader = Reader(page("numbers"))
    assert reader.row("patient", 2) == ["patient", "text: 98 % of the cells differ"]
    assert reader.row("age", 4) == ["age", "numeric", "whole numbers", "0"]
    assert reader.row("dose", 4) == [
        "dose",
        "numeric",
        "numbers; '?' counted as missing",
        "6 (10 %)",
    ]
    assert "2 of 3" in reader.text
    assert "2 rows have no value in 'status' and cannot be used." in reader.text


def test_parts_say_how_many_rows_they_have_and_what_for():
    reader = Reader(page("two-classes"))
    at = reader.cells.index("what for") + 1
    assert reader.cells[at : at + 12] == [
        *("train", "36", "46 %", "the network learns from it"),
        *("dev", "12", "15 %", "tells when to stop"),
        *("test", "30", "38 %", "seen at the end"),
    ]


def test_a_wide_table_is_cut_with_a_word():
    used = tuple(Column(f"gene {n}", "numeric", "numbers", 9, 0, 9) for n in range(300))
    omitted = tuple(Column(f"note {n}", "left out", "constant (1)", 9, 0, 1) for n in range(250))
    reader = Reader(fit_page(of_numbers(columns=(*used, *omitted))))
    assert "gene 199" in reader.cells
    assert "gene 200" not in reader.cells
    assert "note 199" in reader.cells
    assert "note 200" not in reader.cells
    assert "Columns that were used: the first 200 of 300" in reader.text
    assert "Columns that were left out: the first 200 of 250" in reader.text


def test_the_run_can_be_repeated_from_the_page():
    for name in ("two-classes", "numbers"):
        text = Reader(page(name)).text
        assert '{"seed": 7}' in text
        assert "trainwell fit clinic.csv --config run.json" in text
        assert "trainwell predict model.safetensors NEW.csv" in text
        assert "9.8.7" in text
        assert "Made by trainwell 9.8.7." in text


def test_a_network_that_always_says_the_same_is_caught():
    assert "The network predicts b for every test row." in Reader(page("one-class-predicted")).text
    words = "The network predicts the same number for every test row."
    assert words in Reader(page("one-number-predicted")).text
    assert words not in Reader(page("numbers")).text


def test_classes_that_are_never_predicted_are_named():
    true = tuple("abcdefgh") * 2
    said = tuple("abababab") * 2
    test = ClassTest(tuple("abcdefgh"), true, said, np.full((16, 8), 0.125))
    text = Reader(fit_page(of_classes(test=test))).text
    assert "Never predicted: c, d, e, f, g and 1 more." in text
    assert "Never predicted" not in Reader(fit_page(of_classes())).text


def test_rarer_classes_in_the_square_are_explained():
    text = Reader(page("forty-classes")).text
    assert "The last line and column put 29 classes with fewer rows together" in text
    assert "The most frequent mistakes" in text
    assert "All 40 classes" in text


@pytest.mark.parametrize(
    ("sureness", "verdict"),
    [
        (0.99, "it is too sure of itself"),
        (0.6, "it is too cautious"),
        (0.8, "on the whole that agrees"),
    ],
)
def test_the_page_says_whether_the_network_knows_what_it_knows(sureness, verdict):
    said = ("a",) * 100
    true = ("a",) * 80 + ("b",) * 20
    shares = np.tile([sureness, 1 - sureness], (100, 1))
    text = Reader(fit_page(of_classes(test=ClassTest(("a", "b"), true, said, shares)))).text
    assert f"80.0 % of the answers are right (95 % interval 71.1 % to 86.7 %): {verdict}." in text


def test_calibration_is_of_the_second_class_of_two_and_else_of_the_answer():
    assert "probability that status is well" in page("two-classes")
    assert "probability that the predicted class is right" in page("twelve-classes")


def test_calibration_is_told_beside_what_chance_brings():
    shares = np.tile([0.25, 0.75], (40, 1))
    test = ClassTest(("a", "b"), ("b",) * 20 + ("a",) * 20, ("b",) * 40, shares)
    reader = Reader(fit_page(of_classes(test=test)))
    assert "Expected calibration error: 0.25" in reader.text
    assert "On 40 rows chance alone brings about 0.054." in reader.text
    assert reader.row("0.7 to 0.8", 5) == ["0.7 to 0.8", "40", "0.750", "0.500", "0.352 to 0.648"]


def test_distances_are_told_in_the_unit_of_the_target():
    true = np.arange(10.0)
    summary = of_numbers(test=NumberTest(true, true - np.array([1, 1, 1, 1, 1, 1, 1, 1, 1, 3.0])))
    text = Reader(fit_page(summary)).text
    assert re.search(r"half of the predictions are off by at most\s*1\s", text)
    assert re.search(r"the worst is off by\s*3\s", text)
    assert re.search(r"predictions are too low\)\s*1.2 \(95 % interval 0.748 to 1.65\)", text)
    assert "that of status" in text


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: ClassTest(("a", "b"), ("a",), ("a",), np.ones((1, 3))),
            ShapeError,
            r"ClassTest: probabilities must have shape \(1, 2\), got \(1, 3\)",
        ),
        (
            lambda: ClassTest(("a",), ("a",), (), np.ones((1, 1))),
            ShapeError,
            r"ClassTest: predicted must have shape \(1,\), got \(0,\)",
        ),
        (
            lambda: NumberTest(np.ones(2), np.ones(3)),
            ShapeError,
            r"NumberTest: true and predicted must have shape \(N,\) and \(N,\)",
        ),
        (
            lambda: Scores(("a", "b"), (("test", (1.0,)),)),
            ConfigurationError,
            "Scores: 'test' has 1 values for 2 metrics",
        ),
    ],
)
def test_a_summary_that_contradicts_itself_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_score_that_is_not_there_is_none():
    scores = Scores(("accuracy",), (("test", (0.5,)),))
    assert scores.value("test", "accuracy") == 0.5
    assert scores.value("test", "MAE") is None
    assert scores.value("dev", "accuracy") is None


def test_columns_of_the_cases_are_of_every_sort():
    assert {column.used for column in COLUMNS} == {True, False}
