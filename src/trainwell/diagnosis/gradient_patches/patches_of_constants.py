"""Numbers as the file writes them somewhere else, such as ``np.sqrt(2 / np.pi)``."""

import ast
from collections.abc import Iterator
from copy import deepcopy

from trainwell.diagnosis.gradient_localisation.statements import source_of
from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot
from trainwell.diagnosis.gradient_patches.syntax import text_of
from trainwell.diagnosis.gradient_patches.written_numbers import complements_in, is_number

_OF_POWERS = (2, 3, 4, 0.5)  # what differentiation brings in front of a term
_OF_WHOLE = (2, 0.5)
_WHOLE = 1.45  # cost of such a number in front of all that is returned
_KINDS = ("constant", "factor", "operation", "activation-wrong")
_MISSING = ("factor", "constant", "activation-wrong")
_COST = 1.08  # of such a number as a factor
_OF_REST = 1.12  # of `1 - beta` as a factor
_NEGATED = 0.05  # what it costs more that a sign is missing, too
_ALIAS = 0.02  # what it costs more where a value that is no gradient is only read


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
    term = slot.is_term
    whole = isinstance(slot.holder, ast.Assign | ast.Return | ast.AugAssign)
    for text, found in known.numbers.items():
        if number and text == ast.unparse(slot.node):
            continue
        if number and outermost:
            yield slot.becomes(deepcopy(found), _KINDS, 1.15)
        elif not number and (term or (whole and slot.name == "value")):
            product = ast.BinOp(deepcopy(found), ast.Mult(), slot.node)
            cost = _COST + (_ALIAS if whole and _only_reads(slot, known) else 0.0)
            yield slot.becomes(product, _MISSING, cost, f"`{text_of(found)} *` is missing")
    if not number and (term or (whole and slot.name == "value")):
        yield from _complements(slot, known)
    if not number:
        yield from _powers(slot)


def _powers(slot: Slot) -> Iterator[Patch]:
    """Yield an expression times what differentiation brings in front of it."""
    part = isinstance(slot.holder, ast.List | ast.Tuple) and isinstance(slot.node, ast.BinOp)
    part = part or (slot.is_entry and not isinstance(slot.node, ast.Constant))
    powers: tuple[float, ...] = ()
    if slot.is_term or part:
        powers, cost = _OF_POWERS, 1.12
    elif isinstance(slot.holder, ast.Return):
        powers, cost = _OF_WHOLE, _WHOLE  # where nothing can be recorded; else operations tell it
    for power in powers:
        product = ast.BinOp(ast.Constant(power), ast.Mult(), slot.node)
        yield slot.becomes(product, _MISSING, cost, f"`{power} *` is missing")


def _complements(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield an expression times what a number lacks to one, with either sign."""
    around = known.source.function.__globals__
    for text, own in complements_in(source_of(known.source.file)).items():
        if known.sort(own) != ("number",) and not is_number(own, around):
            continue
        rest: ast.expr = ast.BinOp(ast.Constant(1), ast.Sub(), deepcopy(own))
        for cost, sign in ((_OF_REST, ""), (_OF_REST + _NEGATED, "-")):
            factor = ast.UnaryOp(ast.USub(), rest) if sign else rest
            product = ast.BinOp(factor, ast.Mult(), slot.node)
            yield slot.becomes(product, _MISSING, cost, f"`{sign}(1 - {text}) *` is missing")


def _only_reads(slot: Slot, known: Around) -> bool:
    """Say whether a statement only gives a part of something that is no gradient a name."""
    match slot.statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript() | ast.Attribute()):
            return name not in known.passed_on
    return False
