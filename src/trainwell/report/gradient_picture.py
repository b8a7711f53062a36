"""A gradient check as a picture: how wrong, how, where, and what a step size would have shown."""

from math import floor, log10
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from trainwell.diagnosis.gradient_verdict.comparison import Status
from trainwell.diagnosis.gradient_verdict.step_curve import COURSE_STEP, StepCurve
from trainwell.diagnosis.gradients.report import GradientReport
from trainwell.report.figure import (
    INK,
    LINES,
    MARKERS,
    MUTED,
    NEGATIVE,
    PALETTE,
    POSITIVE,
    as_png,
    diverging_map,
    house_style,
    logarithmic,
    new_figure,
)
from trainwell.report.gradient_panels import Bar, GradientPanels, RatioMap, gradient_panels
from trainwell.report.wording import shortened
from trainwell.training.tensor_file import write_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_EXACT = 1e-17  # where an error of nothing is drawn
_WRITTEN = (6, 8)  # rows and columns of a map whose cells have their number in them
_STEEPEST = 10.0  # what is further up stands at the edge of the second panel
_WIDEST = 3.0  # a ratio further from 1 than this has the colour of the end


def gradient_picture(
    report: GradientReport, path: str | PathLike[str], curve: StepCurve | None = None
) -> None:
    """Draw a gradient check into a PNG file.

    Parameters
    ----------
    report : GradientReport
        What was found.
    path : path-like
        Where; what is there is replaced.
    curve : StepCurve or None, default=None
        From :func:`trainwell.diagnosis.gradients.step_curve`, for the fourth
        panel.

    Raises
    ------
    StorageError
        If the file cannot be written.
    """
    write_bytes(path, as_png(draw_gradient_panels(gradient_panels(report, curve)), dpi=130))


def draw_gradient_panels(panels: GradientPanels) -> "Figure":
    """Draw the four panels: errors, given against expected, their ratio, and steps.

    Parameters
    ----------
    panels : GradientPanels
        From :func:`trainwell.report.gradient_panels.gradient_panels`.

    Returns
    -------
    matplotlib.figure.Figure
        Two rows of two panels.
    """
    with house_style():
        figure, (errors, scatter, ratios, steps) = new_figure((11.5, 8.6), rows=2, columns=2)
        _errors(errors, panels)
        _scatters(scatter, panels)
        _ratios(ratios, panels.ratios, panels.tolerance)
        _steps(steps, panels.curve)
        title = f"Gradient check: {panels.title}"
        if panels.remarks:
            title += f"\n{panels.remarks}"
        figure.suptitle(title, x=0.01, ha="left", fontsize=11.5)
    return figure


def _errors(axes: "Axes", panels: GradientPanels) -> None:
    """Draw one row an array: where its error stands between rounding and wrong."""
    bars = panels.bars
    finite = [max(bar.error, _EXACT) for bar in bars if bar.error is not None]
    low = min([*finite, 1e-16]) / 5
    high = max([*finite, 10 * panels.tolerance, 1.0]) * 20
    axes.axvspan(low, panels.noise, color=POSITIVE, alpha=0.12, linewidth=0, label="rounding")
    axes.axvline(panels.tolerance, color=MUTED, linestyle="--", linewidth=1.3, label="tolerance")
    groups = (
        ("ok", [Status.OK], POSITIVE, "o"),
        ("wrong", [Status.WRONG, Status.MISSING, Status.SHAPE], NEGATIVE, "X"),
        ("undecided", [Status.UNDECIDED], PALETTE[4], "s"),
    )
    for name, statuses, colour, marker in groups:
        rows = [at for at, bar in enumerate(bars) if bar.status in statuses]
        if not rows:
            continue
        values = [_shown(bars[at], high) for at in rows]
        axes.hlines(rows, low, values, color=colour, linewidth=1.2, alpha=0.5)
        axes.plot(
            values, rows, color=colour, marker=marker, linestyle="none", markersize=7, label=name
        )
    for at, bar in enumerate(bars):
        if bar.error is None:
            said = "not finite" if bar.status is Status.WRONG else bar.status.value.lower()
            axes.annotate(
                said, (high / 3, at), xytext=(-8, 0), textcoords="offset points",
                ha="right", va="center", fontsize=9, color=INK,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )  # fmt: skip
    logarithmic(axes, "x")
    axes.set_xlim(low, high)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    size = 10 if len(bars) <= 12 else 8.5
    axes.set_yticks(range(len(bars)), [shortened(bar.name, 18) for bar in bars], fontsize=size)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("relative error of the gradient (no unit)")
    more = f" ({panels.hidden} smaller ones not shown)" if panels.hidden else ""
    axes.set_title(f"Error of each array{more}")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=5, columnspacing=1.2)


