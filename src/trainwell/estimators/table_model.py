"""A fitted network together with everything it needs to read a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.data.encoding import TableEncoding, from_parts
from trainwell.data.target_encoding import TargetEncoding
from trainwell.errors import FileFormatError, TrainwellError
from trainwell.network.losses import Loss
from trainwell.network.network import Network
from trainwell.settings import as_json, from_json
from trainwell.training.plan import PLAN_KINDS
from trainwell.training.tensor_file import read_tensors, within, write_tensors
from trainwell.types import FloatArray, Json

if TYPE_CHECKING:
    import polars as pl

KIND = "table model"
ESTIMATOR = "estimator"
"""What a file says it holds: a model of the command line, or of Python."""

FORMAT = 1
ROWS_AT_ONCE = 65_536
"""Rows that pass the network together when predicting, to bound the memory."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a model says of a table.

    Parameters
    ----------
    values : tuple of str or float
        Label or number of each row, in order.
    probabilities : FloatArray of shape (N, C) or None
        Share of each class; ``None`` for regression.
    notes : tuple of str
        What a person should know: ignored columns, unseen levels.
    """

    values: tuple[str, ...] | tuple[float, ...]
    probabilities: FloatArray | None
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class TableModel:
    """A network that predicts a column of tables like the one it was fitted to.

    Parameters
    ----------
    encoding : TableEncoding
        Table to features.
    target : TargetEncoding
        Outputs to labels or numbers and back.
    network : Network
        Features to logits.
    loss : Loss
        Logits to probabilities or means.
    theta : FloatArray of shape (P,)
        Parameters.
    buffers : FloatArray of shape (S,)
        Running statistics.
    provenance : mapping
        Settings, source and versions that made it; JSON.
    """

    encoding: TableEncoding
    target: TargetEncoding
    network: Network
    loss: Loss
    theta: FloatArray
    buffers: FloatArray
    provenance: Json

    @property
    def task(self) -> str:
        """``"classification"`` or ``"regression"``."""
        return self.target.task

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels in the order of the probabilities; empty for regression."""
        return self.target.labels

    def outputs(self, features: FloatArray) -> FloatArray:
        """Return probabilities or standardised means (O, N) for features in rows (N, I)."""
        parts = []
        for start in range(0, max(1, len(features)), ROWS_AT_ONCE):
            columns = np.ascontiguousarray(features[start : start + ROWS_AT_ONCE].T)
            logits, _ = self.network.forward(self.theta, self.buffers, columns)
            parts.append(self.loss.predict(logits))
        return np.concatenate(parts, axis=1)

    def predict(self, frame: "pl.DataFrame") -> Predictions:
        """Predict every row of a table.

        Parameters
        ----------
        frame : polars.DataFrame
            Tidy table with the columns that the model was fitted to, in any order.

        Returns
        -------
        Predictions
            Labels and probabilities, or numbers.

        Raises
        ------
        DataError
            If columns are missing or a cell is not what its column holds.
        """
        outputs = self.outputs(self.encoding.apply(frame))
        notes = notes_on(self.encoding, frame, self.target.name)
        values = tuple(self.target.decode(outputs))
        if self.task == "regression":
            return Predictions(tuple(map(float, values)), None, notes)
        return Predictions(values, self.target.probabilities(outputs).T, notes)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model as one safetensors file, whole or not at all.

        Parameters
        ----------
        path : path-like
            Where.

        Raises
        ------
        StorageError
            If the file cannot be written.
        """
        document = {
            "kind": KIND,
            "format": FORMAT,
            "network": as_json(self.network),
            "loss": as_json(self.loss),
            "encoding": self.encoding.as_json(),
            "target": as_json(self.target),
            "provenance": self.provenance,
        }
        arrays = {"theta": self.theta, "buffers": self.buffers}
        encoding = {f"encoding.{name}": array for name, array in self.encoding.arrays().items()}
        write_tensors(path, arrays | encoding, document)


def notes_on(encoding: TableEncoding, frame: "pl.DataFrame", target: str | None) -> tuple[str, ...]:
    """Return what a person should know of a table before its predictions.

    Parameters
    ----------
    encoding : TableEncoding
        Of the model.
    frame : polars.DataFrame
        The table, tidy.
    target : str or None
        Name of the target, which may stand in the table.

    Returns
    -------
    tuple of str
        Sentences.
    """
    found = encoding.mismatch(frame, target)
    notes = []
    if found.extra:
        notes.append(f"Columns that the model does not know are ignored: {_names(found.extra)}.")
    for column, words in found.grouped:
        notes.append(
            f"Column {column!r} has levels without a feature of their own: {_names(words)}."
        )
    return tuple(notes)


def _names(names: tuple[str, ...]) -> str:
    shown = ", ".join(repr(name) for name in names[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def load_model(path: str | PathLike[str]) -> TableModel:
    """Read a model that :meth:`TableModel.save` wrote.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    TableModel
        Predicts the same bits as the one that was saved.

    Raises
    ------
    FileFormatError
        If the file is not a whole model of this version.
    """
    arrays, document = read_tensors(path)
    if document.get("kind") != KIND:
        raise FileFormatError.unreadable(path, f"holds no {KIND}")
    if document.get("format") != FORMAT:
        problem = f"has format {document.get('format')!r}; this version reads {FORMAT}"
        raise FileFormatError.unreadable(path, problem)
    try:
        return _model(arrays, document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = str(error) if isinstance(error, TrainwellError) else repr(error)
        problem = f"lacks or garbles a part: {reason}"
        raise FileFormatError.unreadable(fspath(path), problem) from None


def _model(arrays: Mapping[str, np.ndarray[Any, Any]], document: Json) -> TableModel:
    network: Network = from_json(document["network"], PLAN_KINDS)
    loss: Loss = from_json(document["loss"], PLAN_KINDS)
    target: TargetEncoding = from_json(document["target"], {"TargetEncoding": TargetEncoding})
    kinds = ((network, Network), (loss, Loss), (target, TargetEncoding))
    if not all(isinstance(part, kind) for part, kind in kinds):
        raise FileFormatError.unreadable("header", "names parts of the wrong kind")
    encoding = from_parts(document["encoding"], within(arrays, "encoding."))
    model = TableModel(
        encoding,
        target,
        network,
        loss,
        np.asarray(arrays["theta"], dtype=np.float64),
        np.asarray(arrays["buffers"], dtype=np.float64),
        document["provenance"],
    )
    if not (np.isfinite(model.theta).all() and np.isfinite(model.buffers).all()):
        raise FileFormatError.unreadable("theta", "holds numbers that are not finite")
    model.outputs(np.zeros((1, len(encoding.feature_names))))  # the parts fit together
    return model
