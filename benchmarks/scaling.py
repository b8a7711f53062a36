"""Our time beside arithmetic: more rows, more epochs, wider layers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from benchmarks import ours
from benchmarks.options import Options
from benchmarks.result import Comparison, Row
from benchmarks.timing import OURS, Timing, interleaved
from benchmarks.work import MEDIUM, Work

BASE = replace(MEDIUM, name="base", rows=2048, epochs=4)
FACTORS = (2, 3, 5, 7, 10)
WIDTHS = (2, 4)
UNIT = "ms"

# Okabe and Ito's colours: they differ for every kind of colour vision.
STYLES = {"rows": ("#0072B2", "o"), "epochs": ("#E69F00", "s"), "width": ("#009E73", "^")}


@dataclass(frozen=True)
class Size:
    """A larger work.

    Parameters
    ----------
    what : {"rows", "epochs", "width"}
        What grew.
    factor : int
        By how much.
    work : Work
        The work itself.
    """

    what: str
    factor: int
    work: Work


def operations(work: Work) -> float:
    """Return the floating-point operations of a work's matrix products.

    A layer from ``i`` to ``o`` units takes ``2 i o`` operations an example forward, as many
    for the gradient of its weights, and as many for that of its input, unless it is the first.
    """
    pairs = list(pairwise(work.widths))
    forward = sum(2 * inputs * outputs for inputs, outputs in pairs)
    first = 2 * pairs[0][0] * pairs[0][1]
    return float((3 * forward - first) * work.rows * work.epochs)


def wider(work: Work, factor: int) -> Work:
    """Return a work whose hidden layers have more units."""
    inputs, *hidden, outputs = work.widths
    return replace(work, widths=(inputs, *(factor * units for units in hidden), outputs))


def sizes() -> list[Size]:
    """Return the base and everything larger."""
    return [
        Size("rows", 1, BASE),
        *(Size("rows", factor, replace(BASE, rows=factor * BASE.rows)) for factor in FACTORS),
        *(Size("epochs", factor, replace(BASE, epochs=factor * BASE.epochs)) for factor in FACTORS),
        *(Size("width", factor, wider(BASE, factor)) for factor in WIDTHS),
    ]


def scaling(options: Options) -> list[Comparison]:
    """Time ever larger works, and draw them if a file is named."""
    known = sizes()
    candidates = [replace(ours.training(size.work, options.engine), units=1) for size in known]
    timings = interleaved(candidates, options.repeats)
    if options.plot is not None:
        draw(known, timings, options.plot)
    base = timings[0]
    rows = []
    for size, timing in zip(known, timings, strict=True):
        arithmetic = operations(size.work) / operations(BASE)
        rows.append(
            Row(
                OURS,
                f"{size.what} x {size.factor}, arithmetic x {arithmetic:.1f}",
                timing.best * 1e3,
                timing.median * 1e3,
                timing.best / base.best / arithmetic,
                timing.median / base.median / arithmetic,
            )
        )
    note = "the ratio is the growth of the time over that of the arithmetic"
    return [Comparison("scaling", f"from {BASE.sentence}", UNIT, tuple(rows), (note,))]


def draw(known: Sequence[Size], timings: Sequence[Timing], path: Path) -> None:
    """Draw time against arithmetic on logarithmic axes, with what arithmetic predicts."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

    work = [operations(size.work) / 1e9 for size in known]
    spent = [timing.best * 1e3 for timing in timings]
    figure, axes = plt.subplots(figsize=(6, 4.2), layout="constrained")
    ends = [min(work), max(work)]
    predicted = [spent[0] * end / work[0] for end in ends]
    axes.plot(ends, predicted, color="0.4", linestyle="--", label="in proportion to arithmetic")
    for what, (colour, marker) in STYLES.items():
        places = [0, *(k for k, size in enumerate(known) if k and size.what == what)]
        axes.plot(
            [work[k] for k in places],
            [spent[k] for k in places],
            color=colour,
            marker=marker,
            label=f"more {what}",
        )
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="arithmetic of the matrix products (10⁹ operations)",
        ylabel="time of training (ms, best repeat)",
        title="Time of training beside arithmetic",
    )
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_locator(NullLocator())
    axes.grid(visible=True, color="0.9")
    axes.legend(frameon=False)
    figure.savefig(path, dpi=150)
    plt.close(figure)
