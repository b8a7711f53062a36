"""Whole statements: left out, in another order, with other targets, or times what is missing."""

import ast
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, cast

from trainwell.diagnosis.gradients.patches import Around, Patch, located, slots_of, text_of

_NO_STATEMENT = ("path", "support", "factor", "clipped", "accumulated", "stale")
_UPDATES: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div,),
}


def statement_patches(
    body: Sequence[ast.stmt], at: int, statement: ast.stmt, known: Around
) -> Iterator[Patch]:
    """Yield changes of one statement as a whole.

    Parameters
    ----------
    body : sequence of ast.stmt
        The list in which it stands.
    at : int
        Its place there.
    statement : ast.stmt
        Which one.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        The simplest are not necessarily first.
    """
    yield from _left_out(body, at, statement)
    if isinstance(statement, ast.AugAssign):
        yield from _updates(statement)
    elif isinstance(statement, ast.Assign):
        yield from _assignments(body, at, statement)
        yield from _unpacked(statement)
    elif isinstance(statement, ast.If):
        negated = located(ast.UnaryOp(ast.Not(), statement.test), statement.test)
        change = (statement, "test", None, negated)
        kinds = ("mask", "path", "activation-wrong")
        yield Patch(statement, kinds, 1.1, "the condition is the wrong way round", (change,))
    if isinstance(statement, ast.Assign | ast.Return | ast.AugAssign) and statement.value:
        yield from _more(statement, statement.value, known)


def _holder(body: Sequence[ast.stmt]) -> ast.Module:
    """Return a node that has a list of statements as its body, so that a patch can change it."""
    return ast.Module(cast(list[ast.stmt], body), [])  # the very list, not a copy


def _left_out(body: Sequence[ast.stmt], at: int, statement: ast.stmt) -> Iterator[Patch]:
    """Yield the function without the statement, where it changes something that is there."""
    changes_a_value = isinstance(statement, ast.AugAssign | ast.Expr) or (
        isinstance(statement, ast.Assign)
        and (
            any(isinstance(target, ast.Subscript) for target in statement.targets)
            or _rewrites(body, at, statement)
        )
    )
    documented = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    if not changes_a_value or documented:
        return
    nothing = ast.copy_location(ast.Pass(), statement)
    kinds = list(_NO_STATEMENT)
    if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add | ast.Sub):
        kinds = ["regularisation", *kinds]
    elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript):
        kinds = ["support", *kinds]
    message = f"`{text_of(statement)}` does not belong here"
    yield Patch(statement, tuple(kinds), 1.1, message, ((_holder(body), "body", at, nothing),))


def _rewrites(body: Sequence[ast.stmt], at: int, statement: ast.Assign) -> bool:
    """Say whether a statement gives a variable a new value made of its old one."""
    names = {target.id for target in statement.targets if isinstance(target, ast.Name)}
    before = {
        target.id
        for other in body[:at]
        if isinstance(other, ast.Assign)
        for target in other.targets
        if isinstance(target, ast.Name)
    }
    return bool(names & before)


def _updates(statement: ast.AugAssign) -> Iterator[Patch]:
    for other in _UPDATES.get(type(statement.op), ()):
        change = (statement, "op", None, other())
        kinds = ("sign", "operation", "regularisation")
        if isinstance(statement.op, ast.FloorDiv):
            kinds = ("precision", "operation", "zero")
        elif isinstance(statement.op, ast.Mult | ast.Div):
            kinds = ("operation", "factor", "dropout")
        yield Patch(statement, kinds, 1.0, "another update is meant", (change,))


