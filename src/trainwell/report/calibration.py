"""Calibration: whether what is given 80 % happens in 80 % of the cases."""

from dataclasses import dataclass
from math import exp, floor, lgamma, log
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from trainwell.errors import ConfigurationError, DataError, ShapeError
from trainwell.report.figure import INK, MUTED, POSITIVE, house_style, new_figure
from trainwell.report.interval import wilson_interval
from trainwell.report.wording import shortened
from trainwell.types import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class ReliabilityBin:
    """Rows whose predicted probabilities are alike.

    Parameters
    ----------
    low, high : float
        The probabilities that belong to it: above ``low`` (0 included) to ``high``.
    rows : int
        How many rows have one of them.
    happened : int
        For how many of these the event came true.
    mean_probability : float or None
        Mean of their probabilities; ``None`` without rows.
    """

    low: float
    high: float
    rows: int
    happened: int
    mean_probability: float | None

    @property
    def share(self) -> float | None:
        """Share of the rows for which the event came true; ``None`` without rows."""
        return self.happened / self.rows if self.rows else None

    @property
    def interval(self) -> tuple[float, float]:
        """True shares that the observed one agrees with, by Wilson at 95 %."""
        return wilson_interval(self.happened, self.rows)


@dataclass(frozen=True)
class Calibration:
    """How predicted probabilities compare with what happened.

    Parameters
    ----------
    bins : tuple of ReliabilityBin
        From probability 0 to 1, equally wide.
    """

    bins: tuple[ReliabilityBin, ...]

    @property
    def rows(self) -> int:
        """Number of rows in all bins."""
        return sum(bin_.rows for bin_ in self.bins)

    @property
    def mean_probability(self) -> float:
        """Mean of all predicted probabilities, in [0, 1]."""
        filled = [(b.rows, b.mean_probability) for b in self.bins if b.mean_probability is not None]
        return sum(rows * mean for rows, mean in filled) / self.rows

    @property
    def share(self) -> float:
        """Share of all rows for which the event came true."""
        return sum(bin_.happened for bin_ in self.bins) / self.rows

    @property
    def error(self) -> float:
        r"""Expected calibration error, in [0, 1]: the mean distance of share and probability.

        .. math:: \sum_b \frac{n_b}{N} \left| \bar y_b - \bar p_b \right|

        References
        ----------
        .. [1] C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On calibration of modern
           neural networks", ICML 2017, equation 3.
        """
        distances = (
            abs(bin_.happened - bin_.rows * bin_.mean_probability)
            for bin_ in self.bins
            if bin_.mean_probability is not None
        )
        return sum(distances) / self.rows

    @property
    def error_by_chance(self) -> float:
        r"""The error to be expected on so many rows if every probability were right.

        Each bin counts as :math:`n_b` throws of a coin of probability :math:`\bar p_b`; the
        mean distance of their number of heads from its mean is known in closed form.

        References
        ----------
        .. [1] P. Diaconis and S. Zabell, "Closed form summation for classical distributions:
           variations on a theme of de Moivre", Statistical Science 6(3), 1991, equation 1.1.
        """
        distances = (
            _mean_distance(bin_.rows, bin_.mean_probability)
            for bin_ in self.bins
            if bin_.mean_probability is not None
        )
        return sum(distances) / self.rows


def calibration(probabilities: FloatArray, happened: BoolArray, *, bins: int = 10) -> Calibration:
    """Compare predicted probabilities with what happened, bin by bin; nothing is drawn.

    Parameters
    ----------
    probabilities : FloatArray of shape (N,)
        Predicted probability of an event for each row, in [0, 1]; not modified.
    happened : BoolArray of shape (N,)
        Whether it came true.
    bins : int, default=10
        Into how many equal parts [0, 1] is divided; at least 1.

    Returns
    -------
    Calibration
        The bins, empty ones included.

    Raises
    ------
    ConfigurationError
        If ``bins`` is less than 1.
    ShapeError
        If there are not as many probabilities as events.
    DataError
        If there are no rows, or a probability is outside [0, 1].

    Examples
    --------
    Two rows of three come true where 60 % were given:

    >>> import numpy as np
    >>> from trainwell.report.calibration import calibration
    >>> found = calibration(np.array([0.6, 0.6, 0.6]), np.array([True, True, False]))
    >>> round(found.error, 4), [bin_.rows for bin_ in found.bins]
    (0.0667, [0, 0, 0, 0, 0, 3, 0, 0, 0, 0])
    """
    if bins < 1:
        raise ConfigurationError.out_of_range("calibration", "bins", bins, "at least 1")
    given, came = np.asarray(probabilities, dtype=np.float64), np.asarray(happened, dtype=np.bool_)
    if given.ndim != 1 or given.shape != came.shape:
        expected = "(N,), as the probabilities have"
        raise ShapeError.mismatch("calibration", "happened", came.shape, expected)
    if not given.size:
        raise DataError.in_array("calibration", "probabilities", "are empty")
    if not ((given >= 0) & (given <= 1)).all():
        raise DataError.in_array("calibration", "probabilities", "are not all in [0, 1]")
    edges = np.linspace(0, 1, bins + 1)
    place = np.searchsorted(edges[1:-1], given)
    counts = np.bincount(place, minlength=bins)
    sums = np.bincount(place, given, bins)
    events = np.bincount(place[came], minlength=bins)
    return Calibration(
        tuple(
            ReliabilityBin(low, high, int(rows), int(true), float(total / rows) if rows else None)
            for low, high, rows, true, total in zip(
                edges[:-1].tolist(), edges[1:].tolist(), counts, events, sums, strict=True
            )
        )
    )


