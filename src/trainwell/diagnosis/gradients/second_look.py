"""One finding looked at once more: of two places that mend everything, the likelier one.

What is overwritten in place, and a value that is not what it is called, look from below as if
something were wrong there.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np

from trainwell.diagnosis.gradient_localisation.called_values import CalledValues
from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradient_localisation.finding import Finding, cost_of
from trainwell.diagnosis.gradient_localisation.formed import Line, lines_of
from trainwell.diagnosis.gradient_localisation.localisation import Located
from trainwell.diagnosis.gradient_localisation.oracles import fitting, told
from trainwell.diagnosis.gradient_localisation.overwritten import overwriting
from trainwell.diagnosis.gradient_localisation.workshop import Workshop
from trainwell.diagnosis.gradient_localisation.wrong_values import WrongValue, lines_behind
from trainwell.diagnosis.gradient_patches.patch_trials import Patchable
from trainwell.diagnosis.gradient_patches.patching import Offer, offered, single_patch
from trainwell.diagnosis.gradient_tape.recording import Step

_PLACES = 6  # values that are called like a derivative and are none
_DEARER = 1.0  # than what has been found elsewhere, at most


def looked_at_again(
    finding: Finding,
    located: Located,
    patchable: Callable[[], Patchable],
    wrong: Sequence[str],
    seconds: float,
) -> Finding:
    """Return the same finding, or one that says what it only follows from.

    Parameters
    ----------
    finding : Finding
        It accounts for everything that is wrong.
    located : Located
        What was found by operation.
    patchable : callable
        Returns the backward pass, if it has to be patched.
    wrong : sequence of str
        Parameters whose gradients are wrong.
    seconds : float
        How long to search.

    Returns
    -------
    Finding
        Another one only if it, too, accounts for everything.
    """
    deadline = Deadline(seconds)
    found = _overwritten(finding, patchable, wrong, deadline)
    return found or _called(finding, located, patchable, wrong, deadline) or finding


def _overwritten(
    finding: Finding,
    patchable: Callable[[], Patchable],
    wrong: Sequence[str],
    deadline: Deadline,
) -> Finding | None:
    """Return the statement that overwrites what the finding's reads, if that is all."""
    lines = overwriting(finding.file, finding.line or 0)
    if not lines:
        return None
    backward = patchable()
    offer = offered(backward, lines)
    offer = Offer([pair for pair in offer.patches if pair[1].kinds[0] == "aliased"])
    found = single_patch(backward, offer, wrong, deadline.left, np.inf)
    return found[0] if found else None


def _called(
    finding: Finding,
    located: Located,
    patchable: Callable[[], Patchable],
    wrong: Sequence[str],
    deadline: Deadline,
) -> Finding | None:
    """Return another statement whose value is not what it is called, if that is all."""
    shop = located.again(deadline.left)
    if not set(wrong) <= {*shop.lineage}:
        return None  # one is made of nothing that was followed
    place = (finding.file, finding.line or 0)
    own = [step for step in shop.assigned if lines_of([step.place[:2]]) >= {place}]
    dearest = cost_of(finding.confidence) + _DEARER
    for lines in _suspected(shop, own, place, wrong):
        backward = patchable()
        offer = offered(backward, {place, *lines})
        found = single_patch(backward, offer, wrong, shop.deadline.left, dearest, close=_DEARER)
        if found:
            return None if found[0].line == finding.line else found[0]
    return None


def _suspected(
    shop: Workshop, own: Sequence[Step], place: Line, wrong: Sequence[str]
) -> Iterator[frozenset[Line]]:
    """Yield the statements of what is misnamed above a finding; or below, if its own is not."""
    values = CalledValues(shop)
    last = max((step.index for step in own), default=0)
    for value in islice(values.misnamed(wrong), _PLACES):
        if value.step.index > last or place in lines_behind(value):
            return
        if _would_mend(shop, value, wrong):
            yield lines_of(step.place[:2] for step in value.region)
    if values.is_right(own):
        yield values.users(own)


def _would_mend(shop: Workshop, value: WrongValue, wrong: Sequence[str]) -> bool:
    """Say whether everything is right as soon as a value is what it is called."""
    at = value.step.index
    arrays = (c * a for a in fitting(value.step, [*value.multiple]) for c in value.factors)
    repairs = (shop.tried([value.step], told({at: array}), wrong) for array in arrays)
    return any(repair is not None and set(repair.mended) >= set(wrong) for repair in repairs)
