"""Several faults on one path, found from the cost on: each statement is judged by what it is given.

Where two faults stand on one way, mending one of them makes no gradient right. But the value of
the upper statement is known: it should be a derivative. With it mended the next one can be judged,
and so on, until all gradients are right, which confirms every step.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from trainwell.diagnosis.gradient_localisation.change import Change
from trainwell.diagnosis.gradient_localisation.edits import changes
from trainwell.diagnosis.gradient_localisation.formed import Line
from trainwell.diagnosis.gradient_localisation.matching import Derivative
from trainwell.diagnosis.gradient_localisation.repair import repairs
from trainwell.diagnosis.gradient_localisation.workshop import (
    Repair,
    Workshop,
)
from trainwell.diagnosis.gradient_localisation.wrong_values import (
    WrongValue,
    has,
    missing,
    namesakes,
    wrong_values,
)
from trainwell.diagnosis.gradient_tape.recording import (
    REFUSED,
    Edit,
    Step,
    dependents,
    repeated,
    replay,
)

_STEPS = 50  # changes that are made one after the other; in a loop, each time
_WHOLE = 0.25  # of the time that is left, for one change that mends all the rest
_SIMPLE = 1.45  # changes that cost less are what somebody may well have meant
_OF_VALUES = ("operand", "matrix", "mask", "stale")
_SUMS = ("add", "subtract")


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
    wanted = missing(shop)
    places = [*wrong_values(shop, wrong)]
    meant = [place.multiple or namesakes(place, wanted) for place in places]
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
                found = sorted(made_right(shop, place, known, wrong, phase), key=_cost)
                if found:
                    yield _Option(line, phase, found)
                    break
                failed.add(key)


def _cost(repair: Repair) -> float:
    return repair.change.cost


def made_right(
    shop: Workshop,
    place: WrongValue,
    wanted: frozenset[Derivative],
    wrong: Sequence[str],
    phase: int,
) -> Iterator[Repair]:
    """Yield the simple changes with which a value is a derivative.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    place : WrongValue
        The value.
    wanted : frozenset of Derivative
        Which it may be.
    wrong : sequence of str
        Parameters whose gradients are wrong.
    phase : {0, 1, 2}
        Of the changes.

    Yields
    ------
    Repair
        Of one operation in what the value is made of.
    """
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
    except REFUSED:
        return {}


def _is_one_of(
    shop: Workshop, value: Any, wanted: frozenset[Derivative], place: WrongValue
) -> bool:
    row = shop.matcher.matches(value) if value is not None else ()
    return any(m.derivative in wanted and has(place.factors, m.factor) for m in row)
