"""Arrays that begin as zeros and are added to: what is missing in one is called by its entry."""

import ast
from collections.abc import Iterator

import numpy as np

from trainwell.diagnosis.gradients.recording import Step
from trainwell.diagnosis.gradients.statements import Statement, last_binding

_MADE = ("zeros", "zeros_like", "empty", "empty_like", "full", "full_like")
_PRODUCTS = ("multiply", "divide", "matmul", "dot", "einsum", "outer", "tensordot", "inner")


def is_made(step: Step) -> bool:
    """Say whether a step makes an array to be written to."""
    return step.operation in _MADE and not step.parents


def first_zero(step: Step, boundary: int) -> Step:
    """Return where the zeros of a value come from.

    Parameters
    ----------
    step : Step
        Of the backward pass; all its elements are zero.
    boundary : int
        Index of the first step of the backward pass.

    Returns
    -------
    Step
        The last of the steps behind it whose zeros none of its arguments explains.
    """
    while True:
        inner = [parent for parent in step.parents if parent.index >= boundary]
        zero = [parent for parent in inner if not np.any(parent.value)]
        explained = zero and (len(zero) == len(step.parents) or step.operation in _PRODUCTS)
        if not explained:
            return step
        step = zero[0]


def entry_of(statement: Statement, parameter: str) -> str:
    """Return what a statement that makes zeros for many parameters makes for one of them.

    Parameters
    ----------
    statement : Statement
        As ``grads = {name: np.zeros_like(p) for name, p in params.items()}``, or
        ``grads["d" + name] = np.zeros_like(params[name])`` in a loop.
    parameter : str
        Which one, such as ``"W1"``.

    Returns
    -------
    str
        As ``grads['W1']``; what the statement assigns, where nothing else can be told.
    """
    try:
        node = ast.parse(statement.text).body[0]
    except (SyntaxError, IndexError):
        return statement.target
    match node:
        case ast.Assign(targets=[ast.Subscript(value=owner, slice=key)]):
            keys = [_key(key, parameter)] if not isinstance(key, ast.Constant) else []
        case ast.Assign(targets=[owner], value=ast.DictComp(key=key)):
            keys = [_key(key, parameter)]
        case ast.Assign(targets=[owner], value=ast.Dict(keys=written)):
            texts = [key.value for key in written if isinstance(key, ast.Constant)]
            keys = [text for text in texts if text in (parameter, f"d{parameter}")]
        case _:
            return statement.target
    known = next((key for key in keys if key is not None), None)
    return statement.target if known is None else f"{ast.unparse(owner)}[{known!r}]"


def left_at_zero(tree: ast.FunctionDef, file: str, parameter: str) -> tuple[str, Statement] | None:
    """Return a number that a function hands out as a gradient as it is, and where it is set.

    Parameters
    ----------
    tree : ast.FunctionDef
        As ``db = 0.0`` and ``return {"db": np.array([db])}``.
    file : str
        In which it stands.
    parameter : str
        Whose gradient nothing was added to, such as ``"b"``.

    Returns
    -------
    tuple of str and Statement, or None
        ``None`` where no dictionary has an entry for it, or its value is no such number.
    """
    for node in ast.walk(tree):
        if not isinstance(node, ast.Dict):
            continue
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value in (parameter, f"d{parameter}"):
                names = [n.id for n in ast.walk(value) if isinstance(n, ast.Name)]
                found = ((name, last_binding(file, name, value.lineno)) for name in names)
                return next(((name, at) for name, at in found if at is not None), None)
    return None


def _key(node: ast.expr, parameter: str) -> str | None:
    """Return the text that an expression of one variable gives for a parameter's name."""
    parts = list(_parts(node))
    if sum(is_name for _, is_name in parts) != 1:
        return None
    return "".join(parameter if is_name else part for part, is_name in parts)


def _parts(node: ast.expr) -> Iterator[tuple[str, bool]]:
    """Yield the texts and variables that are put together."""
    match node:
        case ast.Name(id=name):
            yield name, True
        case ast.Constant(value=str(text)):
            yield text, False
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from _parts(left)
            yield from _parts(right)
        case ast.JoinedStr(values=values):
            for value in values:
                yield from _parts(value.value if isinstance(value, ast.FormattedValue) else value)
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod(), right=ast.Name(id=name)):
            before, _, behind = text.partition("%s")
            yield from ((before, False), (name, True), (behind, False))
