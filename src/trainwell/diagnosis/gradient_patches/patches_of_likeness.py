"""Factors and terms as another function of the file writes them: ``/ sigma ** 2``, ``w - w0``."""

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice

from trainwell.diagnosis.gradient_localisation.statements import nodes_of, source_of
from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot, is_copied
from trainwell.diagnosis.gradient_patches.patches_of_ones import read
from trainwell.diagnosis.gradient_patches.syntax import bracketed

_MOST = 6  # formulas
_COST, _OF_MATRIX = 1.22, 0.03  # what a factor costs, and more beside a side of a product
_AGAIN = 0.1  # the same, of one that the function writes somewhere else
_KINDS = ("activation-missing", "path", "operand", "factor")
_REDUCTIONS = ("sum", "mean", "prod", "max", "min", "size")
_ENDS = {"{}[1:]": "np.r_[0.0, {0}[1:]]", "{}[:-1]": "np.r_[{0}[:-1], 0.0]"}
_OF_PENALTY = ("regularisation", "operand", "path")
_OF_SUMS = ("operand", "path", "activation-wrong")
_OPERATIONS: dict[str, ast.operator] = {"*": ast.Mult(), "/": ast.Div()}

_Found = Mapping[tuple[str, str], frozenset[str]]
"""By the text of a formula, and its sign or variable: the names in it."""


def likeness_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield an expression with what is its factor or term elsewhere in the file, and not here.

    Parameters
    ----------
    slot : Slot
        Which expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        Factors of all that is assigned, of differences, and of what is multiplied as a matrix;
        terms of variables.
    """
    text = source_of(known.source.file)
    if isinstance(slot.node, ast.Name) and not (slot.is_index or slot.is_term):
        yield from _sums(slot, slot.node.id, known)
        yield from _without_intercept(slot, slot.node.id, known)
    sum_or_whole = slot.is_whole or _is_difference(slot.node)
    if not (sum_or_whole or slot.is_multiplied):
        return
    cost = _COST + (0.0 if sum_or_whole else _OF_MATRIX)
    copied = isinstance(slot.node, ast.Name) and is_copied(slot, known)
    factors = _factors_in(text)
    again = _others(factors, known, ast.unparse(slot.statement)) if slot.is_whole else ()
    for found, more in ((_others(factors, known), 0.0), (again, 0.0 if copied else _AGAIN)):
        formulas = ((read(factor), sign) for factor, sign in found)
        # By which number something is off, operations tell, where there is one.
        arrays = (each for each in formulas if copied or not _is_number(each[0], known))
        for factor, sign in islice(arrays, _MOST):
            new = ast.BinOp(slot.node, _OPERATIONS[sign], factor)
            said = f"`{sign} {bracketed(factor)}` is missing"
            yield slot.becomes(new, _KINDS, cost + more, said)


def _without_intercept(slot: Slot, name: str, known: Around) -> Iterator[Patch]:
    """Yield a vector with a zero in the place of the element that the file leaves out elsewhere."""
    for part, whole in _ENDS.items():
        if part.format(name) in source_of(known.source.file) and known.sort(slot.node):
            yield slot.becomes(read(whole.format(name)), _OF_PENALTY, _COST)


def _sums(slot: Slot, name: str, known: Around) -> Iterator[Patch]:
    """Yield a variable plus or minus what is added to it, or subtracted, elsewhere."""
    sums = _sums_in(source_of(known.source.file))
    own = (text for text, first in _others(sums, known) if first == name)
    for text in islice(own, _MOST):
        yield slot.becomes(read(text), _OF_SUMS, _COST)


def _others(
    found: _Found, known: Around, statement: str | None = None
) -> Iterator[tuple[str, str]]:
    """Yield those of some formulas that a function could write: those that it does not write.

    Given a statement, those that it writes elsewhere, and not there.
    """
    written = _written(known.source.tree)
    for (text, other), names in found.items():
        fits = text not in written if statement is None else text in written.replace(statement, "")
        if fits and text not in (statement or "") and _is_there(names, known):
            yield text, other


def _is_there(names: frozenset[str], known: Around) -> bool:
    """Say whether a function has all of some names: of arrays or numbers, one of them its own."""
    own = names & known.source.sorts.keys()
    values = all(known.source.sorts[name][0] in ("array", "number") for name in own)
    return bool(own) and values and not own & known.passed_on and names - own <= {"np", "numpy"}


def _is_number(factor: ast.expr, known: Around) -> bool:
    """Say whether a formula gives one number: a sum of all elements, or what numbers give."""
    match factor:
        case ast.Call(func=ast.Attribute(attr=name), args=[_], keywords=[]) if name in _REDUCTIONS:
            return True
    sorts = (known.source.sorts.get(name, ("number",)) for name in _names_in(factor))
    return all(sort == ("number",) for sort in sorts)


def _is_difference(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)


@lru_cache(maxsize=16)
def _written(tree: ast.FunctionDef) -> str:
    return ast.unparse(tree)


def _names_in(node: ast.expr) -> frozenset[str]:
    return frozenset(each.id for each in ast.walk(node) if isinstance(each, ast.Name))


@lru_cache(maxsize=16)
def _sums_in(text: str) -> _Found:
    """Return the sums and differences of two variables in a file, with the first of the two."""
    found = {}
    for node in nodes_of(text):
        match node:
            case ast.BinOp(ast.Name(id=name), ast.Add() | ast.Sub(), ast.Name()):
                found[ast.unparse(node), name] = _names_in(node)
    return found


@lru_cache(maxsize=16)
def _factors_in(text: str) -> _Found:
    """Return the factors of a file that are more than a name or a number, with their sign."""
    found = {}
    for node in nodes_of(text):
        match node:
            case ast.BinOp(left, ast.Mult(), right):
                sides = [(left, "*"), (right, "*")]
            case ast.BinOp(_, ast.Div(), right):
                sides = [(right, "/")]
            case _:
                continue
        for factor, sign in sides:
            if _is_formula(factor):
                found[ast.unparse(factor), sign] = _names_in(factor)
    return found


def _is_formula(node: ast.expr) -> bool:
    """Say whether an expression is a power, what 1 lacks, a call of NumPy, with another axis."""
    match node:
        case ast.BinOp(op=ast.Pow()) | ast.BinOp(ast.Constant(1 | 1.0), ast.Sub()):
            return True
        case ast.Call(func=ast.Attribute(ast.Name("np" | "numpy"))):
            return True
        case ast.Subscript(slice=ast.Tuple()):
            return True
    return False
