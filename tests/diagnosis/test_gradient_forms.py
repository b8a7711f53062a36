"""How one array differs from another, and what numbers are called."""

import numpy as np
import pytest
from checked_classifier import PARAMS, RNG, X, Y

from trainwell.diagnosis.gradient_localisation.signatures import forms, ratio
from trainwell.diagnosis.gradient_verdict.constants import Constants, constants_of

SQUARE = RNG.normal(size=(4, 4))
CONSTANTS = Constants({"m": 9.0, "lambd": 0.7}, {"4 (rows of W)": 4.0})
FORMS = {
    "sign": (-SQUARE, "sign", "has the wrong sign"),
    "factor": (SQUARE / 9, "factor", "is exactly 0.1111111 = 1 / m x the correct gradient"),
    "transposed": (3 * SQUARE.T, "transposed", "is the transpose of the correct gradient"),
    "rows": (SQUARE[::-1], "permuted", "has its rows in reverse order"),
    "columns": (SQUARE[:, ::-1], "permuted", "has its columns in reverse order"),
    "order": (np.sort(SQUARE, axis=1), "permuted", "has its elements in another order"),
    "clipped": (np.clip(SQUARE, -0.5, 0.5), "clipped", "is clipped at 0.5"),
    "float16": (SQUARE.astype(np.float16).astype(float), "precision", "is rounded to float16"),
    "zero": (0 * SQUARE, "zero", "is exactly zero"),
    "row": (SQUARE * [[1], [0], [1], [1]], "support", "is exactly zero in row 1"),
    "column": (SQUARE * [1, 1, 3, 1], "support", "is 3 x the correct value in column 2"),
    "not finite": (SQUARE * [1, 1, np.nan, 1], "not-finite", "has 4 of 16 elements"),
    "mean": (SQUARE.mean(axis=0) * np.ones((4, 1)), "reduction", "holds the mean"),
    "penalty": (SQUARE + 0.7 / 9, "regularisation", "is too large by lambd / m x W"),
}


@pytest.mark.parametrize("name", FORMS)
def test_forms_of_errors_are_told_apart(name):
    given, kind, message = FORMS[name]
    parameter = np.ones((4, 4)) if name == "penalty" else None
    first = next(forms(given, SQUARE, CONSTANTS, parameter))
    assert first.kind == kind
    assert first.message.startswith(message)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ([3], "element 3 of 9"),
        ([0, 1, 2], "elements 0, 1, 2 of 9"),
        (range(2, 8), "6 of 9 elements"),
    ],
)
def test_elements_of_a_vector_are_told_one_by_one_if_they_are_few(wrong, where):
    expected = np.arange(1.0, 10.0)
    given = expected.copy()
    given[[*wrong]] += np.arange(1.0, len(wrong) + 1) ** 3
    said = [form.message for form in forms(given, expected, CONSTANTS, None)]
    assert any(f" in {where}, and right elsewhere" in message for message in said), said


def test_a_gradient_of_another_parameter_is_a_copy():
    others = {"the gradient of b": RNG.normal(size=(4, 4))}
    (form, *_) = forms(2 * others["the gradient of b"], SQUARE, CONSTANTS, None, others)
    assert (form.kind, form.message) == ("copied", "is 2 x the gradient of b")


@pytest.mark.parametrize("factor", [2.0, 0.5, -3.0, 1 + 1e-3, 1 + 1e-5, 1e6])
def test_the_factor_between_two_arrays_is_recovered(factor):
    assert ratio(factor * SQUARE, SQUARE) == pytest.approx(factor, rel=1e-12)
    other = factor * SQUARE
    other[1, 1] += 1e-3 * abs(factor - 1)
    assert ratio(other, SQUARE) is None
    assert ratio(SQUARE, 0 * SQUARE) is None


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (1.0, "1"),
        (-1.0, "-1"),
        (9.0, "m"),
        (-9.0, "-m"),
        (1 / 9, "1 / m"),
        (0.7 / 9, "lambd / m"),
        (9 * 0.7, "m * lambd"),
        (0.35, "lambd / 2"),
        (18.0, "2 m"),
        (81.0, "(m)^2"),
        (0.3, "1 - lambd"),
        (1 / 3, "1/3"),
        (np.pi, "3.141593"),
    ],
)
def test_numbers_are_called_by_their_names(value, name):
    assert CONSTANTS.name(value) == name
    hyper = {"lambd": 0.7}
    found = constants_of((X, Y, 0.3, True), hyper, PARAMS)
    assert found.named == {"m": 8.0, "data[2]": 0.3, "lambd": 0.7}
    assert set(found.sizes) == {
        *("4 (rows of W1)", "3 (columns of W1)", "4 (rows of b1)", "4 (columns of W2)"),
    }
    assert constants_of((X[:, :1], Y[:, :1]), {}, {}).named == {}


def test_numbers_of_the_data_are_called_as_the_cost_calls_them():
    data = (X, Y, 0.3)
    assert constants_of(data, {}, {}, ("inputs", "targets", "beta")).named["beta"] == 0.3
    assert constants_of(data, {}, {}, ("inputs", "beta")).named["data[2]"] == 0.3
    twice = constants_of(data, {"lambd": 0.3}, {}, ("inputs", "targets", "beta")).named
    assert twice == {"m": 8.0, "lambd": 0.3}


def test_a_penalty_of_a_part_is_told_with_that_part():
    W = RNG.normal(size=(4, 4))
    for sign, said in ((1, "is too large by"), (-1, "lacks")):
        given = SQUARE.copy()
        given[:, 0] += sign * 0.7 * W[:, 0]
        first = next(forms(given, SQUARE, CONSTANTS, W))
        assert first.kind == "regularisation"
        assert first.message.startswith(f"{said} lambd x W in column 0, and is right elsewhere")
    kinds = {form.kind for form in forms(SQUARE + (W > 0), SQUARE, CONSTANTS, W)}
    assert "regularisation" not in kinds
