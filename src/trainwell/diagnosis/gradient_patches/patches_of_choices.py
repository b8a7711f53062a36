"""Choices: a value for its mask or a function of it, the smallest for the largest."""

import ast
from collections.abc import Iterator
from functools import lru_cache

from trainwell.diagnosis.gradient_localisation.statements import nodes_of, source_of
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
    "convolve": "correlate",
    "convolve1d": "correlate1d",
    "convolve2d": "correlate2d",
    **{name: f"i{name}" for name in ("fft", "fft2", "fftn", "rfft", "rfft2", "rfftn")},
}
CONVOLVING = frozenset((*(name for name in _PAIRS if "conv" in name), "fftconvolve", "oaconvolve"))
"""Functions that turn one of their arguments round."""
_FUNCTIONS = ("tanh", "exp", "sqrt", "log", "sin", "cos", "abs", "square")
_OF_FUNCTION = 1.15  # cost of a function of what another one is called with
EXCHANGED = {**_PAIRS, **{second: first for first, second in _PAIRS.items()}}
"""By the name of a function: the one it is taken for."""


def choice_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield ``d * (x > 0)`` for ``d * x``, ``np.max`` for ``np.min``, ``f(g(x))`` for ``f(x)``.

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
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in EXCHANGED:
            function = ast.Attribute(value, EXCHANGED[name], ast.Load())
            new = ast.Call(function, node.args, node.keywords)
            turning = name in CONVOLVING or EXCHANGED[name] in CONVOLVING
            kinds = ("permuted", "operation") if turning else ("operation", "mask", "operand")
            yield slot.becomes(new, (*kinds, "operand"), _OTHER)
        case ast.Name() | ast.Attribute() | ast.Subscript():
            product = isinstance(holder, ast.BinOp) and isinstance(holder.op, ast.Mult)
            if product and known.shape(node) and not _is_mask(node, known):
                positive = ast.Compare(node, [ast.Gt()], [ast.Constant(0)])
                yield slot.becomes(positive, ("mask", "activation-wrong", "operand"), _MASK)
            if _is_argument(slot, known) and known.shape(node):
                for function in _functions_in(source_of(known.source.file)):
                    new = ast.Call(function, [node], [])
                    yield slot.becomes(new, ("activation-wrong", "operand"), _OF_FUNCTION)


def _is_mask(node: ast.expr, known: Around) -> bool:
    """Say whether a variable was made by comparing: then it is a mask, right or wrong."""
    made = (
        each.value
        for each in ast.walk(known.source.tree)
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == ast.unparse(node)
    )
    return any(isinstance(each, ast.Compare) for value in made for each in ast.walk(value))


def _is_argument(slot: Slot, known: Around) -> bool:
    """Say whether an expression is all that a formula of the user's is called with."""
    match slot.holder:
        case ast.Call(func=ast.Name(id=name), args=[_], keywords=[]):
            return slot.name == "args" and name in known.source.helpers
    return False


@lru_cache(maxsize=16)
def _functions_in(text: str) -> tuple[ast.Attribute, ...]:
    """Return the elementwise functions of NumPy that a source calls, each once."""
    found: dict[str, ast.Attribute] = {}
    for node in nodes_of(text):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(), attr=name) as function, args=[_]):
                if name in _FUNCTIONS:
                    found.setdefault(name, function)
    return tuple(found.values())
