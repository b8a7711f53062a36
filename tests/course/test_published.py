"""Every number of the course, at the precision of the reference files."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from course.printed import PRINTED_DIGITS, differ
from course.reproduced import whole

from trainwell.course import gradient_checking, initialization, regularization, test_cases
from trainwell.course.cost import compute_cost
from trainwell.course.descent import Experiment

Numbers = dict[str, Any]


def experiment(case: str) -> Experiment:
    """Return a training of the reproduction, which other tests look at, too."""
    trained = next(result.trained for result in whole().results if result.case == case)
    assert trained is not None
    return trained.experiment


def circles(name: str) -> Numbers:
    train_X, train_Y, test_X, test_Y = initialization.load_dataset(is_plot=False)
    run = experiment(f"circles, {name}")
    train = initialization.predict_dec(run.parameters, train_X)
    test = initialization.predict_dec(run.parameters, test_X)
    return {
        "costs": run.costs,
        "train_accuracy": (train == train_Y).mean(),
        "test_accuracy": (test == test_Y).mean(),
        "predictions_train": train[0],
        "predictions_test": test[0],
    }


def football(name: str) -> Numbers:
    train_X, train_Y, test_X, test_Y = regularization.load_2D_dataset(is_plot=False)
    run = experiment(f"football, {name}")
    train = regularization.predict_dec(run.parameters, train_X) == train_Y
    test = regularization.predict_dec(run.parameters, test_X) == test_Y
    output, _ = regularization.forward_propagation(train_X, run.parameters)
    return {
        "costs": run.costs[::10],
        "train_accuracy": train.mean(),
        "test_accuracy": test.mean(),
        "costs_every_1000": run.costs,
        "correct_train_of_211": train.sum(),
        "correct_test_of_200": test.sum(),
        "final_plain_cross_entropy_no_dropout": compute_cost(output, train_Y),
        "final_sum_of_squared_weights": sum(
            (run.parameters[f"W{layer}"] ** 2).sum() for layer in (1, 2, 3)
        ),
    }


def penalised_cost() -> Numbers:
    A3, Y, parameters = test_cases.compute_cost_with_regularization_test_case()
    cost = regularization.compute_cost_with_regularization(A3, Y, parameters, 0.1)
    return {"cost": cost, "cross_entropy_part": regularization.compute_cost(A3, Y)}


def penalised_gradients() -> Numbers:
    case = test_cases.backward_propagation_with_regularization_test_case()
    return regularization.backward_propagation_with_regularization(*case, 0.7)


def dropout_output() -> Numbers:
    X, parameters = test_cases.forward_propagation_with_dropout_test_case()
    return {"A3": regularization.forward_propagation_with_dropout(X, parameters, 0.7)[0]}


def dropout_gradients() -> Numbers:
    case = test_cases.backward_propagation_with_dropout_test_case()
    return regularization.backward_propagation_with_dropout(*case, 0.8)


def one_dimension() -> Numbers:
    return {
        "J": gradient_checking.forward_propagation(2, 4),
        "dtheta": gradient_checking.backward_propagation(2, 4),
        "difference": gradient_checking.gradient_check(2, 4),
    }


def two_bugs() -> Numbers:
    X, Y, parameters = test_cases.gradient_check_n_test_case()
    cost, cache = gradient_checking.forward_propagation_n(X, Y, parameters)
    right = gradient_checking.backward_propagation_n(X, Y, cache)
    wrong = gradient_checking.backward_propagation_n_with_bugs(X, Y, cache)
    vectors = [gradient_checking.gradients_to_vector(gradients) for gradients in (right, wrong)]
    return {
        "difference": gradient_checking.gradient_check_n(parameters, wrong, X, Y),
        "wrong_vector_indices": np.flatnonzero(vectors[0] != vectors[1]),
        "cost": cost,
    }


COMPUTED: Mapping[str, Callable[[], Numbers]] = {
    "init.zeros.3-2-1": lambda: initialization.initialize_parameters_zeros([3, 2, 1]),
    "init.random.3-2-1": lambda: initialization.initialize_parameters_random([3, 2, 1]),
    "init.he.2-4-1": lambda: initialization.initialize_parameters_he([2, 4, 1]),
    "circles.zeros": lambda: circles("zeros"),
    "circles.random": lambda: circles("large random"),
    "circles.he": lambda: circles("He"),
    "football.noreg": lambda: football("no regularisation"),
    "football.noreg.seed004": lambda: football("no regularisation"),
    "football.l2": lambda: football("L2"),
    "football.dropout": lambda: football("dropout"),
    "l2.cost": penalised_cost,
    "l2.backward.dW": penalised_gradients,
    "dropout.forward.A3": dropout_output,
    "dropout.backward.dA": dropout_gradients,
    "gradcheck.1d.x2": one_dimension,
    "gradcheck.n.buggy": two_bugs,
}
ELSEWHERE = {
    "data.circles.train": "tests/course/test_initialization.py compares with scikit-learn",
    "data.circles.test": "tests/course/test_initialization.py compares with scikit-learn",
    "data.football": "tests/data reads the file",
    "circles.random.stable_cost0": "tests/network: the library's loss starts from logits",
    "circles.summary_table": "the accuracies, rounded",
    "football.summary_table": "the accuracies, rounded",
    "gradcheck.thresholds": "words, not numbers: docs/course.md",
    "seeds.bias_variance_examples": "words, not numbers: docs/course.md",
    "seeds.stated_constants": "defaults of the functions' signatures",
}


@pytest.fixture
def published(shared: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    monkeypatch.setenv("TRAINWELL_FOOTBALL", str(shared / "data" / "football.mat"))
    document = json.loads((shared / "published.json").read_text(encoding="utf-8"))
    return {case["id"]: case for case in document["cases"]}


def tolerance_of(case: dict[str, Any], name: str, *, full: bool) -> float:
    if name.endswith("accuracy"):
        return PRINTED_DIGITS
    if name.startswith(("predictions", "correct")):
        return 0.0
    if not full:
        return case["tolerance"]["abs"]
    tolerance = case["full_precision_tolerance"]
    if isinstance(tolerance, dict):
        return tolerance.get(name, tolerance.get("costs", 0.0))
    return tolerance


@pytest.mark.parametrize("name", COMPUTED)
def test_a_published_case_is_reproduced(name, published):
    case = published[name]
    computed = COMPUTED[name]()
    for expected, full in ((case["expected"], False), (case.get("full_precision", {}), True)):
        for key, value in expected.items():
            difference = differ(computed[key], value)
            assert difference <= tolerance_of(case, key, full=full), key


def test_every_published_case_is_compared_or_has_its_place_elsewhere(published):
    assert set(published) == {*COMPUTED, *ELSEWHERE}
