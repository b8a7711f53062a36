"""The search for a patch of the user's source that makes wrong gradients right.

Every small change of the functions of the backward pass is tried, the simplest first, until the
gradients are those of the reference: program repair with an exact oracle.
"""

import ast
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradient_localisation.finding import Finding, confidence
from trainwell.diagnosis.gradient_localisation.formed import OF_FORM
from trainwell.diagnosis.gradient_localisation.signatures import factor_text, ratio
from trainwell.diagnosis.gradient_localisation.statements import statement_at
from trainwell.diagnosis.gradient_patches.around import around
from trainwell.diagnosis.gradient_patches.elsewhere import weighed_elsewhere
from trainwell.diagnosis.gradient_patches.fitted_terms import fitted_term
from trainwell.diagnosis.gradient_patches.likeliest import CLOSE, by_sense, reach
from trainwell.diagnosis.gradient_patches.patch import Patch, lacking
from trainwell.diagnosis.gradient_patches.patch_pairs import simplest_pair
from trainwell.diagnosis.gradient_patches.patch_trials import (
    Patchable,
    Trial,
    gradient_of,
    quietly,
    together,
    tried,
)
from trainwell.diagnosis.gradient_patches.patched import Source
from trainwell.diagnosis.gradient_patches.patches import patches
from trainwell.diagnosis.gradient_patches.patches_of_formulas import NOT_FINITE
from trainwell.diagnosis.gradient_patches.removals import exchanges
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.types import FloatArray

_OF_SINGLE = 0.67  # of the time that is left, for single patches; the rest is for pairs of them
_OF_PAIRS = 0.2  # of the time, at most
_SETTLED = 1.0  # cost by which patches of what right gradients are made of are tried later
_SUSPECTED = 0.15  # cost by which patches of a suspected function are tried sooner
_FORMED = 0.4  # what it costs more to change the formula of a derivative, or what was given
MOST = 3
"""Patches of one backward pass."""


@dataclass(frozen=True, eq=False)
class Offer:
    """The patches of a backward pass, and what those do that have been tried.

    Parameters
    ----------
    patches : sequence of tuple
        Each with the function that it changes.
    done : dict
        What they do to the gradients that are wrong without any, by the identity of the patch.
    """

    patches: Sequence[tuple[Source, Patch]]
    done: dict[int, Trial | None] = field(default_factory=dict)

    @property
    def known(self) -> list[Trial]:
        """What was tried and could be carried out."""
        return [trial for trial in self.done.values() if trial is not None]

    def beside(self, trial: Trial) -> "Offer":
        """Return the patches of other statements; what they do beside this one is not known."""
        own = trial.patch.statement
        return Offer([pair for pair in self.patches if pair[1].statement is not own])


def offered(backward: Patchable, lines: Container[tuple[str, int]] | None = None) -> Offer:
    """Return all patches of the functions of a backward pass.

    Parameters
    ----------
    backward : Patchable
        What is patched.
    lines : container of tuple, optional
        File and line of the statements to patch; all of them by default.

    Returns
    -------
    Offer
        None of them has been tried.
    """
    return Offer(
        [
            (source, _weighed(backward, source, patch))
            for source in backward.sources
            for patch in patches(
                around(source, backward.constants, tuple(backward.expected)), lines
            )
        ]
    )


def single_patch(
    backward: Patchable,
    offer: Offer,
    wrong: Sequence[str],
    seconds: float,
    dearest: float,
    *,
    close: float = CLOSE,
) -> list[Finding]:
    """Return the statement of which one simple patch makes all wrong gradients right.

    Parameters
    ----------
    backward : Patchable
        What is patched.
    offer : Offer
        The patches, which are not to be changed; what they do is noted there.
    wrong : sequence of str
        Parameters whose gradients are wrong.
    seconds : float
        How long to search.
    dearest : float
        Cost of the patches that are looked at last.
    close : float, default=0.06
        Patches that cost so much more than the simplest are likely, too, if they make more sense.

    Returns
    -------
    list of Finding
        One, or none.
    """
    with quietly():
        given = gradient_of(backward) or {}
        limit = dearest + CLOSE
        trials = _trials(backward, offer, wrong, Deadline(seconds), limit, close, whole=True)
        best = _simplest(backward, trials, close)
        if best is None or best.patch.cost > dearest:
            return []
        return [finding_of_patch(best, best.names, given, backward, wrong)]


