"""Variables that a loop reads, that begin as zeros, and that the loop never changes.

What a backward pass through time hands to the step before, such as the derivative of a state,
begins so. If it stays so, the statement that hands it on is missing.
"""

import ast
from collections.abc import Iterator, Sequence
from typing import TypeGuard

from trainwell.diagnosis.gradient_localisation.accumulators import is_zero
from trainwell.diagnosis.gradient_localisation.statements import Statement, root_of, statement_at

UNWRITTEN = "stays zero: nothing is written into it"
UNCHANGED = "stays zero: the loop reads it and never changes it"


def unchanged_zeros(tree: ast.FunctionDef, file: str) -> Iterator[tuple[str, Statement]]:
    """Yield the variables that stay zero through a loop which reads them.

    Parameters
    ----------
    tree : ast.FunctionDef
        As ``carry = np.zeros(n)``, and a loop with ``dh = dy + carry`` alone.
    file : str
        In which it stands.

    Yields
    ------
    str
        The variable.
    Statement
        Where it is set to zero.
    """
    for body, at, loop in _loops(tree.body):
        inside = [node for statement in loop.body for node in ast.walk(statement)]
        read = {root_of(part) for node in inside for part in _terms(node)}
        begun: dict[str, int] = {}
        for before in body[:at]:
            nodes = list(ast.walk(before))
            changed = [name for name in begun if any(_changes(each, name) for each in nodes)]
            begun = {name: line for name, line in begun.items() if name not in changed}
            begun.update(_zeros(before))
        for name, line in begun.items():
            if name in read and not any(_changes(node, name) for node in inside):
                yield name, statement_at(file, line)


def unwritten_zeros(tree: ast.FunctionDef, file: str) -> Iterator[tuple[str, Statement]]:
    """Yield the arrays of zeros that are added or subtracted, and that nothing is written into.

    Parameters
    ----------
    tree : ast.FunctionDef
        As ``onehot = np.zeros_like(p)``, and ``(p - onehot) / n`` alone.
    file : str
        In which it stands.

    Yields
    ------
    str
        The variable.
    Statement
        Where it is set to zero.
    """
    nodes = list(ast.walk(tree))
    begun = [pair for node in nodes if isinstance(node, ast.Assign) for pair in _zeros(node)]
    names = [name for name, _ in begun]
    for name, line in begun:
        read = any(root_of(part) == name for node in nodes for part in _terms(node))
        others = (node for node in nodes if getattr(node, "lineno", line) != line)
        given = any(_is_given(node, name) or _changes(node, name) for node in others)
        if read and not given and names.count(name) == 1:
            yield name, statement_at(file, line)


def _is_given(node: ast.AST, name: str) -> bool:
    """Say whether a variable is handed to a call, which may write into it."""
    return isinstance(node, ast.Call) and any(root_of(each) == name for each in node.args)


def idle_loop(tree: ast.FunctionDef, file: str) -> tuple[str, Statement] | None:
    """Return the one loop of a function that is given something and never reads it.

    Parameters
    ----------
    tree : ast.FunctionDef
        As ``for name, value in parts.items(): pass``.
    file : str
        In which it stands.

    Returns
    -------
    tuple of str and Statement, or None
        What it never reads, and its head; or its body, where that is one statement.
    """
    found = []
    for _, _, loop in _loops(tree.body):
        if isinstance(loop, ast.For) and isinstance(loop.target, ast.Tuple):
            inside = [node for each in loop.body for node in ast.walk(each)]
            read = {node.id for node in inside if isinstance(node, ast.Name)}
            unread = [name for each in loop.target.elts if (name := root_of(each)) not in read]
            if unread:
                line = loop.body[0].lineno if len(loop.body) == 1 else loop.lineno
                found.append((", ".join(unread), statement_at(file, line)))
    return found[0] if len(found) == 1 else None


def idle_function(
    trees: Sequence[tuple[ast.FunctionDef, str]], array: str
) -> tuple[str, Statement] | None:
    """Return the function to which an array is given that never uses it.

    Parameters
    ----------
    trees : sequence of tuple
        Functions, each with the file in which it stands.
    array : str
        As ``"g['dW']"``, beside ``add_to(g["dW"], dout)``.

    Returns
    -------
    tuple of str and Statement, or None
        What it calls the array, and its head; or the one statement ``pass`` that stands in it.
    """
    calls = [node for tree, _ in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for tree, file in trees:
        arguments = tree.args
        names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
        known = {*names, *(each.arg for each in arguments.kwonlyargs)}
        nodes = [node for statement in tree.body for node in ast.walk(statement)]
        asked = {id(node.left) for node in nodes if _is_none(node)}
        used = {n.id for n in nodes if isinstance(n, ast.Name) and id(n) not in asked}
        for call in calls:
            if not _calls(call, tree.name):
                continue
            pairs = [*zip(names, call.args, strict=False)]
            pairs += [(each.arg, each.value) for each in call.keywords if each.arg in known]
            for name, value in pairs:
                if name not in used and ast.unparse(value) == array:
                    idle = [node.lineno for node in nodes if isinstance(node, ast.Pass)]
                    line = idle[0] if len(idle) == 1 else tree.lineno
                    return name, statement_at(file, line)
    return None


def _calls(call: ast.Call, name: str) -> bool:
    """Say whether a function is called, with arguments whose places are known."""
    called = isinstance(call.func, ast.Name) and call.func.id == name
    return called and not any(isinstance(each, ast.Starred) for each in call.args)


def _is_none(node: ast.AST) -> TypeGuard[ast.Compare]:
    """Say whether something is asked only whether it is there."""
    if not isinstance(node, ast.Compare):
        return False
    other = node.comparators[0]
    return isinstance(other, ast.Constant) and other.value is None


def _loops(body: list[ast.stmt]) -> Iterator[tuple[list[ast.stmt], int, ast.For | ast.While]]:
    """Yield the loops of a function, each with the list of statements in which it stands."""
    for at, statement in enumerate(body):
        if isinstance(statement, ast.For | ast.While):
            yield body, at, statement
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
            for name in ("body", "orelse"):
                yield from _loops(getattr(statement, name, []))


def _zeros(statement: ast.stmt) -> Iterator[tuple[str, int]]:
    """Yield the names to which a statement gives zero, and its line."""
    if not isinstance(statement, ast.Assign):
        return
    for target in statement.targets:
        match target, statement.value:
            case ast.Tuple(elts=names), ast.Tuple(elts=values) if len(names) == len(values):
                pairs = list(zip(names, values, strict=True))
            case _, value:
                pairs = [(target, value)]
        for one, value in pairs:
            if isinstance(one, ast.Name) and is_zero(value):
                yield one.id, statement.lineno


def _terms(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what is added: a zero that is compared, or raised to, may stay so."""
    match node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            yield from (left, right)
        case ast.AugAssign(op=ast.Add() | ast.Sub(), value=value):
            yield value


def _changes(node: ast.AST, name: str) -> bool:
    """Say whether a node gives a variable, or its elements, another value, or may do so."""
    match node:
        case ast.Name(ctx=ast.Store()):
            return node.id == name
        case ast.Subscript(ctx=ast.Store()) | ast.Attribute(ctx=ast.Store()):
            return root_of(node) == name
        case ast.Expr(value=ast.Call(func=called, args=arguments)):  # as of `np.add.at`
            return name in {root_of(each) for each in (called, *arguments)}
        case ast.Call(keywords=keywords):
            return any(each.arg == "out" and root_of(each.value) == name for each in keywords)
    return False
