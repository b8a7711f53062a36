"""What is added to rows, each as often as an array of indices names it."""

import ast
from collections.abc import Iterator

import numpy as np

from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch
from trainwell.diagnosis.gradient_patches.syntax import located, text_of

_KINDS = ("support", "accumulated", "path", "operand")
_COST = 1.0  # of a mistake that everybody makes once
_OPERATIONS = {ast.Add: "add", ast.Sub: "subtract"}


def scatter_patches(
    statement: ast.AugAssign, at: int, known: Around, holder: ast.Module
) -> Iterator[Patch]:
    """Yield ``np.add.at(d, i, x)`` for ``d[i] += x``, which counts a repeated index once.

    Parameters
    ----------
    statement : ast.AugAssign
        An update.
    at : int
        Its place in the list in which it stands.
    known : Around
        What it could have used.
    holder : ast.Module
        Has the list as its body.

    Yields
    ------
    Patch
        Where an array, or several, stand as the index.
    """
    operation = _OPERATIONS.get(type(statement.op))
    names = known.source.function.__globals__
    alias = next((name for name, value in names.items() if value is np), None)
    match statement.target:
        case ast.Subscript(value=array, slice=index) if operation and alias:
            axes = index.elts if isinstance(index, ast.Tuple) else [index]
        case _:
            return
    if not any(known.shape(axis) for axis in axes):
        return
    function = ast.parse(f"{alias}.{operation}.at", mode="eval").body
    called = located(ast.Call(function, [array, index, statement.value], []), statement.value)
    new = ast.copy_location(ast.Expr(called), statement)
    message = f"an index that is repeated counts once: `{text_of(called)}` is meant"
    yield Patch(statement, _KINDS, _COST, message, ((holder, "body", at, new),))
