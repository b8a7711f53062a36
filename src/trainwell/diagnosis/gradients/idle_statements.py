"""What a backward pass does for nothing: loops that change nothing, and zeros that stay."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from trainwell.diagnosis.gradient_localisation.accumulators import STAYS_ZERO, left_at_zero
from trainwell.diagnosis.gradient_localisation.carried_zeros import (
    UNCHANGED,
    UNWRITTEN,
    idle_function,
    idle_loop,
    unchanged_zeros,
    unwritten_zeros,
)
from trainwell.diagnosis.gradient_localisation.computed_for_nothing import computed_for_nothing
from trainwell.diagnosis.gradient_localisation.finding import SURE, Finding
from trainwell.diagnosis.gradient_patches.patched import Source
from trainwell.diagnosis.gradient_verdict.judgement import Judgement
from trainwell.diagnosis.gradients.weighing import unaccounted


def with_carried(
    findings: list[Finding], found: Sequence[Source], wrong: Sequence[str]
) -> list[Finding]:
    """Return a variable that its loop never changes in the place of what only says "wrong".

    Parameters
    ----------
    findings : list of Finding
        What has been found.
    found : sequence of Source
        The functions of the backward pass.
    wrong : sequence of str
        Parameters whose gradients are wrong.

    Returns
    -------
    list of Finding
        The same where there is no such variable, or where all is said already.
    """
    vague = [finding for finding in findings if finding.confidence < SURE]
    left = unaccounted([f for f in findings if f.confidence >= SURE], wrong)
    carried = (
        (*pair, said)
        for zeros, said in ((unchanged_zeros, UNCHANGED), (unwritten_zeros, UNWRITTEN))
        for source in found
        for pair in zeros(source.tree, source.file)
    )
    name, statement, message = next(carried, ("", None, ""))
    if statement is None or not left:
        return findings
    kinds = ("path", "activation-missing", "operand")
    said = Finding(name, "zero", 0.0, statement, message, SURE, tuple(left), kinds)
    return [said, *(finding for finding in findings if finding not in vague)]


def where_idle(finding: Finding, found: Sequence[Source]) -> Finding:
    """Return where something is not used, if that is why a value is wrong, or stays zero.

    Parameters
    ----------
    finding : Finding
        Of a value.
    found : sequence of Source
        The functions of the backward pass.

    Returns
    -------
    Finding
        The same where everything is used.
    """
    if finding.kind == "path" and finding.confidence < SURE and finding.statement is not None:
        trees = [(each.tree, each.file) for each in found]
        unread = computed_for_nothing(trees, finding.statement)
        if unread is not None:
            name, at = unread
            message = f"{finding.message}; `{name}` is computed, and not used"
            return replace(finding, target=at.target, statement=at, message=message)
    if finding.message != STAYS_ZERO:
        return finding
    idle = (idle_loop(source.tree, source.file) for source in found)
    names, statement = next((loop for loop in idle if loop is not None), ("", None))
    if statement is not None:
        message = f"{STAYS_ZERO}, in a loop that never reads `{names}`"
        return replace(finding, statement=statement, message=message)
    given = idle_function([(each.tree, each.file) for each in found], finding.target)
    if given is not None:
        name, statement = given
        message = f"{STAYS_ZERO}, in a function that never uses `{name}`"
        return replace(finding, target=name, statement=statement, message=message)
    return finding


def never_added_to(
    judgement: Judgement, found: Sequence[Source], names: Sequence[str]
) -> list[Finding]:
    """Return the numbers that begin as zero, are handed out as gradients, and are not added to.

    Parameters
    ----------
    judgement : Judgement
        Which gradients are zero.
    found : sequence of Source
        The functions of the backward pass.
    names : sequence of str
        Parameters whose gradients nothing accounts for.

    Returns
    -------
    list of Finding
        One for each of them.
    """
    findings = []
    for name in names:
        given = judgement.arrays[name].given
        if given is None or np.any(given):
            continue
        places = (left_at_zero(source.tree, source.file, name) for source in found)
        place = next((place for place in places if place is not None), None)
        if place is not None:
            target, statement = place
            message, kinds = STAYS_ZERO, ("path", "support", "factor")
            findings.append(Finding(target, "zero", 0.0, statement, message, SURE, (name,), kinds))
    return findings
