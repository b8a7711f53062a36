"""Numbers as the file writes them somewhere else: ``np.sqrt(2 / np.pi)`` of the forward pass."""

import ast
import linecache
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import lru_cache
from typing import Any

from trainwell.diagnosis.gradients.patched import Source
from trainwell.diagnosis.gradients.patches import Patch, Slot, text_of

_MOST = 12  # such numbers of a file
_OF_POWERS = (2, 3, 4, 0.5)  # what differentiation brings in front of a term
_KINDS = ("constant", "factor", "operation", "activation-wrong")
_MISSING = ("factor", "constant", "activation-wrong")


def constant_patches(slot: Slot, source: Source) -> Iterator[Patch]:
    """Yield numbers of the file in the place of one, or as a factor that is missing.

    Parameters
    ----------
    slot : Slot
        An expression.
    source : Source
        The function in which it stands.

    Yields
    ------
    Patch
        ``np.sqrt(2 / np.pi) * x`` for ``np.sqrt(2) * x`` and for ``x``.
    """
    around = source.function.__globals__
    if slot.is_index or isinstance(slot.node, ast.Constant):
        return
    number = _is_number(slot.node, around)
    outermost = not (isinstance(slot.holder, ast.expr) and _is_number(slot.holder, around))
    term = isinstance(slot.holder, ast.BinOp) and isinstance(slot.holder.op, ast.Add | ast.Sub)
    whole = isinstance(slot.holder, ast.Assign | ast.Return | ast.AugAssign)
    for text, found in _numbers("".join(linecache.getlines(source.file))).items():
        if not _is_number(found, around) or text == ast.unparse(slot.node):
            continue
        if number and outermost:
            yield slot.becomes(deepcopy(found), _KINDS, 1.15)
        elif not number and (term or (whole and slot.name == "value")):
            product = ast.BinOp(deepcopy(found), ast.Mult(), slot.node)
            yield slot.becomes(product, _MISSING, 1.08, f"`{text_of(found)} *` is missing")
    if term and not number:
        for power in _OF_POWERS:
            product = ast.BinOp(ast.Constant(power), ast.Mult(), slot.node)
            yield slot.becomes(product, _MISSING, 1.12, f"`{power} *` is missing")


@lru_cache(maxsize=16)
def _numbers(text: str) -> Mapping[str, ast.expr]:
    """Return the expressions of a file that may be numbers that are always the same."""
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except SyntaxError:
        return {}
    found = (
        n for n in nodes if isinstance(n, ast.BinOp | ast.Call | ast.Subscript) and _is_closed(n)
    )
    return dict(list({ast.unparse(node): node for node in found}.items())[:_MOST])


def _is_closed(node: ast.expr) -> bool:
    """Say whether an expression is made of numbers, names in capitals, and functions of modules."""
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


def _is_number(node: ast.expr, around: Mapping[str, Any]) -> bool:
    """Say whether an expression is such a number, made of names that are there."""
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    written = isinstance(node, ast.BinOp | ast.Call | ast.Subscript) and _is_closed(node)
    return written and names <= set(around)
