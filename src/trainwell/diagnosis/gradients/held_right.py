"""Values of a statement held right, so that what else is wrong can be looked for by itself."""

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.matching import matched
from trainwell.diagnosis.gradient_localisation.statements import statement_at
from trainwell.diagnosis.gradient_localisation.workshop import Workshop
from trainwell.diagnosis.gradient_patches.holding import Hold, simple_statements
from trainwell.diagnosis.gradient_patches.patch_trials import Patchable, gradient_of
from trainwell.diagnosis.gradient_patches.patched import Source, replaced
from trainwell.diagnosis.gradient_patches.patching import Offer
from trainwell.diagnosis.gradient_tape.recording import Step
from trainwell.diagnosis.gradients.passes import Passes
from trainwell.diagnosis.gradients.rest import Rest, found_beside, rest_of
from trainwell.types import FloatArray

Pairs = tuple[tuple[FloatArray, FloatArray], ...]
"""Values, each with what takes its place."""

_NEAR = 1e-13  # relative error of what NumPy computes once more
_MOST = 40  # values of one statement that are held right


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
        # What is held is right at this point only.
        alone = replace(patchable, sources=sources, elsewhere=lambda: None)
        return alone, Offer(patches)

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

    def rest(self, seconds: float) -> Rest | None:
        """Return what is wrong beside what is held right; ``None`` if that makes more wrong."""
        patchable, _ = self.backward()
        with running(patchable):
            return rest_of(self.passes, patchable, seconds)

    def others(self, rest: Rest, deadline: Deadline) -> list[Finding] | None:
        """Return what accounts for all that is wrong beside it; ``None`` if that is not found."""
        patchable, offer = self.backward()
        with running(patchable):
            return found_beside(self.passes, patchable, offer, rest, deadline)

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
