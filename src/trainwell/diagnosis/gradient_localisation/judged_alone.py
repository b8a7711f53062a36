"""Several faults at once: each statement judged alone, by what its value is called.

The derivative of every value of the forward pass is known. Where values of the backward pass are
called like them, all of them are given as they should be; each statement is then wrong by itself or
right, whatever else is wrong, and in each round of a loop. With what is found everything must be
right.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.change import Change, kind_of
from trainwell.diagnosis.gradient_localisation.edits import changes
from trainwell.diagnosis.gradient_localisation.matching import Derivative
from trainwell.diagnosis.gradient_localisation.namesakes import names_of
from trainwell.diagnosis.gradient_localisation.oracles import told
from trainwell.diagnosis.gradient_localisation.workshop import Repair, Workshop, between
from trainwell.diagnosis.gradient_tape.recording import REFUSED, Edit, Step, dependents, repeated

_MOST = 3  # statements that are wrong at once
_CLOSE = 1e-8  # relative error of a value that is right
_LONGEST = 40  # operations between two values
_ROUNDS = 400  # of a loop

_MARKS = ("d", "d_", "g", "g_", "grad", "grad_", "delta", "delta_", "del_")

Site = tuple[Step, ...]


@dataclass(frozen=True, eq=False)
class _Given:
    """What values should be, and what the operations of the backward pass give with them."""

    right: Mapping[int, Any]
    values: Mapping[int, Any]
    own: Mapping[int, Any]


def repairs_by_name(shop: Workshop) -> list[list[Repair]]:
    """Return changes that make all gradients right, one for each statement that is wrong by itself.

    Parameters
    ----------
    shop : Workshop
        The backward pass, with nothing mended.

    Returns
    -------
    list of list of Repair
        Each change with others that do the same; empty if they do not make everything right.
    """
    wrong = shop.wrong()
    sites = list(_called(shop))
    m = shop.around.constants.get("m", 1.0)
    for factor in dict.fromkeys((1.0, m, 1 / m)):
        right = {at: factor * value for _, values in sites for at, value in values.items()}
        given = _given(shop, right)
        if given is None:
            continue
        off = [site for site, _ in sites if any(_is_off(given, step) for step in site)]
        if not 0 < len(off) <= _MOST:
            continue
        found = [_mended(shop, site, given, wrong) for site in off]
        with_all = {at: edit for choices in found for at, edit in choices[0].edits.items()}
        if not shop.wrong(repeated(shop.steps, {}, with_all)):
            return found
    return []


def _called(shop: Workshop) -> Iterator[tuple[Site, dict[int, Any]]]:
    """Yield what statements give, with the derivatives like which it is called, each time."""
    whole = [d for d in shop.known if d.consumer is None and d.step.index in shop.ends_of_forward]
    whole.sort(key=lambda derivative: -derivative.step.index)  # of a line the last is its value
    assigned = {step.index for step in shop.assigned}
    sites = [tuple(s for s in steps if s.index in assigned) for steps in shop.sites.values()]
    sites = [site for site in sites if site and len(site) <= _ROUNDS]
    turns = _turns(shop, sites, assigned)
    for site in sites:
        own = names_of(site[0])
        if len(own) != 1 or kind_of(site[0].value) != "f" or len(site) not in turns:
            continue
        loops: dict[Any, list[Derivative]] = {}
        for d in whole:
            if any(_is_called(each, name) for each in own for name in names_of(d.step)):
                loops.setdefault(d.step.instruction, []).append(d)
        for loop in loops.values():
            in_turn = [site[at] for at in turns[len(site)]]
            if [np.shape(s.value) for s in in_turn] == [np.shape(d.value) for d in loop[::-1]]:
                yield site, {s.index: d.value for s, d in zip(in_turn, loop[::-1], strict=True)}
                break


def _turns(shop: Workshop, sites: Sequence[Site], assigned: Container[int]) -> dict[int, list[int]]:
    """Return in which order the rounds of a loop are those of the forward pass, by their count.

    Each reads values of its own round there.
    """
    turns = {1: [0]}
    for site in sites:
        if len(site) not in turns:
            read = [_read(shop, step, assigned) for step in site]
            if all(read):
                turns[len(site)] = [int(at) for at in np.argsort([np.mean(each) for each in read])]
    return turns


def _read(shop: Workshop, step: Step, assigned: Container[int]) -> list[int]:
    """Return which values of the forward pass a statement reads."""
    region, _ = between(step, assigned, shop.backward.boundary, _LONGEST)
    parents = (parent for each in region for parent in each.parents)
    return [p.index for p in parents if p.index < shop.backward.boundary and p.parents]


def _is_called(own: str, name: str) -> bool:
    """Say whether a value is called the derivative of another: ``dz``, ``grad_z`` or ``g_z``."""
    return own.lower() in {f"{mark}{name.lower()}" for mark in _MARKS}


def _given(shop: Workshop, right: Mapping[int, Any]) -> _Given | None:
    """Return what each operation gives where values are as they should be; or nothing."""
    values: dict[int, Any] = {}
    own: dict[int, Any] = {}
    try:
        for step in shop.steps:
            found = repeated([step], values, {}).get(step.index, step.value)
            values[step.index] = found
            if step.index in right:
                own[step.index], values[step.index] = found, right[step.index]
    except REFUSED:
        return None
    return _Given(right, values, own)


def _is_off(given: _Given, step: Step) -> bool:
    return not _close(given.own[step.index], given.right[step.index])


def _close(value: Any, right: Any) -> bool:
    if np.shape(value) != np.shape(right):
        return False
    apart, size = np.abs(np.asarray(value) - right), np.abs(np.asarray(right))
    return bool(apart.max(initial=0.0) <= _CLOSE * size.max(initial=0.0))


def _mended(shop: Workshop, site: Site, given: _Given, wrong: Sequence[str]) -> list[Repair]:
    """Return the changes with which a statement is right in each round, the simplest first."""
    regions = [between(step, given.right, shop.backward.boundary, _LONGEST)[0] for step in site]
    rounds = [_Round(step, region, given) for step, region in zip(site, regions, strict=True)]
    first = next(each for each in rounds if _is_off(given, each.step))
    found = []
    for inner in first.region:
        for phase in (0, 1, 2):
            for change in changes(inner, shop.around, phase):
                if shop.out_of_time():
                    break
                if first.edits(change, inner):
                    edits = [_edits(shop, each, inner, change, phase) for each in rounds]
                    if all(edits):
                        together = {at: edit for each in edits for at, edit in each.items()}
                        found.append(_repair(shop, change, together, wrong))
    return sorted(found, key=lambda r: r.change.cost) or [_told(shop, site, given, wrong)]


@dataclass(frozen=True, eq=False)
class _Round:
    """One of the times that a statement is carried out."""

    step: Step
    region: Sequence[Step]
    given: _Given
    known: dict[Any, tuple[list[Step], list[Step]]] = field(default_factory=dict)

    def edits(self, change: Change, inner: Step) -> dict[int, Edit]:
        """Return what a change of an operation puts there, if the statement is right with it."""
        same, behind = self._same_and_behind(inner)
        made = {step.index: edit for step in same if (edit := change.make(step)) is not None}
        if not made:
            return {}
        try:
            value = repeated(behind, self.given.values, made)[self.step.index]
        except REFUSED:
            return {}
        return made if _close(value, self.given.right[self.step.index]) else {}

    def _same_and_behind(self, inner: Step) -> tuple[list[Step], list[Step]]:
        """Return the operations of one place in the source, and all that depend on them."""
        place = inner.instruction
        if place not in self.known:
            same = [step for step in self.region if step.instruction == place]
            self.known[place] = same, dependents(self.region, {step.index for step in same})
        return self.known[place]


def _edits(
    shop: Workshop, turn: _Round, inner: Step, change: Change, phase: int
) -> dict[int, Edit]:
    """Return a change of one round, or the same change with the values of that round."""
    made = turn.edits(change, inner)
    place = inner.instruction
    own = next((s for s in turn.region if s.instruction == place), None)
    if made or own is None:
        return made
    alike = (c for c in changes(own, shop.around, phase) if c.message == change.message)
    return next((edits for c in alike if (edits := turn.edits(c, own))), {})


def _repair(
    shop: Workshop, change: Change, edits: Mapping[int, Edit], wrong: Sequence[str]
) -> Repair:
    steps = tuple(step for step in shop.steps if step.index in edits)
    mended = tuple(name for name in wrong if {*edits} & shop.lineage[name])
    new = repeated(steps[:1], {}, edits)[steps[0].index]
    return Repair(steps, change, edits, mended, new)


def _told(shop: Workshop, site: Site, given: _Given, wrong: Sequence[str]) -> Repair:
    change = told({step.index: given.right[step.index] for step in site})
    edits = {step.index: edit for step in site if (edit := change.make(step)) is not None}
    return _repair(shop, change, edits, wrong)
