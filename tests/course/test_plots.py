import matplotlib.pyplot as plt
import numpy as np
import pytest

from trainwell.course import initialization, plots


@pytest.fixture(autouse=True)
def shown(monkeypatch):
    """Count the pictures instead of showing them, and close them behind the test."""
    pictures = []
    monkeypatch.setattr(plt, "show", lambda: pictures.append(plt.gcf()))
    yield pictures
    plt.close("all")


def test_the_boundary_is_the_model_s_decision_on_a_grid_around_the_examples(shown):
    X, Y = np.array([[-1.0, 0.5], [0.0, 0.25]]), np.array([[0, 1]])
    asked = []

    def model(points):
        asked.append(points)
        return points[:, 0] > 0

    initialization.plot_decision_boundary(model, X, Y)
    (points,) = asked
    assert points.min(axis=0).tolist() == [-2.0, -1.0]
    assert points.max(axis=0) == pytest.approx([1.49, 1.24])
    axes = shown[0].axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x1", "x2")
    assert axes.collections[-1].get_offsets().tolist() == X.T.tolist()


def test_examples_far_apart_are_asked_in_a_thousand_places(shown):
    sizes = []

    def model(points):
        sizes.append(len(points))
        return points[:, 0]

    initialization.plot_decision_boundary(model, np.array([[0.0, 1e6], [0, 1]]), np.eye(2)[:1])
    assert sizes[0] <= 1001 * 301
    assert len(shown) == 1


def test_a_model_may_answer_with_a_row_of_truth_values(shown):
    X, Y, _, _ = initialization.load_dataset(is_plot=False)
    parameters = initialization.initialize_parameters_he([2, 4, 1])
    initialization.plot_decision_boundary(
        lambda x: initialization.predict_dec(parameters, x.T), X[:, :5], Y[:, :5]
    )
    assert len(shown) == 1


def test_the_limits_that_a_notebook_set_before_stay(shown):
    axes = plt.gca()
    axes.set_xlim([-1.5, 1.5])
    axes.set_ylim([-1.5, 1.5])
    initialization.plot_decision_boundary(lambda x: x[:, 0], np.eye(2), np.array([[0, 1]]))
    assert shown[0].axes[0].get_xlim() == (-1.5, 1.5)


def test_examples_are_shown_when_they_are_loaded_and_not_on_request(shown):
    initialization.load_dataset()
    assert len(shown) == 1
    initialization.load_dataset(is_plot=False)
    assert len(shown) == 1


def test_the_curve_has_a_point_for_each_finite_cost_and_names_its_unit(shown):
    plots.plot_costs([np.inf, 2.0, 1.0], "iterations (x1,000)", 0.01)
    axes = shown[0].axes[0]
    drawn = axes.lines[0].get_ydata()
    assert np.isnan(drawn[0])
    assert drawn[1:].tolist() == [2.0, 1.0]
    assert axes.get_xlabel() == "iterations (x1,000)"
    assert axes.get_title() == "Learning rate = 0.01"
