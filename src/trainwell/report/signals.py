"""Signal scales against depth: how activations and gradients fare on their way."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from trainwell.diagnosis.signals import SignalScales
from trainwell.errors import ConfigurationError
from trainwell.report.figure import (
    LINES,
    MARKERS,
    MUTED,
    PALETTE,
    house_style,
    logarithmic,
    new_figure,
)
from trainwell.types import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 3
_LEGEND_ROW = 0.28  # inches
_FARTHEST = 1e150  # an axis that holds more overflows itself
_MARKS = 6  # markers along a line: enough to tell it, few enough to see it


def draw_signals(cases: Sequence[SignalScales]) -> "Figure":
    """Draw the scale of activations and of gradients at each layer, on logarithmic axes.

    Activations are read from left to right, gradients from right to left: that is how
    they travel. A grey line marks the scale 1. A scale of zero has no place on a
    logarithmic axis; the legend says where a line ends for that reason.

    Parameters
    ----------
    cases : sequence of SignalScales
        At least one; each gets a colour, a line style and a marker of its own.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels under one legend.

    Raises
    ------
    ConfigurationError
        If there is no case.

    See Also
    --------
    trainwell.diagnosis.signals.signal_scales : Measures a case.

    Examples
    --------
    >>> from trainwell.diagnosis.signals import signal_scales
    >>> from trainwell.network.initializers import ScaledIdentity
    >>> from trainwell.report.signals import draw_signals
    >>> pair = [signal_scales(ScaledIdentity(w), "identity", depth=9) for w in (1.1, 0.9)]
    >>> [axes.get_yscale() for axes in draw_signals(pair).axes]
    ['log', 'log']
    """
    if not cases:
        raise ConfigurationError.out_of_range("draw_signals", "cases", cases, "at least one")
    from matplotlib.ticker import MaxNLocator

    rows = -(-len(cases) // _COLUMNS)
    with house_style():
        figure, (left, right) = new_figure((9.6, 3.9 + rows * _LEGEND_ROW), columns=2, share_x=True)
        for number, case in enumerate(cases):
            for axes, scales in ((left, case.activations), (right, case.gradients)):
                _line(axes, number, case, np.array(scales))
        for axes, title, quantity in (
            (left, "Forward: activations", "root mean square"),
            (right, "Backward: gradient at the activations", ""),
        ):
            axes.axhline(1.0, color=MUTED, linestyle="-", linewidth=0.9, zorder=1)
            axes.set_title(title)
            axes.set_xlabel("layer (0 is the input)")
            axes.set_ylabel(quantity)
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
            logarithmic(axes)
            low, high = axes.get_ylim()  # at least two decades: what is steady looks steady
            axes.set_ylim(min(low, 0.1), max(high, 10))
        handles, names = left.get_legend_handles_labels()
        figure.legend(
            handles,
            names,
            loc="outside lower center",
            ncols=min(len(cases), _COLUMNS),
            handlelength=3.4,
        )
    return figure


def _line(axes: "Axes", number: int, case: SignalScales, scales: FloatArray) -> None:
    inside = (scales > 1 / _FARTHEST) & (scales < _FARTHEST)
    axes.plot(
        np.arange(len(scales)),
        np.where(inside, scales, np.nan),
        color=PALETTE[number % len(PALETTE)],
        # A second round through the colours meets other line styles.
        linestyle=LINES[(number + number // len(PALETTE)) % len(LINES)],
        marker=MARKERS[number % len(MARKERS)],
        markersize=5,
        markevery=max(1, len(scales) // _MARKS),
        label=case.name + _ending(case),
    )


def _ending(case: SignalScales) -> str:
    """Say why a line is not drawn to its end."""
    scales = np.array([*case.activations, *case.gradients])
    if not (scales < _FARTHEST).all():
        return " (overflows)"
    return "" if (scales > 1 / _FARTHEST).all() else " (reaches zero)"
