"""Whole statements: in another order, with other targets, or times what is missing."""

import ast
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from trainwell.diagnosis.gradient_patches.around import DROPPED, GRADIENT, Around, fits
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot, holder_of, is_copied, slots_of
from trainwell.diagnosis.gradient_patches.patches_of_aliases import new_arrays
from trainwell.diagnosis.gradient_patches.patches_of_analogy import (
    analogous_entries,
    analogous_statements,
    carried,
    like_siblings,
    masked_parts,
)
from trainwell.diagnosis.gradient_patches.patches_of_missing import missing_behind
from trainwell.diagnosis.gradient_patches.patches_of_products import times_two
from trainwell.diagnosis.gradient_patches.patches_of_removal import left_out
from trainwell.diagnosis.gradient_patches.patches_of_scatters import scatter_patches
from trainwell.diagnosis.gradient_patches.patches_of_updates import missing_updates
from trainwell.diagnosis.gradient_patches.syntax import located, text_of

_PARTS = ("shape", "size", "ndim", "dtype", "T")
_COUNTED = 0.3  # what it costs more that the number of examples is called otherwise
_GROWS = 0.1  # what it costs more that a variable becomes a larger array
_UNUSED = 1.0  # cost of a variable that is there for nothing otherwise
_UNREAD = 1.4  # cost of one that is given, or unpacked, and never read
_COPIED = 1.35  # cost of a factor that is missing where a value only gets another name
_DIVIDED = 0.15  # what it costs more that a part of an expression is to be divided
_IN_PRODUCT = 1.55  # cost of a term that is missing beside a product that is divided
_OF_NUMBER = 1.5  # cost of an array that a term lacks which is one number
_BESIDE_NUMBER = 0.2  # what it costs more that a variable is missing beside such a number
_SIGN = ("sign", "factor", "uniform")
_TERM = ("path", "operand", "activation-wrong")
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
    yield from left_out(body, at, statement)
    yield from missing_behind(body, at, statement, known)
    yield from new_arrays(body, at, statement)
    if isinstance(statement, ast.AugAssign):
        yield from _updates(statement)
        yield from analogous_entries(statement, at, known, holder_of(body))
        yield from missing_updates(statement, at, known, holder_of(body))
        yield from scatter_patches(statement, at, known, holder_of(body))
    elif isinstance(statement, ast.Assign):
        yield from _assignments(body, at, statement, known)
        yield from _unpacked(statement, statement.targets, known)
        yield from carried(statement, known)
        yield from analogous_statements(body, at, statement, known, holder_of(body))
    elif isinstance(statement, ast.For):
        yield from _unpacked(statement, list(ast.walk(statement.target)), known)
    elif isinstance(statement, ast.If):
        negated = located(ast.UnaryOp(ast.Not(), statement.test), statement.test)
        change = (statement, "test", None, negated)
        kinds = ("mask", "path", "activation-wrong")
        yield Patch(statement, kinds, 1.1, "the condition is the wrong way round", (change,))
    if isinstance(statement, ast.Assign | ast.Return | ast.AugAssign) and statement.value:
        yield from _more(statement, statement.value, known)
        if not isinstance(statement, ast.Return):
            yield from masked_parts(statement, statement.value, known)
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        yield from _with_arrays(statement, known)


def _updates(statement: ast.AugAssign) -> Iterator[Patch]:
    for other in _UPDATES.get(type(statement.op), ()):
        change = (statement, "op", None, other())
        kinds = ("sign", "operation", "regularisation")
        if isinstance(statement.op, ast.FloorDiv):
            kinds = ("precision", "operation", "zero")
        elif isinstance(statement.op, ast.Mult | ast.Div):
            kinds = ("operation", "factor", "dropout")
        yield Patch(statement, kinds, 1.0, "another update is meant", (change,))


def _assignments(
    body: Sequence[ast.stmt], at: int, statement: ast.Assign, known: Around
) -> Iterator[Patch]:
    """Yield an addition in the place of an assignment, and the statement one place earlier."""
    target = statement.targets[0]
    written = ast.Name | ast.Subscript | ast.Attribute
    if isinstance(target, written) and len(statement.targets) == 1:
        for operation, sign in ((ast.Add(), "+="), (ast.Mult(), "*="), (ast.Sub(), "-=")):
            new = ast.copy_location(ast.AugAssign(target, operation, statement.value), statement)
            message = f"`=` should be `{sign}`"
            change = ((holder_of(body), "body", at, new),)
            kinds = ("operand" if sign == "*=" else "data-term", "path", "activation-wrong")
            yield Patch(statement, kinds, 1.1, message, change)
    if isinstance(statement.value, ast.Name):
        for function in known.source.helpers:
            called = ast.Call(ast.Name(function, ast.Load()), [statement.value], [])
            message = f"`{text_of(called)}` is meant"
            put = ((statement, "value", None, located(called, statement.value)),)
            yield Patch(statement, ("activation-wrong", "operand"), 1.1, message, put)
    if at:
        holder = holder_of(body)
        changes: tuple[tuple[ast.AST, str, int | None, Any], ...] = (
            (holder, "body", at, body[at - 1]),
            (holder, "body", at - 1, statement),
        )
        message = f"belongs before line {body[at - 1].lineno}"
        yield Patch(statement, ("stale", "matrix", "operand"), 1.2, message, changes)


