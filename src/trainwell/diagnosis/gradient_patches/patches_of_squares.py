"""What only square arrays let pass without an error: a lost axis, twice one for both halves."""

import ast
from collections.abc import Iterator

from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot

_ELEMENTWISE = (ast.Add, ast.Sub, ast.Mult, ast.Div)
_AXIS = 1.05  # cost of a vector that should be a column
_HALVES = 1.1  # cost of a matrix that should be added to its transpose
_OF_AXIS = ("operand", "broadcast", "path")
_OF_HALVES = ("transposed", "matrix", "operand")


def square_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield a vector as a column, and a matrix plus its transpose, where both have the shape.

    Parameters
    ----------
    slot : Slot
        Which expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        ``p * v[:, None]`` for ``p * v`` beside a square matrix, ``W + W.T`` for ``2 * W``.
    """
    match slot.node:
        case ast.Name() | ast.Attribute():
            yield from _as_column(slot, slot.node, known)
        case ast.BinOp(ast.Constant(value=2 | 2.0), ast.Mult(), ast.Name() as matrix):
            shape = known.shape(matrix) or ()
            if len(shape) == 2 and shape[0] == shape[1]:
                turned = ast.Attribute(matrix, "T", ast.Load())
                yield slot.becomes(ast.BinOp(matrix, ast.Add(), turned), _OF_HALVES, _HALVES)


def _as_column(slot: Slot, node: ast.expr, known: Around) -> Iterator[Patch]:
    shape = known.shape(node) or ()
    holder = slot.holder
    if len(shape) != 1 or shape[0] < 2 or not isinstance(holder, ast.BinOp):
        return
    square = shape * 2
    if isinstance(holder.op, _ELEMENTWISE) and square in known.arrays.values():
        axes = ast.Tuple([ast.Slice(), ast.Constant(None)], ast.Load())
        yield slot.becomes(ast.Subscript(node, axes, ast.Load()), _OF_AXIS, _AXIS)
