"""The printed numbers as the library holds them, against the reference files."""

import json
from collections import Counter
from itertools import pairwise
from re import findall

import numpy as np
import pytest
from course.reproduced import FOOTBALL, functions, whole

from trainwell.course.published import PUBLISHED

CASES = {
    "init.zeros.3-2-1": "zeros, 3-2-1",
    "init.random.3-2-1": "large random, 3-2-1",
    "init.he.2-4-1": "He, 2-4-1",
    "circles.zeros": "circles, zeros",
    "circles.random": "circles, large random",
    "circles.he": "circles, He",
    "football.noreg": "football, no regularisation",
    "football.noreg.seed004": "football, no regularisation",
    "football.l2": "football, L2",
    "football.dropout": "football, dropout",
    "l2.cost": "cost with L2",
    "l2.backward.dW": "gradients with L2",
    "dropout.forward.A3": "forward pass with dropout",
    "dropout.backward.dA": "backward pass with dropout",
    "gradcheck.1d.x2": "gradient check, 1-D",
    "gradcheck.n.buggy": "gradient check, N-D, planted bugs",
}
QUANTITIES = {
    "costs": "cost",
    "train_accuracy": "train accuracy",
    "test_accuracy": "test accuracy",
    "predictions_train": "train predictions",
    "predictions_test": "test predictions",
}
OTHER_MACHINE = "cost, printed by another machine"
SUMMARIES = {
    "circles.summary_table": {
        "zeros_percent": "circles, zeros",
        "large_random_percent": "circles, large random",
        "he_percent": "circles, He",
    },
    "football.summary_table": {
        "noreg": "football, no regularisation",
        "l2": "football, L2",
        "dropout": "football, dropout",
    },
}
# Rules of thumb and defaults: nothing that an experiment could compute.
WORDS = {"gradcheck.thresholds", "seeds.bias_variance_examples", "seeds.stated_constants"}


def place(case, key):
    """Say under which experiment and quantity a number of the reference file stands."""
    if case == "football.noreg.seed004" and key == "costs":
        return CASES[case], OTHER_MACHINE
    return CASES[case], QUANTITIES.get(key, key)


def tolerance(case, key):
    """Return what the reference file allows for one of its quantities."""
    if key.endswith("accuracy"):
        return case["tolerance"]["accuracy"]["print_rounding"]
    if key.startswith("predictions"):
        assert case["tolerance"]["predictions"].startswith("exact")
        return 0.0
    return case["tolerance"]["abs"]


def flat(value):
    return [float(number) for number in np.array(value, dtype=object).ravel()]


def expectations(document):
    """Yield experiment, quantity, numbers and tolerance of every printed quantity."""
    for case in document:
        name, expected = case["id"], case["expected"]
        if name in SUMMARIES:
            for key, experiment in SUMMARIES[name].items():
                parts = zip(("train", "test"), flat(expected[key]), strict=False)
                for part, number in parts:
                    quantity = f"{part} accuracy in percent"
                    yield experiment, quantity, [number], case["tolerance"]["abs"]
        elif name in CASES:
            for key, value in expected.items():
                yield *place(name, key), flat(value), tolerance(case, key)


@pytest.fixture(scope="session")
def document(shared):
    return json.loads((shared / "published.json").read_text(encoding="utf-8"))["cases"]


def test_every_number_printed_in_a_document_is_held_with_its_tolerance(document):
    held = {(p.case, p.quantity): (list(p.values), p.tolerance) for p in PUBLISHED}
    for experiment, quantity, numbers, allowed in expectations(document):
        assert held[experiment, quantity] == (numbers, allowed), (experiment, quantity)


def test_nothing_is_held_that_no_document_prints(document):
    printed = {(experiment, quantity) for experiment, quantity, *_ in expectations(document)}
    assert {(p.case, p.quantity) for p in PUBLISHED} == printed


def test_every_case_that_a_document_prints_numbers_of_is_covered(document):
    numeric = {case["id"] for case in document if case["in_seeds"]} - WORDS
    assert numeric == {*CASES, *SUMMARIES}
    assert all(
        set(SUMMARIES[case["id"]]) == set(case["expected"])
        for case in document
        if case["id"] in SUMMARIES
    )


def test_costs_stand_at_the_iterations_that_the_reference_names(document):
    held = {(p.case, p.quantity): p.at for p in PUBLISHED}
    for case in document:
        if "costs" in case["expected"] and case["id"] in CASES:
            at = held[place(case["id"], "costs")]
            said = [int(digits) for digits in findall(r"\d+", case["inputs"]["cost_recorded_at"])]
            assert (*at[:2], at[-1]) == (*said[:2], said[-1])
            assert {b - a for a, b in pairwise(at)} == {said[1]}


def test_the_computed_numbers_are_within_the_tolerance_of_the_reference(document):
    results = (*functions(), *whole().results)
    computed = {
        (comparison.published.case, comparison.published.quantity): comparison.computed
        for result in results
        for comparison in result.comparisons
    }
    assert FOOTBALL.exists()
    for experiment, quantity, numbers, allowed in expectations(document):
        for a, b in zip(computed[experiment, quantity], numbers, strict=True):
            assert a == b or abs(a - b) <= allowed, (experiment, quantity)


def test_no_quantity_is_held_twice():
    counted = Counter((published.case, published.quantity) for published in PUBLISHED)
    assert max(counted.values()) == 1


@pytest.mark.parametrize("part", ["train", "test"])
def test_the_large_start_is_right_as_often_as_its_predictions_say(part):
    held = {(p.case, p.quantity): p.values for p in PUBLISHED}
    trained = next(r.trained for r in whole().results if r.case == "circles, large random")
    labels = (trained.training if part == "train" else trained.test).y[0]
    predictions = np.array(held["circles, large random", f"{part} predictions"])
    accuracy = held["circles, large random", f"{part} accuracy"]
    assert np.mean(predictions == labels) == pytest.approx(accuracy[0], abs=1e-12)


def test_each_cost_has_an_iteration_and_no_tolerance_is_negative():
    for published in PUBLISHED:
        assert published.tolerance >= 0
        assert len(published.at) in {0, len(published.values)}
