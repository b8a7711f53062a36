"""An autopsy as a picture: what grew in the last steps of a run that broke."""

from collections.abc import Sequence
from math import isfinite, log10, nan
from typing import TYPE_CHECKING

from trainwell.diagnosis.autopsy import Autopsy
from trainwell.diagnosis.growth import Trace
from trainwell.report.figure import (
    LINES,
    MARKERS,
    NEGATIVE,
    PALETTE,
    house_style,
    new_figure,
)
from trainwell.report.wording import shortened

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PANELS = (
    ("Forward: activations", ("activation", "logits")),
    ("Loss", ("loss",)),
    ("Backward: gradient of the parameters", ("gradient",)),
    ("Update: parameters", ("parameter",)),
)
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MARKS = 8  # markers along a line: enough to tell it, few enough to see it
_LAYERS = len(PALETTE)


def draw_autopsy(found: Autopsy) -> "Figure":
    """Draw how large activations, loss, gradients and parameters were before a run broke.

    Every layer that has parameters is a line, from a network with more than seven of them
    the first three, the last three and the one that broke. An orange line marks the step
    that broke; a cross at the upper edge is a number that was not finite. A size of zero has
    no place on a logarithmic axis. The axes are those of the exponents: matplotlib's own
    overflow where these numbers do.

    Parameters
    ----------
    found : Autopsy
        What to draw.

    Returns
    -------
    matplotlib.figure.Figure
        Four panels under one legend.

    See Also
    --------
    trainwell.diagnosis.autopsy.autopsy : Makes one.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell import Constant, Data, GradientDescent, Job, Plan, SquaredError
    >>> from trainwell import autopsy, mlp, train
    >>> from trainwell.report.autopsy import draw_autopsy
    >>> plan = Plan(SquaredError(), GradientDescent(), Constant(30.0))
    >>> job = Job(mlp(1, (), 1), plan, Data(np.array([[1.0, 2.0]]), np.array([[0.0, 1.0]])))
    >>> run = train(job.network, job.plan, job.training)
    >>> figure = draw_autopsy(autopsy(job, run.state))
    >>> [axes.get_title(loc="left").split(":")[0] for axes in figure.axes]
    ['Forward', 'Loss', 'Backward', 'Update']
    """
    from matplotlib.ticker import MaxNLocator

    layers = _shown(found)
    with house_style():
        figure, panels = new_figure((9.6, 7.0), rows=2, columns=2, share_x=True)
        for axes, (title, quantities) in zip(panels, _PANELS, strict=True):
            traces = [trace for trace in found.traces if trace.quantity in quantities]
            _panel(axes, found.steps, [t for t in traces if t.layer in {0, *layers}], layers)
            axes.set_title(title)
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
        for axes in panels[2:]:
            axes.set_xlabel("step")
        for axes in panels[::2]:
            axes.set_ylabel("largest absolute value")
        handles: dict[str, Artist] = {}
        for axes in panels:
            lines, names = axes.get_legend_handles_labels()
            handles |= dict(zip(names, lines, strict=True))
        figure.legend(
            list(handles.values()),
            list(handles),
            loc="outside lower center",
            ncols=4,
            handlelength=3.4,
        )
        title = f"Step {found.broken.step} broke: {found.cause.reason}"
        figure.suptitle(shortened(title, 95), x=0.01, ha="left", fontsize=12)
    return figure


def _shown(found: Autopsy) -> list[int]:
    """Return the layers that are drawn: those with parameters, and not too many."""
    layers = sorted({trace.layer for trace in found.traces if trace.quantity == "parameter"})
    if len(layers) <= _LAYERS:
        return layers
    broken = min(layers, key=lambda layer: abs(layer - found.broken.layer))
    return sorted({*layers[:3], broken, *layers[-3:]})


def _panel(
    axes: "Axes", steps: Sequence[int], traces: Sequence[Trace], layers: Sequence[int]
) -> None:
    """Draw the lines of one panel, and what was not finite as a cross at its edge."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    exponents = [0.0]
    for trace in traces:
        number = layers.index(trace.layer) if trace.layer else len(PALETTE) - 1
        heights = [log10(value) if value else nan for value in trace.values]
        exponents += [height for height in heights if isfinite(height)]
        axes.plot(
            steps,
            heights,
            color=PALETTE[number],
            linestyle=LINES[number],
            marker=MARKERS[number],
            markersize=5,
            markevery=max(1, len(steps) // _MARKS),
            label=f"layer {trace.layer} ({trace.kind})" if trace.layer else trace.quantity,
        )
    low, high = min(exponents), max(exponents)
    middle, half = (low + high) / 2, max(1.0, 0.55 * (high - low))  # steady looks steady
    axes.set_ylim(middle - half, middle + half)
    axes.yaxis.set_major_locator(MaxNLocator(7, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(_power_of_ten))
    axes.axvline(
        steps[-1], color=NEGATIVE, linestyle="-", linewidth=0.9, zorder=1, label="step that broke"
    )
    if any(trace.values[-1] is None for trace in traces):
        axes.plot(
            steps[-1],
            middle + half,
            color=NEGATIVE,
            linestyle="none",
            marker="x",
            markersize=9,
            markeredgewidth=2,
            clip_on=False,
            label="not finite",
        )
    if len(steps) == 1:
        axes.set_xlim(steps[0] - 1, steps[0] + 1)


def _power_of_ten(exponent: float, *_: object) -> str:
    whole = round(exponent)
    if -2 <= whole <= 3:
        return f"{10.0**whole:g}"
    return "10" + str(whole).translate(_SUPERSCRIPTS)
