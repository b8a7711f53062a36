"""Two faults on one path: what the first one spoils is held right while the other is looked for.

From the cost on, the first value that is no derivative although it is made of derivatives is known:
it should be one. With it held right, the other fault is the only one, and can be looked for by all
means; and the first one is the only one in what that value is made of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradient_localisation.finding import SURE, Finding
from trainwell.diagnosis.gradient_localisation.formed import lines_of
from trainwell.diagnosis.gradient_localisation.localisation import Located
from trainwell.diagnosis.gradient_localisation.matching import Derivative, matched
from trainwell.diagnosis.gradient_localisation.oracles import fitting, told
from trainwell.diagnosis.gradient_localisation.repair_findings import finding_of
from trainwell.diagnosis.gradient_localisation.stepwise import made_right
from trainwell.diagnosis.gradient_localisation.workshop import Repair, Workshop
from trainwell.diagnosis.gradient_localisation.wrong_values import (
    WrongValue,
    lines_behind,
    missing,
    namesakes,
    wrong_values,
)
from trainwell.diagnosis.gradient_patches.patch_trials import quietly
from trainwell.diagnosis.gradient_patches.patching import Offer, single_patch
from trainwell.diagnosis.gradient_tape.recording import REFUSED, Edit, replay
from trainwell.diagnosis.gradients.held_right import (
    held_at,
    holding,
    line_of,
    place_among,
    place_of,
    running,
)
from trainwell.diagnosis.gradients.passes import Passes
from trainwell.types import FloatArray

_PLACES = 2  # values that may be the first that a fault has spoilt
_TRIED = 2  # derivatives that may belong there, and factors that they may have
_ROUNDS = 40  # of a loop in which the same is held right
_SHARE = 0.25  # of the time that is left, for one value and one derivative
_LONGEST = 2000  # operations of which such a value may be made
_FOLLOWING = 8  # operations of the forward pass between two derivatives
_VALUE = "the value"


def one_by_one(passes: Passes, located: Located, seconds: float) -> list[Finding]:
    """Return findings that account for everything, the first from the cost on; or none.

    Parameters
    ----------
    passes : Passes
        Both passes.
    located : Located
        What has been found so far.
    seconds : float
        How long to search.

    Returns
    -------
    list of Finding
        The first one spoils what is held right while the others are found.
    """
    deadline = Deadline(seconds)
    with quietly():
        found = _beside_known(passes, located, Deadline(_SHARE * deadline.left))
        if found:
            return found
        shop = located.again(deadline.left)
        last = {step.index for step in shop.backward.outputs.values()}
        values = wrong_values(shop, shop.unsettled, _LONGEST)
        for value in islice((v for v in values if v.step.index not in last), _PLACES):
            for wanted in islice(_belonging(shop, value), _TRIED):
                if deadline.passed:
                    return []
                others = _beside(passes, value, wanted, Deadline(_SHARE * deadline.left))
                if not others:
                    continue
                first = _first(passes, shop, value, wanted, located.findings, deadline)
                # In a loop, the same may be found again in another round.
                others = [each for each in others if place_of(each) != place_of(first)]
                if others:
                    return [first, *others]
    return []


def _beside_known(passes: Passes, located: Located, deadline: Deadline) -> list[Finding]:
    """Return what is found first, with what is wrong beside it once more."""
    shop = located.shop
    sure = [each for each in located.findings if each.confidence >= SURE]
    lines = {place_of(each): each for each in reversed(sure)}
    line = next((line_of(step) for step in shop.assigned if line_of(step) in lines), None)
    held = None if line is None else held_at(passes, shop, line)
    rest = held.rest(deadline.left) if held is not None else None
    if line is None or held is None or rest is None or not rest.wrong:
        return []
    others = held.others(rest, deadline)
    others = [each for each in others or () if place_of(each) != line]
    return [lines[line], *others] if others else []


@dataclass(frozen=True, eq=False)
class _Wanted:
    """What a value should be.

    Parameters
    ----------
    derivative : Derivative
        It is a multiple of this one.
    value : FloatArray
        In the shape in which it is wanted.
    """

    derivative: Derivative
    value: FloatArray


def _belonging(shop: Workshop, value: WrongValue) -> list[_Wanted]:
    """Return what a value may have to be: first that with which most of the rest is right."""
    known = value.multiple or namesakes(value, missing(shop)) or _following(shop, value)
    found: dict[bytes, tuple[int, _Wanted]] = {}
    for derivative in known:
        for array in fitting(value.step, [derivative]):
            for factor in value.factors[:_TRIED]:
                if shop.out_of_time():
                    return []
                wanted = _Wanted(derivative, factor * np.asarray(array, float))
                key = wanted.value.tobytes()
                sense = 0 if key in found else _sense(shop, value, wanted)
                if sense:
                    found[key] = sense, wanted
    return [wanted for _, wanted in sorted(found.values(), key=lambda each: -each[0])]


def _following(shop: Workshop, value: WrongValue) -> list[Derivative]:
    """Return the derivatives of a size that follow from those of which a value is made."""
    reached = {each.step.index: each.step for each in value.above}
    level = [*reached.values()] or [shop.backward.trace.output]
    for _ in range(_FOLLOWING):
        level = [p for step in level for p in step.parents if p.index not in reached]
        reached.update((step.index, step) for step in level)
    size = np.size(value.step.value)
    return [d for d in shop.known if d.step.index in reached and np.size(d.value) == size]


def _sense(shop: Workshop, value: WrongValue, wanted: _Wanted) -> int:
    """Return how much is right with a value; 0 if something is wrong then that was right."""
    edit: Edit = ((lambda *_: wanted.value), ())
    try:
        values = replay(shop.steps, {}, {value.step.index: edit})
    except REFUSED:
        return 0
    wrong = set(shop.wrong(values))
    if wrong - set(shop.unsettled):
        return 0
    return 1 + len(matched(shop.assigned, values, shop.matcher)) - len(wrong)


def _beside(
    passes: Passes, value: WrongValue, wanted: _Wanted, deadline: Deadline
) -> list[Finding] | None:
    """Return what is wrong beside a value that is held right; ``None`` if that is not found."""
    held = holding(passes, value.step)
    for _ in range(_ROUNDS):
        held = None if held is None else held.also([value.step], [wanted.value])
        rest = None if held is None or deadline.passed else held.rest(deadline.left)
        if held is None or rest is None:
            return None
        again = None
        if rest.located is not None:
            shop = rest.located.again(deadline.left)
            again = next(wrong_values(shop, shop.unsettled, _LONGEST), None)
        if again is None or again.step.place[:2] != value.step.place[:2]:
            return held.others(rest, deadline)
        # In a loop, the same is wrong in the next round.
        value, choices = again, _belonging(shop, again)
        if not choices:
            return None
        wanted = choices[0]
    return None


def _first(
    passes: Passes,
    shop: Workshop,
    value: WrongValue,
    wanted: _Wanted,
    known: Sequence[Finding],
    deadline: Deadline,
) -> Finding:
    """Return what is wrong with what a value is made of."""
    lines = lines_of(step.place[:2] for step in value.region)
    there = [each for each in known if place_of(each) in lines]
    sure = next((each for each in there if each.confidence >= SURE), None)
    if sure is not None:
        return sure
    for phase in (0, 1, 2):
        derivatives = frozenset([wanted.derivative])
        found = [*made_right(shop, value, derivatives, shop.unsettled, phase)]
        if found:
            found.sort(key=lambda repair: repair.change.cost)
            return finding_of(shop, found, passes.constants, shop.unsettled)
    affected = tuple(n for n in shop.unsettled if value.step.index in shop.lineage[n])
    patched = _patched(passes, value, wanted, deadline)
    if patched:
        return replace(patched[0], affected=affected)
    if there:
        return there[0]
    change = told({value.step.index: wanted.value})
    repair = Repair((value.step,), change, {}, affected, wanted.value)
    return finding_of(shop, [repair], passes.constants, shop.unsettled)


def _patched(
    passes: Passes, value: WrongValue, wanted: _Wanted, deadline: Deadline
) -> list[Finding]:
    """Return the patch that makes one value right."""
    held = holding(passes, value.step)
    at = None if held is None else place_among(held.seen(), value.step.value)
    if held is None or at is None:
        return []
    given: list[FloatArray] = []
    patchable, offer = held.backward(given)

    def seen() -> Mapping[str, Any]:
        given.clear()
        patchable.gradient()
        return {_VALUE: given[at]}

    lines = lines_behind(value)
    chosen = [(s, p) for s, p in offer.patches if (s.file, p.statement.lineno) in lines]
    local = replace(patchable, gradient=seen, expected={_VALUE: wanted.value}, sense=None)
    with running(patchable):
        return single_patch(local, Offer(chosen), [_VALUE], deadline.left, np.inf)
