"""What others like it have: products of a sum, as ``di * p_i + df * p_f``; arguments; values."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from itertools import islice, product

from trainwell.diagnosis.gradient_patches.around import Around, last_key
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot
from trainwell.diagnosis.gradient_patches.patches_of_ones import read
from trainwell.diagnosis.gradient_patches.syntax import parts_of

_KINDS = ("path", "operand", "activation-wrong")
_COST = 1.28
_ARGUMENT = 1.15
_VALUE = 1.22
_OF_CALL = ("operand", "path", "activation-wrong")
_COMPUTED = (ast.BinOp, ast.UnaryOp)
_MOST = 60  # pairs of factors for each product


def series_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield a sum with one product more, like one that it has.

    Parameters
    ----------
    slot : Slot
        Which expression: all that a statement assigns or returns.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        Of factors of the same shapes, gradients for gradients and parameters for parameters.
    """
    if not slot.is_whole:
        return
    terms = [*parts_of(slot.node, ast.Add)]
    present = {ast.unparse(term) for term in terms}
    for term in terms:
        match term:
            case ast.BinOp(left, ast.Mult() | ast.MatMult() as operation, right):
                pairs = product(_alike(left, known), _alike(right, known))
            case _:
                continue
        for one, other in islice(pairs, _MOST):
            new = ast.BinOp(read(one), operation, read(other))
            said = ast.unparse(new)
            if said not in present:
                present.add(said)
                longer = ast.BinOp(slot.node, ast.Add(), new)
                yield slot.becomes(longer, _KINDS, _COST, f"`+ {said}` is missing")


def argument_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield what another call of the same function is given in that place.

    Parameters
    ----------
    slot : Slot
        Which expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        ``vjp(z2, t + 0.5 * h)`` for ``vjp(z2, t)``, where ``vjp(z3, t + 0.5 * h)`` stands.
    """
    match slot.holder:
        case ast.Call(called, args) if slot.name == "args" and slot.at is not None:
            pass
        case _:
            return
    alike = _calls_in(known.source.tree).get(ast.unparse(called), ())  # of a patch: none
    others = (node.args[slot.at] for node in alike if len(node.args) == len(args))
    found = {ast.unparse(each): each for each in others if isinstance(each, _COMPUTED)}
    found.pop(ast.unparse(slot.node), None)
    for argument in found.values():
        yield slot.becomes(deepcopy(argument), _OF_CALL, _ARGUMENT)


@lru_cache(maxsize=16)
def _calls_in(tree: ast.FunctionDef) -> Mapping[str, Sequence[ast.Call]]:
    """Return the calls in a function, by what they call."""
    found: dict[str, list[ast.Call]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found.setdefault(ast.unparse(node.func), []).append(node)
    return found


def value_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield a variable for an entry of a table: what is computed from it may be meant.

    Parameters
    ----------
    slot : Slot
        Which expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        ``delta * v`` for ``delta * params["In"][c]``, where ``v = embed(params, c)`` stands.
    """
    match slot.node, slot.holder:
        case ast.Subscript(slice=ast.Name()), ast.BinOp() | ast.Call():
            pass
        case _:
            return
    present = {node.id for node in ast.walk(slot.statement) if isinstance(node, ast.Name)}
    for name in known.values:
        if name not in present:
            yield slot.becomes(ast.Name(name, ast.Load()), _OF_CALL, _VALUE)


def _alike(node: ast.expr, known: Around) -> list[str]:
    """Return what could stand for a factor: arrays of its shape and of its sort."""
    turned = isinstance(node, ast.Attribute) and node.attr == "T"
    base = node.value if isinstance(node, ast.Attribute) and turned else node
    shape = known.shape(base)
    if not shape:
        return []
    own = ast.unparse(base)
    sort = _sort(own, known)
    owner = own.partition("[")[0].partition(".")[0]
    found = [
        text
        for text, other in known.arrays.items()
        if other == shape and _sort(text, known) == sort
        if "[" not in text or text.startswith(owner)  # `p["W"]` is `self.p["W"]`, too
    ]
    return [f"{text}.T" if turned else text for text in sorted(found, key=own.__ne__)]


def _sort(text: str, known: Around) -> tuple[bool, bool]:
    return text in known.passed_on, last_key(text) in known.parameters
