"""The one change of the user's backward pass that makes the gradients right.

The backward pass is a recording that can be repeated with one operation changed. A change that
makes wrong gradients right, and no right one wrong, says which line is at fault and how.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from trainwell.diagnosis.gradient_localisation.called_values import CalledValues
from trainwell.diagnosis.gradient_localisation.change import is_number, scaling
from trainwell.diagnosis.gradient_localisation.computed_again import computed_again
from trainwell.diagnosis.gradient_localisation.edits import changes
from trainwell.diagnosis.gradient_localisation.formed import OF_FORM
from trainwell.diagnosis.gradient_localisation.matching import Match, matched
from trainwell.diagnosis.gradient_localisation.oracles import oracles
from trainwell.diagnosis.gradient_localisation.usual_factors import sense_of, usual_factors
from trainwell.diagnosis.gradient_localisation.workshop import Repair, Workshop, is_round, near
from trainwell.diagnosis.gradient_tape.recording import Step, replay

_NEAR = 0.25  # costs that do not differ
_COMPARED = 16
_SENSE = 0.04  # what a derivative more is worth
_NAMED = 5.0  # times as much, if it is what a statement gives
_AS_CALLED = 2.0  # the same, if it is also the one that it is called
_OTHER_FACTOR = 0.6  # times as much, if its factor is not 1
_MISSING = 1.45  # changes that cost more add something that is not there
_OFF = 1e-9  # relative distance of what is no multiple
_CHANCE = 1.8  # cost of a factor that one number alone suggests


def repairs(shop: Workshop, wrong: Sequence[str]) -> list[Repair]:
    """Return the changes that mend the most, the simplest first.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    wrong : sequence of str
        Parameters whose gradients are wrong.

    Returns
    -------
    list of Repair
        All that mend as many gradients as the best; empty if nothing helps.
    """
    found = shop.matches()
    shop.unsettled = tuple(wrong)
    best: list[Repair] = []
    group, inner = _local(shop, wrong, found)
    if group:
        best = _searched(shop, inner, group, found)
        # What is missing above looks, from below, as if it were missing in each place.
        if best and best[0].change.cost < _MISSING and set(best[0].mended) >= set(group):
            return (
                best if len(best[0].mended) == len(wrong) else _by_one_factor(shop, wrong) or best
            )
    suspects = set().union(*(shop.region(name, found) for name in wrong))
    suspects |= {
        step.index
        for step in shop.steps
        if any(step.index in shop.lineage[name] for name in wrong)
        and not any(
            step.index in lineage for name, lineage in shop.lineage.items() if name not in wrong
        )
    }
    other = _searched(shop, suspects, wrong, found)
    shorter = best and (not other or len(other[0].mended) < len(best[0].mended))
    return best if shorter else other  # where the time was too short


def _by_one_factor(shop: Workshop, wrong: Sequence[str]) -> list[Repair]:
    """Return the changes of one place by which all gradients are too large by the same factor."""
    ratios = _ratios(shop, wrong)
    common = set.intersection(*(shop.lineage[name] for name in wrong))
    if not ratios or not common or any(not near(c * c, ratios[0][0]) for c, _ in ratios[1:]):
        return []  # of a ratio the root is there, too
    sites = [site for site in shop.sites.values() if any(step.index in common for step in site)]
    parts = (steps for site in sites for steps in _rounds(shop, site))
    tries = (shop.tried(steps, scaling(*ratios[0]), wrong) for steps in parts)
    found = [repair for repair in tries if repair and len(repair.mended) == len(wrong)]
    return _by_sense(shop, found) if found else []


def _local(
    shop: Workshop, wrong: Sequence[str], found: Mapping[int, list[Match]]
) -> tuple[list[str], set[int]]:
    """Return wrong gradients with everything right above them, and the operations in between."""
    usual = usual_factors(shop, found)
    regions: dict[str, set[int]] = {}
    for name in wrong:
        output = shop.backward.outputs[name].index
        region = shop.region(name, found)
        edges = {index for index in region if index in found and index != output}
        right = (any(near(m.factor, u) for m in found[at] for u in usual) for at in edges)
        if all(right):
            regions[name] = region - edges
    if not regions:
        return [], set()
    first = min(regions, key=lambda name: shop.backward.outputs[name].index)
    group = [name for name in regions if regions[name] & regions[first]]
    return group, set().union(*(regions[name] for name in group))


def _searched(
    shop: Workshop, suspects: set[int], wrong: Sequence[str], found: Mapping[int, list[Match]]
) -> list[Repair]:
    """Return the changes of some operations that mend the most, the simplest first."""
    sites = [site for site in shop.sites.values() if any(step.index in suspects for step in site)]
    best = _most_mended([], candidates(shop, sites, wrong, 0))
    best = _most_mended(best, computed_again(shop, wrong))
    if not best or len(best[0].mended) < len(wrong):
        told = _most_mended([], oracles(shop, suspects, wrong, found))
        if told and (not best or len(told[0].mended) > len(best[0].mended)):
            # What should come out is known; now how it comes about, close by.
            places = _close_by(shop, told, sites, found)
            best = told
            for phase in (1, 2):
                best = _most_mended(best, candidates(shop, places, wrong, phase))
        elif not best:
            for phase in (1, 2):
                best = best or _most_mended(best, candidates(shop, sites, wrong, phase))
    said = [repair for repair in best if repair.change.kind != "unknown"]
    if not said or len(best[0].mended) < len(wrong):
        best = _most_mended(best, candidates(shop, sites, wrong, 0, formed=True))
    if not best:
        best = _most_mended([], _by_chance(shop, sites, wrong))
    best = sorted(best, key=lambda r: (r.change.cost, -_conventional(shop, r, found)))
    return _by_sense(shop, best)


def _close_by(
    shop: Workshop,
    told: Sequence[Repair],
    sites: Sequence[Sequence[Step]],
    found: Mapping[int, list[Match]],
) -> list[Sequence[Step]]:
    """Return the places between what is right and where a derivative mends something."""
    region: set[int] = set()
    lines = set()
    for repair in told:
        for outer in repair.site:
            lines.add(outer.place[:2])
            waiting = list(outer.parents)
            while waiting:
                step = waiting.pop()
                inner = step.index >= shop.backward.boundary and step.index not in found
                if inner and step.index not in region:
                    region.add(step.index)
                    waiting.extend(step.parents)
    return [
        site
        for site in sites
        if site[0].place[:2] in lines or any(step.index in region for step in site)
    ]


def _most_mended(best: list[Repair], more: Iterable[Repair]) -> list[Repair]:
    """Return those repairs, of some that mend as many and of others, that mend the most."""
    for repair in more:
        if not best or len(repair.mended) >= len(best[0].mended):
            longer = not best or len(repair.mended) > len(best[0].mended)
            best = [repair] if longer else [*best, repair]
    return best


def _by_chance(
    shop: Workshop, sites: Sequence[Sequence[Step]], wrong: Sequence[str]
) -> Iterator[Repair]:
    """Yield factors that mend single numbers, which any factor can."""
    for factor, cost in _ratios(shop, wrong):
        for site in sites:
            repair = shop.tried(site, scaling(factor, cost), wrong) if cost >= _CHANCE else None
            if repair is not None:
                yield repair


def _by_sense(shop: Workshop, best: list[Repair]) -> list[Repair]:
    """Put those first with which more values of the backward pass are derivatives."""
    close = [r for r in best if r.change.cost <= best[0].change.cost + _NEAR][:_COMPARED]
    if len({r.site[0].place[:2] for r in close}) < 2:
        return best
    counts = {}
    m = shop.around.constants.get("m", 1.0)
    common = (1.0, m, 1 / m)
    agreed, called = _agreed(shop, common), CalledValues(shop)
    for at, repair in enumerate(close):
        values = replay(shop.steps, {}, {**shop.accepted, **repair.edits})
        rows = matched(shop.steps, values, shop.matcher)
        named = sum(_wholeness(rows.get(step.index, ()), agreed) for step in shop.assigned)
        counts[at] = sense_of(rows.values(), common) + _stands_there(shop, repair) + _NAMED * named
        counts[at] -= shop.is_of_forward(repair.site[0])  # what was right before is so again
        counts[at] += _AS_CALLED * called.count(shop.assigned, rows)
    order = sorted(range(len(close)), key=lambda at: close[at].change.cost - _SENSE * counts[at])
    chosen = {id(close[at]) for at in order}
    return [close[at] for at in order] + [r for r in best if id(r) not in chosen]


def _agreed(shop: Workshop, common: Sequence[float]) -> list[float]:
    """Return the factors that what right gradients are made of carries; all, if none is right."""
    wrong = shop.wrong()
    right = [lineage for name, lineage in shop.lineage.items() if name not in wrong]
    if not right:
        return list(common)
    inside = set().union(*right)
    found = shop.matches()
    rows = [found.get(step.index, ()) for step in shop.assigned if step.index in inside]
    others = [row for row in rows if row and not _is_whole(row, (1.0,))]
    return [1.0, *(c for c in common if c != 1 and any(_is_whole(row, (c,)) for row in others))]


def _wholeness(row: Sequence[Match], agreed: Sequence[float]) -> float:
    """Return how well a value is a derivative: less so, with another factor than 1."""
    return 1.0 if _is_whole(row, (1.0,)) else _OTHER_FACTOR * _is_whole(row, agreed)


def _is_whole(row: Sequence[Match], factors: Sequence[float]) -> bool:
    """Say whether a value is the derivative of something, through all that uses it."""
    return any(m.derivative.consumer is None and near(m.factor, c) for m in row for c in factors)


def _stands_there(shop: Workshop, repair: Repair) -> float:
    """Say whether a number that is missing, or too many, is used in the same statement."""
    factor = repair.change.factor
    if factor is None or abs(factor) == 1:
        return 0.0
    place = repair.site[0].place[:2]
    numbers = (
        float(np.asarray(x))
        for step in shop.steps
        if step.place[:2] == place
        for x in step.arguments
        if not isinstance(x, Step) and is_number(x)
    )
    return float(any(near(x, factor) or near(x * factor, 1.0) for x in numbers))


def _conventional(shop: Workshop, repair: Repair, found: Mapping[int, list[Match]]) -> float:
    """Say how well a place accounts for a factor: right before it, wrong behind it."""
    step = repair.site[0]
    factor = repair.change.factor
    common = usual_factors(shop, found)
    if factor is None:
        whole = [m for m in found.get(step.index, []) if m.derivative.consumer is None]
        right = any(near(m.factor, c) for m in whole for c in common)
        # What is a derivative as it stands is rather to be changed where it ends.
        return step.index * 1e-6 - 1 if right else -step.index * 1e-6
    own = [match.factor / factor for match in found.get(step.index, [])]
    before = [
        match.factor
        for parent in step.parents
        if parent.index >= shop.backward.boundary
        for match in found.get(parent.index, [])
    ]
    score = 0.0
    if any(near(x, c) for x in own for c in common):
        score += 1
    if (before and any(near(x, c) for x in before for c in common)) or not any(
        parent.index >= shop.backward.boundary for parent in step.parents
    ):
        score += 1
    return score - step.index * 1e-6


def candidates(
    shop: Workshop,
    sites: Sequence[Sequence[Step]],
    wrong: Sequence[str],
    phase: int,
    *,
    formed: bool = False,
) -> Iterator[Repair]:
    """Yield every single change of one phase that mends something.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    sites : sequence of sequence of Step
        The operations to change, each time that they were carried out.
    wrong : sequence of str
        Parameters whose gradients are wrong.
    phase : {0, 1, 2}
        See :func:`changes`.
    formed : bool, default=False
        Whether to change what is a derivative as it stands, in what makes it one; or the rest.

    Yields
    ------
    Repair
        Until the time is over.
    """
    ratios = _ratios(shop, wrong) if phase == 0 else []
    for site in sites:
        scalings = (scaling(factor, cost) for factor, cost in ratios if factor and cost < _CHANCE)
        in_form = site[0].place[:2] in shop.formed
        if formed and not in_form:
            continue
        rounds = _rounds(shop, site)
        for change in chain(scalings, changes(site[0], shop.around, phase)):
            if shop.out_of_time():
                return
            if in_form and (change.kind in OF_FORM) is not formed:
                continue
            for steps in rounds:
                repair = shop.tried(steps, change, wrong)
                if repair is not None:
                    yield repair
                    break


def _rounds(shop: Workshop, site: Sequence[Step]) -> list[Sequence[Step]]:
    """Return which of the times that an operation was carried out to change together."""
    if site[0].operation == "cast":  # what is added to narrow numbers becomes so, too
        narrow = site[0].value.dtype
        later = [s for s in shop.steps if s.operation == "cast" and s.index > site[-1].index]
        again = [s for s in later if s.value.dtype == narrow]
        return [site, [*site, *again]] if again else [site]
    if len(site) == 1:
        return [site]
    used = {parent.index for step in site for parent in step.parents}
    ends = [step for step in site if step.index not in used]  # of what is changed in a loop
    others = ends if 1 < len(ends) < len(site) else []
    return [part for part in (site, site[:1], site[-1:], shop.returned(site), others) if part]


def _ratios(shop: Workshop, wrong: Sequence[str]) -> list[tuple[float, float]]:
    """Return by what gradients are too large that are multiples of the right ones, with a cost."""
    ratios: dict[float, float] = {}
    for name in wrong:
        given = np.asarray(shop.value(shop.backward.outputs[name]), dtype=np.float64)
        expected = shop.expected[name]
        if given.shape != expected.shape or not np.isfinite(given).all():
            continue
        off = np.abs(given - expected) > _OFF * np.abs(expected).max(initial=0.0)
        partly = 1 < np.count_nonzero(off) < off.size
        if partly:  # of a gradient that is right elsewhere no factor is seen
            given, expected = given[off], expected[off]
        square = float(np.vdot(expected, expected))
        if not square:
            continue
        c = float(np.vdot(expected, given)) / square
        apart = float(np.abs(given - c * expected).max())
        if not c or apart > _OFF * abs(c) * float(np.abs(expected).max()) or c == 1:
            continue
        round_one = is_round(c, shop.around.constants.values())
        if partly and not round_one:
            continue
        # One number is a multiple of any other: that alone says nothing.
        cost = 1.1 if given.size > 1 or round_one else _CHANCE
        ratios[c] = min(cost, ratios.get(c, 9.0))
        if c > 0 and len(shop.backward.outputs) > 2:
            ratios.setdefault(float(np.sqrt(c)), cost + 0.1 if cost < _CHANCE else cost)
    kept: list[tuple[float, float]] = []
    for c, cost in sorted(ratios.items(), key=lambda pair: pair[1]):
        if not any(near(c, known) for known, _ in kept):
            kept.append((c, cost))
    return kept[:5]
