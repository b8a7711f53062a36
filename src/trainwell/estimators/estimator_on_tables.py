"""A fitted estimator that predicts tables whose columns have the names of its fit."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trainwell.data.encoding import TableEncoding
from trainwell.estimators.fitted import Fitted
from trainwell.estimators.table_model import Predictions, notes_on
from trainwell.estimators.targets import Classes, Measured

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, eq=False)
class EstimatorOnTables:
    """An estimator that predicts tables whose columns have the names of its fit.

    Parameters
    ----------
    fitted : Fitted
        What the fit has left; of one target.
    """

    fitted: Fitted

    @property
    def encoding(self) -> TableEncoding:
        """Which columns it reads, and how."""
        return self.fitted.translation.encoding

    @property
    def task(self) -> str:
        """``"classification"`` or ``"regression"``."""
        return "regression" if isinstance(self._targets, Measured) else "classification"

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels in the order of the probabilities; empty for regression."""
        targets = self._targets
        return tuple(map(str, targets.names.tolist())) if isinstance(targets, Classes) else ()

    @property
    def _targets(self) -> Classes | Measured:
        return self.fitted.translation.targets

    def predict(self, frame: "pl.DataFrame") -> Predictions:
        """Predict every row of a table.

        Parameters
        ----------
        frame : polars.DataFrame
            Tidy table with the columns of the fit, in any order.

        Returns
        -------
        Predictions
            Labels and probabilities, or numbers.

        Raises
        ------
        DataError
            If columns are missing or a cell is not what its column holds.
        """
        outputs = self.fitted.outputs_of(self.encoding.apply(frame), 1)
        notes = notes_on(self.encoding, frame, None)
        targets = self._targets
        if isinstance(targets, Measured):
            return Predictions(
                tuple(targets.decode(outputs.astype(np.float64)).ravel().tolist()), None, notes
            )
        shares = targets.probabilities(outputs)
        return Predictions(tuple(map(str, targets.decode(shares).tolist())), shares, notes)
