"""Other variables, keys, counts and transposes in the place of those that were written."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from trainwell.diagnosis.gradient_patches.around import Around, fits
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot
from trainwell.diagnosis.gradient_patches.syntax import located, shortened, text_of

OWN = 0.95
"""Cost of the key that is called like the variable."""

_COUNT = ("factor", "uniform", "constant")
_OTHER = ("operand", "activation-wrong", "matrix", "stale", "mask", "copied")
_NAMED = 1.12  # cost of all numbers where their length has a name
_INDEX = ("operand", "support", "path", "factor")
_TWICE = 2  # places in one statement
_TURNED = ("transposed", "matrix", "operand")


def name_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield changes of what an expression refers to.

    Parameters
    ----------
    slot : Slot
        Which expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        The simplest are not necessarily first.
    """
    node = slot.node
    if isinstance(node, ast.Name):
        yield from _variables(slot, node, known)
    elif isinstance(node, ast.Attribute):
        yield from _attributes(slot, node)
    elif isinstance(node, ast.Subscript):
        yield from _subscripts(slot, node, known)
    elif isinstance(node, ast.Call):
        yield from _counts(slot, node)
    whole = isinstance(slot.holder, ast.Assign) and isinstance(node, ast.BinOp)
    if whole:
        turned = ast.Attribute(node, "T", ast.Load())
        yield slot.becomes(turned, _TURNED, 1.1, "the result is to be transposed")
    if isinstance(node, ast.Name | ast.Subscript | ast.Call) and not _called(slot):
        shape = known.shape(node)
        if shape is not None and len(shape) > 2 and slot.is_multiplied:
            yield slot.becomes(_turned_within(node), _TURNED, 1.1)
        if known.sort(node) is None or (shape is not None and len(shape) == 2):
            turned = ast.Attribute(node, "T", ast.Load())
            cost = 1.1 if shape else 1.2
            # Rather where it is computed, and not where it is collected, or a place in it sought.
            collected = isinstance(slot.holder, ast.Dict | ast.Tuple | ast.List | ast.AugAssign)
            late = collected or isinstance(slot.statement, ast.Return) or _is_sought(slot)
            yield slot.becomes(turned, _TURNED, cost + (0.1 if late else 0.0))


def _turned_within(node: ast.expr) -> ast.expr:
    """Return a stack of matrices, each of them transposed."""
    last = [ast.UnaryOp(ast.USub(), ast.Constant(at)) for at in (1, 2)]
    return ast.Call(ast.Attribute(node, "swapaxes", ast.Load()), [*last], [])


