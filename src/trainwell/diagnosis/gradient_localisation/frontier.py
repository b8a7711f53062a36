"""Where a wrong backward pass leaves what is right: the statements to be looked at first."""

from collections.abc import Sequence

import numpy as np

from trainwell.diagnosis.gradient_localisation.backward import Backward
from trainwell.diagnosis.gradient_localisation.formed import Line, assigned, lines_of
from trainwell.diagnosis.gradient_localisation.matching import Match, Matcher, derivatives, matched
from trainwell.diagnosis.gradient_localisation.statements import bindings_of
from trainwell.diagnosis.gradient_localisation.workshop import near
from trainwell.diagnosis.gradient_tape.recording import Step, ancestors


def frontier(
    backward: Backward, wrong: Sequence[str], usual: Sequence[float]
) -> tuple[frozenset[Line], frozenset[Line]]:
    """Return the statements that make something wrong of derivatives that are right.

    Parameters
    ----------
    backward : Backward
        The recorded passes.
    wrong : sequence of str
        Parameters whose gradients are wrong.
    usual : sequence of float
        The factors that derivatives have by convention.

    Returns
    -------
    at : frozenset of tuple
        These statements.
    close : frozenset of tuple
        The calls that led there, and what gives either a variable: what is missing there leaves
        no operation behind.
    """
    trace = backward.trace
    steps = backward.steps
    rows = matched(steps, {}, Matcher(derivatives(trace.recording, trace.output)))
    right = {step.index for step in steps if _is_right(step, rows.get(step.index, ()), usual)}
    # What is made of forward values alone may be the slope of an activation: no derivative.
    plain: set[int] = set()
    for step in steps:
        forward = (p.index < backward.boundary or p.index in plain for p in step.parents)
        if step.index not in right and all(forward):
            plain.add(step.index)
    made = ancestors([backward.outputs[name] for name in wrong if name in backward.outputs])
    # If nothing is right, it began with the first statement, which looks like a slope.
    begin = set() if right & made else plain
    given = assigned(backward)
    found: set[Line] = set()
    calls: set[Line] = set()
    for step in steps:
        if step.index not in made & given or step.index in (right | plain) - begin:
            continue
        own, behind = _within(step, backward.boundary)
        if all(parent.index in right | (plain - begin) for parent in behind):
            slopes = [parent for parent in behind if parent.index in plain]
            places = [each.place[:2] for each in (*own, *slopes)]
            found.update(lines_of(places))
            calls.update(lines_of(step.place[3][:1]))
    bound = {(s.file, s.line) for line in found | calls for s in bindings_of(*line)}
    return frozenset(found), frozenset((calls | bound) - found)


def _within(step: Step, boundary: int) -> tuple[list[Step], list[Step]]:
    """Return the operations of a statement, and what other statements of the backward pass gave."""
    own, behind, waiting = [], [], [step]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if one.index in seen or one.index < boundary:
            continue
        seen.add(one.index)
        if one.place[:2] == step.place[:2]:
            own.append(one)
            waiting.extend(one.parents)
        else:
            behind.append(one)
    return own, behind


def _is_right(step: Step, row: Sequence[Match], usual: Sequence[float]) -> bool:
    # One number is a multiple of any other.
    if np.size(step.value) > 1:
        return bool(row)
    return any(near(match.factor, factor) for match in row for factor in usual)
