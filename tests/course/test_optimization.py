"""The optimizers against formulas written out once more, array by array."""

import numpy as np
import pytest

from trainwell.course import optimization, test_cases
from trainwell.errors import ConfigurationError, ShapeError

SIZES = [2, 5, 2, 1]
NAMES = ["W1", "b1", "W2", "b2"]


def test_gradient_descent_moves_against_the_gradient():
    parameters, grads, learning_rate = test_cases.update_parameters_with_gd_test_case()
    after = optimization.update_parameters_with_gd(parameters, grads, learning_rate)
    for name in NAMES:
        assert (after[name] == parameters[name] - learning_rate * grads[f"d{name}"]).all()


@pytest.mark.parametrize("beta", [0.0, 0.9])
def test_momentum_averages(beta):
    parameters, grads, v = test_cases.update_parameters_with_momentum_test_case()
    v = {name: value + 0.5 for name, value in v.items()}
    after, velocity = optimization.update_parameters_with_momentum(parameters, grads, v, beta, 0.01)
    for name in NAMES:
        expected = beta * v[f"d{name}"] + (1 - beta) * grads[f"d{name}"]
        assert (velocity[f"d{name}"] == expected).all()
        assert np.allclose(after[name], parameters[name] - 0.01 * expected, rtol=1e-15)


@pytest.mark.parametrize("t", [1, 2, 1000])
def test_adam_corrects_both_moments_and_adds_epsilon_outside_the_root(t):
    parameters, grads, v, s = test_cases.update_parameters_with_adam_test_case()
    v = {name: value + 0.1 for name, value in v.items()}
    s = {name: value + 0.01 for name, value in s.items()}
    settings = {"learning_rate": 0.02, "beta1": 0.8, "beta2": 0.99, "epsilon": 0.01}
    after, mean, square = optimization.update_parameters_with_adam(
        parameters, grads, v, s, t, **settings
    )
    for name in NAMES:
        gradient = grads[f"d{name}"]
        first = 0.8 * v[f"d{name}"] + 0.2 * gradient
        second = 0.99 * s[f"d{name}"] + 0.01 * gradient * gradient
        step = (first / (1 - 0.8**t)) / (np.sqrt(second / (1 - 0.99**t)) + 0.01)
        assert np.allclose(mean[f"d{name}"], first, rtol=1e-14)
        assert np.allclose(square[f"d{name}"], second, rtol=1e-14)
        assert np.allclose(after[name], parameters[name] - 0.02 * step, rtol=1e-14)


def test_adam_has_the_defaults_of_the_paper():
    case = test_cases.update_parameters_with_adam_test_case()
    first = optimization.update_parameters_with_adam(*case, 2)
    second = optimization.update_parameters_with_adam(*case, 2, 0.01, 0.9, 0.999, 1e-8)
    assert all((first[0][name] == second[0][name]).all() for name in NAMES)


def test_moments_begin_at_zero_with_the_names_of_the_gradients():
    parameters = test_cases.initialize_velocity_test_case()
    v, s = optimization.initialize_adam(test_cases.initialize_adam_test_case())
    for start in (optimization.initialize_velocity(parameters), v, s):
        assert list(start) == ["dW1", "db1", "dW2", "db2"]
        assert all(start[f"d{name}"].shape == parameters[name].shape for name in NAMES)
        assert not any(value.any() for value in start.values())
    assert v["dW1"] is not s["dW1"]


