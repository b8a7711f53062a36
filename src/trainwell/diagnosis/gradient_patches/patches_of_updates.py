"""The update of a gradient that nothing adds to, behind that of another one."""

import ast
from collections.abc import Iterator, Sequence
from copy import deepcopy
from itertools import product

from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch
from trainwell.diagnosis.gradient_patches.syntax import followed, renamed, shortened, text_of

_MISSING = ("path", "zero", "data-term", "support")
_SUMS = (
    "{0}",
    "{0}.sum(axis=0)",
    "{0}.sum(axis=1)",
    "{0}.sum(axis=0, keepdims=True)",
    "{0}.sum(axis=1, keepdims=True)",
    "{0}.sum()",
)
_PRODUCTS = ("np.outer({0}, {1})", "np.outer({1}, {0})", "{0} @ {1}.T", "{1}.T @ {0}", "{0} * {1}")
_OF_SUM = 1.1  # cost of an update by a derivative, or by its sum over the examples
_OF_PRODUCT = 1.2  # cost of one by its product with something at hand
_MOST = 30  # arrays at hand


def missing_updates(
    statement: ast.AugAssign, at: int, known: Around, holder: ast.Module
) -> Iterator[Patch]:
    """Yield the update of an entry that nothing writes, made of the same derivatives.

    Parameters
    ----------
    statement : ast.AugAssign
        As ``grads["W" + gate] += np.outer(da, x)``.
    at : int
        Its place in the list in which it stands.
    known : Around
        What it could have used.
    holder : ast.Module
        Has the list as its body.

    Yields
    ------
    Patch
        With ``grads["b" + gate] += da`` behind it.
    """
    entry = _entry(statement.target)
    sort = None if entry is None else known.sort(entry.value)
    if entry is None or sort is None or sort[0] != "dict":
        return
    own = next(_texts(entry.slice), "")
    others = [each for each in _unwritten(sort[1], own, known) if each != own] if own else []
    if not others:
        return
    read = dict.fromkeys(n.id for n in ast.walk(statement.value) if isinstance(n, ast.Name))
    derivatives = [name for name in read if name in known.passed_on]
    arrays = [*known.arrays]
    values = [(form.format(d), _OF_SUM) for d, form in product(derivatives, _SUMS)]
    values += [
        (form.format(d, array), _OF_PRODUCT)
        for d, array, form in product(derivatives, arrays[:_MOST], _PRODUCTS)
        if array != d
    ]
    parsed = [(ast.parse(value, mode="eval").body, cost) for value, cost in values]
    told = [(value, ast.unparse(value), cost) for value, cost in parsed]
    for other in others:
        target = deepcopy(statement.target)
        changed = _entry(target)
        assert changed is not None  # noqa: S101 - there is one in what was copied
        changed.slice = renamed(changed.slice, {own: other})
        whole, short = ast.unparse(target), text_of(target)
        for value, text, cost in told:
            new = ast.AugAssign(target, ast.Add(), value)
            line = shortened(f"{whole} += {text}")
            message = f"`{line}` is missing, beside line {statement.lineno}"
            change = (holder, "body", at, followed(statement, new))
            yield Patch(statement, _MISSING, cost, message, (change,), target=short)


def _entry(target: ast.AST) -> ast.Subscript | None:
    """Return the part of a target that is an entry of a dictionary: ``g["W"]`` of ``g["W"][i]``."""
    while isinstance(target, ast.Subscript):
        if next(_texts(target.slice), ""):
            return target
        target = target.value
    return None


def _texts(node: ast.AST) -> Iterator[str]:
    """Yield the texts of an expression, such as that at the beginning of a key."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def _unwritten(keys: Sequence[str], own: str, known: Around) -> list[str]:
    """Return what may stand in a key in the place of a text, of entries that nothing writes."""
    ends = [key.removeprefix(own) for key in keys if key.startswith(own)]
    whole, begun = _written(known.source.tree)
    found = {key.removesuffix(end) for key in keys for end in ends if key.endswith(end)}
    return sorted(
        each
        for each in found - begun
        if all(f"{each}{end}" in keys for end in ends)
        if not all(f"{each}{end}" in whole for end in ends)
        if ends != [""] or not any(each.startswith(text) for text in begun)
    )


def _written(tree: ast.FunctionDef) -> tuple[set[str], set[str]]:
    """Return the keys of the entries that a function writes, and what other keys begin with."""
    whole: set[str] = set()
    begun: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            entry = _entry(node)
            if entry is not None:
                told = whole if isinstance(entry.slice, ast.Constant) else begun
                told.add(next(_texts(entry.slice)))
    return whole, begun