def top_label(probabilities: FloatArray, true: IntArray) -> tuple[FloatArray, BoolArray]:
    """Return how sure each answer is, and whether it is right.

    Parameters
    ----------
    probabilities : FloatArray of shape (N, C)
        Predicted probability of each class for each row; not modified.
    true : IntArray of shape (N,)
        Number of the true class, -1 if it is none of these.

    Returns
    -------
    sureness : FloatArray of shape (N,)
        Largest probability of each row.
    right : BoolArray of shape (N,)
        Whether it is that of the true class; of equal ones, the first counts.

    Raises
    ------
    ShapeError
        If the shapes do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.report.calibration import top_label
    >>> sureness, right = top_label(np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]]), np.array([0, 1]))
    >>> sureness.tolist(), right.tolist()
    ([0.7, 0.4], [True, False])
    """
    given, wanted = np.asarray(probabilities, dtype=np.float64), np.asarray(true)
    if given.ndim != 2 or wanted.shape != given.shape[:1] or not given.shape[1]:
        shape = given.shape, wanted.shape
        raise ShapeError.mismatch("top_label", "probabilities and true", shape, "(N, C) and (N,)")
    return given.max(axis=1), given.argmax(axis=1) == wanted


def draw_calibration(found: Calibration, event: str) -> "Figure":
    """Draw how often events came true against their probability, above how many there are.

    Parameters
    ----------
    found : Calibration
        What to draw.
    event : str
        What was predicted, for the axes: ``"species is Adelie"``.

    Returns
    -------
    matplotlib.figure.Figure
        Two axes, one above the other.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.report.calibration import calibration, draw_calibration
    >>> found = calibration(np.array([0.1, 0.9]), np.array([False, True]))
    >>> upper, lower = draw_calibration(found, "the answer is right").axes
    >>> lower.get_ylabel()
    'rows'
    """
    with house_style():
        figure, (upper, lower) = new_figure((5.6, 5.6), rows=2, share_x=True)
        if (grid := upper.get_gridspec()) is not None:
            grid.set_height_ratios([3, 1])
        _draw_shares(upper, found)
        upper.set_ylabel("observed share")
        edges = [bin_.low for bin_ in found.bins]
        widths = [bin_.high - bin_.low for bin_ in found.bins]
        counts = [bin_.rows for bin_ in found.bins]
        bars = lower.bar(
            edges, counts, widths, align="edge", color=POSITIVE, alpha=0.35, edgecolor="white"
        )
        labels = [f"{count:,}" if count else "" for count in counts]
        lower.bar_label(bars, labels, padding=2, fontsize=8, color=MUTED)
        lower.set_ylim(0, 1.3 * max(counts))
        lower.grid(visible=False, axis="x")
        lower.set_xlim(-0.02, 1.02)
        lower.set_xticks(np.linspace(0, 1, 6))
        lower.set_ylabel("rows")
        lower.locator_params(axis="y", nbins=3, integer=True)
        lower.yaxis.set_major_formatter("{x:,.0f}")
        label = shortened(f"predicted probability that {event}", 110)
        lower.set_xlabel(fill(label, 55, break_on_hyphens=False))
    return figure


def _draw_shares(axes: "Axes", found: Calibration) -> None:
    axes.plot([0, 1], [0, 1], color=MUTED, linestyle="--", lw=1.2, label="perfectly calibrated")
    filled = [bin_ for bin_ in found.bins if bin_.rows]
    means = np.array([bin_.mean_probability for bin_ in filled], dtype=np.float64)
    lows, highs = zip(*(bin_.interval for bin_ in filled), strict=True)
    axes.vlines(means, lows, highs, color=POSITIVE, lw=1.4)
    axes.plot(
        means,
        np.array([bin_.share for bin_ in filled], dtype=np.float64),
        linestyle="none",
        marker="o",
        markersize=7,
        color=POSITIVE,
        markeredgecolor="white",
        label="observed, with 95 % interval",
        clip_on=False,
        zorder=3,
    )
    axes.set_ylim(-0.02, 1.02)
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, labelcolor=INK)


def _mean_distance(rows: int, probability: float) -> float:
    """Return the mean distance of a binomial number from its mean."""
    if probability <= 0 or probability >= 1:
        return 0.0
    above = min(floor(rows * probability) + 1, rows)
    logarithm = (
        lgamma(rows + 1)
        - lgamma(above + 1)
        - lgamma(rows - above + 1)
        + above * log(probability)
        + (rows - above + 1) * log(1 - probability)
    )
    return 2 * above * exp(logarithm)
