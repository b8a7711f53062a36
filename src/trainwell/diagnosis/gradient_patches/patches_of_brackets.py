"""Brackets: ``a * (b - c)`` where ``a * b - c`` stands, ``a / (b * c)`` for ``a / b * c``."""

import ast
from collections.abc import Iterator

from trainwell.diagnosis.gradient_patches.patch import Patch, Slot

_COST = 1.12
_KINDS = ("operation", "operand", "path", "factor")


def bracket_patches(slot: Slot) -> Iterator[Patch]:
    """Yield an expression with brackets that are missing, or without those that are there.

    Parameters
    ----------
    slot : Slot
        Which expression.

    Yields
    ------
    Patch
        Of three operands the first two, or the last two, belong together.
    """
    match slot.node:
        case ast.BinOp(ast.BinOp(a, one, b), two, c) if _may_change(one, two):
            yield slot.becomes(ast.BinOp(a, one, ast.BinOp(b, two, c)), _KINDS, _COST)
    match slot.node:
        case ast.BinOp(a, one, ast.BinOp(b, two, c)) if _may_change(one, two):
            yield slot.becomes(ast.BinOp(ast.BinOp(a, one, b), two, c), _KINDS, _COST)


def _may_change(one: ast.operator, two: ast.operator) -> bool:
    """Say whether it makes a difference which of two operations is carried out first."""
    sums = [isinstance(each, ast.Add | ast.Sub) for each in (one, two)]
    products = [isinstance(each, ast.Mult | ast.Div) for each in (one, two)]
    if all(products):
        return isinstance(one, ast.Div)
    if all(sums):
        return isinstance(one, ast.Sub)
    return any(sums) and any(products)