def _is_sought(slot: Slot) -> bool:
    """Say whether an expression is an argument of ``argmax``, ``argmin`` or ``argsort``."""
    called = slot.holder.func if isinstance(slot.holder, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr.startswith("arg")


def _called(slot: Slot) -> bool:
    """Say whether an expression is what is called, or what an attribute is taken of."""
    return isinstance(slot.holder, ast.Attribute) or slot.name == "func"


def _variables(slot: Slot, node: ast.Name, known: Around) -> Iterator[Patch]:
    own = known.sort(node)
    if own is None or slot.name == "func":
        return
    for other, sort in known.source.sorts.items():
        if other == node.id or other in ("self", "cls", "ctx"):
            continue
        if sort == own:
            kinds: tuple[str, ...] = _OTHER
            if own == ("number",):
                kinds = _INDEX if slot.is_index else _COUNT
            cost = 1.02 if other in known.unused else 1.1
            if isinstance(slot.holder, ast.Attribute) and isinstance(slot.holder.ctx, ast.Store):
                cost = 1.4  # where something is kept is rarely mistaken for another object
            patch = slot.becomes(ast.Name(other, ast.Load()), kinds, cost)
            yield replace(patch, evident=True) if other in known.unread else patch
        arrays = sort[0] == own[0] == "array"
        alike = arrays and sort != own and _of_another_layer(node.id, other)
        # What nothing reads may be meant where something of another shape stands.
        if alike or (arrays and sort != own and other in known.unread and fits(sort[1], own[1])):
            yield slot.becomes(ast.Name(other, ast.Load()), _OTHER, 1.15)
        if arrays and len(own[1]) == 2 and sort[1] == own[1][::-1]:
            name = ast.Attribute(ast.Name(other, ast.Load()), "T", ast.Load())
            yield slot.becomes(name, _OTHER, 1.35)


def _of_another_layer(one: str, two: str) -> bool:
    """Say whether two names differ by their number only, such as ``A2`` and ``A3``."""
    stems = {name.rstrip("0123456789") for name in (one, two)}
    return len(stems) == 1 and not stems & {one, two}


def repeated_names(statement: ast.stmt, slots: Sequence[Slot], known: Around) -> Iterator[Patch]:
    """Yield another variable, or a function of it, wherever a statement reads a variable.

    Parameters
    ----------
    statement : ast.stmt
        Which one.
    slots : sequence of Slot
        Its expressions.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        For variables that the statement reads more than once.
    """
    yield from _repeated_attributes(statement, slots, known)
    places: dict[str, list[Slot]] = {}
    for slot in slots:
        number = known.sort(slot.node) == ("number",)
        if isinstance(slot.node, ast.Name) and (number or known.shape(slot.node) is not None):
            places.setdefault(slot.node.id, []).append(slot)
    for name, found in places.items():
        if len(found) < _TWICE:
            continue
        own = known.source.sorts[name]
        others: list[ast.expr] = [
            ast.Name(other, ast.Load())
            for other, sort in known.source.sorts.items()
            if sort == own and other != name
        ]
        others += [
            ast.Call(ast.Name(function, ast.Load()), [found[0].node], [])
            for function in (known.source.helpers if own != ("number",) else ())
        ]
        for other in others:
            changes = tuple(
                (slot.holder, slot.name, slot.at, located(other, slot.node)) for slot in found
            )
            message = f"`{name}` should be `{text_of(other)}` throughout"
            of_array = ("operand", "activation-wrong", "stale")
            kinds = ("operand", "factor", "path") if own == ("number",) else of_array
            yield Patch(statement, kinds, 1.25, message, changes)


def _repeated_attributes(
    statement: ast.stmt, slots: Sequence[Slot], known: Around
) -> Iterator[Patch]:
    """Yield ``self.a * (1 - self.a)`` for ``self.z * (1 - self.z)``, and ``s`` for ``f(s)``."""
    places: dict[str, list[Slot]] = {}
    for slot in slots:
        if isinstance(slot.node, ast.Attribute | ast.Call) and slot.name != "func":
            places.setdefault(ast.unparse(slot.node), []).append(slot)
    for text, found in places.items():
        if len(found) < _TWICE:
            continue
        for other in _instead(found[0].node, known):
            changes = tuple(
                (slot.holder, slot.name, slot.at, located(other, slot.node)) for slot in found
            )
            message = f"`{shortened(text)}` should be `{text_of(other)}` throughout"
            yield Patch(statement, ("operand", "activation-wrong", "stale"), 1.2, message, changes)


def _instead(node: ast.expr, known: Around) -> Iterator[ast.expr]:
    """Yield other attributes of an object that hold the same, or what a formula is called with."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
            if name in known.source.helpers:
                yield argument
        case ast.Attribute(value=ast.Name(id=holder), attr=name):
            own = known.sort(node)
            for text, sort in known.source.held.items():
                root, dot, other = text.partition(".")
                same = root == holder and dot and other.isidentifier() and other != name
                if same and sort == own:
                    yield ast.Attribute(node.value, other, ast.Load())


def all_examples(statement: ast.stmt, slots: Sequence[Slot]) -> Iterator[Patch]:
    """Yield a statement without the slices that leave out the first or the last of several arrays.

    Parameters
    ----------
    statement : ast.stmt
        As ``x[:-1].T @ d[:-1]``.
    slots : sequence of Slot
        Its expressions.

    Yields
    ------
    Patch
        As ``x.T @ d``.
    """
    cut = [slot for slot in slots if isinstance(slot.node, ast.Subscript) and _is_cut(slot.node)]
    if len(cut) < 2:
        return
    changes = tuple((slot.holder, slot.name, slot.at, _of(slot.node)) for slot in cut)
    message = f"`[{text_of(cut[0].node).partition('[')[2]}` leaves something out"
    yield Patch(statement, ("examples", "support", "path"), 1.0, message, changes)


def _target(slot: Slot) -> str:
    """Return the variable that an expression is all of; empty for others."""
    match slot.statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is slot.node:
            return name
    return ""


def _is_cut(node: ast.Subscript) -> bool:
    """Say whether a subscript leaves out, or takes, one at an end: ``[1:]``, ``[..., :-1]``."""
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    ends = [ast.unparse(part) for part in parts if isinstance(part, ast.Slice)]
    return any(end in ("1:", ":-1", ":1", "-1:") for end in ends)


def _of(node: ast.expr) -> ast.expr:
    assert isinstance(node, ast.Subscript)  # noqa: S101 - for the type checker
    return node.value


def _attributes(slot: Slot, node: ast.Attribute) -> Iterator[Patch]:
    if node.attr in ("T", "mT"):
        # Nobody transposes an array to ask for its shape.
        asked = isinstance(slot.holder, ast.Attribute) and slot.holder.attr == "shape"
        yield slot.becomes(node.value, _TURNED, 0.93 if asked else 1.0)
    if node.attr == "size":
        for axis in (0, 1):
            yield slot.becomes(_length(node.value, axis), _COUNT, 1.0)
        yield slot.becomes(_len(node.value), _COUNT, 1.02)
    yield from ()


def _length(array: ast.expr, axis: int) -> ast.expr:
    shape = ast.Attribute(array, "shape", ast.Load())
    return ast.Subscript(shape, ast.Constant(axis), ast.Load())


def _len(array: ast.expr) -> ast.expr:
    return ast.Call(ast.Name("len", ast.Load()), [array], [])


def _of_same_example(slot: Slot, part: ast.expr, known: Around) -> Iterator[Patch]:
    """Yield, for a part of one example's values, all of those that another array has of it."""
    if not isinstance(part, ast.Subscript):
        return
    own = known.shape(part.value)
    for name, sort in known.source.sorts.items():
        alike = own is not None and sort[0] == "array" and len(sort[1]) == len(own)
        if alike and own and sort[1][0] == own[0] and sort[1] != own:
            new = ast.Subscript(ast.Name(name, ast.Load()), part.slice, ast.Load())
            yield slot.becomes(new, _OTHER, 1.15)


def _counts(slot: Slot, node: ast.Call) -> Iterator[Patch]:
    if isinstance(node.func, ast.Name) and node.func.id == "len" and len(node.args) == 1:
        yield slot.becomes(ast.Attribute(node.args[0], "size", ast.Load()), _COUNT, 1.0)
        yield slot.becomes(_length(node.args[0], 1), _COUNT, 1.05)


def _subscripts(slot: Slot, node: ast.Subscript, known: Around) -> Iterator[Patch]:
    if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
        array = node.value.value
        # The number of examples has a name; what a mean divides by has none.
        cost = _NAMED if _target(slot) else 1.02
        yield slot.becomes(ast.Attribute(array, "size", ast.Load()), _COUNT, cost)
        return
    if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        sort = known.sort(node.value)
        inside = sort[1] if sort is not None and sort[0] == "dict" else ()
        for other in dict.fromkeys([*inside, *known.keys]):
            if other != node.slice.value:
                new = ast.Subscript(node.value, ast.Constant(other), ast.Load())
                number = node.slice.value in known.constants
                cost = OWN if other == _target(slot) else 1.1
                yield slot.becomes(new, _COUNT if number else _OTHER, cost)
    elif isinstance(node.slice, ast.Constant) and type(node.slice.value) is int:
        for each in dict.fromkeys(known.turns):
            new = ast.Subscript(node.value, ast.Name(each, ast.Load()), ast.Load())
            yield slot.becomes(new, _INDEX, 1.12)
    elif isinstance(node.slice, ast.Name | ast.BinOp | ast.UnaryOp):
        for operation in (ast.Add(), ast.Sub()):
            moved = ast.BinOp(node.slice, operation, ast.Constant(1))
            yield slot.becomes(ast.Subscript(node.value, moved, ast.Load()), _OTHER, 1.15)
    yield from _of_same_example(slot, node.value, known)
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if any(isinstance(part, ast.Slice) for part in parts):
        steps = [part.step for part in parts if isinstance(part, ast.Slice) and part.step]
        turned = any(isinstance(step, ast.UnaryOp) for step in steps)
        kinds = ("permuted",) if turned else ("examples", "support", "path")
        yield slot.becomes(node.value, kinds, 1.0)
