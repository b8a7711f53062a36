"""Findings weighed against each other: which explain more, and which are the likelier."""

import ast
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from math import isclose

import numpy as np

from trainwell.diagnosis.gradient_localisation.edits_of_values import OTHER_VARIABLE
from trainwell.diagnosis.gradient_localisation.executions import each_once
from trainwell.diagnosis.gradient_localisation.finding import SURE, UNDONE, Finding, cost_of
from trainwell.diagnosis.gradient_localisation.formed import lines_of
from trainwell.diagnosis.gradient_localisation.localisation import FEW
from trainwell.diagnosis.gradient_localisation.statements import (
    assigned_name,
    node_of,
    unused_at,
)
from trainwell.diagnosis.gradient_localisation.workshop import Workshop
from trainwell.diagnosis.gradient_patches.patching import MOST

_BESIDE = " is missing beside "
_INVERSE = 1e-9  # how far the product of two factors is from 1 that undo each other

SIMPLE = 1.2
"""Cost of one change that is likelier than two others."""

ONE_OF_SEVERAL = 1.5
"""Cost of one change that is likelier than two that cost as much themselves."""


def convincing(findings: Sequence[Finding], wrong: Sequence[str], *, read: bool = False) -> bool:
    """Say whether one simple change, or several that undo something, account for everything.

    Parameters
    ----------
    findings : sequence of Finding
        What has been found.
    wrong : sequence of str
        Parameters whose gradients are wrong.
    read : bool, default=False
        Whether it is known already where a variable should be read that nothing reads.

    Returns
    -------
    bool
        Whether nothing else has to be looked for.
    """
    least = 1.0 if len(findings) == 1 else UNDONE
    return (
        bool(findings)
        and all(finding.confidence >= least for finding in findings)
        and _explained(findings, wrong) == len(set(wrong))
        and not of_one_cause(findings)
        # A variable that is computed for nothing should stand somewhere.
        and (read or not findings[0].line or not unused_at(findings[0].file, findings[0].line))
    )


def of_one_cause(findings: Sequence[Finding]) -> bool:
    """Say whether several places are off by the same factor, as by one count that is wrong.

    Parameters
    ----------
    findings : sequence of Finding
        What has been found.

    Returns
    -------
    bool
        Never of a single one.
    """
    factors = [finding.factor for finding in findings if finding.factor is not None]
    alike = len(factors) == len(findings) > 1
    return alike and bool(np.ptp(factors) <= 1e-9 * abs(factors[0]))


def dearest(findings: Sequence[Finding], wrong: Sequence[str]) -> tuple[float, int]:
    """Return what a patch, and how many, may cost to be likelier than what has been found."""
    if _explained(findings, wrong) < len(set(wrong)) or _vague(findings):
        return np.inf, MOST
    if len(findings) == 1:
        return cost_of(findings[0].confidence), 1
    costs = (cost_of(finding.confidence) for finding in findings)
    most = 1 if len(findings) <= FEW else MOST
    return max(SIMPLE, min(ONE_OF_SEVERAL, *costs)), most


def likelier(known: list[Finding], other: list[Finding], wrong: Sequence[str]) -> list[Finding]:
    """Return the findings that explain more, the fewer of them the better.

    Parameters
    ----------
    known, other : list of Finding
        Those of ``known`` if both explain as much.
    wrong : sequence of str
        Parameters whose gradients are wrong.

    Returns
    -------
    list of Finding
        One of both.
    """
    if not other:
        return known
    scores = [
        (
            _explained(each, wrong),
            -len(each) - 2 * _vague(each) - 2 * is_nameless(each),
            sum(map(is_written, each)) - sum(map(_only_returns, each)),
            sum(finding.confidence for finding in each),
        )
        for each in (known, other)
    ]
    return other if scores[1] > scores[0] else known


def is_nameless(findings: Sequence[Finding]) -> bool:
    """Say whether all that is known is that another variable is meant, which has no name.

    Parameters
    ----------
    findings : sequence of Finding
        What has been found.

    Returns
    -------
    bool
        What makes one product right need not be there: two mistakes may look like that.
    """
    return len(findings) == 1 and findings[0].message == OTHER_VARIABLE


def _only_returns(finding: Finding) -> bool:
    """Say whether a statement returns a variable: what is wrong with it was done before."""
    statement = finding.statement
    if statement is None or statement.target != "return":
        return False
    return assigned_name(statement) is not None


def is_written(finding: Finding) -> bool:
    """Say whether the factor by which something is wrong stands in its statement, as ``1.01 *``.

    Parameters
    ----------
    finding : Finding
        With a factor other than a sign.

    Returns
    -------
    bool
        Somebody has written it there.
    """
    node = None if finding.statement is None else node_of(finding.statement)
    return node is not None and has_number(node, finding.factor)


def has_number(node: ast.AST, factor: float | None) -> bool:
    """Say whether a number stands in some source as a decimal or a factor, up to the last digits.

    Parameters
    ----------
    node : ast.AST
        The source.
    factor : float or None
        The number; zero and one are everywhere.

    Returns
    -------
    bool
        Never of ``None``.
    """
    if factor is None or abs(factor) in (0.0, 1.0):
        return False
    numbers = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant))
    decimals = [number for number in numbers if type(number) is float]
    return any(isclose(number, factor) for number in (*decimals, *factors_of(node)))


