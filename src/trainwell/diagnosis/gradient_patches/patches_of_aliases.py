"""Arrays that are changed in place while something else still uses them: a new one instead."""

import ast
from collections.abc import Iterator, Sequence

from trainwell.diagnosis.gradient_localisation.overwritten import changed_in_place
from trainwell.diagnosis.gradient_patches.patch import Patch, holder_of
from trainwell.diagnosis.gradient_patches.syntax import located, text_of

_KINDS = ("aliased", "path", "operand")
_COST = 1.1


def new_arrays(body: Sequence[ast.stmt], at: int, statement: ast.stmt) -> Iterator[Patch]:
    """Yield a new array in the place of one that overwrites what is used again.

    Parameters
    ----------
    body : sequence of ast.stmt
        The list in which the statement stands.
    at : int
        Its place there.
    statement : ast.stmt
        Which one.

    Yields
    ------
    Patch
        With ``dz = da * mask`` in the place of ``da *= mask; dz = da``, with ``dz = dz * mask`` in
        that of ``dz *= mask``, or with ``dz = da.copy()`` in that of ``dz = da``.
    """
    match statement:
        case ast.AugAssign(target=ast.Name(id=name)):
            yield _renamed(body, at, statement, name) or _made_new(body, at, statement, name)
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name() as value):
            if _is_changed(body[at + 1 :], name):
                copied = ast.Call(ast.Attribute(value, "copy", ast.Load()), [], [])
                change = (statement, "value", None, located(copied, value))
                message = f"`{name}` is the array `{value.id}`, which is used again: copy it"
                yield Patch(statement, _KINDS, _COST, message, (change,))


def _is_changed(later: Sequence[ast.stmt], name: str) -> bool:
    return any(changed_in_place(node) == name for each in later for node in ast.walk(each))


def _renamed(
    body: Sequence[ast.stmt], at: int, statement: ast.AugAssign, name: str
) -> Patch | None:
    """Return a new value for what is renamed next, in the place of one that overwrites the old."""
    following = body[at + 1] if at + 1 < len(body) else None
    if not isinstance(following, ast.Assign) or not isinstance(following.value, ast.Name):
        return None
    if following.value.id != name:
        return None
    new = _assigned(statement, name, following.targets)
    nothing = ast.copy_location(ast.Pass(), following)
    holder = holder_of(body)
    changes = ((holder, "body", at, new), (holder, "body", at + 1, nothing))
    message = f"overwrites `{name}`, which is used again: `{text_of(new)}`"
    return Patch(statement, _KINDS, _COST, message, changes)


def _made_new(body: Sequence[ast.stmt], at: int, statement: ast.AugAssign, name: str) -> Patch:
    """Return a new array under the same name: what had the old one keeps it."""
    new = _assigned(statement, name, [ast.Name(name, ast.Store())])
    message = f"overwrites what else is the array `{name}`: `{text_of(new)}`"
    return Patch(statement, _KINDS, _COST, message, ((holder_of(body), "body", at, new),))


def _assigned(statement: ast.AugAssign, name: str, targets: list[ast.expr]) -> ast.Assign:
    value = ast.BinOp(ast.Name(name, ast.Load()), statement.op, statement.value)
    new = ast.copy_location(ast.Assign(targets, located(value, statement)), statement)
    for target in targets:
        located(target, statement)
    return new
