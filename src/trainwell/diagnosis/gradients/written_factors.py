"""Signs and numbers that are written as factors, and what they tell of two faults.

Where a factor is wrong there may be two of them: one that stands in the text, and another one.
"""

import ast
from collections.abc import Iterator, Sequence
from itertools import combinations
from math import isclose
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.signatures import ratio
from trainwell.diagnosis.gradient_localisation.statements import node_of, nodes_of, source_of
from trainwell.diagnosis.gradient_patches.patch import Patch
from trainwell.diagnosis.gradient_patches.patch_trials import (
    Trial,
    comparable,
    gradient_of,
    mended,
    numbers_of,
    quietly,
    together,
    tried,
)
from trainwell.diagnosis.gradient_patches.patched import Source
from trainwell.diagnosis.gradient_patches.patching import Offer, single_patch
from trainwell.diagnosis.gradient_patches.removals import is_odd, without_factor, without_number
from trainwell.diagnosis.gradient_patches.syntax import located
from trainwell.diagnosis.gradients.evident import told_of, with_others
from trainwell.diagnosis.gradients.likely_patches import cheapest
from trainwell.diagnosis.gradients.passes import Passes
from trainwell.diagnosis.gradients.weighing import (
    factors_of,
    has_number,
    is_written,
    of_one_cause,
)
from trainwell.types import FloatArray

_ALIKE = 1e-9  # relative error of factors that are the same
_EVERYWHERE = (0.5, 1.0, 2.0)
_ALIKE_TOLD = 2  # findings of the same factor, which have a common cause
_SCALED = ("factor", "uniform", "constant")
_OF_SCALE = 1.6  # cost of a number that nothing is called like
_WRITTEN = 12  # signs and factors, of which two may be too many


def beside_scaling(passes: Passes, seconds: float) -> list[Finding]:
    """Return a factor of all gradients that is too much, and what is wrong beside it; or none.

    Parameters
    ----------
    passes : Passes
        Both passes; what its simple patches do is known.
    seconds : float
        How long to search.

    Returns
    -------
    list of Finding
        Together they account for everything.
    """
    deadline = Deadline(seconds)
    with quietly():
        if len(passes.wrong) < len(passes.patchable.expected):
            return []
        given = gradient_of(passes.patchable) or {}
        now = numbers_of(passes.patchable, given, passes.wrong)
        found = [trial for trial in passes.offer.known if _scales_all(trial, now)]
        return with_others(passes, cheapest(found), deadline)


def beside_written(passes: Passes, findings: Sequence[Finding], seconds: float) -> list[Finding]:
    """Return a number that stands where another factor is told, and what is wrong beside; or none.

    Parameters
    ----------
    passes : Passes
        Both passes.
    findings : sequence of Finding
        Of one of them, the factor is the product of a number that is written there, and of another.
    seconds : float
        How long to search.

    Returns
    -------
    list of Finding
        Together they account for everything.
    """
    places = {(each.file, each.line): each.factor for each in findings if each.factor is not None}
    told = [
        (source, patch)
        for source, patch in passes.offer.patches
        if (source.file, patch.statement.lineno) in places
        and without_number(patch)
        and _is_in(patch.factor, places[source.file, patch.statement.lineno])
    ]
    with quietly():
        found = [tried(passes.patchable, *pair, passes.wrong) for pair in told]
        return with_others(passes, [each for each in found if each], Deadline(seconds))


def two_left_out(passes: Passes, seconds: float) -> list[Finding]:
    """Return two written signs or numbers without which everything is right, or none.

    Parameters
    ----------
    passes : Passes
        Both passes.
    seconds : float
        How long to search.

    Returns
    -------
    list of Finding
        Of two statements: what one of them makes right may be wrong with the other.
    """
    deadline, patchable, wrong = Deadline(seconds), passes.patchable, passes.wrong
    with quietly():
        whole = [pair for pair in passes.offer.patches if without_factor(pair[1])]
        found = [tried(patchable, *pair, wrong) for pair in whole[:_WRITTEN]]
        partial = [each for each in found if each and len(each.names) < len(wrong)]
        for one, other in combinations(partial, 2):
            if deadline.passed:
                break
            if one.patch.statement is other.patch.statement:
                continue
            with together([one, other]) as compiled:
                right = mended(patchable, wrong) if compiled else None
            if right and len(right[0]) == len(wrong):
                both = [told_of(passes, each, undone=True) for each in (one, other)]
                return both if all(each.affected for each in both) else []
    return []


