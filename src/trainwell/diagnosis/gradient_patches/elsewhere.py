"""What a patch that makes everything right at one point does at another one."""

from collections.abc import Sequence
from dataclasses import replace

from trainwell.diagnosis.gradient_patches.patch_trials import (
    Patchable,
    Trial,
    are_right,
    gradient_of,
    together,
)

_BY_CHANCE = 0.3  # what it costs more that a patch is right at one point only


def weighed_elsewhere(
    backward: Patchable, trial: Trial | None, wrong: Sequence[str]
) -> Trial | None:
    """Return what a patch does; it costs more if it makes everything right at this point only.

    Parameters
    ----------
    backward : Patchable
        What is patched.
    trial : Trial or None
        What the patch does here; ``None`` if it could not be carried out.
    wrong : sequence of str
        Parameters whose gradients are wrong without a patch.

    Returns
    -------
    Trial or None
        The same where not everything is right, or there is no other point to compare with.
    """
    if trial is None or len(trial.names) < len(wrong) or holds_elsewhere(backward, trial):
        return trial
    return replace(trial, patch=replace(trial.patch, cost=trial.patch.cost + _BY_CHANCE))


def holds_elsewhere(backward: Patchable, trial: Trial) -> bool:
    """Say whether what a patch makes right here is right at another point, too.

    Parameters
    ----------
    backward : Patchable
        What is patched.
    trial : Trial
        What the patch does here.

    Returns
    -------
    bool
        True where there is no other point to compare with.
    """
    other = backward.elsewhere()
    if other is None:
        return True
    with together([trial]) as applied:
        given = gradient_of(other) if applied else None
    return given is not None and are_right(other, given, trial.names)
