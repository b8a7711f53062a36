r"""A term that is missing times some number: the number is found without trying any.

Gradients are linear in what is added to a derivative on its way. With :math:`g_0` as it stands,
:math:`g_1` with a term added and :math:`r` the right gradient, the term is missing :math:`c` times
if :math:`r - g_0 = c\,(g_1 - g_0)`, element by element.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_patches.around import Around, around, last_key
from trainwell.diagnosis.gradient_patches.patch import Patch
from trainwell.diagnosis.gradient_patches.patch_trials import Patchable, Trial, numbers_of, tried
from trainwell.diagnosis.gradient_patches.patched import Source
from trainwell.diagnosis.gradient_patches.patches_of_ones import read
from trainwell.diagnosis.gradient_patches.patches_of_statements import numbers_at_hand
from trainwell.diagnosis.gradient_patches.syntax import located, text_of
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.types import FloatArray

_CLOSE = 1e-7  # relative, of what is left
_NUMBERS = 12  # with a name, that are tried in the place of the one that was found
_WRITTEN = (0.5, 1.0, 2.0, 3.0, 4.0)  # numbers that are written without a name


@dataclass(frozen=True, eq=False)
class _Term:
    """What a patch adds to an expression; ``None`` is before it where it stands for a zero."""

    before: ast.expr | None
    value: ast.expr


def fitted_term(
    backward: Patchable, known: Iterable[Trial], given: Mapping[str, Any], wrong: Sequence[str]
) -> Trial | None:
    """Return the patch that adds a multiple of what other patches add, and mends everything.

    Parameters
    ----------
    backward : Patchable
        What is patched.
    known : iterable of Trial
        Patches that have been tried.
    given : mapping of str to Any
        The gradients as they stand.
    wrong : sequence of str
        Parameters whose gradients are wrong.

    Returns
    -------
    Trial or None
        The simplest; the number has a name, where one fits.
    """
    own = numbers_of(backward, given, wrong)
    right = numbers_of(backward, backward.expected, wrong)
    if own is None or right is None or not np.isfinite(own).all():
        return None
    found = []
    for trial in known:
        term = _added(trial.patch)
        c = None if term is None else _multiple(trial, own, right)
        if term is not None and c is not None:
            found.append((trial, term, c))
    for trial, term, c in sorted(found, key=lambda each: each[0].patch.cost):
        patch, said = _with_number(trial, term, c, backward)
        whole = _tried(backward, trial, patch, wrong)
        named = None if whole is None else _named(backward, trial, term, c, wrong)
        if named is not None or (whole is not None and said):
            return named or whole
    return None


def _multiple(trial: Trial, own: FloatArray, right: FloatArray) -> float | None:
    """Return how many times what a patch does to the gradients is missing."""
    if trial.numbers is None or not np.isfinite(trial.numbers).all():
        return None
    change, lacking = trial.numbers - own, right - own
    square = float(change @ change)
    c = float(change @ lacking) / square if square else 0.0
    if not c or abs(c - 1) < _CLOSE:
        return None
    left = float(np.abs(lacking - c * change).max())
    return c if left <= _CLOSE * float(np.abs(lacking).max()) else None


def _added(patch: Patch) -> _Term | None:
    """Return what a patch adds; ``None`` for any other patch."""
    if len(patch.changes) != 1:
        return None
    holder, name, at, new = patch.changes[0]
    old = getattr(holder, name) if at is None else getattr(holder, name)[at]
    match old, new:
        case _, ast.BinOp(right=ast.BinOp(left=ast.Constant())):
            return None  # the same is added without a number, too
        case ast.Name(), _ if isinstance(patch.statement, ast.Return):
            return None  # what is only handed on lacks it where it is made
        case _, ast.BinOp(left=left, op=ast.Add(), right=right) if left is old:
            return _Term(None if isinstance(old, ast.Constant) and not old.value else left, right)
    return None


def _with_number(trial: Trial, term: _Term, c: float, backward: Patchable) -> tuple[Patch, bool]:
    """Return a patch that adds a term so many times, and whether somebody may have written that."""
    said = Constants(backward.constants, {}).name(abs(c))
    below = said.removeprefix("1 / ")
    value = text_of(term.value)
    text = f"{value} / {below}" if below != said else f"{said} * {value}"
    number = ast.BinOp(ast.Constant(abs(c)), ast.Mult(), term.value)
    has_name = said != f"{abs(c):.7g}" or any(abs(abs(c) - n) < _CLOSE * n for n in _WRITTEN)
    return _adding(backward, trial.patch, replace(term, value=number), text, c), has_name


def _named(
    backward: Patchable, trial: Trial, term: _Term, c: float, wrong: Sequence[str]
) -> Trial | None:
    """Return the patch with a variable in the place of the number, if there is one."""
    for name, number in _numbers(backward, trial.source, trial.patch.statement):
        for operation, text in ((ast.Div(), "{1} / {0}"), (ast.Mult(), "{0} * {1}")):
            product = replace(term, value=ast.BinOp(term.value, operation, number))
            said = text.format(name, text_of(term.value))
            patch = _adding(backward, trial.patch, product, said, c)
            found = _tried(backward, trial, patch, wrong)
            if found is not None:
                return found
    return None


def _numbers(
    backward: Patchable, source: Source, statement: ast.stmt
) -> Iterator[tuple[str, ast.expr]]:
    """Yield the numbers that a statement could have used, the nearest first."""
    at: Around = around(source, backward.constants, tuple(backward.expected)).at(statement)
    held = [text for text, sort in at.at_hand.items() if sort == ("number",)]
    near = [(name, value) for name, value, _ in numbers_at_hand(at)]
    far = [(text, read(text)) for text in sorted(held, key=lambda text: text.count("."))]
    yield from [*near, *far][:_NUMBERS]


def _adding(backward: Patchable, patch: Patch, term: _Term, text: str, c: float) -> Patch:
    """Return a patch that adds another value in the place of its term, or subtracts it."""
    holder, name, at, _ = patch.changes[0]
    old = getattr(holder, name) if at is None else getattr(holder, name)[at]
    sign = "-" if c < 0 else "+"
    if term.before is None:
        new: ast.expr = ast.UnaryOp(ast.USub(), term.value) if c < 0 else term.value
        message = f"`{text_of(old)}` should be `{'-' if c < 0 else ''}{text}`"
    else:
        operation = ast.Sub() if c < 0 else ast.Add()
        new = ast.BinOp(term.before, operation, term.value)
        message = f"`{sign} {text}` is missing"
    factors = (term.value.left, term.value.right) if isinstance(term.value, ast.BinOp) else ()
    penalty = any(last_key(ast.unparse(each)) in backward.expected for each in factors)
    kinds = ("regularisation", *patch.kinds) if penalty else patch.kinds
    change = ((holder, name, at, located(new, old)),)
    return replace(patch, changes=change, message=message, kinds=tuple(dict.fromkeys(kinds)))


def _tried(backward: Patchable, trial: Trial, patch: Patch, wrong: Sequence[str]) -> Trial | None:
    found = tried(backward, trial.source, patch, wrong)
    return found if found is not None and len(found.names) == len(wrong) else None
