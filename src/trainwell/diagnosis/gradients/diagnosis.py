"""From a judgement to the bugs: by operation, by patch of the source, or by shape alone."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from trainwell.diagnosis.gradient_localisation.backward import called_beside
from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradient_localisation.finding import SURE, Finding
from trainwell.diagnosis.gradient_localisation.localisation import (
    FEW,
    Located,
    localised_by_name,
    localised_certain,
    localised_first,
    localised_further,
)
from trainwell.diagnosis.gradient_patches.blame import of_one_fault, suspecting, with_suspects
from trainwell.diagnosis.gradient_patches.patch_trials import (
    Patchable,
    gradient_of,
    quietly,
)
from trainwell.diagnosis.gradient_patches.patching import (
    Offer,
    offered,
    patched_findings,
    single_patch,
)
from trainwell.diagnosis.gradient_trials.shapes import (
    by_shape,
    with_parameter,
    with_penalty,
    with_shape,
)
from trainwell.diagnosis.gradient_trials.without_code import hypothesised
from trainwell.diagnosis.gradient_verdict.comparison import Status
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.diagnosis.gradient_verdict.judgement import Judgement
from trainwell.diagnosis.gradients.beside_the_other import beside_the_other, is_doubtful
from trainwell.diagnosis.gradients.evident import (
    beside_clear,
    beside_evident,
    beside_likely,
    beside_not_finite,
)
from trainwell.diagnosis.gradients.idle_statements import (
    never_added_to,
    where_idle,
    with_carried,
)
from trainwell.diagnosis.gradients.one_by_one import one_by_one
from trainwell.diagnosis.gradients.passes import Passes
from trainwell.diagnosis.gradients.patchable import Code
from trainwell.diagnosis.gradients.second_look import each_looked_at_again
from trainwell.diagnosis.gradients.two_patches import two_patches
from trainwell.diagnosis.gradients.weighing import (
    ONE_OF_SEVERAL,
    SIMPLE,
    better,
    convincing,
    dearest,
    is_nameless,
    likelier,
    of_one_line,
    unaccounted,
)
from trainwell.diagnosis.gradients.written_factors import (
    beside_scaling,
    beside_written,
    is_product,
    is_written_elsewhere,
    lacking,
    two_left_out,
)
from trainwell.diagnosis.gradients.wrong_slope import wrong_slope

_OF_ONE = 0.3  # of the time, for one simple patch before several faults are looked for
_OF_CLEAR = 0.6  # of what is left then, for a number that is too much, and another fault
_OF_SLOPE = 0.3  # of what is left then, for one wrong slope
_OF_NAMES = 0.25  # of what is left then, for statements that are judged by their names
_OF_LONG = 0.35  # of what is left, for patches of a backward pass of too many operations
_OF_APART = 0.5  # of what is left then, for a patch of what nothing accounts for
_APART = 1.5  # cost of that patch, at most
_OF_TWO = 0.2  # of what is left then, for a factor of all, and for two simple patches
_OF_EVIDENT = 0.2  # of what is left then, for what the text tells, and another fault
_OF_TOLD = 0.4  # the same, where the text tells something
_OF_SEVERAL = 0.6  # of what is left then, before pairs of patches
_OF_ANY = 0.6  # of what is left then, for patches of any sort; the rest is for likely ones
_OF_EACH = 0.4  # of what is left then, for one fault after the other
_OF_AGAIN = 0.5  # of what is left at the end, for two faults once more


@np.errstate(all="ignore")  # what is infinite in the user's passes may be so
def diagnosed(
    judgement: Judgement,
    code: Code | None,
    constants: Constants,
    seconds: float,
) -> list[Finding]:
    """Return the bugs, by line where the backward pass could be followed.

    Parameters
    ----------
    judgement : Judgement
        Which gradients are wrong.
    code : Code or None
        The backward pass; ``None`` where gradients were given.
    constants : Constants
        Numbers with a name.
    seconds : float
        How long to search.

    Returns
    -------
    list of Finding
        Together they account for every wrong gradient.
    """
    expected = judgement.reference.gradient
    wrong = [n for n, a in judgement.arrays.items() if a.status is not Status.OK]
    deadline = Deadline(seconds)
    located = None
    backward = None if code is None else code.as_it_stands()
    if backward is not None and backward.outputs:
        followed = {n: expected[n] for n in backward.outputs}
        located = localised_first(backward, followed, constants, seconds)
    findings = [] if located is None else located.findings
    # By operation only this point is looked at: what is right here may be wrong at the other one.
    one_point = code is not None and not code.at_both
    sure = one_point and convincing(findings, wrong)

    @cache
    def patchable() -> Patchable:
        assert code is not None  # noqa: S101 - for the type checker
        found = code.patchable()
        return found if located is None else with_suspects(found, located.shop, wrong)

    @cache
    def passes() -> Passes:
        assert code is not None  # noqa: S101 - for the type checker
        own = patchable()
        return Passes(code.record, constants, own, offered(own), wrong)

    if code is not None and not sure:
        search = _searched if one_point else _at_both_points
        findings = search(passes(), located, judgement, deadline)
    if one_point and any(map(is_product, findings)):
        findings = beside_written(passes(), findings, _OF_TWO * deadline.left) or findings
    if one_point and is_written_elsewhere(findings):
        findings = two_left_out(passes(), _OF_TWO * deadline.left) or findings
    if code is not None and not sure:
        functions = patchable().sources
        findings = with_carried(findings, functions, wrong)
        findings = [where_idle(finding, functions) for finding in findings]
        findings += never_added_to(judgement, functions, unaccounted(findings, wrong))
    if located is not None and one_point and findings and not unaccounted(findings, wrong):
        if len(findings) == FEW and any(map(is_doubtful, findings)):
            seconds = _OF_AGAIN * deadline.left
            findings = beside_the_other(passes(), located, findings, seconds)
        findings = each_looked_at_again(findings, located, patchable, constants, deadline)
    findings = of_one_line(findings, [] if located is None else located.findings, wrong)
    findings = [with_penalty(finding, judgement, constants) for finding in findings]
    left_over = unaccounted(findings, wrong)
    explained, left_over = hypothesised(judgement, left_over, constants)
    names = called_beside(backward, left_over) if backward else None
    shapes = by_shape(judgement, left_over, constants, names)
    return [*map(with_parameter, [*findings, *explained, *shapes])]


def _searched(
    passes: Passes, located: Located | None, judgement: Judgement, deadline: Deadline
) -> list[Finding]:
    """Return the bugs that take longer to find, by patch of the source and by operation.

    What one simple patch mends is found soonest. Then several bugs that hide each other are looked
    for by operation, and at last everything that patches can mend.
    """
    findings = [] if located is None else located.findings
    named: list[Finding] = []
    offer, wrong = passes.offer, passes.wrong
    patchable = suspecting(passes.patchable, findings)
    passes = replace(passes, patchable=patchable)
    patched = single_patch(patchable, offer, wrong, _OF_ONE * deadline.left, SIMPLE)
    patched = patched or beside_not_finite(passes, findings, _OF_TOLD * deadline.left)
    one = _is_one(findings, wrong)
    patched = patched or ([] if one else lacking(passes, findings, _OF_ONE * deadline.left))
    if not patched and located is not None and not one:
        named, sure = _as_told(passes, located, deadline)
        if sure:
            return named
    if not patched and located is not None:
        found = _beside_known(passes, findings, deadline)
        if found:
            return [with_shape(finding, judgement) for finding in found]
        patched = _of_long(passes, located, deadline)
    if not patched and located is not None:
        findings = _several(passes, located, deadline)
        if convincing(findings, wrong):
            return _one_instead(passes, findings, deadline) or findings
    if not patched:
        patched = _with_any_patches(passes, located, findings, deadline)
    found = better(findings, [with_shape(finding, judgement) for finding in patched], wrong)
    if located is not None:
        found = _beside_any(passes, found, deadline)
    if not named or _is_sure(found, wrong):
        return found
    return named if unaccounted(found, wrong) or _is_sure(named, ()) else found


def _beside_any(passes: Passes, findings: list[Finding], deadline: Deadline) -> list[Finding]:
    """Return two faults in the place of more, or of what is not sure: all patches are known now."""
    found = findings
    if len(found) > FEW:
        found = beside_evident(passes, _OF_AGAIN * deadline.left) or found
    if not _is_sure(found, passes.wrong):
        found = beside_likely(passes, deadline.left) or found
    return found


def _of_long(passes: Passes, located: Located, deadline: Deadline) -> list[Finding]:
    """Return the patch, or two, that mend a backward pass of too many operations, or none."""
    if not located.is_fruitless:
        return []

    def patched(most: int) -> list[Finding]:
        seconds = _OF_LONG * deadline.left
        return patched_findings(passes.patchable, passes.wrong, seconds, np.inf, most, passes.offer)

    one = patched(1)
    two = [] if one else patched(FEW)
    return two if two and _is_sure(two, passes.wrong) else one


def _at_both_points(
    passes: Passes, located: Located | None, judgement: Judgement, deadline: Deadline
) -> list[Finding]:
    """Return what patches mend here and elsewhere: that is worth more, whatever they cost."""
    findings = [] if located is None else located.findings
    patchable, offer, wrong = suspecting(passes.patchable, findings), passes.offer, passes.wrong
    patched = single_patch(patchable, offer, wrong, _OF_ONE * deadline.left, SIMPLE)
    left = deadline.left * (_OF_ONE if convincing(findings, wrong) else 1.0)
    patched = patched or patched_findings(patchable, wrong, left, offer=offer)
    return [with_shape(finding, judgement) for finding in patched] or findings


def _with_any_patches(
    passes: Passes, located: Located | None, findings: Sequence[Finding], deadline: Deadline
) -> list[Finding]:
    """Return what patches mend that are likelier than what was found by operation."""
    cost, most = dearest(findings, passes.wrong)
    patchable = suspecting(passes.patchable, findings)
    if located is not None and most == 1:
        patchable = of_one_fault(patchable, located.shop.backward, passes.wrong)
    seconds = _OF_ANY * deadline.left
    return patched_findings(patchable, passes.wrong, seconds, cost, most, passes.offer)


def _as_told(passes: Passes, located: Located, deadline: Deadline) -> tuple[list[Finding], bool]:
    """Return what is clearly too much, no slope, or not what it is called; and if it is sure."""
    patchable, constants, wrong = passes.patchable, passes.constants, passes.wrong
    clear = beside_clear(passes, _OF_CLEAR * deadline.left)
    if clear:
        return clear, True
    slope, sure = wrong_slope(located, patchable, wrong, _OF_SLOPE * deadline.left)
    if slope is not None and sure:
        return [slope], True
    found = localised_by_name(located, constants, _OF_NAMES * deadline.left)
    if convincing(found, wrong):
        return found, True
    return found if slope is None else [slope], False


def _beside_known(passes: Passes, findings: Sequence[Finding], deadline: Deadline) -> list[Finding]:
    """Return what is known of several faults, with what is beside; none if neither is sure.

    Two simple patches may show that what was found by operation is likelier than they are.
    """
    found = _apart(passes, findings, _OF_APART * deadline.left)
    if found or _is_one(findings, passes.wrong):
        return found
    for search in (two_left_out, beside_scaling):
        found = search(passes, _OF_TWO * deadline.left)
        if found:
            return found
    found = two_patches(passes, _OF_TWO * deadline.left)
    if found:
        return likelier([*findings], found, passes.wrong)
    told = any(patch.evident for _, patch in passes.offer.patches)
    return beside_evident(passes, (_OF_TOLD if told else _OF_EVIDENT) * deadline.left)


def _apart(passes: Passes, findings: Sequence[Finding], seconds: float) -> list[Finding]:
    """Return what is sure already, with the one patch that makes all other gradients right."""
    patchable, wrong = passes.patchable, passes.wrong
    sure = [finding for finding in findings if finding.confidence >= SURE]
    left = unaccounted(sure, wrong)
    if not left or not 0 < len(sure) < FEW:
        return []  # more of them may be what others look like
    # What is known stays as wrong as it is: a patch that changes it is on the same path.
    with quietly():
        given = gradient_of(patchable) or {}
    known = [name for finding in sure for name in finding.affected]
    if not {*known} <= {*given}:
        return []
    as_given = {name: np.asarray(given[name], dtype=np.float64) for name in known}
    apart = replace(patchable, expected={**patchable.expected, **as_given})
    found = single_patch(apart, Offer(passes.offer.patches), left, seconds, _APART)
    places = {(finding.file, finding.line) for finding in sure}
    if not found or (found[0].file, found[0].line) in places:
        return []  # of one statement not everything is known
    return [*sure, *found]


def _several(passes: Passes, located: Located, deadline: Deadline) -> list[Finding]:
    """Return bugs that hide each other: from the cost on, one beside the other, or certain ones."""
    wrong, constants = passes.wrong, passes.constants
    located = localised_further(located, constants, _OF_SEVERAL * deadline.left)
    findings = located.findings
    if located.is_fruitless or (findings and all(each.confidence == 1.0 for each in findings)):
        return findings
    if _is_one(findings, wrong):
        return findings  # one fault that accounts for everything is likelier than two
    found = one_by_one(passes, located, _OF_EACH * deadline.left)
    found = found if len(found) == FEW else []  # more of them may be what others look like
    if found and all(each.confidence >= SURE for each in found):
        return found
    if not convincing(findings, wrong):
        findings = localised_certain(located, constants).findings
    return likelier(findings, found, wrong)


def _one_instead(passes: Passes, findings: Sequence[Finding], deadline: Deadline) -> list[Finding]:
    """Return the one patch that does what several findings do to one and the same gradient."""
    if len(findings) == 1 or len(passes.wrong) > 1:
        return []
    seconds = _OF_ANY * deadline.left
    return single_patch(passes.patchable, passes.offer, passes.wrong, seconds, ONE_OF_SEVERAL)


def _is_sure(findings: Sequence[Finding], wrong: Sequence[str]) -> bool:
    sure = all(finding.confidence >= SURE for finding in findings)
    return sure and not unaccounted(findings, wrong)


def _is_one(findings: Sequence[Finding], wrong: Sequence[str]) -> bool:
    sure = len(findings) == 1 and findings[0].confidence > SURE
    return sure and not is_nameless(findings) and not unaccounted(findings, wrong)
