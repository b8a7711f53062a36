"""What was given further axes, such as ``g[:, :, None]``, without the factor that they are for."""

import ast
from collections.abc import Iterator, Sequence
from itertools import combinations

from trainwell.diagnosis.gradient_patches.around import Around, last_key
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot, holder_of
from trainwell.diagnosis.gradient_patches.patches_of_ones import READ, read
from trainwell.diagnosis.gradient_patches.syntax import followed

_BROADCAST = 1.3  # cost of a factor along axes that are there for nothing otherwise
_OF_MASK = 1.15  # of one of each row, beside a number that a gradient is divided by
_MASKS = ("mask", "activation-missing", "path", "operand")
_SUMS = ("sum", "mean", "cumsum", "average")
_KINDS = ("activation-missing", "path", "operand", "activation-wrong")


def broadcast_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield a value with a factor along each axis of length 1, or one of each row in a sum.

    Parameters
    ----------
    slot : Slot
        Which expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        ``g[:, :, None] * v[:, None, :]`` where the first is all that is assigned or returned;
        ``np.sum(X * w[:, None], axis=0)``.
    """
    if isinstance(slot.node, ast.Name) and _is_summed(slot):
        yield from _by_row(slot, known)
    match slot.node:
        case ast.Subscript(value=array, slice=ast.Tuple(elts=axes)) if slot.is_whole:
            shape = _shape_with(axes, known.shape(array) or ())
        case _:
            return
    for text, own in known.arrays.items() if shape else ():
        for places in combinations(range(len(shape)), len(own)):
            if not _meets(places, own, shape):
                continue
            index = [":" if at in places else "None" for at in range(len(shape))]
            factor = text if "None" not in index else f"{text}[{', '.join(index)}]"
            new = ast.BinOp(slot.node, ast.Mult(), read(factor))
            cost = _BROADCAST + (READ if text in known.read else 0.0)
            yield slot.becomes(new, _kinds(text, known), cost, f"`* {factor}` is missing")


def masked_rows(
    body: Sequence[ast.stmt], at: int, statement: ast.AugAssign, known: Around
) -> Iterator[Patch]:
    """Yield an array that is scaled with what is given for each of its rows, as a mask, too.

    Parameters
    ----------
    body : sequence of ast.stmt
        The list in which the statement stands.
    at : int
        Its place there.
    statement : ast.AugAssign
        As ``d /= mask.sum()``.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        With ``d *= mask[:, None]`` behind it.
    """
    target = statement.target
    shape = known.shape(target) or () if isinstance(target, ast.Name) else ()
    if not isinstance(statement.op, ast.Mult | ast.Div) or not _is_one(statement.value, known):
        return
    for text, own in known.arrays.items():
        if not 0 < len(own) < len(shape) or own != shape[: len(own)]:
            continue
        index = [":"] * len(own) + ["None"] * (len(shape) - len(own))
        factor = f"{text}[{', '.join(index)}]"
        new = ast.AugAssign(target, ast.Mult(), read(factor))
        change = (holder_of(body), "body", at, followed(statement, new))
        yield Patch(statement, _MASKS, _OF_MASK, f"`* {factor}` is missing", (change,))


def _is_one(node: ast.expr, known: Around) -> bool:
    """Say whether an expression gives one number, also as a sum of all."""
    match node:
        case ast.BinOp(left=left, right=right):
            return _is_one(left, known) and _is_one(right, known)
        case ast.Call(func=ast.Attribute(attr=name), keywords=[]):
            return name in _SUMS
    return known.is_number(node)


def _is_summed(slot: Slot) -> bool:
    match slot.holder:
        case ast.Call(func=ast.Attribute(attr=name)) if name in _SUMS:
            return slot.name == "args" and slot.at == 0
    return False


def _by_row(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield a matrix with each row times its number of a vector."""
    shape = known.shape(slot.node) or ()
    for text, own in known.arrays.items() if len(shape) == 2 else ():
        if own == shape[:1]:
            factor = f"{text}[:, None]"
            new = ast.BinOp(slot.node, ast.Mult(), read(factor))
            cost = _BROADCAST + (READ if text in known.read else 0.0)
            yield slot.becomes(new, _kinds(text, known), cost, f"`* {factor}` is missing")


def _kinds(text: str, known: Around) -> tuple[str, ...]:
    """Return the kinds of a factor that is missing."""
    if last_key(text) in known.parameters:
        return ("matrix", *_KINDS)
    return (*_KINDS[1:3], *_KINDS) if text in known.passed_on else _KINDS


def _shape_with(axes: list[ast.expr], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of an array with further axes; none where it has none, or loses some."""
    new = [isinstance(axis, ast.Constant) and axis.value is None for axis in axes]
    whole = [isinstance(axis, ast.Slice) and not ast.unparse(axis).strip(":") for axis in axes]
    if not any(new) or new.count(False) != len(shape) or not all(map(max, new, whole)):
        return ()
    lengths = iter(shape)
    return tuple(1 if added else next(lengths) for added in new)


def _meets(places: tuple[int, ...], own: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Say whether an array has some length along each axis of length 1, and fits otherwise."""
    fits = all(shape[at] in (1, length) for at, length in zip(places, own, strict=True))
    return fits and all(at in places for at, length in enumerate(shape) if length == 1)
