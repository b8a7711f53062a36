"""The statement of the user's source that a line belongs to."""

import ast
import linecache
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_SOURCES: dict[str, tuple[list[str], str]] = {}
_KEPT = 64  # files


@dataclass(frozen=True)
class Statement:
    """A statement of a source file.

    Parameters
    ----------
    file : str
        Where it stands.
    line, last : int
        Its first and its last line, from 1.
    target : str
        What it assigns to, as it is written; empty if it assigns nothing.
    text : str
        The source, on one line.
    """

    file: str
    line: int
    last: int
    target: str
    text: str

    @property
    def is_single(self) -> bool:
        """Whether it assigns one thing."""
        return self.target not in ("", "return") and "," not in self.target


@lru_cache(maxsize=64)
def nodes_of(text: str) -> tuple[ast.AST, ...]:
    """Return every node of a source; none if it is not Python."""
    try:
        return tuple(ast.walk(ast.parse(text)))
    except SyntaxError:
        return ()


def source_of(file: str) -> str:
    """Return the text of a file, the same object as long as its lines are the same."""
    lines = linecache.getlines(file)
    known = _SOURCES.get(file)
    if known is None or known[0] is not lines:
        if len(_SOURCES) > _KEPT:
            _SOURCES.clear()
        known = _SOURCES[file] = (lines, "".join(lines))
    return known[1]


def statement_at(file: str, line: int) -> Statement:
    """Return the innermost simple statement that contains a line."""
    found = _table(file, source_of(file)).get(line)
    if found is None:
        text = linecache.getline(file, line).strip()
        return Statement(file, line, line, "", text)
    return found