def _unpacked(statement: ast.stmt, targets: Sequence[ast.AST], known: Around) -> Iterator[Patch]:
    """Yield two names in each other's place, sooner where they were packed in that order."""
    for target in targets:
        if not isinstance(target, ast.Tuple):
            continue
        for one, two in pairwise(range(len(target.elts))):
            first, second = target.elts[one], target.elts[two]
            message = f"`{text_of(first)}` and `{text_of(second)}` are exchanged"
            changes = ((target, "elts", one, second), (target, "elts", two, first))
            kinds = ("operand", "matrix", "stale", "activation-wrong")
            order = [each.id if isinstance(each, ast.Name) else "" for each in target.elts]
            as_packed = tuple(order) in known.packed
            cost = 1.2 if as_packed else 1.08
            cost += _COUNTED if _is_counted(statement, order, one, two, known) else 0.0
            order[one], order[two] = order[two], order[one]
            other = tuple(order) in known.packed
            cost = 0.95 if other else cost
            yield Patch(statement, kinds, cost, message, changes, evident=other and not as_packed)


def _is_counted(
    statement: ast.stmt, names: Sequence[str], one: int, two: int, known: Around
) -> bool:
    """Say whether of two sizes of a shape the one called ``m`` is the number of examples."""
    match statement:
        case ast.Assign(value=ast.Attribute(value=array, attr="shape")):
            shape = known.shape(array) or ()
            pairs = [(names[at], shape[at]) for at in (one, two) if at < len(shape)]
            return ("m", known.constants.get("m")) in pairs
    return False


def _counts(value: ast.expr) -> bool:
    """Say whether a value is a number of elements, which has no sign."""
    match value:
        case ast.Call(func=ast.Name(id="len")) | ast.Attribute(attr="size"):
            return True
        case ast.Subscript(value=ast.Attribute(attr="shape")):
            return True
    return False


def _more(
    statement: ast.Assign | ast.Return | ast.AugAssign, value: ast.expr, known: Around
) -> Iterator[Patch]:
    """Yield the value, or one part of it, with something that is missing."""
    if isinstance(value, ast.Tuple | ast.Dict | ast.List):
        parts = value.values if isinstance(value, ast.Dict) else value.elts
        name = "values" if isinstance(value, ast.Dict) else "elts"
        for at, part in enumerate(parts):
            negated = located(ast.UnaryOp(ast.USub(), part), part)
            message = f"`{text_of(part)}` has the wrong sign"
            yield Patch(statement, _SIGN, 1.1, message, ((value, name, at, negated),), -1.0)
        yield from like_siblings(statement, value, known)
        yield from _with_arrays(statement, known)
        return
    negated = located(ast.UnaryOp(ast.USub(), value), value)
    change = (statement, "value", None, negated)
    if not _counts(value):
        yield Patch(statement, _SIGN, 1.05, "has the wrong sign", (change,), -1.0)
    for name, number, cost in numbers_at_hand(known):
        kinds = ("factor", "uniform", "constant")
        for operation in (ast.Div(), ast.Mult()):
            new = located(ast.BinOp(value, operation, number), value)
            sign = "/" if isinstance(operation, ast.Div) else "*"
            message = f"`{sign} {name}` is missing"
            change = (statement, "value", None, new)
            yield Patch(statement, kinds, cost, message, (change,))
    yield from _with_arrays(statement, known)


def numbers_at_hand(known: Around) -> Iterator[tuple[str, ast.expr, float]]:
    """Yield the numbers that a statement could have used, with their cost as factors.

    Parameters
    ----------
    known : Around
        What it could have used.

    Yields
    ------
    name : str
        What it is called.
    value : ast.expr
        How it is read.
    cost : float
        How unlikely it is that it is missing.
    """
    for name, sort in known.source.sorts.items():
        if sort == ("number",):
            yield name, ast.Name(name, ast.Load()), _UNUSED if name in known.unused else 1.45
    for name, value in known.constants.items():
        if name not in known.source.sorts:
            yield name, ast.Constant(value), 1.45
    for name in known.settings:
        yield name, ast.Name(name, ast.Load()), 1.45


