"""Numbers as the file writes them somewhere else, such as ``np.sqrt(2 / np.pi)``, and a 1."""

import ast
from collections.abc import Iterator
from copy import deepcopy

from trainwell.diagnosis.gradients.around import Around
from trainwell.diagnosis.gradients.patches import Patch, Slot, text_of
from trainwell.diagnosis.gradients.written_numbers import is_number

_OF_POWERS = (2, 3, 4, 0.5)  # what differentiation brings in front of a term
_KINDS = ("constant", "factor", "operation", "activation-wrong")
_MISSING = ("factor", "constant", "activation-wrong")


def constant_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield numbers of the file in the place of one, or as a factor that is missing.

    Parameters
    ----------
    slot : Slot
        An expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        ``np.sqrt(2 / np.pi) * x`` for ``np.sqrt(2) * x`` and for ``x``.
    """
    yield from _beside_one(slot, known)
    around = known.source.function.__globals__
    if slot.is_index or isinstance(slot.node, ast.Constant):
        return
    number = is_number(slot.node, around)
    outermost = not is_number(slot.holder, around)
    term = isinstance(slot.holder, ast.BinOp) and isinstance(slot.holder.op, ast.Add | ast.Sub)
    whole = isinstance(slot.holder, ast.Assign | ast.Return | ast.AugAssign)
    for text, found in known.numbers.items():
        if number and text == ast.unparse(slot.node):
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


def _beside_one(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield what is missing of ``p - 1``, of ``1 - a`` or of ``1 + exp(-x)``."""
    node, holder = slot.node, slot.holder
    factor = isinstance(holder, ast.BinOp) and isinstance(holder.op, ast.Mult | ast.Div)
    if slot.is_index or not (factor or slot.name == "value"):
        return
    kinds, one = ("path", "operand", "activation-wrong"), ast.Constant(1)
    shown = text_of(node)
    if known.shape(node) or isinstance(node, ast.Subscript):
        less = ast.BinOp(node, ast.Sub(), one)
        yield slot.becomes(less, kinds, 1.4, f"`- 1` is missing beside `{shown}`")
        rest = ast.BinOp(one, ast.Sub(), node)
        yield slot.becomes(rest, kinds, 1.4, f"`1 -` is missing beside `{shown}`")
    elif slot.name == "right" and _is_product(node) and _is_product(holder):
        for operation, sign in ((ast.Add(), "+"), (ast.Sub(), "-")):
            new = ast.BinOp(one, operation, node)
            yield slot.becomes(new, kinds, 1.35, f"`1 {sign}` is missing beside `{shown}`")
    elif isinstance(node, ast.Call) and text_of(node.func).endswith("exp"):
        more = ast.BinOp(one, ast.Add(), node)
        yield slot.becomes(more, kinds, 1.3, f"`1 +` is missing beside `{shown}`")


def _is_product(node: ast.AST) -> bool:
    """Say whether a node is a product: nobody puts one in brackets within another for nothing."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)