@lru_cache(maxsize=1024)
def names_in(text: str) -> frozenset[str]:
    """Return the names that a statement reads."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return frozenset()
    return frozenset(
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )


def last_binding(file: str, name: str, before: int) -> Statement | None:
    """Return the last statement above a line, in its function, that assigns a name.

    Parameters
    ----------
    file : str
        A source file.
    name : str
        A variable.
    before : int
        A line of the function.

    Returns
    -------
    Statement or None
        ``None`` if none does.
    """
    found = None
    for statement in _function(file, before):
        if statement.line < before and name in statement.target.split(", "):
            found = statement
    return found


def bindings_of(file: str, line: int) -> list[Statement]:
    """Return the statements that assign what another one reads.

    Parameters
    ----------
    file : str
        A source file.
    line : int
        Where the other statement stands.

    Returns
    -------
    list of Statement
        Of the same function, in their order.
    """
    read = names_in(statement_at(file, line).text)
    return [
        statement
        for statement in _function(file, line)
        if {_root(target) for target in statement.target.split(", ")} & read
    ]


def root_of(node: ast.AST) -> str:
    """Return the variable that an expression is, or is a part of; empty for others."""
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _root(target: str) -> str:
    """Return the variable that a target is part of: ``acc`` of ``acc["dW"]``."""
    return target.partition("[")[0].partition(".")[0]


def alias_of(file: str, name: str, after: int) -> Statement | None:
    """Return a statement below a line, in its function, that only gives a value another name.

    Parameters
    ----------
    file : str
        A source file.
    name : str
        A variable.
    after : int
        A line of the function.

    Returns
    -------
    Statement or None
        ``None`` if there is none before the variable is assigned again.
    """
    for statement in _function(file, after):
        if statement.line <= after:
            continue
        if assigned_name(statement) == name:
            return statement
        if name in statement.target.split(", ") and not _writes_into(statement):
            return None
    return None


def _writes_into(statement: Statement) -> bool:
    """Say whether a statement changes elements of what it assigns to."""
    node = node_of(statement)
    return isinstance(node, ast.Assign) and all(isinstance(t, ast.Subscript) for t in node.targets)


def alias_before(file: str, name: str, before: int) -> Statement | None:
    """Return the last statement above a line, in its function, that gives a value another name.

    Parameters
    ----------
    file : str
        A source file.
    name : str
        A variable.
    before : int
        A line of the function.

    Returns
    -------
    Statement or None
        ``None`` if none does.
    """
    found = None
    for statement in _function(file, before):
        if statement.line < before and assigned_name(statement) == name:
            found = statement
    return found


def node_of(statement: Statement) -> ast.stmt | None:
    """Return the syntax of a statement by itself; ``None`` for the head of a loop or a branch."""
    try:
        return ast.parse(statement.text).body[0]
    except (SyntaxError, IndexError):
        return None


def assigned_name(statement: Statement) -> str | None:
    """Return the name on the right of ``a = b``; ``None`` for any other statement."""
    node = node_of(statement)
    if isinstance(node, ast.Assign | ast.Return) and isinstance(node.value, ast.Name):
        return node.value.id
    return None


def parameters_at(file: str, line: int) -> set[str]:
    """Return the parameters of the innermost function that a line stands in."""
    found = function_at(file, line)
    return set() if found is None else {a.arg for a in (*found.args.posonlyargs, *found.args.args)}


def is_repeated(file: str, line: int) -> bool:
    """Say whether a line stands in a loop of its own function."""
    loops = (n for n in nodes_around(file, line) if isinstance(n, ast.For | ast.While))
    return any(loop.body[0].lineno <= line <= (loop.end_lineno or line) for loop in loops)


def unused_in(tree: ast.AST) -> frozenset[str]:
    """Return the variables that a function computes and never reads; not those it unpacks."""
    read: set[str] = set()
    bound: set[str] = set()
    written = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            if id(node) not in written:  # `dR[j] = ...` reads nothing of `dR`
                read.add(node.id)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            read.add(node.target.id)
        elif isinstance(node, ast.Assign):
            bound |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return frozenset(bound - read)


def unused_results_in(tree: ast.AST) -> frozenset[str]:
    """Return the variables to which a function unpacks what a call returns, and never reads."""
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    bound = {
        element.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
        if isinstance(target, ast.Tuple)
        for element in target.elts
        if isinstance(element, ast.Name) and element.id.strip("_")
    }
    return frozenset(bound - read)


def unused_at(file: str, line: int) -> frozenset[str]:
    """Return the variables that the innermost function around a line assigns and never reads.

    Parameters
    ----------
    file : str
        A source file.
    line : int
        A line of the function.

    Returns
    -------
    frozenset of str
        Empty where the source is not known, too.
    """
    found = function_at(file, line)
    return frozenset() if found is None else _unused_in(found)


_unused_in = lru_cache(maxsize=64)(unused_in)  # of what nobody changes: the source of a user


def _function(file: str, line: int) -> list[Statement]:
    """Return the statements of the innermost function that a line stands in, in their order."""
    source = source_of(file)
    found = function_at(file, line)
    first, last = (1, source.count("\n") + 1) if found is None else _extent(found)
    table = _table(file, source)
    statements = {table[at] for at in range(first, last + 1) if at in table}
    return sorted(statements, key=lambda statement: statement.line)


def function_at(file: str, line: int) -> ast.FunctionDef | None:
    """Return the innermost function that a line stands in; ``None`` outside of functions."""
    around = (each for each in _functions(source_of(file)) if _contains(each, line))
    return max(around, key=lambda node: node.lineno, default=None)


def nodes_around(file: str, line: int) -> tuple[ast.AST, ...]:
    """Return every node of the innermost function that a line stands in; none outside of one."""
    found = function_at(file, line)
    return () if found is None else _nodes_in(found)


@lru_cache(maxsize=64)
def _nodes_in(function: ast.FunctionDef) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(function))


@lru_cache(maxsize=64)
def _functions(source: str) -> tuple[ast.FunctionDef, ...]:
    return tuple(node for node in nodes_of(source) if isinstance(node, ast.FunctionDef))


def _contains(function: ast.FunctionDef, line: int) -> bool:
    first, last = _extent(function)
    return first <= line <= last


def _extent(function: ast.FunctionDef) -> tuple[int, int]:
    return function.lineno, function.end_lineno or function.lineno


@lru_cache(maxsize=64)
def _table(file: str, source: str) -> dict[int, Statement]:
    lines = source.splitlines()
    table: dict[int, Statement] = {}
    for node in nodes_of(source):
        if not isinstance(node, ast.stmt):
            continue
        first, last = node.lineno, node.end_lineno or node.lineno
        if isinstance(node, ast.Match):
            last = first
        elif isinstance(getattr(node, "body", None), list):
            # The head of a loop or a condition; its body has statements of its own.
            body: list[ast.stmt] = getattr(node, "body", [])
            last = max(first, body[0].lineno - 1)
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                continue
        text = " ".join(part.strip() for part in lines[first - 1 : last])
        statement = Statement(file, first, last, ", ".join(_targets(node)), text)
        for line in range(first, last + 1):
            known = table.get(line)
            if known is None:
                table[line] = statement
            elif statement.line >= known.line and statement.last <= known.last:
                # Two statements on one line: both are shown, the last names the target.
                table[line] = Statement(
                    file, first, last, statement.target or known.target, known.text
                )
    return table


def _targets(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _names(target)
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        yield from _names(node.target)
    elif isinstance(node, ast.Return):
        yield "return"
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and node.value.args:
        match node.value:
            case ast.Call(func=ast.Attribute(value=holder), args=[ast.Dict(), *_]):
                yield from _names(holder)  # grads["layers"].append({...})
            case ast.Call(args=[first, *_]):
                yield from _names(first)  # np.add.at(dE, ...), grads.append(...)


def _names(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Tuple | ast.List):
        for item in target.elts:
            yield from _names(item)
    elif (isinstance(target, ast.Subscript) and not isinstance(target.value, ast.Name)) or (
        isinstance(target, ast.Subscript)
        and not isinstance(target.slice, ast.Constant | ast.BinOp | ast.JoinedStr)
    ):
        yield ast.unparse(target.value)
    else:
        yield ast.unparse(target)
