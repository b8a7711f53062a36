"""One finding looked at once more: of two places that mend everything, the likelier one.

What is overwritten in place, a name for something else, and a value that is not what it is called
look from below as if something were wrong there.
"""

from collections.abc import Callable, Sequence
from itertools import islice

import numpy as np

from trainwell.diagnosis.gradient_localisation.called_values import CalledValues
from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradient_localisation.finding import Finding, cost_of
from trainwell.diagnosis.gradient_localisation.formed import lines_of
from trainwell.diagnosis.gradient_localisation.localisation import Located
from trainwell.diagnosis.gradient_localisation.oracles import fitting, told
from trainwell.diagnosis.gradient_localisation.overwritten import misbound, overwriting
from trainwell.diagnosis.gradient_localisation.workshop import Workshop
from trainwell.diagnosis.gradient_localisation.wrong_values import WrongValue, lines_behind
from trainwell.diagnosis.gradient_patches.patch_trials import Patchable
from trainwell.diagnosis.gradient_patches.patches_of_names import OWN
from trainwell.diagnosis.gradient_patches.patching import Offer, offered, single_patch

_PLACES = 6  # values that are called like a derivative and are none
_OF_VALUES = ("sign", "factor", "operation", "operand", "matrix", "transposed", "constant")
_DEARER = 1.0  # than what has been found elsewhere, at most


def looked_at_again(
    finding: Finding,
    located: Located | None,
    patchable: Callable[[], Patchable],
    wrong: Sequence[str],
    seconds: float,
) -> Finding:
    """Return the same finding, or one that says what it only follows from.

    Parameters
    ----------
    finding : Finding
        It accounts for everything that is wrong.
    located : Located or None
        What was found by operation; ``None`` if names are not to be looked at.
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
    found = _read(finding, patchable, wrong, deadline)
    if found is None and located is not None:
        found = _called(finding, located, patchable, wrong, deadline)
    return found or finding


def _read(
    finding: Finding,
    patchable: Callable[[], Patchable],
    wrong: Sequence[str],
    deadline: Deadline,
) -> Finding | None:
    """Return the statement that spoils what the finding's reads, if that is all."""
    place = (finding.file, finding.line or 0)
    # What is too large by one number was hardly overwritten.
    shared = overwriting(*place) if finding.factor is None else frozenset()
    named = misbound(*place)
    if not shared and not named:
        return None
    backward = patchable()
    likely = [pair for pair in offered(backward, shared).patches if pair[1].kinds[0] == "aliased"]
    likely += [pair for pair in offered(backward, named).patches if pair[1].cost == OWN]
    found = single_patch(backward, Offer(likely), wrong, deadline.left, np.inf)
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
    place, cost = (finding.file, finding.line or 0), cost_of(finding.confidence)
    values = CalledValues(shop)
    own = [step for step in shop.assigned if lines_of([step.place[:2]]) >= {place}]
    last = max((step.index for step in own), default=0)
    for value in islice(values.misnamed(wrong), _PLACES):
        if value.step.index > last:
            break
        if place in lines_behind(value):
            return None
        if _would_mend(shop, value, wrong):
            backward = patchable()
            offer = offered(backward, {place, *lines_of(s.place[:2] for s in value.region)})
            left, most = shop.deadline.left, cost + _DEARER
            found = single_patch(backward, offer, wrong, left, most, close=_DEARER)
            if found:
                return None if found[0].line == finding.line else found[0]
    if finding.kind in _OF_VALUES and values.is_right(own):
        backward = patchable()
        offer = offered(backward, values.users(own) - {place})
        found = single_patch(backward, offer, wrong, shop.deadline.left, cost)
        return found[0] if found else None
    return None


def _would_mend(shop: Workshop, value: WrongValue, wrong: Sequence[str]) -> bool:
    """Say whether everything is right as soon as a value is what it is called."""
    at = value.step.index
    arrays = (c * a for a in fitting(value.step, [*value.multiple]) for c in value.factors)
    repairs = (shop.tried([value.step], told({at: array}), wrong) for array in arrays)
    return any(repair is not None and set(repair.mended) >= set(wrong) for repair in repairs)
