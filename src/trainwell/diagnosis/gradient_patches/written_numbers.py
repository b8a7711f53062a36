"""Expressions that are always the same number: ``np.sqrt(2 / np.pi)``, ``HYPER["slope"]``."""

import ast
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from trainwell.diagnosis.gradient_localisation.statements import nodes_of

_MOST = 12  # of a file


def numbers_in(text: str, around: Mapping[str, Any]) -> dict[str, ast.expr]:
    """Return the numbers that a file writes as expressions.

    Parameters
    ----------
    text : str
        The file.
    around : mapping of str to Any
        The names that are there.

    Returns
    -------
    dict of str to ast.expr
        By their text, the first of the file.
    """
    return {said: node for said, node in _closed_in(text).items() if is_number(node, around)}


def is_number(node: ast.AST, around: Mapping[str, Any]) -> bool:
    """Say whether an expression is such a number, made of names that are there."""
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return _is_written(node) and names <= set(around)


@lru_cache(maxsize=16)
def complements_in(text: str) -> Mapping[str, ast.expr]:
    """Return what a file subtracts from one, as ``1 - beta``: names and entries.

    Parameters
    ----------
    text : str
        The file.

    Returns
    -------
    mapping of str to ast.expr
        By their text, the first of the file.
    """
    found = {}
    for node in nodes_of(text):
        match node:
            case ast.BinOp(
                left=ast.Constant(value=1), op=ast.Sub(), right=ast.Name() | ast.Subscript() as own
            ):
                found[ast.unparse(own)] = own
    return dict(list(found.items())[:_MOST])


@lru_cache(maxsize=16)
def _closed_in(text: str) -> Mapping[str, ast.expr]:
    nodes = nodes_of(text)
    written = (node for node in nodes if isinstance(node, ast.expr) and _is_written(node))
    found = {ast.unparse(node): node for node in written}
    return dict(list(found.items())[:_MOST])


def _is_written(node: ast.AST) -> bool:
    """Say whether an expression of more than one word is made of what never changes."""
    return isinstance(node, ast.BinOp | ast.Call | ast.Subscript) and _is_closed(node)


def _is_closed(node: ast.expr) -> bool:
    """Say whether an expression is made of numbers, names in capitals, and roots of them."""
    match node:
        case ast.Constant(value=value):
            closed = type(value) in (int, float)
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() | ast.Pow(), right=right):
            closed = _is_closed(left) and _is_closed(right)
        case ast.Call(func=ast.Attribute(value=ast.Name(), attr="sqrt"), args=[inner]):
            closed = _is_closed(inner)
        case ast.Attribute(value=ast.Name(), attr="pi" | "e"):
            closed = True
        case (
            ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str()))
            | ast.Name(id=name)
        ):
            closed = name.isupper()
        case _:
            closed = False
    return closed
