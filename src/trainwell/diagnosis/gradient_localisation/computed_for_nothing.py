"""What a function computes and never uses: then what it returns lacks something."""

import ast
from collections.abc import Sequence

from trainwell.diagnosis.gradient_localisation.statements import (
    Statement,
    node_of,
    statement_at,
    unused_in,
)


def computed_for_nothing(
    trees: Sequence[tuple[ast.FunctionDef, str]], caller: Statement
) -> tuple[str, Statement] | None:
    """Return the statement that should use a variable, in a function that is called.

    Parameters
    ----------
    trees : sequence of tuple
        Functions, each with the file in which it stands; those of the same file that are called
        by their names are looked at.
    caller : Statement
        What it assigns is wrong, as ``dz = softmax_back(p, dp) / m``.

    Returns
    -------
    tuple of str and Statement, or None
        A variable, and what the function returns; ``None`` unless there is one such function.
    """
    node = node_of(caller)
    calls = [] if node is None else [n.func for n in ast.walk(node) if isinstance(n, ast.Call)]
    called = {func.id for func in calls if isinstance(func, ast.Name)}
    found = [
        (name, statement_at(file, end.lineno))
        for tree, file in trees
        if file == caller.file
        and tree.name in called
        and isinstance(end := tree.body[-1], ast.Return)
        for name in sorted(unused_in(tree) - _kept_elsewhere(tree))
        if name.strip("_")
    ]
    return found[0] if len(found) == 1 else None


def _kept_elsewhere(tree: ast.FunctionDef) -> set[str]:
    """Return the variables of a function that outlive it."""
    outside = (n for n in ast.walk(tree) if isinstance(n, ast.Global | ast.Nonlocal))
    return {name for node in outside for name in node.names}
