from dataclasses import replace
from itertools import pairwise
from math import inf, nan

import numpy as np
import pytest
from course.reproduced import FOOTBALL, SHORT, functions, short_field, whole

from trainwell.course import reproduction
from trainwell.course.descent import Experiment
from trainwell.course.published import PUBLISHED, Published
from trainwell.course.reproduction import CASES, Comparison, Trained, find_football
from trainwell.data.dataset import Data
from trainwell.errors import DataError

TRAINED = [case for case in CASES if case.startswith(("circles", "football"))]
UNTRAINED = [case for case in CASES if case not in TRAINED]


def compared(printed, computed, tolerance=0.1):
    return Comparison(Published("case", "cost", tuple(printed), tolerance), tuple(computed))


def result_of(results, case):
    return next(result for result in results if result.case == case)


@pytest.mark.parametrize("case", UNTRAINED)
def test_what_was_printed_of_a_function_is_computed(case):
    result = result_of(functions(), case)
    assert [comparison.published for comparison in result.comparisons] == [
        published for published in PUBLISHED if published.case == case
    ]
    assert all(comparison.within for comparison in result.comparisons)
    assert result.trained is None


@pytest.mark.parametrize("case", TRAINED)
def test_what_was_printed_of_a_training_is_computed(case):
    if case.startswith("football") and not FOOTBALL.exists():
        pytest.skip("needs the course's football data, which are not here")
    result = result_of(whole().results, case)
    assert [comparison.published for comparison in result.comparisons] == [
        published for published in PUBLISHED if published.case == case
    ]
    off = [comparison for comparison in result.comparisons if not comparison.within]
    assert not off
    assert result.trained.case == case


def test_every_experiment_is_run_once_in_the_order_of_the_report():
    assert [result.case for result in whole().results] == list(CASES)
    assert {published.case for published in PUBLISHED} == set(CASES)


@pytest.mark.parametrize("number", range(4))
def test_one_changed_number_among_the_printed_ones_is_off(number, monkeypatch):
    case, quantity = "gradients with L2", "dW3"
    printed = next(p for p in PUBLISHED if (p.case, p.quantity) == (case, quantity))
    values = list(printed.values)
    for place in range(number):
        values[place] += (-1) ** place * 3e-8
    changed = replace(printed, values=tuple(values))
    monkeypatch.setattr(
        reproduction, "PUBLISHED", [changed if p is printed else p for p in PUBLISHED]
    )
    monkeypatch.setattr(reproduction, "_CIRCLES", {})
    monkeypatch.setattr(reproduction, "_FOOTBALL", {})
    comparisons = [c for result in reproduction.reproduce() for c in result.comparisons]
    off = [comparison.published.quantity for comparison in comparisons if not comparison.within]
    assert off == ([quantity] if number else [])


@pytest.mark.parametrize(
    ("printed", "computed", "difference", "worst"),
    [
        pytest.param([1.0], [1.0], 0.0, 0, id="equal"),
        pytest.param([1.0, 2.0, 3.0], [1.0, 2.05, 3.0], 0.05, 1, id="the-largest-of-many"),
        pytest.param([1.0, 2.0], [1.07, 1.92], 0.08, 1, id="below-counts-as-above"),
        pytest.param([inf, 1.0], [inf, 1.01], 0.01, 1, id="infinite-equals-itself"),
    ],
)
def test_numbers_within_the_tolerance_are_within(printed, computed, difference, worst):
    comparison = compared(printed, computed)
    assert comparison.within
    assert comparison.difference == pytest.approx(difference)
    assert comparison.worst == worst


@pytest.mark.parametrize(
    ("printed", "computed", "worst"),
    [
        pytest.param([1.0, 2.0, 3.0], [1.0, 2.0, 3.2], 2, id="one-of-many"),
        pytest.param([inf, 1.0], [5.0, 1.0], 0, id="infinite-in-print"),
        pytest.param([1.0, 1.0], [1.0, inf], 1, id="infinite-here"),
        pytest.param([inf], [-inf], 0, id="infinite-on-the-other-side"),
        pytest.param([1.0, 1.0, 1.0], [1.0, nan, 1.2], 1, id="no-number"),
    ],
)
def test_a_single_number_beyond_the_tolerance_is_off(printed, computed, worst):
    comparison = compared(printed, computed)
    assert not comparison.within
    assert comparison.worst == worst
    assert not comparison.difference <= 0.1


