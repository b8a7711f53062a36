import subprocess
import sys
from hashlib import sha256
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from trainwell.errors import ConfigurationError
from trainwell.report.figure import (
    INK,
    LINES,
    MARKERS,
    NEGATIVE,
    PALETTE,
    POSITIVE,
    as_png,
    as_svg,
    diverging_map,
    house_style,
    logarithmic,
    new_figure,
    sequential_map,
)

PICTURE = """
from hashlib import sha256
import numpy as np
from trainwell.report.figure import as_svg, diverging_map, house_style, new_figure
with house_style():
    figure, (left, right) = new_figure((8, 3), columns=2)
    left.plot([1, 2, 3], label="one")
    left.legend()
    colours = right.pcolormesh(np.arange(12.0).reshape(3, 4), cmap=diverging_map())
    figure.colorbar(colours, ax=right, label="amount")
print(sha256(as_svg(figure).encode()).hexdigest())
"""


def drawn():
    with house_style():
        figure, (left, right) = new_figure((8, 3), columns=2)
        left.plot([1, 2, 3], label="one")
        left.legend()
        colours = right.pcolormesh(np.arange(12.0).reshape(3, 4), cmap=diverging_map())
        figure.colorbar(colours, ax=right, label="amount")
    return figure


def linear_rgb(colour):
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return np.array(
        [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
    )


def luminance(colour):
    return float(linear_rgb(colour) @ [0.2126, 0.7152, 0.0722])


def as_a_deuteranope_sees(colour):
    # G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, IEEE TVCG 15(6), 2009, severity 1.
    matrix = [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
    return np.array(matrix) @ linear_rgb(colour)


def test_the_same_picture_has_the_same_bytes_in_another_process():
    run = subprocess.run(
        [sys.executable, "-c", PICTURE], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == sha256(as_svg(drawn()).encode()).hexdigest()


def test_drawing_twice_changes_nothing():
    figure = drawn()
    first = as_svg(figure), as_png(figure)
    assert (as_svg(figure), as_png(figure)) == first


def test_resolution_does_not_move_the_axes():
    figure = drawn()
    as_svg(figure)
    places = [axes.get_position().bounds for axes in figure.axes]
    as_png(figure, dpi=200)
    assert [axes.get_position().bounds for axes in figure.axes] == places


def test_long_labels_get_the_room_they_need():
    with house_style():
        figure, (axes,) = new_figure((4, 3))
        axes.set_ylabel("two lines of a label\nthat is rather long")
        axes.set_xlabel("one")
    as_svg(figure)
    box = axes.get_tightbbox()
    assert box.x0 >= 0
    assert box.y0 >= 0


def test_a_figure_from_elsewhere_may_have_no_layout():
    figure = Figure()
    figure.add_axes((0.2, 0.2, 0.6, 0.6))
    assert as_svg(figure) == as_svg(figure)
    assert figure.axes[0].get_position().bounds == pytest.approx((0.2, 0.2, 0.6, 0.6))


def test_an_svg_says_neither_when_nor_by_what_it_was_made():
    text = as_svg(drawn())
    assert "Matplotlib" not in text
    assert "date" not in text


def test_an_svg_is_well_formed_and_needs_no_font():
    root = ET.fromstring(as_svg(drawn()))  # noqa: S314
    assert root.tag.endswith("svg")
    assert not root.findall(".//{http://www.w3.org/2000/svg}text")


def test_the_callers_settings_do_not_reach_our_pictures():
    before = as_svg(drawn())
    with mpl.rc_context({"lines.linewidth": 9.0, "xtick.major.size": 30.0, "svg.fonttype": "none"}):
        assert as_svg(drawn()) == before
        assert mpl.rcParams["lines.linewidth"] == 9.0


def test_our_style_does_not_reach_the_callers_pictures():
    before = dict(mpl.rcParams)
    as_svg(drawn())
    assert dict(mpl.rcParams) == before


def test_pyplot_stays_unimported():
    code = PICTURE + "import sys\nassert 'matplotlib.pyplot' not in sys.modules\n"
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)


def test_a_label_is_text_even_where_it_looks_like_a_formula():
    with house_style():
        figure, (axes,) = new_figure()
        axes.set_xlabel(r"price in $ of \frac{$")
    assert "<svg" in as_svg(figure)


def test_a_script_that_the_font_lacks_is_no_error():
    with house_style():
        figure, (axes,) = new_figure()
        axes.set_xlabel("価格")
    assert "<svg" in as_svg(figure)


@pytest.mark.parametrize(
    ("limits", "labels"),
    [
        pytest.param((0.01, 1000), ["0.01", "0.1", "1", "10", "100", "1000"], id="written-out"),
        pytest.param((1e-8, 1e-5), ["10⁻⁸", "10⁻⁷", "10⁻⁶", "10⁻⁵"], id="powers"),
        pytest.param((1e4, 1e6), ["10⁴", "10⁵", "10⁶"], id="large"),
        pytest.param((0.15, 0.8), ["0.2", "0.5"], id="less-than-a-decade"),
        pytest.param((1, 60), ["1", "2", "5", "10", "20", "50"], id="less-than-two-decades"),
        pytest.param((2.5, 5.5), ["3", "4", "5"], id="less-than-half-a-decade"),
    ],
)
def test_logarithmic_axes_are_labelled_in_plain_text(limits, labels):
    figure, (axes,) = new_figure()
    logarithmic(axes)
    axes.set_ylim(limits)
    figure.draw_without_rendering()
    low, high = limits
    shown = [
        text.get_text()
        for text in axes.yaxis.get_ticklabels(which="both")
        if text.get_text() and low <= text.get_position()[1] <= high
    ]
    assert sorted(shown) == sorted(labels)


def test_axes_come_row_by_row():
    figure, axes = new_figure(rows=2, columns=3)
    assert len(axes) == 6
    assert axes[1].get_subplotspec().colspan.start == 1
    assert axes[3].get_subplotspec().rowspan.start == 1
    assert figure.axes == list(axes)


@pytest.mark.parametrize(
    ("settings", "name"),
    [({"size": (0, 3)}, "size"), ({"rows": 0}, "rows"), ({"columns": -1}, "columns")],
)
def test_an_empty_figure_is_refused_by_name(settings, name):
    with pytest.raises(ConfigurationError, match=f"new_figure.{name} must be positive"):
        new_figure(**settings)


def test_a_resolution_of_nothing_is_refused():
    figure, _ = new_figure()
    with pytest.raises(ConfigurationError, match=r"as_png\.dpi must be positive, got 0"):
        as_png(figure, dpi=0)


def test_resolution_scales_the_pixels():
    figure, _ = new_figure((4, 2))
    widths = [int.from_bytes(as_png(figure, dpi=dpi)[16:20], "big") for dpi in (50, 100)]
    assert widths == [200, 400]


def test_every_colour_has_a_marker_and_a_line_of_its_own():
    assert len(set(PALETTE)) == len(set(MARKERS)) == len(set(LINES)) == len(PALETTE)


@pytest.mark.parametrize("colour", PALETTE)
def test_every_colour_is_seen_on_white(colour):
    assert 1.05 / (luminance(colour) + 0.05) > 2


def test_text_is_read_on_white():
    assert 1.05 / (luminance(INK) + 0.05) > 7


def test_the_two_classes_differ_for_a_colour_blind_reader():
    pair = as_a_deuteranope_sees(POSITIVE), as_a_deuteranope_sees(NEGATIVE)
    assert np.linalg.norm(pair[0] - pair[1]) > 0.4


def test_amounts_darken_evenly():
    shades = sequential_map()(np.linspace(0, 1, 33))[:, :3] @ [0.2126, 0.7152, 0.0722]
    steps = -np.diff(shades)
    assert steps.min() > 0
    assert steps.max() < 4 * steps.min()


def test_signed_colours_are_lightest_in_the_middle():
    shades = diverging_map()(np.linspace(0, 1, 33))[:, :3].sum(axis=1)
    assert shades.argmax() == 16
    assert (np.diff(shades[:17]) > 0).all()
    assert (np.diff(shades[16:]) < 0).all()
