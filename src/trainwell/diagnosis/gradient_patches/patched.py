"""A function of the user's, and a patched one in its place for a while."""

import ast
import linecache
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import CodeType, FunctionType, ModuleType
from typing import Any

from trainwell.diagnosis.gradient_patches.definitions import definition, module_of
from trainwell.diagnosis.gradient_patches.held import Sort
from trainwell.diagnosis.gradient_patches.holding import Hold
from trainwell.diagnosis.gradient_patches.holes import Hole
from trainwell.diagnosis.gradient_patches.near import Near
from trainwell.diagnosis.gradient_patches.sorts_by_line import SortsByLine, sorts_before
from trainwell.diagnosis.gradient_patches.turns import Turns

_PLAIN = (ast.FunctionDef, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.If, ast.Expr)
_BUILT_IN = ("abs", "len", "min", "max", "sum", "float", "int", "pow", "round")
_FORBIDDEN = ("random", "save", "savez", "savetxt", "tofile", "dump", "load", "fromfile")
_NUMERIC = ("numpy", "math", "scipy", "torch", "jax")


@dataclass(frozen=True, eq=False)
class Source:
    """A function of the user's.

    Parameters
    ----------
    function : FunctionType
        The function itself; of one that is made anew in each call of another, that other one.
    tree : ast.FunctionDef
        Its syntax tree; patches change it and put it back.
    sorts : mapping of str to tuple
        What its variables hold in the end.
    held : mapping of str to tuple
        What can be read from them, by its text.
    hold : Hold or None
        A statement that is looked at, or held right.
    lines : SortsByLine
        What its variables are on the way.
    of_cost : frozenset of int
        First lines of statements that the cost is made by, too: they are right.
    turns : Turns
        Those of its loops, and of those of the other functions.
    outer : ast.FunctionDef or None
        The syntax tree of the function that makes it anew, in which its own one stands.
    near : Near
        What patches may read beside its own variables.
    """

    function: FunctionType
    tree: ast.FunctionDef
    sorts: Mapping[str, Sort]
    held: Mapping[str, Sort]
    hold: Hold | None = None
    lines: SortsByLine = field(default_factory=SortsByLine)
    of_cost: frozenset[int] = frozenset()
    turns: Turns = field(default_factory=Turns)
    outer: ast.FunctionDef | None = None
    near: Near = field(default_factory=lambda: Near({}))
    _holes: dict[int, tuple[CodeType, Hole, CodeType | None]] = field(
        default_factory=dict, init=False
    )

    @property
    def file(self) -> str:
        """The file in which it stands."""
        return self.function.__code__.co_filename

    @cached_property
    def helpers(self) -> tuple[str, ...]:
        """The user's formulas of one argument that stand beside it: they may be called."""
        found = self.function.__globals__
        return tuple(
            name
            for name, value in found.items()
            if isinstance(value, FunctionType)
            and value.__code__.co_filename == self.file
            and value.__code__.co_argcount == 1
            and value is not self.function
            and is_formula(value, found)
        )

    def at(self, statement: ast.stmt) -> "Source":
        """Return it with the variables that it has where one of its statements begins."""
        sorts = sorts_before(statement.lineno, self.lines, self.sorts)
        return self if sorts is self.sorts else replace(self, sorts=sorts)

    def hole(self, statement: ast.stmt) -> tuple[Hole, CodeType | None]:
        """Return a statement without its value, and the code of the function with that."""
        state = self.function.__code__  # another one where another patch is applied already
        known = self._holes.get(id(statement))
        if known is None or known[0] is not state:
            code = None
            hole = Hole(statement, self.file, self.function.__globals__, self.near)
            if hole.own is not None and self.hold is None and self.outer is None:
                with hole.applied():
                    code = self.compiled()
            code = None if code is None else hole.bound(code)
            known = self._holes[id(statement)] = state, hole, code
        return known[1:]

    def compiled(self) -> CodeType | None:
        """Return the code of the tree as it stands now; ``None`` if it is not a function's."""
        code = self.function.__code__
        own = self.outer or self.tree
        body: list[ast.stmt] = [own]
        if code.co_freevars:
            # What it takes from the functions around it must be variables of one.
            names = ", ".join(code.co_freevars)
            around = ast.parse(f"def _around({names}):\n    pass").body[0]
            assert isinstance(around, ast.FunctionDef)  # noqa: S101 - for the type checker
            around.body = [own]
            body = [around]
        held = nullcontext() if self.hold is None else self.hold.applied(own)
        try:
            with held, self.turns.applied(own), self.near.applied(own):
                module = compile(ast.Module(body, []), self.file, "exec")
        except (SyntaxError, ValueError, TypeError):
            return None
        found = _inside(module, code.co_name)
        if found is None or found.co_freevars != code.co_freevars:
            return None
        found = self.near.bound(self.turns.bound(found))
        return found if self.hold is None else self.hold.bound(found)


def is_formula(function: FunctionType, around: Mapping[str, Any], depth: int = 3) -> bool:
    """Say whether a function only computes: it calls NumPy, arrays' methods and such functions.

    Parameters
    ----------
    function : FunctionType
        The user's.
    around : mapping of str to Any
        What its names stand for.
    depth : int, default=3
        How many of the user's functions may call each other.

    Returns
    -------
    bool
        Whether it may be called to see what it gives.
    """
    code = function.__code__
    module = module_of("".join(linecache.getlines(code.co_filename)))
    tree = None if module is None else definition(module, code)
    if tree is None:
        return False
    nodes = [node for part in (tree.args, *tree.body) for node in ast.walk(part)]
    computes = all(
        isinstance(node.value, ast.Constant)
        if isinstance(node, ast.Expr)
        else isinstance(node, _PLAIN)
        for node in nodes
        if isinstance(node, ast.stmt)
    )
    forbidden = any(isinstance(n, ast.Attribute) and n.attr in _FORBIDDEN for n in nodes)
    calls = (node.func for node in nodes if isinstance(node, ast.Call))
    return computes and not forbidden and all(_computes(each, around, depth) for each in calls)


def _computes(called: ast.expr, around: Mapping[str, Any], depth: int) -> bool:
    """Say whether what is called is known to only compute."""
    root = called
    while isinstance(root, ast.Attribute):
        root = root.value
    owner = around.get(root.id) if isinstance(root, ast.Name) else None
    if isinstance(owner, FunctionType):
        return depth > 0 and is_formula(owner, around, depth - 1)
    if isinstance(owner, ModuleType):
        return owner.__name__.partition(".")[0] in _NUMERIC
    return not isinstance(called, ast.Name) or called.id in _BUILT_IN


def _inside(module: CodeType, name: str) -> CodeType | None:
    for constant in module.co_consts:
        if isinstance(constant, CodeType):
            found = constant if constant.co_name == name else _inside(constant, name)
            if found is not None:
                return found
    return None


@contextmanager
def replaced(function: FunctionType, code: CodeType) -> Iterator[None]:
    """Let a function do something else for a while."""
    own = function.__code__
    function.__code__ = code
    try:
        yield
    finally:
        function.__code__ = own