def _assignments(body: Sequence[ast.stmt], at: int, statement: ast.Assign) -> Iterator[Patch]:
    """Yield an addition in the place of an assignment, and the statement one place earlier."""
    target = statement.targets[0]
    if isinstance(target, ast.Name | ast.Subscript) and len(statement.targets) == 1:
        for operation in (ast.Add(), ast.Mult()):
            new = ast.copy_location(ast.AugAssign(target, operation, statement.value), statement)
            sign = "+=" if isinstance(operation, ast.Add) else "*="
            message = f"`=` should be `{sign}`"
            change = ((_holder(body), "body", at, new),)
            yield Patch(statement, ("data-term", "path", "operand"), 1.1, message, change)
    if at:
        holder = _holder(body)
        changes: tuple[tuple[ast.AST, str, int | None, Any], ...] = (
            (holder, "body", at, body[at - 1]),
            (holder, "body", at - 1, statement),
        )
        message = f"belongs before line {body[at - 1].lineno}"
        yield Patch(statement, ("stale", "matrix", "operand"), 1.2, message, changes)


def _unpacked(statement: ast.Assign) -> Iterator[Patch]:
    for target in statement.targets:
        if not isinstance(target, ast.Tuple):
            continue
        for one, two in pairwise(range(len(target.elts))):
            first, second = target.elts[one], target.elts[two]
            message = f"`{text_of(first)}` and `{text_of(second)}` are exchanged"
            changes = ((target, "elts", one, second), (target, "elts", two, first))
            kinds = ("operand", "matrix", "stale", "activation-wrong")
            yield Patch(statement, kinds, 1.0, message, changes)


def _more(
    statement: ast.Assign | ast.Return | ast.AugAssign, value: ast.expr, known: Around
) -> Iterator[Patch]:
    """Yield the value, or one part of it, with something that is missing."""
    if isinstance(value, ast.Tuple | ast.Dict | ast.List):
        return
    negated = located(ast.UnaryOp(ast.USub(), value), value)
    kinds: tuple[str, ...] = ("sign", "factor", "uniform")
    change = (statement, "value", None, negated)
    yield Patch(statement, kinds, 1.05, "has the wrong sign", (change,), -1.0)
    for name, cost in _factors(known):
        kinds = ("factor", "uniform", "constant")
        for operation in (ast.Div(), ast.Mult()):
            new = located(ast.BinOp(value, operation, ast.Name(name, ast.Load())), value)
            sign = "/" if isinstance(operation, ast.Div) else "*"
            message = f"`{sign} {name}` is missing"
            change = (statement, "value", None, new)
            yield Patch(statement, kinds, cost, message, (change,))
    yield from _with_arrays(statement, known)


def _factors(known: Around) -> Iterator[tuple[str, float]]:
    for name, sort in known.source.sorts.items():
        if sort == ("number",):
            yield name, 1.3 if name in known.unused else 1.45


def _with_arrays(
    statement: ast.Assign | ast.Return | ast.AugAssign, known: Around
) -> Iterator[Patch]:
    """Yield an array of the statement plus, minus or times another one that is at hand."""
    operations = ((ast.Add, "+"), (ast.Sub, "-"), (ast.Mult, "*"), (ast.Div, "/"))
    for slot in slots_of(statement):
        own = known.shape(slot.node)
        whole = slot.holder is statement and slot.name == "value"
        part = slot.name != "func" and not isinstance(slot.holder, ast.Attribute)
        if not whole and not (part and (own or known.is_number(slot.node))):
            continue
        for name, sort in known.source.sorts.items():
            if sort[0] != "array" or (own and not _fits(sort[1], own)):
                continue
            if isinstance(slot.node, ast.Name) and slot.node.id == name:
                continue
            for operation, sign in operations:
                new = ast.BinOp(slot.node, operation(), ast.Name(name, ast.Load()))
                term = sign in "+-"
                kinds = (
                    ("path", "operand", "activation-wrong")
                    if term
                    else ("activation-missing", "mask", "path", "operand", "activation-wrong")
                )
                cost = 1.5 - (0.25 if name in known.unused else 0.0)
                message = f"`{sign} {name}` is missing"
                yield slot.becomes(new, kinds, cost, message)


def _fits(shape: tuple[int, ...], own: tuple[int, ...]) -> bool:
    """Say whether an array can be added to another without making it larger."""
    short = shape[::-1]
    return len(shape) <= len(own) and all(
        n in (1, k) for n, k in zip(short, own[::-1], strict=False)
    )
