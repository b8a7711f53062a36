"""The target as an array for a network, and predictions in the target's own terms."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trainwell.data.cells import numbers, usable_column
from trainwell.data.moments import centre_and_scale, standardised
from trainwell.data.target import Target, TaskKind
from trainwell.errors import DataError, ShapeError
from trainwell.types import FloatArray, IntArray

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class TargetEncoding:
    """How a target becomes an array, and predictions become its values again.

    Parameters
    ----------
    name : str
        Name of the column.
    task : {"classification", "regression"}
        Whether its values are classes or measured numbers.
    labels : tuple of str, default=()
        Names of the classes; the second of two is the positive one.
    numeric : bool, default=True
        Whether the labels are numbers.
    centre, scale : float, default=0 and 1
        Mean and standard deviation of a measured target in the training rows.
    """

    name: str
    task: TaskKind
    labels: tuple[str, ...] = ()
    numeric: bool = True
    centre: float = 0.0
    scale: float = 1.0

    @property
    def outputs(self) -> int:
        """Number of outputs of a network: one, or one a class if there are three or more."""
        return len(self.labels) if len(self.labels) > 2 else 1

    def encode(self, frame: "pl.DataFrame") -> FloatArray:
        """Return the targets as columns.

        Parameters
        ----------
        frame : polars.DataFrame
            Tidy table, each row with a target.

        Returns
        -------
        FloatArray of shape (O, N)
            Zeros and ones, or the standardised target.

        Raises
        ------
        DataError
            If a row has no value, or one that is no class.
        """
        if self.task == "regression":
            return standardised(self.values(frame), self.centre, self.scale)[np.newaxis]
        index = self.indices(frame)
        if self.outputs == 1:
            return index[np.newaxis].astype(np.float64)
        one_hot: FloatArray = (np.arange(self.outputs)[:, np.newaxis] == index).astype(np.float64)
        return one_hot

    def values(self, frame: "pl.DataFrame") -> FloatArray:
        """Return a measured target in its own unit, of shape (N,)."""
        found = numbers(usable_column(frame, self.name))
        self._refuse(frame, found, "is not a number")
        array: FloatArray = found.to_numpy()
        return array

    def indices(self, frame: "pl.DataFrame") -> IntArray:
        """Return which of the labels each row has, of shape (N,)."""
        import polars as pl

        series = usable_column(frame, self.name)
        keys = [float(label) for label in self.labels] if self.numeric else list(self.labels)
        known = numbers(series) if self.numeric else series.cast(pl.String)
        order = list(range(len(keys)))
        found = known.replace_strict(keys, order, default=None, return_dtype=pl.Int64)
        self._refuse(frame, found, "is not one of the classes")
        array: IntArray = found.to_numpy()
        return array

    def decode(self, predictions: FloatArray) -> FloatArray | tuple[str, ...]:
        """Return predictions in the target's own terms.

        Parameters
        ----------
        predictions : FloatArray of shape (O, N)
            Probabilities, or means of the standardised target.

        Returns
        -------
        FloatArray of shape (N,) or tuple of str
            Measured values, or the label of the most probable class.
        """
        if predictions.ndim != 2 or len(predictions) != self.outputs:
            expected = f"({self.outputs}, N)"
            raise ShapeError.mismatch("TargetEncoding", "predictions", predictions.shape, expected)
        if self.task == "regression":
            values: FloatArray = predictions[0] * self.scale + self.centre
            return values
        return tuple(self.labels[at] for at in self.probabilities(predictions).argmax(axis=0))

    def probabilities(self, predictions: FloatArray) -> FloatArray:
        """Return one row of probabilities a class, of shape (C, N)."""
        return np.vstack([1 - predictions, predictions]) if self.outputs == 1 else predictions

    def _refuse(self, frame: "pl.DataFrame", found: "pl.Series", problem: str) -> None:
        if found.null_count():
            row = int(found.is_null().arg_max() or 0)
            cell = frame[self.name][row]
            what = "has no value" if cell is None else f"{str(cell)!r} {problem}"
            raise DataError.in_column(self.name, what, row + 1)


def fit_target(frame: "pl.DataFrame", target: Target) -> TargetEncoding:
    """Return how the target becomes an array; a measured one is standardised.

    Parameters
    ----------
    frame : polars.DataFrame
        The training rows alone, tidy, each with a target.
    target : Target
        What the target is.

    Returns
    -------
    TargetEncoding
        With mean and standard deviation of the training rows.

    Raises
    ------
    DataError
        If a row has no target, or a measured one is constant within the rows.
    """
    encoding = TargetEncoding(target.name, target.task, target.labels, target.numeric)
    if target.task == "classification":
        return encoding
    centre, scale = centre_and_scale(encoding.values(frame))
    if scale == 0:
        raise DataError.in_column(target.name, f"is {centre:g} in every training row")
    return TargetEncoding(target.name, target.task, centre=centre, scale=scale)