def patched_findings(
    backward: Patchable,
    wrong: Sequence[str],
    seconds: float,
    dearest: float = np.inf,
    most: int = MOST,
    offer: Offer | None = None,
) -> list[Finding]:
    """Return the statements whose patches make wrong gradients right.

    Parameters
    ----------
    backward : Patchable
        What is patched.
    wrong : sequence of str
        Parameters whose gradients are wrong.
    seconds : float
        How long to search.
    dearest : float, default=inf
        Cost of the patches that are looked at last.
    most : int, default=MOST
        How many patches together may mend what is wrong; if it is 1, one has to mend everything.
    offer : Offer, optional
        The patches, with what is known of them already.

    Returns
    -------
    list of Finding
        One for each patch; together they account for what they affect.
    """
    deadline = Deadline(seconds)
    found: list[Finding] = []
    left = list(wrong)
    with ExitStack() as kept, quietly():
        given = gradient_of(backward) or {}
        while left and len(found) < most:
            if found or offer is None:
                offer = offered(backward)
            share = Deadline((_OF_SINGLE if most > 1 else 1.0) * deadline.left)
            trials = _trials(backward, offer, left, share, dearest, whole=most == 1)
            best = _simplest(backward, trials)
            if best is None or len(best.names) < len(left):
                best = fitted_term(backward, offer.known, given, left) or best
            if best is not None:
                found.append(finding_of_patch(best, best.names, given, backward, wrong))
                left = [name for name in left if name not in best.names]
                kept.enter_context(together([best]))
                continue
            if len(found) + 2 <= most:
                # What two patches do together is mostly seen at once, or not at all.
                pairs = Deadline(min(deadline.left, _OF_PAIRS * seconds))
                pair = simplest_pair(backward, left, trials, pairs)
                found += [finding_of_patch(*each, backward, wrong) for each in pair]
            break
    return found


def _trials(
    backward: Patchable,
    offer: Offer,
    wrong: Sequence[str],
    deadline: Deadline,
    dearest: float,
    close: float = CLOSE,
    *,
    whole: bool,
) -> list[Trial]:
    """Return what patches do, the simplest first; not all, where one mends everything."""
    chosen = [pair for pair in offer.patches if pair[1].cost <= dearest]
    trials: list[Trial] = []
    last = np.inf
    for source, patch in in_turn(backward, chosen):
        if deadline.passed:
            break
        if patch.cost > last or (np.isfinite(last) and _is_settled(backward, source, patch)):
            continue
        if id(patch) not in offer.done:
            trial = tried(backward, source, patch, wrong)
            offer.done[id(patch)] = weighed_elsewhere(backward, trial, wrong)
        trial = offer.done[id(patch)]
        if trial is None or (whole and len(trial.names) < len(wrong)):
            continue
        trials.append(trial)
        if len(trial.names) == len(wrong):
            last = min(last, reach(trial.patch.cost, close))
    return sorted(trials, key=lambda trial: trial.patch.cost)