def _with_arrays(statement: ast.stmt, known: Around) -> Iterator[Patch]:
    """Yield an array of the statement plus, minus or times another one that is at hand."""
    for slot in slots_of(statement):
        inside = isinstance(slot.holder, ast.Attribute) and slot.holder.attr in _PARTS
        stored = isinstance(getattr(slot.node, "ctx", None), ast.Store)
        called = slot.holder is statement and isinstance(statement, ast.Expr)
        if slot.name == "func" or inside or stored or called:
            continue
        whole = slot.is_whole
        number = known.is_number(slot.node)
        chosen = _is_chosen(slot)
        term = slot.is_term
        shape = None if chosen else known.shape(slot.node)
        one = isinstance(slot.node, ast.Constant) and not whole  # of `1 - a`
        if shape is None and (whole or number or chosen) and not one:
            shape = known.shape_of_target(statement)
            if shape == () and not whole and isinstance(slot.holder, ast.Call):
                shape = None  # an array may be what is missing in `sqrt(eps)`
        handed = whole and slot.holder is not statement  # as to `np.add.at`, or among others
        if chosen or handed or (term and not number):
            for name, value, cost in numbers_at_hand(known):
                for operation, sign in ((ast.Mult(), "*"), (ast.Div(), "/")):
                    new = ast.BinOp(slot.node, operation, value)
                    kinds = ("factor", "uniform", "constant")
                    yield slot.becomes(new, kinds, cost, f"`{sign} {name}` is missing")
        divided = isinstance(slot.node, ast.Call) and _is_dividend(slot)
        computed = isinstance(slot.node, ast.BinOp | ast.UnaryOp) or number or divided
        if whole or shape or computed:
            yield from _with_each(slot, shape, known, whole=whole)
        else:
            yield from _with_unread(slot, known)
        if whole:
            yield from times_two(slot, shape, known)


def _is_chosen(slot: Slot) -> bool:
    """Say whether an expression is what ``where`` takes on one side."""
    match slot.holder:
        case ast.Call(func=ast.Attribute(attr="where")):
            return slot.name == "args" and bool(slot.at)
    return False


def _with_each(
    slot: Slot, shape: tuple[int, ...] | None, known: Around, *, whole: bool
) -> Iterator[Patch]:
    """Yield an expression with each variable that fits: as a term and as a factor."""
    operation = isinstance(slot.node, ast.BinOp)
    plain = known.shape(slot.node) is not None
    # Of a number in a sum nothing is seen of the array that it lacks, but that the result is one.
    number = operation and slot.is_term and known.is_number(slot.node)
    for name, sort in known.source.sorts.items():
        if isinstance(slot.node, ast.Name) and slot.node.id == name:
            continue
        unused = name in known.unused
        if sort == ("number",) and unused and not whole:
            yield from _times(slot, name, _UNUSED)
        if sort[0] != "array" or (shape is not None and not fits(sort[1], shape)):
            if whole and shape is not None and sort[0] == "array":
                yield from _times_of_other_shape(slot, name, sort[1], shape, known)
            continue
        if number and not unused:
            yield from _times(slot, name, _OF_NUMBER, known)
        elif _is_dividend(slot):
            yield from _term(slot, name, _UNUSED + 0.1 if unused else _IN_PRODUCT)
        elif not operation or whole or unused:
            yield from _plus(slot, name, known)
            if plain or unused or whole:
                yield from _times(slot, name, _cost_of_factor(slot, known, unused), known)


