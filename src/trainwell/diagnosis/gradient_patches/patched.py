"""The user's functions that a backward pass runs, and patched ones in their place for a while."""

import ast
import gc
import linecache
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from trainwell.diagnosis.gradient_patches.held import Sort, held_by, sort_of
from trainwell.diagnosis.gradient_patches.holding import Hold
from trainwell.diagnosis.gradient_patches.holes import Hole
from trainwell.diagnosis.gradient_patches.serving import serving
from trainwell.diagnosis.gradient_patches.sorts_by_line import SortsByLine, Trace, sorts_before
from trainwell.diagnosis.gradient_patches.turns import Turns
from trainwell.diagnosis.gradient_tape.places import is_users

_CALLS = 100  # of a function, in which is looked at what is inside of its variables
_PLAIN = (ast.FunctionDef, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.If, ast.Expr)
_BUILT_IN = ("abs", "len", "min", "max", "sum", "float", "int", "pow", "round")
_FORBIDDEN = ("random", "save", "savez", "savetxt", "tofile", "dump", "load", "fromfile")
_NUMERIC = ("numpy", "math", "scipy", "torch", "jax")

Lines = frozenset[tuple[str, int]]


@dataclass(frozen=True, eq=False)
class Source:
    """A function of the user's.

    Parameters
    ----------
    function : FunctionType
        The function itself.
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
    """

    function: FunctionType
    tree: ast.FunctionDef
    sorts: Mapping[str, Sort]
    held: Mapping[str, Sort]
    hold: Hold | None = None
    lines: SortsByLine = field(default_factory=SortsByLine)
    of_cost: frozenset[int] = frozenset()
    turns: Turns = field(default_factory=Turns)
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
            hole, code = Hole(statement, self.file, self.function.__globals__), None
            if hole.own is not None and self.hold is None:
                with hole.applied():
                    code = self.compiled()
            code = None if code is None else hole.bound(code)
            known = self._holes[id(statement)] = state, hole, code
        return known[1:]

    def compiled(self) -> CodeType | None:
        """Return the code of the tree as it stands now; ``None`` if it is not a function's."""
        code = self.function.__code__
        definition = self.tree
        body: list[ast.stmt] = [definition]
        if code.co_freevars:
            # What it takes from the functions around it must be variables of one.
            names = ", ".join(code.co_freevars)
            around = ast.parse(f"def _around({names}):\n    pass").body[0]
            assert isinstance(around, ast.FunctionDef)  # noqa: S101 - for the type checker
            around.body = [definition]
            body = [around]
        held = nullcontext() if self.hold is None else self.hold.applied(definition)
        try:
            with held, self.turns.applied(definition):
                module = compile(ast.Module(body, []), self.file, "exec")
        except (SyntaxError, ValueError, TypeError):
            return None
        found = _inside(module, code.co_name)
        if found is None or found.co_freevars != code.co_freevars:
            return None
        found = self.turns.bound(found)
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
    module = _module("".join(linecache.getlines(code.co_filename)))
    tree = None if module is None else _definition(module, code)
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


def _none() -> tuple[Lines, Lines]:
    return frozenset(), frozenset()


def sources(
    forward: Callable[[], Any],
    backward: Callable[[], Any],
    shared: Callable[[], tuple[Lines, Lines]] = _none,
) -> list[Source]:
    """Return the user's functions in which a gradient is made.

    Parameters
    ----------
    forward, backward : callable
        The two passes.
    shared : callable
        Returns file and line of the statements that the cost is made by, and of those that only
        gradients are made by. It is called where a function runs in both passes; by default
        none of those is meant.

    Returns
    -------
    list of Source
        In the order in which they were first called; those without a source are missing.
    """
    before: set[CodeType] = set()
    seen: dict[CodeType, _Seen] = {}

    def called(code: CodeType) -> None:
        if code not in seen:
            seen[code] = _Seen(_tree(code))

    def left(frame: FrameType) -> None:
        if frame.f_code in seen:
            seen[frame.f_code].note(frame.f_locals)

    def traced(code: CodeType) -> Trace | None:
        return seen[code].lines.trace() if code in seen else None

    _watched(forward, before.add, lambda _: None)
    _watched(backward, called, left, traced)
    of_both = [code for code in seen if code in before]
    of_cost, of_gradients = shared() if of_both else _none()
    kept: dict[CodeType, frozenset[int]] = {}
    for code in of_both:
        found = seen[code].tree
        others = _within(found, code, of_gradients)
        if found is None or not others:
            del seen[code]
        else:
            kept[code] = serving(found, _within(found, code, of_cost), others)
    functions, turns = _functions(seen), Turns()
    return [
        Source(
            functions[code],
            each.tree,
            each.sorts,
            each.held,
            lines=each.lines,
            of_cost=kept.get(code, frozenset()),
            turns=turns,
        )
        for code, each in seen.items()
        if code in functions and each.tree is not None
    ]


