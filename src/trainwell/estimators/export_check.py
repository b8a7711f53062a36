"""An exported model is tried on rows before it is handed out: it predicts the same, or is refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import numpy as np

from trainwell.data.encoding import TableEncoding
from trainwell.data.inputs import CategoryInput, DateInput, NumericInput, PlainInput
from trainwell.data.moments import Spread
from trainwell.engine.prediction import predict
from trainwell.errors import DependencyError, ExportError
from trainwell.estimators.fitted import Fitted
from trainwell.estimators.targets import Classes
from trainwell.randomness import generator
from trainwell.types import FloatArray

TOLERANCES = {"float32": 1e-4, "float64": 1e-9}
"""How far an exported model may be from ours, by the precision of the steps."""

KINDS_OF_ROWS, ROWS = 4, 64
"""Ordinary rows twice, rows with missing numbers, rows far from the training rows."""

_ROUNDING = 10.0
"""Two orders of summation differ by no more than this many times the rounding of one."""


def required(owner: str, package: str, extra: str) -> Any:
    """Return a package that an export needs.

    Parameters
    ----------
    owner : str
        Who asks, for the message.
    package : str
        Name to import.
    extra : str
        Extra of ours that installs it.

    Returns
    -------
    module
        The package.

    Raises
    ------
    DependencyError
        If it is not installed.
    """
    try:
        return import_module(package)
    except ImportError:
        raise DependencyError.missing(owner, package, extra) from None


def from_features(fitted: Fitted) -> Fitted:
    """Return a fit to a matrix; of a table, the fit to its features as they are.

    Parameters
    ----------
    fitted : Fitted
        To either.

    Returns
    -------
    Fitted
        Whose rows are a matrix of numbers.
    """
    translation = fitted.translation
    if not translation.tabular:
        return fitted
    names = translation.encoding.feature_names
    plain = tuple(PlainInput(name, Spread(), indicator=False) for name in names)
    return replace(fitted, translation=replace(translation, encoding=TableEncoding(plain)))


def trial_rows(fitted: Fitted) -> FloatArray:
    """Return rows on which an export is tried.

    Parameters
    ----------
    fitted : Fitted
        What is exported.

    Returns
    -------
    FloatArray of shape (N, I) or (N, F)
        Rows of a matrix around its training rows, some with missing numbers, some far away;
        of a table, features. In the precision of the fit's rows.
    """
    rng = generator(0, "rows that an export is tried on")
    encoding, precision = fitted.translation.encoding, fitted.translation.precision
    count = KINDS_OF_ROWS * ROWS
    if fitted.translation.tabular:
        parts = [_features(part, count, rng) for part in encoding.inputs]
        features = np.hstack(parts)
        return features / np.sqrt(1 + features**2) if encoding.bounded else features
    spreads = [getattr(part, "spread", Spread()) for part in encoding.inputs]
    centre = np.array([spread.centre for spread in spreads])
    scale = np.array([spread.scale for spread in spreads])
    held = np.array([isinstance(part, NumericInput) for part in encoding.inputs])
    shape = (count, len(spreads))
    steps = rng.standard_normal(shape)
    far = slice((KINDS_OF_ROWS - 1) * ROWS, count)
    # Numbers that are not standardised are not held either: far away is not so far.
    further = np.where(held, 10.0 ** rng.uniform(0, 12, shape), 4.0)
    steps[far] *= further[far]
    largest = float(np.finfo(precision).max)
    with np.errstate(over="ignore"):
        rows = np.clip(centre + scale * steps, -largest, largest)
    missing = slice((KINDS_OF_ROWS - 2) * ROWS, far.start)
    rows[missing][rng.random((ROWS, shape[1])) < 0.3] = np.nan
    rows[missing.start] = np.nan
    return rows.astype(precision)


def _features(part: Any, count: int, rng: np.random.Generator) -> FloatArray:
    """Return features (N, F) like those of one column of a table."""
    width = len(part.features)
    if isinstance(part, CategoryInput):
        one_hot: FloatArray = np.eye(width)[rng.integers(width, size=count)]
        return one_hot
    features = rng.random((count, width))
    value = rng.standard_normal(count)
    if isinstance(part, PlainInput):
        features[:, 0] = part.spread.centre + part.spread.scale * value
    elif isinstance(part, NumericInput | DateInput) and part.spread.scale:
        features[:, 0] = np.clip(value, part.spread.low, part.spread.high)
    return features


def answers(fitted: Fitted, rows: FloatArray) -> FloatArray:
    """Return probabilities (N, C), or numbers (N,) or (N, O), that a fit gives for rows (N, I)."""
    return _answers(fitted, fitted.outputs(rows, 1))


def _answers(fitted: Fitted, outputs: FloatArray) -> FloatArray:
    targets = fitted.translation.targets
    if isinstance(targets, Classes):
        return targets.probabilities(outputs)
    values = targets.decode(np.asarray(outputs, np.float64))
    return values.astype(fitted.translation.precision)


def _rounding(fitted: Fitted, rows: FloatArray, ours: FloatArray) -> FloatArray:
    """Return by how much rounding alone moves the answers to each kind of rows, (N, 1)."""
    if fitted.dtype == np.float64:
        return np.zeros((len(rows), 1))
    features = Features(fitted)(rows)
    columns = np.ascontiguousarray(features.T, np.float64)
    parts = [
        predict(
            fitted.network,
            fitted.loss,
            member.point.theta.astype(np.float64),
            member.point.buffers.astype(np.float64),
            columns,
        )
        for member in fitted.members
    ]
    exact = _answers(fitted, np.mean(parts, axis=0))
    moved = _distance(exact, ours).reshape(KINDS_OF_ROWS, -1).max(axis=1)
    return np.repeat(moved, ROWS)[:, np.newaxis]
