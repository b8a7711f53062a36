"""The course's three pictures: the examples, the cost, the decision boundary."""

from collections.abc import Callable, Sequence

import numpy as np

from trainwell.course.dictionary_network import Labels
from trainwell.types import FloatArray

GRID_STEP = 0.01
MOST_STEPS = 1000
MARGIN = 1.0


def plot_examples(X: FloatArray, Y: Labels) -> None:
    """Scatter the examples, coloured by label, and show them.

    Parameters
    ----------
    X : FloatArray of shape (2, N)
        Inputs; examples are columns.
    Y : ndarray of shape (1, N)
        Labels.
    """
    import matplotlib.pyplot as plt

    plt.scatter(X[0], X[1], c=np.ravel(Y), s=40, cmap="Spectral")
    plt.show()


def plot_costs(costs: Sequence[float], unit: str, learning_rate: float) -> None:
    """Draw the recorded costs and show them.

    Parameters
    ----------
    costs : sequence of float
        One for each record; an infinite one is left out of the line.
    unit : str
        What lies between two records, for example ``"iterations (x1,000)"``.
    learning_rate : float
        For the title.
    """
    import matplotlib.pyplot as plt

    plt.plot(np.where(np.isfinite(costs), costs, np.nan))
    plt.ylabel("cost")
    plt.xlabel(unit)
    plt.title(f"Learning rate = {learning_rate}")
    plt.show()


def plot_decision_boundary(
    model: Callable[[FloatArray], FloatArray], X: FloatArray, y: Labels
) -> None:
    """Colour the plane by the model's decision, draw the examples over it, and show both.

    Parameters
    ----------
    model : callable
        Takes points of shape (B, 2), one a row, and returns a number or truth value
        for each.
    X : FloatArray of shape (2, N)
        Inputs; the picture reaches 1 beyond them on every side. It is asked every 0.01,
        or in a thousand places along an axis where those would be more.
    y : ndarray of shape (1, N)
        Labels.
    """
    import matplotlib.pyplot as plt

    x1, x2 = (_places(float(row.min()), float(row.max())) for row in X)
    first, second = np.meshgrid(x1, x2)
    decision = np.asarray(model(np.c_[first.ravel(), second.ravel()]), dtype=float)
    plt.contourf(first, second, decision.reshape(first.shape), cmap="Spectral")
    plt.ylabel("x2")
    plt.xlabel("x1")
    plt.scatter(X[0], X[1], c=np.ravel(y), cmap="Spectral")
    plt.show()


def _places(low: float, high: float) -> FloatArray:
    """Return where an axis is asked, from a margin below the examples to one above."""
    start, stop = low - MARGIN, high + MARGIN
    return np.arange(start, stop, max(GRID_STEP, (stop - start) / MOST_STEPS))
