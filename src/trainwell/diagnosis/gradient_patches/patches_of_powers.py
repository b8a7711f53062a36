"""Powers: of counts, of arrays, and exponents that are off by one or by a number with a name."""

import ast
from collections.abc import Iterator

from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot
from trainwell.diagnosis.gradient_patches.syntax import text_of

_SQUARE = 1.25  # cost of that of a count: a count alone is forgotten more often
_BRACKET = 1.1  # cost of a bracket that is too long, or too short
_KINDS = ("activation-wrong", "operation", "constant")


def power_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield an expression to a power that is missing, and another exponent.

    Parameters
    ----------
    slot : Slot
        An expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        ``p ** (gamma - 1)`` for ``p`` and for ``p ** gamma``; ``1 + r ** 2`` for ``(1 + r) ** 2``.
    """
    yield from _brackets(slot)
    holder = slot.holder
    if isinstance(holder, ast.BinOp) and isinstance(holder.op, ast.Pow):
        if slot.name == "right" and known.is_number(slot.node):
            yield from _exponents(slot, known)
    elif not slot.is_index:
        yield from _of_counts(slot, known)
        yield from _of_arrays(slot, known)


def _brackets(slot: Slot) -> Iterator[Patch]:
    """Yield a power of the last term for that of a sum, and the reverse."""
    match slot.node:
        case ast.BinOp(ast.BinOp(left, ast.Add() | ast.Sub() as sign, right), ast.Pow(), exponent):
            new = ast.BinOp(left, sign, ast.BinOp(right, ast.Pow(), exponent))
            yield slot.becomes(new, _KINDS, _BRACKET)
        case ast.BinOp(left, ast.Add() | ast.Sub() as sign, ast.BinOp(right, ast.Pow(), exponent)):
            new = ast.BinOp(ast.BinOp(left, sign, right), ast.Pow(), exponent)
            yield slot.becomes(new, _KINDS, _BRACKET)


def _of_counts(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield the root and the square of a count, such as that of ``1 / sqrt(d)``."""
    node, holder = slot.node, slot.holder
    scales = isinstance(holder, ast.BinOp) and isinstance(holder.op, ast.Mult | ast.Div)
    given = isinstance(holder, ast.Assign) and slot.name == "value"
    if isinstance(node, ast.Constant) or not (scales or given):
        return
    if known.is_number(node):
        for power, name, cost in ((0.5, "square root", 1.1), (2, "square", _SQUARE)):
            new = ast.BinOp(node, ast.Pow(), ast.Constant(power))
            kinds = ("operation", "constant", "activation-wrong", "factor")
            yield slot.becomes(new, kinds, cost, f"the {name} of `{text_of(node)}` is missing")


def _exponents(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield a number with a name plus or minus one, and what is written for it plus its name."""
    node, one = slot.node, ast.Constant(1)
    kinds = ("activation-wrong", "constant", "operation")
    if not isinstance(node, ast.Constant | ast.UnaryOp):
        yield slot.becomes(ast.BinOp(node, ast.Sub(), one), kinds, 1.0)
        yield slot.becomes(ast.BinOp(node, ast.Add(), one), kinds, 1.1)
        return
    for name, number in known.constants.items():
        new = ast.BinOp(ast.Constant(number), ast.Add(), node)
        yield slot.becomes(new, kinds, 1.2, f"`{name} +` is missing before `{text_of(node)}`")


def _of_arrays(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield an array, or one of its elements, to a power that has a name, or to one less."""
    node = slot.node
    if not _is_value(node, known) or isinstance(slot.holder, ast.Attribute | ast.Subscript):
        return
    if isinstance(slot.holder, ast.BinOp) and isinstance(slot.holder.op, ast.Mult | ast.Div):
        square = ast.BinOp(node, ast.Pow(), ast.Constant(2))
        message = f"`** 2` is missing after `{text_of(node)}`"
        yield slot.becomes(square, _KINDS, _SQUARE, message)
    named: dict[str, ast.expr] = {
        name: ast.Name(name, ast.Load())
        for name, sort in known.source.sorts.items()
        if sort == ("number",)
    }
    for name, number in known.constants.items():
        named.setdefault(name, ast.Constant(number))
    for name in sorted(set(named) & known.exponents):
        for power, said in (
            (named[name], name),
            (ast.BinOp(named[name], ast.Sub(), ast.Constant(1)), f"({name} - 1)"),
        ):
            new = ast.BinOp(node, ast.Pow(), power)
            yield slot.becomes(new, _KINDS, 1.3, f"`** {said}` is missing after `{text_of(node)}`")


def _is_value(node: ast.expr, known: Around) -> bool:
    """Say whether an expression is an array, a part of one, or such as ``1 - p``."""
    match node:
        case ast.BinOp(left=ast.Constant(), op=ast.Add() | ast.Sub(), right=value):
            return _is_value(value, known)
        case ast.Subscript():
            return True
    return known.shape(node) is not None
