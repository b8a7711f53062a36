"""Derivatives in the place of the user's values: what should have come out, not yet why."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.change import Change, kind_of, scaling
from trainwell.diagnosis.gradient_localisation.matching import Derivative, Match
from trainwell.diagnosis.gradient_localisation.signatures import ratio
from trainwell.diagnosis.gradient_localisation.usual_factors import usual_factors
from trainwell.diagnosis.gradient_localisation.workshop import Repair, Workshop, is_round
from trainwell.diagnosis.gradient_tape.recording import REFUSED, Edit, Step, replay
from trainwell.types import FloatArray

_AS_FACTOR = 1.15  # cost of one that differs by a factor from what came out

COST = 3.0
"""Cost of a change that says no more than what should have come out."""


def oracles(
    shop: Workshop, suspects: set[int], wrong: Sequence[str], found: Mapping[int, list[Match]]
) -> Iterator[Repair]:
    """Yield the places where a derivative in the place of the user's value mends something.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    suspects : set of int
        Indices of the operations that may be at fault.
    wrong : sequence of str
        Parameters whose gradients are wrong.
    found : mapping of int to list of Match
        Which values are derivatives.

    Yields
    ------
    Repair
        Each mends at least as many gradients as those before it.
    """
    by_size: dict[int, list[Derivative]] = {}
    for derivative in shop.known:
        by_size.setdefault(np.size(derivative.value), []).append(derivative)
    factors = usual_factors(shop, found)
    most = 0
    for whole in _repeated(shop, suspects, wrong, factors):
        most = max(most, len(whole.mended))
        yield whole
    each_time = most == len(wrong)  # then it is not wrong in one turn alone
    for step in shop.steps:
        if step.index not in suspects or kind_of(step.value) != "f":
            continue
        if each_time and len(shop.sites[step.instruction]) > 1:
            continue
        for value in fitting(step, by_size.get(np.size(step.value), [])):
            for factor in factors:
                if shop.out_of_time():
                    return
                repair = shop.tried([step], told({step.index: factor * value}), wrong)
                if repair is not None and len(repair.mended) >= most:
                    most = len(repair.mended)
                    yield _as_factor(shop, repair, factor * value) or repair
                    break


def _as_factor(shop: Workshop, repair: Repair, value: FloatArray) -> Repair | None:
    """Return a repair as a factor, if all that is wrong with a value is its size."""
    step = repair.site[0]
    given = np.asarray(shop.value(step))  # another repair may have given it another shape
    factor = ratio(given, value) if given.shape == value.shape and value.size > 1 else None
    once = len(shop.sites[step.instruction]) == 1
    if factor is None or not once or step.place[:2] in shop.formed:
        return None
    if not is_round(factor, shop.around.constants.values()):
        return None
    return replace(repair, change=scaling(factor, _AS_FACTOR))


def fitting(step: Step, known: Sequence[Derivative]) -> Iterator[FloatArray]:
    """Yield the derivatives that have the shape of a value, as they stand or transposed."""
    shape = np.shape(step.value)
    for derivative in known:
        value = np.asarray(derivative.value)
        if value.shape == shape:
            yield value
            if value.ndim == 2 and shape[0] == shape[1]:
                yield value.T
        elif value.T.shape == shape:
            yield value.T
        elif np.squeeze(value).shape == np.squeeze(step.value).shape:
            yield value.reshape(shape)


def _repeated(
    shop: Workshop, suspects: set[int], wrong: Sequence[str], factors: Sequence[float]
) -> Iterator[Repair]:
    """Yield operations of a loop where the derivatives of a loop in the forward pass belong."""
    loops = _loops(shop.known)
    for site in shop.sites.values():
        if len(site) < 2 or kind_of(site[0].value) != "f":
            continue
        # What is missing behind a call is not missing each time in a loop of it.
        for part in (site, shop.returned(site)):
            if all(step.index not in suspects for step in part):
                continue
            for values in _in_turn(part, loops, factors):
                if shop.out_of_time():
                    return
                repair = shop.tried(_those_of(part, values), told(values), wrong)
                if repair is not None:
                    yield repair


def in_each_round(
    shop: Workshop,
    step: Step,
    known: Collection[Derivative],
    factors: Sequence[float],
    wrong: Sequence[str],
) -> Iterator[Repair]:
    """Yield derivatives of a loop, or of several calls, in the place of what is given each time.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    step : Step
        One of the times that the operation was carried out.
    known : collection of Derivative
        Which it may give then.
    factors : sequence of float
        By which it may be larger.
    wrong : sequence of str
        Parameters whose gradients are wrong.

    Yields
    ------
    Repair
        Where that mends something.
    """
    site = shop.sites[step.instruction]
    if len(site) > 1:
        own = _loops(derivative for derivative in shop.known if derivative in known)
        whole = (loop for loop in _loops(shop.known) if any(each in known for each in loop))
        for values in _in_turn(site, [*own, *whole], factors):
            repair = shop.tried(_those_of(site, values), told(values), wrong)
            if repair is not None:
                yield repair


def _those_of(site: Sequence[Step], values: Mapping[int, Any]) -> list[Step]:
    return [step for step in site if step.index in values]


def _loops(known: Iterable[Derivative]) -> Collection[list[Derivative]]:
    """Return derivatives by the operations that a loop of the forward pass repeats."""
    loops: dict[Any, list[Derivative]] = {}
    for derivative in known:
        if derivative.consumer is None and derivative.step.place[1]:
            key = derivative.step.instruction
            loops.setdefault(key, []).append(derivative)
    return loops.values()


def _in_turn(
    site: Sequence[Step], loops: Iterable[Sequence[Derivative]], factors: Sequence[float]
) -> Iterator[dict[int, Any]]:
    """Yield a derivative for each time that an operation was carried out, or all but one time."""
    for loop in loops:
        # They are found from the last to the first, as a backward pass meets them.
        for steps, order in ((site, loop), (site, loop[::-1]), *_with_one_left(site, loop)):
            if [np.shape(each.value) for each in order] == [np.shape(s.value) for s in steps]:
                for factor in factors:
                    pairs = zip(steps, order, strict=True)
                    yield {step.index: factor * d.value for step, d in pairs}


def _with_one_left(
    site: Sequence[Step], loop: Sequence[Derivative]
) -> Iterator[tuple[Sequence[Step], Sequence[Derivative]]]:
    """Yield what a loop hands on: the first comes from before it, or nobody needs the last."""
    more = len(site) - len(loop)
    if more == 0:
        yield site[:-1], loop[1:]
        yield site[1:], loop[:-1]
    elif more == 1:
        yield site[:-1], loop
        yield site[1:], loop
    elif more == -1:
        yield site, loop[1:]
        yield site, loop[:-1]


def told(values: Mapping[int, Any]) -> Change:
    """Return the change that puts known values in the place of results."""
    return Change("unknown", COST, "", partial(_given, values))


def misused(shop: Workshop, wrong: Sequence[str]) -> Iterator[tuple[Repair, Step]]:
    """Yield values of the forward pass that stand where one of their derivatives should.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    wrong : sequence of str
        Parameters whose gradients are wrong.

    Yields
    ------
    Repair
        At the first operation that uses the value.
    Step
        The value.
    """
    used: dict[int, list[Step]] = {}
    for step in shop.steps:
        for parent in step.parents:
            if parent.index < shop.backward.boundary and kind_of(parent.value) == "f":
                used.setdefault(parent.index, []).append(step)
    m = shop.around.constants.get("m", 1.0)
    for index, users in used.items():
        source = shop.backward.trace.recording.steps[index]
        for derivative in shop.known:
            if derivative.value.shape != np.shape(source.value):
                continue
            for factor in (1.0, m, 1 / m):
                if shop.out_of_time():
                    return
                mended = _right_with(shop, {index: factor * derivative.value}, wrong)
                if not mended:
                    continue
                change = Change("path", COST, "", partial(_given, {}))
                edits = {
                    user.index: _substituted(user, source, factor * derivative.value)
                    for user in users
                    if user.call is not None
                }
                yield Repair((users[0],), change, edits, mended, users[0].value), source
                return


def _right_with(shop: Workshop, values: Mapping[int, Any], wrong: Sequence[str]) -> tuple[str, ...]:
    """Return what is right with some values; nothing if something is wrong then that was right."""
    try:
        found = replay(shop.steps, values, shop.accepted)
    except REFUSED:
        return ()
    right = [n for n in shop.backward.outputs if n not in shop.unsettled]
    if not all(shop.is_right(n, found) for n in right):
        return ()
    return tuple(n for n in wrong if shop.is_right(n, found))


def _substituted(user: Step, source: Step, value: Any) -> Edit:
    arguments = tuple(value if argument is source else argument for argument in user.arguments)
    assert user.call is not None  # noqa: S101 - the caller has asked
    return user.call, arguments


def _given(values: Mapping[int, Any], step: Step) -> Edit | None:
    value = values.get(step.index)
    return None if value is None else ((lambda *_: value), ())
