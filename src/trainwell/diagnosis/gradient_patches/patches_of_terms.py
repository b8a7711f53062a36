"""Terms that a sum lacks: of products, means and loops, and what lists are zipped with."""

import ast
from collections.abc import Iterator
from itertools import product
from typing import TypeGuard

from trainwell.diagnosis.gradient_patches.around import Around, fits, last_key
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot
from trainwell.diagnosis.gradient_patches.patches_of_ones import is_one, read
from trainwell.diagnosis.gradient_patches.syntax import text_of

_KINDS = ("path", "operand", "activation-wrong")
_ZIPPED = 1.05  # cost of what a list is made beside, and never reads
_PRODUCT = 1.25  # cost of a product with a parameter that nothing reads
_CARRY = 1.35  # cost of the part of a gradient that passes a step by
_DROPPED = 1.15  # cost of a gradient beside one that only gets another name
_THROUGH = 1.4  # cost of what comes to a gradient through a product
_OF_MEAN = 1.35  # cost of one of the two means that a norm's derivative subtracts
_READ = 0.1  # what it costs more that its factor is read elsewhere
_REST = 1.25  # cost of the quotient of what is left to one, beside a quotient
_SAME_CALL = 1.3  # cost of what the same function gives of another variable
_PLUS: ast.operator = ast.Add()
_MINUS: ast.operator = ast.Sub()
_GATES = 12  # arrays that such a factor may be


def term_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield an expression with a term that is missing.

    Parameters
    ----------
    slot : Slot
        Which expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        ``[a + b for a, b in zip(...)]``, ``delta @ W.T + ...``, ``... + dh * (1 - z)``,
        ``digamma(a) - digamma(b)``,
        ``d - d.mean() - x * (d * x).mean()``.
    """
    if slot.name == "elt":
        yield from _zipped(slot)
    if slot.is_whole and isinstance(slot.statement, ast.Assign):
        yield from _products(slot, known)
        yield from _carried(slot, known)
        yield from _copied(slot, known)
    if slot.is_whole:
        yield from _of_rest(slot)
        yield from _of_gates(slot, known)
        yield from _of_same_call(slot, known)
    yield from _of_means(slot, known)


def _of_same_call(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield ``digamma(a) - digamma(b)`` for ``digamma(a)``."""
    match slot.node:
        case ast.Call(func=ast.Name() | ast.Attribute() as function, args=[argument], keywords=[]):
            own = known.shape_of_target(slot.statement)
        case _:
            return
    if own is None:
        return
    for name in known.values:
        shape = known.source.sorts[name][1]
        if name == ast.unparse(argument) or not fits(shape, own):
            continue
        term = ast.Call(function, [ast.Name(name, ast.Load())], [])
        for operation, sign in ((_MINUS, "-"), (_PLUS, "+")):
            new = ast.BinOp(slot.node, operation, term)
            yield slot.becomes(new, _KINDS, _SAME_CALL, f"`{sign} {text_of(term)}` is missing")


def _of_rest(slot: Slot) -> Iterator[Patch]:
    r"""Yield a quotient with that of what is left to one: :math:`-y/a + (1-y)/(1-a)`."""
    match slot.node:
        case ast.BinOp(ast.UnaryOp(ast.USub(), above), ast.Div(), below):
            sign, operation = "+", _PLUS
        case ast.BinOp(above, ast.Div(), below):
            sign, operation = "-", _MINUS
        case ast.BinOp(
            ast.UnaryOp(ast.USub(), above),
            ast.Mult(),
            ast.BinOp(ast.Constant(1 | 1.0), ast.Div(), below),
        ):
            sign, operation = "+", _PLUS
        case _:
            return
    rests = [_rest(each) for each in (above, below)]
    if rests[0] is None or rests[1] is None:
        return
    term = ast.BinOp(rests[0], ast.Div(), rests[1])
    new = ast.BinOp(slot.node, operation, term)
    yield slot.becomes(new, _KINDS, _REST, f"`{sign} {ast.unparse(term)}` is missing")


