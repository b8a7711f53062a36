"""Pieces of syntax trees: copied, joined, put in a line, told."""

import ast
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

_LONGEST = 60  # characters of a text that is shown
_IN_FRONT = 40  # of them, in front of what differs


def located(new: ast.expr, old: ast.stmt | ast.expr) -> ast.expr:
    """Return an expression with the line of another, where it has none of its own."""
    waiting: list[ast.AST] = [new]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.expr | ast.keyword):
            if hasattr(node, "lineno"):
                continue  # it has been in a tree, as what is in it has
            _locate(node, old)
        waiting += ast.iter_child_nodes(node)
    return new


def _locate(node: ast.expr | ast.keyword | ast.stmt, old: ast.stmt | ast.expr) -> None:
    """Give a node, which is modified, the place of another: as the library's function, but fast."""
    node.lineno, node.col_offset = old.lineno, old.col_offset
    node.end_lineno, node.end_col_offset = old.end_lineno, old.end_col_offset


def text_of(node: ast.AST) -> str:
    """Return the source of an expression, in short."""
    return shortened(ast.unparse(node))


def parts_of(node: ast.expr, *joined: type[ast.operator]) -> Iterator[ast.expr]:
    """Yield what some operations join: the terms of a sum, the factors of a product."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, joined):
        yield from parts_of(node.left, *joined)
        yield from parts_of(node.right, *joined)
    else:
        yield node


def bracketed(factor: ast.expr) -> str:
    """Return the source of a factor, in short, as it stands in a product."""
    plain = not isinstance(factor, ast.BinOp) or isinstance(factor.op, ast.Pow)
    return text_of(factor) if plain else f"({text_of(factor)})"


def shortened(text: str) -> str:
    """Return a text, or its beginning if it is a long one."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def exchanged(before: str, after: str) -> str:
    """Return what is said of an exchange; of long texts the part that differs.

    Parameters
    ----------
    before, after : str
        The source of an expression.

    Returns
    -------
    str
        A sentence.

    Examples
    --------
    >>> long = "total(first_part_of_it, another_part, the_last_part_of_it, axis={})"
    >>> for part in exchanged(long.format(0), long.format(1)).split(" should "):
    ...     print(part)
    `...another_part, the_last_part_of_it, axis=0)`
    be `...another_part, the_last_part_of_it, axis=1)`
    """
    if after == f"{before}.T" and len(after) > _LONGEST:
        return f"`{shortened(before)}` should be transposed"
    first = 0
    if max(len(before), len(after)) > _LONGEST:
        pairs = enumerate(zip(before, after, strict=False))
        same = next((at for at, (one, two) in pairs if one != two), 0)
        first = same - _IN_FRONT if same > _LONGEST - _IN_FRONT // 2 else 0
    was, meant = (
        shortened(text if first <= 0 else f"...{text[first:]}") for text in (before, after)
    )
    return f"`{was}` should be `{meant}`"


def followed(statement: ast.stmt, new: ast.stmt) -> ast.If:
    """Return one statement that carries out two.

    Parameters
    ----------
    statement : ast.stmt
        What stands there.
    new : ast.stmt
        What is carried out behind it.

    Returns
    -------
    ast.If
        In the place of the first one.
    """
    return _both(statement, new, [statement, new])


def preceded(statement: ast.stmt, new: ast.stmt) -> ast.If:
    """Return one statement that carries out two.

    Parameters
    ----------
    statement : ast.stmt
        What stands there.
    new : ast.stmt
        What is carried out before it.

    Returns
    -------
    ast.If
        In the place of the first one.
    """
    return _both(statement, new, [new, statement])


def _both(statement: ast.stmt, new: ast.stmt, in_turn: list[ast.stmt]) -> ast.If:
    always = ast.Constant(value=True)
    both = ast.If(always, in_turn, [])
    for node in (*ast.walk(new), always, both):
        if isinstance(node, ast.expr | ast.keyword | ast.stmt):
            _locate(node, statement)
    return both


def renamed(node: ast.AST, exchanged: Mapping[str, str]) -> Any:
    """Return a copy of some syntax with other variables and texts.

    Parameters
    ----------
    node : ast.AST
        A statement or an expression.
    exchanged : mapping of str to str
        What stands in the place of which.

    Returns
    -------
    ast.AST
        Of the same type.
    """
    return _Renamed(exchanged).visit(deepcopy(node))


class _Renamed(ast.NodeTransformer):
    """Exchanges variables and texts."""

    def __init__(self, exchanged: Mapping[str, str]) -> None:
        self._exchanged = exchanged

    def visit_Name(self, node: ast.Name) -> ast.Name:
        found = self._exchanged.get(node.id) if isinstance(node.ctx, ast.Load) else None
        return ast.copy_location(ast.Name(found or node.id, node.ctx), node)

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        found = self._exchanged.get(node.value) if isinstance(node.value, str) else None
        return ast.copy_location(ast.Constant(found or node.value), node)
