"""Two faults on one path hide each other: first what is certain, also beside a derivative."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from trainwell.diagnosis.gradients.edits import kind_of
from trainwell.diagnosis.gradients.matching import Derivative
from trainwell.diagnosis.gradients.namesakes import alike, names_of
from trainwell.diagnosis.gradients.oracles import fitting
from trainwell.diagnosis.gradients.recording import Step, ancestors
from trainwell.diagnosis.gradients.repair import candidates, most_mended, repairs
from trainwell.diagnosis.gradients.signatures import ratio
from trainwell.diagnosis.gradients.workshop import Repair, Workshop, usual_factors

_OF_ARRAYS = (
    *("operation", "path", "operand", "matrix", "mask"),
    *("activation-wrong", "activation-missing"),
)
_CERTAIN = 1.15  # simple enough to look no further
_SIMPLE = 1.3  # changes that cost less are what somebody may well have meant


def certain_repairs(
    shop: Workshop, wrong: Sequence[str], best: list[Repair] | None = None
) -> list[Repair]:
    """Return the changes that mend something for sure, also where others have to be made, too.

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
        As :func:`repairs` where that is certain. Else what mends fewer gradients, but simply; else
        what mends them together with a derivative in the place of a value before it.
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
    return _beside_another(shop, best, wrong) or best


def _says_something(shop: Workshop, repair: Repair) -> bool:
    """Say whether more than one number was mended, which hardly happens by chance."""
    return sum(np.size(shop.expected[name]) for name in repair.mended) > 1


def _beside_another(shop: Workshop, told: Sequence[Repair], wrong: Sequence[str]) -> list[Repair]:
    """Return changes that mend together with a derivative in the place of a value before them."""
    found = shop.matches()
    region = ancestors([repair.site[0] for repair in told])
    region = region.union(*(shop.region(name, found) for name in wrong))
    ends = {step.index for step in shop.backward.outputs.values()}
    places = [step for step in _ends_of_statements(shop) if step.index in region - ends]
    sites = [site for site in shop.sites.values() if any(step.index in region for step in site)]
    factors = usual_factors(shop, found)[:3]
    wanted = set(told[0].mended) if told else set()
    best: list[Repair] = []
    for phase, (step, derivative) in product((0, 1), _alike_first(places, shop.known)):
        behind = _on_the_way(shop, step, sites, wrong)
        for value in fitting(step, [derivative]) if behind else ():
            if best and best[0].change.cost <= _CERTAIN:
                return best
            for factor in factors:
                if shop.out_of_time():
                    return sorted(best, key=lambda repair: repair.change.cost)
                with shop.told(step, factor * value):
                    tries = candidates(shop, behind, wrong, phase)
                    useful = (r for r in tries if wanted <= {*r.mended} and not _is_told(r, value))
                    best = most_mended(best, useful)
                best = sorted(best, key=lambda repair: repair.change.cost)
    return best


def _on_the_way(
    shop: Workshop, step: Step, sites: Sequence[Sequence[Step]], wrong: Sequence[str]
) -> list[Sequence[Step]]:
    """Return the places between a step and the first wrong gradient that is made of it."""
    made = [name for name in wrong if step.index in shop.lineage[name]]
    if not made:
        return []
    way = shop.lineage[min(made, key=lambda name: shop.backward.outputs[name].index)]
    return [site for site in sites if any(s.index in way and s.index > step.index for s in site)]


def _is_told(repair: Repair, value: Any) -> bool:
    """Say whether a change only lets through what was put before it: then it says nothing."""
    new, told = np.asarray(repair.new), np.asarray(value)
    if repair.change.kind not in _OF_ARRAYS or new.dtype.kind != "f" or new.size != told.size:
        return False
    return ratio(new.ravel().astype(np.float64), told.ravel()) is not None


def _alike_first(
    places: Sequence[Step], known: Sequence[Derivative]
) -> list[tuple[Step, Derivative]]:
    """Return places with the derivatives that fit there: where names correspond, the last first."""
    size = {derivative: np.size(derivative.value) for derivative in known}
    names: dict[Derivative, frozenset[str]] = {}
    taken: set[str] = set()
    for derivative in known:  # from the last step backwards: each name's value is the last one
        if derivative.consumer is None:
            names[derivative] = names_of(derivative.step) - taken
            taken |= names[derivative]
    own = {step.index: names_of(step) for step in places}
    pairs = [
        (step, d) for step in reversed(places) for d in known if size[d] == np.size(step.value)
    ]
    return sorted(
        pairs, key=lambda pair: not alike(own[pair[0].index], names.get(pair[1], frozenset()))
    )


def _ends_of_statements(shop: Workshop) -> list[Step]:
    """Return the steps whose values other statements use, or the forward pass knows."""
    used: set[int] = set()
    for step in shop.steps:
        used.update(p.index for p in step.parents if p.place[:2] != step.place[:2])
    return [step for step in shop.steps if step.index in used and kind_of(step.value) == "f"]
