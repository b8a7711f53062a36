"""Where functions are written: their syntax trees."""

import ast
import linecache
from functools import lru_cache
from types import CodeType


def tree_of(code: CodeType) -> ast.FunctionDef | None:
    """Return the syntax tree of a function, for patches to change; ``None`` without a source."""
    module = parsed("".join(linecache.getlines(code.co_filename)))
    found = None if module is None else definition(module, code)
    if found is not None:
        found.decorator_list = []
    return found


def definition(module: ast.AST, code: CodeType) -> ast.FunctionDef | None:
    """Return the node of a function among those of a module, or within another function."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name:
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            if first == code.co_firstlineno:
                return node
    return None


def parsed(text: str) -> ast.Module | None:
    """Return the syntax tree of a program; ``None`` if it is none of Python's."""
    try:
        return ast.parse(text)
    except SyntaxError:
        return None


module_of = lru_cache(maxsize=16)(parsed)
"""The same for those who only read it: many functions stand in one file."""
