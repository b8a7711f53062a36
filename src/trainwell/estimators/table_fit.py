"""Fit a prepared table: epochs, checkpoints, and the model at the end."""

import platform
from collections.abc import Iterator
from importlib.metadata import version
from os import PathLike, fspath

import numpy as np

from trainwell.engine.epochs import epochs
from trainwell.errors import FileFormatError
from trainwell.estimators.preparation import Prepared
from trainwell.estimators.scores import classification_table, regression_table
from trainwell.estimators.table_model import TableModel
from trainwell.report.fit_summary import Scores
from trainwell.settings import as_json
from trainwell.training.engine import Epoch
from trainwell.training.state import State
from trainwell.training.storage import state_from_parts, state_to_parts
from trainwell.training.tensor_file import read_tensors, write_tensors
from trainwell.types import Json

KIND = "table checkpoint"


def fit_epochs(prepared: Prepared, start: State | None = None) -> Iterator[Epoch]:
    """Train without end, one record per epoch.

    Parameters
    ----------
    prepared : Prepared
        Data, network and plan.
    start : State or None, default=None
        Where to go on; ``None`` starts anew.

    Yields
    ------
    Epoch
        What happened, and the state to resume from.
    """
    training, dev = prepared.data["train"], prepared.data["dev"]
    yield from epochs(prepared.network, prepared.plan, training, dev, start=start)


def versions() -> dict[str, str]:
    """Return the versions that the bits of a run depend on."""
    packages = {name: version(name) for name in ("trainwell", "numpy", "scipy", "polars")}
    return packages | {"python": platform.python_version()}


def finish(prepared: Prepared, state: State) -> TableModel:
    """Return the model of a run's best epoch.

    Parameters
    ----------
    prepared : Prepared
        What was fitted.
    state : State
        Where the run ended.

    Returns
    -------
    TableModel
        With the parameters of the lowest dev loss.
    """
    provenance = {
        "source": prepared.source,
        "settings": as_json(prepared.settings),
        "plan": as_json(prepared.plan),
        "best_epoch": state.best_epoch,
        "epochs": state.epoch,
        "versions": versions(),
    }
    return TableModel(
        prepared.encoding,
        prepared.target,
        prepared.network,
        prepared.plan.loss,
        state.best.theta,
        state.best.buffers,
        provenance,
    )


def score_table(prepared: Prepared, model: TableModel) -> Scores:
    """Return the scores of every part, and of the trivial answer on the test rows.

    Parameters
    ----------
    prepared : Prepared
        The parts.
    model : TableModel
        What predicts them.

    Returns
    -------
    Scores
        Rows ``train``, ``dev``, ``test`` and the baseline.
    """
    outputs = {part: model.outputs(data.x.T) for part, data in prepared.data.items()}
    if prepared.task == "regression":
        truths = {part: model.target.values(frame) for part, frame in prepared.frames.items()}
        means = {part: np.asarray(model.target.decode(outputs[part])) for part in outputs}
        return regression_table(truths, means)
    labels = {part: model.target.indices(frame) for part, frame in prepared.frames.items()}
    shares = {part: model.target.probabilities(outputs[part]).T for part in outputs}
    return classification_table(labels, shares)


def save_checkpoint(path: str | PathLike[str], prepared: Prepared, state: State) -> None:
    """Write where a run stands, whole or not at all.

    Parameters
    ----------
    path : path-like
        Where; an older checkpoint is replaced.
    prepared : Prepared
        The run; its fingerprint goes into the file.
    state : State
        Where it stands.

    Raises
    ------
    StorageError
        If the file cannot be written; the older one is intact.
    """
    arrays, document = state_to_parts(prepared.network, prepared.plan, state)
    write_tensors(path, arrays, document | {"kind": KIND, "run": prepared.fingerprint})


def load_checkpoint(path: str | PathLike[str], prepared: Prepared) -> State:
    """Read where a run stands.

    Parameters
    ----------
    path : path-like
        A file of :func:`save_checkpoint`.
    prepared : Prepared
        The run that is to go on.

    Returns
    -------
    State
        Training from here gives the bits of the uninterrupted run.

    Raises
    ------
    FileFormatError
        If the file is damaged, or belongs to a run with other settings or data.
    """
    arrays, document = read_tensors(path)
    _check_run(path, prepared, document)
    return state_from_parts(arrays, document, fspath(path))[2]


def _check_run(path: str | PathLike[str], prepared: Prepared, document: Json) -> None:
    if document.get("kind") != KIND:
        raise FileFormatError.unreadable(path, f"holds no {KIND}")
    if document.get("run") != prepared.fingerprint:
        problem = "belongs to a run with other settings or data, so it cannot be resumed"
        raise FileFormatError.unreadable(path, problem)
