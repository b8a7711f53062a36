"""Residuals: how far predicted numbers are from the true ones, and where."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trainwell.errors import ConfigurationError, DataError, ShapeError
from trainwell.report.figure import (
    INK,
    MUTED,
    NEGATIVE,
    POSITIVE,
    house_style,
    new_figure,
    sequential_map,
)
from trainwell.report.wording import shortened
from trainwell.types import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_POINTS = 1000
"""More rows than this are drawn as the density of points, not as points."""


@dataclass(frozen=True, eq=False)
class Residuals:
    """Predicted numbers and what is missing from them to the true ones.

    Parameters
    ----------
    true, predicted : FloatArray of shape (N,)
        Numbers in the unit of the target.
    trend : tuple of (float, float)
        Mean prediction and mean residual of groups of rows, by rising prediction: a line
        that should stay near zero. Empty if there are few rows or all predictions are equal.
    """

    true: FloatArray
    predicted: FloatArray
    trend: tuple[tuple[float, float], ...]

    @property
    def values(self) -> FloatArray:
        """True minus predicted, (N,): positive where the prediction is too low."""
        return self.true - self.predicted

    @property
    def bias(self) -> float:
        """Mean residual: positive where predictions are too low on the whole."""
        return float(self.values.mean())

    def within(self, share: float) -> float:
        """Return the distance from the truth that ``share`` of the predictions keep."""
        return float(np.quantile(np.abs(self.values), share))


def residuals(true: FloatArray, predicted: FloatArray, *, groups: int = 12) -> Residuals:
    """Collect what a picture of residuals shows; nothing is drawn.

    Parameters
    ----------
    true, predicted : FloatArray of shape (N,)
        True and predicted numbers; not modified.
    groups : int, default=12
        Into how many groups of equally many rows the trend is divided at most, at least
        1; a group has 20 rows or more, or there is no trend.

    Returns
    -------
    Residuals
        The numbers.

    Raises
    ------
    ConfigurationError
        If ``groups`` is less than 1.
    ShapeError
        If there are not as many true as predicted numbers.
    DataError
        If there are no rows, or a number is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.report.residuals import residuals
    >>> found = residuals(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 1.0]))
    >>> found.values.tolist(), found.bias, found.within(0.5)
    ([0.0, 1.0, 2.0], 1.0, 1.0)
    """
    if groups < 1:
        raise ConfigurationError.out_of_range("residuals", "groups", groups, "at least 1")
    truth, guess = np.asarray(true, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    if truth.ndim != 1 or truth.shape != guess.shape:
        expected = f"{truth.shape[:1]}, as true has"
        raise ShapeError.mismatch("residuals", "predicted", guess.shape, expected)
    if not truth.size:
        raise DataError.in_array("residuals", "true", "is empty")
    for name, values in (("true", truth), ("predicted", guess)):
        if not np.isfinite(values).all():
            raise DataError.in_array("residuals", name, "is not finite everywhere")
    groups = min(groups, truth.size // 20) if guess.min() < guess.max() else 0
    order = np.argsort(guess, kind="stable")
    trend = tuple(
        (float(guess[part].mean()), float((truth - guess)[part].mean()))
        for part in (np.array_split(order, groups) if groups else ())
    )
    return Residuals(truth, guess, trend)


def draw_residuals(found: Residuals, target: str) -> "Figure":
    """Draw predicted against true numbers, and residuals against predicted ones.

    Parameters
    ----------
    found : Residuals
        What to draw.
    target : str
        Name of the target, for the axes.

    Returns
    -------
    matplotlib.figure.Figure
        Two axes side by side: points, or the number of rows around where there are many.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.report.residuals import draw_residuals, residuals
    >>> found = residuals(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 1.0]))
    >>> left, right = draw_residuals(found, "price").axes
    >>> left.get_xlabel(), right.get_xlabel(), left.get_xlim() == left.get_ylim()
    ('true price', 'predicted price', True)
    """
    from matplotlib.ticker import MaxNLocator

    name = shortened(target, 28)
    both = _range(np.concatenate([found.true, found.predicted]))
    constant = bool(found.predicted.min() == found.predicted.max())
    across = both if constant else _range(found.predicted)
    around = _range(np.append(found.values, 0.0))
    with house_style():
        figure, (left, right) = new_figure((9.6, 4.6), columns=2)
        _scatter(left, right, found, (both, across, around))
        left.plot(both, both, color=MUTED, linestyle="--", lw=1.2, label="predicted = true")
        left.set(xlim=both, ylim=both, xlabel=f"true {name}", ylabel=f"predicted {name}")
        right.axhline(0, color=MUTED, linestyle="--", lw=1.2)
        right.set(xlim=across, ylim=around, xlabel=f"predicted {name}")
        right.set_ylabel("true \N{MINUS SIGN} predicted")
        if len(found.trend) > 1:
            x, y = zip(*found.trend, strict=True)
            right.plot(x, y, "-", color=NEGATIVE, lw=2, label="mean of the rows around")
        for axes in (left, right):
            for axis, number in ((axes.xaxis, 5), (axes.yaxis, 6)):
                axis.set_major_locator(MaxNLocator(number, steps=[1, 2, 2.5, 5, 10]))
                axis.set_major_formatter(lambda value, _: _tick(value))
            if axes.get_legend_handles_labels()[0]:
                axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 0.99), labelcolor=INK)
    return figure


def _range(values: FloatArray) -> tuple[float, float]:
    """Return a range around the values that is never empty."""
    low, high = float(values.min()), float(values.max())
    margin = 0.04 * (high - low) or 0.05 * abs(high) or 1.0
    return low - margin, high + margin


def _scatter(
    left: "Axes", right: "Axes", found: Residuals, ranges: tuple[tuple[float, float], ...]
) -> None:
    both, across, around = ranges
    clouds = (
        (left, found.true, found.predicted, (*both, *both)),
        (right, found.predicted, found.values, (*across, *around)),
    )
    if found.true.size <= MOST_POINTS:
        alpha = 0.8 if found.true.size < 100 else 0.45
        for axes, x, y, _ in clouds:
            axes.plot(x, y, "o", color=POSITIVE, markersize=5, alpha=alpha, markeredgewidth=0)
        return
    from matplotlib.colors import LogNorm

    cells = [
        axes.hexbin(x, y, gridsize=(38, 22), mincnt=1, extent=extent, cmap=sequential_map())
        for axes, x, y, extent in clouds
    ]
    most = max(float(hexagons.get_clim()[1] or 0) for hexagons in cells)
    for hexagons in cells:
        # Below one, so that a cell of a single row is not as white as the paper.
        hexagons.set_norm(LogNorm(0.4, max(most, 2.0)))
        hexagons.set_edgecolor("face")
    bar = left.figure.colorbar(cells[1], ax=right, label="rows", pad=0.02)
    bar.solids.set_rasterized(False)  # type: ignore[union-attr]
    bar.ax.set_ylim(1, max(most, 2.0))
    bar.ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    bar.ax.yaxis.set_minor_formatter(lambda *_: "")


def _tick(value: float) -> str:
    written = f"{value:,.10g}" if abs(value) < 1e6 else f"{value:.4g}"
    return written.replace("-", "\N{MINUS SIGN}")
