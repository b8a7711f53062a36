"""Wrong gradients of which only the numbers are known: what is wrong with them, and where.

The sentences say "as if" of a place in the forward pass: that is all that is at hand.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from trainwell.diagnosis.gradient_localisation.finding import Finding, gradients_called
from trainwell.diagnosis.gradient_localisation.signatures import factor_text
from trainwell.diagnosis.gradient_trials.hypotheses import Explanation, Search
from trainwell.diagnosis.gradient_trials.repeated import Repeated
from trainwell.diagnosis.gradient_verdict.comparison import Status
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.diagnosis.gradient_verdict.judgement import Judgement

MOST = 6
"""Mistakes that are looked for, one after the other."""


def hypothesised(
    judgement: Judgement, names: Sequence[str], constants: Constants
) -> tuple[list[Finding], list[str]]:
    """Return the mistakes that explain wrong gradients, and the gradients that are left.

    Parameters
    ----------
    judgement : Judgement
        What was compared.
    names : sequence of str
        The arrays to explain.
    constants : Constants
        Numbers with a name.

    Returns
    -------
    findings : list of Finding
        One for each mistake, with all the arrays that are wrong because of it.
    left : list of str
        The arrays that no mistake explains.
    """
    trace = judgement.reference.trace
    usable = [n for n in names if judgement.arrays[n].status is Status.WRONG]
    if trace is None or not usable:
        return [], list(names)
    given = {
        n: a.expected if a.given is None or n not in usable else a.given
        for n, a in judgement.arrays.items()
    }
    if any(not np.isfinite(g).all() for g in given.values()):
        return [], list(names)
    search = Search(trace, given, judgement.calls.data, constants)
    findings: list[Finding] = []
    places: dict[object, int] = {}
    for _ in range(MOST):
        wrong = search.wrong(usable)
        if not wrong:
            break
        found = search.explanations(wrong)
        if search.repeated:
            findings.append(_of_rounds(search.repeated[0], [n for n in given if n in wrong]))
        if not found:
            break
        finding = _finding(found, constants, len(wrong) == len(judgement.arrays))
        place = (finding.kind, found[0].hit.suspect.shown.place[:3])
        if place in places:  # a loop, or a helper that is called for every layer
            at = places[place]
            affected = tuple(dict.fromkeys((*findings[at].affected, *finding.affected)))
            findings[at] = replace(findings[at], affected=affected)
        else:
            places[place] = len(findings)
            findings.append(finding)
        search.replaced = dict(found[0].replaced)
        search.replaced_by_hits = True
        search.sweep()
    accounted = {name for finding in findings for name in finding.affected}
    return findings, [n for n in names if n not in accounted]


def _of_rounds(mistake: Repeated, wrong: Sequence[str]) -> Finding:
    """Return what is wrong in every round."""
    return Finding(
        gradients_called(wrong),
        mistake.kinds[0],
        mistake.factor,
        None,
        f"as if {mistake.said}, each time",
        0.8,
        tuple(wrong),
        mistake.kinds[1:4],
    )


def _finding(
    found: Sequence[Explanation],
    constants: Constants,
    everything: bool,  # noqa: FBT001
) -> Finding:
    """Return the simplest explanation, with the others as alternatives."""
    best = found[0]
    kinds = list(best.told.kinds)
    if not everything:  # only what scales all gradients alike is called so
        kinds = [kind for kind in kinds if kind != "uniform"]
    others = [e.told.kinds[0] for e in found[1:] if e.told.kinds[0] not in kinds[:2]]
    kinds[2:2] = others[:1]  # another explanation says more than a third kind of the same one
    kinds = list(dict.fromkeys(kinds))
    return Finding(
        gradients_called(best.affected),
        kinds[0],
        best.told.factor,
        None,
        _sentence(best, constants),
        0.8,
        best.affected,
        tuple(kinds[1:4]),
    )


def _sentence(best: Explanation, constants: Constants) -> str:
    """Say it of the gradient itself where that is all; else of the place in the forward pass."""
    told, suspect = best.told, best.hit.suspect
    own = suspect.shown.operation == "leaf" and told.kinds[0] == "factor"
    if own and told.factor is not None:
        return factor_text(told.factor, constants, suspect.shown.value.size)
    return f"as if {told.said}"
