from itertools import pairwise

import numpy as np
import pytest

from trainwell.errors import ConfigurationError, DataError, ShapeError
from trainwell.report.figure import as_svg, house_style
from trainwell.report.residuals import MOST_POINTS, draw_residuals, residuals


def measured(rows, scale=1.0, seed=0):
    rng = np.random.default_rng(seed)
    true = scale * rng.normal(5, 2, rows)
    return true, true + scale * rng.normal(0, 1, rows)


def test_a_residual_is_true_minus_predicted():
    found = residuals(np.array([1.0, 5.0]), np.array([2.0, 2.0]))
    assert found.values.tolist() == [-1.0, 3.0]
    assert found.bias == 1.0


def test_distances_are_quantiles_of_what_is_left_over():
    true, predicted = measured(500)
    found = residuals(true, predicted)
    distances = np.sort(np.abs(true - predicted))
    assert found.within(1.0) == distances[-1]
    assert found.within(0.0) == distances[0]
    assert np.mean(distances <= found.within(0.9)) == pytest.approx(0.9, abs=0.003)


@pytest.mark.parametrize(
    ("rows", "groups"), [(19, 0), (20, 1), (59, 2), (240, 12), (1000, 12), (10_000, 12)]
)
def test_the_trend_is_the_mean_of_groups_by_rising_prediction(rows, groups):
    true, predicted = measured(rows)
    trend = residuals(true, predicted).trend
    assert len(trend) == groups
    order = np.argsort(predicted)
    for part, (x, y) in zip(np.array_split(order, max(groups, 1)), trend, strict=False):
        assert x == pytest.approx(predicted[part].mean())
        assert y == pytest.approx((true - predicted)[part].mean())
    assert list(trend) == sorted(trend)


def test_constant_predictions_have_no_trend():
    true, _ = measured(500)
    assert residuals(true, np.full(500, 3.0)).trend == ()


def test_arguments_are_not_modified():
    true, predicted = measured(100)
    copies = true.copy(), predicted.copy()
    residuals(true, predicted)
    assert (true == copies[0]).all()
    assert (predicted == copies[1]).all()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: residuals(np.ones(2), np.ones(3)), ShapeError, "residuals: predicted must have"),
        (lambda: residuals(np.ones((2, 1)), np.ones((2, 1))), ShapeError, "residuals: predicted"),
        (lambda: residuals(np.array([]), np.array([])), DataError, "residuals: true is empty"),
        (
            lambda: residuals(np.ones(1), np.array([np.nan])),
            DataError,
            "predicted is not finite everywhere",
        ),
        (lambda: residuals(np.array([np.inf]), np.ones(1)), DataError, "true is not finite"),
        (
            lambda: residuals(np.ones(1), np.ones(1), groups=0),
            ConfigurationError,
            "residuals.groups must be at least 1, got 0",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def laid_out(figure):
    with house_style():
        for _ in range(3):
            figure.draw_without_rendering()


CASES = {
    "one": (np.array([0.0]), np.array([0.0])),
    "tiny": measured(12),
    "few": measured(300),
    "many": measured(10_000),
    "large-numbers": measured(10_000, scale=3e5),
    "huge-numbers": measured(300, scale=1e12),
    "small-numbers": measured(300, scale=1e-9),
    "constant": (measured(12)[0], np.full(12, 5.0)),
    "constant-many": (measured(10_000)[0], np.full(10_000, 5.0)),
    "perfect": (measured(300)[0],) * 2,
    "perfect-many": (measured(10_000)[0],) * 2,
}


@pytest.mark.parametrize("case", CASES)
def test_every_row_is_in_view_and_nothing_is_cut_off(case):
    found = residuals(*CASES[case])
    figure = draw_residuals(found, "price of a house in dollars of the year 2010")
    laid_out(figure)
    left, right = figure.axes[:2]
    assert left.get_xlim() == left.get_ylim()
    low, high = left.get_xlim()
    assert low < min(found.true.min(), found.predicted.min())
    assert high > max(found.true.max(), found.predicted.max())
    assert right.get_ylim()[0] < min(0, found.values.min())
    assert right.get_ylim()[1] > max(0, found.values.max())
    width, height = figure.get_size_inches() * figure.dpi
    for axes in figure.axes:
        (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
        across = [
            text.get_window_extent()
            for place, text in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
            if x0 <= place <= x1 and text.get_text()
        ]
        up = [
            text.get_window_extent()
            for place, text in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
            if y0 <= place <= y1 and text.get_text()
        ]
        names = [axes.xaxis.label.get_window_extent(), axes.yaxis.label.get_window_extent()]
        for box in [*across, *up, *names]:
            assert -2 <= box.x0 <= box.x1 <= width + 2
            assert -2 <= box.y0 <= box.y1 <= height + 2
        assert all(a.x1 < b.x0 for a, b in pairwise(across))
        assert all(a.y1 < b.y0 for a, b in pairwise(up))


@pytest.mark.parametrize("rows", [MOST_POINTS, MOST_POINTS + 1])
def test_many_rows_are_counted_in_cells(rows):
    found = residuals(*measured(rows))
    figure = draw_residuals(found, "x")
    left, right = figure.axes[:2]
    if rows <= MOST_POINTS:
        assert len(figure.axes) == 2
        assert left.lines[0].get_xdata().tolist() == found.true.tolist()
        assert right.lines[0].get_ydata().tolist() == found.values.tolist()
    else:
        assert len(figure.axes) == 3  # the third explains the colours
        for axes in (left, right):
            (cells,) = axes.collections
            assert cells.get_array().sum() == rows


def test_a_large_picture_stays_small():
    assert len(as_svg(draw_residuals(residuals(*measured(100_000)), "x"))) < 300_000
