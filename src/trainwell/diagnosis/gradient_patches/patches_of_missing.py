"""Statements that are missing behind another one, which makes or changes an array."""

import ast
from collections.abc import Iterator, Sequence

from trainwell.diagnosis.gradient_localisation.statements import root_of
from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch, holder_of
from trainwell.diagnosis.gradient_patches.syntax import followed

_LABELS = 1.3  # cost of what each class's probability lacks
_COUNT = 1.45  # cost of a number by which all is to be divided


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
