"""What is right where it is made, and lacks a factor where it is handed out."""

import ast
import re
from collections.abc import Container

from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.formed import Line
from trainwell.diagnosis.gradient_localisation.namesakes import alike
from trainwell.diagnosis.gradient_localisation.statements import node_of, nodes_of, source_of


def is_of_logarithm(finding: Finding) -> bool:
    """Say whether what is called the derivative by ``k`` lacks ``k``: then it is one by ``log k``.

    It is what it is called, and the factor is missing where it is returned.

    Parameters
    ----------
    finding : Finding
        Of the statement that makes it.

    Returns
    -------
    bool
        By the names alone: a single number is a multiple of any other.
    """
    lacks = re.match(r"`\* (\w+)` is missing$", finding.message)
    return lacks is not None and bool(alike(targets_of(finding), frozenset(lacks.groups())))


def targets_of(finding: Finding) -> frozenset[str]:
    """Return what the statement of a finding gives a value to.

    Parameters
    ----------
    finding : Finding
        Any.

    Returns
    -------
    frozenset of str
        One name, or none.
    """
    match None if finding.statement is None else node_of(finding.statement):
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AugAssign(target=ast.Name(id=name)):
            return frozenset((name,))
    return frozenset()


def returning(finding: Finding, names: Container[str]) -> frozenset[Line]:
    """Return the next statement that returns some values by their names: it lacks something.

    Parameters
    ----------
    finding : Finding
        Where a value is made.
    names : container of str
        What it is called.

    Returns
    -------
    frozenset of tuple
        File and line, if there is such a statement.
    """
    lines = [
        node.lineno
        for node in nodes_of(source_of(finding.file))
        if isinstance(node, ast.Return) and node.lineno > (finding.line or 0)
        if any(isinstance(each, ast.Name) and each.id in names for each in ast.walk(node))
    ]
    return frozenset({(finding.file, min(lines))} if lines else ())
