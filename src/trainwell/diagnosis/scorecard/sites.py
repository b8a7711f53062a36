"""The statements of backward code, and edits of their text that keep every line in its place."""

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from types import FrameType
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_verdict.constants import common_lengths
from trainwell.diagnosis.scorecard.behaviour import gradient_call, quiet
from trainwell.diagnosis.scorecard.programs import Namespace, Program, load
from trainwell.types import FloatArray

Compound = ast.For | ast.While | ast.If | ast.With
ATOMS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant, ast.List, ast.Dict)

_CHANGING = {"append", "clear", "extend", "fill", "pop", "popitem", "setdefault", "sort", "update"}
_RANDOM = {"normal", "rand", "randn", "random", "seed", "uniform", "permutation", "shuffle"}


@dataclass(frozen=True)
class Replacement:
    """Bytes of a source text and what stands there instead.

    Parameters
    ----------
    start, end : int
        The first byte and the one behind the last; equal where text is only added.
    text : str
        Has at most as many lines as what it replaces.
    """

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Edit:
    """One fault: replacements within one statement.

    Parameters
    ----------
    replacements : tuple of Replacement
        They do not overlap.
    kinds : tuple of str
        Acceptable names of the fault, the most exact first; empty for those of the operator.
    target : str
        The variable that is wrong, where the statement assigns several.
    """

    replacements: tuple[Replacement, ...]
    kinds: tuple[str, ...] = ()
    target: str = ""


@dataclass(frozen=True)
class Surroundings:
    """What is known of a function while it runs, shared by its statements.

    Parameters
    ----------
    program : Program
        The right program.
    source : bytes
        Its text.
    function : ast.FunctionDef
        The function.
    name : str
        Its qualified name.
    namespace : dict
        What the program defines.
    variables : dict
        Its local variables when it last returned.
    params : dict
        Parameters of the case that was run; empty for a framework.
    data : tuple
        Data of that case.
    """

    program: Program
    source: bytes = field(repr=False)
    function: ast.FunctionDef
    name: str
    namespace: Namespace = field(repr=False)
    variables: Namespace = field(repr=False)
    params: Mapping[str, Any] = field(repr=False)
    data: Sequence[Any] = field(repr=False)

    @cached_property
    def starts(self) -> list[int]:
        """Offset in bytes of the first column of each line."""
        lengths = [len(line) for line in self.source.splitlines(keepends=True)]
        return [0, *map(int, np.cumsum(lengths))]

    @cached_property
    def counters(self) -> frozenset[str]:
        """Variables without whose right change a loop might not end."""
        loops = (node for node in ast.walk(self.function) if isinstance(node, ast.While))
        nodes = (node for loop in loops for node in ast.walk(loop.test))
        return frozenset(node.id for node in nodes if isinstance(node, ast.Name))

    @cached_property
    def assignments(self) -> tuple[tuple[str, ast.expr], ...]:
        """Each name that the function assigns to, with the expression it gets."""
        return tuple(
            (name.id, node.value)
            for node in ast.walk(self.function)
            if isinstance(node, ast.Assign)
            for target in node.targets
            for name in ast.walk(target)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        )

    @cached_property
    def examples(self) -> frozenset[int]:
        """Lengths that may be the number of examples."""
        return common_lengths(self.data)


