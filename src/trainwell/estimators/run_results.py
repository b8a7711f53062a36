"""What comes out of a fit: the record of it, and its files in the order that survives a kill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from trainwell.estimators.preparation import Prepared
from trainwell.estimators.run_folder import RunFolder, write_record
from trainwell.estimators.run_summary import summarised
from trainwell.estimators.table_fit import finish, score_table, versions
from trainwell.report.fit_summary import FitSummary, Scores
from trainwell.report.headline import cautions, headline
from trainwell.report.run_report import fit_page
from trainwell.settings import as_json
from trainwell.training.engine import Divergence
from trainwell.training.outcome import Outcome
from trainwell.training.state import State
from trainwell.training.tensor_file import write_bytes


@dataclass(frozen=True, eq=False)
class Ending:
    """How a fit ended.

    Parameters
    ----------
    state : State
        Where it stands.
    outcome : Outcome
        Why it ended.
    divergence : Divergence or None, default=None
        What was not finite, if it diverged.
    """

    state: State
    outcome: Outcome
    divergence: Divergence | None = None

    @property
    def sentence(self) -> str:
        """What a person should know of it."""
        if self.divergence is None:
            return self.outcome.value
        kept = "the best weights so far" if self.state.best_epoch else "the weights of the start"
        return f"Stopped at {self.divergence}; {kept} are kept. Try a smaller learning rate."


def write_results(
    folder: RunFolder, prepared: Prepared, ending: Ending, origin: Mapping[str, Any]
) -> dict[str, Any]:
    """Write model, report and record of a fit, and remove its checkpoint if it is finished.

    Each file is whole at any moment. The record comes after the files that it vouches
    for, and the checkpoint goes last: a kill in between leaves a fit that can be resumed.

    Parameters
    ----------
    folder : RunFolder
        Where.
    prepared : Prepared
        What was fitted.
    ending : Ending
        How it ended.
    origin : mapping
        What to read to get the same table again; JSON, the record's first keys.

    Returns
    -------
    dict
        The record that was written.

    Raises
    ------
    StorageError
        If a file cannot be written.
    """
    model = finish(prepared, ending.state)
    model.save(folder.model)  # first of all: the rest takes longer
    with np.errstate(over="ignore", invalid="ignore"):  # a diverged model may predict anything
        scores = score_table(prepared, model)
        summary = summarised(prepared, model, scores, ending.state, ending.sentence)
        page = fit_page(summary)
    record = {
        **origin,
        "settings": as_json(prepared.settings),
        "fingerprint": prepared.fingerprint,
        "finished": ending.outcome is not Outcome.INTERRUPTED,
        "versions": versions(),
        "network": as_json(prepared.network),
        "plan": as_json(prepared.plan),
        "result": _result(prepared, ending, scores, summary),
    }
    write_bytes(folder.report, page.encode())
    write_record(folder.record, record)
    if record["finished"]:
        folder.checkpoint.unlink(missing_ok=True)
    return record


def _result(
    prepared: Prepared, ending: Ending, scores: Scores, summary: FitSummary
) -> dict[str, Any]:
    history = ending.state.history
    return {
        "task": prepared.task,
        "headline": headline(summary),
        "cautions": list(cautions(summary)),
        "outcome": ending.outcome.name.lower(),
        "sentence": ending.sentence,
        "epochs": ending.state.epoch,
        "best_epoch": ending.state.best_epoch,
        "rows": {part: frame.height for part, frame in prepared.frames.items()},
        "scores": {
            part: dict(zip(scores.metrics, _plain(values), strict=True))
            for part, values in scores.rows
        },
        "history": {
            "learning_rate": _plain(history.learning_rate),
            "training_loss": _plain(history.training_loss),
            "validation_loss": _plain(history.validation_loss),
        },
    }


def _plain(values: Sequence[float | None]) -> list[float | None]:
    """Return numbers for JSON, which has none that are not finite."""
    return [value if value is not None and isfinite(value) else None for value in values]