def _shown(bar: Bar, high: float) -> float:
    return high / 3 if bar.error is None else max(bar.error, _EXACT)


def _scatters(axes: "Axes", panels: GradientPanels) -> None:
    """Draw given against expected, every array in shares of its largest expected number."""
    axes.set_title("Given against expected")
    axes.set_xlabel("expected (share of the array's largest)")
    axes.set_ylabel("given (the same share)")
    if not panels.scatters:
        _nothing(axes, "no array in doubt can be compared\nelement by element")
        return
    heights = np.concatenate([scatter.given for scatter in panels.scatters])
    top = min(float(np.abs(heights).max(initial=1.0)), _STEEPEST)
    axes.axline((0, 0), slope=1, color=MUTED, linewidth=1, linestyle=":", label="right: slope 1")
    for at, scatter in enumerate(panels.scatters):
        colour = PALETTE[at % len(PALETTE)]
        name = shortened(scatter.name, 18)
        label = f"{name}: slope {scatter.slope:.4g}" if scatter.fits else f"{name}: no line"
        if np.abs(scatter.given).max(initial=0.0) > top:
            label += ", off the scale"
        crowded = scatter.given.size > 200
        axes.plot(
            scatter.expected,
            np.clip(scatter.given, -top, top),
            color=colour,
            marker=MARKERS[at % len(MARKERS)],
            linestyle="none",
            markersize=3.5 if crowded else 6,
            alpha=0.5 if crowded else 0.8,
            label=label,
        )
        if scatter.fits:
            ends = np.array([-1.0, 1.0]) * min(1.0, top / max(abs(scatter.slope), 1e-300))
            style = LINES[at % len(LINES)]
            axes.plot(ends, scatter.slope * ends, color=colour, linestyle=style, linewidth=1.1)
    axes.set_xlim(-1.1, 1.1)
    axes.set_ylim(-1.12 * top, 1.12 * top)
    handles, labels = axes.get_legend_handles_labels()
    if panels.unscattered:
        labels[-1] += f" (and {panels.unscattered} more)"
    axes.legend(
        handles, labels, loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=3,
        columnspacing=1.2, fontsize=9,
    )  # fmt: skip


_ENDS = {
    (False, False): "neither",
    (True, False): "min",
    (False, True): "max",
    (True, True): "both",
}
"""Of the bar, by whether some ratios are below and above what it shows."""


def _ratios(axes: "Axes", ratios: RatioMap | None, tolerance: float) -> None:
    """Draw given over expected, element by element: masks, rows and transposes show."""
    if ratios is None:
        axes.set_title("Given / expected")
        _nothing(axes, "no array can be compared\nelement by element")
        return
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    finite = ratios.cells[np.isfinite(ratios.cells)]
    largest = float(np.abs(finite).max(initial=0.0))
    width = max(min(largest, _WIDEST), tolerance)  # what passes is white
    if np.isposinf(ratios.cells).any():
        width = max(width, 1.0)
    tiny = width < 0.01
    colours = diverging_map().with_extremes(bad="#BDBDBD", under=INK)
    cells = np.clip(ratios.cells, -width, width)
    cells[np.isneginf(ratios.cells)] = -2 * width
    image = axes.imshow(
        np.ma.masked_invalid(cells), cmap=colours, vmin=-width, vmax=width, aspect="auto",
        interpolation="nearest",
    )  # fmt: skip
    beyond = (bool((ratios.cells < -width).any()), bool((ratios.cells > width).any()))
    bar = axes.figure.colorbar(image, ax=axes, pad=0.02, extend=_ENDS[beyond])
    if tiny:
        exponent = floor(log10(width))
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v / 10.0**exponent:.3g}"))
        bar.set_label(f"(given / expected - 1) · 10^{-exponent}")
    else:
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v + 1:.3g}"))
        bar.set_label("given / expected")
    high, wide = ratios.cells.shape
    if high <= _WRITTEN[0] and wide <= _WRITTEN[1] and not tiny:
        for (row, column), value in np.ndenumerate(ratios.cells):
            axes.text(
                column, row, _ratio(float(value)), ha="center", va="center", fontsize=9,
                color="white" if abs(value) > 0.75 * width else INK,
            )  # fmt: skip
    axes.grid(visible=False)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
    row_block, column_block = ratios.block
    along = "column" if column_block == 1 else f"column / {column_block}"
    axes.set_ylabel("row" if row_block == 1 else f"row / {row_block}")
    if high == 1:
        axes.set_yticks([])
        axes.set_ylabel("")
        along = "element"
    axes.set_xlabel(f"{along}{_signs(ratios)}")
    shape = " x ".join(map(str, ratios.shape)) or "one number"
    axes.set_title(f"Given / expected of {shortened(ratios.name, 18)} ({shape})")


