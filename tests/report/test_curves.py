from math import inf, nan

import numpy as np
import pytest

from trainwell.report.curves import LOGARITHMIC_FROM, Curve, draw_curves
from trainwell.report.figure import as_svg

FALLING = Curve("training", (1.0, 2.0, 3.0), (0.9, 0.5, 0.4))
RISING = Curve("validation", (1.0, 2.0, 3.0), (0.8, 0.6, 0.7))


def drawn(*curves, **settings):
    (axes,) = draw_curves(curves, **settings).axes
    return axes


def test_every_value_is_drawn_at_its_time():
    axes = drawn(FALLING, RISING)
    for line, curve in zip(axes.lines, (FALLING, RISING), strict=True):
        assert line.get_xdata().tolist() == list(curve.time)
        assert line.get_ydata().tolist() == list(curve.values)


@pytest.mark.parametrize("value", [inf, -inf, nan])
def test_a_value_that_is_not_finite_leaves_a_gap(value):
    (line,) = drawn(Curve("cost", (0, 1, 2), (value, 2.0, 1.0))).lines
    assert np.isnan(line.get_ydata()).tolist() == [True, False, False]


@pytest.mark.parametrize("values", [(), (nan, nan), (inf,)], ids=["none", "nan", "inf"])
def test_a_curve_without_a_finite_value_is_an_empty_picture(values):
    assert "<svg" in as_svg(draw_curves((Curve("cost", tuple(range(len(values))), values),)))


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        pytest.param((1.0, LOGARITHMIC_FROM * 1.01), "log", id="wide"),
        pytest.param((1.0, LOGARITHMIC_FROM), "linear", id="just-not-wide"),
        pytest.param((0.0, 100.0), "linear", id="with-a-zero"),
        pytest.param((-1.0, 100.0), "linear", id="with-a-negative"),
        pytest.param((1.0, inf), "linear", id="infinite-is-not-wide"),
        pytest.param((nan, 1.0, 50.0), "log", id="with-a-gap"),
    ],
)
def test_the_axis_is_logarithmic_where_the_values_need_it_and_allow_it(values, scale):
    assert drawn(Curve("loss", tuple(range(len(values))), values)).get_yscale() == scale


def test_the_range_of_all_curves_decides_the_axis():
    small, large = Curve("a", (1, 2), (0.01, 0.02)), Curve("b", (1, 2), (1.0, 2.0))
    assert drawn(small).get_yscale() == drawn(large).get_yscale() == "linear"
    assert drawn(small, large).get_yscale() == "log"


def test_a_logarithmic_axis_has_at_least_two_labels():
    figure = draw_curves((Curve("cost", (0, 1, 2), (0.7, 0.1, 0.02)),))
    figure.draw_without_rendering()
    (axes,) = figure.axes
    low, high = axes.get_ylim()
    labels = [
        text.get_text()
        for text in axes.yaxis.get_ticklabels(which="both")
        if text.get_text() and low <= text.get_position()[1] <= high
    ]
    assert sorted(labels) == ["0.02", "0.05", "0.1", "0.2", "0.5"]


def test_axes_are_named_as_asked():
    axes = drawn(FALLING, time="iteration", quantity="cost (nats per example)")
    assert axes.get_xlabel() == "iteration"
    assert axes.get_ylabel() == "cost (nats per example)"
    assert (drawn(FALLING).get_xlabel(), drawn(FALLING).get_ylabel()) == ("epoch", "loss")


def test_two_curves_have_a_legend_and_one_has_none():
    legend = drawn(FALLING, RISING).get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["training", "validation"]
    assert drawn(FALLING).get_legend() is None


def test_the_best_time_is_marked_where_it_is():
    axes = drawn(FALLING, best=2.0)
    *_, mark = axes.lines
    assert set(mark.get_xdata()) == {2.0}
    (note,) = axes.texts
    assert note.get_text() == "best: 2"
    assert note.xy[0] == 2.0
    assert not drawn(FALLING).texts


def test_many_curves_differ_in_colour_and_in_line():
    axes = drawn(*(Curve(f"{n}", (1, 2), (1, 2)) for n in range(7)))
    assert len({line.get_color() for line in axes.lines}) == 7
    assert len({str(line._unscaled_dash_pattern) for line in axes.lines}) == 7
    assert len(drawn(*(Curve(f"{n}", (1, 2), (1, 2)) for n in range(9))).lines) == 9


def test_few_values_have_markers_so_that_a_single_one_is_seen():
    (single,) = drawn(Curve("loss", (1,), (0.5,))).lines
    assert single.get_marker() == "o"
    many = tuple(range(1000))
    (line,) = drawn(Curve("loss", many, many)).lines
    assert line.get_marker() == "None"


def test_the_same_curves_are_the_same_picture():
    first, second = (as_svg(draw_curves((FALLING, RISING), best=2.0)) for _ in range(2))
    assert first == second
    assert first != as_svg(draw_curves((FALLING,), best=2.0))
