"""How raw rows become features, as arrays alone: what a program of another library needs."""

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np

from trainwell.data.encoding import TableEncoding
from trainwell.data.inputs import NumericInput, PlainInput
from trainwell.data.moments import LARGEST, Spread
from trainwell.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class RawFeatures:
    r"""The encoding of a matrix of numbers, column by column.

    A number that is missing becomes the median. With :math:`T` pieces and :math:`K` marks in
    all, the features are the :math:`I` values, the pieces and the marks, taken in ``order``:

    .. math::

        \mathrm{value} = \min(\max(\tfrac{x / 2 - c / 2}{s / 2}, \mathrm{low}), \mathrm{high}),
        \qquad \mathrm{piece} = \min(\max(\tfrac{x / 2 - e / 2}{w}, 0), 1).

    Parameters
    ----------
    median : FloatArray of shape (I,)
        What a missing number becomes.
    standardized : bool
        Whether values are more than the numbers themselves.
    half_centre, half_scale, low, high : FloatArray of shape (I,)
        The value of a number; halves do not overflow when they are subtracted.
    piece_columns : IntArray of shape (T,)
        Which column each piece tells.
    half_starts, half_widths : FloatArray of shape (T,)
        Where it starts and how wide it is.
    mark_columns : IntArray of shape (K,)
        Columns whose missing numbers are marked.
    order : IntArray of shape (I + T + K,)
        Which of values, pieces and marks, in this order, each feature is.
    bounded : bool
        Whether features are drawn into (-1, 1).
    """

    median: FloatArray
    standardized: bool
    half_centre: FloatArray
    half_scale: FloatArray
    low: FloatArray
    high: FloatArray
    piece_columns: IntArray
    half_starts: FloatArray
    half_widths: FloatArray
    mark_columns: IntArray
    order: IntArray
    bounded: bool

    @cached_property
    def in_order(self) -> bool:
        """Whether values, pieces and marks follow each other as the features do."""
        return bool(np.array_equal(self.order, np.arange(len(self.order))))


def raw_features(encoding: TableEncoding) -> RawFeatures:
    """Return the encoding of a matrix of numbers as arrays.

    Parameters
    ----------
    encoding : TableEncoding
        As :func:`~trainwell.data.matrix.fit_matrix` returns.

    Returns
    -------
    RawFeatures
        Arrays in float64.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.matrix import fit_matrix
    >>> from trainwell.estimators.raw_features import raw_features
    >>> encoding = fit_matrix(np.array([[1.0, np.nan], [3.0, 7.0]]), ["height", "width"])
    >>> raw = raw_features(encoding)
    >>> raw.median.tolist(), raw.mark_columns.tolist(), raw.in_order
    ([1.0, 7.0], [1], True)
    """
    parts = [part for part in encoding.inputs if isinstance(part, NumericInput | PlainInput)]
    edges = [np.array(getattr(part, "edges", ()), np.float64) for part in parts]
    pieces = [max(0, len(cuts) - 1) for cuts in edges]
    marked = [int(part.indicator) for part in parts]
    columns = np.arange(len(parts))
    first_piece = [len(parts) + before for before in accumulate(pieces, initial=0)]
    first_mark = [first_piece[-1] + before for before in accumulate(marked, initial=0)]
    order = [
        place
        for at in range(len(parts))
        for place in (
            at,
            *range(first_piece[at], first_piece[at + 1]),
            *range(first_mark[at], first_mark[at + 1]),
        )
    ]
    spreads = [part.spread for part in parts]
    return RawFeatures(
        median=_each(spreads, "median"),
        standardized=any(isinstance(part, NumericInput) for part in parts),
        half_centre=_each(spreads, "centre") / 2,
        half_scale=_each(spreads, "scale") / 2,
        low=np.maximum(_each(spreads, "low"), -LARGEST),
        high=np.minimum(_each(spreads, "high"), LARGEST),
        piece_columns=np.repeat(columns, pieces),
        half_starts=np.concatenate([np.empty(0), *(cuts[:-1] / 2 for cuts in edges)]),
        half_widths=np.concatenate([np.empty(0), *(np.diff(cuts / 2) for cuts in edges)]),
        mark_columns=np.repeat(columns, marked),
        order=np.array(order),
        bounded=encoding.bounded,
    )


def _each(spreads: list[Spread], name: str) -> FloatArray:
    return np.array([getattr(spread, name) for spread in spreads], np.float64)
