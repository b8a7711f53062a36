"""Sums that lack a division: by a sum of weights, or by the number of what is summed."""

import ast
from collections.abc import Iterator, Sequence

from trainwell.diagnosis.gradient_patches.around import Around, last_key
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot
from trainwell.diagnosis.gradient_patches.patches_of_ones import read
from trainwell.diagnosis.gradient_patches.syntax import located, text_of

KINDS = ("factor", "uniform", "constant")
_COST = 1.35
_OF_MEAN = 1.1  # as of a mean in the place of a sum
_OF_COUNT = 1.2  # of a sum in the place of a count
_OF_NUMBER = 1.3  # and of any other number
_OF_SIZE = 0.02  # what it costs more that all of an array is counted
_TERM = 1.3  # of a number that is added to all, and that nothing reads
_BESIDE_NUMBER = 1.45  # cost of a number beside a number: any of them may be anything
_OF_TERM = ("path", "regularisation", "data-term")
_MEAN = ("factor", "reduction", "uniform", "activation-wrong")


def sum_patches(statement: ast.stmt, known: Around) -> Iterator[Patch]:
    """Yield a statement divided by the sum of what it reads; of anything, where it is a number.

    Parameters
    ----------
    statement : ast.stmt
        As ``d = weight * error``, or ``scale = 1.0``.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        With ``/ weight.sum()``.
    """
    value = getattr(statement, "value", None)
    if not isinstance(statement, ast.Assign | ast.Return | ast.AugAssign) or value is None:
        return
    names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    number = known.is_number(value)
    for name in known.values:
        if number or name in names:
            new = located(ast.BinOp(value, ast.Div(), read(f"{name}.sum()")), value)
            message = f"`/ {name}.sum()` is missing"
            yield Patch(statement, KINDS, _COST, message, ((statement, "value", None, new),))


def count_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield the sum of a mask or of weights in the place of a count.

    Parameters
    ----------
    slot : Slot
        An expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        ``mask.sum()`` for ``mask.size``, ``len(y)`` or ``y.shape[0]``, and for a number that
        something is divided by, in whose place ``pairs.size`` may be meant, too.
    """
    match slot.node:
        case ast.Call(ast.Name("len"), args=[_]) | ast.Attribute(attr="size"):
            cost = _OF_COUNT
        case ast.Subscript(value=ast.Attribute(attr="shape")):
            cost = _OF_COUNT
        case ast.Name() if known.is_number(slot.node) and _divides(slot):
            cost = _OF_NUMBER
            for name in known.values:
                yield slot.becomes(read(f"{name}.size"), KINDS, cost + _OF_SIZE)
        case _:
            return
    for name in known.values:
        yield slot.becomes(read(f"{name}.sum()"), KINDS, cost)


def number_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield all that is assigned plus or minus a number with a name, as of a prior.

    Parameters
    ----------
    slot : Slot
        An expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        ``counts / n + prior`` for ``counts / n``.
    """
    match slot.statement:
        case ast.Assign(targets=[ast.Name()]) | ast.AugAssign(target=ast.Name()) if slot.is_whole:
            pass
        case _:
            return
    read_here = {last_key(text) for text in known.read}
    for name, value in known.constants.items():
        if name not in known.source.sorts and name not in read_here:
            for operation, sign in ((ast.Add(), "+"), (ast.Sub(), "-")):
                new = ast.BinOp(slot.node, operation, ast.Constant(value))
                yield slot.becomes(new, _OF_TERM, _TERM, f"`{sign} {name}` is missing")
    if known.shape_of_target(slot.statement) == ():
        yield from _of_numbers(slot, known)


def _of_numbers(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield a number plus or minus another one that the statement does not read."""
    read_here = {n.id for n in ast.walk(slot.statement) if isinstance(n, ast.Name)}
    for name, sort in known.source.sorts.items():
        if sort == ("number",) and name not in read_here:
            for operation, sign in ((ast.Add(), "+"), (ast.Sub(), "-")):
                new = ast.BinOp(slot.node, operation, ast.Name(name, ast.Load()))
                yield slot.becomes(new, _OF_TERM, _BESIDE_NUMBER, f"`{sign} {name}` is missing")


def _divides(slot: Slot) -> bool:
    holder = slot.holder
    return isinstance(holder, ast.BinOp) and isinstance(holder.op, ast.Div) and slot.name == "right"


def einsum_patches(slot: Slot) -> Iterator[Patch]:
    """Yield the sum over a letter of ``einsum`` divided by how many there are.

    Parameters
    ----------
    slot : Slot
        An expression.

    Yields
    ------
    Patch
        ``np.einsum("nd,nd->n", a, b) / a.shape[1]``, the mean of products.
    """
    match slot.node:
        case ast.Call(args=[ast.Constant(str(text)), *operands], func=called) if (
            getattr(called, "attr", getattr(called, "id", "")) == "einsum"
        ):
            read_in, arrow, made = text.replace(" ", "").partition("->")
            for letter in dict.fromkeys(read_in if arrow else ""):
                place = _place_of(letter, read_in.split(","), operands)
                if letter.isalpha() and letter not in made and place is not None:
                    number = read(place)
                    message = f"`/ {text_of(number)}` is missing"
                    new = ast.BinOp(slot.node, ast.Div(), number)
                    yield slot.becomes(new, _MEAN, _OF_MEAN, message)


def _place_of(letter: str, letters: Sequence[str], operands: Sequence[ast.expr]) -> str | None:
    """Return how many there are of what a letter counts, as source."""
    for axes, operand in zip(letters, operands, strict=False):
        if letter in axes and axes.isalpha() and isinstance(operand, ast.Name | ast.Attribute):
            return f"{text_of(operand)}.shape[{axes.index(letter)}]"
    return None
