"""Other texts and numbers in the place of those that stand in a formula."""

# ruff: noqa: SIM905 - a list of names is easier to read without its commas

import ast
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from re import finditer
from typing import Any

from trainwell.diagnosis.gradient_patches.around import Around, fits
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot

_NUMBERS: dict[Any, float] = {
    **dict.fromkeys((1, 2, -1, 0.5), 1.1),
    **dict.fromkeys((0, 3), 1.15),
    **dict.fromkeys((4, -2, -0.5, 1.5, -1.5, 0.1, 0.01, 1e-8, 1e-5, 0.3, 0.2), 1.25),
}
_PLACE = ("examples", "operand", "copied", "support", "path")
_AXES = ("axis", "dim", "axes")
_SUMS = ("sum", "mean", "prod", "max", "min", "cumsum")
_COUNT = ("factor", "uniform", "constant")
_MODES = ("full", "valid", "same")
_MADE = frozenset("arange linspace zeros ones empty full eye identity".split())
"""Functions that make as many numbers as they are told: of a tiny divisor, far too many."""
_UNREAD = 0.95  # cost of a variable that nothing reads
_TARGET = 1.05  # cost of an argument in the place of 1, as of what is predicted
_OF_TARGET = ("activation-wrong", "operand", "data-term")
_COUNTED = ("constant", "path", "support")
LOOP = ("examples", "path", "support")
"""What is wrong if a loop begins or ends elsewhere."""
OF_AXIS = ("reduction", "constant", "operand")
"""What is wrong if a sum goes along another axis."""
THRESHOLD = ("mask", "constant", "activation-wrong")
"""What is wrong if something is compared with another number."""


def literal_patches(slot: Slot, node: ast.Constant, known: Around) -> Iterator[Patch]:
    """Yield other numbers and texts in the place of one.

    Parameters
    ----------
    slot : Slot
        Where it stands.
    node : ast.Constant
        The number or text.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        The simplest are not necessarily first.
    """
    was = node.value
    word = slot.holder.arg if isinstance(slot.holder, ast.keyword) else ""
    if isinstance(was, bool):
        reducing = word in ("keepdims", "keepdim")
        kinds = ("reduction",) if reducing else ("constant", "operation")
        yield slot.becomes(ast.Constant(not was), kinds, 1.1)
    elif isinstance(was, str):
        yield from _texts(slot, was, known)
    elif isinstance(was, int | float) or (was is None and is_axis(slot)):
        yield from _numbers(slot, was, known)


def _texts(slot: Slot, was: str, known: Around) -> Iterator[Patch]:
    """Yield other subscripts of einsum, modes of a convolution, and keys."""
    if "->" in was:
        for turned in _turned(was):
            yield slot.becomes(ast.Constant(turned), ("transposed", "matrix", "operand"), 1.05)
    elif was in _MODES:
        for other in _MODES:
            if other != was:
                yield slot.becomes(ast.Constant(other), ("operand", "operation", "path"), 1.05)
    elif not slot.within(ast.Subscript):
        for other in known.keys:
            if other != was:
                yield slot.becomes(ast.Constant(other), ("operand", "copied"), 1.2)


def _turned(subscripts: str) -> Iterator[str]:
    """Yield subscripts of einsum with two letters of one array exchanged, the result's first."""
    arrays = list(finditer(r"[A-Za-z]{2,}", subscripts))
    for found in reversed(arrays):
        letters = found.group()
        for i, j in combinations(range(len(letters)), 2):
            other = letters[:i] + letters[j] + letters[i + 1 : j] + letters[i] + letters[j + 1 :]
            yield subscripts[: found.start()] + other + subscripts[found.end() :]


def _numbers(slot: Slot, was: Any, known: Around) -> Iterator[Patch]:
    placed = _of_place(slot, was)
    kinds, numbers = placed or _of_formula(slot, was)
    for name in sorted(known.unread) if placed is None else ():
        if known.source.sorts.get(name, ("",))[0] == "number":
            meant = slot.becomes(ast.Name(name, ast.Load()), kinds, _UNREAD)
            yield replace(meant, evident=True)
    if placed is None and slot.is_term and was == 1:
        yield from _targets(slot, known)
    for other, cost in numbers.items():
        if other is None or other != was:
            factor = was / other if kinds[0] == "factor" and other else None
            yield slot.becomes(ast.Constant(other), kinds, cost, factor=factor)
    if kinds[0] in ("factor", "constant"):
        for name, value in known.constants.items():
            if value != was and name not in known.source.sorts:
                message = f"`{was:g}` should be {name}"
                yield slot.becomes(ast.Constant(value), (*kinds, "regularisation"), 1.2, message)


