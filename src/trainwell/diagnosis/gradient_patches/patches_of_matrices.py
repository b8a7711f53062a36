"""Lists and matrices that are written entry by entry, and numbers that belong on a diagonal."""

import ast
from collections.abc import Iterator, Sequence
from itertools import combinations

from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot
from trainwell.diagnosis.gradient_patches.patches_of_ones import read
from trainwell.diagnosis.gradient_patches.syntax import text_of

_MOST = 8  # columns
_EXCHANGED = 1.15
_WITH_NUMBER = 0.05  # what it costs more that a number takes another one's place
_DIAGONAL = 1.3
_LIKE_OTHERS = 1.2
_LACKS = ("activation-missing", "factor", "operand", "path")
_PLACES = ("operand", "matrix", "path")


def matrix_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield a matrix with two columns, or two entries, in each other's place, and factors of them.

    Parameters
    ----------
    slot : Slot
        Which expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        Also a number of a sum times the unit matrix: ``H + lam * np.eye(len(w))``.
    """
    match slot.node:
        case ast.List(elts=[ast.List(elts=first), *_] as rows) if len(first) <= _MOST:
            yield from _columns(slot, rows, len(first))
    match slot.holder, slot.node:
        case ast.List(), ast.List(elts=entries) if len(entries) <= _MOST:
            yield from _entries(slot, entries)
        case ast.List(elts=entries), _ if len(entries) <= _MOST:
            yield from _factors(slot, entries)
    if slot.is_term and known.is_number(slot.node):
        yield from _diagonals(slot, known)


def _columns(slot: Slot, rows: Sequence[ast.expr], count: int) -> Iterator[Patch]:
    lists = [row.elts for row in rows if isinstance(row, ast.List) and len(row.elts) == count]
    if len(lists) < len(rows):
        return
    for one, two in combinations(range(count), 2):
        made: list[ast.expr] = [ast.List(_with(row, one, two), ast.Load()) for row in lists]
        message = f"columns {one} and {two} are exchanged"
        yield slot.becomes(ast.List(made, ast.Load()), _PLACES, _EXCHANGED, message)


def _entries(slot: Slot, entries: Sequence[ast.expr]) -> Iterator[Patch]:
    """Yield a row with a number in the place of another entry; others are exchanged elsewhere."""
    for one, two in combinations(range(len(entries)), 2):
        both = (entries[one], entries[two])
        if sum(isinstance(each, ast.Constant) for each in both) == 1:
            new = ast.List(_with(entries, one, two), ast.Load())
            message = f"`{text_of(both[0])}` and `{text_of(both[1])}` are exchanged"
            yield slot.becomes(new, _PLACES, _EXCHANGED + _WITH_NUMBER, message)


def _factors(slot: Slot, entries: Sequence[ast.expr]) -> Iterator[Patch]:
    """Yield an entry of a list times a factor that others have, and it has not."""
    if isinstance(slot.node, ast.Starred):
        return
    own = {ast.unparse(each) for each in _factors_of(slot.node)}
    entries = [e for e in entries if e is not slot.node and not isinstance(e, ast.Starred)]
    others = (each for entry in entries for each in _factors_of(entry))
    found = {ast.unparse(each): each for each in others if not isinstance(each, ast.Constant)}
    for text in [each for each in found if each not in own][:_MOST]:
        factor = read(text)
        new = ast.BinOp(factor, ast.Mult(), slot.node)
        yield slot.becomes(new, _LACKS, _LIKE_OTHERS, f"`{text_of(factor)} *` is missing")


def _factors_of(node: ast.expr) -> list[ast.expr]:
    """Return what is multiplied with each other: of anything but a product, itself."""
    match node:
        case ast.BinOp(left, ast.Mult(), right):
            return [*_factors_of(left), *_factors_of(right)]
        case ast.UnaryOp(ast.USub(), operand):
            return _factors_of(operand)
    return [node]


def _with(entries: Sequence[ast.expr], one: int, two: int) -> list[ast.expr]:
    """Return some entries with two of them exchanged."""
    found = list(entries)
    found[one], found[two] = found[two], found[one]
    return found


def _diagonals(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield a number beside a product of matrices times the unit matrix of some vector's size."""
    other = slot.holder.left if isinstance(slot.holder, ast.BinOp) else None
    if not isinstance(other, ast.BinOp) or not isinstance(other.op, ast.MatMult):
        return
    given = {argument.arg for argument in known.source.tree.args.args}
    sizes: dict[int, str] = {}
    for name, sort in known.source.sorts.items():
        if name in given and sort[0] == "array" and len(sort[1]) == 1:
            sizes.setdefault(sort[1][0], name)
    for name in sizes.values():
        unit = read(f"np.eye(len({name}))")
        new = ast.BinOp(slot.node, ast.Mult(), unit)
        message = f"`* {text_of(unit)}` is missing beside `{text_of(slot.node)}`"
        yield slot.becomes(new, _PLACES, _DIAGONAL, message)
