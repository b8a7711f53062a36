"""Two faults found by operation: each looked for once more, by simple patch, beside the other."""

from dataclasses import replace

from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.localisation import Located
from trainwell.diagnosis.gradient_localisation.workshop import Workshop, is_round
from trainwell.diagnosis.gradient_patches.patch_trials import quietly
from trainwell.diagnosis.gradient_patches.patching import Offer, single_patch
from trainwell.diagnosis.gradients.held_right import (
    held_at,
    place_of,
    running,
)
from trainwell.diagnosis.gradients.passes import Passes
from trainwell.diagnosis.gradients.patchable import without
from trainwell.diagnosis.gradients.weighing import SIMPLE, reaches_no_more

_SHARE = 0.25  # of the time that is left, for one patch


def is_doubtful(finding: Finding) -> bool:
    """Say whether a simple patch elsewhere may tell more than what was found by operation."""
    odd = finding.factor is None or not is_round(finding.factor, ())
    return finding.confidence < 1.0 and odd and not finding.tried


def beside_the_other(
    passes: Passes, located: Located, findings: list[Finding], seconds: float
) -> list[Finding]:
    """Return two findings, or a simple patch in the place of one while the other is held right.

    Parameters
    ----------
    passes : Passes
        Both passes.
    located : Located
        What has been found by operation.
    findings : list of Finding
        Two, which account for everything.
    seconds : float
        How long to search.

    Returns
    -------
    list of Finding
        The same but for what a patch elsewhere tells for certain.
    """
    deadline = Deadline(seconds)

    def looked(own: Finding, other: Finding) -> Finding:
        if not is_doubtful(own):
            return own
        found = _apart(passes, own, other, _SHARE * deadline.left)
        found = found or _simple_beside(passes, located.shop, own, other, deadline)
        if not found or place_of(found[0]) in (place_of(own), place_of(other)):
            return own
        if not reaches_no_more(located.shop, found[0], own, other.affected):
            return own
        return replace(found[0], affected=own.affected)

    with quietly():
        one = looked(findings[0], findings[1])
        return [one, looked(findings[1], one)]  # both are not told of the same statement


def _apart(passes: Passes, own: Finding, other: Finding, seconds: float) -> list[Finding]:
    """Return a simple patch for the gradients that only one finding affects."""
    wrong = [name for name in own.affected if name not in other.affected]
    if not wrong:
        return []
    patchable = without(passes.patchable, other.affected)
    return single_patch(patchable, Offer(passes.offer.patches), wrong, seconds, SIMPLE)


def _simple_beside(
    passes: Passes, shop: Workshop, own: Finding, other: Finding, deadline: Deadline
) -> list[Finding]:
    """Return a simple patch for one finding while the values of the other's line are right."""
    held = held_at(passes, shop, place_of(other))
    rest = held.rest(deadline.left) if held is not None else None
    if held is None or rest is None or not {*own.affected} >= {*rest.wrong} > set():
        return []
    patchable, offer = held.backward()
    with running(patchable):
        return single_patch(patchable, offer, rest.wrong, _SHARE * deadline.left, SIMPLE)
