"""How a run ended: a value with the sentence that a person reads."""

from enum import Enum

from trainwell.training.engine import Epoch
from trainwell.training.plan import Plan
from trainwell.training.state import State


class Outcome(Enum):
    """Why the run ended; the value is the sentence a person reads."""

    COMPLETED = "All epochs were run."
    STALLED = "Stopped early: the loss brought no new best; the best weights are kept."
    DIVERGED = (
        "Stopped: a number was no longer finite; the last finite state is kept. "
        "Try a smaller learning rate."
    )
    INTERRUPTED = "Stopped by the user; the best weights so far are kept."


def outcome_after(epoch: Epoch, plan: Plan) -> Outcome | None:
    """Return how the run ends with this epoch, or ``None`` if it goes on.

    Parameters
    ----------
    epoch : Epoch
        The newest record.
    plan : Plan
        Gives ``max_epochs`` and ``patience``.

    Returns
    -------
    Outcome or None
        Divergence counts before patience, patience before the number of epochs.

    See Also
    --------
    outcome_at : The same for a state that was read from a file.
    """
    return Outcome.DIVERGED if epoch.divergence is not None else outcome_at(epoch.state, plan)


def outcome_at(state: State, plan: Plan) -> Outcome | None:
    """Return how a run that stands at ``state`` has ended, or ``None`` if it goes on.

    Parameters
    ----------
    state : State
        Where the run stands, perhaps read from a file.
    plan : Plan
        Gives ``max_epochs`` and ``patience``.

    Returns
    -------
    Outcome or None
        Patience counts before the number of epochs.
    """
    if plan.patience is not None and state.epoch - state.best_epoch >= plan.patience:
        return Outcome.STALLED
    if state.epoch >= plan.max_epochs:
        return Outcome.COMPLETED
    return None