@dataclass(frozen=True, eq=False)
class Site:
    """One statement of backward code: what it says and what it computed.

    Parameters
    ----------
    around : Surroundings
        The function in which it stands.
    statement : ast.stmt
        Of a compound statement only the first line is looked at.
    """

    around: Surroundings = field(repr=False)
    statement: ast.stmt
    _values: dict[ast.AST, Any] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def parts(self) -> list[ast.expr]:
        """The expressions of the statement, without those it assigns to."""
        match self.statement:
            case ast.For():
                return [self.statement.iter]
            case ast.While() | ast.If():
                return [self.statement.test]
            case ast.Assign() | ast.AugAssign() | ast.AnnAssign() | ast.Return() | ast.Expr():
                return [self.statement.value] if self.statement.value else []
        return []

    @cached_property
    def nodes(self) -> list[ast.expr]:
        """All expressions within the statement, the outermost first."""
        return [
            node for part in self.parts for node in ast.walk(part) if isinstance(node, ast.expr)
        ]

    @cached_property
    def targets(self) -> list[ast.expr]:
        """What the statement assigns to."""
        match self.statement:
            case ast.Assign(targets=targets):
                return targets
            case ast.AugAssign(target=one) | ast.AnnAssign(target=one) | ast.For(target=one):
                return [one]
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="at"), args=[one, *_])):
                return [one]  # np.add.at(changed, ...)
        return []

    @property
    def target(self) -> str:
        """Text of what the statement assigns to, ``return`` for a return statement."""
        if isinstance(self.statement, ast.Return):
            return "return"
        return ", ".join(self.text(target) for target in self.targets)

    @cached_property
    def single(self) -> str:
        """Text of the one target that a further statement can change; empty for others."""
        if not isinstance(self.statement, ast.Assign | ast.AugAssign) or len(self.targets) != 1:
            return ""
        whole = not isinstance(self.targets[0], ast.Tuple | ast.List)
        return self.flat(self.targets[0]) if whole else ""

    @cached_property
    def values(self) -> list[ast.expr]:
        """The formulas whose results the statement assigns or returns."""
        if isinstance(self.statement, Compound | ast.Expr) or not self.parts:
            return []
        whole = self.parts[0]
        split: list[ast.expr] = [whole]
        match whole:
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                split = elements
            case ast.Dict(values=values):
                split = values
            case ast.Call(func=ast.Name(id="dict"), keywords=keywords):
                split = [keyword.value for keyword in keywords]
        bare = (ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.Dict, ast.Starred)
        return [node for node in split if not isinstance(node, bare) and self.is_array(node)]

    def text(self, node: ast.AST) -> str:
        """Return the text of a node as it stands."""
        start, end = self.span(node)
        return self.around.source[start:end].decode()

    def flat(self, node: ast.expr) -> str:
        """Return the text of a node in one line, in parentheses where they may matter."""
        text = ast.unparse(node)
        return text if isinstance(node, ATOMS) else f"({text})"

    def wrap(self, node: ast.expr) -> str:
        """Return the text of a node as it stands, in parentheses where they may matter."""
        return self.text(node) if isinstance(node, ATOMS) else f"({self.text(node)})"

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where a node begins and ends, in bytes."""
        begin = self.around.starts[getattr(node, "lineno") - 1] + getattr(node, "col_offset")  # noqa: B009
        end = self.around.starts[getattr(node, "end_lineno") - 1] + getattr(node, "end_col_offset")  # noqa: B009
        return begin, end

    def value(self, node: ast.expr) -> Any:
        """Return what an expression is worth at the end of the function, if that can be said."""
        if node not in self._values:
            self._values[node] = self._evaluate(node)
        return self._values[node]

    def shape(self, node: ast.expr) -> tuple[int, ...] | None:
        """Return the shape of an expression that is a number or an array."""
        return shape(self.value(node))

    def is_array(self, node: ast.expr) -> bool:
        """Say whether an expression is an array of at least one axis."""
        return bool(self.shape(node))

    def is_number(self, node: ast.expr) -> bool:
        """Say whether an expression is one number."""
        value = self.value(node)
        return self.shape(node) == () and not isinstance(value, bool | np.bool_)

    def is_index(self, node: ast.expr) -> bool:
        """Say whether an expression is one whole number, as places and counts are."""
        return isinstance(self.value(node), int | np.integer) and self.is_number(node)

    def parameter(self, node: ast.expr) -> bool:
        """Say whether an expression is one of the parameters."""
        return self.is_array(node) and self.among(self.value(node), self.around.params.values())

    def among(self, value: Any, others: Any) -> bool:
        """Say whether an array is the same as one of others."""
        return any(value is other or same(value, other) for other in others)

    def replace(self, node: ast.AST, text: str, *kinds: str, target: str = "") -> Edit:
        """Return the edit that puts another text in the place of a node."""
        return Edit((Replacement(*self.span(node), text),), kinds, target)

    def append(self, text: str, *kinds: str) -> Edit:
        """Return the edit that adds a further statement on the same line."""
        end = self.span(self.statement)[1]
        return Edit((Replacement(end, end, f"; {text}"),), kinds)

    def between(self, left: ast.AST, right: ast.AST, old: str, new: str, *kinds: str) -> Edit:
        """Return the edit that exchanges the sign between two nodes."""
        start, end = self.span(left)[1], self.span(right)[0]
        place = start + self.around.source[start:end].index(old.encode())
        return Edit((Replacement(place, place + len(old), new),), kinds)

    def mutated(self, edit: Edit) -> tuple[str, tuple[int, int]]:
        """Return the text of the whole program after an edit, and the statement's lines.

        Parameters
        ----------
        edit : Edit
            Of this statement.

        Returns
        -------
        str
            All other statements stand in the lines where they stood.
        tuple of int
            First and last line of the statement, from 1.
        """
        source = self.around.source
        lost = 0
        for each in edit.replacements:
            lost += source[each.start : each.end].count(b"\n") - each.text.count("\n")
        first, last = self.lines
        if lost:
            stop = self.around.starts[last]
            source = source[:stop] + b"\n" * lost + source[stop:]
        for each in sorted(edit.replacements, key=lambda one: -one.start):
            source = source[: each.start] + each.text.encode() + source[each.end :]
        return source.decode(), (first, last - lost)

    @property
    def lines(self) -> tuple[int, int]:
        """First and last line of the statement in the right program, from 1."""
        first = self.statement.lineno
        if isinstance(self.statement, Compound):
            return first, max(first, *(part.end_lineno or first for part in self.parts))
        return first, self.statement.end_lineno or first

    def _evaluate(self, node: ast.expr) -> Any:
        used = {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}
        if used & (_CHANGING | _RANDOM):
            return None
        with suppress(Exception), quiet(self.around.program):
            code = compile(ast.fix_missing_locations(ast.Expression(node)), "<value>", "eval")
            value = eval(code, self.around.namespace, dict(self.around.variables))  # noqa: S307
            return np.zeros_like(value) if used & {"empty", "empty_like"} else value
        return None


def shape(value: Any) -> tuple[int, ...] | None:
    """Return the shape of a number or an array, ``None`` for anything else."""
    if isinstance(value, int | float | np.generic):
        return ()
    found = getattr(value, "shape", None)
    return tuple(found) if isinstance(found, tuple) else None


def numbers(value: Any) -> FloatArray:
    """Return an array of any framework as one of NumPy."""
    return np.asarray(value.detach() if hasattr(value, "detach") else value, dtype=np.float64)


def same(value: Any, other: Any) -> bool:
    """Say whether two values are equal arrays of at least one axis."""
    alike = bool(shape(value)) and shape(value) == shape(other)
    return alike and np.array_equal(numbers(value), numbers(other))


def sites(program: Program, seed: int) -> list[Site]:
    """Return the statements of a program's backward code in the order of its text.

    Parameters
    ----------
    program : Program
        It runs once, to see what its variables are.
    seed : int
        Seed of the point at which it runs.

    Returns
    -------
    list of Site
        Documentation strings, imports and the like are left out, and what a ``while`` counts.
    """
    namespace = load(program.source, program.file)
    names = program.backward
    with quiet(program):
        call, arguments = gradient_call(program, namespace, seed)
        variables = _variables(call, names, program.file)
    params, data = arguments if program.framework == "numpy" else ({}, ())
    found: list[Site] = []
    for name, function in _functions(ast.parse(program.source)):
        if name not in names:
            continue
        seen = variables.get(name, {})
        source = program.source.encode()
        around = Surroundings(program, source, function, name, namespace, seen, params, data)
        found += [
            Site(around, node)
            for node in ast.walk(function)
            if isinstance(node, ast.stmt) and node is not function and not _is_text(node)
        ]
    kept = [site for site in found if site.parts and site.target not in site.around.counters]
    return sorted(kept, key=lambda site: site.span(site.statement))


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")


def _variables(call: Any, names: Sequence[str], filename: str) -> dict[str, Namespace]:
    """Call the gradient and return the local variables with which each function returned."""
    seen: dict[str, Namespace] = {}

    def watch(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "return" and code.co_filename == filename and code.co_qualname in names:
            seen[code.co_qualname] = dict(frame.f_locals)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        call()
    finally:
        sys.setprofile(before)
    return seen
