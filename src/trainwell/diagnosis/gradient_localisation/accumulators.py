"""Arrays that begin as zeros and are added to: what is missing in one is called by its entry."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trainwell.diagnosis.gradient_localisation.backward import Backward
from trainwell.diagnosis.gradient_localisation.statements import (
    Statement,
    last_binding,
    node_of,
    statement_at,
)
from trainwell.diagnosis.gradient_tape.recording import Step
from trainwell.types import FloatArray

_MADE = ("zeros", "zeros_like", "empty", "empty_like", "full", "full_like")
STAYS_ZERO = "stays zero: nothing is added to it"
LACKS = "lacks something"

_DEPTH = 4  # of sums within sums
_HANDED_ON = ("add", "subtract", "multiply", "divide", "copy", "reshape")
_PRODUCTS = ("multiply", "divide", "matmul", "dot", "einsum", "outer", "tensordot", "inner")


@dataclass(frozen=True, eq=False)
class Sums:
    """Where a value that is wrong lacks something that is to be added.

    Parameters
    ----------
    backward : Backward
        The recorded passes.
    expected : mapping of str to FloatArray
        The right gradients.
    mended : tuple of str
        Parameters whose gradients the right value makes right.
    """

    backward: Backward
    expected: Mapping[str, FloatArray]
    mended: tuple[str, ...]

    def source(self, step: Step, kinds: Sequence[str], *, vague: bool) -> tuple[Step, str, str]:
        """Return where a value lacks something.

        Parameters
        ----------
        step : Step
            The value that is wrong.
        kinds : sequence of str
            What is wrong with it; ``"zero"`` first if nothing is left of it.
        vague : bool
            Whether that is all that is known.

        Returns
        -------
        step : Step
            Where its zeros come from; itself, if none are in its way.
        target : str
            What an array is called there that is to be added to; empty for the statement's own.
        message : str
            What is wrong with it, for a person; empty if it is no such array.
        """
        zero = kinds[:1] == ["zero"] and not (is_made(step) and self._are_left())
        shared = self.backward.lines_of_forward
        origin = first_zero(step, self.backward.boundary) if zero else step
        if origin.place[:2] in shared:
            origin = step
        lost = self._empty_part(step) if vague and not zero and not is_made(step) else None
        if lost is not None and lost.place[:2] not in shared:
            origin, zero = lost, True
        if not is_made(origin):
            return origin, "", ""
        message = STAYS_ZERO if zero else LACKS
        if len(self.mended) > 1:
            return origin, "", message
        return origin, entry_of(statement_at(*origin.place[:2]), self.mended[0]), message

    def _are_left(self) -> bool:
        """Say whether a gradient is not zero: something was added to what it began with."""
        outputs = self.backward.outputs
        return any(np.any(outputs[name].value) for name in self.mended)

    def _empty_part(self, step: Step) -> Step | None:
        """Return a sum of the size of the one parameter that a value has as a part, still zero."""
        if len(self.mended) != 1:
            return None
        shape = np.shape(self.expected[self.mended[0]])
        sums = [each for each in self.backward.steps if each.operation in ("add", "subtract")]
        level = [step, *(each for each in sums if any(p is step for p in each.parents))]
        for _ in range(_DEPTH):
            pairs = [(s, p) for s in level if s.operation in _HANDED_ON for p in s.parents]
            for whole, part in pairs:
                if part.index < self.backward.boundary or np.any(part.value):
                    continue
                origin = first_zero(part, self.backward.boundary)
                alike = is_made(origin) and np.shape(origin.value) == shape
                # The first addend finds a sum empty.
                if alike and _owner(whole) not in _owner(origin).split(", "):
                    return origin
            level = [part for _, part in pairs]
        return None


def _owner(step: Step) -> str:
    """Return what the statement of a step assigns to, without indices."""
    return statement_at(*step.place[:2]).target.partition("[")[0]


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
        As ``grads = {name: np.zeros_like(p) for name, p in params.items()}``, the same in
        ``dict(...)``, or ``grads["d" + name] = np.zeros_like(params[name])`` in a loop.
    parameter : str
        Which one, such as ``"W1"``.

    Returns
    -------
    str
        As ``grads['W1']``; what the statement assigns, where nothing else can be told.
    """
    match node_of(statement):
        case ast.Assign(targets=[ast.Subscript(value=owner, slice=key)]):
            keys = [_key(key, parameter)] if not isinstance(key, ast.Constant) else []
        case ast.Assign(
            targets=[owner],
            value=ast.DictComp(key=key)
            | ast.Call(
                func=ast.Name(id="dict"),
                args=[ast.GeneratorExp(elt=ast.Tuple(elts=[key, _]))],
            ),
        ):
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
                return next(((n, at) for n, at in found if at is not None and _is_zero(at)), None)
    return None


def _is_zero(statement: Statement) -> bool:
    """Say whether a statement assigns zero, or an array of zeros."""
    match node_of(statement):
        case ast.Assign(value=value) | ast.AnnAssign(value=value):
            pass
        case _:
            return False
    return value is not None and is_zero(value)


def is_zero(value: ast.expr) -> bool:
    """Say whether an expression is zero, or an array of zeros."""
    match value:
        case ast.Constant(value=number):
            return type(number) in (int, float) and number == 0
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in ("zeros", "zeros_like")
    return False


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
