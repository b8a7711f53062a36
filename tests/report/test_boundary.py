import sys

import numpy as np
import pytest

from trainwell.errors import ShapeError
from trainwell.report.boundary import (
    MARGIN,
    decision_boundary,
    draw_boundaries,
    draw_boundary,
)
from trainwell.report.figure import as_svg

POINTS = np.array([[-1.0, 3.0, 1.0], [10.0, 20.0, 12.0]])
LABELS = np.array([0.0, 1.0, 1.0])


def tilted(points):
    """Return a probability that differs in every direction."""
    return 1 / (1 + np.exp(points[0] - 0.3 * (points[1] - 15)))


def boundary(decide=tilted, title="tilted", **settings):
    return decision_boundary(title, decide, POINTS, LABELS, **settings)


def test_every_place_of_the_grid_has_the_probability_of_its_own_point():
    found = boundary(resolution=7)
    for i, up in enumerate(found.up):
        for j, across in enumerate(found.across):
            asked = tilted(np.array([[across], [up]]))[0]
            assert found.probability[i, j] == pytest.approx(asked, rel=1e-15)


def test_the_grid_leaves_room_around_the_points_on_every_side():
    found = boundary(resolution=5)
    assert found.across[[0, -1]] == pytest.approx([-1 - MARGIN * 4, 3 + MARGIN * 4])
    assert found.up[[0, -1]] == pytest.approx([10 - MARGIN * 10, 20 + MARGIN * 10])
    assert np.ptp(np.diff(found.up)) == pytest.approx(0, abs=1e-12)
    assert found.probability.shape == (5, 5)


def test_the_network_is_asked_once_for_all_places():
    asked = []

    def decide(points):
        asked.append(points.shape)
        return points[0]

    boundary(decide, resolution=9)
    assert asked == [(2, 81)]


def test_points_and_labels_are_those_given_and_stay_as_they_were():
    points, labels = POINTS.copy(), LABELS.copy()
    found = decision_boundary("t", tilted, points, labels)
    assert (points == POINTS).all()
    assert (labels == LABELS).all()
    assert (found.points == POINTS).all()
    assert found.positive.tolist() == [False, True, True]


def test_a_verdict_of_yes_or_no_is_a_probability_of_1_or_0():
    found = boundary(lambda points: points[0] > 1)
    assert set(np.unique(found.probability)) == {0.0, 1.0}


@pytest.mark.parametrize(
    ("points", "labels"),
    [
        pytest.param(np.zeros((3, 4)), np.zeros(4), id="in-space"),
        pytest.param(np.zeros((4, 2)), np.zeros(4), id="rows-for-columns"),
        pytest.param(np.zeros(2), np.zeros(1), id="no-matrix"),
        pytest.param(np.zeros((2, 4)), np.zeros(3), id="too-few-labels"),
        pytest.param(np.zeros((2, 4)), np.zeros((1, 4)), id="labels-in-a-row"),
        pytest.param(np.zeros((2, 0)), np.zeros(0), id="no-point"),
    ],
)
def test_points_outside_the_plane_or_without_labels_are_refused(points, labels):
    with pytest.raises(ShapeError, match=r"^decision_boundary: points and labels must have shape"):
        decision_boundary("t", tilted, points, labels)


@pytest.mark.parametrize(
    "points", [np.ones((2, 1)), np.array([[1.0, 1.0, 1.0], [0.0, 1.0, 2.0]])], ids=["one", "line"]
)
def test_points_without_width_are_drawn(points):
    found = decision_boundary("t", tilted, points, np.ones(points.shape[1]))
    assert found.across[0] < 1 < found.across[-1]
    assert "<svg" in as_svg(draw_boundary(found))


def contours(axes):
    """Return the lines of one colour, without the filled areas and the points."""
    return [
        collection
        for collection in axes.collections
        if type(collection).__name__ == "QuadContourSet" and not collection.filled
    ]


def test_the_line_is_where_the_probability_is_one_half():
    (axes,) = draw_boundary(boundary()).axes
    (line,) = contours(axes)
    path = np.concatenate([path.vertices for path in line.get_paths()])
    assert len(path) > 100
    assert tilted(path.T) == pytest.approx(np.full(len(path), 0.5), abs=1e-3)


@pytest.mark.parametrize("probability", [0.2, 0.5, 0.9, 1.0, 0.0])
def test_a_network_that_never_decides_has_no_line(probability):
    found = boundary(lambda points: np.full(points.shape[1], probability))
    (axes,) = draw_boundary(found).axes
    assert not contours(axes)


def test_probabilities_that_are_no_numbers_leave_a_hole():
    def broken(points):
        return np.where(points[0] > 1, np.nan, tilted(points))

    assert "<svg" in as_svg(draw_boundary(boundary(broken)))
    nowhere = boundary(lambda points: np.full(points.shape[1], np.nan))
    assert "<svg" in as_svg(draw_boundary(nowhere))


def test_a_label_is_told_by_colour_and_by_marker():
    (axes,) = draw_boundary(boundary()).axes
    one, zero = (c for c in axes.collections if type(c).__name__ == "PathCollection")
    assert one.get_offsets().tolist() == POINTS[:, 1:].T.tolist()
    assert zero.get_offsets().tolist() == POINTS[:, :1].T.tolist()
    assert (one.get_facecolor() != zero.get_facecolor()).any()
    assert len(one.get_paths()[0].vertices) != len(zero.get_paths()[0].vertices)


def bluish(colour):
    red, _, blue, _ = colour
    return bool(blue > red)


def test_the_colour_of_label_1_is_the_colour_of_high_probability():
    found = boundary(lambda points: (points[0] > 1).astype(float))
    (axes,) = draw_boundary(found).axes
    (areas,) = (c for c in axes.collections if type(c).__name__ == "QuadContourSet" and c.filled)
    one, zero = (c for c in axes.collections if type(c).__name__ == "PathCollection")
    low, high = areas.get_facecolor()[[0, -1]]
    assert [bluish(colour) for colour in (high, one.get_facecolor()[0])] == [True, True]
    assert [bluish(colour) for colour in (low, zero.get_facecolor()[0])] == [False, False]


def test_several_boundaries_stand_side_by_side_with_one_legend():
    figure = draw_boundaries(tuple(boundary(title=f"number {n}") for n in range(3)))
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "number 0",
        "number 1",
        "number 2",
    ]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "label 1",
        "label 0",
        "probability 0.5",
    ]
    assert [axes.get_ylabel() for axes in figure.axes] == ["x₂", "", ""]
    assert {axes.get_xlabel() for axes in figure.axes} == {"x₁"}


def test_axes_end_where_the_grid_ends():
    found = boundary()
    (axes,) = draw_boundary(found).axes
    assert axes.get_xlim() == (found.across[0], found.across[-1])
    assert axes.get_ylim() == (found.up[0], found.up[-1])


def test_the_same_boundary_is_the_same_picture():
    assert as_svg(draw_boundary(boundary())) == as_svg(draw_boundary(boundary()))


def test_numbers_are_computed_without_a_drawing_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert boundary(resolution=3).probability.shape == (3, 3)
