"""Other operations, numbers and functions in a formula, or fewer of them."""

import ast
from collections.abc import Iterator

from trainwell.diagnosis.gradient_localisation.edits_of_values import PRODUCTS
from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot
from trainwell.diagnosis.gradient_patches.patches_of_literals import (
    LOOP,
    OF_AXIS,
    THRESHOLD,
    is_axis,
    is_module,
    literal_patches,
)
from trainwell.diagnosis.gradient_patches.syntax import text_of

_SWAPS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.MatMult, ast.Add),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
}
_FUNCTIONS = {
    "sum": ("mean",),
    "mean": ("sum",),
    "exp": ("log", "tanh"),
    "log": ("exp", "log1p"),
    "tanh": ("sin", "exp"),
    "sin": ("cos",),
    "cos": ("sin",),
    "sqrt": ("square",),
    "square": ("sqrt",),
    "sign": ("abs",),
    "abs": ("sign",),
    "maximum": ("minimum",),
    "minimum": ("maximum",),
    "greater": ("less", "greater_equal"),
    "less": ("greater", "less_equal"),
    "empty": ("zeros",),
    "ones": ("zeros",),
    "ones_like": ("zeros_like",),
    "zeros_like": ("ones_like",),
    "empty_like": ("zeros_like",),
}
_LAYERS = ("L", "layers", "depth", "n_layers", "num_layers")  # how their number is called
_LOST = {"clip": "clipped", "maximum": "clipped", "minimum": "clipped", "clamp": "clipped"}
_ROUNDED = ("float16", "float32", "half", "astype", "round", "rint", "floor", "int")
_TURNED = ("flip", "flipud", "fliplr", "roll", "reshape", "ravel", "transpose", "swapaxes", "T")
_OF_TEXT = 1.05  # cost of another comparison with a text
NOT_FINITE = ("nan", "inf", "NaN", "Inf")
"""What NumPy calls numbers that are none."""
_KEPT = ("setdefault", "getattr", "get", "__dict__")


