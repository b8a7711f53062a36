"""What a statement reads: arrays that are changed in place, and names of something else."""

import ast

from trainwell.diagnosis.gradient_localisation.statements import (
    names_in,
    nodes_around,
    root_of,
    statement_at,
)


def overwriting(file: str, line: int) -> frozenset[tuple[str, int]]:
    """Return where an array that a statement reads may be overwritten before it does.

    Parameters
    ----------
    file : str
        A source file.
    line : int
        Where the statement stands.

    Returns
    -------
    frozenset of tuple
        Files and lines, as of ``dz *= mask`` and of ``dz = da``; none where nothing is changed in
        place.
    """
    read, above = _above(file, line)
    shared = [node for node in above if _shares(node) in read]
    read |= {root_of(target) for node in shared for target in getattr(node, "targets", ())}
    changed = [node for node in above if changed_in_place(node) in read]
    return frozenset((file, node.lineno) for node in (*shared, *changed) if changed)


def misbound(file: str, line: int) -> frozenset[tuple[str, int]]:
    """Return where a variable that a statement reads is given an entry of another name.

    Parameters
    ----------
    file : str
        A source file.
    line : int
        Where the statement stands.

    Returns
    -------
    frozenset of tuple
        Files and lines, as of ``lambd = settings["keep_prob"]``.
    """
    read, above = _above(file, line)
    lines = []
    for node in above:
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Subscript(slice=ast.Constant(value=str(key))),
            ) if name in read and key != name:
                lines.append((file, node.lineno))
    return frozenset(lines)


def unpacking(file: str, line: int) -> list[ast.Assign]:
    """Return the statements that unpack variables which a statement reads.

    Parameters
    ----------
    file : str
        A source file.
    line : int
        Where the statement stands.

    Returns
    -------
    list of ast.Assign
        As ``A1, W1 = cache``, of its function.
    """
    read, above = _above(file, line)
    return [
        node
        for node in above
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Tuple)
        and read & {each.id for each in node.targets[0].elts if isinstance(each, ast.Name)}
    ]


def _above(file: str, line: int) -> tuple[frozenset[str], list[ast.stmt]]:
    """Return the names that a statement reads, and the statements above it in its function."""
    nodes = nodes_around(file, line)
    above = [node for node in nodes if isinstance(node, ast.stmt) and node.lineno < line]
    return names_in(statement_at(file, line).text), above


def _shares(node: ast.stmt) -> str:
    """Return the variable whose array a statement gives another name; empty for others."""
    match node:
        case ast.Assign(targets=[ast.Name()], value=ast.Name(id=name)):
            return name
    return ""


def changed_in_place(node: ast.AST) -> str:
    """Return the array that a statement changes in place; empty for others.

    Parameters
    ----------
    node : ast.AST
        As ``dz *= mask``, or ``dz[0] = 0``; an entry of a dictionary is none.

    Returns
    -------
    str
        The variable that holds it.
    """
    match node:
        case (
            ast.AugAssign(target=ast.Subscript(slice=ast.Constant(value=str())))
            | ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str()))])
        ):
            return ""
        case ast.AugAssign(target=target) | ast.Assign(targets=[ast.Subscript() as target]):
            return root_of(target)
    return ""