def _rest(node: ast.expr) -> ast.expr | None:
    """Return ``1 - a`` of a variable, and the variable of that; ``None`` for anything else."""
    match node:
        case ast.BinOp(left, ast.Sub(), ast.Name() | ast.Attribute() | ast.Subscript() as right):
            return right if is_one(left) else None
        case ast.Name() | ast.Attribute() | ast.Subscript():
            return ast.BinOp(ast.Constant(1), ast.Sub(), node)
    return None


def _of_means(slot: Slot, known: Around) -> Iterator[Patch]:
    r"""Yield a difference from a mean, or a sum, with the other one that norms subtract.

    Of :math:`\hat{x} = (x - \bar{x}) / \sigma` the derivative is
    :math:`(d - \overline{d} - \hat{x}\,\overline{d\hat{x}}) / \sigma`.
    """
    match slot.node:
        case ast.BinOp(op=ast.Sub(), right=right):
            pass
        case _:
            return
    numbers = _reduced(right)
    if numbers is not None and (shape := known.shape(numbers)):
        same = [text for text, own in known.arrays.items() if own == shape]
        for text in same:
            if not _is_gradient(text, known):
                mean = _reducing(right, ast.BinOp(numbers, ast.Mult(), read(text)))
                yield _lacks(slot, ast.BinOp(read(text), ast.Mult(), mean))
    match right:
        case ast.BinOp(left=array, op=ast.Mult(), right=mean):
            pass
        case _:
            return
    match _reduced(mean):
        case ast.BinOp(left=left, op=ast.Mult(), right=other):
            own = {ast.unparse(left): other, ast.unparse(other): left}.get(ast.unparse(array))
            if own is not None:
                yield _lacks(slot, _reducing(mean, own))


def _lacks(slot: Slot, term: ast.expr) -> Patch:
    new = ast.BinOp(slot.node, ast.Sub(), term)
    return slot.becomes(new, _KINDS, _OF_MEAN, f"`- {ast.unparse(term)}` is missing")


def _reduced(node: ast.expr) -> ast.expr | None:
    """Return the numbers of which a call gives means or sums; ``None`` for anything else."""
    match node:
        case ast.Call(func=ast.Attribute(ast.Name("np"), "mean" | "sum"), args=[numbers, *_]):
            return numbers
        case ast.Call(func=ast.Attribute(numbers, "mean" | "sum")):
            return numbers
    return None


def _reducing(call: ast.expr, numbers: ast.expr) -> ast.expr:
    """Return a call that gives means or sums, of other numbers."""
    match call:
        case ast.Call(ast.Attribute(ast.Name("np")) as function, args, keywords):
            return ast.Call(function, [numbers, *args[1:]], keywords)
        case ast.Call(ast.Attribute(_, name), args, keywords):
            return ast.Call(ast.Attribute(numbers, name, ast.Load()), args, keywords)
    return call


def _zipped(slot: Slot) -> Iterator[Patch]:
    """Yield an element of a list plus, minus and times what stands beside it and is not read."""
    match slot.holder:
        case ast.ListComp(generators=[turn]) | ast.GeneratorExp(generators=[turn]):
            pass
        case _:
            return
    used = {n.id for part in (slot.node, *turn.ifs) for n in ast.walk(part) if _is_name(n)}
    beside = [node.id for node in ast.walk(turn.target) if _is_name(node)]
    for name in beside if used & {*beside} else ():
        if name in used:
            continue
        for operation, sign in ((ast.Add(), "+"), (ast.Sub(), "-"), (ast.Mult(), "*")):
            new = ast.BinOp(slot.node, operation, ast.Name(name, ast.Load()))
            yield slot.becomes(new, _KINDS, _ZIPPED, f"`{sign} {name}` is missing")


