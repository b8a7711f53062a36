import numpy as np
import pytest

from trainwell.errors import ShapeError
from trainwell.randomness import generator
from trainwell.report.boundary import decision_boundary, draw_boundaries, draw_boundary
from trainwell.report.figure import MARKERS, as_svg


def circle(points):
    return 1 / (1 + np.exp(4 * (points[0] ** 2 + points[1] ** 2 - 1)))


def made(title="circle", decide=circle, **settings):
    points = generator(0, "points").normal(size=(2, 60))
    labels = (circle(points) > 0.5) * 1.0
    return decision_boundary(title, decide, points, labels, **settings)


def test_the_grid_is_the_plane_row_by_row():
    boundary = made(decide=lambda x: x[0] + 100 * x[1], resolution=5)
    across, up = np.meshgrid(boundary.across, boundary.up)
    np.testing.assert_allclose(boundary.probability, across + 100 * up)
    assert boundary.probability.shape == (5, 5)


def test_the_grid_surrounds_the_points():
    boundary = made()
    for axis, points in zip((boundary.across, boundary.up), boundary.points, strict=True):
        assert axis[0] < points.min()
        assert points.max() < axis[-1]
        assert (axis[-1] - axis[0]) / np.ptp(points) == pytest.approx(1.16)


def test_one_row_of_answers_is_as_good_as_none():
    rows = made(decide=lambda x: circle(x)[None, :])
    np.testing.assert_array_equal(rows.probability, made().probability)


def test_decisions_without_probabilities_are_drawn():
    boundary = made(decide=lambda x: circle(x) > 0.5)
    assert set(np.unique(boundary.probability)) == {0.0, 1.0}
    assert "<svg" in as_svg(draw_boundary(boundary))


@pytest.mark.parametrize("constant", [0.0, 0.5, 1.0])
def test_a_network_that_says_the_same_everywhere_is_drawn(constant):
    boundary = made(decide=lambda x: np.full(x.shape[1], constant))
    assert "<svg" in as_svg(draw_boundary(boundary))


def test_points_on_one_spot_or_of_one_class_are_drawn():
    boundary = decision_boundary("spot", circle, np.zeros((2, 3)), np.ones(3))
    assert boundary.across[0] < 0 < boundary.across[-1]
    assert "<svg" in as_svg(draw_boundary(boundary))


def test_the_line_runs_where_the_probability_is_one_half():
    figure = draw_boundary(made())
    lines = [artist for artist in figure.axes[0].collections if hasattr(artist, "levels")]
    ((path,),) = [[*artist.get_paths()] for artist in lines if list(artist.levels) == [0.5]]
    assert np.hypot(*path.vertices.T) == pytest.approx(1, abs=0.01)


def test_classes_differ_in_shape_and_in_colour():
    figure = draw_boundary(made())
    handles, names = figure.axes[0].get_legend_handles_labels()
    assert names == ["label 1", "label 0", "probability 0.5"]
    shapes = [len(handle.get_paths()[0].vertices) for handle in handles[:2]]
    assert shapes[0] != shapes[1]
    colours = [tuple(handle.get_facecolor()[0]) for handle in handles[:2]]
    assert colours[0] != colours[1]
    assert MARKERS[0] != MARKERS[1]


def test_points_stand_on_their_own_colour():
    boundary = made()
    figure = draw_boundary(boundary)
    points = {artist.get_label(): artist for artist in figure.axes[0].collections}
    shown = np.vstack([points["label 1"].get_offsets(), points["label 0"].get_offsets()])
    assert len(shown) == 60
    assert (np.hypot(*points["label 1"].get_offsets().T) < 1).all()
    assert (np.hypot(*points["label 0"].get_offsets().T) > 1).all()


@pytest.mark.parametrize("count", [1, 2, 4])
def test_pictures_stand_side_by_side_and_nothing_is_cut_off(count):
    figure = draw_boundaries(tuple(made(f"picture {number}") for number in range(count)))
    assert [axes.get_title("left") for axes in figure.axes] == [
        f"picture {number}" for number in range(count)
    ]
    as_svg(figure)
    width, height = figure.get_size_inches() * figure.dpi
    (legend,) = figure.legends
    for box in [legend.get_window_extent(), *(axes.get_tightbbox() for axes in figure.axes)]:
        assert -2 <= box.x0 < box.x1 <= width + 2
        assert -2 <= box.y0 < box.y1 <= height + 2
    assert legend.get_window_extent().y1 <= min(axes.get_tightbbox().y0 for axes in figure.axes)


def test_equal_boundaries_give_equal_bytes():
    assert as_svg(draw_boundary(made())) == as_svg(draw_boundary(made()))


@pytest.mark.parametrize(
    ("points", "labels"),
    [((3, 5), (5,)), ((2, 5), (4,)), ((2, 5), (1, 5)), ((2,), (2,))],
)
def test_what_is_not_in_the_plane_is_refused(points, labels):
    with pytest.raises(ShapeError, match="points and labels must have shape"):
        decision_boundary("no", circle, np.zeros(points), np.zeros(labels))
