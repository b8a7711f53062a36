import contextlib
import io

import numpy as np
import pytest
from course.printed import CIRCLES, PRINTED_DIGITS, Printed, differ

from trainwell.course import initialization
from trainwell.course.descent import finished
from trainwell.errors import ConfigurationError, ShapeError

DRAWN = [
    pytest.param(
        initialization.initialize_parameters_zeros,
        [3, 2, 1],
        {"W1": [[0, 0, 0], [0, 0, 0]], "b1": [[0], [0]], "W2": [[0, 0]], "b2": [[0]]},
        0.0,
        id="zeros",
    ),
    pytest.param(
        initialization.initialize_parameters_random,
        [3, 2, 1],
        {
            "W1": [[17.88628473, 4.36509851, 0.96497468], [-18.63492703, -2.77388203, -3.54758979]],
            "b1": [[0], [0]],
            "W2": [[-0.82741481, -6.27000677]],
            "b2": [[0]],
        },
        1e-8,
        id="random",
    ),
    pytest.param(
        initialization.initialize_parameters_he,
        [2, 4, 1],
        {
            "W1": [
                [1.78862847, 0.43650985],
                [0.09649747, -1.8634927],
                [-0.2773882, -0.35475898],
                [-0.08274148, -0.62700068],
            ],
            "b1": [[0], [0], [0], [0]],
            "W2": [[-0.03098412, -0.33744411, -0.92904268, 0.62552248]],
            "b2": [[0]],
        },
        1e-8,
        id="he",
    ),
]
INITIALIZERS = list(initialization.INITIALIZATIONS.values())


@pytest.mark.parametrize(("initialize", "sizes", "printed", "tolerance"), DRAWN)
def test_initial_parameters_are_the_printed_ones(initialize, sizes, printed, tolerance):
    drawn = initialize(sizes)
    assert list(drawn) == list(printed)
    assert all(differ(drawn[name], printed[name]) <= tolerance for name in printed)


@pytest.mark.parametrize("initialize", INITIALIZERS)
def test_a_second_draw_is_the_first_and_leaves_the_global_generator_alone(initialize):
    before = np.random.get_state()[1].copy()
    first, second = initialize([4, 3, 2, 1]), initialize([4, 3, 2, 1])
    assert all((first[name] == second[name]).all() for name in first)
    assert first["W3"].shape == (1, 2)
    assert (np.random.get_state()[1] == before).all()


@pytest.mark.parametrize("initialize", INITIALIZERS)
@pytest.mark.parametrize("sizes", [[], [3], [3, 0, 1], [-2, 1]])
def test_sizes_that_are_no_network_are_refused(initialize, sizes):
    with pytest.raises(ConfigurationError, match="at least two positive sizes, got"):
        initialize(sizes)


def test_the_circles_are_those_of_scikit_learn():
    from sklearn.datasets import make_circles

    arrays = initialization.load_dataset(is_plot=False)
    for (X, Y), examples, seed in zip((arrays[:2], arrays[2:]), (300, 100), (1, 2), strict=True):
        oracle, labels = make_circles(examples, noise=0.05, random_state=seed)
        assert (X == oracle.T).all()
        assert (labels[np.newaxis] == Y).all()
        assert Y.dtype.kind == "i"


@pytest.mark.parametrize("name", CIRCLES)
def test_an_experiment_gives_the_printed_costs_and_accuracies(name):
    printed: Printed = CIRCLES[name]
    train_X, train_Y, test_X, test_Y = initialization.load_dataset(is_plot=False)
    run = finished(initialization.iterations(train_X, train_Y, **printed.settings))
    assert differ(run.costs, printed.costs) <= printed.tolerance
    for X, Y, accuracy in (
        (train_X, train_Y, printed.training_accuracy),
        (test_X, test_Y, printed.test_accuracy),
    ):
        right = initialization.predict_dec(run.parameters, X) == Y
        assert abs(right.mean() - accuracy) <= PRINTED_DIGITS


def test_equal_weights_stay_equal():
    X, Y, _, _ = initialization.load_dataset(is_plot=False)
    parameters = finished(
        initialization.iterations(X, Y, num_iterations=50, initialization="zeros")
    ).parameters
    assert not parameters["W1"].any()
    assert parameters["b3"].any()


def test_model_prints_the_lines_of_the_course_and_returns_the_last_parameters(capsys):
    X, Y, _, _ = initialization.load_dataset()
    parameters = initialization.model(X, Y, num_iterations=2000, initialization="he")
    run = finished(initialization.iterations(X, Y, num_iterations=2000))
    assert capsys.readouterr().out == (
        f"Cost after iteration 0: {run.costs[0]}\nCost after iteration 1000: {run.costs[1]}\n"
    )
    assert all((parameters[name] == run.parameters[name]).all() for name in parameters)
    assert run.final_cost < run.costs[1] < run.costs[0]


def test_model_is_silent_on_request(capsys):
    X, Y, _, _ = initialization.load_dataset(is_plot=False)
    initialization.model(X, Y, num_iterations=1, print_cost=False)
    assert capsys.readouterr().out == ""


def test_an_infinite_cost_is_printed_as_inf_and_without_a_warning(capsys):
    X, Y, _, _ = initialization.load_dataset(is_plot=False)
    initialization.model(X, Y, num_iterations=1, initialization="random")
    assert capsys.readouterr().out == "Cost after iteration 0: inf\n"


def test_a_saturated_sigmoid_that_is_right_costs_nothing():
    assert initialization.compute_loss(np.array([[0.0, 1.0, 0.5]]), np.array([[0, 1, 1]])) == (
        pytest.approx(np.log(2) / 3, rel=1e-15)
    )


def test_predict_prints_the_share_that_is_right():
    parameters = {"W1": np.ones((1, 1)), "b1": np.zeros((1, 1))}
    X, Y = np.array([[-1.0, 0.0, 2.0]]), np.array([[0, 1, 1]], dtype=np.uint8)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        labels = initialization.predict(X, Y, parameters)
    assert printed.getvalue() == f"Accuracy: {2 / 3}\n"
    assert labels.tolist() == [[0, 0, 1]]
    assert labels.dtype.kind == "i"


def test_an_unknown_initialization_is_named():
    with pytest.raises(ConfigurationError, match="initialization must be one of he, random, zeros"):
        initialization.model(np.ones((2, 3)), np.ones((1, 3)), initialization="hee")


@pytest.mark.parametrize(
    ("X", "Y", "message"),
    [
        (np.ones(3), np.ones((1, 3)), "model: X must have shape"),
        (np.ones((2, 0)), np.ones((1, 0)), "model: X must have shape"),
        (np.ones((2, 3)), np.ones(3), r"model: Y must have shape \(1, 3\), got \(3,\)"),
        (np.ones((3, 2)), np.ones((1, 3)), r"model: Y must have shape \(1, 2\), got \(1, 3\)"),
    ],
)
def test_examples_that_are_no_columns_are_refused(X, Y, message):
    with pytest.raises(ShapeError, match=message):
        initialization.model(X, Y)