def _ratio(value: float) -> str:
    if np.isnan(value):
        return "0/0"
    if np.isinf(value):
        return "not\nfinite" if value < 0 else "x/0"
    return f"{value + 1:.3g}"


def _signs(ratios: RatioMap) -> str:
    """Return what the colours without a number mean, where there are some."""
    signs = [
        sign
        for sign, seen in (
            ("grey: 0 / 0", np.isnan(ratios.cells)),
            ("black: not finite", np.isneginf(ratios.cells)),
        )
        if seen.any()
    ]
    return f" ({', '.join(signs)})" if signs else ""


def _steps(axes: "Axes", curve: StepCurve | None) -> None:
    """Draw how a central difference errs with its step, and Taylor's remainder."""
    axes.set_title("What a step size shows")
    axes.set_xlabel("step along a random direction (length)")
    axes.set_ylabel("relative to the slope (no unit)")
    if curve is None:
        _nothing(axes, "needs the cost:\ngradient_picture(report, path, step_curve(...))")
        return
    errors = np.where((curve.errors > 0) & np.isfinite(curve.errors), curve.errors, np.nan)
    if np.isnan(errors).all():
        _nothing(axes, "differences of every step are exact here,\nor none is a number")
        return
    axes.plot(
        curve.steps, errors, color=POSITIVE, marker="o", markersize=3.5,
        label="error of the central difference",
    )  # fmt: skip
    if curve.remainders is not None:
        order = "hidden by rounding" if curve.order is None else f"step^{curve.order:.2f}"
        axes.plot(
            curve.steps,
            np.where(curve.remainders > 0, curve.remainders, np.nan),
            color=NEGATIVE,
            linestyle="--",
            marker="^",
            markersize=3.5,
            label=f"Taylor remainder of yours: {order} (right: 2, wrong: 1)",
        )
    axes.axvline(COURSE_STEP, color=MUTED, linestyle=":", linewidth=1.4)
    logarithmic(axes, "x")
    logarithmic(axes, "y")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** 0.12)  # room for the remark
    axes.annotate(
        f"the course's 1e-7:\nerror {curve.at_the_course_step:.0e}",
        (COURSE_STEP, 1.0), xycoords=("data", "axes fraction"), xytext=(5, -3),
        textcoords="offset points", ha="left", va="top", fontsize=9, color=INK,
    )  # fmt: skip
    best = curve.best
    if np.isfinite(curve.errors[best]) and curve.errors[best] > 0:
        axes.plot(
            curve.steps[best], curve.errors[best], color=INK, marker="D", markersize=7,
            markerfacecolor="none", linestyle="none",
            label=f"best step {curve.steps[best]:.0e}, error {curve.errors[best]:.0e}",
        )  # fmt: skip
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=1, fontsize=9)


def _nothing(axes: "Axes", why: str) -> None:
    """Say why a panel is empty."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(
        0.5, 0.5, why, transform=axes.transAxes, ha="center", va="center", color=MUTED, fontsize=10
    )
