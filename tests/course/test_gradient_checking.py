import numpy as np
import pytest
from course.printed import ONE_DIMENSION, TWO_BUGS

from trainwell.course import gradient_checking, test_cases

GREEN, YELLOW, PLAIN = "\033[92m", "\033[93m", "\033[0m"
CORRECTED = 1.1891e-07  # what the course's check says of its own corrected exercise
SIZES = [[3, 1], [2, 4, 1], [3, 5, 4, 2, 1]]


def checked() -> tuple[np.ndarray, np.ndarray, dict, tuple]:
    X, Y, parameters = test_cases.gradient_check_n_test_case()
    _, cache = gradient_checking.forward_propagation_n(X, Y, parameters)
    return X, Y, parameters, cache


def network(sizes: list[int]) -> tuple[np.ndarray, np.ndarray, dict, dict]:
    """Return inputs, labels, parameters and gradients of a well-scaled network."""
    rng = np.random.default_rng(1)
    parameters = {}
    for layer in range(1, len(sizes)):
        shape = (sizes[layer], sizes[layer - 1])
        parameters[f"W{layer}"] = rng.standard_normal(shape) / np.sqrt(shape[1])
        parameters[f"b{layer}"] = 0.1 * rng.standard_normal((shape[0], 1))
    X, Y = rng.standard_normal((sizes[0], 6)), rng.integers(0, 2, (1, 6))
    _, cache = gradient_checking.forward_propagation_n(X, Y, parameters)
    return X, Y, parameters, gradient_checking.backward_propagation_n(X, Y, cache)


def test_one_dimension_gives_the_printed_numbers(capsys):
    assert gradient_checking.forward_propagation(2, 4) == 8
    assert gradient_checking.backward_propagation(2, 4) == 2
    assert gradient_checking.gradient_check(2, 4) == pytest.approx(ONE_DIMENSION, abs=1e-20)
    assert capsys.readouterr().out == "The gradient is correct!\n"


def test_a_wrong_derivative_is_called_wrong(capsys, monkeypatch):
    monkeypatch.setattr(gradient_checking, "backward_propagation", lambda x, _: x + 1e-5)
    assert gradient_checking.gradient_check(2, 4) == pytest.approx(2.5e-6, rel=1e-3)
    assert capsys.readouterr().out == "The gradient is wrong!\n"


def test_two_gradients_of_zero_agree(capsys):
    assert gradient_checking.gradient_check(0, 4) == 0.0
    assert capsys.readouterr().out == "The gradient is correct!\n"


def test_the_planted_bugs_give_the_printed_difference_and_fail(capsys):
    X, Y, parameters, cache = checked()
    gradients = gradient_checking.backward_propagation_n_with_bugs(X, Y, cache)
    difference = gradient_checking.gradient_check_n(parameters, gradients, X, Y)
    assert abs(difference - TWO_BUGS) <= 1e-8
    assert capsys.readouterr().out == (
        f"{YELLOW}There is a mistake in the backward propagation!"
        f" difference = {difference}{PLAIN}\n"
    )


def test_the_corrected_exercise_passes_although_its_rounding_is_above_the_limit(capsys):
    X, Y, parameters, cache = checked()
    gradients = gradient_checking.backward_propagation_n(X, Y, cache)
    difference = gradient_checking.gradient_check_n(parameters, gradients, X, Y)
    assert difference == pytest.approx(CORRECTED, rel=1e-3)
    assert capsys.readouterr().out == (
        f"{GREEN}Your backward propagation works perfectly fine! difference = {difference}{PLAIN}\n"
    )


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_a_right_gradient_of_any_size_passes(sizes, capsys):
    X, Y, parameters, gradients = network(sizes)
    gradient_checking.gradient_check_n(parameters, gradients, X, Y)
    assert capsys.readouterr().out.startswith(f"{GREEN}Your backward propagation works")


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("relative", [1e-5, 1e-2, 1.0])
@pytest.mark.parametrize("name", ["dW1", "db1"])
def test_a_mistake_in_one_array_fails_however_large_the_step(sizes, relative, name, capsys):
    X, Y, parameters, gradients = network(sizes)
    wrong = {**gradients, name: gradients[name] * (1 + relative)}
    gradient_checking.gradient_check_n(parameters, wrong, X, Y)
    assert capsys.readouterr().out.startswith(f"{YELLOW}There is a mistake")


def test_the_visible_faults_are_where_the_bugs_are():
    X, Y, _, cache = checked()
    right = gradient_checking.gradients_to_vector(
        gradient_checking.backward_propagation_n(X, Y, cache)
    )
    wrong = gradient_checking.gradients_to_vector(
        gradient_checking.backward_propagation_n_with_bugs(X, Y, cache)
    )
    assert np.flatnonzero(right != wrong).tolist() == [20, 21, 22, 23, 35, 36, 37, 38]


def test_the_check_modifies_nothing():
    X, Y, parameters, cache = checked()
    gradients = gradient_checking.backward_propagation_n(X, Y, cache)
    for array in (X, Y, *parameters.values(), *gradients.values()):
        array.flags.writeable = False
    gradient_checking.gradient_check_n(parameters, gradients, X, Y)


def test_a_mistake_too_small_for_the_difference_fails_all_the_same(capsys):
    X, Y, parameters, gradients = network([3, 5, 4, 2, 1])
    hidden = gradients["db4"] + 2e-8
    difference = gradient_checking.gradient_check_n(parameters, {**gradients, "db4": hidden}, X, Y)
    assert difference < 1e-7
    assert capsys.readouterr().out.startswith(f"{YELLOW}There is a mistake")


def test_labels_may_have_one_axis_or_two():
    X, Y, parameters, _ = checked()
    one, _ = gradient_checking.forward_propagation_n(X, Y, parameters)
    two, _ = gradient_checking.forward_propagation_n(X, Y[np.newaxis], parameters)
    assert one == two == pytest.approx(2.407833389834357, abs=1e-13)
