"""One finding looked at once more: of two places that mend everything, the likelier one.

What is overwritten in place, a name for something else, and a value that is not what it is called
look from below as if something were wrong there.
"""

import ast
import re
from collections import Counter
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np

from trainwell.diagnosis.gradient_localisation.called_values import CalledValues
from trainwell.diagnosis.gradient_localisation.change import is_number
from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradient_localisation.finding import Finding, cost_of
from trainwell.diagnosis.gradient_localisation.formed import Line, lines_of
from trainwell.diagnosis.gradient_localisation.localisation import Located
from trainwell.diagnosis.gradient_localisation.namesakes import names_of
from trainwell.diagnosis.gradient_localisation.oracles import fitting, in_each_round, told
from trainwell.diagnosis.gradient_localisation.overwritten import (
    misbound,
    overwriting,
    unpacking,
)
from trainwell.diagnosis.gradient_localisation.repair_findings import finding_of
from trainwell.diagnosis.gradient_localisation.statements import node_of, nodes_of, source_of
from trainwell.diagnosis.gradient_localisation.workshop import Repair, Workshop, is_round, near
from trainwell.diagnosis.gradient_localisation.wrong_values import WrongValue, lines_behind
from trainwell.diagnosis.gradient_patches.around import packed_in
from trainwell.diagnosis.gradient_patches.likeliest import CLOSE
from trainwell.diagnosis.gradient_patches.patch_trials import Patchable
from trainwell.diagnosis.gradient_patches.patches_of_names import OWN
from trainwell.diagnosis.gradient_patches.patches_of_sums import KINDS as SUMMED
from trainwell.diagnosis.gradient_patches.patching import Offer, offered, single_patch
from trainwell.diagnosis.gradient_patches.removals import (
    is_product_of_matrices,
    sums_up,
    turns_product,
)
from trainwell.diagnosis.gradient_tape.recording import Step
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.diagnosis.gradients.handed_out import is_of_logarithm, returning, targets_of
from trainwell.diagnosis.gradients.patchable import without
from trainwell.diagnosis.gradients.weighing import SIMPLE, has_number, is_written, reaches_no_more

_TURNS = ("T", "mT", "transpose", "swapaxes", "moveaxis")
_VAGUE = re.compile(
    r"a factor is missing|a term in the parameter is too many|(a )?\w+ is too many"
    r"|is wrong|lacks something|another variable is meant"
)
_OF_AGAIN = 0.5  # of the time that is left, for each finding
_OF_WORDS = 0.3  # of the time that is left, to say it in the words of the source
_PLACES = 6  # values that are called like a derivative and are none
_OF_SUM = ".sum()` is missing"
_OF_VALUES = (
    *("sign", "factor", "reduction", "operation"),
    *("operand", "matrix", "transposed", "constant", "activation-missing"),
)
_OF_USERS = 0.5  # dearer than what has been found, where that is exactly what it is called
_DEARER = 1.0  # than what has been found elsewhere, at most


def each_looked_at_again(
    findings: Sequence[Finding],
    located: Located,
    patchable: Callable[[], Patchable],
    constants: Constants,
    deadline: Deadline,
) -> list[Finding]:
    """Return the findings, or others that they follow from, where each has gradients of its own.

    Parameters
    ----------
    findings : sequence of Finding
        Together they account for everything that is wrong.
    located : Located
        What was found by operation.
    patchable : callable
        Returns the backward pass, if it has to be patched.
    constants : Constants
        Numbers with a name.
    deadline : Deadline
        When to end.

    Returns
    -------
    list of Finding
        As many.
    """
    counts = Counter(name for finding in findings for name in finding.affected)
    wrong = {*located.shop.wrong({})}

    def looked(finding: Finding) -> Finding:
        affected = finding.affected
        alone = all(counts[name] == 1 for name in affected) and {*affected} <= wrong
        if finding.line is None or not alone:
            return finding
        others = frozenset(counts) - {*affected}
        rest = located.without(others) if others else located
        seconds = _OF_AGAIN * deadline.left
        found = looked_at_again(
            finding, rest, constants, lambda: without(patchable(), others), affected, seconds
        )
        return found if reaches_no_more(located.shop, found, finding, others) else finding

    return [looked(finding) for finding in findings]


