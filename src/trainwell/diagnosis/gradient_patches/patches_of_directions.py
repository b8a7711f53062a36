"""What is to go the other way: kernels, loops, indices, running sums, angles of complex numbers."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import combinations

from trainwell.diagnosis.gradient_localisation.statements import nodes_of, source_of
from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot
from trainwell.diagnosis.gradient_patches.patches_of_choices import CONVOLVING, EXCHANGED

_INDICES = 1.0  # cost of two indices that are exchanged
_TURNED = 1.05  # of a kernel, or a loop, that goes the wrong way
_CONJUGATE = 0.95  # of a conjugate that was forgotten
_FIRST = ast.Constant(0)
_FROM_THE_END = 1.1  # of a sum that runs from the wrong end


def direction_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield an expression the other way round.

    Parameters
    ----------
    slot : Slot
        Which expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        Of a convolution the derivative is a correlation, of a spectrum's product a conjugate, of
        a running sum one from the end, and a loop goes back.
    """
    node, holder = slot.node, slot.holder
    if isinstance(node, ast.Call):
        yield from _sum_from_the_end(slot, node, known)
        yield from _at_the_other_end(slot, node)
    match holder:
        case ast.BinOp(op=ast.Mult() | ast.Div() | ast.MatMult()):
            module = _with_spectra(source_of(known.source.file))
            if module and isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
                function = ast.Attribute(ast.Name(module, ast.Load()), "conj", ast.Load())
                conjugate = ast.Call(function, [node], [])
                yield slot.becomes(conjugate, ("operand", "operation"), _CONJUGATE)
        case ast.For() if slot.name == "iter" and not _is_reversed(node):
            yield slot.becomes(_backwards(node), ("path", "stale", "permuted"), _TURNED)
        case ast.Subscript(slice=ast.Tuple()) if slot.name == "slice":
            yield from _indices_exchanged(slot)
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            shape = known.shape(node)
            if slot.name == "args" and shape and {name, EXCHANGED.get(name)} & CONVOLVING:
                turned = _from_the_end(node, range(len(shape)), len(shape))
                yield slot.becomes(turned, ("permuted", "operand"), _TURNED)


def _at_the_other_end(slot: Slot, node: ast.Call) -> Iterator[Patch]:
    """Yield ``grads.insert(0, d)`` for ``grads.append(d)``, and the reverse."""
    match slot.holder, node:
        case ast.Expr(), ast.Call(func=ast.Attribute(holder, "append"), args=[added]):
            function, arguments = ast.Attribute(holder, "insert", ast.Load()), [_FIRST, added]
            said = "`.append(...)` should be `.insert(0, ...)`"
        case ast.Expr(), ast.Call(
            func=ast.Attribute(holder, "insert"), args=[ast.Constant(0), added]
        ):
            function, arguments = ast.Attribute(holder, "append", ast.Load()), [added]
            said = "`.insert(0, ...)` should be `.append(...)`"
        case _:
            return
    new = ast.Call(function, arguments, [])
    yield slot.becomes(new, ("permuted", "matrix", "operand"), _TURNED, said)


def _from_the_end(node: ast.expr, axes: range | tuple[int, ...], dimensions: int) -> ast.Subscript:
    """Return ``node[:, ::-1]``, turned round along some axes."""
    back = ast.Slice(None, None, ast.UnaryOp(ast.USub(), ast.Constant(1)))
    parts: list[ast.expr] = [
        back if at in axes else ast.Slice(None, None, None) for at in range(dimensions)
    ]
    while len(parts) > 1 and parts[-1] is not back:
        parts.pop()
    index = parts[0] if len(parts) == 1 else ast.Tuple(parts, ast.Load())
    return ast.Subscript(node, index, ast.Load())


def _sum_from_the_end(slot: Slot, node: ast.Call, known: Around) -> Iterator[Patch]:
    """Yield ``np.cumsum(x[::-1])[::-1]`` for ``np.cumsum(x)``."""
    match node:
        case ast.Call(func=ast.Attribute(attr="cumsum"), args=[array, *further]):
            shape = known.shape(array) or ()
            said = [word.value for word in node.keywords if word.arg == "axis"] or further[:1]
            axis = _whole(said[0]) if said else (0 if len(shape) == 1 else None)
            if axis is None or not -len(shape) <= axis < len(shape):
                return
            along = (axis % len(shape),)
            turned = _from_the_end(array, along, len(shape))
            summed = ast.Call(node.func, [turned, *further], node.keywords)
            new = _from_the_end(summed, along, len(shape))
            yield slot.becomes(new, ("permuted", "path", "operation"), _FROM_THE_END)


def _whole(node: ast.expr) -> int | None:
    """Return a whole number that is written."""
    match node:
        case ast.Constant(value=int() as number):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as number)):
            return -number
    return None


def _backwards(node: ast.expr) -> ast.Call:
    """Return ``reversed(...)`` of what a loop goes over; ``zip`` and its like need a list."""
    whole = isinstance(node, ast.Name | ast.Attribute) or _is_called("range", node)
    given = node if whole else ast.Call(ast.Name("list", ast.Load()), [node], [])
    return ast.Call(ast.Name("reversed", ast.Load()), [given], [])


def _is_reversed(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="reversed")):
            return True
        case ast.Subscript(slice=ast.Slice(step=ast.UnaryOp())):
            return True
    return False


def _is_called(name: str, node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def _indices_exchanged(slot: Slot) -> Iterator[Patch]:
    """Yield ``x[:, j, i]`` for ``x[:, i, j]``, and ``x[None, :]`` for ``x[:, None]``."""
    parts = slot.node.elts if isinstance(slot.node, ast.Tuple) else []
    for one, two in combinations(range(len(parts)), 2):
        pair = (parts[one], parts[two])
        named = all(isinstance(part, ast.Name | ast.Subscript) for part in pair)
        if not named and {*map(_axis, pair)} != {"old", "new"}:
            continue
        order = list(parts)
        order[one], order[two] = pair[1], pair[0]
        kinds = ("permuted", "path", "transposed")
        patch = slot.becomes(ast.Tuple(order, ast.Load()), kinds, _INDICES)
        yield replace(patch, shown=slot.holder)


def _axis(part: ast.expr) -> str:
    """Return whether a part of an index keeps an axis, or makes a new one."""
    match part:
        case ast.Slice(lower=None, upper=None, step=None):
            return "old"
        case ast.Constant(value=None) | ast.Attribute(attr="newaxis"):
            return "new"
    return ""


@lru_cache(maxsize=16)
def _with_spectra(text: str) -> str:
    """Return what NumPy is called in a source that transforms; empty if it does not."""
    for node in nodes_of(text):
        match node:
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id=module), attr="fft")):
                return module
    return ""
