"""Cost curves and learning curves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trainwell.report.figure import INK, LINES, MUTED, PALETTE, house_style, logarithmic, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOGARITHMIC_FROM = 20.0
"""Curves whose largest value is this many times the smallest get a logarithmic axis."""


@dataclass(frozen=True)
class Curve:
    """A named series of numbers over time.

    Parameters
    ----------
    name : str
        For the legend.
    time : sequence of float
        Where each value stands.
    values : sequence of float
        What is drawn; values that are not finite leave a gap.
    """

    name: str
    time: Sequence[float]
    values: Sequence[float]


def draw_curves(
    curves: tuple[Curve, ...],
    *,
    time: str = "epoch",
    quantity: str = "loss",
    best: float | None = None,
) -> "Figure":
    """Draw series over time, in one picture.

    Parameters
    ----------
    curves : tuple of Curve
        At least one.
    time : str, default="epoch"
        Name of the horizontal axis, with its unit.
    quantity : str, default="loss"
        Name of the vertical axis, with its unit.
    best : float or None, default=None
        A time to mark: the one whose weights are kept.

    Returns
    -------
    matplotlib.figure.Figure
        One pair of axes; the vertical one is logarithmic if the values need it.

    Examples
    --------
    >>> from trainwell.report.curves import Curve, draw_curves
    >>> figure = draw_curves((Curve("training", (1, 2, 3), (0.9, 0.5, 0.4)),), best=3)
    >>> figure.axes[0].get_xlabel()
    'epoch'
    """
    with house_style():
        figure, (axes,) = new_figure((6.4, 3.8))
        for number, curve in enumerate(curves):
            style = LINES[number % len(LINES)]
            values = np.where(np.isfinite(curve.values), curve.values, np.nan)
            axes.plot(
                curve.time,
                values,
                color=PALETTE[number % len(PALETTE)],
                linestyle=style,
                marker="o" if len(curve.time) < 40 else None,
                markersize=3.5,
                label=curve.name,
            )
        if best is not None:
            axes.axvline(best, color=MUTED, linestyle=":", linewidth=1.2)
            axes.annotate(
                f"best: {best:,.0f}",
                (best, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(4, 2),
                textcoords="offset points",
                color=INK,
                fontsize=9,
            )
        shown = np.concatenate([np.asarray(curve.values, dtype=float) for curve in curves])
        shown = shown[np.isfinite(shown)]
        if shown.size and shown.min() > 0 and shown.max() > LOGARITHMIC_FROM * shown.min():
            logarithmic(axes)
        axes.set_xlabel(time)
        axes.set_ylabel(quantity)
        if len(curves) > 1:
            axes.legend(loc="best")
    return figure
