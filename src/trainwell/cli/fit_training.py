"""Training with checkpoints, so that neither Ctrl-C nor a kill loses more than seconds."""

from time import monotonic

import numpy as np

from trainwell.cli.progress import Show
from trainwell.estimators.preparation import Prepared
from trainwell.estimators.run_folder import RunFolder
from trainwell.estimators.run_results import Ending
from trainwell.estimators.table_fit import fit_epochs, save_checkpoint
from trainwell.training.engine import Epoch
from trainwell.training.outcome import Outcome, outcome_after
from trainwell.training.state import State


def train(
    prepared: Prepared, folder: RunFolder, start: State | None, pause: float, show: Show
) -> Ending:
    """Train to the end, or until Ctrl-C.

    Parameters
    ----------
    prepared : Prepared
        What is fitted.
    folder : RunFolder
        Receives checkpoints.
    start : State or None
        Where to go on.
    pause : float
        Seconds between two checkpoints.
    show : callable
        Is given every epoch.

    Returns
    -------
    Ending
        Stopped by Ctrl-C, it stands at the last whole epoch, which is then in the checkpoint.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C came before the first epoch was whole: there is nothing to keep.
    StorageError
        If a checkpoint cannot be written.
    """
    last: Epoch | None = None
    # The first epoch is kept at once: a folder that refuses files is found out early.
    due = 0.0
    try:
        # The loop looks at every number itself, and says more than NumPy would.
        with np.errstate(over="ignore", invalid="ignore"):
            for last in fit_epochs(prepared, start):
                show(last)
                outcome = outcome_after(last, prepared.plan)
                if outcome is not None:
                    return Ending(last.state, outcome, last.divergence)
                if monotonic() >= due:
                    save_checkpoint(folder.checkpoint, prepared, last.state)
                    due = monotonic() + pause
    except KeyboardInterrupt:
        return _interrupted(prepared, folder, start, last)
    raise AssertionError


def _interrupted(
    prepared: Prepared, folder: RunFolder, start: State | None, last: Epoch | None
) -> Ending:
    if last is None:
        if start is None:
            raise KeyboardInterrupt
        return Ending(start, Outcome.INTERRUPTED)
    outcome = outcome_after(last, prepared.plan)
    if outcome is not None:  # it had just come to its end
        return Ending(last.state, outcome, last.divergence)
    save_checkpoint(folder.checkpoint, prepared, last.state)
    return Ending(last.state, Outcome.INTERRUPTED)
