"""What others of nearly the same name have: a factor, a keyword, all of a value."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from trainwell.diagnosis.gradient_localisation.statements import nodes_of, source_of
from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot
from trainwell.diagnosis.gradient_patches.syntax import bracketed, parts_of, renamed, text_of

_PATH = ("path", "operand", "data-term")
_OTHER = ("operand", "path", "activation-wrong")
_FACTOR = ("activation-missing", "activation-wrong", "path", "operand")
_SCALED = ("factor", "uniform", "constant")
_KEYWORD = ("permuted", "operation", "broadcast", "path")
_OF_CALL = 1.02  # cost of a keyword that another call has, and of an attribute that is never read
_OF_SAME_SCALE = 0.98  # cost of a factor that a variable called like this one has
_OF_SAME_NAME = 1.08  # cost of a factor that another value of the same name has
_OF_NAMED = 1.3  # cost of all that a variable called like this one gets
_LETTERS = 2  # of a name, at least, of which one is another


def namesake_patches(statement: ast.stmt, slots: Sequence[Slot], known: Around) -> Iterator[Patch]:
    """Yield what variables, attributes and methods of the same, or nearly the same, name have.

    Parameters
    ----------
    statement : ast.stmt
        Which one.
    slots : sequence of Slot
        Its expressions.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        ``dW2 = d2 / m`` where ``dW2 = d2`` stands, and beside it ``dW1 = d1 / m``;
        ``W.reshape(-1, order="F")``, ``dh + state.dh_next``, ``V.T @ d * (1 - s[t] ** 2)``.
    """
    for slot in slots:
        if not isinstance(getattr(slot.node, "ctx", ast.Load()), ast.Load):
            continue
        yield from _with_keyword(slot, known)
        if isinstance(slot.holder, ast.Dict):
            yield from _as_named_like(_key(slot), slot, known)
        if slot.holder is not statement or slot.name != "value":
            continue
        for part in _of_same_name(statement, slot.node, known):
            new = ast.BinOp(slot.node, ast.Mult(), part)
            yield slot.becomes(new, _FACTOR, _OF_SAME_NAME, f"`* {bracketed(part)}` is missing")
        for part in _of_attributes(known):
            new = ast.BinOp(slot.node, ast.Add(), part)
            yield slot.becomes(new, _PATH, _OF_CALL, f"`+ {text_of(part)}` is missing")
        yield from _as_named_like(_target(statement), slot, known)


def _with_keyword(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield a call with a keyword that another call of the same method has."""
    match slot.node:
        case ast.Call(func=ast.Attribute(attr=name)) as call:
            own = {each.arg for each in call.keywords}
        case _:
            return
    for each in _keywords_of(known.source.tree).get(name, ()):
        if each.arg not in own:
            new = ast.Call(call.func, call.args, [*call.keywords, each])
            message = f"`{each.arg}={ast.unparse(each.value)}` is missing, as beside it"
            yield slot.becomes(new, _KEYWORD, _OF_CALL, message)


@lru_cache(maxsize=32)
def _keywords_of(tree: ast.AST) -> Mapping[str, list[ast.keyword]]:
    """Return the keywords with plain values of the methods that a function calls, each once."""
    found: dict[str, dict[str, ast.keyword]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            for each in node.keywords:
                if isinstance(each.value, ast.Constant) and each.arg is not None:
                    found.setdefault(node.func.attr, {})[ast.unparse(each)] = each
    return {name: [*keywords.values()] for name, keywords in found.items()}


def _as_named_like(target: str, slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield what a variable gets that is called like this one but for a letter, in its words."""
    own = ast.unparse(slot.node)
    for other, value, line in _named(known.source.tree):
        if not _differ_in_a_letter(target, other):
            continue
        old, letter = next((a, b) for a, b in zip(other, target, strict=True) if a != b)
        words = {n.id for n in ast.walk(value) if isinstance(n, ast.Name) and old in n.id}
        meant = {word: word.replace(old, letter) for word in words if len(word) > 1}
        if not meant or not all(each in known.source.sorts for each in meant.values()):
            continue
        new = renamed(value, {**meant, other: target})
        if ast.unparse(new) == own:
            continue
        match new:
            case ast.BinOp(left, ast.Div() | ast.Mult() as operation, right) if (
                ast.unparse(left) == own
            ):
                sign = "/" if isinstance(operation, ast.Div) else "*"
                where = "beside it" if line == slot.node.lineno else f"in line {line}"
                said = f"`{sign} {text_of(right)}` is missing, as {where}"
                yield slot.becomes(new, _SCALED, _OF_SAME_SCALE, said)
            case _:
                yield slot.becomes(new, _OTHER, _OF_NAMED)


@lru_cache(maxsize=32)
def _named(tree: ast.AST) -> tuple[tuple[str, ast.expr, int], ...]:
    """Return the variables and entries that a function assigns, what they get, and where."""
    return tuple(
        (name, value, value.lineno) for node in ast.walk(tree) for name, value in _names_of(node)
    )


def _names_of(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, value
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value


def _key(slot: Slot) -> str:
    """Return the name of an entry of a dictionary; empty for anything else."""
    entries = _names_of(slot.holder)
    return next((name for name, value in entries if value is slot.node), "")


def _of_same_name(statement: ast.stmt, value: ast.expr, known: Around) -> Iterator[ast.expr]:
    """Yield the factors of another value that has the same name, also at its own indices."""
    target = _target(statement)
    own = set(map(ast.unparse, parts_of(value, ast.Mult)))
    indices = [n.slice for n in ast.walk(value) if isinstance(n, ast.Subscript)]
    seen: set[str] = set()
    for other, sister, _ in _named(known.source.tree):
        if not target or other != target:
            continue
        for part in [*parts_of(sister, ast.Mult)][1:]:
            for index in (None, *indices):
                moved = part if index is None else _at_index(part, index)
                text = ast.unparse(moved)
                if text not in own | seen:
                    seen.add(text)
                    yield moved


def _at_index(part: ast.expr, index: ast.expr) -> ast.expr:
    """Return an expression with another index in the place of its own."""

    class Moved(ast.NodeTransformer):
        def visit_Subscript(self, node: ast.Subscript) -> ast.Subscript:
            constant = isinstance(node.slice, ast.Constant)
            moved = node if constant else ast.Subscript(node.value, index, ast.Load())
            return ast.copy_location(moved, node)

    found: ast.expr = Moved().visit(ast.parse(ast.unparse(part), mode="eval").body)
    return found


def _of_attributes(known: Around) -> Iterator[ast.expr]:
    """Yield an attribute that nothing reads, where one that is called like it is read."""
    unread = _unread_attributes(source_of(known.source.file))
    for node in ast.walk(known.source.tree) if unread else ():
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            for name in unread:
                if _differ_in_a_letter(name, node.attr):
                    yield ast.Attribute(node.value, name, ast.Load())


@lru_cache(maxsize=16)
def _unread_attributes(text: str) -> tuple[str, ...]:
    """Return what a file keeps in attributes, and never reads."""
    nodes = [node for node in nodes_of(text) if isinstance(node, ast.Attribute)]
    read = {node.attr for node in nodes if isinstance(node.ctx, ast.Load)}
    return tuple(dict.fromkeys(node.attr for node in nodes if node.attr not in read))


def _differ_in_a_letter(one: str, two: str) -> bool:
    pairs = zip(one, two, strict=False)
    return len(one) == len(two) > _LETTERS and sum(a != b for a, b in pairs) == 1


def _target(statement: ast.stmt) -> str:
    """Return the variable that a statement assigns; empty for anything else."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return ""
