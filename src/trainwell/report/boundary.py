"""Decision boundaries: the predicted probability over a part of the plane, with the points."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trainwell.errors import ShapeError
from trainwell.report.figure import (
    INK,
    MARKERS,
    NEGATIVE,
    POSITIVE,
    diverging_map,
    house_style,
    new_figure,
)
from trainwell.types import BoolArray, FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARGIN = 0.08
"""Room around the points, as a share of their range."""


@dataclass(frozen=True, eq=False)
class Boundary:
    """What a picture of a decision boundary shows.

    Parameters
    ----------
    title : str
        Above the picture.
    points : FloatArray of shape (2, N)
        The examples.
    positive : BoolArray of shape (N,)
        Which of them have label 1.
    across, up : FloatArray of shape (R,)
        Coordinates of the grid.
    probability : FloatArray of shape (R, R)
        Predicted probability of label 1; row ``i`` is ``up[i]``.
    """

    title: str
    points: FloatArray
    positive: BoolArray
    across: FloatArray
    up: FloatArray
    probability: FloatArray


def decision_boundary(
    title: str,
    decide: Callable[[FloatArray], FloatArray],
    points: FloatArray,
    labels: FloatArray,
    *,
    resolution: int = 160,
) -> Boundary:
    """Compute the probabilities on a grid around the points; nothing is drawn.

    Parameters
    ----------
    title : str
        Above the picture.
    decide : callable
        Takes points (2, M) and returns the probability (M,) of label 1.
    points : FloatArray of shape (2, N)
        The examples to show.
    labels : FloatArray of shape (N,)
        Their labels, 0 or 1.
    resolution : int, default=160
        Grid points along each axis.

    Returns
    -------
    Boundary
        Grid, probabilities and points.

    Raises
    ------
    ShapeError
        If the points are not in the plane, there is none, or not one label for each.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.report.boundary import decision_boundary
    >>> square = np.array([[0.0, 1.0], [0.0, 1.0]])
    >>> half = decision_boundary("x > 0.5", lambda x: x[0] > 0.5, square, np.array([0, 1]))
    >>> float(half.probability.mean())
    0.5
    """
    if points.ndim != 2 or len(points) != 2 or not points.size or labels.shape != points.shape[1:]:
        shapes = f"{points.shape} and {labels.shape}"
        expected = "(2, N) and (N,), N positive"
        raise ShapeError.mismatch("decision_boundary", "points and labels", shapes, expected)
    lows, highs = points.min(axis=1), points.max(axis=1)
    room = MARGIN * np.maximum(highs - lows, 1e-9)
    across, up = (
        np.linspace(low - pad, high + pad, resolution)
        for low, high, pad in zip(lows, highs, room, strict=True)
    )
    grid = np.stack([part.ravel() for part in np.meshgrid(across, up)])
    probability = np.asarray(decide(grid), dtype=np.float64).reshape(resolution, resolution)
    return Boundary(title, points, labels > 0.5, across, up, probability)


def draw_boundary(boundary: Boundary) -> "Figure":
    """Draw one decision boundary.

    Parameters
    ----------
    boundary : Boundary
        What to draw.

    Returns
    -------
    matplotlib.figure.Figure
        One pair of axes.
    """
    return draw_boundaries((boundary,))


def draw_boundaries(boundaries: tuple[Boundary, ...]) -> "Figure":
    """Draw several decision boundaries side by side.

    Parameters
    ----------
    boundaries : tuple of Boundary
        From left to right.

    Returns
    -------
    matplotlib.figure.Figure
        One pair of axes each, with one legend below them all.
    """
    with house_style():
        figure, axes = new_figure((3.6 * len(boundaries), 4.0), columns=len(boundaries))
        for place, boundary in zip(axes, boundaries, strict=True):
            _draw(place, boundary)
            place.set_xlabel("x₁")
        axes[0].set_ylabel("x₂")
        handles, names = axes[0].get_legend_handles_labels()
        figure.legend(
            handles,
            names,
            loc="outside lower center",
            ncols=3,
            columnspacing=1.0,
            handletextpad=0.4,
            handlelength=1.5,
        )
    return figure


def _draw(axes: "Axes", boundary: Boundary) -> None:
    levels = np.linspace(0, 1, 11)
    shades = diverging_map()((levels[:-1] + levels[1:]) / 2)
    pale = (1 + shades[:, :3]) / 2  # a transparent colour would show a seam between two bands
    grid = boundary.across, boundary.up
    bands = axes.contourf(*grid, boundary.probability, levels, colors=pale)
    bands.set(edgecolor="face", linewidth=0.4)
    if boundary.probability.min() < 0.5 < boundary.probability.max():
        axes.contour(*grid, boundary.probability, [0.5], colors=INK, linewidths=1.2)
    classes = (
        ("label 1", boundary.positive, POSITIVE, MARKERS[0]),
        ("label 0", ~boundary.positive, NEGATIVE, MARKERS[1]),
    )
    for name, chosen, colour, marker in classes:
        x, y = boundary.points[:, chosen]
        axes.scatter(
            x, y, s=16, c=colour, marker=marker, edgecolors="white", linewidths=0.5, label=name
        )
    # An empty line, so that the legend explains the contour even where there is none.
    axes.plot([], [], color=INK, linestyle="-", linewidth=1.2, label="probability 0.5")
    axes.grid(visible=False)
    axes.set_xlim(boundary.across[0], boundary.across[-1])
    axes.set_ylim(boundary.up[0], boundary.up[-1])
    axes.set_title(boundary.title)
