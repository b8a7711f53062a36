"""The slope of one activation where that of another one is meant, wherever its factors stand."""

import ast
from collections.abc import Iterator

from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot
from trainwell.diagnosis.gradient_patches.patches_of_ones import is_one
from trainwell.diagnosis.gradient_patches.syntax import text_of

_KINDS = ("activation-wrong", "operand", "mask")
_COST = 1.1
_OF_ONE = 1.15
_SLOPES = ("{0} * (1 - {0})", "1 - {0} ** 2", "{0} > 0")
"""Of the logistic function, the hyperbolic tangent and the rectifier, by what they give."""


def slope_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield a product with the slope of another activation, or 1 where ``where`` chooses one.

    Parameters
    ----------
    slot : Slot
        Which expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        ``d * (1 - a ** 2)`` where ``d * a * (1 - a)`` stands.
    """
    match slot.holder:
        case ast.Call(func=ast.Attribute(attr="where")) if slot.name == "args" and slot.at:
            if not known.is_number(slot.node):
                yield slot.becomes(ast.Constant(1.0), _KINDS, _OF_ONE)
    if not _is_product(slot.node) or _is_product(slot.holder):
        return
    factors = [*_factors(slot.node)]
    for at, factor in enumerate(factors):
        found = _slope(factor, factors[:at] + factors[at + 1 :])
        if found is None:
            continue
        own, value, others = found
        before = _SLOPES[own].format(text_of(value))
        for other, form in enumerate(_SLOPES):
            if other != own:
                text = form.format(ast.unparse(value))
                new = _product([*others, ast.parse(text, mode="eval").body])
                message = f"`{before}` should be `{form.format(text_of(value))}`"
                yield slot.becomes(new, _KINDS, _COST, message)


def _is_product(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)


def _factors(node: ast.expr) -> Iterator[ast.expr]:
    """Yield what a product multiplies, from the left."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        yield from _factors(node.left)
        yield from _factors(node.right)
    else:
        yield node


def _slope(factor: ast.expr, rest: list[ast.expr]) -> tuple[int, ast.expr, list[ast.expr]] | None:
    """Return which slope a factor is, or belongs to, of what, and the factors that are left."""
    match factor:
        case ast.BinOp(left=left, op=ast.Sub(), right=ast.BinOp(value, ast.Pow(), power)) if (
            is_one(left) and isinstance(power, ast.Constant) and power.value == 2
        ):
            return 1, value, rest
        case ast.BinOp(left=left, op=ast.Sub(), right=value) if is_one(left):
            text = ast.unparse(value)
            same = next((each for each in rest if ast.unparse(each) == text), None)
            if same is not None:
                return 0, value, [each for each in rest if each is not same]
        case ast.Compare(left=value, ops=[ast.Gt()], comparators=[ast.Constant(value=0)]):
            return 2, value, rest
    return None


def _product(factors: list[ast.expr]) -> ast.expr:
    first, *others = factors
    for each in others:
        first = ast.BinOp(first, ast.Mult(), each)
    return first
