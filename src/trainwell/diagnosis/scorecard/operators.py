"""The mutation operators: each a way in which people get a backward pass wrong."""

import ast

from trainwell.diagnosis.scorecard import (
    operators_formulas,
    operators_memory,
    operators_names,
    operators_values,
)
from trainwell.diagnosis.scorecard.faults import Operator
from trainwell.diagnosis.scorecard.roles import slope, term
from trainwell.diagnosis.scorecard.sites import Edit, Site

OPERATORS: tuple[Operator, ...] = tuple(
    value
    for module in (operators_formulas, operators_names, operators_memory, operators_values)
    for value in vars(module).values()
    if isinstance(value, Operator)
)
"""All of them; where two make the same text, the first one names it."""


def kinds(operator: Operator, site: Site, edit: Edit) -> tuple[str, ...]:
    """Return the acceptable names of a fault, the most exact first.

    Parameters
    ----------
    operator : Operator
        The way to get it wrong.
    site : Site
        The statement.
    edit : Edit
        What the operator does to the statement.

    Returns
    -------
    tuple of str
        The part of the gradient in which the fault stands comes first, where that is known;
        last, whether it stands in a local derivative.
    """
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    for node in _touched(site, edit):
        first, last = term(site, node), slope(site, node)
    return tuple(dict.fromkeys((*first, *(edit.kinds or operator.kinds), *last)))


def _touched(site: Site, edit: Edit) -> list[ast.expr]:
    """Return the smallest expression that holds all that an edit replaces."""
    start = min(each.start for each in edit.replacements)
    end = max(each.end for each in edit.replacements)
    if start == end:  # a statement was added: it changes the whole result
        return site.values[:1]
    spans = [(site.span(node), node) for node in site.nodes]
    holding = [(b - a, node) for (a, b), node in spans if a <= start and end <= b]
    return [min(holding, key=lambda pair: pair[0])[1]] if holding else []