def lacking(passes: Passes, findings: Sequence[Finding], seconds: float) -> list[Finding]:
    """Return the one statement that lacks a number by which all is off, or none.

    Parameters
    ----------
    passes : Passes
        Both passes.
    findings : sequence of Finding
        Some of them may tell the same factor, as of what is not divided by ``m`` further up.
    seconds : float
        How long to search.

    Returns
    -------
    list of Finding
        One that accounts for everything.
    """
    with quietly():
        factor = _common(passes, findings)
    if factor is None:
        return []
    missing = [
        (source, patch)
        for source, patch in passes.offer.patches
        if patch.kinds[0] == "factor" and patch.message.endswith("is missing")
    ]
    scaled = [*_scaled(passes, factor)]
    return single_patch(passes.patchable, Offer([*missing, *scaled]), passes.wrong, seconds, np.inf)


def _common(passes: Passes, findings: Sequence[Finding]) -> float | None:
    """Return the factor by which all wrong gradients are off, or that several findings tell."""
    given, expected = gradient_of(passes.patchable) or {}, passes.patchable.expected
    told = [each.factor for each in findings if each.factor is not None]
    off = [_off_by(given.get(name), expected[name]) for name in passes.wrong]
    for factors in (off, told):
        first = factors[0] if len(factors) >= _ALIKE_TOLD else None
        if first is not None and all(each and isclose(each, first) for each in factors):
            return first
    return None


def _off_by(given: Any, expected: FloatArray) -> float | None:
    own = comparable(given, expected)
    return None if own is None else ratio(own, expected)


def _scaled(passes: Passes, factor: float) -> Iterator[tuple[Source, Patch]]:
    """Yield each statement with what it gives divided by a factor."""
    statements = {id(p.statement): (s, p.statement) for s, p in passes.offer.patches}
    message = f"is exactly {factor:.7g} x the correct gradient"
    for source, statement in statements.values():
        if not isinstance(statement, ast.Assign | ast.AugAssign | ast.Return):
            continue
        value, operation = statement.value, getattr(statement, "op", None)
        inverse = ast.Mult() if isinstance(operation, ast.Div) else ast.Div()
        if value is not None and not isinstance(value, ast.Tuple | ast.Dict | ast.List):
            new = located(ast.BinOp(value, inverse, ast.Constant(factor)), value)
            change = ((statement, "value", None, new),)
            yield source, Patch(statement, _SCALED, _OF_SCALE, message, change, factor)


def is_product(finding: Finding) -> bool:
    """Say whether a factor is told of a statement in which another number is written as one.

    Parameters
    ----------
    finding : Finding
        As "is exactly -0.5 x the correct gradient" of ``return 0.5 * p``.

    Returns
    -------
    bool
        Whether :func:`beside_written` may find a mistake beside that number.
    """
    statement = finding.statement
    node = None if statement is None or finding.factor is None else node_of(statement)
    return any(_is_in(number, finding.factor) for number in factors_of(node or ast.Pass()))


def is_written_elsewhere(findings: Sequence[Finding]) -> bool:
    """Say whether factors are told of statements in which no number is written that explains them.

    Parameters
    ----------
    findings : sequence of Finding
        As "is exactly 4 x the correct gradient" of what two other statements multiply by 4, or
        the same factor of several statements that use what another one has multiplied.

    Returns
    -------
    bool
        Whether :func:`two_left_out` may find two that are as likely. Twos are everywhere: they do
        not speak against one finding.
    """
    if len(findings) > 1:
        return of_one_cause(findings) and not any(map(is_written, findings))
    return any(map(_is_written_twice, findings))


def _is_written_twice(finding: Finding) -> bool:
    """Say whether a factor stands in several other statements, and not in the one it is told of."""
    factor = finding.factor
    if factor is None or abs(factor) in _EVERYWHERE or is_written(finding):
        return False
    statements = (n for n in nodes_of(source_of(finding.file)) if isinstance(n, ast.stmt))
    plain = (each for each in statements if not hasattr(each, "body"))
    return sum(has_number(each, factor) for each in plain) > 1


def _is_in(number: float | None, factor: float | None) -> bool:
    """Say whether a factor is hardly one mistake where a number is written."""
    if number is None or factor is None or isclose(number, factor):
        return False
    return isclose(number, -factor) or is_odd(number)


def _scales_all(trial: Trial, given: FloatArray | None) -> bool:
    """Say whether a patch leaves out a number that is a factor of all gradients."""
    now = trial.numbers
    if now is None or given is None or trial.names or not without_number(trial.patch):
        return False
    there = given != 0
    factors = now[there] / given[there]
    alike = factors.size > 0 and np.ptp(factors) <= _ALIKE * abs(factors[0])
    return bool(alike and abs(factors[0] - 1.0) > _ALIKE and not np.any(now[~there]))
