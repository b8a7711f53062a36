"""A matrix of numbers as features: the encoding of a table, all columns at once."""

from collections.abc import Sequence

import numpy as np

from trainwell.data.encoding import TableEncoding
from trainwell.data.inputs import CategoryInput, NumericInput, PlainInput, edges_of, pieces_of
from trainwell.data.moments import Spread, standardised
from trainwell.errors import ShapeError
from trainwell.types import BoolArray, FloatArray

AT_ONCE = 2**20
"""Numbers that are encoded together, to bound the memory."""


def fit_matrix(
    x: FloatArray,
    names: Sequence[str],
    weight: FloatArray | None = None,
    *,
    standardize: bool = True,
    bins: int = 0,
) -> TableEncoding:
    """Fit an encoding to a matrix of numbers, NaN where one is missing.

    Every column is an input. Unlike a column of a table, one that is constant keeps its
    feature, which is zero: the features of complete numbers are as many as the columns.

    Parameters
    ----------
    x : FloatArray of shape (N, I)
        The training rows alone; finite, or NaN.
    names : sequence of str
        Names of the columns.
    weight : FloatArray of shape (N,) or None, default=None
        Positive weights of the rows.
    standardize : bool, default=True
        Whether numbers are standardised.
    bins : int, default=0
        Pieces that tell a standardised number as well.

    Returns
    -------
    TableEncoding
        The one of a table with these columns, but for the constant ones.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.matrix import fit_matrix, matrix_features
    >>> x = np.array([[1.0, 7.0], [3.0, 7.0]])
    >>> matrix_features(fit_matrix(x, ["height", "constant"]), x).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    inputs: list[NumericInput | PlainInput] = []
    missing: BoolArray = np.asarray(np.isnan(x).any(axis=0))
    columns = np.ascontiguousarray(x.T, np.float64)
    if weight is None and not missing.any():
        spreads = Spread.of_rows(columns)
    else:
        spreads = [Spread.of(values, weight) for values in columns]
    parts = zip(names, columns, spreads, missing.tolist(), strict=True)
    for name, values, spread, gaps in parts:
        if not standardize:
            inputs.append(PlainInput(name, spread, gaps))
            continue
        kept = spread if spread.scale else Spread(spread.median, spread.centre, 1.0)
        inputs.append(NumericInput(name, kept, gaps, (), edges_of(values, weight, bins)))
    return TableEncoding(tuple(inputs))


def matrix_features(encoding: TableEncoding, x: FloatArray) -> FloatArray:
    """Return the features of a matrix of numbers, NaN where one is missing.

    Parameters
    ----------
    encoding : TableEncoding
        Of a matrix, as :func:`fit_matrix` returns.
    x : FloatArray of shape (N, I)
        Finite, or NaN; not modified.

    Returns
    -------
    FloatArray of shape (N, F)
        Finite, in the precision of ``x``; what :meth:`TableEncoding.apply` returns for the
        columns of a table, to the bit of that precision.

    Raises
    ------
    ShapeError
        If ``x`` has another number of columns than the encoding has inputs.
    """
    width = len(encoding.inputs)
    if x.ndim != 2 or x.shape[1] != width:
        raise ShapeError.mismatch("matrix_features", "x", x.shape, f"(N, {width})")
    dtype = np.float32 if x.dtype == np.float32 else np.float64
    features = np.empty((len(x), len(encoding.feature_names)), dtype)
    together = max(1, AT_ONCE // max(1, width))
    for start in range(0, len(x), together):
        rows = slice(start, start + together)
        values = _features(encoding, np.asarray(x[rows], np.float64))
        features[rows] = values / np.sqrt(1 + values**2) if encoding.bounded else values
    return features


def _features(encoding: TableEncoding, x: FloatArray) -> FloatArray:
    median, centre, scale, low, high = encoding.statistics.T
    missing = np.isnan(x)
    filled = np.where(missing, median, x) if missing.any() else x
    values = filled
    if isinstance(encoding.inputs[0], NumericInput):
        values = np.clip(standardised(filled, centre, scale), low, high)
    if len(encoding.feature_names) == len(encoding.inputs):
        return values
    columns = []
    for at, part in enumerate(encoding.inputs):
        columns.append(values[:, at : at + 1])
        if isinstance(part, NumericInput) and part.edges:
            columns.append(pieces_of(filled[:, at], part))
        if not isinstance(part, CategoryInput) and part.indicator:
            columns.append(missing[:, at : at + 1].astype(np.float64))
    return np.hstack(columns)
