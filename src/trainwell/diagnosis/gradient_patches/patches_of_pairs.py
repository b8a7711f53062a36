"""What other statements add to the same array: what one end of an edge gets, the other loses."""

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache

from trainwell.diagnosis.gradient_localisation.statements import root_of
from trainwell.diagnosis.gradient_patches.patch import Patch
from trainwell.diagnosis.gradient_patches.syntax import located, parts_of, text_of

_COST = 1.2
_KINDS = ("path", "operand", "data-term")
_MOST = 8  # terms


def pair_patches(statement: ast.AugAssign, tree: ast.FunctionDef) -> Iterator[Patch]:
    """Yield a sum with a term that another statement adds to the same array, or subtracts.

    Parameters
    ----------
    statement : ast.AugAssign
        As ``G[j] += g1``.
    tree : ast.FunctionDef
        The function in which it stands.

    Yields
    ------
    Patch
        With ``g1 - g2`` where ``G[k] += g2 - g3`` stands beside it.
    """
    if not isinstance(statement.op, ast.Add | ast.Sub):
        return
    own = {ast.unparse(term) for term in _terms(statement.value)}
    others = _added(tree).get(root_of(statement.target), {})
    for term in [term for text, term in others.items() if text not in own][:_MOST]:
        for sign, operation in (("-", ast.Sub()), ("+", ast.Add())):
            new = located(ast.BinOp(statement.value, operation, term), statement.value)
            message = f"`{sign} {text_of(term)}` is missing"
            change = (statement, "value", None, new)
            yield Patch(statement, _KINDS, _COST, message, (change,))


@lru_cache(maxsize=32)
def _added(tree: ast.FunctionDef) -> Mapping[str, Mapping[str, ast.expr]]:
    """Return the terms that a function adds to each of its arrays, by their text."""
    found: dict[str, dict[str, ast.expr]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.AugAssign(target, ast.Add() | ast.Sub(), value):
                for term in _terms(value):
                    found.setdefault(root_of(target), {}).setdefault(ast.unparse(term), term)
    return found


def _terms(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the terms of a sum without the sign that is written before one."""
    for term in parts_of(node, ast.Add, ast.Sub):
        match term:
            case ast.UnaryOp(ast.USub(), operand):
                yield from _terms(operand)
            case _:
                yield term