def looked_at_again(
    finding: Finding,
    located: Located | None,
    constants: Constants,
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
    constants : Constants
        Numbers with a name.
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
    found = _written(finding, patchable, wrong, deadline)
    if found is None:
        found = _read(finding, patchable, wrong, deadline)
    if found is None:
        found = _made_elsewhere(finding, patchable, wrong, deadline)
    if found is None and located is not None and _is_sum(finding, located.shop):
        found = _summed(finding, patchable, wrong, deadline)
    if found is None and located is not None:
        found = _called(finding, located, constants, patchable, wrong, deadline)
    return found or _worded(finding, patchable, wrong, deadline)


def _worded(
    finding: Finding,
    patchable: Callable[[], Patchable],
    wrong: Sequence[str],
    deadline: Deadline,
) -> Finding:
    """Return a finding in the words of the source, where it says but "a factor is missing"."""
    if finding.line is None or not _VAGUE.fullmatch(finding.message):
        return finding
    backward = patchable()
    offer = offered(backward, {(finding.file, finding.line)})
    found = single_patch(backward, offer, wrong, _OF_WORDS * deadline.left, np.inf)
    if not found or found[0].line != finding.line:
        return finding
    target, message, within = found[0].target, found[0].message, found[0].within
    return replace(finding, target=target, message=message, tried=True, within=within)


def _written(
    finding: Finding,
    patchable: Callable[[], Patchable],
    wrong: Sequence[str],
    deadline: Deadline,
) -> Finding | None:
    """Return the statement in which a factor stands that is told where it does not, if any."""
    factor = finding.factor
    if factor is None or is_round(factor, ()) or is_written(finding):
        return None
    lines = {
        (finding.file, node.lineno)
        for node in nodes_of(source_of(finding.file))
        if isinstance(node, ast.stmt) and not hasattr(node, "body") and has_number(node, factor)
    }
    if not lines:
        return None
    backward = patchable()
    offer = offered(backward, lines)
    found = single_patch(backward, offer, wrong, deadline.left, SIMPLE)
    return found[0] if found else None


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
    named = misbound(*place) | _otherwise_packed(*place)
    if not shared and not named:
        return None
    backward = patchable()
    likely = [pair for pair in offered(backward, shared).patches if pair[1].kinds[0] == "aliased"]
    likely += [pair for pair in offered(backward, named).patches if pair[1].cost == OWN]
    found = single_patch(backward, Offer(likely), wrong, deadline.left, np.inf)
    return found[0] if found else None


def _made_elsewhere(
    finding: Finding,
    patchable: Callable[[], Patchable],
    wrong: Sequence[str],
    deadline: Deadline,
) -> Finding | None:
    """Return the statement that makes what the finding's only hands on, if that is all.

    It takes a mean of what is divided later on, or multiplies two matrices the wrong way round.
    """
    factor = finding.factor
    if factor is not None and 0 < abs(factor) < 1 and not is_written(finding):
        meant = sums_up
    elif finding.kind == "transposed" and not _multiplies(finding):
        meant = turns_product
    else:
        return None
    backward = patchable()
    likely = [pair for pair in offered(backward).patches if meant(pair[1])]
    found = single_patch(backward, Offer(likely), wrong, deadline.left, np.inf)
    return found[0] if found and found[0].line != finding.line else None


def _multiplies(finding: Finding) -> bool:
    """Say whether the statement of a finding multiplies two matrices, or turns one."""
    node = None if finding.statement is None else node_of(finding.statement)
    return node is not None and any(
        is_product_of_matrices(each) or (isinstance(each, ast.Attribute) and each.attr in _TURNS)
        for each in ast.walk(node)
    )


def _is_sum(finding: Finding, shop: Workshop) -> bool:
    """Say whether a factor may be a sum of the forward pass, and no number that has a name."""
    factor = finding.factor
    if finding.kind not in SUMMED or not factor or "=" in finding.message or is_round(factor, ()):
        return False
    forward = shop.backward.forward
    numbers = (x for step in forward for x in (step.value, *step.arguments) if is_number(x))
    sums = (np.sum(s.value) for s in forward if np.size(s.value) > 1 and not s.parents)
    known = [abs(float(x)) for x in (*numbers, *sums)]
    return any(near(abs(factor), x) or near(1.0, abs(factor) * x) for x in known)


def _summed(
    finding: Finding,
    patchable: Callable[[], Patchable],
    wrong: Sequence[str],
    deadline: Deadline,
) -> Finding | None:
    """Return the statement that lacks a sum, where the number that is missing is none at hand."""
    backward = patchable()
    likely = [pair for pair in offered(backward).patches if pair[1].message.endswith(_OF_SUM)]
    found = single_patch(backward, Offer(likely), wrong, deadline.left, np.inf)
    return found[0] if found and found[0].line != finding.line else None


def _otherwise_packed(file: str, line: int) -> frozenset[tuple[str, int]]:
    """Return where what a statement reads is unpacked in another order than it was packed in."""
    packed = packed_in(source_of(file))
    found = set()
    for node in unpacking(file, line):
        names = tuple(each.id for each in ast.walk(node.targets[0]) if isinstance(each, ast.Name))
        if names not in packed and any(sorted(names) == sorted(each) for each in packed):
            found.add((file, node.lineno))
    return frozenset(found)


def _called(
    finding: Finding,
    located: Located,
    constants: Constants,
    patchable: Callable[[], Patchable],
    wrong: Sequence[str],
    deadline: Deadline,
) -> Finding | None:
    """Return another statement whose value is not what it is called, if that is all."""
    shop = located.again(deadline.left)
    if not set(wrong) <= {*shop.lineage}:
        return None  # one is made of nothing that was followed
    place, cost = (finding.file, finding.line or 0), cost_of(finding.confidence)
    values = CalledValues(shop, finding.factor)
    own = [step for step in shop.assigned if lines_of([step.place[:2]]) >= {place}]
    own = own or _returned(shop, finding)
    last = max((step.index for step in own), default=0)
    look = _Look(finding, shop, constants, patchable, wrong)
    misnamed = list(islice(values.misnamed(wrong), _PLACES))
    for value in misnamed:
        if value.step.index > last or place in lines_behind(value):
            break
        found = look.at(value, frozenset({place}), cost + _DEARER)
        if found is not None:
            return found if found.line != finding.line else None
    if is_of_logarithm(finding):
        found = look.patched(returning(finding, targets_of(finding)), cost + _OF_USERS)
        if found is not None:
            return found
    if finding.kind not in _OF_VALUES or not values.is_right(own):
        return None
    users = values.users(own) - {place} or returning(
        finding, frozenset().union(*map(names_of, own))
    )
    found = look.patched(users, cost)
    behind = (value for value in misnamed if place not in value.lines)  # is made of the right one
    others = (look.at(value, frozenset(), cost + _DEARER, vague=True) for value in behind)
    found = found or next((each for each in others if each is not None), None)
    return found or look.patched(users, cost + _OF_USERS)


def _returned(shop: Workshop, finding: Finding) -> list[Step]:
    """Return the values of the name that a finding's statement only returns, if it does."""
    match None if finding.statement is None else node_of(finding.statement):
        case ast.Return(value=ast.Name(id=name)):
            return [step for step in shop.assigned if name in names_of(step)]
    return []


@dataclass(frozen=True, eq=False)
class _Look:
    """What there is to look at."""

    finding: Finding
    shop: Workshop
    constants: Constants
    patchable: Callable[[], Patchable]
    wrong: Sequence[str]

    def at(
        self, value: WrongValue, also: frozenset[Line], dearest: float, *, vague: bool = False
    ) -> Finding | None:
        """Return what is wrong where a value is made, if all is right as soon as that is.

        A patch of those statements, or of others, tells more than what the value is; that does
        if it is a multiple of what it should be, or where a vague answer is as good as none.
        """
        repair = _mending(self.shop, value, self.wrong)
        if repair is None:
            return None
        found = self.patched(value.lines | also, dearest, _DEARER)
        if found is not None and found.line == self.finding.line:
            # What is called a derivative, and is none, is as likely where it is as dear.
            as_dear = cost_of(found.confidence) + CLOSE
            found = self.patched(value.lines - also, as_dear, _DEARER) or found
        if found is not None and found.line != self.finding.line:
            return found
        told_by = finding_of(self.shop, [repair], self.constants, self.wrong)
        scaled = told_by.factor is not None and len(value.lines) == 1
        return told_by if scaled or (vague and found is None) else found

    def patched(
        self, lines: Container[Line], dearest: float, close: float = CLOSE
    ) -> Finding | None:
        """Return the statement, of some, of which one simple patch mends everything."""
        backward = self.patchable()
        left = self.shop.deadline.left
        offer = offered(backward, lines)
        found = single_patch(backward, offer, self.wrong, left, dearest, close=close)
        return found[0] if found else None


def _mending(shop: Workshop, value: WrongValue, wrong: Sequence[str]) -> Repair | None:
    """Return what makes everything right by making a value what it is called, if that does."""
    at = value.step.index
    arrays = (c * a for a in fitting(value.step, [*value.multiple]) for c in value.factors)
    once = (shop.tried([value.step], told({at: array}), wrong) for array in arrays)
    repairs = chain(once, in_each_round(shop, value.step, value.multiple, value.factors, wrong))
    return next((each for each in repairs if each and set(each.mended) >= set(wrong)), None)