def test_a_difference_of_the_very_tolerance_is_within():
    assert compared([1.0], [1.25], tolerance=0.25).within
    assert compared([2.0], [2.0], tolerance=0.0).within
    assert not compared([2.0], [2.0000000000000004], tolerance=0.0).within


def test_fewer_computed_numbers_than_printed_ones_are_no_comparison():
    with pytest.raises(ValueError, match="zip"):
        _ = compared([1.0, 2.0], [1.0]).within


def test_a_printed_cost_is_compared_with_the_cost_of_its_iteration():
    printed = Published("case", "cost", (0.0, 0.0), 1.0, at=(0, 20_000))
    costs = np.arange(30.0)
    assert reproduction._numbers(printed, costs) == (0.0, 20.0)
    assert reproduction._numbers(replace(printed, at=()), costs[:2]) == (0.0, 1.0)


def diagonal():
    """Return a network that says 1 right of the vertical axis, with points around it."""
    parameters = {"W1": np.array([[2.0, 0.0]]), "b1": np.zeros((1, 1))}
    training = Data(np.array([[1.0, -1.0, 0.0, 3.0], [0.0] * 4]), np.array([[1.0, 0, 1, 0]]))
    test = Data(np.array([[1.0, -1.0], [0.0, 0.0]]), np.array([[1.0, 0.0]]))
    return Trained("case", training, test, Experiment(parameters, (0.7, 0.5), 0.4), 1000)


def test_a_point_is_called_1_only_if_its_probability_is_above_one_half():
    trained = diagonal()
    assert trained.decide(np.array([[0.0, 1.0], [5.0, 5.0]])).tolist() == pytest.approx(
        [0.5, 1 / (1 + np.exp(-2))]
    )
    found = trained.quantities()
    assert found["train predictions"].tolist() == [1, 0, 0, 1]
    assert found["test predictions"].tolist() == [1, 0]
    assert found["train accuracy"].tolist() == [0.5]
    assert found["test accuracy"].tolist() == [1.0]
    assert found["train accuracy in percent"].tolist() == [50.0]
    assert found["cost"].tolist() == [0.7, 0.5]


def test_without_data_a_synthetic_field_is_trained_on_and_compared_with_nothing():
    results = short_field()
    assert [result.case for result in results] == [c for c in CASES if c.startswith("football")]
    for result in results:
        assert result.comparisons == ()
        assert result.trained.training.x.shape == (2, 211)
        assert result.trained.test.x.shape == (2, 200)
        assert len(result.trained.experiment.costs) == SHORT / result.trained.every
        assert result.trained.quantities()["train accuracy"] > 0.85


def test_the_three_trainings_differ_in_nothing_but_their_regularisation():
    results = short_field()
    for first, second in pairwise(results):
        assert (first.trained.training.x == second.trained.training.x).all()
        assert first.trained.experiment.costs != second.trained.experiment.costs
    assert not np.isin(results[0].trained.training.x[0], results[0].trained.test.x[0]).any()


def test_the_same_training_gives_the_same_bits():
    for first, second in zip(short_field(), short_field(), strict=True):
        assert first.trained.experiment.costs == second.trained.experiment.costs


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRAINWELL_FOOTBALL", raising=False)
    return tmp_path


@pytest.mark.usefixtures("nowhere")
def test_data_that_are_in_none_of_the_usual_places_leave_advice():
    football, advice = find_football(None)
    assert football is None
    for place in ("datasets/data.mat", "TRAINWELL_FOOTBALL", "path"):
        assert place in advice
    assert "\n" not in advice


def test_damaged_data_in_a_usual_place_are_named(nowhere):
    (nowhere / "datasets").mkdir()
    (nowhere / "datasets" / "data.mat").write_bytes(b"no MATLAB file")
    football, advice = find_football(None)
    assert football is None
    assert advice.startswith("datasets/data.mat: ")
    assert "no such file" not in advice


@pytest.mark.usefixtures("nowhere")
def test_data_that_were_asked_for_and_are_not_there_are_refused():
    with pytest.raises(DataError, match=r"nowhere\.mat: there is no such file"):
        find_football("nowhere.mat")


@pytest.mark.usefixtures("nowhere")
def test_data_are_found_where_the_path_or_the_variable_points(shared, monkeypatch):
    path = shared / "data" / "football.mat"
    (training, test), advice = find_football(path)
    assert (training.examples, test.examples, advice) == (211, 200, "")
    monkeypatch.setenv("TRAINWELL_FOOTBALL", str(path))
    (again, _), advice = find_football(None)
    assert advice == ""
    assert (again.x == training.x).all()
