"""The picture of a gradient check: its numbers, and that nothing in it overlaps."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainwell.cli import check_demo
from trainwell.diagnosis.gradient_verdict.comparison import Status, compared
from trainwell.diagnosis.gradient_verdict.step_curve import step_curve
from trainwell.diagnosis.gradients import GradientReport, check_gradients
from trainwell.errors import StorageError
from trainwell.report.gradient_panels import MOST_BARS, MOST_POINTS, gradient_panels
from trainwell.report.gradient_picture import draw_gradient_panels, gradient_picture

X, Y, PARAMETERS = check_demo.case()


def forward(parameters: Any, x: Any, y: Any) -> Any:
    return check_demo.forward_propagation_n(x, y, parameters)


def wrong(parameters: Any, x: Any, y: Any, cache: Any) -> Any:  # noqa: ARG001
    return check_demo.backward_propagation_n(x, y, cache)


def right(parameters: Any, x: Any, y: Any, cache: Any) -> Any:  # noqa: ARG001
    return check_demo.corrected_backward_propagation_n(x, y, cache)


FAIL = check_gradients(forward, wrong, PARAMETERS, (X, Y))
PASS = check_gradients(forward, right, PARAMETERS, (X, Y))


def made_up(pairs: dict[str, tuple[Any, Any]]) -> GradientReport:
    """Return a report on gradients that are given and expected."""
    arrays = {name: compared(name, given, r, 1.0) for name, (given, r) in pairs.items()}
    return replace(FAIL, arrays=arrays, findings=(), difference=0.5)


def drawn(array: Any, change: Any) -> Any:
    """Return the panels of one array that was changed."""
    given = array.copy()
    change(given)
    return gradient_panels(made_up({"W": (given, array)}))


DRAW = np.random.default_rng(0).normal


def test_every_array_has_a_bar_with_its_error() -> None:
    panels = gradient_panels(FAIL)
    assert [bar.name for bar in panels.bars] == list(PARAMETERS)
    assert {bar.name for bar in panels.bars if bar.status is Status.WRONG} == {"W2", "b1"}
    assert all((bar.error or 0) == FAIL[bar.name].error for bar in panels.bars)
    assert panels.hidden == 0
    assert panels.noise < panels.tolerance


def test_the_wrong_arrays_have_points_and_a_slope() -> None:
    panels = gradient_panels(FAIL)
    slopes = {scatter.name: scatter.slope for scatter in panels.scatters}
    assert slopes == {"b1": pytest.approx(4), "W2": pytest.approx(2)}
    assert all(scatter.fits for scatter in panels.scatters)
    assert all(np.abs(s.expected).max() == pytest.approx(1) for s in panels.scatters)


def test_without_a_wrong_array_the_largest_are_shown() -> None:
    panels = gradient_panels(PASS)
    assert panels.scatters[0].name == "W1"
    assert all(scatter.slope == pytest.approx(1) for scatter in panels.scatters)
    assert panels.ratios is not None
    assert np.nanmax(np.abs(panels.ratios.cells)) < 1e-9


def test_a_row_that_is_doubled_shows_in_the_map() -> None:
    panels = drawn(DRAW(size=(4, 5)), lambda given: given.__setitem__(2, 2 * given[2]))
    assert (panels.ratios.cells[2] == pytest.approx(1)) is True
    assert not panels.ratios.cells[[0, 1, 3]].any()
    assert not panels.scatters[0].fits


def test_what_has_no_ratio_is_told_apart() -> None:
    expected = np.array([[0.0, 0.0, 1.0, 1.0]])
    given = np.array([[0.0, 1.0, np.nan, 0.0]])
    cells = gradient_panels(made_up({"W": (given, expected)})).ratios.cells
    assert np.isnan(cells[0, 0])
    assert (cells[0, 1:] == [np.inf, -np.inf, -1.0]).all()


def test_one_wrong_element_of_a_huge_array_is_seen() -> None:
    def change(given: Any) -> None:
        given[777, 1234] *= 3

    panels = drawn(DRAW(size=(1000, 2000)), change)
    assert panels.ratios.block == (4, 4)
    assert panels.ratios.cells.shape == (250, 500)
    assert np.argwhere(panels.ratios.cells > 1).tolist() == [[777 // 4, 1234 // 4]]
    (scatter,) = panels.scatters
    assert scatter.given.size <= MOST_POINTS
    assert np.abs(scatter.given - scatter.expected).max() > 0


def test_of_many_arrays_the_worst_have_bars() -> None:
    arrays = {f"W{at}": (np.ones(2) * (1 + 1e-12 * at), np.ones(2)) for at in range(50)}
    arrays["W7"] = (np.zeros(2), np.ones(2))
    panels = gradient_panels(made_up(arrays))
    assert len(panels.bars) == MOST_BARS
    assert panels.hidden == 50 - MOST_BARS
    assert "W7" in {bar.name for bar in panels.bars}
    assert panels.ratios is not None
    assert panels.ratios.name == "W7"


def test_what_cannot_be_compared_has_no_error_and_no_points() -> None:
    ones = np.ones((2, 3))
    panels = gradient_panels(made_up({"W": (None, ones), "V": (ones.T, ones)}))
    assert [bar.error for bar in panels.bars] == [None, None]
    assert panels.scatters == ()
    assert panels.unscattered == 2
    assert panels.ratios is None


CASES = {
    "fail": FAIL,
    "pass": PASS,
    "nothing comparable": made_up({"W": (None, np.ones((2, 3)))}),
    "one number": made_up({"theta": (np.array(2.0), np.array(1.0))}),
    "a long vector": made_up({"b": (np.full(500, 2.0), np.ones(500))}),
    "all zero": made_up({"W": (np.ones((2, 2)), np.zeros((2, 2)))}),
    "not finite": made_up({"W": (np.array([np.nan, 1.0]), np.ones(2))}),
    "never finite": made_up({"W": (np.array([np.nan, np.inf]), np.ones(2))}),
    "enormous": made_up({"W": (np.full((3, 3), 1e150), np.ones((3, 3)))}),
    "four axes": made_up({"K": (-DRAW(size=(3, 2, 5, 5)), DRAW(size=(3, 2, 5, 5)))}),
    "twenty": made_up({f"W{at}": (DRAW(size=(3, 3)), DRAW(size=(3, 3))) for at in range(20)}),
    "long names": made_up({"layer.with_a_very_long_name.W" * 2: (np.zeros(3), np.ones(3))}),
}


@pytest.mark.parametrize("report", CASES.values(), ids=CASES)
def test_every_report_can_be_drawn_and_no_text_leaves_the_picture(report: GradientReport) -> None:
    figure = draw_gradient_panels(gradient_panels(report))
    figure.draw_without_rendering()
    width, height = figure.bbox.size
    for axes in figure.axes:
        box = axes.get_tightbbox()
        assert box.x0 >= -2
        assert box.y0 >= -2
        assert box.x1 <= width + 2
        assert box.y1 <= height + 2
    panels = figure.axes[:4]
    boxes = [axes.get_tightbbox() for axes in panels]
    for at, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[at + 1 :])


@pytest.mark.parametrize("slope", [0.0, 1.0, np.nan])
def test_a_cost_without_a_valley_can_be_drawn(slope: float) -> None:
    curve = step_curve(lambda w: (slope * w).sum(), slope * np.ones(3), np.zeros(3))
    figure = draw_gradient_panels(gradient_panels(PASS, curve))
    figure.draw_without_rendering()


@pytest.mark.parametrize(
    ("factors", "ends"),
    [((2.0, 0.5), "neither"), ((30.0, 0.5), "max"), ((-30.0, 2.0), "min"), ((-30.0, 30.0), "both")],
)
def test_the_bar_of_the_map_has_an_arrow_where_a_ratio_lies_beyond(
    factors: tuple[float, float], ends: str
) -> None:
    expected = np.ones((2, 2))
    panels = gradient_panels(made_up({"W": (expected * np.array(factors), expected)}))
    figure = draw_gradient_panels(panels)
    (image,) = [each for axes in figure.axes for each in axes.images if each.colorbar]
    assert image.colorbar.extend == ends


def test_the_bugs_are_told_up_to_a_word() -> None:
    long = replace(FAIL.findings[0], message="is wrong " + "everywhere " * 20)
    panels = gradient_panels(replace(FAIL, findings=(long,)))
    assert panels.remarks.endswith("everywhere …")
    assert len(panels.remarks) < 140


def test_every_axis_says_what_it_measures() -> None:
    curve = step_curve(forward, wrong, PARAMETERS, (X, Y))
    figure = draw_gradient_panels(gradient_panels(FAIL, curve))
    assert [axes.get_title(loc="left").split()[0] for axes in figure.axes[:4]] == [
        "Error", "Given", "Given", "What",
    ]  # fmt: skip
    assert all(axes.get_xlabel() for axes in figure.axes[:4])
    legend = [text.get_text() for text in figure.axes[3].get_legend().get_texts()]
    assert any("step^1.00" in text for text in legend)


def test_the_file_is_a_png_and_the_same_each_time(tmp_path: Path) -> None:
    curve = step_curve(forward, wrong, PARAMETERS, (X, Y))
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    gradient_picture(FAIL, first, curve)
    gradient_picture(FAIL, second, curve)
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes()[1:4] == b"PNG"
    with pytest.raises(StorageError):
        gradient_picture(FAIL, tmp_path / "nowhere" / "picture.png")
