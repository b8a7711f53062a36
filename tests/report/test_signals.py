import numpy as np
import pytest

from trainwell.diagnosis.signals import SignalScales, signal_scales
from trainwell.errors import ConfigurationError
from trainwell.network.initializers import ScaledIdentity, he_normal
from trainwell.report.figure import as_svg
from trainwell.report.signals import draw_signals


def course_pair():
    return [
        signal_scales(ScaledIdentity(scale), "identity", depth=30, width=3, name=f"{scale} I")
        for scale in (1.1, 0.9)
    ]


def made(activations, name="made up"):
    layers = len(activations) - 1
    ones = (1.0,) * layers
    return SignalScales(name, activations, (1.0, *ones), ones, (0.0,) * layers)


def measured_lines(axes):
    return [line for line in axes.lines if len(line.get_xdata()) > 2]


def test_both_panels_show_the_measured_scales_against_depth():
    cases = course_pair()
    left, right = draw_signals(cases).axes
    for number, case in enumerate(cases):
        for axes, scales in ((left, case.activations), (right, case.gradients)):
            line = measured_lines(axes)[number]
            np.testing.assert_array_equal(line.get_xdata(), np.arange(31))
            np.testing.assert_array_equal(line.get_ydata(), scales)
    assert (left.get_yscale(), right.get_yscale()) == ("log", "log")


@pytest.mark.parametrize("count", [1, 3, 7, 9])
def test_every_case_looks_different_and_the_legend_covers_no_line(count):
    cases = [made((1.0, 1.0, 2.0**number), f"case {number}") for number in range(count)]
    figure = draw_signals(cases)
    as_svg(figure)
    (legend,) = figure.legends
    box = legend.get_window_extent()
    assert [text.get_text() for text in legend.get_texts()] == [case.name for case in cases]
    for axes in figure.axes:
        assert box.y1 <= axes.get_tightbbox().y0
        looks = {(line.get_color(), str(line._dash_pattern)) for line in measured_lines(axes)}
        assert len(looks) == count
        assert len({line.get_marker() for line in measured_lines(axes)}) == min(count, 7)
    width, height = figure.get_size_inches() * figure.dpi
    assert box.x0 >= 0
    assert box.x1 <= width
    assert box.y0 >= -2
    assert max(axes.get_tightbbox().y1 for axes in figure.axes) <= height


@pytest.mark.parametrize(
    ("activations", "ending"),
    [
        ((1.0, 0.5, 0.2), ""),
        ((1.0, 0.5, 0.0), " (reaches zero)"),
        ((1.0, 0.5, 1e-320), " (reaches zero)"),
        ((1.0, 1e200, np.inf), " (overflows)"),
        ((1.0, np.nan, np.nan), " (overflows)"),
    ],
)
def test_a_line_that_ends_says_why(activations, ending):
    figure = draw_signals([made(activations)])
    assert "<svg" in as_svg(figure)
    (text,) = figure.legends[0].get_texts()
    assert text.get_text() == "made up" + ending


def test_what_is_steady_looks_steady():
    figure = draw_signals([signal_scales(he_normal, "relu", depth=3)])
    for axes in figure.axes:
        low, high = axes.get_ylim()
        assert low <= 0.1
        assert high >= 10


def test_what_is_not_steady_is_in_view():
    left, right = draw_signals([made((1.0, 1e-5, 1e7))]).axes
    assert left.get_ylim()[0] < 1e-5
    assert left.get_ylim()[1] > 1e7
    assert right.get_ylim()[1] / right.get_ylim()[0] < 1000


def test_layers_are_whole_numbers():
    figure = draw_signals([made((1.0, 1.0, 1.0))])
    figure.draw_without_rendering()
    assert all(float(tick).is_integer() for tick in figure.axes[0].get_xticks())


def test_equal_measurements_give_equal_bytes():
    assert as_svg(draw_signals(course_pair())) == as_svg(draw_signals(course_pair()))


def test_no_case_is_no_picture():
    with pytest.raises(ConfigurationError, match=r"draw_signals.cases must be at least one"):
        draw_signals([])
