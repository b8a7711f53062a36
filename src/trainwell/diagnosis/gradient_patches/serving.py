"""Statements that no patch may change, since the cost is made of what they make."""

import ast
from collections.abc import Collection
from typing import TypeGuard

import numpy as np

_HARMLESS = frozenset(dir(np.ndarray)) - {"fill", "itemset", "partition", "put", "resize", "sort"}
"""Methods of arrays that leave these as they are."""


def serving(
    tree: ast.FunctionDef,
    lines: Collection[int],
    others: Collection[int],
    names: Collection[str] = (),
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
    names : collection of str, default=()
        What is read beside that, as it is written.

    Returns
    -------
    frozenset of int
        With the first lines of what makes the numbers, too, that no recording shows.
    """
    found = set(lines)
    every = [node for each in tree.body for node in ast.walk(each) if _is_statement(node)]
    first = [each for statement in every if statement.lineno in found for each in _own(statement)]
    names = {*names, *(name for each in first for name in _names(each, ast.Load))}
    before = 0
    while before < len(found) + len(names):
        before = len(found) + len(names)
        for statement in every:
            within = {each.lineno for each in ast.walk(statement) if _is_statement(each)}
            if not within.isdisjoint(others):
                continue
            own = _own(statement)
            around = not found.isdisjoint(within - {statement.lineno})
            stored = {name for each in own for name in _names(each, ast.Store)}
            if around or any(_is_of(name, stored) for name in names):
                names |= {name for each in own for name in _names(each, ast.Load)}
                found.add(statement.lineno)
            elif any(_changes(each, names) for each in own):
                found.add(statement.lineno)  # whatever else it reads: `tape.pop()(g)`
    return frozenset(found)


def of_first_result(tree: ast.FunctionDef) -> tuple[set[int], set[int]]:
    r"""Return the lines of what a function's first result is made by, and those of all the rest.

    Parameters
    ----------
    tree : ast.FunctionDef
        A function that returns several things, and that nothing could follow.

    Returns
    -------
    own, others : set of int
        None where it does not return several things.

    Examples
    --------
    >>> text = "def f(w):\n  e = w * w\n  g = w\n  g *= 2\n  return e.sum(), g"
    >>> of_first_result(ast.parse(text).body[0])
    ({2}, {3, 4})
    """
    every = [node for each in tree.body for node in ast.walk(each) if _is_statement(node)]
    returns = [each for each in every if isinstance(each, ast.Return)]
    firsts = [
        each.value.elts[0]
        for each in returns
        if isinstance(each.value, ast.Tuple) and len(each.value.elts) > 1
    ]
    if not firsts:
        return set(), set()
    names = {name for first in firsts for name in _names(first, ast.Load)}
    own = set(serving(tree, (), (), names))
    return own, {each.lineno for each in every} - own - {each.lineno for each in returns}


def _own(statement: ast.stmt) -> list[ast.AST]:
    """Return the parts of a statement that are no statements; of several results the first."""
    match statement:
        case ast.Return(value=ast.Tuple(elts=[first, _, *_])):
            return [first]
    return [each for each in ast.iter_child_nodes(statement) if not _is_statement(each)]


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
    """Say whether an expression calls a method that may change what is named: ``tape.pop()``."""
    calls = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
    methods = (each for each in calls if isinstance(each, ast.Attribute))
    owners = (each.value for each in methods if each.attr not in _HARMLESS)
    return any(ast.unparse(owner) in names for owner in owners)