def in_turn(
    backward: Patchable, patches: Sequence[tuple[Source, Patch]]
) -> Iterator[tuple[Source, Patch]]:
    """Yield patches by their cost, and between them those of suspected statements, sooner.

    Parameters
    ----------
    backward : Patchable
        What is patched.
    patches : sequence of tuple
        Each with the function that it changes.

    Yields
    ------
    tuple
        Each of them once.
    """

    def cost(pair: tuple[Source, Patch]) -> float:
        source, patch = pair
        later = _SETTLED if _is_settled(backward, source, patch) else 0.0
        return patch.cost + later - (_SUSPECTED if backward.is_suspected(source) else 0.0)

    ordered = sorted(patches, key=cost)

    def standing_in(lines: Container[tuple[str, int]]) -> Iterator[tuple[Source, Patch]]:
        return (p for p in ordered if (p[0].file, p[1].statement.lineno) in lines)

    first, second = standing_in(backward.suspected), standing_in(backward.close)
    seen: set[int] = set()
    for each in ordered:
        for pair in (next(first, each), next(second, each), each):
            if id(pair[1]) not in seen:
                seen.add(id(pair[1]))
                yield pair


def _simplest(backward: Patchable, trials: Sequence[Trial], close: float = CLOSE) -> Trial | None:
    """Return the patch that mends the most; of several, the simplest that makes sense."""
    most = max((len(trial.names) for trial in trials), default=0)
    if not most:
        return None
    return by_sense(backward, [trial for trial in trials if len(trial.names) == most], close)


def _is_settled(backward: Patchable, source: Source, patch: Patch) -> bool:
    """Say whether a right gradient is made of what a patch changes: hardly that is wrong."""
    return (source.file, patch.statement.lineno) in backward.settled


def _weighed(backward: Patchable, source: Source, patch: Patch) -> Patch:
    """Return a patch with a higher cost if what it changes is right as it stands."""
    place = (source.file, patch.statement.lineno)
    formed = place in backward.formed and patch.kinds[0] in OF_FORM
    # What was given may have got the names of each other.
    given = place in backward.given and not exchanges(patch)
    more = _FORMED if formed or given else 0.0
    return replace(patch, cost=patch.cost + more) if more else patch


def finding_of_patch(
    best: Trial,
    names: Sequence[str],
    given: Mapping[str, Any],
    backward: Patchable,
    wrong: Sequence[str],
) -> Finding:
    """Return what a patch says.

    Parameters
    ----------
    best : Trial
        The patch.
    names : sequence of str
        Wrong gradients that it changes.
    given : mapping of str to Any
        What they are without it.
    backward : Patchable
        What is patched.
    wrong : sequence of str
        Parameters whose gradients are wrong without any patch.

    Returns
    -------
    Finding
        With the line of the statement.
    """
    patch = best.patch
    statement = statement_at(best.source.file, patch.statement.lineno)
    ratios = [_ratio(given.get(name), backward.expected[name]) for name in names]
    known = [c for c in ratios if c is not None]
    factor, message = patch.factor, patch.told()
    if known and len(known) == len(ratios) and np.ptp(known) <= 1e-9 * abs(known[0]):
        factor = known[0]
        several = any(np.size(backward.expected[name]) > 1 for name in names)
        if factor and several and not patch.message:  # one number is a multiple of any other
            message = f"{factor_text(factor, Constants(backward.constants, {}))}: {message}"
    kinds = patch.kinds
    if factor == -1 and "sign" in kinds:
        kinds = ("sign", *kinds)
    written = {n.attr for n in ast.walk(patch.statement) if isinstance(n, ast.Attribute)}
    if written & set(NOT_FINITE):
        kinds = ("not-finite", *kinds)
    ordered = tuple(dict.fromkeys(kinds))
    return Finding(
        target=patch.target or lacking(patch, best.source.tree) or statement.target,
        kind=ordered[0],
        factor=factor,
        statement=statement,
        message=message,
        confidence=confidence(patch.cost) if len(best.names) == len(wrong) else 0.9,
        affected=tuple(names),
        alternatives=ordered[1:4],
        tried=True,
        within=patch.line,
    )


def _ratio(given: Any, expected: FloatArray) -> float | None:
    """Return by what a gradient is too large, if it is a multiple of the right one."""
    own = np.asarray(given)
    comparable = own.shape == expected.shape and own.dtype.kind == "f" and np.isfinite(own).all()
    return ratio(own, expected) if comparable else None