def _products(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield a gradient plus the product of another one with a parameter that nothing reads."""
    shape = known.shape_of_target(slot.statement)
    if shape is None or len(shape) > 2:
        return
    gradients = [n for n, s in known.source.sorts.items() if s[0] == "array" and _passes(n, known)]
    matrices = {t: s[1] for t, s in known.at_hand.items() if s[0] == "array" and len(s[1]) == 2}
    for text, own in matrices.items():
        if text in known.read or last_key(text) not in known.parameters:
            continue
        for name in gradients:
            given = known.source.sorts[name][1]
            for said, made in (
                (f"{name} @ {text}.T", _shape_of(given, own[::-1])),
                (f"{text}.T @ {name}", _shape_of(own[::-1], given)),
                (f"{name} @ {text}", _shape_of(given, own)),
                (f"{text} @ {name}", _shape_of(own, given)),
            ):
                if made == shape:
                    new = ast.BinOp(slot.node, ast.Add(), read(said))
                    yield slot.becomes(new, _KINDS, _PRODUCT, f"`+ {said}` is missing")


def _passes(name: str, known: Around) -> bool:
    """Say whether a variable is a gradient that is passed on, and none of a parameter."""
    return name in known.passed_on and name.removeprefix("d") not in known.parameters


def _shape_of(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the shape of a product of matrices, or of one with a vector."""
    if not left or not right or left[-1] != right[-2 if len(right) > 1 else 0]:
        return None
    return (*left[:-1], *right[-1:]) if len(right) > 1 else left[:-1]


def _carried(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield what a loop hands on plus the part of it that a gate lets pass unchanged."""
    match slot.statement:
        case ast.Assign(targets=[ast.Name(id=name)]) if name in _carries(known):
            pass
        case _:
            return
    shape = known.shape_of_target(slot.statement)
    if shape is None:
        return
    gates = [
        text
        for text, own in known.arrays.items()
        if fits(own, shape) and text != name and not _is_gradient(text, known)
    ]
    for text in sorted(gates, key=known.read.__contains__)[:_GATES]:
        cost = _CARRY + (_READ if text in known.read else 0.0)
        for said in (f"{name} * {text}", f"{name} * (1 - {text})"):
            new = ast.BinOp(slot.node, ast.Add(), read(said))
            yield slot.becomes(new, _KINDS, cost, f"`+ {said}` is missing")


def _copied(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield a gradient that only gets another name plus one that is at hand: a path is dropped."""
    match slot.statement, slot.node:
        case ast.Assign(targets=[ast.Name(id=target)]), ast.Name(id=own):
            pass
        case _:
            return
    shape = known.shape(slot.node)
    if shape is None or not {target, own} <= known.passed_on:
        return
    for name in sorted(known.passed_on - {target, own}):
        if _passes(name, known) and known.shape(ast.Name(name, ast.Load())) == shape:
            new = ast.BinOp(slot.node, ast.Add(), ast.Name(name, ast.Load()))
            yield slot.becomes(new, _KINDS, _DROPPED, f"`+ {name}` is missing")


def _of_gates(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield what is added last to a gradient plus what comes to it through a product."""
    match slot.statement:
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add()) if name in known.passed_on:
            pass
        case _:
            return
    shape = known.shape(ast.Name(name, ast.Load()))
    updates = (n for n in ast.walk(known.source.tree) if isinstance(n, ast.AugAssign))
    of_same = [n for n in updates if isinstance(n.target, ast.Name) and n.target.id == name]
    if shape is None or slot.statement is not of_same[-1] or len(shape) < 2:
        return
    fitting = [text for text, own in known.arrays.items() if own == shape and text != name]
    through = [text for text in fitting if text in known.passed_on][:_GATES]
    gates = [text for text in fitting if not _is_gradient(text, known)][:_GATES]
    for one, gate in product(through, gates):
        new = ast.BinOp(slot.node, ast.Add(), read(f"{one} * {gate}"))
        yield slot.becomes(new, _KINDS, _THROUGH, f"`+ {one} * {gate}` is missing")


def _carries(known: Around) -> frozenset[str]:
    """Return the gradients that a loop reads, and gives a new value for its next turn."""
    found: set[str] = set()
    for loop in ast.walk(known.source.tree):
        if isinstance(loop, ast.For):
            names = [node for each in loop.body for node in ast.walk(each) if _is_name(node)]
            stored = {node.id for node in names if isinstance(node.ctx, ast.Store)}
            found |= {n.id for n in names if isinstance(n.ctx, ast.Load)} & stored
    return frozenset(name for name in found if name in known.passed_on)


def _is_gradient(text: str, known: Around) -> bool:
    return text in known.passed_on or last_key(text) in known.parameters


def _is_name(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name)
