"""Choices: a value where its mask is meant, the smallest where the largest is."""

import ast
from collections.abc import Iterator

from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot

_MASK = 1.12  # cost of a mask that was forgotten
_OTHER = 1.0  # cost of the other choice
_PAIRS = {
    "max": "min",
    "maximum": "minimum",
    "argmax": "argmin",
    "amax": "amin",
    "fmax": "fmin",
}
_EXCHANGED = {**_PAIRS, **{second: first for first, second in _PAIRS.items()}}


def choice_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield ``d * (x > 0)`` for ``d * x``, and ``np.max`` for ``np.min``.

    Parameters
    ----------
    slot : Slot
        Which expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        The slope of a rectifier, and what a pool takes.
    """
    node, holder = slot.node, slot.holder
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in _EXCHANGED:
            function = ast.Attribute(value, _EXCHANGED[name], ast.Load())
            new = ast.Call(function, node.args, node.keywords)
            yield slot.becomes(new, ("operation", "mask", "operand"), _OTHER)
        case ast.Name() | ast.Attribute() | ast.Subscript():
            product = isinstance(holder, ast.BinOp) and isinstance(holder.op, ast.Mult)
            if product and known.shape(node):
                positive = ast.Compare(node, [ast.Gt()], [ast.Constant(0)])
                yield slot.becomes(positive, ("mask", "activation-wrong", "operand"), _MASK)
