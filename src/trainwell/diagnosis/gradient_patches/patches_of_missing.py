"""Statements that are missing behind another one, which makes or changes an array."""

import ast
from collections.abc import Iterator, Sequence

from trainwell.diagnosis.gradient_localisation.statements import root_of
from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch, holder_of
from trainwell.diagnosis.gradient_patches.syntax import followed

_LABELS = 1.3  # cost of what each class's probability lacks
_COUNT = 1.45  # cost of a number by which all is to be divided
_LIKE = 1.2  # the same, where something else is divided by it


def missing_behind(
    body: Sequence[ast.stmt], at: int, statement: ast.stmt, known: Around
) -> Iterator[Patch]:
    """Yield a statement followed by one that changes its array in place.

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
        With ``dz[range(len(y)), y] -= 1``, the derivative of the cross entropy, or
        ``dz /= n``, of a mean.
    """
    if isinstance(statement, ast.For | ast.While):
        yield from _not_divided(body, at, statement, known)
    name = _written(statement)
    shape = known.shape(ast.Name(name, ast.Load()))
    if shape is None:
        return
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        kinds: tuple[str, ...] = ("path", "operand", "activation-wrong")
        further = [(f"{each} -= 1", kinds, _LABELS) for each in _at_labels(name, shape, known)]
    elif any(_written(other) == name for other in body[at + 1 :]):
        return  # by a number all is divided in the end
    else:
        kinds = ("factor", "uniform", "constant")
        numbers = (each for each, sort in known.source.sorts.items() if sort == ("number",))
        further = [(f"{name} /= {number}", kinds, _COUNT) for number in numbers]
    for text, kinds, cost in further:
        behind = ast.parse(text).body[0]
        change = (holder_of(body), "body", at, followed(statement, behind))
        yield Patch(statement, kinds, cost, f"`{text}` is missing behind it", (change,))


def _not_divided(
    body: Sequence[ast.stmt], at: int, loop: ast.For | ast.While, known: Around
) -> Iterator[Patch]:
    """Yield a division of what a loop adds up, beside that of something else behind the loop."""
    later = body[at + 1 :]
    added = [_written(each) for each in ast.walk(loop) if isinstance(each, ast.AugAssign)]
    divided = {_written(each) for each in later if _divisor(each)}
    names = [n for n in dict.fromkeys(added) if n and n not in divided]
    names = [n for n in names if known.shape(ast.Name(n, ast.Load()))]
    for index, other in enumerate(later, at + 1):
        number = _divisor(other)
        for name in names if number else ():
            text = f"{name} /= {number}"
            new = followed(other, ast.parse(text).body[0])
            change = (holder_of(body), "body", index, new)
            message = f"`{text}` is missing beside it"
            kinds = ("factor", "uniform", "constant")
            yield Patch(other, kinds, _LIKE, message, (change,), target=name)


def _divisor(statement: ast.stmt) -> str:
    """Return the variable by which a statement divides another one; empty for others."""
    match statement:
        case ast.AugAssign(op=ast.Div(), value=ast.Name(id=number)):
            return number
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.BinOp(left=ast.Name(id=same), op=ast.Div(), right=ast.Name(id=number)),
        ):
            return number if name == same else ""
    return ""


def _at_labels(name: str, shape: tuple[int, ...], known: Around) -> Iterator[str]:
    """Yield the elements of an array that integers at hand choose, one of each example."""
    for labels, sort in {**known.at_hand, **known.source.sorts}.items():
        if sort[0] == "number" and len(shape) == 1 and labels not in known.constants:
            yield f"{name}[{labels}]"
        elif sort[0] == "array" and len(sort[1]) == 1 and len(shape) == 2:
            if sort[1][0] == shape[0]:
                yield f"{name}[range(len({labels})), {labels}]"
            if sort[1][0] == shape[1]:
                yield f"{name}[{labels}, range(len({labels}))]"


def _written(statement: ast.stmt) -> str:
    """Return the variable that a statement sets, or changes a part of; empty for others."""
    match statement:
        case ast.Assign(targets=[target]) | ast.AugAssign(target=target):
            return root_of(target)
    return ""
