"""What the file puts in another order elsewhere: ``s[ranking]``, ``x[:, ::-1]``."""

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache

from trainwell.diagnosis.gradient_localisation.statements import nodes_of, source_of
from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot
from trainwell.diagnosis.gradient_patches.patches_of_ones import read
from trainwell.diagnosis.gradient_patches.syntax import text_of

_COST = 1.2
_KINDS = ("permuted", "operand", "path")
_MOST = 6  # orders


def order_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield an array in an order in which the file puts some array, or with the elements it takes.

    Parameters
    ----------
    slot : Slot
        Which expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        ``s[ranking]`` for ``s``, where ``ranking`` is there and indexes something elsewhere;
        ``lfilter(b, a, v[::-1])[::-1]`` for ``lfilter(b, a, v)``, where something is turned round.
    """
    orders = _orders_in(source_of(known.source.file))[:_MOST]
    if isinstance(slot.node, ast.Call):
        yield from _both_ways(slot, slot.node, [text for text, names, _ in orders if not names])
    part = isinstance(slot.holder, ast.Attribute | ast.Subscript) or slot.name == "func"
    if not isinstance(slot.node, ast.Name) or part or slot.is_index:
        return
    shape = known.shape(slot.node) or ()
    for text, names, axes in orders if shape else ():
        arrays = all(known.source.sorts.get(name, ("",))[0] == "array" for name in names)
        if axes <= len(shape) and arrays:
            new = read(f"{text_of(slot.node)}[{text}]")
            yield slot.becomes(new, _KINDS, _COST)


def _both_ways(slot: Slot, call: ast.Call, backwards: Sequence[str]) -> Iterator[Patch]:
    """Yield a call that is given an array from the end on, and whose result is turned back."""
    for index in backwards:
        for at, argument in enumerate(call.args):
            if isinstance(argument, ast.Name):
                turned = read(f"{argument.id}[{index}]")
                args = [*call.args[:at], turned, *call.args[at + 1 :]]
                text = ast.unparse(ast.Call(call.func, args, call.keywords))
                yield slot.becomes(read(f"{text}[{index}]"), _KINDS, _COST)


@lru_cache(maxsize=16)
def _orders_in(source: str) -> tuple[tuple[str, frozenset[str], int], ...]:
    """Return the indices of a source that give another order, their variables and axes."""
    found: dict[str, tuple[str, frozenset[str], int]] = {}
    for node in nodes_of(source):
        match node:
            case ast.Subscript(slice=index, ctx=ast.Load()) if _gives_order(index):
                names = frozenset(n.id for n in ast.walk(index) if isinstance(n, ast.Name))
                axes = len(index.elts) if isinstance(index, ast.Tuple) else 1
                whole = ast.unparse(ast.Subscript(ast.Name("_"), index))  # a tuple without brackets
                text = whole.removeprefix("_[").removesuffix("]")
                found.setdefault(text, (text, names, axes))
    return tuple(found.values())


def _gives_order(index: ast.expr) -> bool:
    match index:
        case ast.Tuple(elts=[*first, last]):
            return all(map(_is_whole, first)) and _gives_order(last)
        case ast.Slice(lower=None, upper=None, step=ast.UnaryOp(ast.USub(), ast.Constant(1))):
            return True
    return isinstance(index, ast.Name)


def _is_whole(index: ast.expr) -> bool:
    return isinstance(index, ast.Slice) and not ast.unparse(index).strip(":")
