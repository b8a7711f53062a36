"""Choices: a value for its mask or a function of it, the smallest for the largest, turned round."""

import ast
from collections.abc import Iterator
from functools import lru_cache

from trainwell.diagnosis.gradient_localisation.statements import nodes_of, source_of
from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot

_MASK = 1.12  # cost of a mask that was forgotten
_OTHER = 1.0  # cost of the other choice
_TURNED = 1.05  # cost of a kernel that is to be turned round
_PAIRS = {
    "max": "min",
    "maximum": "minimum",
    "argmax": "argmin",
    "amax": "amin",
    "fmax": "fmin",
    "convolve": "correlate",
    "convolve1d": "correlate1d",
    "convolve2d": "correlate2d",
}
_CONVOLVING = frozenset((*(name for name in _PAIRS if "conv" in name), "fftconvolve", "oaconvolve"))
_FUNCTIONS = ("tanh", "exp", "sqrt", "log", "sin", "cos", "abs", "square")
_OF_FUNCTION = 1.15  # cost of a function of what another one is called with
_CONJUGATE = 1.05  # cost of a conjugate that was forgotten
_EXCHANGED = {**_PAIRS, **{second: first for first, second in _PAIRS.items()}}


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
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in _EXCHANGED:
            function = ast.Attribute(value, _EXCHANGED[name], ast.Load())
            new = ast.Call(function, node.args, node.keywords)
            turning = name in _CONVOLVING or _EXCHANGED[name] in _CONVOLVING
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


def spectrum_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield ``np.conj(z)`` for ``z`` in a product, and kernels turned round in a convolution.

    Parameters
    ----------
    slot : Slot
        Which expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        Of a convolution the derivative is a correlation, of a spectrum's product a conjugate.
    """
    node, holder = slot.node, slot.holder
    match holder:
        case ast.BinOp(op=ast.Mult() | ast.Div() | ast.MatMult()):
            module = _with_spectra(source_of(known.source.file))
            if module and isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
                function = ast.Attribute(ast.Name(module, ast.Load()), "conj", ast.Load())
                conjugate = ast.Call(function, [node], [])
                yield slot.becomes(conjugate, ("operand", "operation"), _CONJUGATE)
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            shape = known.shape(node)
            if slot.name == "args" and shape and name in {*_CONVOLVING, *map(_other, _CONVOLVING)}:
                back = ast.Slice(None, None, ast.UnaryOp(ast.USub(), ast.Constant(1)))
                index = back if len(shape) == 1 else ast.Tuple([back] * len(shape), ast.Load())
                turned = ast.Subscript(node, index, ast.Load())
                yield slot.becomes(turned, ("permuted", "operand"), _TURNED)


def _other(name: str) -> str:
    return _EXCHANGED.get(name, name)


@lru_cache(maxsize=16)
def _with_spectra(text: str) -> str:
    """Return what NumPy is called in a source that transforms; empty if it does not."""
    for node in nodes_of(text):
        match node:
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id=module), attr="fft")):
                return module
    return ""


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
