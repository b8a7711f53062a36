"""What a statement of the user's gives, looked at or held right while patches are tried."""

import ast
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_patches.bound_constants import bound
from trainwell.diagnosis.gradient_tape.recorder import is_traced
from trainwell.types import FloatArray

_GIVEN, _CHANGED = "given", "changed"  # methods of a hold that the user's code calls


@dataclass(frozen=True, eq=False)
class Hold:
    """A statement whose values are noted, and some of them exchanged.

    It is known again by what it gives, so that a statement of a loop may be held in some rounds.
    What a framework only follows has no numbers: it is known by its turn in the last call.

    Parameters
    ----------
    statement : ast.stmt
        It assigns, changes an array, or returns.
    pairs : sequence of tuple
        Values that it gives, and what takes their place.
    seen : list of FloatArray, optional
        What it gives is noted there, in turn.
    turns : list
        What took the place of each value, in turn; ``None`` where it stayed.
    """

    statement: ast.stmt
    pairs: Sequence[tuple[FloatArray, FloatArray]] = ()
    seen: list[FloatArray] | None = None
    turns: list[FloatArray | None] = field(default_factory=list)

    def given(self, value: Any) -> Any:
        """Return what takes the place of a value, or of the values that are unpacked."""
        if type(value) in (tuple, list):
            return type(value)(self.given(each) for each in value)
        right = self._right(value)
        return value if right is None else _like(value, right)

    def changed(self, *values: Any) -> None:
        """Write what takes their place into arrays that were changed. They are modified."""
        for value in values:
            right = self._right(value)
            if right is not None and right.ndim:
                value[...] = right if is_traced(value) else _like(value, right)

    def _right(self, value: Any) -> FloatArray | None:
        plain = _numbers(value)
        if plain is None:
            followed = hasattr(value, "aval") and value.dtype.kind == "f"
            return self.turns.pop(0) if self.turns and followed else None
        if plain.dtype.kind != "f":
            return None
        if self.seen is not None:
            self.seen.append(plain.copy())
        found = (new for old, new in self.pairs if np.array_equal(old, plain, equal_nan=True))
        right = next(found, None)
        self.turns.append(right)
        return right

    @contextmanager
    def applied(self, tree: ast.FunctionDef) -> Iterator[None]:
        """Let the statement call this for a while; what it assigns first, then what it changes."""
        node = self.statement
        held = ast.copy_location(ast.Constant(self._mark), node)
        body, value = _block_of(tree, node), getattr(node, "value", None)
        changed = _changed(node)
        if value is not None and not isinstance(node, ast.AugAssign | ast.Expr):
            vars(node)["value"] = _call(held, _GIVEN, [value])
        if body is not None and changed:
            at = next(i for i, each in enumerate(body) if each is node)
            behind = ast.copy_location(ast.Expr(_call(held, _CHANGED, changed)), node)
            body.insert(at + 1, behind)
        try:
            yield
        finally:
            if body is not None and changed:
                body.remove(behind)
            if value is not None:
                vars(node)["value"] = value

    @property
    def _mark(self) -> str:
        return f"\0held {id(self)}"

    def bound(self, code: CodeType) -> CodeType:
        """Return a code that was compiled with the statement, with this where it is called."""
        return bound(code, self._mark, self)


def _numbers(value: Any) -> Any:
    """Return the numbers of an array; ``None`` if it is none, or only followed by a framework."""
    if is_traced(value):
        value = value.step.value
    elif hasattr(value, "detach"):  # PyTorch
        value = value.detach().cpu().numpy()
    elif hasattr(value, "aval"):  # JAX
        try:
            value = np.asarray(value)
        except TypeError:
            return None
    return value if isinstance(value, np.ndarray) else None


def _like(value: Any, right: FloatArray) -> Any:
    """Return numbers as an array of the kind of another one."""
    if is_traced(value):
        return value.recorder.constant(right, "held")
    if hasattr(value, "detach"):
        return value.new_tensor(right)
    if hasattr(value, "aval"):
        return sys.modules["jax"].numpy.asarray(right, dtype=value.dtype)
    return right.copy()


def _call(held: ast.expr, name: str, arguments: list[ast.expr]) -> ast.Call:
    function = ast.Attribute(held, name, ast.Load())
    return ast.fix_missing_locations(ast.copy_location(ast.Call(function, arguments, []), held))


def _changed(node: ast.stmt) -> list[ast.expr]:
    """Return what a statement may change in place, as expressions that read it."""
    match node:
        case ast.AugAssign(target=target):
            written = [target]
        case ast.Assign(targets=targets):
            written = [each for each in targets if isinstance(each, ast.Subscript)]
        case _:
            return []
    inside = [each.value for each in written if isinstance(each, ast.Subscript)]
    own = written if isinstance(node, ast.AugAssign) else []
    return [ast.parse(ast.unparse(e), mode="eval").body for e in (*inside, *own)]


def _block_of(tree: ast.FunctionDef, statement: ast.stmt) -> list[ast.stmt] | None:
    """Return the block in which a statement stands."""
    for node in ast.walk(tree):
        for _, block in ast.iter_fields(node):
            if isinstance(block, list) and any(each is statement for each in block):
                return block
    return None


def simple_statements(tree: ast.FunctionDef, line: int) -> list[ast.stmt]:
    """Return the statements of a function that stand in a line and have no block."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt)
        and node.lineno <= line <= (node.end_lineno or line)
        and not hasattr(node, "body")
    ]
