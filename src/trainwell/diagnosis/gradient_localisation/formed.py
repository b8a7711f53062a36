"""Statements of a wrong backward pass that are right as they stand, whoever uses them wrongly."""

from collections.abc import Iterable, Sequence

import numpy as np

from trainwell.diagnosis.gradient_localisation.backward import Backward
from trainwell.diagnosis.gradient_localisation.matching import Derivative, Matcher, matched
from trainwell.diagnosis.gradient_localisation.statements import statement_at
from trainwell.diagnosis.gradient_tape.recording import handed_on

Line = tuple[str, int]
"""A file, and the first line of a statement."""

OF_FORM = ("factor", "uniform", "constant", "reduction", "sign", "operation")
"""Kinds of changes of a well-formed statement that are unlikely: they add nothing to it."""

_EXACT = 1e-10


def well_formed(backward: Backward, known: Sequence[Derivative]) -> frozenset[Line]:
    """Return the statements whose values are derivatives as they stand.

    Parameters
    ----------
    backward : Backward
        The recorded passes.
    known : sequence of Derivative
        Every derivative of the cost.

    Returns
    -------
    frozenset of tuple
        Statements of one value that is the whole derivative of something. Nothing in them is of
        the wrong size or form; what they leave out may still be missing: without it, they are the
        derivative of something else.
    """
    steps = backward.steps
    rows = matched(steps, {}, Matcher((d for d in known if d.consumer is None), _EXACT))
    used = assigned(backward)
    right: dict[Line, bool] = {}
    for step in steps:
        if step.index in used and step.place[1]:
            row = rows.get(step.index, ()) if np.size(step.value) > 1 else ()
            signs = {round(f) for f in (m.factor for m in row) if abs(abs(f) - 1) <= _EXACT}
            whole = signs == {1}  # of x's and -x's derivative nobody knows which was meant
            place = step.place[:2]
            right[place] = right.get(place, True) and whole
    good = lines_of(at for at, whole in right.items() if whole and statement_at(*at).is_single)
    return good - lines_of(place for place, whole in right.items() if not whole)


def assigned(backward: Backward) -> set[int]:
    """Return the indices of what statements of a backward pass give, to others or in the end."""
    return {step.index for step in backward.outputs.values()} | handed_on(backward.steps)


def lines_of(places: Iterable[tuple[str, int]]) -> frozenset[Line]:
    """Return the statements that stand at some places."""
    return frozenset((file, statement_at(file, line).line) for file, line in places if line)
