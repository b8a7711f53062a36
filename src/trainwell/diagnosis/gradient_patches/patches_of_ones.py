"""A 1 that is missing beside an array, as in ``1 - a``, and what is missing beside a 1."""

import ast
import re
from collections.abc import Callable, Iterator

from trainwell.diagnosis.gradient_patches.around import Around, last_key
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot, is_copied
from trainwell.diagnosis.gradient_patches.syntax import text_of

READ = 0.2
"""What it costs more that something is missing which the function reads elsewhere."""

_SAME = 0.05  # what it costs less that it stands in the same statement, as in ``s * (1 - s)``
_SIGMOID = re.compile(r"sigm|logistic", re.IGNORECASE)
_TIMES = 0.2  # the same beside a 1 that is a factor, which nobody writes
_KINDS = ("activation-wrong", "path", "operand")

_Form = tuple[str, ast.operator, Callable[[ast.expr], ast.expr]]


def one_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield an array with a 1 beside it, and a 1 with an array.

    Parameters
    ----------
    slot : Slot
        An expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        ``1 - a`` where ``a`` or ``1`` stands, ``p - 1``, ``1 + np.exp(-x)``.
    """
    if slot.is_index:
        return
    if is_one(slot.node):
        yield from _arrays(slot, known)
    else:
        yield from _ones(slot, known)


def is_one(node: ast.expr) -> bool:
    """Say whether an expression is a 1."""
    return isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value == 1


def read(text: str) -> ast.expr:
    """Return the expression that a text is."""
    return ast.parse(text, mode="eval").body


def _exponential(value: ast.expr) -> ast.expr:
    return ast.Call(read("np.exp"), [value], [])


_REST: tuple[_Form, ...] = (
    ("- {}", ast.Sub(), lambda a: a),
    ("- {} ** 2", ast.Sub(), lambda a: ast.BinOp(a, ast.Pow(), ast.Constant(2))),
)
_OF_SLOPE = ("activation-wrong", "activation-missing", "operand")
_EXPONENTIALS: tuple[_Form, ...] = (
    ("+ np.exp(-{})", ast.Add(), lambda a: _exponential(ast.UnaryOp(ast.USub(), a))),
    ("+ np.exp({})", ast.Add(), _exponential),
)


def _arrays(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield a 1 less an array, and plus an exponential: alone it is hardly a factor or a value."""
    operation = slot.holder.op if isinstance(slot.holder, ast.BinOp) else None
    divides = isinstance(operation, ast.Div) and slot.name == "right"
    telling = slot.is_whole or isinstance(operation, ast.Mult | ast.Div)
    forms = (*_REST, *(_EXPONENTIALS if divides else ()))
    beside = {text_of(n) for n in ast.walk(slot.statement) if isinstance(n, ast.expr)}
    plain = {
        name: sort
        for name, sort in known.source.sorts.items()
        # A number alone may be anything.
        if sort[0] == "array" or (sort == ("number",) and name in beside)
    }
    for text in {**known.at_hand, **plain}:
        if last_key(text) in known.parameters:
            continue
        more = READ if text in known.read or text in plain else 0.0
        more -= (_TIMES if isinstance(operation, ast.Mult) else _SAME) if text in beside else 0.0
        for said, sign, form in forms:
            new = ast.BinOp(slot.node, sign, form(read(text)))
            message = f"`{said.format(text)}` is missing"
            cost = 1.3 + more - (READ if telling else 0.0)
            yield slot.becomes(new, _KINDS, cost, message)


def _ones(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield what is missing of ``p - 1``, of ``1 - a`` or of ``1 + exp(-x)``."""
    node, holder = slot.node, slot.holder
    factor = isinstance(holder, ast.BinOp) and isinstance(holder.op, ast.Mult | ast.Div)
    if not (factor or slot.name == "value"):
        return
    yield from _of_rest(slot, known)
    yield from _of_copy(slot, known)
    kinds, one = ("path", "operand", "activation-wrong"), ast.Constant(1)
    shown = text_of(node)
    if known.shape(node) or isinstance(node, ast.Subscript):
        less = ast.BinOp(node, ast.Sub(), one)
        yield slot.becomes(less, kinds, 1.4, f"`- 1` is missing beside `{shown}`")
        rest = ast.BinOp(one, ast.Sub(), node)
        yield slot.becomes(rest, kinds, 1.4, f"`1 -` is missing beside `{shown}`")
        slope = ast.BinOp(node, ast.Mult(), rest)
        yield slot.becomes(slope, _OF_SLOPE, 1.3, f"`* (1 - {shown})` is missing beside `{shown}`")
    elif isinstance(node, ast.Call) and _SIGMOID.search(text_of(node.func)):
        rest = ast.BinOp(node, ast.Mult(), ast.BinOp(one, ast.Sub(), node))
        kinds = ("activation-missing", "activation-wrong", "operand")
        yield slot.becomes(rest, kinds, 1.15, f"`* (1 - {shown})` is missing")
    elif slot.name == "right" and _is_product(node) and _is_product(holder):
        for operation, sign in ((ast.Add(), "+"), (ast.Sub(), "-")):
            new = ast.BinOp(one, operation, node)
            yield slot.becomes(new, kinds, 1.35, f"`1 {sign}` is missing beside `{shown}`")
    elif isinstance(node, ast.Call) and text_of(node.func).endswith("exp"):
        for operation, sign in ((ast.Add(), "+"), (ast.Sub(), "-")):
            new = ast.BinOp(one, operation, node)
            yield slot.becomes(new, kinds, 1.3, f"`1 {sign}` is missing beside `{shown}`")


def _of_copy(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield ``a * (1 - a)`` where a function returns what it was given."""
    if isinstance(slot.statement, ast.Return) and is_copied(slot, known):
        rest = ast.BinOp(ast.Constant(1), ast.Sub(), slot.node)
        new = ast.BinOp(slot.node, ast.Mult(), rest)
        kinds = ("activation-missing", "activation-wrong", "operand")
        yield slot.becomes(new, kinds, 1.15, f"`* (1 - {text_of(slot.node)})` is missing")


def _of_rest(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield ``a * (1 - a)`` where ``1 - a`` stands."""
    match slot.node:
        case ast.BinOp(left=one, op=ast.Sub(), right=(ast.Name() | ast.Subscript()) as rest):
            if is_one(one) and known.sort(rest) is not None:
                new = ast.BinOp(rest, ast.Mult(), slot.node)
                factor = ("factor",) if known.is_number(rest) else ()
                kinds = (*factor, "activation-wrong", "activation-missing", "operand")
                yield slot.becomes(new, kinds, 1.12, f"`{text_of(rest)} *` is missing")


def _is_product(node: ast.AST) -> bool:
    """Say whether a node is a product: nobody puts one in brackets within another for nothing."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)
