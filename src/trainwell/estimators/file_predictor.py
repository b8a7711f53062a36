"""The model of a file, be it of the command line or an estimator, at work on tables."""

from os import PathLike
from typing import TYPE_CHECKING, Protocol

from trainwell.data.encoding import TableEncoding
from trainwell.errors import FileFormatError
from trainwell.estimators.table_model import ESTIMATOR, Predictions, load_model
from trainwell.training.tensor_file import read_tensors

if TYPE_CHECKING:
    import polars as pl


class FilePredictor(Protocol):
    """What the command line asks of a model."""

    @property
    def encoding(self) -> TableEncoding:
        """Which columns it reads, and how."""
        ...

    @property
    def task(self) -> str:
        """``"classification"`` or ``"regression"``."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels in the order of the probabilities; empty for regression."""
        ...

    def predict(self, frame: "pl.DataFrame") -> Predictions:
        """Return predictions for every row of a tidy table."""
        ...


def load_predictor(path: str | PathLike[str]) -> FilePredictor:
    """Read a model that predicts one column of tables.

    Parameters
    ----------
    path : path-like
        A file of the command line or of an estimator.

    Returns
    -------
    FilePredictor
        Ready to predict.

    Raises
    ------
    FileFormatError
        If the file is not a whole model of this version, or predicts several columns.
    """
    if read_tensors(path)[1].get("kind") != ESTIMATOR:
        return load_model(path)
    # scikit-learn takes longer to import than a table to predict.
    from trainwell.estimators.estimator_on_tables import EstimatorOnTables
    from trainwell.estimators.model_file import load_estimator
    from trainwell.estimators.targets import Measured

    fitted = load_estimator(path).fitted_
    targets = fitted.translation.targets
    if targets.outputs > 1 and (isinstance(targets, Measured) or targets.multilabel):
        problem = "predicts several columns at once; trainwell.load reads it for Python"
        raise FileFormatError.unreadable(path, problem)
    return EstimatorOnTables(fitted)
