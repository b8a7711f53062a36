"""Another part of an array, and other places in a list, than those that stand there."""

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations, islice, permutations, product

from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot
from trainwell.diagnosis.gradient_patches.syntax import text_of

_PART = ("operand", "path", "activation-wrong", "support")
_PLACES = ("operand", "matrix", "path")
_OF_PART = 1.2
_ONE_END = 0.08  # what it costs less that one end stays
_OF_SETTING = 0.05  # what it costs more that no other part is taken so
_OF_PLACES = 1.15
_MORE_PLACES = 0.02  # what it costs more that more than two are exchanged
_OF_ENTRIES = 0.95  # rather than what gives each of them
_MOST = 8  # elements of a list
_MOST_ENTRIES = 16  # of a dictionary
_PARTS = 16
_JOINED = 4  # arrays, of which all orders are tried
_JOINING = ("hstack", "vstack", "concatenate", "stack", "column_stack")


def part_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield another slice that the function takes, and elements of a list in another order.

    Parameters
    ----------
    slot : Slot
        Which expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        ``gates[:, :n]`` where ``gates[:, n:2 * n]`` stands; ``[a, b]`` where ``[b, a]`` does.
    """
    node = slot.node
    if isinstance(node, ast.Slice) and _is_bounded(node):
        yield from _other_parts(slot, node, known)
    if isinstance(node, ast.List) and len(node.elts) <= _MOST:
        for one, two in combinations(range(len(node.elts)), 2):
            elements, message = _exchanged(node.elts, one, two)
            if not any(isinstance(node.elts[at], ast.Constant | ast.Starred) for at in (one, two)):
                yield slot.becomes(ast.List(elements, ast.Load()), _PLACES, _OF_PLACES, message)
    yield from _joined_otherwise(slot)
    if isinstance(node, ast.Dict) and len(node.values) <= _MOST_ENTRIES:
        for one, two in combinations(range(len(node.values)), 2):
            values, message = _exchanged(node.values, one, two)
            new = ast.Dict(node.keys, values)
            # Their names say that they are exchanged.
            if all(_is_called(new, at) and not _is_called(node, at) for at in (one, two)):
                yield slot.becomes(new, _PLACES, _OF_ENTRIES, message)


def _other_parts(slot: Slot, node: ast.Slice, known: Around) -> Iterator[Patch]:
    """Yield another slice that the function takes, or one to a number of the file."""
    own, taken = ast.unparse(node), _slices(known.source.tree)
    for text, other in taken.items():
        if text != own:
            less = _ONE_END if _share_an_end(node, other) else 0.0
            yield slot.becomes(other, _PART, _OF_PART - less)
    for name in known.settings:
        end = ast.Name(name, ast.Load())
        for other in (ast.Slice(None, end), ast.Slice(end, None)):
            if ast.unparse(other) not in taken:
                yield slot.becomes(other, _PART, _OF_PART + _OF_SETTING)


def _joined_otherwise(slot: Slot) -> Iterator[Patch]:
    """Yield arrays that are joined, as by ``np.hstack``, in another order."""
    match slot.holder, slot.node:
        case (
            ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)),
            ast.Tuple(elts=parts) | ast.List(elts=parts),
        ) if name in _JOINING and slot.name == "args":
            pass
        case _:
            return
    if not 2 <= len(parts) <= _JOINED or not all(isinstance(each, ast.Name) for each in parts):
        return
    for order in islice(permutations(parts), 1, None):
        same = sum(one is two for one, two in zip(order, parts, strict=True))
        cost = _OF_PLACES if same == len(parts) - 2 else _OF_PLACES + _MORE_PLACES
        yield slot.becomes(type(slot.node)([*order], ast.Load()), _PLACES, cost)


def _exchanged(elements: Sequence[ast.expr], one: int, two: int) -> tuple[list[ast.expr], str]:
    """Return some elements with two of them exchanged, and what is said of these."""
    others = list(elements)
    others[one], others[two] = others[two], others[one]
    both = f"`{text_of(elements[one])}` and `{text_of(elements[two])}`"
    return others, f"{both} are exchanged"


def _is_called(node: ast.Dict, at: int) -> bool:
    """Say whether a dictionary holds a variable under its own name."""
    match node.keys[at], node.values[at]:
        case ast.Constant(value=str() as key), ast.Name(id=name):
            return key in name or name in key
    return False


def _share_an_end(one: ast.Slice, two: ast.Slice) -> bool:
    ends = ((one.lower, two.lower), (one.upper, two.upper))
    return any(
        a is not None and b is not None and ast.unparse(a) == ast.unparse(b) for a, b in ends
    )


def _is_bounded(node: ast.Slice) -> bool:
    return node.step is None and (node.lower is not None or node.upper is not None)


@lru_cache(maxsize=16)
def _slices(tree: ast.FunctionDef) -> dict[str, ast.Slice]:
    """Return the parts that a function takes of its arrays, by their text, then those between."""
    found: dict[str, ast.Slice] = {}
    bounds: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Slice) and _is_bounded(node):
            found[ast.unparse(node)] = node
            given = (each for each in (node.lower, node.upper) if each is not None)
            bounds |= {ast.unparse(each): each for each in given}
    for one, two in product([None, *bounds.values()], repeat=2):
        between = ast.Slice(one, two)
        found.setdefault(ast.unparse(between), between)
    return {text: node for text, node in [*found.items()][:_PARTS] if text != ":"}
