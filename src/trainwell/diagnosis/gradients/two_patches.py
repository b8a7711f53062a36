"""Two simple patches, of which the first makes some gradients right and the second all others."""

from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_patches.patch_trials import (
    Trial,
    gradient_of,
    quietly,
    together,
)
from trainwell.diagnosis.gradient_patches.patching import finding_of_patch, single_patch
from trainwell.diagnosis.gradients.passes import Passes
from trainwell.diagnosis.gradients.weighing import SIMPLE

_MOST = 2  # patches that mend something, and are tried as the first one


def two_patches(passes: Passes, seconds: float) -> list[Finding]:
    """Return two simple patches that make everything right, or none.

    Parameters
    ----------
    passes : Passes
        Both passes; what its simple patches do is known.
    seconds : float
        How long to search.

    Returns
    -------
    list of Finding
        The first one makes some gradients right by itself, to the last digits: by chance that is
        hardly so.
    """
    deadline = Deadline(seconds)
    patchable, wrong = passes.patchable, passes.wrong
    with quietly():
        given = gradient_of(patchable) or {}
        for count, trial in enumerate(_partial(passes)[:_MOST]):
            left = [name for name in wrong if name not in trial.names]
            with together([trial]):
                share = deadline.left / (_MOST - count)
                found = single_patch(patchable, passes.offer.beside(trial), left, share, SIMPLE)
            if found:
                return [finding_of_patch(trial, trial.names, given, patchable, wrong), *found]
    return []


def _partial(passes: Passes) -> list[Trial]:
    """Return the simple patches that make some gradients right, first those that mend most."""
    simple = [t for t in passes.offer.known if t.names and t.patch.cost <= SIMPLE]
    return sorted(simple, key=lambda trial: (-len(trial.names), trial.patch.cost))
