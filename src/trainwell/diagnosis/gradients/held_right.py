"""Values of a statement held right, so that what else is wrong can be looked for by itself."""

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradient_localisation.finding import SURE, Finding
from trainwell.diagnosis.gradient_localisation.localisation import Located, localised_first
from trainwell.diagnosis.gradient_localisation.matching import matched
from trainwell.diagnosis.gradient_localisation.statements import statement_at
from trainwell.diagnosis.gradient_localisation.workshop import Workshop
from trainwell.diagnosis.gradient_patches.blame import of_one_fault, with_suspects
from trainwell.diagnosis.gradient_patches.holding import Hold, simple_statements
from trainwell.diagnosis.gradient_patches.patch_trials import Patchable, gradient_of, right
from trainwell.diagnosis.gradient_patches.patched import Source, replaced
from trainwell.diagnosis.gradient_patches.patching import Offer, patched_findings
from trainwell.diagnosis.gradient_tape.recording import Step
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.diagnosis.gradients.patchable import Record
from trainwell.diagnosis.gradients.weighing import better, convincing, dearest, unaccounted
from trainwell.diagnosis.gradients.wrong_slope import wrong_slope
from trainwell.types import FloatArray

Pairs = tuple[tuple[FloatArray, FloatArray], ...]
"""Values, each with what takes its place."""

_MORE = 2.0  # time for what shares it with several searches otherwise
_OF_PATCH = 0.7  # of the time, for one patch; the rest is for a wrong slope
_NEAR = 1e-13  # relative error of what NumPy computes once more
_MOST = 40  # values of one statement that are held right


@dataclass(frozen=True, eq=False)
class Passes:
    """Both passes of a user, and what is wrong with their gradients.

    Parameters
    ----------
    record : callable
        Returns both in one recording; ``None`` if they cannot be followed.
    constants : Constants
        Numbers with a name.
    patchable : Patchable
        The backward pass with its source.
    offer : Offer
        Its patches.
    wrong : sequence of str
        Parameters whose gradients are wrong.
    """

    record: Record
    constants: Constants
    patchable: Patchable
    offer: Offer
    wrong: Sequence[str]


@dataclass(frozen=True, eq=False)
class Held:
    """Both passes while the values of one statement are held right.

    Parameters
    ----------
    passes : Passes
        As the user wrote them.
    source : Source
        The function of the statement.
    statement : ast.stmt
        The statement.
    pairs : tuple of tuple of FloatArray
        Its values, and what takes their place.
    """

    passes: Passes
    source: Source
    statement: ast.stmt
    pairs: Pairs = ()

    def backward(self, seen: list[FloatArray] | None = None) -> tuple[Patchable, Offer]:
        """Return the backward pass that is held, and its patches; what is given may be noted."""
        own, patchable, offer = self.source, self.passes.patchable, self.passes.offer
        watched = replace(own, hold=Hold(self.statement, self.pairs, seen))
        sources = [watched if each is own else each for each in patchable.sources]
        patches = [(watched if source is own else source, patch) for source, patch in offer.patches]
        return replace(patchable, sources=sources), Offer(patches)

    def also(self, steps: Sequence[Step], values: Sequence[FloatArray]) -> "Held | None":
        """Return the same with more values held right, in the order in which they are given."""
        first = self.seen()
        held = self
        for step, value in zip(steps[:_MOST], values, strict=False):
            at = place_among(first, step.value)
            if at is None:
                return None
            # What a later round of a loop gives depends on what the earlier ones gave.
            now = held.seen()
            if at >= len(now):
                return None
            held = replace(held, pairs=(*held.pairs, (now[at], value)))
        return held

    def seen(self) -> list[FloatArray]:
        """Return the values that the statement gives."""
        found: list[FloatArray] = []
        patchable, _ = self.backward(found)
        with running(patchable):
            gradient_of(patchable)
        return found


def holding(passes: Passes, step: Step) -> Held | None:
    """Return the passes with nothing held yet of the statement that gives a value, if it may be."""
    file, line = step.place[:2]
    for source in passes.patchable.sources:
        statements = simple_statements(source.tree, line) if source.file == file else []
        for statement in statements:
            held = Held(passes, source, statement)
            if place_among(held.seen(), step.value) is not None:
                return held
    return None


