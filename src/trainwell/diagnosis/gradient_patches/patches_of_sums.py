"""Statements that lack a division by the sum of an array, such as the weights of the examples."""

import ast
from collections.abc import Iterator

from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch, located
from trainwell.diagnosis.gradient_patches.patches_of_ones import read

KINDS = ("factor", "uniform", "constant")
_COST = 1.35


def sum_patches(statement: ast.stmt, known: Around) -> Iterator[Patch]:
    """Yield a statement divided by the sum of what it reads; of anything, where it is a number.

    Parameters
    ----------
    statement : ast.stmt
        As ``d = weight * error``, or ``scale = 1.0``.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        With ``/ weight.sum()``.
    """
    value = getattr(statement, "value", None)
    if not isinstance(statement, ast.Assign | ast.Return | ast.AugAssign) or value is None:
        return
    names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    number = known.is_number(value)
    for name, sort in known.source.sorts.items():
        array = sort[0] == "array" and name not in known.passed_on and name not in known.parameters
        if array and (number or name in names):
            new = located(ast.BinOp(value, ast.Div(), read(f"{name}.sum()")), value)
            message = f"`/ {name}.sum()` is missing"
            yield Patch(statement, KINDS, _COST, message, ((statement, "value", None, new),))
