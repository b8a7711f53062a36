"""Several faults on one path, found from the cost on: each statement is judged by what it is given.

Where two faults stand on one way, mending one of them makes no gradient right. But the value of
the upper statement is known: it should be a derivative. With it mended the next one can be judged,
and so on, until all gradients are right, which confirms every step.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.edits import Change, changes, kind_of
from trainwell.diagnosis.gradient_localisation.formed import Line
from trainwell.diagnosis.gradient_localisation.matching import Derivative, Match
from trainwell.diagnosis.gradient_localisation.namesakes import alike, names_of
from trainwell.diagnosis.gradient_localisation.repair import repairs
from trainwell.diagnosis.gradient_localisation.statements import statement_at
from trainwell.diagnosis.gradient_localisation.workshop import (
    Repair,
    Workshop,
    between,
    near,
    usual_factors,
)
from trainwell.diagnosis.gradient_tape.recording import Edit, Step, dependents, repeated, replay

_STEPS = 50  # changes that are made one after the other; in a loop, each time
_WHOLE = 0.25  # of the time that is left, for one change that mends all the rest
_SIMPLE = 1.45  # changes that cost less are what somebody may well have meant
_OF_VALUES = ("operand", "matrix", "mask", "stale")
_SUMS = ("add", "subtract")
_LONGEST = 60  # operations between two derivatives


def stepwise_repairs(shop: Workshop) -> list[list[Repair]]:
    """Return changes that make all gradients right, one after the other.

    Parameters
    ----------
    shop : Workshop
        The backward pass, with nothing mended.

    Returns
    -------
    list of list of Repair
        Each change with others that do the same, from the cost on; empty if none were found.
    """
    shop.unsettled = tuple(shop.wrong())
    return _needed(shop, _way(shop, _STEPS, {}, set()) or [])


def _way(
    shop: Workshop, depth: int, done: Mapping[Line, int], failed: set[Any]
) -> list[list[Repair]] | None:
    """Return changes that make all gradients right, beside those in some places, if there are.

    What has been found impossible is added to ``failed``.
    """
    wrong = shop.wrong()
    if not wrong:
        return []
    local = _local(shop, wrong, done, failed)
    first = next(local, None)
    # In a loop, the same has to be mended each time.
    again = first is not None and first.line in done
    with shop.within(_WHOLE):
        whole = repairs(shop, wrong) if done and not again else []
    if whole and whole[0].change.kind != "unknown" and len(whole[0].mended) == len(wrong):
        return [whole]
    for option in chain([] if first is None else [first], local):
        if not depth or shop.out_of_time():
            break
        with shop.with_repair(option.choices[0]):
            rest = _way(shop, depth - 1, {**done, option.line: option.phase}, failed)
        if rest is not None:
            return [option.choices, *rest]
    return None


def _needed(shop: Workshop, way: Sequence[list[Repair]]) -> list[list[Repair]]:
    """Return the changes without which something would be wrong."""
    kept = list(way)
    for choices in way:
        others = [each for each in kept if each is not choices]
        edits = {index: edit for each in others for index, edit in each[0].edits.items()}
        if others and not shop.wrong(replay(shop.steps, {}, edits)):
            kept = others
    return kept


@dataclass(frozen=True, eq=False)
class _Place:
    """A value that should be a derivative.

    Parameters
    ----------
    step : Step
        The value.
    region : list of Step
        The operations that make it of what is right, in their order.
    factors : tuple of float
        By what derivatives are multiplied here.
    multiple : frozenset of Derivative
        Which it is a multiple of already.
    """

    step: Step
    region: list[Step]
    factors: tuple[float, ...]
    multiple: frozenset[Derivative]


@dataclass(frozen=True, eq=False)
class _Option:
    """Changes that make one value a derivative.

    Parameters
    ----------
    line : tuple
        Where the value is given.
    phase : {0, 1, 2}
        Of the changes.
    choices : list of Repair
        The changes, the simplest first.
    """

    line: Line
    phase: int
    choices: list[Repair]


def _local(
    shop: Workshop, wrong: Sequence[str], done: Mapping[Line, int], failed: set[Any]
) -> Iterator[_Option]:
    """Yield for each value that is no derivative the changes that make it one.

    Those come first that are called like the gradient of something: it is known what they should
    be. What is missing from others is looked for last. Where nothing helps is added to ``failed``.
    """
    wanted = _wanted(shop)
    places = [*_places(shop, wrong)]
    meant = [place.multiple or _namesakes(place, wanted) for place in places]
    named = [pair for pair in zip(places, meant, strict=True) if pair[1]]
    others = [(place, wanted) for place, known in zip(places, meant, strict=True) if not known]
    for chosen, phases in ((named, (0, 1, 2)), (others, (0, 1)), (others, (2,))):
        for place, known in chosen:
            line = place.step.place[:2]
            for phase in sorted(phases, key=lambda phase: phase != done.get(line, 0)):
                inside = [step.index for step in place.region]
                key = (phase, *inside, *(at for at in inside if at in shop.accepted))
                if key in failed:
                    continue
                found = sorted(_made_right(shop, place, known, wrong, phase), key=_cost)
                if found:
                    yield _Option(line, phase, found)
                    break
                failed.add(key)


def _namesakes(place: _Place, wanted: frozenset[Derivative]) -> frozenset[Derivative]:
    """Return the derivatives like which a value is called."""
    size, own = np.size(place.step.value), names_of(place.step)
    sized = (d for d in wanted if np.size(d.value) == size)
    return frozenset(d for d in sized if alike(own, names_of(d.step)))


def _wanted(shop: Workshop) -> frozenset[Derivative]:
    """Return the derivatives of what statements of the forward pass give that are still missing."""
    rows = shop.matches()
    given = (rows.get(step.index, ()) for step in shop.assigned)
    there = {match.derivative for row in given for match in row if near(abs(match.factor), 1.0)}
    whole = (d for d in shop.known if d.consumer is None and d.step.index in shop.ends_of_forward)
    return frozenset(d for d in whole if d not in there)


def _cost(repair: Repair) -> float:
    return repair.change.cost


def _places(shop: Workshop, wrong: Sequence[str]) -> Iterator[_Place]:
    """Yield what statements give that is no derivative, from the cost on."""
    ends = shop.ends_of_forward
    boundary = shop.backward.boundary
    assigned = {step.index for step in shop.assigned}
    known = shop.matches()
    usual = usual_factors(shop, known)
    found = {**shop.given, **{at: row for at, row in known.items() if at in assigned}}
    made = set().union(*(shop.lineage[name] for name in wrong))
    right = {index for index, row in found.items() if _is_right(row, usual)}
    unfinished = _unfinished(shop)
    for step in shop.assigned:
        if shop.out_of_time():
            return
        if step.index not in made or step.index in unfinished or kind_of(step.value) != "f":
            continue
        region, behind = between(step, right, boundary, _LONGEST)
        rows = (found.get(p.index, ()) for p in behind if np.size(p.value) > 1)
        own = {round(m.factor, 12): m.factor for row in rows for m in row}
        factors = (*usual, *own.values())
        row = found.get(step.index, ()) if step.index in right else ()
        # An operation within a statement may have another sign, such as that of exp(-z).
        if any(_has(factors, m.factor) or m.derivative.step.index not in ends for m in row):
            continue
        if len(region) > _LONGEST or (not behind and right & made):
            continue  # what is made of forward values alone may be a slope
        yield _Place(step, region, factors, frozenset(m.derivative for m in row))


def _unfinished(shop: Workshop) -> set[int]:
    """Return the indices of sums to which only more is added, under the same name."""
    users: dict[int, list[Step]] = {}
    for step in shop.steps:
        for parent in step.parents:
            users.setdefault(parent.index, []).append(step)
    return {
        step.index
        for step in shop.assigned
        if users.get(step.index)
        and all(
            each.operation in _SUMS and _name(each) == _name(step) for each in users[step.index]
        )
    }


def _name(step: Step) -> str:
    """Return the array that a statement changes, or a part of which it changes."""
    return statement_at(*step.place[:2]).target.partition("[")[0]


def _is_right(row: Sequence[Match], usual: Sequence[float]) -> bool:
    """Say whether a value is a derivative; one number, which is a multiple of any, by its size."""
    return any(np.size(m.derivative.value) > 1 or _has(usual, m.factor) for m in row)


def _has(factors: Sequence[float], factor: float) -> bool:
    return any(near(factor, known) for known in factors)


def _made_right(
    shop: Workshop,
    place: _Place,
    wanted: frozenset[Derivative],
    wrong: Sequence[str],
    phase: int,
) -> Iterator[Repair]:
    """Yield the simple changes with which a value is a derivative."""
    inside = {step.index for step in place.region}
    sites = [s for s in shop.sites.values() if any(step.index in inside for step in s)]
    for site in sites:
        first = next(step for step in site if step.index in inside)
        behind = dependents(place.region, {step.index for step in site})
        for change in changes(first, shop.around, phase):
            if shop.out_of_time():
                return
            if change.cost > _SIMPLE and phase < 2:
                continue
            # In a loop, each round has values of its own; what is done with them is the same.
            alike = phase == 0 or (phase == 1 and change.kind not in _OF_VALUES)
            edits = _edits(site if alike else [first], change)
            values = _values(shop, behind, edits) if first.index in edits else {}
            if not _is_one_of(shop, values.get(place.step.index), wanted, place):
                continue
            touched = {*edits}
            mended = tuple(name for name in wrong if touched & shop.lineage[name])
            changed = tuple(step for step in site if step.index in edits)
            yield Repair(changed, change, edits, mended, values.get(changed[0].index))


def _edits(site: Sequence[Step], change: Change) -> dict[int, Edit]:
    made = ((step.index, change.make(step)) for step in site)
    return {index: edit for index, edit in made if edit is not None}


def _values(shop: Workshop, behind: Sequence[Step], edits: Mapping[int, Edit]) -> dict[int, Any]:
    """Return what some operations give with some of them changed; nothing if that cannot be."""
    try:
        return repeated(behind, shop.values, {**shop.accepted, **edits})
    except (ValueError, TypeError, IndexError, ZeroDivisionError, FloatingPointError):
        return {}


def _is_one_of(shop: Workshop, value: Any, wanted: frozenset[Derivative], place: _Place) -> bool:
    row = shop.matcher.matches(value) if value is not None else ()
    return any(m.derivative in wanted and _has(place.factors, m.factor) for m in row)
