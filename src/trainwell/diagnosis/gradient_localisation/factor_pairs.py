"""An odd factor that is the product of two that stand in the source: two faults, not one."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from trainwell.diagnosis.gradient_localisation.change import Change, scaling
from trainwell.diagnosis.gradient_localisation.edits_of_values import drops
from trainwell.diagnosis.gradient_localisation.signatures import ratio
from trainwell.diagnosis.gradient_localisation.workshop import Repair, Workshop, is_round, near
from trainwell.diagnosis.gradient_tape.recording import REFUSED, Edit, Step, replay

_SIGN = 1.05  # cost of a sign


def two_factors(shop: Workshop, best: Repair) -> tuple[Repair, Repair] | None:
    """Return two factors that stand in two lines and together are the one that is too many.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    best : Repair
        What mends it: a factor in one place.

    Returns
    -------
    tuple of Repair or None
        Each takes one factor away. ``None`` where a single one is likelier.

    Examples
    --------
    Of ``dscores = 1.001 * (mask / m)``, where ``mask`` was made with ``2 * ...`` in another line,
    one factor 2.002 is seen, which nobody would write.
    """
    old, new = np.asarray(shop.value(best.site[0])), np.asarray(best.new)
    if old.shape != new.shape or old.dtype.kind != "f" or not best.change.cost > 1:
        return None
    factor = ratio(old, new.astype(np.float64))
    if not factor or is_round(factor, shop.around.constants.values()):
        return None
    lineages = [shop.lineage[name] for name in best.mended]
    if not lineages:
        return None
    common = set.intersection(*lineages)
    literals = [
        (site, change, value)
        for site in shop.sites.values()
        if any(step.index in common for step in site)
        for change in drops(site[0], shop.around)
        if (value := _number(change)) is not None
    ]
    if factor < 0:  # a sign may be wrong without a minus that stands there
        given = {step.index for step in shop.assigned}
        whole = [site for site in shop.sites.values() if site[0].index in common & given]
        literals = [(site, scaling(-1.0, _SIGN), -1.0) for site in whole] + literals
    before = {*shop.wrong()}
    for (one, first, a), (two, second, b) in combinations(literals, 2):
        if one[0].place[:2] == two[0].place[:2] or not near(a * b, factor):
            continue
        edits, others = _edits(one, first), _edits(two, second)
        try:
            alone = replay(shop.steps, {}, {**shop.accepted, **edits})
            both = replay(shop.steps, {}, {**shop.accepted, **edits, **others})
        except REFUSED:
            continue
        if {*shop.wrong(both)} <= before - {*best.mended}:
            return (
                Repair(tuple(one), first, edits, best.mended, alone[one[0].index]),
                Repair(tuple(two), second, others, best.mended, both[two[0].index]),
            )
    return None


def _number(change: Change) -> float | None:
    """Return the number that a change takes away."""
    if change.cost > 1.1 or not change.message:
        return None
    return -1.0 if change.kind == "sign" and change.factor is None else change.factor


def _edits(site: Sequence[Step], change: Change) -> dict[int, Edit]:
    made = ((step.index, change.make(step)) for step in site)
    return {index: edit for index, edit in made if edit is not None}
