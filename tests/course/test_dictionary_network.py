"""The passes against central differences, for any number of layers and every pass there is."""

import numpy as np
import pytest

from trainwell.course import dictionary_network, regularization
from trainwell.course.cost import compute_cost

SIZES = [[3, 1], [2, 4, 1], [4, 5, 3, 1], [2, 6, 5, 4, 1]]
EXAMPLES = 7
STEP = 1e-5


def parameters_of(sizes: list[int]) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    parameters = {}
    for layer in range(1, len(sizes)):
        parameters[f"W{layer}"] = rng.standard_normal((sizes[layer], sizes[layer - 1]))
        parameters[f"b{layer}"] = rng.standard_normal((sizes[layer], 1))
    return parameters


def examples_of(sizes: list[int]) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(6)
    return rng.standard_normal((sizes[0], EXAMPLES)), rng.integers(0, 2, (1, EXAMPLES))


def plain(X, Y, parameters):
    A, cache = dictionary_network.forward_propagation(X, parameters)
    return compute_cost(A, Y), dictionary_network.backward_propagation(X, Y, cache)


def mean_at_the_weights(X, Y, parameters):
    A, cache = regularization.forward_propagation(X, parameters)
    return compute_cost(A, Y), regularization.backward_propagation(X, Y, cache)


def with_l2(X, Y, parameters):
    A, cache = regularization.forward_propagation(X, parameters)
    cost = regularization.compute_cost_with_regularization(A, Y, parameters, 0.7)
    gradients = regularization.backward_propagation_with_regularization(X, Y, cache, 0.7)
    return cost, gradients


def with_dropout(X, Y, parameters):
    A, cache = regularization.forward_propagation_with_dropout(X, parameters, 0.8)
    gradients = regularization.backward_propagation_with_dropout(X, Y, cache, 0.8)
    return compute_cost(A, Y), gradients


PASSES = [plain, mean_at_the_weights, with_l2, with_dropout]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("run", PASSES)
def test_backward_is_the_derivative_of_the_cost(run, sizes):
    X, Y = examples_of(sizes)
    parameters = parameters_of(sizes)
    _, gradients = run(X, Y, parameters)
    for name, value in parameters.items():
        numeric = np.empty_like(value)
        for place in np.ndindex(value.shape):
            costs = []
            for sign in (1, -1):
                moved = value.copy()
                moved[place] += sign * STEP
                costs.append(run(X, Y, {**parameters, name: moved})[0])
            numeric[place] = (costs[0] - costs[1]) / (2 * STEP)
        assert np.abs(gradients[f"d{name}"] - numeric).max() < 1e-9


@pytest.mark.parametrize("run", PASSES)
def test_a_pass_modifies_nothing_and_repeats_itself(run):
    X, Y = examples_of([4, 5, 3, 1])
    parameters = parameters_of([4, 5, 3, 1])
    for array in (X, Y, *parameters.values()):
        array.flags.writeable = False
    state = np.random.get_state()[1].copy()
    first, second = run(X, Y, parameters)[1], run(X, Y, parameters)[1]
    assert all((first[name] == second[name]).all() for name in first)
    assert (np.random.get_state()[1] == state).all()


def test_the_gradients_have_the_names_of_the_course():
    X, Y = examples_of([4, 5, 3, 1])
    parameters = parameters_of([4, 5, 3, 1])
    small, large = plain(X, Y, parameters)[1], with_l2(X, Y, parameters)[1]
    assert " ".join(small) == "dz3 dW3 db3 da2 dz2 dW2 db2 da1 dz1 dW1 db1"
    assert " ".join(large) == "dZ3 dW3 db3 dA2 dZ2 dW2 db2 dA1 dZ1 dW1 db1"


def test_the_two_places_of_the_mean_differ_by_rounding_only():
    X, Y = examples_of([4, 5, 3, 1])
    parameters = parameters_of([4, 5, 3, 1])
    first, second = plain(X, Y, parameters)[1], mean_at_the_weights(X, Y, parameters)[1]
    for name in ("dW1", "db1", "dW2", "db2", "dW3", "db3"):
        assert np.allclose(first[name], second[name], rtol=1e-12, atol=0)
    assert np.allclose(first["dz1"] * EXAMPLES, second["dZ1"], rtol=1e-12)


def test_the_caches_can_be_unpacked_as_the_notebooks_do():
    X, _ = examples_of([4, 5, 3, 1])
    parameters = parameters_of([4, 5, 3, 1])
    A, (z1, a1, W1, _b1, _z2, _a2, _W2, _b2, z3, a3, _W3, b3) = (
        dictionary_network.forward_propagation(X, parameters)
    )
    assert (z1 == W1 @ X + parameters["b1"]).all()
    assert (a1 == np.maximum(z1, 0)).all()
    assert a3 is A
    assert (a3 == 1 / (1 + np.exp(-z3))).all()
    assert b3 is parameters["b3"]


def test_update_returns_new_parameters():
    parameters = parameters_of([2, 1])
    before = {name: value.copy() for name, value in parameters.items()}
    gradients = {"dW1": np.ones((1, 2)), "db1": -np.ones((1, 1))}
    after = dictionary_network.update_parameters(parameters, gradients, 0.5)
    assert (after["W1"] == before["W1"] - 0.5).all()
    assert (after["b1"] == before["b1"] + 0.5).all()
    assert all((parameters[name] == before[name]).all() for name in before)


def test_far_from_zero_the_sigmoid_neither_warns_nor_breaks():
    parameters = {"W1": np.array([[1.0]]), "b1": np.array([[0.0]])}
    A, _ = dictionary_network.forward_propagation(np.array([[-1e6, 1e6]]), parameters)
    assert A.tolist() == [[0.0, 1.0]]