def _with_unread(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield what a call gives plus, minus and times each value that the function never reads."""
    for name, sort in known.source.sorts.items() if isinstance(slot.node, ast.Call) else ():
        if sort[0] in ("array", "number") and name in known.unread:
            yield from _term(slot, name, _UNREAD)
            yield from _times(slot, name, _UNREAD, known)


def _cost_of_factor(slot: Slot, known: Around, unused: bool) -> float:  # noqa: FBT001
    """Return what it costs that an expression lacks a variable as a factor."""
    copied = is_copied(slot, known)
    if unused:
        return _UNUSED if copied else _UNUSED + 0.1
    plain = known.shape(slot.node) is not None or isinstance(slot.node, ast.Call)
    part = slot.holder is not slot.statement
    # Of other whole values, operations on arrays tell what is missing alone.
    rare = slot.is_whole and not (plain or part)
    return _COPIED if copied else 1.55 if rare else 1.5


def _is_dividend(slot: Slot) -> bool:
    """Say whether an expression is a product, or what a call gives, and divided by something."""
    match slot.node, slot.holder:
        case ast.BinOp(op=ast.Mult() | ast.MatMult()) | ast.Call(), ast.BinOp(op=ast.Div()):
            return slot.name == "left"
    return False


def _term(slot: Slot, name: str, cost: float) -> Iterator[Patch]:
    """Yield an expression plus or minus a variable."""
    for operation, sign in ((ast.Add(), "+"), (ast.Sub(), "-")):
        new = ast.BinOp(slot.node, operation, ast.Name(name, ast.Load()))
        yield slot.becomes(new, _TERM, cost + _beside(slot), f"`{sign} {name}` is missing")


def _beside(slot: Slot) -> float:
    """Return what it costs more that a term is missing beside a number: `1 - a` is common."""
    number = isinstance(slot.node, ast.Constant) and not slot.is_whole and slot.node.value != 1
    return _BESIDE_NUMBER if number else 0.0


def _plus(slot: Slot, name: str, known: Around) -> Iterator[Patch]:
    """Yield an expression plus or minus a variable, or the product of two of them."""
    kinds, own = _TERM, slot.node
    unused = name in known.unused
    yield from _term(slot, name, _UNUSED + 0.1 if unused else 1.5)
    for operation, sign in ((ast.Add(), "+"), (ast.Sub(), "-")):
        term: ast.expr = ast.Name(name, ast.Load())
        for constant, value in known.constants.items() if slot.holder is slot.statement else ():
            term = ast.BinOp(ast.Constant(value), ast.Mult(), ast.Name(name, ast.Load()))
            penalty = ("regularisation", *kinds)
            message = f"`{sign} {constant} * {name}` is missing"
            yield slot.becomes(ast.BinOp(own, operation, term), penalty, 1.45, message)
        if isinstance(own, ast.Name | ast.Constant) and not unused and known.shape(own) is None:
            new = ast.BinOp(ast.Name(name, ast.Load()), operation, own)
            yield slot.becomes(new, kinds, 1.5 + _beside(slot), f"`{name} {sign}` is missing")
        for other, sort in known.source.sorts.items() if unused else ():
            if sort[0] == "array" and other != name:
                both = ast.BinOp(
                    ast.Name(name, ast.Load()), ast.Mult(), ast.Name(other, ast.Load())
                )
                new = ast.BinOp(own, operation, both)
                target = known.shape_of_target(slot.statement)
                cost = 1.4 if target is None or fits(sort[1], target) else 1.4 + _GROWS
                yield slot.becomes(new, kinds, cost, f"`{sign} {name} * {other}` is missing")


def _times(slot: Slot, name: str, cost: float, known: Around | None = None) -> Iterator[Patch]:
    """Yield an expression times, or over, a variable."""
    kinds: tuple[str, ...] = ("activation-missing", "mask", "path", "operand", "activation-wrong")
    if known is None:
        kinds = ("factor", "uniform", "constant")
    elif name in known.passed_on or GRADIENT.match(name):
        kinds = ("path", "operand", "activation-missing", "activation-wrong")
    elif name in known.parameters:
        kinds = ("matrix", "operand", "activation-missing")
    elif DROPPED.match(name):
        kinds = ("dropout", "mask", "activation-missing", "operand")
    for operation, sign, more in ((ast.Mult(), "*", 0.0), (ast.Div(), "/", _DIVIDED)):
        new = ast.BinOp(slot.node, operation, ast.Name(name, ast.Load()))
        own = cost if slot.is_whole else cost + more
        yield slot.becomes(new, kinds, own, f"`{sign} {name}` is missing")


def _times_of_other_shape(
    slot: Slot, name: str, own: tuple[int, ...], shape: tuple[int, ...], known: Around
) -> Iterator[Patch]:
    """Yield a value times a larger variable, or times one that lacks the last axis."""
    if fits(shape, own):
        yield from _times(slot, name, 1.5 + _GROWS, known)
    elif own == shape[:-1]:
        whole = ast.Slice()
        axes = ast.Tuple([*([whole] * len(own)), ast.Constant(None)], ast.Load())
        factor = ast.Subscript(ast.Name(name, ast.Load()), axes, ast.Load())
        kinds = ("path", "operand", "activation-missing", "activation-wrong")
        message = f"`* {text_of(factor)}` is missing"
        yield slot.becomes(ast.BinOp(slot.node, ast.Mult(), factor), kinds, 1.5, message)