def _within(tree: ast.FunctionDef | None, code: CodeType, lines: Lines) -> set[int]:
    """Return those of some lines that stand in a function."""
    if tree is None:
        return set()
    first, last = tree.lineno, tree.end_lineno or tree.lineno
    return {at for file, at in lines if file == code.co_filename and first <= at <= last}


@dataclass
class _Seen:
    """What a function's variables, and the things inside of them, were when they were last left."""

    tree: ast.FunctionDef | None
    sorts: dict[str, Sort] = field(default_factory=dict)
    held: dict[str, Sort] = field(default_factory=dict)
    calls: int = 0
    lines: SortsByLine = field(default_factory=SortsByLine)

    def note(self, variables: Mapping[str, Any]) -> None:
        """Add the variables of a call."""
        self.sorts.update({name: sort_of(value) for name, value in variables.items()})
        self.calls += 1
        if self.calls <= _CALLS and self.tree is not None:
            self.held.update(held_by(variables, self.tree))


def _watched(
    function: Callable[[], Any],
    called: Callable[[CodeType], None],
    left: Callable[[FrameType], None],
    traced: Callable[[CodeType], Trace | None] | None = None,
) -> None:
    """Call a function, and tell which of the user's code it runs, and when that is left."""

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and is_users(frame.f_code.co_filename):
            called(frame.f_code)
        elif event == "return":
            left(frame)

    def trace(frame: FrameType, *_: Any) -> Trace | None:
        if traced is None or not is_users(frame.f_code.co_filename):
            return None
        called(frame.f_code)  # which is seen here first
        return traced(frame.f_code)

    if sys.getprofile() is not None:  # somebody else's, which could not be put back
        return
    by_line = traced is not None and sys.gettrace() is None
    sys.setprofile(watch)
    if by_line:
        sys.settrace(trace)
    try:
        function()
    except Exception:  # noqa: BLE001 - whatever it ran is found, also by a function that fails
        return
    finally:
        if by_line:
            sys.settrace(None)
        sys.setprofile(None)


def _functions(codes: Collection[CodeType]) -> dict[CodeType, FunctionType]:
    """Return the functions that run some codes; not where there are several, as of closures."""
    # Codes are equal where they only do the same: they are told apart by their identity.
    found: dict[int, list[FunctionType]] = {}
    for each in gc.get_referrers(*codes):  # which looks at every object there is, once
        if isinstance(each, FunctionType):
            found.setdefault(id(each.__code__), []).append(each)
    return {code: found[id(code)][0] for code in codes if len(found.get(id(code), ())) == 1}


def _tree(code: CodeType) -> ast.FunctionDef | None:
    """Return the syntax tree of a function, for patches to change."""
    module = _parsed("".join(linecache.getlines(code.co_filename)))
    found = None if module is None else _definition(module, code)
    if found is not None:
        found.decorator_list = []
    return found


def _definition(module: ast.Module, code: CodeType) -> ast.FunctionDef | None:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name:
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            if first == code.co_firstlineno:
                return node
    return None


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except SyntaxError:
        return None


_module = lru_cache(maxsize=16)(_parsed)
"""The same for those who only read it: many functions stand in one file."""
