import numpy as np
import pytest

from trainwell.report.curves import Curve, draw_curves
from trainwell.report.figure import as_svg

EPOCHS = tuple(range(1, 101))
FALLING = tuple(float(value) for value in 0.5 + np.exp(-np.arange(100) / 20))


def lines(figure):
    return {line.get_label(): line for line in figure.axes[0].lines}


def test_a_curve_is_drawn_where_its_numbers_are():
    figure = draw_curves((Curve("training", EPOCHS, FALLING),), time="epoch", quantity="loss")
    line = lines(figure)["training"]
    np.testing.assert_array_equal(line.get_xdata(), EPOCHS)
    np.testing.assert_array_equal(line.get_ydata(), FALLING)
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("epoch", "loss")


def test_two_curves_differ_in_line_and_colour_and_have_a_legend():
    pair = (Curve("training", EPOCHS, FALLING), Curve("validation", EPOCHS, FALLING[::-1]))
    figure = draw_curves(pair)
    first, second = (lines(figure)[curve.name] for curve in pair)
    assert first.get_color() != second.get_color()
    assert first.get_linestyle() != second.get_linestyle()
    legend = figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["training", "validation"]


def test_one_curve_needs_no_legend():
    assert draw_curves((Curve("training", EPOCHS, FALLING),)).axes[0].get_legend() is None


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        pytest.param((1.0, 0.5), "linear", id="narrow"),
        pytest.param((1.0, 0.01), "log", id="wide"),
        pytest.param((1.0, 0.0), "linear", id="with-zero"),
        pytest.param((1.0, -1.0), "linear", id="with-negative"),
        pytest.param((np.inf, 1.0), "linear", id="infinity-does-not-count"),
        pytest.param((np.nan, np.nan), "linear", id="nothing-at-all"),
    ],
)
def test_the_axis_is_logarithmic_where_the_values_need_it(values, scale):
    figure = draw_curves((Curve("cost", (0, 1), values),))
    assert figure.axes[0].get_yscale() == scale
    assert "<svg" in as_svg(figure)


def test_a_value_that_is_not_finite_leaves_a_gap():
    figure = draw_curves((Curve("cost", (0, 1, 2), (np.inf, 0.7, 0.6)),))
    np.testing.assert_array_equal(lines(figure)["cost"].get_ydata(), [np.nan, 0.7, 0.6])


@pytest.mark.parametrize("best", [1, 42, 100])
def test_the_best_epoch_is_marked_inside_the_picture(best):
    figure = draw_curves((Curve("training", EPOCHS, FALLING),), best=best)
    as_svg(figure)
    (text,) = figure.axes[0].texts
    assert text.get_text() == f"best: {best}"
    box, width = text.get_window_extent(), figure.get_size_inches()[0] * figure.dpi
    assert 0 <= box.x0 < box.x1 <= width
    marks = [line for line in figure.axes[0].lines if list(line.get_xdata()) == [best, best]]
    assert len(marks) == 1


def test_without_a_best_epoch_nothing_is_marked():
    figure = draw_curves((Curve("training", EPOCHS, FALLING),))
    assert not figure.axes[0].texts
    assert len(figure.axes[0].lines) == 1


def test_equal_curves_give_equal_bytes():
    pictures = [as_svg(draw_curves((Curve("a", EPOCHS, FALLING),), best=7)) for _ in range(2)]
    assert pictures[0] == pictures[1]
