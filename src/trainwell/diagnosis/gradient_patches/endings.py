"""Where a loop ends: statements that no patch may change, so that it still does."""

import ast
from typing import TypeGuard


def deciding(tree: ast.FunctionDef) -> frozenset[int] | None:
    """Return the lines of the statements on which the ends of ``while`` loops depend.

    Parameters
    ----------
    tree : ast.FunctionDef
        A function.

    Returns
    -------
    frozenset of int or None
        First lines: what changes a variable of a condition, or is made of such; ``None`` if a
        loop has a condition that is always true.
    """
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.While)]
    if not all(any(isinstance(n, ast.Name) for n in ast.walk(each.test)) for each in loops):
        return None
    names = {name for each in loops for name in _names(each.test, ast.Load)}
    every = [node for each in tree.body for node in ast.walk(each) if _is_statement(node)]
    lines = {each.lineno for each in loops}
    before = 0
    while before < len(lines) + len(names):
        before = len(lines) + len(names)
        for statement in every if loops else ():
            own = [each for each in ast.iter_child_nodes(statement) if not _is_statement(each)]
            below = (n for n in ast.walk(statement) if _is_statement(n) and n is not statement)
            around = any(each.lineno in lines for each in below)
            if around or any(names & _names(each, ast.Store) for each in own):
                names |= {name for each in own for name in _names(each, ast.Load)}
                lines.add(statement.lineno)
            elif any(_changes(each, names) for each in own):
                lines.add(statement.lineno)  # whatever else it reads: `tape.pop()(g)`
    return frozenset(lines)


def _is_statement(node: ast.AST) -> TypeGuard[ast.stmt]:
    return isinstance(node, ast.stmt)


def _names(node: ast.AST, context: type[ast.expr_context]) -> set[str]:
    found = (each for each in ast.walk(node) if isinstance(each, ast.Name))
    return {each.id for each in found if isinstance(each.ctx, context)}


def _changes(node: ast.AST, names: set[str]) -> bool:
    """Say whether an expression calls a method of a variable, such as ``tape.pop()``."""
    calls = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
    owners = (each.value for each in calls if isinstance(each, ast.Attribute))
    return any(isinstance(owner, ast.Name) and owner.id in names for owner in owners)
