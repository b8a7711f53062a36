"""Two faults, one of which a patch is likely to mend: with it, the other is looked for alone.

It need not make any gradient right, as long as something else is wrong on the same path.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_patches.patch_trials import (
    Trial,
    gradient_of,
    quietly,
    together,
    tried,
)
from trainwell.diagnosis.gradient_patches.patching import Offer, finding_of_patch, single_patch
from trainwell.diagnosis.gradient_patches.removals import without_oddity
from trainwell.diagnosis.gradients.held_right import place_of
from trainwell.diagnosis.gradients.likely_patches import (
    clear_patches,
    evident_patches,
    likely_patches,
    possible_patches,
)
from trainwell.diagnosis.gradients.passes import Passes
from trainwell.diagnosis.gradients.rest import found_beside, rest_of

_OF_EVIDENT = 0.4  # of the time that is left, for each of these patches
_OF_LIKELY = 0.6


def beside_evident(passes: Passes, seconds: float) -> list[Finding]:
    """Return a fault that the text tells, or that a patch mends, and those beside it; or none.

    Parameters
    ----------
    passes : Passes
        Both passes.
    seconds : float
        How long to search.

    Returns
    -------
    list of Finding
        Together they account for everything.
    """
    deadline = Deadline(seconds)
    with quietly():
        return with_others(passes, evident_patches(passes, deadline), deadline)


def beside_not_finite(passes: Passes, findings: Sequence[Finding], seconds: float) -> list[Finding]:
    """Return a statement that writes what is not finite, and the fault that this hides; or none.

    Parameters
    ----------
    passes : Passes
        Both passes.
    findings : sequence of Finding
        What is known: such a statement accounts for whatever comes behind it.
    seconds : float
        How long to search.

    Returns
    -------
    list of Finding
        Together they account for everything.
    """
    places = {place_of(found) for found in findings if found.kind == "not-finite"}
    deadline = Deadline(seconds)
    with quietly():
        trials = [
            trial
            for source, patch in passes.offer.patches
            if (source.file, patch.statement.lineno) in places
            and patch.kinds[0] == "not-finite"
            and without_oddity(patch)
            and (trial := tried(passes.patchable, source, patch, passes.wrong)) is not None
        ]
        found = with_others(passes, trials, deadline)
    return sorted(found, key=lambda each: each.line or 0)


def beside_clear(passes: Passes, seconds: float) -> list[Finding]:
    """Return a fault that the text and the derivatives tell, and the one beside it; or none.

    Parameters
    ----------
    passes : Passes
        Both passes.
    seconds : float
        How long to search.

    Returns
    -------
    list of Finding
        Together they account for everything.
    """
    deadline = Deadline(seconds)
    with quietly():
        for trials in clear_patches(passes, deadline):
            found = with_others(passes, trials, deadline, _OF_LIKELY)
            if found:
                return found
    return []


def beside_likely(passes: Passes, seconds: float) -> list[Finding]:
    """Return a fault that a likely patch mends, and the one beside it; or none.

    Parameters
    ----------
    passes : Passes
        Both passes.
    seconds : float
        How long to search.

    Returns
    -------
    list of Finding
        Together they account for everything.
    """
    deadline = Deadline(seconds)
    with quietly():
        found = with_others(passes, likely_patches(passes, deadline), deadline, _OF_LIKELY)
        return found or _beside_possible(passes, deadline)


def _beside_possible(passes: Passes, deadline: Deadline) -> list[Finding]:
    """Return what one of all patches of some sorts mends, and the fault beside it; or none."""
    trials = possible_patches(passes, deadline)
    for at, trial in enumerate(trials):
        share = deadline.left / (len(trials) - at)
        found = with_others(passes, [trial], Deadline(share), 1.0)
        if found:
            return found
    return []


def with_others(
    passes: Passes, trials: Sequence[Trial], deadline: Deadline, share: float = _OF_EVIDENT
) -> list[Finding]:
    """Return the first of some patches beside which all else is found, and that; or none.

    Parameters
    ----------
    passes : Passes
        Both passes.
    trials : sequence of Trial
        Patches, the likeliest first.
    deadline : Deadline
        When to end.
    share : float, default=0.4
        Of the time that is left, for each of them but the last.

    Returns
    -------
    list of Finding
        Two that account for everything, or one: more could be many others as well.
    """
    for trial in trials:
        if deadline.passed:
            break
        own = told_of(passes, trial)
        seconds = (1.0 if trial is trials[-1] else share) * deadline.left
        others = _beside(passes, trial, Deadline(seconds)) if own.affected else []
        if len(others) == 1:
            return _alone(passes, others[0], deadline.left) or [own, *others]
    return []


def _alone(passes: Passes, found: Finding, seconds: float) -> list[Finding]:
    """Return a finding if its patch mends everything by itself: then nothing is beside it."""
    own = [
        (source, patch)
        for source, patch in passes.offer.patches
        if (source.file, patch.statement.lineno) == place_of(found)
        and found.message.endswith(patch.told())
    ]
    return single_patch(passes.patchable, Offer(own), passes.wrong, seconds, np.inf)


def _beside(passes: Passes, trial: Trial, deadline: Deadline) -> list[Finding]:
    """Return what accounts for all that is wrong beside a patch; or none."""
    with together([trial]):
        rest = rest_of(passes, passes.patchable, deadline.left)
        if rest is None or not rest.wrong:
            return []
        others = passes.offer.beside(trial)
        found = found_beside(passes, passes.patchable, others, rest, deadline, read=True)
    place = (trial.source.file, trial.patch.statement.lineno)
    # What is wrong there even so is not mended by this patch.
    return [] if any(place_of(each) == place for each in found or ()) else list(found or ())


def told_of(passes: Passes, trial: Trial, *, undone: bool = False) -> Finding:
    """Return what a patch says of all wrong gradients that it changes.

    Parameters
    ----------
    passes : Passes
        Both passes.
    trial : Trial
        Of a patch that does not mend everything.
    undone : bool, default=False
        Whether it may change right gradients only, of which another fault undoes what it mends.

    Returns
    -------
    Finding
        That affects these gradients.
    """
    patchable = passes.patchable
    before = gradient_of(patchable) or {}
    with together([trial]):
        after = gradient_of(patchable) or {}
    changed = [name for name in passes.wrong if _differs(before, after, name)]
    own = finding_of_patch(trial, changed, before, patchable, passes.wrong)
    if changed or not undone:
        return own
    others = [name for name in patchable.expected if _differs(before, after, name)]
    return replace(own, affected=tuple(others))


def _differs(before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> bool:
    one, two = before.get(name), after.get(name)
    return one is None or two is None or not np.array_equal(one, two, equal_nan=True)
