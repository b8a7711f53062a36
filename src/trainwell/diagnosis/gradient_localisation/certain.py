"""Where one change does not mend everything: first what is certain."""

from collections.abc import Sequence

import numpy as np

from trainwell.diagnosis.gradient_localisation.repair import candidates, repairs
from trainwell.diagnosis.gradient_localisation.workshop import Repair, Workshop

_SIMPLE = 1.3  # changes that cost less are what somebody may well have meant


def certain_repairs(
    shop: Workshop, wrong: Sequence[str], best: list[Repair] | None = None
) -> list[Repair]:
    """Return the changes that mend something for sure, where others have to be made, too.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    wrong : sequence of str
        Parameters whose gradients are wrong.
    best : list of Repair, optional
        What :func:`repairs` gives, if that is known.

    Returns
    -------
    list of Repair
        As :func:`repairs` where that says what is wrong; else what mends fewer gradients, but
        simply, if there is something.
    """
    best = repairs(shop, wrong) if best is None else best
    shop.unsettled = tuple(wrong)
    if best and best[0].change.kind != "unknown":
        return best
    sites = list(shop.sites.values())
    simple = [
        repair
        for phase in (0, 1)
        for repair in candidates(shop, sites, wrong, phase)
        if repair.change.cost <= _SIMPLE and _says_something(shop, repair)
    ]
    if simple:
        most = max(len(repair.mended) for repair in simple)
        kept = [repair for repair in simple if len(repair.mended) == most]
        return sorted(kept, key=lambda repair: repair.change.cost)
    return best


def _says_something(shop: Workshop, repair: Repair) -> bool:
    """Say whether more than one number was mended, which hardly happens by chance."""
    return sum(np.size(shop.expected[name]) for name in repair.mended) > 1
