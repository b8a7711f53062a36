"""Terms that are not linear in the gradients from above, as derivatives are.

A term without any, beside others, lacks the gradient that comes from above; one with the same
gradient twice has it in the place of something else.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch

_COST = 1.1  # of a patch with which fewer terms are odd, at most
_GATE = "g"  # may be called so as well as a gradient
_SEVERAL = 2  # arrays in a term without a gradient: one alone may be a penalty's


def odd_terms(statement: ast.stmt, known: Around) -> int:
    """Return how many terms of a statement are not linear in the gradients that it reads.

    Parameters
    ----------
    statement : ast.stmt
        An assignment, or what returns something.
    known : Around
        Which variables are gradients.

    Returns
    -------
    int
        Those in which the name of a gradient is twice a factor; and those without any that are
        added to what has one, stand beside such in a tuple or dictionary, or are called like one.
    """
    value = getattr(statement, "value", None)
    if not isinstance(statement, ast.Assign | ast.AugAssign | ast.Return) or value is None:
        return 0
    parts: Sequence[ast.expr] = [value]
    if isinstance(value, ast.Tuple | ast.List):
        parts = value.elts
    elif isinstance(value, ast.Dict):
        parts = value.values
    without = sum(not _has_gradient(part, known) for part in parts)
    beside = without if 2 * without < len(parts) else 0
    added = _is_added(statement, known) and _is_odd(value, known)
    odd = sum(_is_odd_sum(node, known) for node in ast.walk(value))
    return beside + added + odd + _is_without(statement, known)


def linear(patch: Patch, odd: int, known: Around) -> Patch:
    """Return a patch, which is likelier where fewer terms are odd with it.

    Parameters
    ----------
    patch : Patch
        Of one statement.
    odd : int
        Its odd terms without the patch.
    known : Around
        Which variables are gradients.

    Returns
    -------
    Patch
        The same, or a cheaper one.
    """
    with patch.applied():
        left = odd_terms(patch.statement, known)
    if left >= odd:
        return patch
    return replace(patch, cost=min(patch.cost, _COST), linear=True)


def _is_odd_sum(node: ast.AST, known: Around) -> bool:
    """Say whether what has no gradient is added to what has, or one is twice in a product."""
    match node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            pairs = ((left, right), (right, left))
            return any(_has_gradient(one, known) and _is_odd(two, known) for one, two in pairs)
        case ast.BinOp(left=left, op=ast.Mult(), right=ast.Name(id=name)):
            factors = {each.id for each in _factors(left) if isinstance(each, ast.Name)}
            return name in factors and name in known.passed_on and name != _GATE
    return False


def _is_without(statement: ast.stmt, known: Around) -> bool:
    """Say whether something is called like a gradient, and made of none although there are some."""
    match statement:
        case ast.Assign(
            targets=[ast.Name(id=name)], value=ast.Name() | ast.BinOp() | ast.Subscript() as value
        ) if name in known.passed_on and not _has_gradient(value, known):
            tree = known.source.tree
            own = tree.args
            arguments = (*own.posonlyargs, *own.args, *own.kwonlyargs)
            given = any(each.arg in known.passed_on for each in arguments)
            return given or any(
                isinstance(each, ast.Assign)
                and each.lineno < statement.lineno
                and _has_gradient(each.value, known)
                for each in ast.walk(tree)
            )
    return False


def _is_odd(node: ast.expr, known: Around) -> bool:
    """Say whether a term has no gradient, and is not one that a penalty may have."""
    arrays = sum(not known.is_number(each) for each in _factors(node))
    return arrays >= _SEVERAL and not _has_gradient(node, known)


def _factors(node: ast.expr) -> Iterator[ast.expr]:
    """Yield what is multiplied or divided."""
    match node:
        case ast.BinOp(left=left, op=ast.Mult() | ast.MatMult() | ast.Div(), right=right):
            yield from _factors(left)
            yield from _factors(right)
        case ast.UnaryOp(operand=operand):
            yield from _factors(operand)
        case _:
            yield node


def _has_gradient(node: ast.AST, known: Around) -> bool:
    """Say whether an expression is made of a gradient: an index is not what it is made of."""
    if isinstance(node, ast.Name):
        return node.id in known.passed_on or node.id == _GATE
    inner = [node.value] if isinstance(node, ast.Subscript) else ast.iter_child_nodes(node)
    return any(_has_gradient(each, known) for each in inner)


def _is_added(statement: ast.stmt, known: Around) -> bool:
    """Say whether a statement adds to a gradient."""
    match statement:
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add() | ast.Sub()):
            return name in known.passed_on
    return False