def formula_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield changes of one operation, number or call.

    Parameters
    ----------
    slot : Slot
        Which expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        The simplest are not necessarily first.
    """
    node = slot.node
    yield from _slope_of_tanh(slot)
    if slot.name == "args" and not slot.is_index and not isinstance(node, ast.Constant):
        negative = ast.UnaryOp(ast.USub(), node)
        yield slot.becomes(negative, ("sign", "operand", "activation-wrong"), 1.2)
    if slot.name == "elts" and len(slot.outer) > 2 and not slot.is_index:  # others as statements
        yield from _sign_of_element(slot)
    if isinstance(node, ast.BinOp):
        yield from _operations(slot, node)
        yield from _fewer(slot, node, known)
        yield from _inside(slot, node, known)
    elif isinstance(node, ast.UnaryOp):
        yield from _without_sign(slot, node)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield from _comparisons(slot, node)
    elif isinstance(node, ast.Constant):
        yield from literal_patches(slot, node, known)
    elif isinstance(node, ast.Call):
        yield from _calls(slot, node)
    elif isinstance(node, ast.BoolOp | ast.IfExp):
        for value in node.values if isinstance(node, ast.BoolOp) else (node.body, node.orelse):
            yield slot.becomes(value, ("mask", "path", "activation-wrong"), 1.1)


def _sign_of_element(slot: Slot) -> Iterator[Patch]:
    """Yield an element of a matrix that is written out, such as ``[[c, -s], [s, c]]``, negated."""
    match slot.node:
        case ast.UnaryOp(op=ast.USub()) | ast.List() | ast.Tuple() | ast.Starred():
            return
        case ast.Constant(value=was) if not was or isinstance(was, str | bool):
            return
    negative = ast.UnaryOp(ast.USub(), slot.node)
    text = f"`{text_of(slot.node)}`"
    if ast.unparse(slot.statement).count(text[1:-1]) > 1:
        text = f"element {_place_in_literal(slot)}, {text},"
    message = f"{text} has the wrong sign"
    yield slot.becomes(negative, ("sign", "operand", "operation"), 1.1, message, factor=-1.0)


def _place_in_literal(slot: Slot) -> list[int]:
    """Return the indices of an element in the lists around it."""
    below: ast.AST = slot.node
    places: list[int] = []
    for holder in slot.outer:
        if not isinstance(holder, ast.List | ast.Tuple):
            break
        places.insert(0, next(at for at, each in enumerate(holder.elts) if each is below))
        below = holder
    return places


def _without_sign(slot: Slot, node: ast.UnaryOp) -> Iterator[Patch]:
    """Yield an expression without its minus, or what is left of 1 without it."""
    cost = 0.95 if slot.is_whole else 1.0  # a minus that was written on purpose
    factor = -1.0 if isinstance(node.op, ast.USub) else None
    kinds: tuple[str, ...] = ("sign", "operation", "path")
    if is_axis(slot):
        kinds, factor = OF_AXIS, None
    yield slot.becomes(node.operand, kinds, cost, factor=factor)
    if isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        rest = ast.BinOp(ast.Constant(1), ast.Sub(), node.operand)
        yield slot.becomes(rest, ("path", "activation-wrong", "operand"), 1.3)


def _slope_of_tanh(slot: Slot) -> Iterator[Patch]:
    """Yield ``1 - a**2`` for ``1 - a``."""
    match slot.node:
        case ast.BinOp(
            left=ast.Constant(value=1 | 1.0),
            op=ast.Sub(),
            right=ast.Name() | ast.Attribute() | ast.Subscript() as value,
        ):
            rest = ast.BinOp(
                slot.node.left, ast.Sub(), ast.BinOp(value, ast.Pow(), ast.Constant(2))
            )
            kinds = ("activation-wrong", "operation", "constant")
            yield slot.becomes(rest, kinds, 1.05)


def _inside(slot: Slot, node: ast.BinOp, known: Around) -> Iterator[Patch]:
    """Yield ``sqrt(v + eps)`` for ``sqrt(v) + eps``."""
    call = node.left
    outside = isinstance(node.op, ast.Add | ast.Sub) and known.is_number(node.right)
    if outside and isinstance(call, ast.Call) and len(call.args) == 1:
        inner = ast.BinOp(call.args[0], node.op, node.right)
        kinds = ("constant", "activation-wrong", "operation")
        yield slot.becomes(ast.Call(call.func, [inner], call.keywords), kinds, 1.0)


def _operations(slot: Slot, node: ast.BinOp) -> Iterator[Patch]:
    for other in _SWAPS.get(type(node.op), ()):
        kinds: tuple[str, ...] = ("operation", "factor", "uniform")
        if isinstance(node.op, ast.FloorDiv):
            kinds = ("precision", "operation")
        elif isinstance(node.op, ast.Add | ast.Sub):
            kinds = ("operation", "sign", "path")
        kinds = ("mask", *kinds[:2]) if slot.within(ast.Compare) else kinds
        # A number is hardly written as a term where a factor was meant, or the reverse.
        far = {type(node.op), other} == {ast.Add, ast.Mult}
        if far and isinstance(node.left, ast.Constant):
            continue
        new = ast.BinOp(node.left, other(), node.right)
        yield slot.becomes(new, kinds, 1.1 if far else 1.0)
    if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult | ast.Pow):
        kinds = ("sign", "operation") if isinstance(node.op, ast.Sub) else ("operation",)
        kinds = ("transposed", "operand") if isinstance(node.op, ast.MatMult) else kinds
        yield slot.becomes(ast.BinOp(node.right, node.op, node.left), kinds, 1.1)
    if isinstance(node.op, ast.Pow | ast.Mult | ast.Div) and isinstance(node.right, ast.Constant):
        return
    if isinstance(node.op, ast.Mult | ast.Div) and isinstance(node.left, ast.BinOp):
        inner = node.left
        if isinstance(inner.op, ast.Add | ast.Sub):
            # a + b * c for (a + b) * c: a bracket too many.
            product = ast.BinOp(inner.right, node.op, node.right)
            yield slot.becomes(ast.BinOp(inner.left, inner.op, product), ("path", "operation"), 1.2)


def _fewer(slot: Slot, node: ast.BinOp, known: Around) -> Iterator[Patch]:
    """Yield one side of an operation in the place of both."""
    for kept, lost in ((node.left, node.right), (node.right, node.left)):
        cost = 1.0 if kept is node.left else 1.03
        kinds = _of_loss(slot, node, lost, known)
        if kinds[0] == "regularisation" and slot.within(ast.Compare):
            continue
        if isinstance(node.op, ast.Sub) and kept is node.right:
            yield slot.becomes(ast.UnaryOp(ast.USub(), kept), kinds, cost + 0.1)
        factor = _factor_of(node, lost)
        if factor == 0:
            kinds = ("zero", *kinds)
        yield slot.becomes(kept, kinds, cost, factor=factor)


def _factor_of(node: ast.BinOp, side: ast.expr) -> float | None:
    """Return by what an operation multiplies one side, if that is a number."""
    match node.op, side:
        case ast.Mult(), ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Div(), ast.Constant(value=int() | float() as number) if number and (
            side is node.right
        ):
            return 1 / number
        case _:
            return None


def _of_loss(slot: Slot, node: ast.BinOp, lost: ast.expr, known: Around) -> tuple[str, ...]:
    """Return what was wrong if one side of an operation is too many."""
    inside = {n.id for n in ast.walk(lost) if isinstance(n, ast.Name)}
    called = {n.attr for n in ast.walk(lost) if isinstance(n, ast.Attribute)} | inside
    kinds: tuple[str, ...] = ("activation-wrong", "mask", "path", "operand")
    if called & set(_KEPT):
        kinds = ("accumulated", "stale")
    elif slot.is_index:
        kinds = ("operand", "copied", "path")
    elif isinstance(slot.holder, ast.Call) and text_of(slot.holder.func) == "range":
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        kinds = ("path", *LOOP) if names & set(_LAYERS) else LOOP
    elif slot.within(ast.Compare) and known.is_number(node):
        kinds = THRESHOLD
    elif isinstance(node.op, ast.Add | ast.Sub) and known.is_number(node):
        kinds = ("constant", "activation-wrong", "factor")
    elif isinstance(node.op, ast.Add | ast.Sub):
        penalty = ("regularisation",) if inside & known.parameters else ()
        kinds = (*penalty, "path", "operand", "activation-wrong")
    elif "norm" in called:
        kinds = ("clipped", "factor", "uniform")
    elif isinstance(node.op, ast.MatMult):
        kinds = ("operand", "matrix", "path")
    elif known.is_number(lost):
        kinds = ("factor", "constant", "uniform")
    return kinds


def _comparisons(slot: Slot, node: ast.Compare) -> Iterator[Patch]:
    kinds = ("mask", "activation-wrong", "path")
    own = node.ops[0]
    equal = isinstance(own, ast.Eq | ast.NotEq)
    # `kind == "relu"` is hardly written by mistake.
    base = _OF_TEXT if any(map(_is_text, (node.left, *node.comparators))) else 1.0
    for other in (ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq, ast.NotEq):
        if not isinstance(own, other):
            far = equal != (other in (ast.Eq, ast.NotEq))  # where a number is larger, or the same
            cost = base + (0.15 if far else 0.0)
            yield slot.becomes(ast.Compare(node.left, [other()], node.comparators), kinds, cost)
    if not equal and not isinstance(own, ast.In | ast.NotIn):
        swapped = ast.Compare(node.comparators[0], node.ops, [node.left])
        yield slot.becomes(swapped, kinds, 1.2)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _calls(slot: Slot, node: ast.Call) -> Iterator[Patch]:
    """Yield another function, other arguments, and the argument without the call."""
    called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    called = node.func.id if isinstance(node.func, ast.Name) else called
    yield from _functions(slot, node, called)
    kinds = _of_call(node, called)
    cost = 1.0 if kinds[0] != "operation" else 1.15
    arguments = list(node.args)
    if isinstance(node.func, ast.Attribute) and not is_module(node.func.value):
        arguments.append(node.func.value)
    for argument in arguments:
        if not isinstance(argument, ast.Starred) and not _is_constant(argument):
            yield slot.becomes(argument, kinds, cost)
    for at in range(len(node.args) - 1):
        swapped = [*node.args[:at], node.args[at + 1], node.args[at], *node.args[at + 2 :]]
        new = ast.Call(node.func, swapped, node.keywords)
        yield slot.becomes(new, ("operand", "transposed", "operation", "sign"), 1.15)
    if called == "range":
        yield from _ranges(slot, node)


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node.operand if isinstance(node, ast.UnaryOp) else node, ast.Constant)


def _functions(slot: Slot, node: ast.Call, called: str) -> Iterator[Patch]:
    """Yield another function, and another axis."""
    for other in _FUNCTIONS.get(called, ()):
        if isinstance(node.func, ast.Attribute):
            function = ast.Attribute(node.func.value, other, ast.Load())
            kinds: tuple[str, ...] = ("operation", "operand")
            if other in ("sum", "mean"):
                kinds = ("factor", "reduction", "uniform")
            elif other.startswith(("zeros", "ones")):
                kinds = ("operand", "support", "regularisation")
            new = ast.Call(function, node.args, node.keywords)
            yield slot.becomes(new, (*kinds, "activation-wrong"), 1.1)
    for at, keyword in enumerate(node.keywords):
        if keyword.arg in ("axis", "dim", "keepdims", "keepdim", "where", "ddof"):
            rest = [*node.keywords[:at], *node.keywords[at + 1 :]]
            new = ast.Call(node.func, node.args, rest)
            yield slot.becomes(new, ("reduction", "support"), 1.1)
    if called in ("sum", "mean") and not any(k.arg in ("axis", "dim") for k in node.keywords):
        for axis in (0, 1, -1):
            words = [ast.keyword("axis", ast.Constant(axis)), *node.keywords]
            yield slot.becomes(ast.Call(node.func, node.args, words), ("reduction",), 1.1)


def _of_call(node: ast.Call, called: str) -> tuple[str, ...]:
    """Return what was wrong if a call is too many."""
    inside = {n.attr for n in ast.walk(node.func) if isinstance(n, ast.Attribute)} | {called}
    written = {n.attr for arg in node.args for n in ast.walk(arg) if isinstance(n, ast.Attribute)}
    kinds: tuple[str, ...] = ("operation", "path", "activation-wrong")
    if inside & set(_KEPT):
        kinds = ("stale", "accumulated", "operand")
    elif written & set(NOT_FINITE):
        kinds = ("not-finite", "operation")
    elif called in _LOST:
        kinds = (_LOST[called], "mask")
    elif inside & set(_ROUNDED):
        kinds = ("precision", "operation")
    elif inside & set(_TURNED):
        kinds = ("permuted", "transposed")
    elif called in PRODUCTS:
        kinds = ("operand", "matrix", "operation")
    return kinds


def _ranges(slot: Slot, node: ast.Call) -> Iterator[Patch]:
    """Yield a loop that runs once more, or once less, at either end."""
    kinds, one = LOOP, ast.Constant(1)
    for at, argument in enumerate(node.args):
        for operation in (ast.Add(), ast.Sub()):
            arguments = list(node.args)
            arguments[at] = ast.BinOp(argument, operation, one)
            yield slot.becomes(ast.Call(node.func, arguments, []), kinds, 1.15)
    if len(node.args) == 1:
        yield slot.becomes(ast.Call(node.func, [one, *node.args], []), kinds, 1.2)
    elif len(node.args) == 2:
        yield slot.becomes(ast.Call(node.func, [node.args[1]], []), kinds, 1.2)