def _targets(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield ``y - p`` for ``1 - p``, with arrays that nobody has computed."""
    shape = known.shape_of_target(slot.statement) or ()
    given = [a.arg for a in known.source.tree.args.args]
    for name in given if shape else ():
        own = known.source.sorts.get(name, ("",))
        if own[0] == "array" and (fits(own[1], shape) or fits(shape, own[1])):
            cost = _UNREAD if name in known.unused else _TARGET
            yield slot.becomes(ast.Name(name, ast.Load()), _OF_TARGET, cost)


_Numbers = tuple[tuple[str, ...], dict[Any, float]]
"""What is wrong if a number is, and the numbers that may be meant, with their cost."""


def _of_place(slot: Slot, was: Any) -> _Numbers | None:
    """Return the numbers of axes, indices, thresholds and loops; ``None`` for others."""
    holder = slot.holder
    call = next((each for each in slot.outer if isinstance(each, ast.Call)), None)
    found: _Numbers | None = None
    if is_axis(slot):
        axes = {0: 1.0, 1: 1.0, -1: 1.0, None: 1.0, 2: 1.1, -2: 1.1}
        found = OF_AXIS, axes
    elif (
        isinstance(holder, ast.Subscript)
        and isinstance(holder.value, ast.Attribute)
        and holder.value.attr == "shape"
    ):
        loop = isinstance(slot.statement, ast.For)
        found = LOOP if loop else _COUNT, {0: 1.0, 1: 1.0, -1: 1.0, 2: 1.05}
    elif slot.is_index and isinstance(was, int):
        found = _PLACE, {was - 1: 1.1, was + 1: 1.1, 0: 1.1, -1: 1.15}
    elif slot.within(ast.Compare):
        near = {0: 1.05, 1: 1.1, -1: 1.2, 0.5: 1.2, was + 1: 1.2, was - 1: 1.2}
        found = THRESHOLD, near
    elif call is not None and isinstance(call.func, ast.Name) and call.func.id == "range":
        ends = {was - 1: 1.1, was + 1: 1.1, 0: 1.1, 1: 1.1}
        found = LOOP, ends
    elif _is_whole(slot, was):
        found = _COUNTED, {was - 1: 1.1, was + 1: 1.1, 1: 1.1, 2: 1.1, 2 * was: 1.2}
    return found


def _is_whole(slot: Slot, was: Any) -> bool:
    """Say whether a number counts something: what is made, or what is left of a division."""
    divided = isinstance(slot.holder, ast.BinOp) and isinstance(
        slot.holder.op, ast.FloorDiv | ast.Mod
    )
    calls = (each.func for each in slot.outer if isinstance(each, ast.Call))
    made = any(isinstance(func, ast.Attribute) and func.attr in _MADE for func in calls)
    return isinstance(was, int) and (divided or made)


def is_axis(slot: Slot) -> bool:
    """Say whether an expression is the axis of a sum, by name or by place."""
    holder = slot.holder
    if isinstance(holder, ast.keyword):
        return holder.arg in _AXES
    match holder:
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in _SUMS:
            return slot.name == "args" and slot.at == (1 if is_module(value) else 0)
    return False


def _of_formula(slot: Slot, was: Any) -> _Numbers:
    """Return the numbers of a formula: factors, powers and terms."""
    numbers: dict[Any, float] = dict(_NUMBERS)
    for value in (-was, was / 2, was * 2, was / 10, was * 10, was + 1, was - 1):
        numbers.setdefault(value, 1.2)
    operation = slot.holder.op if isinstance(slot.holder, ast.BinOp) else None
    if isinstance(operation, ast.Pow):
        return ("constant", "activation-wrong", "operation"), numbers
    if isinstance(operation, ast.Add | ast.Sub):
        return ("constant", "activation-wrong", "factor"), numbers
    return ("factor", "constant", "uniform"), numbers


def is_module(node: ast.expr) -> bool:
    """Say whether an expression is a module of functions, and no array."""
    return isinstance(node, ast.Name) and node.id in ("np", "numpy", "jnp", "torch", "math")
