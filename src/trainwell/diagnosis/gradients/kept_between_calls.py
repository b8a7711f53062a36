"""What is kept from call to call: the statement by which, if a patch tells it."""

from dataclasses import replace
from typing import Any

from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_patches.patch_trials import mended
from trainwell.diagnosis.gradient_patches.patching import patched_findings
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.diagnosis.gradient_verdict.judgement import Judgement
from trainwell.diagnosis.gradients.patchable import patchable_of


def kept_by(
    judgement: Judgement,
    key: Any,
    constants: Constants,
    finding: Finding,
    seconds: float,
    *,
    later: bool = False,
) -> list[Finding]:
    """Return the statement by which something is kept from call to call, if a patch tells it.

    Parameters
    ----------
    judgement : Judgement
        A first call is right.
    key : str, callable or mapping
        From parameters to their gradients.
    constants : Constants
        Numbers with a name.
    finding : Finding
        Another call with the same arguments is wrong.
    seconds : float
        How long to search.
    later : bool, default=False
        Whether it takes a call at another point to make the first one's result wrong.

    Returns
    -------
    list of Finding
        With its line, where that was found.
    """
    patchable = patchable_of(judgement, key, constants.named, anew=True, overwritten=later)
    unpatched = mended(patchable, finding.affected)
    if unpatched is not None and unpatched[0]:
        return [finding]  # it does not show here, so that any patch would mend it
    patched = patched_findings(patchable, finding.affected, seconds)
    if len(patched) != 1 or set(patched[0].affected) != set(finding.affected):
        return [finding]
    placed = patched[0]
    told = [placed.kind] if placed.kind in ("accumulated", "stale") else []
    kinds = tuple(dict.fromkeys([*told, finding.kind, *finding.alternatives, placed.kind]))
    return [
        replace(
            finding,
            target=placed.target,
            kind=kinds[0],
            statement=placed.statement,
            message=f"{finding.message}: {placed.message}",
            alternatives=kinds[1:4],
        )
    ]
