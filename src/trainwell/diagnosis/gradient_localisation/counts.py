"""Counts that are wrong: the number of examples, made of the length of something else."""

import ast
import re
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from trainwell.diagnosis.gradient_localisation.change import is_number
from trainwell.diagnosis.gradient_localisation.statements import (
    Statement,
    last_binding,
    names_in,
    nodes_around,
    nodes_of,
    statement_at,
    unused_at,
)
from trainwell.diagnosis.gradient_localisation.workshop import Repair, Workshop, near
from trainwell.diagnosis.gradient_tape.function_settings import VIEWS

_COUNTS = re.compile(r"\b(shape|size)\b|\blen\(")  # how the number of examples is found
_LARGEST = 10_000  # a count

Rebound = tuple[Statement | None, str, str]
"""The statement to blame, the kind of fault and a message; empty where nothing is to be added."""


def counted(shop: Workshop, best: Repair, wrong: Sequence[str]) -> Rebound:
    """Return the statement that counts the examples wrongly, if that accounts for a factor.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    best : Repair
        What mends it.
    wrong : sequence of str
        Parameters whose gradients are wrong.

    Returns
    -------
    statement : Statement or None
        ``None`` if no count is to blame.
    kind : str
        Of the fault.
    message : str
        Empty if the repair's stays.
    """
    factor = best.change.factor
    if factor is None or best.change.cost < 1.1 or not _of_counts(factor) or _is_written(best):
        return None, "", ""
    found = _count(shop, best, wrong)
    if found is not None:
        return found, "uniform", f"all gradients are scaled alike: look at {found.target}"
    return _miscounted(shop, best, factor), "factor", ""


def _miscounted(shop: Workshop, best: Repair, factor: float) -> Statement | None:
    """Return where a number is made that only the statement reads and that should be ``m``.

    Or that is ``m``, and should be the length of something else.
    """
    m, place = shop.around.constants.get("m", 0.0), best.site[0].place[:2]
    steps = [step for step in shop.steps if step.place[:2] == place]
    numbers = {float(x) for step in steps for x in step.arguments if is_number(x) and x > 1}
    lengths = {float(n) for step in steps for n in np.shape(step.value)}
    meant = [(x, m) for x in numbers if not near(x, m)] + [(m, n) for n in lengths if m in numbers]
    if not any(near(x * factor, n) or near(x, n * factor) for x, n in meant):
        return None
    if unused_at(*place):
        return None  # what should have been read is there
    statement = statement_at(*place)
    nodes = nodes_around(*place)
    read = [n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    for name in names_in(statement.text):
        found = last_binding(*place[:1], name, place[1]) if read.count(name) == 1 else None
        alone = found is not None and found.target == name
        if found is not None and alone and _says_count(found) and _is_count(shop, found):
            return found
    return None


def _says_count(statement: Statement) -> bool:
    return _COUNTS.search(statement.text) is not None


def _is_written(best: Repair) -> bool:
    """Say whether the number that is wrong stands in the statement itself."""
    nodes = nodes_of(statement_at(*best.site[0].place[:2]).text)
    return best.change.was in {node.value for node in nodes if isinstance(node, ast.Constant)}


def _of_counts(factor: float) -> bool:
    """Say whether a factor may be the quotient of two counts."""
    quotient = Fraction(factor).limit_denominator(_LARGEST)
    return abs(float(quotient) - factor) <= 1e-9 * abs(factor) and quotient.numerator <= _LARGEST


def _count(shop: Workshop, best: Repair, wrong: Sequence[str]) -> Statement | None:
    """Return where a number is made that all wrong gradients are divided by."""
    outputs = [shop.backward.outputs[name] for name in wrong]
    if (
        len(outputs) < 2
        or set(best.mended) != set(wrong)
        or len(wrong) < len(shop.backward.outputs)
    ):
        return None
    statements = [statement_at(*step.place[:2]) for step in outputs]
    shared = frozenset.intersection(*(names_in(statement.text) for statement in statements))
    for name in sorted(shared, key=len):
        found = last_binding(statements[0].file, name, min(s.line for s in statements))
        if found is None or not _says_count(found):
            continue
        if found.line != best.site[0].place[1] and _is_count(shop, found):
            return found
    return None


def _is_count(shop: Workshop, statement: Statement) -> bool:
    """Say whether a statement computes no array: it only looks at some."""
    lines = range(statement.line, statement.last + 1)
    recording = shop.backward.trace.recording.steps
    there = [s for s in recording if s.place[0] == statement.file and s.place[1] in lines]
    made = {step.index for step in there}
    used = any(p.index in made for s in recording if s.index not in made for p in s.parents)
    return not used and all(step.operation in VIEWS for step in there)