def place_among(seen: Sequence[FloatArray], value: Any) -> int | None:
    """Return which of some arrays is the same as a value, or as near as a framework's own is."""
    same = (i for i, each in enumerate(seen) if np.array_equal(each, value, equal_nan=True))
    near = (i for i, each in enumerate(seen) if _is_near(each, np.asarray(value)))
    return next(same, next(near, None))


def _is_near(one: FloatArray, other: FloatArray) -> bool:
    if one.shape != other.shape or not one.size:
        return False
    return bool(np.abs(one - other).max() <= _NEAR * np.abs(other).max())


@contextmanager
def running(patchable: Patchable) -> Iterator[None]:
    """Let the user's functions run with what is held in them."""
    source = next(each for each in patchable.sources if each.hold is not None)
    with replaced(source.function, source.compiled() or source.function.__code__):
        yield


@dataclass(frozen=True, eq=False)
class Rest:
    """What is still wrong while something is held right.

    Parameters
    ----------
    wrong : list of str
        Parameters whose gradients are.
    located : Located or None
        What one change by operation mends; ``None`` where nothing was recorded.
    """

    wrong: list[str]
    located: Located | None


def rest_of(held: Held, seconds: float) -> Rest | None:
    """Return what is wrong beside what is held right; ``None`` if that makes more wrong."""
    passes = held.passes
    patchable, _ = held.backward()
    with running(patchable):
        names = [*patchable.expected]
        found = right(patchable, gradient_of(patchable) or {}, names, names)
        left = [name for name in passes.wrong if name not in found]
        if len(found) + len(left) < len(names):
            return None
        backward = passes.record() if left else None
    if backward is None:
        return Rest(left, None)
    followed = {name: patchable.expected[name] for name in backward.outputs}
    return Rest(left, localised_first(backward, followed, passes.constants, _MORE * seconds))


def found_beside(held: Held, rest: Rest, deadline: Deadline) -> list[Finding] | None:
    """Return what accounts for all that is wrong beside what is held right, if that is found.

    Parameters
    ----------
    held : Held
        What is held right.
    rest : Rest
        What is wrong then.
    deadline : Deadline
        When to end.

    Returns
    -------
    list of Finding, or None
        ``None`` where it is not found.
    """
    if not rest.wrong:
        return []
    found = [] if rest.located is None else rest.located.findings
    if convincing(found, rest.wrong):
        return found
    if sum(each.confidence < SURE for each in found) > 1:
        return None  # one fault does not look like that
    patchable, offer = held.backward()
    if rest.located is not None:
        patchable = with_suspects(patchable, rest.located.shop, rest.wrong)
        patchable = of_one_fault(patchable, rest.located.shop.backward, rest.wrong)
    cost, _ = dearest(found, rest.wrong)
    with running(patchable):
        seconds = _OF_PATCH * deadline.left
        patched = patched_findings(patchable, rest.wrong, seconds, cost, 1, offer)
        if not patched and rest.located is not None:
            slope, sure = wrong_slope(rest.located, patchable, rest.wrong, deadline.left)
            if slope is not None and sure:
                return [slope]
    found = better(found, patched, rest.wrong)
    sure = all(each.confidence >= SURE for each in found)
    return found if found and sure and not unaccounted(found, rest.wrong) else None


def held_at(passes: Passes, shop: Workshop, line: tuple[str, int | None]) -> Held | None:
    """Return the passes with the values of a line held as they are with what has been found.

    Parameters
    ----------
    passes : Passes
        Both passes.
    shop : Workshop
        What has been found.
    line : tuple
        File and line.

    Returns
    -------
    Held or None
        ``None`` where none of them is known to be right.
    """
    steps = [step for step in shop.assigned if line_of(step) == line]
    held = holding(passes, steps[0]) if steps else None
    if held is None:
        return None
    if shop.wrong() and not any(matched(steps, shop.values, shop.matcher).values()):
        return None
    return held.also(steps, [np.asarray(shop.value(step)) for step in steps])


def place_of(finding: Finding) -> tuple[str, int | None]:
    """Return the file and the line of a finding."""
    return finding.file, finding.line


def line_of(step: Step) -> tuple[str, int]:
    """Return the file of a step, and the line of its statement."""
    return step.place[0], statement_at(*step.place[:2]).line
