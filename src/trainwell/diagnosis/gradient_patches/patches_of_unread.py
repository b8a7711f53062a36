"""Statements that would read what nothing reads: in loops, and calls of the user's functions."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from types import FunctionType

from trainwell.diagnosis.gradient_patches.around import GRADIENT, Around
from trainwell.diagnosis.gradient_patches.patch import Patch, holder_of
from trainwell.diagnosis.gradient_patches.patched import is_formula
from trainwell.diagnosis.gradient_patches.syntax import followed, preceded
from trainwell.diagnosis.gradient_tape.places import is_users

_Shape = tuple[int, ...]

_LOST = ("path", "zero", "support", "data-term")
_CALL = ("activation-missing", "path", "operand")
_UPDATE = 1.3  # cost of what a loop adds nowhere, and of which it is given a part in vain
_CARRIED = 1.25  # cost of an array of which no step of a loop is added to what it hands on
_CALLED = 1.25  # cost of a call with what is there for nothing
_CALLED_BACK = 1.1  # the same, of the rule of what the forward pass has kept something for
_ARGUMENTS = 4  # that such a function has, at most
_OF_GRADIENTS = re.compile(r"back|bprop|grad", re.IGNORECASE)
_NUMBERS = ("array", "number")
_AXES = ("[{}]", "[:, {}]", "[:, :, {}]")


def unread_patches(
    body: Sequence[ast.stmt], at: int, statement: ast.stmt, known: Around
) -> Iterator[Patch]:
    """Yield statements before, behind or in another one, which read what nothing reads.

    Parameters
    ----------
    body : sequence of ast.stmt
        The list in which the statement stands.
    at : int
        Its place there.
    statement : ast.stmt
        Which one.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        With ``dW += np.outer(d, x)`` or ``dh = dh + dout[:, t]`` in a loop, or
        ``d = elu_backward(d, z)`` behind it.
    """
    shapes = _shapes(known)
    unread = {name: shape for name, shape in shapes.items() if name in known.unread}
    if isinstance(statement, ast.For):
        yield from _added(statement, shapes)
        yield from _carried(statement, shapes, unread) if unread else ()
    elif known.unread and not isinstance(statement, ast.If | ast.With):
        yield from _called(body, at, statement, shapes, known)


def _added(statement: ast.For, shapes: Mapping[str, _Shape]) -> Iterator[Patch]:
    """Yield a loop that adds a product with what it is given, and never reads, to an array."""
    given = _names(statement.target)
    inside = [name for each in statement.body for name in _read(each)]
    arrays = {name: shape for name, shape in shapes.items() if name not in given}
    for unread, other in product(given, given):
        own, beside = shapes.get(unread), shapes.get(other)
        if unread in inside or other not in inside or own is None or beside is None:
            continue
        for name, shape in arrays.items():
            texts = [f"np.outer({other}, {unread})"] if shape == beside + own else []
            texts += [f"np.outer({unread}, {other})"] if shape == own + beside else []
            texts += [f"{other} * {unread}"] if shape == own == beside else []
            for text in texts:
                last = statement.body[-1]
                new = followed(last, ast.parse(f"{name} += {text}").body[0])
                change = (statement, "body", len(statement.body) - 1, new)
                message = f"`{name} += {text}` is missing in its loop"
                yield Patch(last, _LOST, _UPDATE, message, (change,), target=name)


def _carried(
    statement: ast.For, shapes: Mapping[str, _Shape], unread: Mapping[str, _Shape]
) -> Iterator[Patch]:
    """Yield a loop that adds one step of an array that nothing reads to what it hands on."""
    match statement.target:
        case ast.Name(id=turn):
            pass
        case _:
            return
    first = statement.body[0]
    inside = {name for each in statement.body for name in _read(each)}
    stored = {name for each in statement.body for name in _stored(each)}
    carried = [name for name in shapes if name in inside & stored]
    for (array, shape), name in product(unread.items(), carried):
        for axis, form in enumerate(_AXES[: len(shape)]):
            if shape[:axis] + shape[axis + 1 :] == shapes[name]:
                text = f"{name} = {name} + {array}{form.format(turn)}"
                change = (statement, "body", 0, preceded(first, ast.parse(text).body[0]))
                message = f"`{text}` is missing"
                yield Patch(first, _LOST, _CARRIED, message, (change,), target=name)


def _called(
    body: Sequence[ast.stmt],
    at: int,
    statement: ast.stmt,
    shapes: Mapping[str, _Shape],
    known: Around,
) -> Iterator[Patch]:
    """Yield a call of a function of the user's, between two statements, with what nothing reads."""
    read = [name for name in _read(statement) if name in shapes]
    gradients = [name for name in read if name in known.passed_on or GRADIENT.match(name)]
    unread = [name for name in shapes if name in known.unread]
    for name, function in known.source.function.__globals__.items() if gradients else ():
        if not isinstance(function, FunctionType) or function is known.source.function:
            continue
        options, cost = _given(name, function, unread, known)
        for gradient, others in product(gradients, options):
            text = f"{gradient} = {name}({gradient}, {others})"
            change = (holder_of(body), "body", at, preceded(statement, ast.parse(text).body[0]))
            message = f"`{text}` is missing before it"
            yield Patch(statement, _CALL, cost, message, (change,), target=gradient)


def _given(
    name: str, function: FunctionType, unread: Sequence[str], known: Around
) -> tuple[Sequence[str], float]:
    """Return what a function may be given behind a gradient, and the cost of such a call."""
    code = function.__code__
    if not 2 <= code.co_argcount <= _ARGUMENTS:
        return (), _CALLED
    further = code.co_varnames[1 : code.co_argcount]
    if is_users(code.co_filename) and _OF_GRADIENTS.search(name) and len(further) == 1:
        called = any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(known.source.tree))
        kept = [n for n in known.unread if known.source.sorts[n][0] not in _NUMBERS]
        if kept and not called:
            return sorted(kept), _CALLED_BACK
    if code.co_filename != known.source.file:
        return (), _CALLED
    if not is_formula(function, known.source.function.__globals__, 1):
        return (), _CALLED
    if all(each in known.source.sorts for each in further) and {*further} & {*unread}:
        return (", ".join(further),), _CALLED
    return unread if len(further) == 1 else (), _CALLED


def _stored(node: ast.AST) -> Iterator[str]:
    names = (each for each in ast.walk(node) if isinstance(each, ast.Name))
    return (each.id for each in names if isinstance(each.ctx, ast.Store))


def _shapes(known: Around) -> dict[str, _Shape]:
    return {name: sort[1] for name, sort in known.source.sorts.items() if sort[0] == "array"}


def _names(node: ast.AST) -> list[str]:
    return [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]


def _read(node: ast.AST) -> list[str]:
    names = (each for each in ast.walk(node) if isinstance(each, ast.Name))
    return list(dict.fromkeys(n.id for n in names if isinstance(n.ctx, ast.Load)))
