r"""What the derivative by a logarithm has beside that by the scale itself, its factor.

:math:`\partial L / \partial \log k = k \, \bar{k}`: a scale is often a parameter as its logarithm,
and what is returned is the derivative by the scale.
"""

import ast
from collections.abc import Iterator

from trainwell.diagnosis.gradient_localisation.namesakes import alike
from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot

_KINDS = ("activation-missing", "factor", "path")
_COST = 1.3


def logarithm_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield ``dk * k`` for a number ``dk`` that is returned.

    Parameters
    ----------
    slot : Slot
        Which expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        Of numbers; a factor that an array lacks is offered everywhere.
    """
    if not isinstance(slot.node, ast.Name) or not isinstance(slot.statement, ast.Return):
        return
    own = frozenset((slot.node.id,))
    for name, sort in known.source.sorts.items():
        if sort == ("number",) and alike(own, frozenset((name,))):
            product = ast.BinOp(slot.node, ast.Mult(), ast.Name(name, ast.Load()))
            yield slot.becomes(product, _KINDS, _COST, f"`* {name}` is missing")
