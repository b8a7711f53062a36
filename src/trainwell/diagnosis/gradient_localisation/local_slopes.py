"""Slopes of the forward pass in the place of values of the backward pass that should be such."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from heapq import heappop, heappush
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.change import Change, is_number, kind_of
from trainwell.diagnosis.gradient_localisation.names import described
from trainwell.diagnosis.gradient_localisation.oracles import told
from trainwell.diagnosis.gradient_localisation.workshop import Repair, Workshop
from trainwell.diagnosis.gradient_tape.recording import Edit, Step
from trainwell.types import FloatArray

_COST = 1.5  # a formula that nobody has found
_LONGEST = 60  # operations between two arrays
_MOST = 3000  # operations of a forward pass that is looked at
_CHOICES = ("where", "clip")


@dataclass(frozen=True, eq=False)
class Slope:
    """The derivative of each number of one array with respect to the same number of another.

    Parameters
    ----------
    of : Step
        The first array.
    by : Step
        The other one, of the same shape.
    value : FloatArray
        ``d of[i] / d by[i]``.
    """

    of: Step
    by: Step
    value: FloatArray


def slope_repairs(shop: Workshop, wrong: Sequence[str]) -> Iterator[Repair]:
    """Yield values of the backward pass where slopes of the forward pass make all gradients right.

    What is wrong in the formula of a slope is not always found; where it stands is known then.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    wrong : sequence of str
        Parameters whose gradients are wrong.

    Yields
    ------
    Repair
        In the order in which they were computed: what is made of a wrong slope is wrong, too.
    """
    if len(shop.backward.forward) > _MOST:
        return
    found = slopes(shop.backward.forward, shop.ends_of_forward)
    # What belongs to the cost is a derivative, and is looked for as such.
    known = list(_groups(each for each in found if not shop.matcher.matches(each.value)))
    for site in sorted(shop.sites.values(), key=lambda steps: steps[0].index):
        shapes = [np.shape(step.value) for step in site]
        value = np.asarray(site[0].value)
        if not shapes[0] or kind_of(value) != "f" or not np.ptp(value):
            continue  # where ones stand something else is missing
        for group in known:
            for order in (group, group[::-1]) if len(group) > 1 else (group,):
                if [each.value.shape for each in order] != shapes:
                    continue
                given = {s.index: each.value for s, each in zip(site, order, strict=True)}
                for change in _changes(shop, site[0], order[0], given):
                    if shop.out_of_time():
                        return
                    repair = shop.tried(site, change, wrong)
                    if repair is not None and len(repair.mended) == len(wrong):
                        yield repair


def slopes(steps: Sequence[Step], ends: Iterable[int]) -> Iterator[Slope]:
    """Yield the slopes of all arrays that are made of others number by number.

    Parameters
    ----------
    steps : sequence of Step
        The forward pass, from its beginning.
    ends : iterable of int
        Indices of the arrays with respect to which derivatives are wanted.

    Yields
    ------
    Slope
        None is the same number everywhere.
    """
    known = frozenset(ends)
    for of in steps:
        if np.size(of.value) < 2 or not _is_elementwise(of):
            continue
        cotangents: dict[int, FloatArray] = {of.index: np.ones(np.shape(of.value))}
        waiting = [-of.index]
        for _ in range(_LONGEST):
            if not waiting:
                break
            step = steps[-heappop(waiting)]
            value = cotangents[step.index]
            if step is not of and step.index in known and np.ptp(value):
                yield Slope(of, step, value)
            if step.pull is None or not _is_elementwise(step):
                continue
            for parent, part in zip(step.parents, step.pull(value), strict=True):
                if part is not None and np.shape(parent.value) == value.shape:
                    if parent.index not in cotangents:
                        heappush(waiting, -parent.index)
                    cotangents[parent.index] = cotangents.get(parent.index, 0.0) + part


def _is_elementwise(step: Step) -> bool:
    return isinstance(step.call, np.ufunc) or step.operation in _CHOICES


def _groups(found: Iterable[Slope]) -> Iterator[list[Slope]]:
    """Yield the slopes of one formula, each time that it was computed, and each by itself."""
    groups: dict[Any, list[Slope]] = {}
    for slope in found:
        key = (slope.of.instruction, slope.by.instruction)
        groups.setdefault(key, []).append(slope)
    for group in groups.values():
        yield group
        if len(group) > 1:
            yield from ([each] for each in group)


def _changes(
    shop: Workshop, step: Step, slope: Slope, given: Mapping[int, FloatArray]
) -> Iterator[Change]:
    """Yield a slope in the place of a value, and of a number by which something is multiplied."""
    called = described(shop, slope.of) or f"what line {slope.of.place[1]} gives"
    by = described(shop, slope.by) or f"what line {slope.by.place[1]} gives"
    said = f"is not the slope of {called}, with respect to {by}"
    yield replace(told(given), kind="activation-wrong", cost=_COST, message=said)
    for number in filter(is_number, step.arguments) if step.operation == "multiply" else ():
        yield Change("activation-wrong", _COST, said, partial(_times, given), was=number)


def _times(values: Mapping[int, FloatArray], step: Step) -> Edit | None:
    value = values.get(step.index)
    if value is None or step.call is None:
        return None
    return step.call, tuple(value if is_number(each) else each for each in step.arguments)