def factors_of(node: ast.AST) -> Iterator[float]:
    """Yield the numbers by which something is multiplied: others are counts, places and powers.

    Parameters
    ----------
    node : ast.AST
        Some source.

    Yields
    ------
    float
        As it is written; what something is divided by is none.
    """
    for each in ast.walk(node):
        if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Mult | ast.Div):
            operands = (each.left, each.right if isinstance(each.op, ast.Mult) else None)
            for operand in operands:
                if isinstance(operand, ast.Constant) and type(operand.value) in (int, float):
                    with suppress(OverflowError):
                        yield float(operand.value)  # type: ignore[arg-type]


def better(known: list[Finding], patched: list[Finding], wrong: Sequence[str]) -> list[Finding]:
    """Return the likelier findings, or those by operation with what patches know better.

    Parameters
    ----------
    known : list of Finding
        By operation.
    patched : list of Finding
        By patch of the source: each mends what it affects alone.
    wrong : sequence of str
        Parameters whose gradients are wrong.

    Returns
    -------
    list of Finding
        Patches of gradients that nothing else accounts for are told beside.
    """
    if patched and likelier(known, patched, wrong) is patched:
        return patched
    accounted = {name for finding in known for name in finding.affected}
    beside = [each for each in patched if accounted.isdisjoint(each.affected)]
    return [*(_replaced(finding, patched) for finding in known), *beside]


def _explained(findings: Sequence[Finding], wrong: Sequence[str]) -> int:
    return len({name for finding in findings for name in finding.affected} & set(wrong))


def _vague(findings: Sequence[Finding]) -> int:
    return sum(finding.confidence < SURE for finding in findings)


def _replaced(finding: Finding, patched: Sequence[Finding]) -> Finding:
    """Return what a patch says of the same gradients, if the finding says less."""
    if finding.confidence >= SURE:
        return finding
    surer = (each for each in patched if each.confidence > finding.confidence)
    same = (each for each in surer if set(each.affected) == set(finding.affected))
    return next(same, finding)


def unaccounted(findings: Sequence[Finding], wrong: Sequence[str]) -> list[str]:
    """Return the parameters that no finding accounts for."""
    accounted = {name for finding in findings for name in finding.affected}
    return [name for name in wrong if name not in accounted]


def joined(known: Sequence[Finding], found: Sequence[Finding]) -> list[Finding]:
    """Return what is known of what was called again, where no line accounts for it.

    Parameters
    ----------
    known : sequence of Finding
        What calls change, and what they are given back.
    found : sequence of Finding
        By the code of the backward pass, or without.

    Returns
    -------
    list of Finding
        Those with a line first; what has none only where nothing else accounts for it.
    """
    placed = [finding for finding in found if finding.line]
    accounted = {name for finding in placed for name in finding.affected}
    rest = [each for each in known if not {*each.affected} & accounted]
    told = accounted.union(*(each.affected for each in rest))
    return [*placed, *rest, *(f for f in found if not f.line and not {*f.affected} & told)]


def of_one_line(
    findings: Sequence[Finding], located: Sequence[Finding], wrong: Sequence[str]
) -> list[Finding]:
    """Return one finding in the place of several in one line that say no more.

    Parameters
    ----------
    findings : sequence of Finding
        What was found in the end.
    located : sequence of Finding
        What was found first, by operation.
    wrong : sequence of str
        Parameters whose gradients are wrong.

    Returns
    -------
    list of Finding
        Two factors of one statement, where the first was one of a term; or the same words once.
    """
    places = {(found.file, found.line) for found in findings}
    if len(findings) > len(places) == 1 == len(located) and findings[0].line:
        one = located[0]
        if (one.file, one.line) in places and not unaccounted(located, wrong) and one.factor:
            return [one]
    words = {found.message.partition(_BESIDE)[0] for found in findings}
    beside = all(_BESIDE in found.message for found in findings)
    if len(findings) > len(places) == 1 == len(words) and beside and findings[0].line:
        return [
            replace(findings[0], message=f"{words.pop()} is missing")
        ]  # all terms of it lack the same
    return [_beside_others(*findings)] if _undo_each_other(findings) else each_once(findings)


def _undo_each_other(findings: Sequence[Finding]) -> bool:
    """Say whether a line is told twice, with a factor and with what undoes that."""
    if len(findings) != 2 or len({(f.file, f.line, f.affected) for f in findings}) > 1:
        return False
    one, two = (found.factor or 0.0 for found in findings)
    return abs(one * two - 1) < _INVERSE


def _beside_others(one: Finding, two: Finding) -> Finding:
    """Return that of several terms of a line one has another scale."""
    factor = max(one.factor or 0.0, two.factor or 0.0)
    said = f"one of its terms is exactly {factor:g} x too large beside the others"
    return replace(one, factor=factor, message=said, confidence=min(one.confidence, two.confidence))


def reaches_no_more(shop: Workshop, one: Finding, other: Finding, names: Collection[str]) -> bool:
    """Say whether one finding spoils no gradient of some that another one leaves alone.

    Parameters
    ----------
    shop : Workshop
        The recorded backward pass.
    one, other : Finding
        The second was found beside faults of these gradients: they were looked for as if it
        stood there.
    names : collection of str
        Parameters.

    Returns
    -------
    bool
        Whether the first one may stand in its place.
    """
    made = [
        {s.index for s in shop.steps if (each.file, each.line) in lines_of([s.place[:2]])}
        for each in (one, other)
    ]
    lineages = [shop.lineage[name] for name in names if name in shop.lineage]
    return all(made[1] & behind or not made[0] & behind for behind in lineages)
