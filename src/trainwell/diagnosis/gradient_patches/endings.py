"""Statements that no patch may change: where a loop ends, and what serves the cost."""

import ast
from collections.abc import Collection
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
    return _with_origins(tree, names, {each.lineno for each in loops}) if loops else frozenset()


def serving(
    tree: ast.FunctionDef, lines: Collection[int], others: Collection[int]
) -> frozenset[int]:
    """Return the lines of some statements, and of those that make what they read.

    Parameters
    ----------
    tree : ast.FunctionDef
        A function.
    lines : collection of int
        First lines of the statements.
    others : collection of int
        First lines of statements that are none of these, whatever they make.

    Returns
    -------
    frozenset of int
        With the first lines of what makes the numbers, too, that no recording shows.
    """
    first = [node for node in ast.walk(tree) if _is_statement(node) and node.lineno in lines]
    own = [each for node in first for each in ast.iter_child_nodes(node) if not _is_statement(each)]
    names = {name for each in own for name in _names(each, ast.Load)}
    return _with_origins(tree, names, set(lines), others)


def _with_origins(
    tree: ast.FunctionDef, names: set[str], lines: set[int], others: Collection[int] = ()
) -> frozenset[int]:
    """Return the lines of statements with those that change some names, or what these need."""
    every = [node for each in tree.body for node in ast.walk(each) if _is_statement(node)]
    before = 0
    while before < len(lines) + len(names):
        before = len(lines) + len(names)
        for statement in every:
            within = {each.lineno for each in ast.walk(statement) if _is_statement(each)}
            if not within.isdisjoint(others):
                continue
            own = [each for each in ast.iter_child_nodes(statement) if not _is_statement(each)]
            around = not lines.isdisjoint(within - {statement.lineno})
            stored = {name for each in own for name in _names(each, ast.Store)}
            if around or any(_is_of(name, stored) for name in names):
                names |= {name for each in own for name in _names(each, ast.Load)}
                lines.add(statement.lineno)
            elif any(_changes(each, names) for each in own):
                lines.add(statement.lineno)  # whatever else it reads: `tape.pop()(g)`
    return frozenset(lines)


def _is_statement(node: ast.AST) -> TypeGuard[ast.stmt]:
    return isinstance(node, ast.stmt)


def _names(node: ast.AST, context: type[ast.expr_context]) -> set[str]:
    """Return variables, and attributes as they are written: ``self.tape.stack``."""
    every = [each for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute)]
    inner = {id(each.value) for each in every if isinstance(each, ast.Attribute)}
    found = (each for each in every if id(each) not in inner)
    return {ast.unparse(each) for each in found if isinstance(each.ctx, context)}


def _is_of(name: str, stored: Collection[str]) -> bool:
    """Say whether something is given a value that a name stands for, or is reached by."""
    return any(name == each or name.startswith(f"{each}.") for each in stored)


def _changes(node: ast.AST, names: set[str]) -> bool:
    """Say whether an expression calls a method of what is named, such as ``tape.pop()``."""
    calls = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
    owners = (each.value for each in calls if isinstance(each, ast.Attribute))
    return any(ast.unparse(owner) in names for owner in owners)
