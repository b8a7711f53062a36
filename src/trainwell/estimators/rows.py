"""Rows that an estimator learns from: inputs, targets and weights that belong together."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import _check_sample_weight

from trainwell.data.dataset import Data
from trainwell.data.splits import split_indices
from trainwell.errors import ConfigurationError, DataError
from trainwell.types import FloatArray, IntArray

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, eq=False)
class Rows:
    """Inputs, targets and weights, row by row.

    Parameters
    ----------
    inputs : FloatArray of shape (N, I) or polars.DataFrame
        A matrix or a tidy table.
    targets : ndarray of shape (N,) or (N, O)
        Classes, an indicator of labels, or measured numbers.
    weight : FloatArray of shape (N,) or None
        Positive weights.
    places : IntArray of shape (N,)
        Which of the caller's rows they are.
    """

    inputs: "FloatArray | pl.DataFrame"
    targets: np.ndarray[Any, Any]
    weight: FloatArray | None
    places: IntArray

    def __len__(self) -> int:
        return len(self.targets)


def require_targets(owner: str, y: object) -> None:
    """Refuse a fit without targets."""
    if y is None:
        problem = "is None: the fit requires y to be passed, but the target y is None"
        raise DataError.in_array(owner, "y", problem)


def checked_weight(inputs: Any, weight: Any) -> FloatArray | None:
    """Return weights as float64, one for each row of the inputs, or ``None``."""
    if weight is None:
        return None
    checked: FloatArray = _check_sample_weight(
        weight, inputs, dtype=np.float64, ensure_non_negative=True
    )
    return checked


def matched_rows(owner: str, inputs: Any, targets: Any, weight: FloatArray | None) -> Rows:
    """Return rows that belong together, without those of weight zero.

    Parameters
    ----------
    owner : str
        Class that asks, for messages.
    inputs : FloatArray of shape (N, I) or polars.DataFrame
        Read inputs.
    targets : ndarray of shape (N,) or (N, O)
        Read targets.
    weight : FloatArray of shape (N,) or None
        Weights, at least 0.

    Returns
    -------
    Rows
        At least one.

    Raises
    ------
    DataError
        If their numbers differ, or every weight is zero.
    """
    if len(targets) != len(inputs):
        problem = (
            f"has {len(targets)} values for the {len(inputs)} rows of X"
            " (inconsistent numbers of samples)"
        )
        raise DataError.in_array(owner, "y", problem)
    if weight is None:
        return Rows(inputs, targets, None, np.arange(len(targets)))
    kept = weight > 0
    if not kept.any():
        raise DataError.in_array(owner, "sample_weight", "must not be zero for every row")
    chosen = inputs[kept] if isinstance(inputs, np.ndarray) else inputs.filter(kept)
    return Rows(chosen, targets[kept], weight[kept], np.flatnonzero(kept))


def divided(
    owner: str, data: Data, share: float, seed: int, strata: IntArray | None
) -> tuple[Data, Data, IntArray]:
    """Return training and validation examples, with every class shared out evenly.

    Parameters
    ----------
    owner : str
        Class that asks, for messages.
    data : Data
        All of them.
    share : float
        Of the validation examples, in (0, 1).
    seed : int
        Key of the split.
    strata : IntArray of shape (N,) or None
        Which class each example has.

    Returns
    -------
    training : Data
        What is learnt from.
    validation : Data
        What is measured.
    places : IntArray
        Which of the examples are learnt from.

    Raises
    ------
    ConfigurationError
        If that leaves too few for either.
    """
    kept = round(share * data.examples)
    if kept < 2 or data.examples - kept < 1:
        sentence = (
            f"The validation set is too small: {kept} of {data.examples} rows; "
            "raise validation_fraction, or give more rows"
        )
        raise ConfigurationError.contradiction(owner, sentence)
    sizes = {"training": data.examples - kept, "validation": kept}
    cut = split_indices(data.examples, sizes, seed, labels=strata)
    training, validation = (data.columns(cut[part]) for part in ("training", "validation"))
    return training, validation, cut["training"]
