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


def shifted(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield a number with a name plus or minus one, and what is written for it plus its name.

    Parameters
    ----------
    slot : Slot
        An expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        As ``p ** (gamma - 1)`` where ``p ** gamma``, or ``p ** -1``, stands.
    """
    node, holder = slot.node, slot.holder
    power = isinstance(holder, ast.BinOp) and isinstance(holder.op, ast.Pow)
    if not power or slot.name != "right" or not known.is_number(node):
        return
    kinds, one = ("activation-wrong", "constant", "operation"), ast.Constant(1)
    if not isinstance(node, ast.Constant | ast.UnaryOp):
        yield slot.becomes(ast.BinOp(node, ast.Sub(), one), kinds, 1.0)
        yield slot.becomes(ast.BinOp(node, ast.Add(), one), kinds, 1.1)
        return
    for name, number in known.constants.items():
        new = ast.BinOp(ast.Constant(number), ast.Add(), node)
        yield slot.becomes(new, kinds, 1.2, f"`{name} +` is missing before `{text_of(node)}`")


def beside_one(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield what is missing of ``p - 1``, of ``1 - a`` or of ``1 + exp(-x)``.

    Parameters
    ----------
    slot : Slot
        An expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        With a 1 where an array stands alone.
    """
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


def powers(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield an array, or one of its elements, to a power that has a name, or to one less.

    Parameters
    ----------
    slot : Slot
        An expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        As ``rest ** (gamma - 1)`` where ``rest`` stands.
    """
    node, holder = slot.node, slot.holder
    known_value = known.shape(node) is not None or isinstance(node, ast.Subscript)
    is_power = isinstance(holder, ast.BinOp) and isinstance(holder.op, ast.Pow)
    if slot.is_index or is_power or not known_value or slot.name in ("func", "targets", "target"):
        return
    if isinstance(holder, ast.Attribute | ast.Subscript):
        return
    named: dict[str, ast.expr] = {
        name: ast.Name(name, ast.Load())
        for name, sort in known.source.sorts.items()
        if sort == ("number",)
    }
    for name, number in known.constants.items():
        named.setdefault(name, ast.Constant(number))
    kinds = ("activation-wrong", "operation", "constant")
    for name in sorted(set(named) & known.exponents):
        for power, said in (
            (named[name], name),
            (ast.BinOp(named[name], ast.Sub(), ast.Constant(1)), f"({name} - 1)"),
        ):
            new = ast.BinOp(node, ast.Pow(), power)
            yield slot.becomes(new, kinds, 1.3, f"`** {said}` is missing after `{text_of(node)}`")


def _is_product(node: ast.AST) -> bool:
    """Say whether a node is a product: nobody puts one in brackets within another for nothing."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)
