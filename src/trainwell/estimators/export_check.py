"""An exported model is tried on rows first: it predicts the same, or it is refused."""

from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from trainwell.data.encoding import TableEncoding
from trainwell.data.inputs import CategoryInput, DateInput, NumericInput, PlainInput
from trainwell.data.moments import Spread
from trainwell.errors import DependencyError, ExportError
from trainwell.estimators.fitted import Fitted
from trainwell.estimators.targets import Classes, Measured
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
    targets = fitted.translation.targets
    with np.errstate(over="ignore", invalid="ignore"):  # far away infinity is an answer, too
        outputs = fitted.outputs(rows, 1)
        if isinstance(targets, Classes):
            return targets.probabilities(outputs)
        values = targets.decode(np.asarray(outputs, np.float64))
        return values.astype(fitted.translation.precision)


def require_same_answers(owner: str, fitted: Fitted, rows: FloatArray, theirs: FloatArray) -> None:
    r"""Refuse an exported model whose answers are not ours.

    With :math:`u` and :math:`c` the scale and centre of a target, an answer :math:`a` of ours
    may be missed by

    .. math:: \tau\,(u + |a - c|) + 4 \epsilon |a| + 10 r,

    where :math:`\tau` is the tolerance of the precision, :math:`\epsilon` the rounding of an
    answer's own digits, and :math:`r` what rounding alone moves answers to such rows.
    Probabilities may be missed by :math:`\tau + 10 r`.

    Parameters
    ----------
    owner : str
        Who exports, for the message.
    fitted : Fitted
        What was exported.
    rows : FloatArray of shape (N, I) or (N, F)
        As :func:`trial_rows` returns.
    theirs : FloatArray of shape (N, C), (N,) or (N, O)
        What the exported model answers to them.

    Raises
    ------
    ExportError
        If an answer is further away than that, or they have another shape.
    """
    ours = answers(from_features(fitted), rows)
    if theirs.shape != ours.shape:
        reason = f"its answers have shape {theirs.shape} instead of {ours.shape}"
        raise ExportError.not_exported(owner, reason)
    allowed = _allowed(fitted, rows, ours)
    distance = _distance(ours, theirs)
    wrong = np.flatnonzero((distance > allowed).reshape(len(rows), -1).any(axis=1))
    if wrong.size:
        row = int(wrong[0])
        raise ExportError.differs(
            owner, rows[row].tolist(), ours[row].tolist(), theirs[row].tolist()
        )


def _allowed(fitted: Fitted, rows: FloatArray, ours: FloatArray) -> FloatArray:
    """Return how far each answer may be missed, of the shape of the answers."""
    targets, precision = fitted.translation.targets, fitted.translation.precision
    coarser = min(fitted.dtype, precision, key=lambda dtype: dtype.itemsize)
    tolerance = TOLERANCES[coarser.name]
    columns = ours.reshape(len(rows), -1).astype(np.float64)
    reach = np.ones_like(columns)
    if isinstance(targets, Measured):
        digits = 4 * np.finfo(ours.dtype).eps * np.abs(columns)
        reach = targets.scale + np.abs(columns - targets.centre) + digits / tolerance
    allowed: FloatArray = tolerance * reach + _ROUNDING * _rounding(fitted, rows, ours)
    return allowed.reshape(ours.shape)


def _rounding(fitted: Fitted, rows: FloatArray, ours: FloatArray) -> FloatArray:
    """Return what rounding alone moves the answers to each kind of rows, (N, 1)."""
    if fitted.dtype == np.float64:
        return np.zeros((len(rows), 1))
    exact = answers(from_features(_in_float64(fitted)), rows)
    moved = _distance(exact, ours).reshape(KINDS_OF_ROWS, -1).max(axis=1)
    return np.repeat(moved, ROWS)[:, np.newaxis]


def _in_float64(fitted: Fitted) -> Fitted:
    """Return a fit whose parameters are the same numbers in float64."""
    members = []
    for member in fitted.members:
        theta, buffers = (
            vector.astype(np.float64) for vector in (member.point.theta, member.point.buffers)
        )
        point = replace(member.point, theta=theta, buffers=buffers)
        state = replace(member.state, point=point)
        members.append(replace(member, state=state, restored=False))
    return replace(fitted, members=tuple(members), dtype=np.dtype(np.float64))


def _distance(ours: FloatArray, theirs: FloatArray) -> FloatArray:
    """Return how far answers are apart: not at all where both are NaN or the same infinity."""
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    with np.errstate(invalid="ignore"):
        distance = np.abs(ours.astype(np.float64) - theirs.astype(np.float64))
    return np.where(same, 0.0, np.where(np.isnan(distance), np.inf, distance))
