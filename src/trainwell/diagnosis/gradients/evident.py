"""Two faults of which the text tells one: with it mended, the other one is looked for alone.

A variable that nothing reads should stand in the place of another one; names are unpacked in
another order than they were packed in. Such a patch is worth trying although it makes no gradient
right, as long as something else is wrong on the same path.
"""

from collections.abc import Mapping
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
from trainwell.diagnosis.gradient_patches.patching import finding_of_patch
from trainwell.diagnosis.gradients.held_right import place_of
from trainwell.diagnosis.gradients.passes import Passes
from trainwell.diagnosis.gradients.rest import found_beside, rest_of

_OF_LIKELY = 0.4  # of the time, to see what patches do
_LIKELY = 3  # patches beside which another fault is looked for
_SHARE = 0.4  # of the time that is left, for each


def beside_evident(passes: Passes, seconds: float) -> list[Finding]:
    """Return a fault that the text tells, and those beside it; or none.

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
        for trial in _likely(passes, Deadline(_OF_LIKELY * seconds)):
            if deadline.passed:
                break
            others = _beside(passes, trial, Deadline(_SHARE * deadline.left))
            if others:
                return [_told(passes, trial), *others]
    return []


def _likely(passes: Passes, deadline: Deadline) -> list[Trial]:
    """Return the patches that the text tells, where they make more of both passes right."""
    patchable, offer = passes.patchable, passes.offer
    evident = sorted((p for p in offer.patches if p[1].evident), key=lambda p: p[1].cost)
    if not evident or patchable.sense is None:
        return []
    before = patchable.sense()
    found: list[tuple[int, float, Trial]] = []
    for source, patch in evident:
        if deadline.passed:
            break
        if id(patch) not in offer.done:
            offer.done[id(patch)] = tried(patchable, source, patch, passes.wrong)
        trial = offer.done[id(patch)]
        if trial is None or trial.numbers is None:
            continue
        with together([trial]):
            sense = patchable.sense()
        if trial.names or sense > before:
            found.append((len(trial.names), sense, trial))
    found.sort(key=lambda each: (-each[0], -each[1], each[2].patch.cost))
    return [trial for _, _, trial in found[:_LIKELY]]


def _beside(passes: Passes, trial: Trial, deadline: Deadline) -> list[Finding]:
    """Return what accounts for all that is wrong beside a patch; or none."""
    with together([trial]):
        rest = rest_of(passes, passes.patchable, deadline.left)
        if rest is None or not rest.wrong:
            return []
        others = passes.offer.beside(trial)
        found = found_beside(passes, passes.patchable, others, rest, deadline, read=True)
    place = (trial.source.file, trial.patch.statement.lineno)
    return [each for each in found or () if place_of(each) != place]


def _told(passes: Passes, trial: Trial) -> Finding:
    """Return what a patch says of all gradients that it changes."""
    patchable = passes.patchable
    before = gradient_of(patchable) or {}
    with together([trial]):
        after = gradient_of(patchable) or {}
    changed = [name for name in passes.wrong if _differs(before, after, name)]
    return finding_of_patch(trial, changed, before, patchable, passes.wrong)


def _differs(before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> bool:
    one, two = before.get(name), after.get(name)
    return one is None or two is None or not np.array_equal(one, two, equal_nan=True)
