"""What part an expression plays in a gradient: by it a fault in that place gets its name."""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from trainwell.diagnosis.scorecard.sites import Site, numbers

_UPSTREAM = re.compile(
    r"^(d(?!ata|im|type|ict|rop|elta_?t)[A-Za-z]|grad|delta|err|g(_|$)|upstream)"
)
_DROPOUT = re.compile(r"^(D\d*$|drop|keep|.*_?mask|M\d*$)")
_PRODUCTS = {"dot", "matmul", "einsum", "outer", "tensordot", "inner"}

Kinds = tuple[str, ...]


def identifiers(node: ast.AST) -> Iterator[str]:
    """Iterate over names, attributes and keys in an expression."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute):
            yield inner.attr
        elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value


def upstream(site: Site, node: ast.AST) -> bool:
    """Say whether an expression depends on what is, by its name, a gradient."""
    carriers = _carriers(site.around.assignments)
    return any(_UPSTREAM.match(name) or name in carriers for name in identifiers(node))


@lru_cache(maxsize=64)
def _carriers(assignments: tuple[tuple[str, ast.expr], ...]) -> frozenset[str]:
    """Return the variables of a function that are computed from gradients."""
    found: set[str] = set()
    for _ in assignments:
        before = len(found)
        for name, value in assignments:
            names = set(identifiers(value))
            if names & found or any(map(_UPSTREAM.match, names)):
                found.add(name)
        if len(found) == before:
            break
    return frozenset(found)


def is_product(node: ast.AST) -> bool:
    """Say whether an expression is a product of matrices."""
    match node:
        case ast.BinOp(op=ast.MatMult()):
            return True
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _PRODUCTS
    return False


def compares(node: ast.AST) -> bool:
    """Say whether an expression contains a comparison."""
    return any(isinstance(inner, ast.Compare) for inner in ast.walk(node))


def two_valued(site: Site, node: ast.expr) -> bool:
    """Say whether an expression is zero or one other value, as masks are."""
    if not site.is_array(node):
        return False
    values = np.unique(numbers(site.value(node)))
    return values.size <= 2 and 0 in values


def regularises(site: Site, node: ast.expr) -> bool:
    """Say whether a term is made of one parameter and of numbers: that of a penalty."""
    if not site.around.params or any(is_product(inner) for inner in ast.walk(node)):
        return False
    arrays = [
        inner
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name | ast.Subscript | ast.Attribute) and site.is_array(inner)
    ]
    alike = bool(arrays) and all(site.parameter(array) for array in arrays)
    return (
        alike
        and site.shape(node) == site.shape(arrays[0])
        and bool(numbers(site.value(node)).any())
    )


def terms(node: ast.expr) -> list[ast.expr]:
    """Return the terms of a sum."""
    match node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            return [*terms(left), *terms(right)]
    return [node]


def term(site: Site, node: ast.AST) -> Kinds:
    """Return the kind that follows from the term of the gradient in which a node stands."""
    for value in site.values:
        parts = terms(value)
        penalties = [regularises(site, part) for part in parts]
        for part, penalty in zip(parts, penalties, strict=True):
            if any(inner is node for inner in ast.walk(part)):
                if penalty:
                    return ("regularisation",)
                return ("data-term",) if any(penalties) else ()
    return ()


def slope(site: Site, node: ast.AST) -> Kinds:
    """Return the kind that follows from the local derivative in which a node stands."""
    for outer in site.nodes:
        inside = outer is not node and any(inner is node for inner in ast.walk(outer))
        if inside and compares(outer) and not upstream(site, outer) and site.is_array(outer):
            return ("mask", "activation-wrong")
    for factor in site.nodes:
        inside = any(inner is node for inner in ast.walk(factor)) and factor is not node
        if (
            inside
            and not upstream(site, factor)
            and site.is_array(factor)
            and not is_product(factor)
        ):
            bare = isinstance(factor, ast.Attribute) and factor.attr == "T"
            if not bare and not regularises(site, factor):
                return ("activation-wrong",)
    if any(map(site.is_array, site.values)) and not _about_gradients(site):
        return (
            ("mask", "activation-wrong")
            if any(map(compares, site.parts))
            else ("activation-wrong",)
        )
    return ()


def _about_gradients(site: Site) -> bool:
    """Say whether a statement computes a gradient and not a local derivative or a count."""
    return any(upstream(site, node) for node in (*site.parts, *site.targets))


def operand(site: Site, node: ast.expr) -> Kinds:
    """Return the kinds of a fault that forgets or repeats a factor."""
    if site.is_number(node):
        names = list(identifiers(node))
        dropout = any(_DROPOUT.match(name) for name in names)
        return (*(("dropout",) if dropout else ()), "factor", "uniform", "constant")
    if any(_DROPOUT.match(name) for name in identifiers(node)) and two_valued(site, node):
        return "dropout", "mask", "activation-missing"
    if compares(node) or two_valued(site, node):
        return "mask", "activation-missing"
    if site.parameter(node):
        return "matrix", "activation-missing", "operand"
    if upstream(site, node):
        return "path", "operand", "activation-wrong", "unknown"
    return "activation-missing", "activation-wrong", "operand"


def replaced(site: Site, node: ast.expr) -> Kinds:
    """Return the kinds of a fault that puts another variable in the place of one."""
    if site.is_number(node):
        return "operand", "factor", "constant"
    if site.parameter(node):
        return "matrix", "operand"
    if two_valued(site, node):
        return "mask", "activation-wrong", "operand"
    return "operand", "activation-wrong"
