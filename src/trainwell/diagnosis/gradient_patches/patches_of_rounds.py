"""Loops: sums that are never set to zero again, and rounds that are ended in the wrong way."""

import ast
from collections.abc import Iterator, Sequence

from trainwell.diagnosis.gradient_localisation.statements import root_of
from trainwell.diagnosis.gradient_patches.patch import Patch, holder_of
from trainwell.diagnosis.gradient_patches.syntax import followed, parts_of, preceded

_COST = 1.15
_ENDS = ("path", "examples", "data-term")
_KINDS = ("accumulated", "stale", "path", "data-term")


def reset_patches(loop: ast.For | ast.While) -> Iterator[Patch]:
    """Yield a loop that sets a sum to zero again, at its end or at its beginning.

    Parameters
    ----------
    loop : ast.For or ast.While
        As one with ``gf = gf - Q @ gg``, of which other statements of it read ``gf``.

    Yields
    ------
    Patch
        With ``gf = 0 * gf`` behind all that it does, told where ``gf`` is read last; or before.
    """
    body = loop.body
    for name in _sums_of(body):
        used = [each for each in body if any(_reads(node, name) for node in ast.walk(each))]
        first, last = used[0], used[-1]
        zero = ast.BinOp(ast.Constant(0), ast.Mult(), ast.Name(name, ast.Load()))
        new = ast.Assign([ast.Name(name, ast.Store())], zero)
        message = f"`{name}` has to be set to zero again behind this, for the next round"
        change = (holder_of(body), "body", len(body) - 1, followed(body[-1], new))
        yield Patch(last, _KINDS, _COST, message, (change,), target=name)
        message = f"`{name}` has to be set to zero before this, in each round"
        change = (holder_of(body), "body", 0, preceded(body[0], new))
        yield Patch(first, _KINDS, _COST, message, (change,), target=name)


def end_patches(
    body: Sequence[ast.stmt], at: int, statement: ast.Break | ast.Continue
) -> Iterator[Patch]:
    """Yield the end of a round where a loop ends, and the reverse.

    Parameters
    ----------
    body : sequence of ast.stmt
        The list in which the statement stands.
    at : int
        Its place there.
    statement : ast.Break or ast.Continue
        Which one.

    Yields
    ------
    Patch
        ``continue`` for ``break``.
    """
    ends = isinstance(statement, ast.Break)
    new = ast.copy_location(ast.Continue() if ends else ast.Break(), statement)
    was, meant = ("break", "continue") if ends else ("continue", "break")
    message = f"`{was}` should be `{meant}`"
    yield Patch(statement, _ENDS, _COST, message, ((holder_of(body), "body", at, new),))


def _sums_of(body: Sequence[ast.stmt]) -> list[str]:
    """Return what statements of a loop add to, others of them read, and none sets anew."""
    adding: dict[str, list[ast.stmt]] = {}
    anew: set[str] = set()
    statements = [n for each in body for n in ast.walk(each) if isinstance(n, ast.stmt)]
    for statement in statements:
        match statement:
            case ast.AugAssign(target=target, op=ast.Add() | ast.Sub()):
                adding.setdefault(root_of(target), []).append(statement)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if any(_reads(node, name) for node in parts_of(value, ast.Add, ast.Sub)):
                    adding.setdefault(name, []).append(statement)
                elif not any(_reads(node, name) for node in ast.walk(value)):
                    anew.add(name)
    return [
        name
        for name, own in adding.items()
        if name and name not in anew
        if any(_reads(node, name) for each in body if each not in own for node in ast.walk(each))
    ]


def _reads(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
