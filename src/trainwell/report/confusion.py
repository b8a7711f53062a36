"""Confusion: which classes are taken for which."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trainwell.errors import ConfigurationError, ShapeError
from trainwell.report.figure import INK, MUTED, house_style, new_figure, sequential_map
from trainwell.report.wording import percent, shortened
from trainwell.types import FloatArray, IntArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CLASSES = 12
"""More classes than this cannot be read in one square: the rarer ones are put together."""


@dataclass(frozen=True, eq=False)
class Confusion:
    """How often each true class was predicted as each class.

    Parameters
    ----------
    classes : tuple of str
        Names of rows and columns; if classes were put together, the last one says so.
    counts : IntArray of shape (C, C)
        Rows of the table by true class (down) and predicted class (across).
    together : int, default=0
        How many classes the last row and column hold, if not one each.
    together_right : int, default=0
        Rows of those classes whose own class was predicted; the last number on the
        diagonal counts those, too, that were taken for another of them.
    """

    classes: tuple[str, ...]
    counts: IntArray
    together: int = 0
    together_right: int = 0

    @property
    def shares(self) -> FloatArray:
        """Counts as shares of their true class, (C, C); not a number without such rows."""
        totals = self.counts.sum(axis=1, keepdims=True, dtype=np.float64)
        totals[totals == 0] = np.nan
        return np.asarray(self.counts / totals)

    @property
    def right(self) -> int:
        """How many rows have their own class predicted."""
        diagonal = np.diagonal(self.counts)
        return int(diagonal[:-1].sum() + (self.together_right if self.together else diagonal[-1]))


@dataclass(frozen=True)
class ClassScore:
    """How well one class is told from the others.

    Parameters
    ----------
    name : str
        The class.
    rows : int
        Rows that truly are of this class.
    predicted : int
        Rows for which it was predicted.
    right : int
        Rows that are both.
    """

    name: str
    rows: int
    predicted: int
    right: int

    @property
    def recall(self) -> float | None:
        """Share of the class that was found, in [0, 1]; ``None`` if it has no rows."""
        return self.right / self.rows if self.rows else None

    @property
    def precision(self) -> float | None:
        """Share of its predictions that are right; ``None`` if it was never predicted."""
        return self.right / self.predicted if self.predicted else None


def confusion(
    true: Sequence[str],
    predicted: Sequence[str],
    classes: Sequence[str],
    *,
    most: int = MOST_CLASSES,
) -> Confusion:
    """Count how often each true class was predicted as each class; nothing is drawn.

    Parameters
    ----------
    true, predicted : sequence of str
        True and predicted class of each row, equally many.
    classes : sequence of str
        The order of the classes; further ones among the rows follow them.
    most : int, default=12
        Of more classes than this, at least 2, all but the ``most - 1`` with the most true
        rows are put together.

    Returns
    -------
    Confusion
        The counts.

    Raises
    ------
    ShapeError
        If there are not as many true as predicted classes.
    ConfigurationError
        If ``most`` is less than 2, or there is no class at all.

    Examples
    --------
    >>> from trainwell.report.confusion import confusion
    >>> table = confusion(["cat", "cat", "dog"], ["cat", "dog", "dog"], ["cat", "dog"])
    >>> table.counts.tolist(), table.shares.tolist(), table.right
    ([[1, 1], [0, 1]], [[0.5, 0.5], [0.0, 1.0]], 2)
    """
    if most < 2:
        raise ConfigurationError.out_of_range("confusion", "most", most, "at least 2")
    pairs = _pairs("confusion", true, predicted)
    names = _all_names(true, predicted, classes)
    if not names:
        raise ConfigurationError.out_of_range("confusion", "classes", (), "at least one")
    if len(names) <= most:
        return Confusion(names, _counted(pairs, {name: at for at, name in enumerate(names)}))
    rows = Counter(true)
    by_size = sorted(names, key=lambda name: -rows[name])  # the sort keeps the order of equals
    rare = set(by_size[most - 1 :])
    shown = [name for name in names if name not in rare]
    place = dict.fromkeys(rare, most - 1) | {name: at for at, name in enumerate(shown)}
    right = sum(count for (is_, said), count in pairs.items() if is_ == said and is_ in rare)
    label = f"{len(rare)} other classes"
    return Confusion((*shown, label), _counted(pairs, place), len(rare), right)


def class_scores(
    true: Sequence[str], predicted: Sequence[str], classes: Sequence[str]
) -> tuple[ClassScore, ...]:
    """Count, for each class, its rows, its predictions and where the two agree.

    Parameters
    ----------
    true, predicted : sequence of str
        True and predicted class of each row, equally many.
    classes : sequence of str
        The order of the classes; further ones among the rows follow them.

    Returns
    -------
    tuple of ClassScore
        One for every class.

    Raises
    ------
    ShapeError
        If there are not as many true as predicted classes.

    Examples
    --------
    >>> from trainwell.report.confusion import class_scores
    >>> cat, dog = class_scores(["cat", "cat", "dog"], ["cat", "dog", "dog"], ["cat", "dog"])
    >>> cat.recall, cat.precision, dog.recall, dog.precision
    (0.5, 1.0, 1.0, 0.5)
    """
    pairs = _pairs("class_scores", true, predicted)
    rows, said = Counter(true), Counter(predicted)
    return tuple(
        ClassScore(name, rows[name], said[name], pairs[name, name])
        for name in _all_names(true, predicted, classes)
    )


def mistakes(
    true: Sequence[str], predicted: Sequence[str], *, most: int = 10
) -> tuple[tuple[str, str, int], ...]:
    """Return the most frequent mistakes: true class, predicted class and how often.

    Parameters
    ----------
    true, predicted : sequence of str
        True and predicted class of each row, equally many.
    most : int, default=10
        At most so many of them.

    Returns
    -------
    tuple of (str, str, int)
        The most frequent first; equals by name.

    Raises
    ------
    ShapeError
        If there are not as many true as predicted classes.

    Examples
    --------
    >>> from trainwell.report.confusion import mistakes
    >>> mistakes(["cat", "cat", "dog"], ["dog", "dog", "dog"])
    (('cat', 'dog', 2),)
    """
    pairs = _pairs("mistakes", true, predicted)
    wrong = [(is_, said, count) for (is_, said), count in pairs.items() if is_ != said]
    return tuple(sorted(wrong, key=lambda mistake: (-mistake[2], *mistake[:2]))[:most])


def draw_confusion(table: Confusion) -> "Figure":
    r"""Draw the counts as a square: true classes down, predicted classes across.

    Each number is a count of rows, below it the share of its true class, which the colour
    shows as well.

    Parameters
    ----------
    table : Confusion
        What to draw.

    Returns
    -------
    matplotlib.figure.Figure
        A figure that grows with the number of classes.

    Examples
    --------
    >>> from trainwell.report.confusion import confusion, draw_confusion
    >>> table = confusion(["cat", "cat", "dog"], ["cat", "dog", "dog"], ["cat", "dog"])
    >>> (axes,) = draw_confusion(table).axes
    >>> [text.get_text() for text in axes.texts]
    ['1\n50 %', '1\n50 %', '0', '1\n100 %']
    """
    number = len(table.classes)
    cell = 1.15 if number <= 3 else 0.9 if number <= 6 else 0.68
    named = [shortened(name, 22) for name in table.classes]
    longest = max(len(name) for name in named)
    turned = longest > 9 * cell
    margin = 0.08 * longest
    side = cell * number
    size = (side + margin + 1.3, side + (0.75 * margin if turned else 0.25) + 0.7)
    with house_style():
        figure, (axes,) = new_figure(size)
        shares = np.nan_to_num(table.shares)
        axes.pcolormesh(shares, cmap=sequential_map(), vmin=0, vmax=1, edgecolors="white", lw=1.5)
        _write_cells(axes, table, shares, small=number > 6)
        axes.invert_yaxis()
        axes.set_aspect("equal")
        axes.grid(visible=False)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        places = np.arange(number) + 0.5
        totals = table.counts.sum(axis=1)
        axes.set_xticks(places, named, color=INK)
        if turned:
            axes.tick_params(axis="x", rotation=40)
            for label in axes.get_xticklabels():
                label.set(ha="right", rotation_mode="anchor")
        rows = [f"{name} ({total:,})" for name, total in zip(named, totals, strict=True)]
        axes.set_yticks(places, rows, color=INK)
        axes.set_xlabel("predicted class")
        axes.set_ylabel("true class (rows)")
    return figure


def _write_cells(axes: "Axes", table: Confusion, shares: FloatArray, *, small: bool) -> None:
    for (row, column), count in np.ndenumerate(table.counts):
        share = float(shares[row, column])
        words = f"{count:,}\n{percent(share)}" if count else "0"
        axes.text(
            column + 0.5,
            row + 0.5,
            words,
            ha="center",
            va="center",
            linespacing=1.35,
            fontsize=8 if small else 10.5,
            color="white" if share > 0.55 else INK if count else MUTED,
        )


def _pairs(owner: str, true: Sequence[str], predicted: Sequence[str]) -> Counter[tuple[str, str]]:
    if len(true) != len(predicted):
        raise ShapeError.mismatch(owner, "predicted", (len(predicted),), f"({len(true)},)")
    return Counter(zip(true, predicted, strict=True))


def _all_names(
    true: Sequence[str], predicted: Sequence[str], classes: Sequence[str]
) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*classes, *sorted({*true, *predicted})]))


def _counted(pairs: Counter[tuple[str, str]], place: dict[str, int]) -> IntArray:
    size = max(place.values()) + 1
    counts = np.zeros((size, size), dtype=np.int64)
    for (is_, said), count in pairs.items():
        counts[place[is_], place[said]] += count
    return counts
