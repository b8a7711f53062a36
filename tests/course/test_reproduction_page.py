from functools import cache
from html.parser import HTMLParser

import pytest
from course.reproduced import RESULTS, SYNTHETIC, comparison, trained, whole

from trainwell.course.reproduction import Result
from trainwell.course.reproduction_page import _title, reproduction_page

VOID = {"meta", "br"}
FETCHING = {"script", "link", "iframe", "object", "embed", "base", "img", "form", "video"}


class Reader(HTMLParser):
    """Read a page strictly: every tag closed in order; keep its tags, attributes and words."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.attributes, self.words = [], set(), [], []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.remove(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


ADVICE = "datasets/<data>.mat: there is no such file; put it there"


drawn = cache(reproduction_page)


def words(page):
    return " ".join(" ".join(Reader(page).words).split())


def test_the_same_results_give_the_same_bytes():
    assert reproduction_page(RESULTS) == drawn(RESULTS)
    assert drawn(RESULTS) != drawn(SYNTHETIC, ADVICE)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: whole().page, id="a-whole-run"),
        pytest.param(lambda: drawn(SYNTHETIC, ADVICE), id="a-synthetic-field"),
    ],
)
def test_the_page_stands_alone(make):
    page = make()
    reader = Reader(page)
    assert not reader.tags & FETCHING
    for name, value in reader.attributes:
        assert not name.startswith("on"), "a handler is a script"
        if name in {"src", "href", "xlink:href", "action", "data"}:
            assert value.startswith("#")
    assert "@import" not in page
    fetched = [place for place in page.split("url(")[1:] if not place.startswith("#")]
    assert not fetched


def test_the_page_is_named_and_counts_its_numbers():
    page = drawn(RESULTS)
    assert "<title>The course, reproduced</title>" in page
    assert "6 published numbers in 4 quantities. All are within their tolerance." in words(page)


def test_each_kind_of_experiment_has_its_boundaries_and_its_costs():
    labels = [v for name, v in Reader(drawn(RESULTS)).attributes if name == "aria-label"]
    shown = [label for label in labels if label.startswith(("Decision", "Cost"))]
    assert shown == [
        "Decision boundaries of circles, large random.",
        "Cost against iterations: large random from inf to 0.5.",
        "Decision boundaries of football, L2.",
        "Cost against iterations: L2 from 0.7 to 0.5.",
    ]


def test_a_row_shows_of_several_numbers_the_one_that_differs_most():
    page = drawn(RESULTS)
    assert "<td>cost (2 numbers)</td>" in page
    assert '<td class="number">0.5</td><td class="number">0.500000001</td>' in page
    assert page.count("✓ within") == 4
    assert "✗ off" not in page


def test_each_number_but_the_predictions_stands_by_itself():
    text = words(drawn(RESULTS))
    assert "cost at iteration 0 inf inf" in text
    assert "cost at iteration 1,000 0.5 0.500000001" in text
    assert "test predictions[0]" not in text


def test_a_number_that_is_off_is_marked_in_its_row_and_at_the_top():
    wrong = comparison("cost with L2", "cost", [1.79], [1.78])
    page = reproduction_page((Result("cost with L2", (wrong,)), *RESULTS[1:]))
    assert page.count("✗ off") == 1
    assert page.count("✓ within") == 3
    assert "6 published numbers in 4 quantities. 1 of them off." in words(page)


def test_a_synthetic_field_is_called_so_and_says_how_to_get_the_data():
    text = words(drawn(SYNTHETIC, ADVICE))
    assert ADVICE in text, "and what looks like markup is shown as text"
    assert "synthetic field, for which nothing was published" in text
    assert "football, L2 needs the course's data: --football data.mat" in text
    assert "not compared" in text
    assert "5 published numbers in 3 quantities" in text


def test_the_course_s_own_data_are_not_called_synthetic():
    text = words(drawn(RESULTS))
    assert "synthetic" not in text
    assert "not compared" not in text


def test_accuracies_stand_above_the_boundaries():
    # Letters are outlines in the page, so the title is looked at before it is drawn.
    assert _title(trained("football, L2")) == "L2\ntrain 100.0%, test 100.0%"
