"""Whole statements left out, where they change something that is there."""

import ast
from collections.abc import Iterator, Sequence

from trainwell.diagnosis.gradient_patches.patch import Patch, holder_of
from trainwell.diagnosis.gradient_patches.patches_of_analogy import key_of
from trainwell.diagnosis.gradient_patches.syntax import text_of

_NO_STATEMENT = ("path", "support", "factor", "clipped", "accumulated", "stale")


def left_out(body: Sequence[ast.stmt], at: int, statement: ast.stmt) -> Iterator[Patch]:
    """Yield the function without the statement, where it changes something that is there.

    Parameters
    ----------
    body : sequence of ast.stmt
        The block in which it stands.
    at : int
        Its place there.
    statement : ast.stmt
        The statement.

    Yields
    ------
    Patch
        One, or none.
    """
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
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    target = statement.target if isinstance(statement, ast.AugAssign) else target
    if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add | ast.Sub):
        kinds = ["regularisation", *kinds]
    elif _is_of_a_part(target) or _is_of_a_part(_updated(statement)):
        kinds = ["support", *kinds]
    message = f"`{text_of(statement)}` does not belong here"
    yield Patch(statement, tuple(kinds), 1.1, message, ((holder_of(body), "body", at, nothing),))


def _is_of_a_part(target: ast.expr | None) -> bool:
    """Say whether what is changed are some elements of an array."""
    return isinstance(target, ast.Subscript) and key_of(target.slice) is None


def _updated(statement: ast.stmt) -> ast.expr | None:
    """Return what a statement changes in JAX's way: ``x = x.at[0].set(1)``."""
    match statement:
        case ast.Assign(
            value=ast.Call(
                func=ast.Attribute(value=ast.Subscript(value=ast.Attribute(attr="at")) as part)
            )
        ):
            return part
    return None


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
