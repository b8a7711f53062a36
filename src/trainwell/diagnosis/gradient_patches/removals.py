"""Patches told apart by what they leave out, or exchange."""

import ast
from math import isfinite
from typing import Any

from trainwell.diagnosis.gradient_patches.patch import Patch

_ODD = ("permuted", "precision", "clipped", "not-finite")
_SIMPLEST = 8  # what is a multiple of its inverse is a number that people write


def without_number(patch: Patch) -> bool:
    """Say whether a patch only leaves a number out, as of ``0.5 * dW``.

    Parameters
    ----------
    patch : Patch
        Of any kind.

    Returns
    -------
    bool
        Also of ``dW / 2``: then :attr:`Patch.factor` is 0.5.
    """
    old, new = _exchanged(patch)
    match old:
        case ast.BinOp(left=ast.Constant(), op=ast.Mult(), right=kept):
            return len(patch.changes) == 1 and new is kept
        case ast.BinOp(left=kept, op=ast.Mult() | ast.Div(), right=ast.Constant()):
            return len(patch.changes) == 1 and new is kept
    return False


def without_factor(patch: Patch) -> bool:
    """Say whether a patch leaves out the sign, or a number, of all that a statement gives.

    Parameters
    ----------
    patch : Patch
        Of any kind.

    Returns
    -------
    bool
        Not of a part of an expression.
    """
    holder, name, *_ = patch.changes[0]
    if holder is not patch.statement or name != "value":
        return False
    old, new = _exchanged(patch)
    return without_number(patch) or (isinstance(old, ast.UnaryOp) and new is old.operand)


def without_oddity(patch: Patch) -> bool:
    """Say whether a patch leaves out what hardly belongs to a derivative.

    Parameters
    ----------
    patch : Patch
        Of any kind.

    Returns
    -------
    bool
        Whether it is like ``np.roll(..)``, ``1.001 *``, ``np.nan`` or ``dz[0] = 0``, or adds what
        a call has kept for the next one.
    """
    if without_number(patch):
        return patch.factor is not None and is_odd(patch.factor)
    old, new = _exchanged(patch)
    match patch.kinds[0], old, new:
        case kind, ast.Call(args=args, func=function), ast.expr() if kind in _ODD:
            return new in args or new is getattr(function, "value", None)
        case "accumulated", ast.BinOp(left=one, right=two), ast.expr():
            return new is one or new is two
        case "support", ast.stmt(), ast.Pass():
            return all(isinstance(each, ast.Constant) for each in _written_by(old))
    return False


def sums_up(patch: Patch) -> bool:
    """Say whether a patch takes a sum where a mean is taken.

    Parameters
    ----------
    patch : Patch
        Of any kind.

    Returns
    -------
    bool
        As of ``d.mean(axis=0)``, and of ``np.mean(d)``.
    """
    old, new = _exchanged(patch)
    return _called(old) in ("mean", "average") and _called(new) == "sum"


def turns_product(patch: Patch) -> bool:
    """Say whether a patch transposes a product of two matrices.

    Parameters
    ----------
    patch : Patch
        Of any kind.

    Returns
    -------
    bool
        Of the whole of it.
    """
    old, new = _exchanged(patch)
    return is_product_of_matrices(old) and isinstance(new, ast.Attribute) and new.value is old


def is_product_of_matrices(node: Any) -> bool:
    """Say whether an expression multiplies two matrices.

    Parameters
    ----------
    node : AST
        Any.

    Returns
    -------
    bool
        Of ``a @ b``, and of calls of ``dot``, ``matmul`` and ``outer``.
    """
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.MatMult)
    return _called(node) in ("dot", "matmul", "outer")


def _called(node: Any) -> str:
    """Return the name of the function that an expression calls; empty if it calls none."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name
    return ""


def exchanges(patch: Patch) -> bool:
    """Say whether only names are exchanged that a statement gives.

    Parameters
    ----------
    patch : Patch
        Of any kind.

    Returns
    -------
    bool
        As of ``a, b = c``.
    """
    changed = [holder for holder, *_ in patch.changes]
    return len(changed) == 2 and all(_is_target(holder) for holder in changed)


def _is_target(node: ast.AST) -> bool:
    return isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Store)


def is_odd(number: float) -> bool:
    """Say whether a number is none that people write as a factor, as halves and quarters are.

    Parameters
    ----------
    number : float
        Any.

    Returns
    -------
    bool
        Of 1.001, and of 0.9.
    """
    return isfinite(number) and not (_SIMPLEST * number).is_integer()


def _exchanged(patch: Patch) -> tuple[Any, Any]:
    """Return what the first change of a patch takes out, and what it puts there."""
    holder, name, at, new = patch.changes[0]
    return getattr(holder, name) if at is None else getattr(holder, name)[at], new


def _written_by(statement: ast.stmt) -> list[ast.expr]:
    """Return what a statement writes into a part of an array."""
    match statement:
        case ast.Assign(value=ast.Call(args=args)):  # as `dz.at[0].set(0)`
            return args
        case ast.Assign(value=value) | ast.AugAssign(value=value):
            return [value]
    return []
