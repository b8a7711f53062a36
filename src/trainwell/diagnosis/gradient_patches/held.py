"""What the variables of a function hold, and how the function would write it."""

import ast
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.attributes import attributes

Sort = tuple[Any, ...]
"""What an expression is: ``("array", shape)``, ``("number",)``, ``("dict", keys)``, or the name
of a type."""

_KEYS = 100
_MOST = 60
_DEPTH = 2
_OPAQUE = (ModuleType, FunctionType, type, str, bytes)


def sort_of(value: Any) -> Sort:
    """Return what a value is, as far as another expression could stand for it."""
    if isinstance(value, bool | int | float):
        return ("number",)
    shape = _shape(value)
    if shape is not None:
        return ("array", shape) if shape else ("number",)
    if isinstance(value, dict):
        return ("dict", tuple(key for key in value if isinstance(key, str))[:_KEYS])
    return (type(value).__name__,)


def _shape(value: Any) -> tuple[int, ...] | None:
    """Return the shape of an array; what makes its attributes when it is asked is not asked."""
    if isinstance(value, type) or not hasattr(type(value), "shape"):
        return None
    try:
        shape = value.shape
    except Exception:  # noqa: BLE001 - such as of an object that is being made
        return None
    return tuple(shape) if isinstance(shape, tuple) else None


def held_by(variables: Mapping[str, Any], tree: ast.FunctionDef) -> dict[str, Sort]:
    """Return the arrays and numbers inside a function's variables, by the text that reads them.

    Parameters
    ----------
    variables : mapping of str to Any
        By name.
    tree : ast.FunctionDef
        The function: only the indices that it uses are tried on lists and arrays.

    Returns
    -------
    dict of str to tuple
        As ``{"tape.e": ("array", (3,)), "cache['A1']": ("array", (4, 7))}``; nothing of the
        user's is run to find it.
    """
    known = _known_indices(variables, tree)
    found: dict[str, Sort] = {}
    for name, value in variables.items():
        parts = ((text, sort_of(part)) for text, part in _parts(name, value, known, _DEPTH))
        found.update(islice(((text, sort) for text, sort in parts if _is_value(sort)), _MOST))
    return {**_parts_of_arrays(variables, tree), **found}


def _parts_of_arrays(variables: Mapping[str, Any], tree: ast.FunctionDef) -> dict[str, Sort]:
    """Return the parts of arrays that a function reads by slices, such as ``p[:, 0]``."""
    found: dict[str, Sort] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(ast.Name(id=name), ast.Tuple(elts=parts), ast.Load()):
                array = variables.get(name)
                places = [_place(part, variables) for part in parts]
                if type(array) is np.ndarray and None not in places and len(found) < _MOST:
                    with suppress(IndexError):
                        found[ast.unparse(node)] = sort_of(array[tuple(places)])
    return found


def _place(node: ast.expr, variables: Mapping[str, Any]) -> slice | int | None:
    """Return a whole slice, or a number; ``None`` for anything else."""
    match node:
        case ast.Slice(lower=None, upper=None, step=None):
            return slice(None)
        case ast.Constant(value=int() as number):
            return number
        case ast.UnaryOp(ast.USub(), ast.Constant(value=int() as number)):
            return -number
    found = _index(node, variables)
    return found if type(found) is int else None


def _is_value(sort: Sort) -> bool:
    return sort[0] in ("array", "number")


@dataclass(frozen=True)
class _Index:
    """An index that a function uses: its last value, and the lengths of what it is used on."""

    value: Any
    lengths: frozenset[int]


def _known_indices(variables: Mapping[str, Any], tree: ast.FunctionDef) -> dict[str, _Index]:
    """Return the indices that are a variable, or one more or less, by their text."""
    values: dict[str, Any] = {}
    lengths: dict[str, set[int]] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Subscript):
            continue
        value = _index(node.slice, variables)
        if value is None:
            continue
        text = ast.unparse(node.slice)
        values[text] = value
        owner = variables.get(node.value.id) if isinstance(node.value, ast.Name) else None
        lengths.setdefault(text, set()).add(_length(owner))
    return {text: _Index(value, frozenset(lengths[text])) for text, value in values.items()}


def _length(value: Any) -> int:
    """Return how many elements a list or an array has; -1 for anything else."""
    if isinstance(value, list | tuple):
        return len(value)
    return len(value) if isinstance(value, np.ndarray) and value.ndim else -1


def _index(node: ast.expr, variables: Mapping[str, Any]) -> Any:
    """Return the last value of an index, if that is a whole number or a text."""
    match node:
        case ast.Name(id=name):
            value = variables.get(name)
            return value if type(value) in (int, str) else None
        case ast.BinOp(left=ast.Name(id=name), op=operation, right=ast.Constant(value=step)):
            value = variables.get(name)
            if type(value) is int and type(step) is int:
                return value + step if isinstance(operation, ast.Add) else value - step
    return None


def _parts(
    text: str, value: Any, indices: Mapping[str, _Index], depth: int
) -> Iterator[tuple[str, Any]]:
    """Yield what can be read from a value by a key, an attribute or an index, also in turn."""
    for inner, part in _inside(text, value, indices):
        yield inner, part
        if depth > 1:
            yield from _parts(inner, part, indices, depth - 1)


def _inside(text: str, value: Any, indices: Mapping[str, _Index]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, _OPAQUE):
        return
    if isinstance(value, dict):
        keys = {repr(key): key for key in _texts(value)}
        keys |= {
            index: at.value for index, at in indices.items() if dict.__contains__(value, at.value)
        }
        yield from ((f"{text}[{key}]", dict.__getitem__(value, at)) for key, at in keys.items())
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        fields = zip(value._fields, value, strict=True)
        yield from ((f"{text}.{name}", each) for name, each in fields)
    elif isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim > 1):
        yield from _elements(text, value, indices)
    elif _is_frame(value):
        names = [name for name in value.columns if isinstance(name, str)]
        yield from ((f"{text}[{name!r}]", value[name]) for name in names[:_KEYS])
    elif _shape(value) is None:
        own = attributes(value)
        yield from ((f"{text}.{name}", own[name]) for name in _texts(own))


def _is_frame(value: Any) -> bool:
    """Say whether a value is a table of named columns, as pandas and polars have them."""
    return type(value).__name__ == "DataFrame" and hasattr(value, "columns")


def _texts(mapping: Mapping[Any, Any]) -> list[str]:
    return [key for key in mapping if isinstance(key, str)][:_KEYS]


def _elements(text: str, value: Any, indices: Mapping[str, _Index]) -> Iterator[tuple[str, Any]]:
    length = _length(value)
    for index, at in indices.items():
        if type(at.value) is int and length in at.lengths and -length <= at.value < length:
            yield f"{text}[{index}]", value[at.value]
