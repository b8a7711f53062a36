"""What is still wrong in a backward pass in which one thing is right that was not."""

from dataclasses import dataclass

from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradient_localisation.finding import SURE, Finding
from trainwell.diagnosis.gradient_localisation.localisation import Located, localised_first
from trainwell.diagnosis.gradient_patches.blame import of_one_fault, with_suspects
from trainwell.diagnosis.gradient_patches.likeliest import reach
from trainwell.diagnosis.gradient_patches.patch_trials import Patchable, gradient_of, right
from trainwell.diagnosis.gradient_patches.patching import Offer, patched_findings
from trainwell.diagnosis.gradients.passes import Passes
from trainwell.diagnosis.gradients.second_look import looked_at_again
from trainwell.diagnosis.gradients.weighing import better, convincing, dearest, unaccounted
from trainwell.diagnosis.gradients.wrong_slope import wrong_slope

_MORE = 2.0  # time for what shares it with several searches otherwise
_OF_AGAIN = 0.5  # of the time, to look at one finding once more
_OF_DOUBTFUL = 0.3  # of the time, for one patch where several faults are likelier
_OF_PATCH = 0.7  # of the time, for one patch; the rest is for a wrong slope


@dataclass(frozen=True, eq=False)
class Rest:
    """What is still wrong while something is held right.

    Parameters
    ----------
    wrong : list of str
        Parameters whose gradients are.
    located : Located or None
        What one change by operation mends; ``None`` where nothing was recorded.
    """

    wrong: list[str]
    located: Located | None


def rest_of(passes: Passes, patchable: Patchable, seconds: float) -> Rest | None:
    """Return what is wrong as the functions stand; ``None`` if something is that was right.

    Parameters
    ----------
    passes : Passes
        Both passes.
    patchable : Patchable
        The backward pass in which something is right that was not.
    seconds : float
        How long to search.

    Returns
    -------
    Rest or None
        With what one change by operation mends.
    """
    names = [*patchable.expected]
    found = right(patchable, gradient_of(patchable) or {}, names, names)
    left = [name for name in passes.wrong if name not in found]
    if len(found) + len(left) < len(names):
        return None
    backward = passes.record() if left else None
    if backward is None:
        return Rest(left, None)
    followed = {name: patchable.expected[name] for name in backward.outputs}
    return Rest(left, localised_first(backward, followed, passes.constants, _MORE * seconds))


def found_beside(
    passes: Passes,
    patchable: Patchable,
    offer: Offer,
    rest: Rest,
    deadline: Deadline,
    *,
    read: bool = False,
) -> list[Finding] | None:
    """Return what accounts for all that is wrong as the functions stand, if that is found.

    Parameters
    ----------
    passes : Passes
        Both passes.
    patchable : Patchable
        The backward pass in which something is right that was not.
    offer : Offer
        Its patches.
    rest : Rest
        What is wrong.
    deadline : Deadline
        When to end.
    read : bool, default=False
        Whether variables are read now that nothing reads in the text.

    Returns
    -------
    list of Finding, or None
        ``None`` where it is not found.
    """
    if not rest.wrong:
        return []
    found = [] if rest.located is None else rest.located.findings
    if convincing(found, rest.wrong, read=read):
        seconds = _OF_AGAIN * deadline.left
        return [_looked_at(each, passes, patchable, rest, seconds) for each in found]
    cost, _ = dearest(found, rest.wrong)
    if rest.located is not None:
        patchable = with_suspects(patchable, rest.located.shop, rest.wrong)
        patchable = of_one_fault(patchable, rest.located.shop.backward, rest.wrong)
    # One fault seldom looks like several; in a loop it may.
    doubtful = sum(each.confidence < SURE for each in found) > 1
    seconds = (_OF_DOUBTFUL if doubtful else _OF_PATCH) * deadline.left
    patched = patched_findings(patchable, rest.wrong, seconds, reach(cost), 1, offer)
    if not patched and not doubtful and rest.located is not None:
        slope, sure = wrong_slope(rest.located, patchable, rest.wrong, deadline.left)
        if slope is not None and sure:
            return [slope]
    found = better(found, patched, rest.wrong)
    sure = all(each.confidence >= SURE for each in found)
    return found if found and sure and not unaccounted(found, rest.wrong) else None


def _looked_at(
    finding: Finding, passes: Passes, patchable: Patchable, rest: Rest, seconds: float
) -> Finding:
    """Return a finding, or what it only follows from, if it accounts for everything alone."""
    if set(finding.affected) < set(rest.wrong):
        return finding
    wrong, constants = rest.wrong, passes.constants
    return looked_at_again(finding, rest.located, constants, lambda: patchable, wrong, seconds)
