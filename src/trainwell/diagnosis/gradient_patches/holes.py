"""The value of one statement, computed outside of its function: only that is compiled anew.

A function is compiled once with a call in the place of the value. Each patch of the value is then
an expression by itself, which is evaluated among the variables of the function.
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from trainwell.diagnosis.gradient_patches.bound_constants import bound
from trainwell.diagnosis.gradient_patches.near import Near

_VALUED = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr)


@dataclass(eq=False)
class Hole:
    """A statement without its value.

    Parameters
    ----------
    statement : ast.stmt
        Which one.
    file : str
        Where it stands.
    around : dict
        The global variables of its function.
    near : Near
        What it may read beside those and its own.
    """

    statement: ast.stmt
    file: str
    around: dict[str, Any]
    near: Near = field(default_factory=lambda: Near({}))

    def __post_init__(self) -> None:
        """Note what the value is."""
        self._value: ast.expr | None = getattr(self.statement, "value", None)
        self._inside = frozenset(map(id, ast.walk(self._value))) if self._value else frozenset()
        self._own = self._compiled()
        self._expression: CodeType | None = None

    def filled_by(self, changes: Iterable[tuple[ast.AST, str, int | None, Any]]) -> CodeType | None:
        """Return the value as it stands while some changes of it are applied; of others, ``None``.

        As in a patch, a change has a node, a field, a place in it and what is put there.
        """
        for holder, name, *_ in changes:
            if id(holder) not in self._inside and (holder, name) != (self.statement, "value"):
                return None
        self._expression = None if self._own is None else self._compiled()
        return self._expression

    def given(self) -> Any:
        """Return the value among the variables of the function that asks for it."""
        assert self._expression is not None  # noqa: S101 - for the type checker
        variables: Mapping[str, Any] = sys._getframe(1).f_locals  # noqa: SLF001
        if self.near.cells:
            variables = {**self.near.values(), **variables}
        return eval(self._expression, self.around, variables)  # noqa: S307 - the user's own

    @property
    def own(self) -> CodeType | None:
        """The value that stands there without a patch."""
        return self._own

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Let the statement ask for its value for a while."""
        held = ast.Attribute(ast.Constant(self._mark), "given", ast.Load())
        asked = ast.copy_location(ast.Call(held, [], []), self.statement)
        vars(self.statement)["value"] = ast.fix_missing_locations(asked)
        try:
            yield
        finally:
            vars(self.statement)["value"] = self._value

    @property
    def _mark(self) -> str:
        return f"\0hole {id(self)}"

    def bound(self, code: CodeType) -> CodeType:
        """Return a code that was compiled with this applied, with this where it asks."""
        return bound(code, self._mark, self)

    def _compiled(self) -> CodeType | None:
        """Return the value as an expression; ``None`` if it has variables of its own."""
        value = getattr(self.statement, "value", None)
        if value is None or not isinstance(self.statement, _VALUED):
            return None
        try:
            found = compile(ast.Expression(value), self.file, "eval")
        except (SyntaxError, ValueError, TypeError):
            return None
        inner = any(isinstance(each, CodeType) for each in found.co_consts)
        return None if inner or "super" in found.co_names else found
