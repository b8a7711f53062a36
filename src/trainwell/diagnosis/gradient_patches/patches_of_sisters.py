"""What the sisters of an expression have: one more term of a sum, one more factor of a product."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, reduce
from itertools import islice, permutations, product
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot
from trainwell.diagnosis.gradient_patches.syntax import (
    bracketed,
    exchanged,
    parts_of,
    renamed,
    text_of,
)

_TERM = ("path", "operand", "data-term")
_FACTOR = ("activation-missing", "activation-wrong", "path", "operand")
_SCALE = ("factor", "uniform", "constant", "data-term")  # of a part that is a number
_OTHER = {
    ast.Add: ("operand", "path", "activation-wrong"),
    ast.Mult: ("activation-wrong", "operand", "activation-missing"),
}
_OF_SISTER = 1.02
_OF_ROW = 1.12  # cost of one more of several terms that are alike
_MOST = 4  # parts of a sum, or of a product, that are compared in all orders
_IN_A_ROW = 40  # such terms
_LEAF = "_"


@dataclass(frozen=True, eq=False)
class _Parts:
    """A sum or a product, with its parts.

    Parameters
    ----------
    parts : tuple of ast.expr
        Its terms, or its factors.
    """

    parts: tuple[ast.expr, ...]

    @cached_property
    def forms(self) -> list[tuple[Any, tuple[str, ...]]]:
        """What is left of the parts without their variables, and these."""
        return [_form(each) for each in self.parts]


def sister_patches(slots: Sequence[Slot], known: Around) -> Iterator[Patch]:
    """Yield sums with a term, and products with a factor, that expressions like them have.

    Parameters
    ----------
    slots : sequence of Slot
        The expressions of a statement.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        ``dc * f + o * dh * f`` where ``dc * f`` stands, and beside it ``dc * i + o * dh * i``.
    """
    sums, products = (_all_of(known.source.tree, each) for each in (ast.Add, ast.Mult))
    for slot in slots:
        if not isinstance(getattr(slot.node, "ctx", ast.Load()), ast.Load):
            continue
        if not _is_within(slot, ast.Add):
            own = [*parts_of(slot.node, ast.Add)]
            yield from _like_sisters(slot, own, sums, ast.Add, known)
            for part in _of_row(own, known):
                yield _with(slot, ast.Add, part, _OF_ROW)
        if not _is_within(slot, ast.Mult):
            own = [*parts_of(slot.node, ast.Mult)]
            yield from _like_sisters(slot, own, products, ast.Mult, known)


def _like_sisters(
    slot: Slot,
    own: Sequence[ast.expr],
    sisters: Sequence[_Parts],
    operation: type[ast.operator],
    known: Around,
) -> Iterator[Patch]:
    """Yield a sum, or a product, with one more part, or another one, as one like it has."""
    for at, part in _of_sisters(own, sisters):
        scales = operation is ast.Mult and known.is_number(part)
        if at is None:
            patch = _with(slot, operation, part, _OF_SISTER)
            yield replace(patch, kinds=_SCALE) if scales else patch
        else:
            new = _joined([*own[:at], part, *own[at + 1 :]], operation)
            said = exchanged(ast.unparse(own[at]), ast.unparse(part))
            yield slot.becomes(new, _SCALE if scales else _OTHER[operation], _OF_SISTER, said)


def _kinds(operation: type[ast.operator]) -> tuple[str, ...]:
    return _TERM if operation is ast.Add else _FACTOR


def _with(slot: Slot, operation: type[ast.operator], part: ast.expr, cost: float) -> Patch:
    """Return an expression with one more part."""
    sign = "+" if operation is ast.Add else "*"
    new = ast.BinOp(slot.node, operation(), part)
    said = bracketed(part) if operation is ast.Mult else text_of(part)
    return slot.becomes(new, _kinds(operation), cost, f"`{sign} {said}` is missing")


@lru_cache(maxsize=32)
def _all_of(tree: ast.AST, operation: type[ast.operator]) -> tuple[_Parts, ...]:
    """Return the sums, or the products, of a function: whole ones, each once."""
    return tuple(_each_of(tree, operation))


def _each_of(tree: ast.AST, operation: type[ast.operator]) -> Iterator[_Parts]:
    found: set[str] = set()
    inside: set[int] = set()
    for node in ast.walk(tree):  # which comes to what is outside first
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, operation):
            continue
        inside |= {id(node.left), id(node.right)}
        text = ast.unparse(node)
        if id(node) not in inside and text not in found:
            found.add(text)
            yield _Parts(tuple(parts_of(node, operation)))


def _is_within(slot: Slot, operation: type[ast.operator]) -> bool:
    """Say whether an expression is itself part of such a sum or product."""
    return isinstance(slot.holder, ast.BinOp) and isinstance(slot.holder.op, operation)


def _is_plain(part: ast.expr) -> bool:
    """Say whether an expression is a variable, or read from one, also with another sign."""
    return not any(isinstance(node, ast.BinOp | ast.Call) for node in ast.walk(part))


def _joined(parts: Sequence[ast.expr], operation: type[ast.operator]) -> ast.expr:
    return reduce(lambda one, two: ast.BinOp(one, operation(), two), parts)


def _of_sisters(
    own: Sequence[ast.expr], sisters: Sequence[_Parts]
) -> Iterator[tuple[int | None, ast.expr]]:
    """Yield what one that is like it has more, or in the place of one part, as in its own words."""
    alike = [each for each in sisters if len(each.parts) in (len(own), len(own) + 1)]
    if len(own) > _MOST or not alike:
        return
    if all(map(_is_plain, own)):
        return  # a variable is like any other
    forms = [_form(each) for each in own]
    said = {ast.unparse(each) for each in own}
    seen: set[tuple[int | None, str]] = set()
    for sister in alike:
        if len(sister.parts) > len(own):
            places: Sequence[int | None] = (None,)
        else:
            places = range(len(own)) if len(own) > 1 else ()
        for at in places:
            for part in _lacking(forms, sister, at):
                text = ast.unparse(part)
                if text not in said and (at, text) not in seen:
                    seen.add((at, text))
                    yield at, part


def _lacking(
    own: Sequence[tuple[Any, tuple[str, ...]]], sister: _Parts, at: int | None
) -> Iterator[ast.expr]:
    """Yield the part of a sister that none of the others is, without the one at some place."""
    kept = [each for place, each in enumerate(own) if place != at]
    if all(isinstance(form, str) for form, _ in kept):
        return
    for chosen in permutations(range(len(sister.forms)), len(kept)):
        words = _words(kept, [sister.forms[each] for each in chosen])
        (left,) = {*range(len(sister.forms))} - {*chosen}
        if words is not None and (at is None or own[at][0] != sister.forms[left][0]):
            yield renamed(sister.parts[left], words)


def _of_row(own: Sequence[ast.expr], known: Around) -> Iterator[ast.expr]:
    """Yield one more of several terms that are alike, of variables that none of them reads."""
    forms = [_form(each) for each in own]
    if len(own) < 2 or len({text for text, _ in forms}) > 1 or forms[0][0] == _LEAF:
        return
    columns = [*zip(*(leaves for _, leaves in forms), strict=True)]
    used = {leaf for column in columns for leaf in column}
    varying = [at for at, column in enumerate(columns) if len({*column}) > 1]
    if not varying or any(len({*columns[at]}) < len(own) for at in varying):
        return
    choices = [
        [name for name in _like(columns[at][0], known) if name not in used] for at in varying
    ]
    for names in islice(product(*choices), _IN_A_ROW):
        words = {columns[at][0]: name for at, name in zip(varying, names, strict=True)}
        yield renamed(own[0], words)


def _like(name: str, known: Around) -> list[str]:
    """Return the variables of the function, or of its module, of the same shape and sort."""
    given = known.source.function.__globals__

    def shape(each: str) -> tuple[int, ...] | None:
        sort = known.source.sorts.get(each)
        if sort is not None:
            return sort[1] if sort[0] == "array" else None
        value: Any = given.get(each)
        return value.shape if isinstance(value, np.ndarray) else None

    wanted = shape(name)
    if not wanted:
        return []
    words = (n.id for n in ast.walk(known.source.tree) if isinstance(n, ast.Name))
    gradient = name in known.passed_on
    return [
        each
        for each in dict.fromkeys(words)
        if each != name and shape(each) == wanted and (each in known.passed_on) == gradient
    ]


def _form(node: ast.expr) -> tuple[Any, tuple[str, ...]]:
    """Return an expression without its variables, and these in their order."""
    leaves: list[str] = []
    return _bare(node, leaves), tuple(leaves)


def _bare(node: Any, leaves: list[str]) -> Any:
    """Return the form of a part of a syntax tree; its variables are put into ``leaves``."""
    match node:
        case ast.Name(id=name):
            leaves.append(name)
            return _LEAF
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            return (name, _bare(args, leaves), _bare(keywords, leaves))
        case ast.Attribute(value=ast.Name(id="np" | "numpy"), attr=name):
            return name
        case ast.AST():
            fields = (_bare(value, leaves) for name, value in ast.iter_fields(node))
            return (type(node).__name__, *fields)
        case list():
            return tuple(_bare(each, leaves) for each in node)
    return node


def _words(
    own: Sequence[tuple[Any, tuple[str, ...]]], theirs: Sequence[tuple[Any, tuple[str, ...]]]
) -> Mapping[str, str] | None:
    """Return which variables of theirs are which of its own; ``None`` if they are not alike."""
    words: dict[str, str] = {}
    for (text, leaves), (other, others) in zip(own, theirs, strict=True):
        if text != other:
            return None
        for one, two in zip(others, leaves, strict=True):
            if words.setdefault(one, two) != two:
                return None
    return words