def test_updates_modify_none_of_their_arguments():
    parameters, grads, v, s = test_cases.update_parameters_with_adam_test_case()
    for dictionary in (parameters, grads, v, s):
        for array in dictionary.values():
            array.flags.writeable = False
    optimization.update_parameters_with_gd(parameters, grads, 0.1)
    optimization.update_parameters_with_momentum(parameters, grads, v, 0.9, 0.1)
    optimization.update_parameters_with_adam(parameters, grads, v, s, 1)
    assert not v["dW1"].any()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"beta1": 1.0}, r"Adam.beta1 must be in \[0, 1\)"),
        ({"beta2": -0.1}, r"Adam.beta2 must be in \[0, 1\)"),
        ({"epsilon": 0.0}, "Adam.epsilon must be greater than 0"),
        ({"t": 0}, "update_parameters_with_adam.t must be an integer of at least 1, got 0"),
    ],
)
def test_a_setting_outside_its_domain_is_refused(settings, message):
    parameters, grads, v, s = test_cases.update_parameters_with_adam_test_case()
    with pytest.raises(ConfigurationError, match=message):
        optimization.update_parameters_with_adam(parameters, grads, v, s, **{"t": 1, **settings})


def test_mini_batches_are_consecutive_cuts_of_one_legacy_permutation():
    X, Y, size = test_cases.random_mini_batches_test_case()
    batches = optimization.random_mini_batches(X, Y, size)
    order = np.random.RandomState(0).permutation(148)
    assert [y.shape for _, y in batches] == [(1, 64), (1, 64), (1, 20)]
    assert (np.hstack([x for x, _ in batches]) == X[:, order]).all()
    assert (np.hstack([y for _, y in batches]) == Y[:, order]).all()


@pytest.mark.parametrize(
    ("examples", "size", "lengths"),
    [(10, 64, [10]), (64, 64, [64]), (128, 64, [64, 64]), (5, 2, [2, 2, 1]), (3, 1, [1, 1, 1])],
)
def test_any_number_of_examples_is_cut(examples, size, lengths):
    X = np.arange(2.0 * examples).reshape(2, examples)
    batches = optimization.random_mini_batches(X, X[:1], size, seed=7)
    assert [x.shape[1] for x, _ in batches] == lengths
    assert sorted(np.hstack([y for _, y in batches])[0]) == list(range(examples))
    assert all((x[0] == y[0]).all() for x, y in batches)


def test_mini_batches_of_no_examples_or_of_strangers_are_refused():
    with pytest.raises(ConfigurationError, match="batch_size must be an integer of at least 1"):
        optimization.random_mini_batches(np.ones((2, 3)), np.ones((1, 3)), 0)
    with pytest.raises(ShapeError, match="random_mini_batches: Y must have shape"):
        optimization.random_mini_batches(np.ones((2, 3)), np.ones((1, 4)))


@pytest.mark.parametrize(
    ("rate", "epoch", "decay", "interval", "expected"),
    [
        (0.5, 100, 1, 100, 0.25),
        (0.5, 10, 1, 100, 0.5),
        (0.3, 1000, 0.25, 100, 0.3 / 3.5),
        (0.3, 100, 0.25, 100, 0.24),
        (0.5, 10, 0.3, 100, 0.5),
        (0.5, 100, 0.3, 100, 0.5 / 1.3),
        (0.5, 1999, 1, 1000, 0.25),
    ],
)
def test_decay_in_steps(rate, epoch, decay, interval, expected):
    computed = optimization.schedule_lr_decay(rate, epoch, decay, interval)
    assert computed == pytest.approx(expected, rel=1e-15)


def test_inverse_time_decay():
    assert optimization.update_lr(0.5, 2, 1) == pytest.approx(0.5 / 3, rel=1e-15)
    assert optimization.update_lr(0.5, 0, 1) == 0.5


def test_the_moons_are_those_of_scikit_learn():
    from sklearn.datasets import make_moons

    X, Y = optimization.load_dataset(is_plot=False)
    oracle, labels = make_moons(300, noise=0.2, random_state=3)
    assert (X == oracle.T).all()
    assert (labels[np.newaxis] == Y).all()


def test_the_cost_of_a_mini_batch_is_a_sum_or_a_mean():
    A, Y = np.array([[0.2, 0.5, 0.9]]), np.array([[0, 1, 1]])
    total = -np.log([0.8, 0.5, 0.9]).sum()
    assert optimization.compute_cost(A, Y) == pytest.approx(total, rel=1e-14)
    assert optimization.compute_cost(A, Y, average=True) == pytest.approx(total / 3, rel=1e-14)
