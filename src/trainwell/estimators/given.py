"""What an estimator is given: a matrix of numbers or a table, and the features it makes."""

from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import validate_data

from trainwell.data.cells import tidy
from trainwell.data.columns import Column, infer_column
from trainwell.data.encoding import TableEncoding, fit_encoding
from trainwell.data.frames import as_frame, holds_numbers_alone, is_categorical, to_polars
from trainwell.data.matrix import fit_matrix, matrix_features
from trainwell.errors import ConfigurationError
from trainwell.types import FloatArray

if TYPE_CHECKING:
    import polars as pl


FROM_DTYPE = "from_dtype"

BINS = 16
"""Pieces of a column of numbers, where there are rows enough to learn from each."""

FEWEST_TO_BOUND = 30
"""Fewer rows than this say nothing of outliers."""

FEWEST_TO_CUT = 500
"""Fewer rows than this are not cut into pieces."""


def read_input(
    estimator: Any, X: Any, categorical: Any = FROM_DTYPE, *, tabular: bool | None = None
) -> "FloatArray | pl.DataFrame":
    """Return what a caller gave as a matrix of numbers or a tidy table.

    Parameters
    ----------
    estimator : BaseEstimator
        Whose names and number of columns are set or checked.
    X : array, sparse matrix or data frame of shape (n_samples, n_features)
        Whatever the caller has.
    categorical : {"from_dtype"}, sequence or None, default="from_dtype"
        Columns that hold categories whatever they look like.
    tabular : bool or None, default=None
        What the estimator was fitted to; ``None`` while it is fitted.

    Returns
    -------
    FloatArray of shape (N, I) or polars.DataFrame
        A table where a column holds anything but numbers, or categories.

    Raises
    ------
    ValueError
        If it is empty, infinite, of another kind or not of the columns of the fit.
    """
    fitting = tabular is None
    frame = as_frame(X)
    listed = categorical is not None and not isinstance(categorical, str)
    if fitting:
        tabular = listed or (frame is not None and not holds_numbers_alone(frame))
    if not tabular:
        matrix: FloatArray = validate_data(
            estimator,
            X,
            reset=fitting,
            accept_sparse="csr",
            dtype=(np.float64, np.float32),
            ensure_all_finite="allow-nan",
        )
        return np.asarray(matrix.toarray()) if hasattr(matrix, "toarray") else matrix
    if frame is not None:
        validate_data(estimator, X, reset=fitting, skip_check_array=True)
        return tidy(to_polars(frame))
    matrix = validate_data(estimator, X, reset=fitting, dtype=None, ensure_all_finite=False)
    return _named(matrix)


def _named(matrix: np.ndarray[Any, Any]) -> "pl.DataFrame":
    """Return the columns of an array as a table whose names count them."""
    import polars as pl

    columns = [pl.Series(f"x{at}", matrix[:, at].tolist()) for at in range(matrix.shape[1])]
    return tidy(pl.DataFrame(columns))


def fit_features(
    given: "FloatArray | pl.DataFrame",
    names: Sequence[str] | None,
    categorical: "frozenset[str]",
    weight: FloatArray | None = None,
    *,
    standardize: bool = True,
    bins: int | None = 0,
) -> TableEncoding:
    """Fit an encoding to the training rows alone.

    Parameters
    ----------
    given : FloatArray of shape (N, I) or polars.DataFrame
        As :func:`read_input` returns.
    names : sequence of str or None
        Names of a matrix's columns; ``None`` counts them.
    categorical : frozenset of str
        Columns that hold categories.
    weight : FloatArray of shape (N,) or None, default=None
        Positive weights of the rows.
    standardize : bool, default=True
        Whether numbers are standardised.
    bins : int or None, default=0
        Pieces that tell a standardised number as well; ``None`` leaves it to the size.

    Returns
    -------
    TableEncoding
        What a file of ours holds.
    """
    if bins is None:
        numeric = given.shape[1] if isinstance(given, np.ndarray) else _numeric_columns(given)
        bins = suited_bins(len(given), numeric)
    if isinstance(given, np.ndarray):
        names = [f"x{at}" for at in range(given.shape[1])] if names is None else names
        encoding = fit_matrix(given, names, weight, standardize=standardize, bins=bins)
    else:
        columns = [_column(series, categorical) for series in given]
        encoding = fit_encoding(given, columns, weight, standardize=standardize, bins=bins)
    # Fewer rows say nothing of outliers.
    enough = standardize and len(given) >= FEWEST_TO_BOUND
    return encoding.suited_to(len(given)) if enough else encoding


def suited_bins(rows: int, numeric: int) -> int:
    """Return in how many pieces the numbers of a table are told: docs/defaults.md."""
    many = rows >= FEWEST_TO_CUT and 2 * BINS * numeric <= rows
    return BINS if many else 0


def _numeric_columns(frame: "pl.DataFrame") -> int:
    return sum(series.dtype.is_numeric() for series in frame)


def _column(series: "pl.Series", categorical: frozenset[str]) -> Column:
    """Return what a column is: numbers stay numbers, be they row numbers or not."""
    found = infer_column(series)
    if series.name in categorical and not found.word.startswith("every cell"):
        return replace(found, kind="categorical", word=f"{found.distinct} levels", form="")
    if series.dtype.is_numeric() and found.kind != "numeric" and found.distinct:
        return replace(found, kind="numeric", word="numbers")
    return found


def features_of(encoding: TableEncoding, given: "FloatArray | pl.DataFrame") -> FloatArray:
    """Return the features (N, F) of rows like those that the encoding was fitted to."""
    if isinstance(given, np.ndarray):
        return matrix_features(encoding, given)
    return encoding.apply(given)


def categorical_names(owner: str, setting: Any, X: Any, columns: Sequence[str]) -> frozenset[str]:
    """Return the names of the columns that hold categories.

    Parameters
    ----------
    owner : str
        Class that asks, for messages.
    setting : {"from_dtype"}, sequence of str, int or bool, or None
        What was asked for.
    X : array or data frame
        Whose kinds of columns ``"from_dtype"`` looks at.
    columns : sequence of str
        Names of the columns, in order.

    Returns
    -------
    frozenset of str
        Some of ``columns``.

    Raises
    ------
    ConfigurationError
        If the setting names what is no column.
    """
    if setting is None:
        return frozenset()
    if isinstance(setting, str):
        if setting != FROM_DTYPE:
            domain = "'from_dtype', None, or a list of names, numbers or truth values"
            raise ConfigurationError.out_of_range(owner, "categorical_features", setting, domain)
        frame = as_frame(X)
        kinds = {} if frame is None else frame.schema
        return frozenset(str(name) for name, kind in kinds.items() if is_categorical(kind))
    chosen = list(setting)
    if chosen and all(isinstance(one, bool | np.bool_) for one in chosen):
        if len(chosen) != len(columns):
            domain = f"{len(columns)} truth values, one a column"
            raise ConfigurationError.out_of_range(
                owner, "categorical_features", f"{len(chosen)} of them", domain
            )
        return frozenset(name for name, one in zip(columns, chosen, strict=True) if one)
    return frozenset(_name(owner, one, columns) for one in chosen)


def _name(owner: str, one: object, columns: Sequence[str]) -> str:
    if isinstance(one, str) and one in columns:
        return one
    if isinstance(one, Integral) and -len(columns) <= int(one) < len(columns):
        return columns[int(one)]
    domain = f"names or numbers of its {len(columns)} columns"
    raise ConfigurationError.out_of_range(owner, "categorical_features", one, domain)
