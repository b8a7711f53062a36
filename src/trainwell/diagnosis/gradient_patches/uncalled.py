"""Formulas of the user's file that nothing calls: somebody may have forgotten to."""

import ast
from functools import lru_cache
from types import FunctionType

from trainwell.diagnosis.gradient_localisation.statements import nodes_of, source_of
from trainwell.diagnosis.gradient_patches.patched import Source, is_formula

_MOST = 12  # ways to call one


def uncalled(source: Source) -> tuple[str, ...]:
    """Return calls of formulas that nothing in the file calls, with arguments that stand there.

    Parameters
    ----------
    source : Source
        Where they may be missing.

    Returns
    -------
    tuple of str
        As ``slope(settings["rho"], mean)`` beside ``penalty(settings["rho"], mean)``; arguments
        with names that the function does not know are left out.
    """
    around = source.function.__globals__
    text = source_of(source.file)
    known = {*source.sorts, *around}
    found = []
    for name, value in around.items():
        if not isinstance(value, FunctionType) or value.__code__.co_filename != source.file:
            continue
        if name in _read(text) or value is source.function or not is_formula(value, around, 0):
            continue
        arguments = _arguments(text).get(value.__code__.co_argcount, ())
        chosen = [written for written, names in arguments if names <= known]
        found += [f"{name}({written})" for written in chosen[:_MOST]]
    return tuple(found)


@lru_cache(maxsize=16)
def _read(text: str) -> frozenset[str]:
    """Return all names that a file reads."""
    names = (node for node in nodes_of(text) if isinstance(node, ast.Name))
    return frozenset(node.id for node in names if isinstance(node.ctx, ast.Load))


@lru_cache(maxsize=16)
def _arguments(text: str) -> dict[int, tuple[tuple[str, frozenset[str]], ...]]:
    """Return the arguments of the calls of named functions in a file, by how many they are."""
    found: dict[int, dict[str, frozenset[str]]] = {}
    for node in nodes_of(text):
        match node:
            case ast.Call(func=ast.Name(), args=[_, *_] as args, keywords=[]):
                names = {n.id for each in args for n in ast.walk(each) if isinstance(n, ast.Name)}
                written = ", ".join(map(ast.unparse, args))
                found.setdefault(len(args), {})[written] = frozenset(names)
    return {count: tuple(each.items()) for count, each in found.items()}
