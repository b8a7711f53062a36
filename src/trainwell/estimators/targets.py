"""Targets of the estimators: classes or measured numbers to arrays for a network, and back."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import column_or_1d

from trainwell.data.dataset import Data
from trainwell.data.moments import centre_and_scale
from trainwell.errors import ConfigurationError, DataError
from trainwell.estimators.rows import require_targets
from trainwell.network.cross_entropy import SigmoidCrossEntropy, SoftmaxCrossEntropy
from trainwell.network.losses import Loss
from trainwell.network.regression_losses import Poisson
from trainwell.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Classes:
    """Classes of which each row has one, or labels of which it has any number.

    Parameters
    ----------
    names : ndarray of shape (C,)
        Classes, sorted; numbers of the labels.
    multilabel : bool, default=False
        Whether a row has any number of them.
    """

    names: np.ndarray[Any, Any]
    multilabel: bool = False

    @property
    def outputs(self) -> int:
        """Number of outputs of a network: one, or one a class if there are three or more."""
        return len(self.names) if self.multilabel or len(self.names) > 2 else 1

    def encode(self, y: np.ndarray[Any, Any]) -> FloatArray:
        """Return zeros and ones (O, N).

        Parameters
        ----------
        y : ndarray of shape (N,) or (N, C)
            Classes, or zeros and ones.

        Returns
        -------
        FloatArray of shape (O, N)
            One row for the second of two classes, or one row a class.

        Raises
        ------
        DataError
            If a row has a class that is none of ``names``.
        """
        if self.multilabel:
            columns: FloatArray = np.ascontiguousarray(np.asarray(y, np.float64).T)
            return columns
        index = self.indices(y)
        if self.outputs == 1:
            return index[np.newaxis].astype(np.float64)
        one_hot: FloatArray = (np.arange(len(self.names))[:, np.newaxis] == index).astype(float)
        return one_hot

    def indices(self, y: np.ndarray[Any, Any]) -> IntArray:
        """Return which of the classes each row has, of shape (N,)."""
        found: IntArray = np.searchsorted(self.names, y)
        found = np.minimum(found, len(self.names) - 1)
        wrong = np.flatnonzero(self.names[found] != y)
        if wrong.size:
            row = int(wrong[0])
            known = ", ".join(map(repr, self.names[:10].tolist()))
            problem = f"holds {y[row].item() if hasattr(y[row], 'item') else y[row]!r} in row {row}"
            raise DataError.in_array("y", problem, f"which is none of the classes {known}")
        return found

    def check_same(self, y: np.ndarray[Any, Any]) -> None:
        """Refuse targets that have not all of these classes, and these alone."""
        found = np.unique(y)
        if not np.array_equal(found, self.names):
            sentence = (
                "warm_start can only be used where `y` has the same classes as in the previous"
                f" call to fit. Previously got {self.names}, `y` has {found}"
            )
            raise ConfigurationError(sentence)

    def probabilities(self, outputs: FloatArray) -> FloatArray:
        """Return one column a class (N, C) for the outputs (O, N) of a network."""
        if self.multilabel or self.outputs > 1:
            return np.ascontiguousarray(outputs.T)
        if len(self.names) == 1:
            return np.ones((outputs.shape[1], 1), outputs.dtype)
        return np.column_stack([1 - outputs[0], outputs[0]])

    def decode(self, probabilities: FloatArray) -> np.ndarray[Any, Any]:
        """Return the most probable class (N,), or zeros and ones (N, C)."""
        if self.multilabel:
            return (probabilities > 0.5).astype(np.int64)
        chosen: np.ndarray[Any, Any] = self.names[probabilities.argmax(axis=1)]
        return chosen

    def strata(self, y: np.ndarray[Any, Any]) -> IntArray | None:
        """Return what a split shares out evenly: the class of each row, if it has one."""
        return None if self.multilabel else self.indices(y)

    def score(self, outputs: FloatArray, data: Data) -> float:
        """Return the accuracy of outputs (O, N)."""
        from sklearn.metrics import accuracy_score

        chosen, truth = (self.decode(self.probabilities(part)) for part in (outputs, data.y))
        return float(accuracy_score(truth, chosen, sample_weight=data.weight))


def read_classes(owner: str, y: Any) -> np.ndarray[Any, Any]:
    """Return classes (N,) or an indicator of labels (N, C) as an array.

    Parameters
    ----------
    owner : str
        Class that asks, for messages.
    y : array, sparse matrix or sequence
        What the caller has.

    Returns
    -------
    ndarray
        With a class in every row.

    Raises
    ------
    ValueError
        If there is none, or one is missing.
    """
    require_targets(owner, y)
    array = y.toarray() if hasattr(y, "toarray") else np.asarray(y)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        problem = "contains NaN or infinity; rows without a class cannot be learnt from"
        raise DataError.in_array(owner, "y", problem)
    if array.ndim == 2 and array.shape[1] > 1:
        return array
    column: np.ndarray[Any, Any] = column_or_1d(array, warn=True)
    return column


def announced_classes(
    owner: str, classes: Any, before: Classes | None
) -> np.ndarray[Any, Any] | None:
    """Return the classes that the first call of ``partial_fit`` names, sorted.

    Parameters
    ----------
    owner : str
        Class that asks, for messages.
    classes : array of shape (C,) or None
        What was given.
    before : Classes or None
        Those of the first call; ``None`` if this is it.

    Returns
    -------
    ndarray of shape (C,) or None
        ``None`` in a later call without any.

    Raises
    ------
    ConfigurationError
        If they are missing in the first call, or others than there.
    """
    if classes is None and before is None:
        sentence = "classes must be given in the first call of partial_fit"
        raise ConfigurationError.contradiction(owner, sentence)
    known = None if classes is None else np.unique(classes)
    if before is not None and known is not None and not np.array_equal(known, before.names):
        domain = f"those of the first call, {before.names}"
        raise ConfigurationError.out_of_range(owner, "classes", classes, domain)
    return known


def fit_classes(y: np.ndarray[Any, Any]) -> Classes:
    """Return the classes of training rows.

    Parameters
    ----------
    y : ndarray of shape (N,) or (N, C)
        Classes, or an indicator of labels.

    Returns
    -------
    Classes
        In sorted order.

    Raises
    ------
    ValueError
        If the targets are measured numbers, or of an unknown kind.
    """
    kind = type_of_target(y, input_name="y", raise_unknown=True)
    if kind == "multilabel-indicator":
        return Classes(np.arange(y.shape[1]), multilabel=True)
    if kind not in {"binary", "multiclass"}:
        problem = f"holds {kind} values; a classifier needs classes. Unknown label type: {kind}"
        raise DataError.in_array("y", "", problem)
    return Classes(np.unique(y))


@dataclass(frozen=True, eq=False)
class Measured:
    """Measured targets, standardised for the network.

    Parameters
    ----------
    centre, scale : FloatArray of shape (O,)
        What is subtracted and divided by, in the targets' units.
    single : bool
        Whether they were given as one column without an axis of its own.
    """

    centre: FloatArray
    scale: FloatArray
    single: bool

    @property
    def outputs(self) -> int:
        """Number of outputs of a network."""
        return len(self.centre)

    def encode(self, y: FloatArray) -> FloatArray:
        """Return standardised targets (O, N) for targets (N,) or (N, O)."""
        columns = np.asarray(y, np.float64).reshape(len(y), -1)
        return np.ascontiguousarray(((columns - self.centre) / self.scale).T)

    def decode(self, outputs: FloatArray) -> FloatArray:
        """Return targets in their units, as they were given, for outputs (O, N)."""
        scale, centre = self.scale.astype(outputs.dtype), self.centre.astype(outputs.dtype)
        values: FloatArray = outputs.T * scale + centre
        return values[:, 0] if self.single else values

    def strata(self, y: np.ndarray[Any, Any]) -> None:
        """Return that nothing is shared out evenly."""
        return

    def score(self, outputs: FloatArray, data: Data) -> float:
        """Return R2 of outputs (O, N)."""
        from sklearn.metrics import r2_score

        return float(r2_score(data.y.T, outputs.T, sample_weight=data.weight))


def fit_measured(
    y: FloatArray, weight: FloatArray | None, *, standardize: bool, positive: bool
) -> Measured:
    """Return how measured targets are standardised.

    Parameters
    ----------
    y : FloatArray of shape (N,) or (N, O)
        Targets of the training rows, finite.
    weight : FloatArray of shape (N,) or None
        Positive weights of the rows.
    standardize : bool
        Whether they are.
    positive : bool
        Whether they must stay positive: they are then divided by their mean alone.

    Returns
    -------
    Measured
        With scale 1 where targets do not differ.
    """
    columns = np.asarray(y, np.float64).reshape(len(y), -1)
    centre, scale = np.zeros(columns.shape[1]), np.ones(columns.shape[1])
    if standardize:
        spreads = [centre_and_scale(column, weight) for column in columns.T]
        found = np.array(spreads, np.float64)
        centre, scale = (centre, found[:, 0]) if positive else (found[:, 0], found[:, 1])
        scale = np.where(scale > 0, scale, 1.0)
    return Measured(centre, scale, y.ndim == 1)


def output_name(loss: Loss) -> str:
    """Return the name that scikit-learn has for the output of a loss."""
    return {
        SigmoidCrossEntropy: "logistic",
        SoftmaxCrossEntropy: "softmax",
        Poisson: "exp",
    }.get(type(loss), "identity")
