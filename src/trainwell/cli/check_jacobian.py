"""A function that returns several numbers, with its Jacobian, as solvers of equations take them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from trainwell.cli.check_arguments import Pair, Target, arguments_of, target
from trainwell.cli.check_case import Case
from trainwell.cli.check_made import Made, Maker
from trainwell.cli.check_names import (
    CASES,
    RESIDUALS,
    backwards_of,
    outermost,
    own_of,
    without_helpers,
)
from trainwell.cli.check_program import told
from trainwell.diagnosis.gradient_tape.copies import deep_copy
from trainwell.diagnosis.gradients.arranged import Function, Then
from trainwell.errors import DataError
from trainwell.types import FloatArray

_JACOBIAN = re.compile(
    r"_?(?:(.*)_)?(?:jac|jacobian|dfun|dfunc|fprime)|(?:jac|jacobian)_(.*)", re.IGNORECASE
)
"""How a Jacobian is called, maybe after its function."""
_DERIVATIVE = re.compile(r"d_?(.+)", re.IGNORECASE)
"""How it is called if there is a function of the name behind the d."""
_SECOND = re.compile(r"(?:.*_)?hess(?:ian)?(?:_.*)?", re.IGNORECASE)
"""How a matrix of second derivatives is called."""
_DRIVER = re.compile(
    r"main|demo|driver|fit|(?:solve|run|train|optimi[sz]e|minimi[sz]e|plot|simulate)\w*",
    re.IGNORECASE,
)
"""How a function is called that only uses both."""
_TIMES = ("t", "time", "_t", "_")


def with_jacobian(maker: Maker, forward: str | None, backward: str | None) -> Made | None:
    """Return a function of several numbers with its Jacobian; ``None`` if that is not there.

    Parameters
    ----------
    maker : Maker
        Of the program.
    forward, backward : str or None
        What a person has named.

    Returns
    -------
    Made or None
        A pair that says of itself that it is one.
    """
    if maker.owner is not None:
        return None
    usual = [n for n in maker.names if n not in CASES and not _DRIVER.fullmatch(n)]
    module = maker.program.module
    alone = own_of(module, usual) if maker.holder is module else usual
    if len(alone) == 1 or (forward and backward in (None, forward)):
        found = _together(maker, forward or alone[0])
        if found is not None:
            return found
    names = _names(maker, usual, forward, backward)
    if names is None:
        return None
    return _made(maker, maker.get(names[0]), maker.get(names[1]), names)


def _names(
    maker: Maker, usual: Sequence[str], forward: str | None, backward: str | None
) -> tuple[str, str] | None:
    """Return what the function and its Jacobian are called; ``None`` where that is not clear."""
    second = [name for name in usual if _SECOND.fullmatch(name)]
    if len(second) == 1 and len(usual) == 2 and backward is None:  # of a gradient
        return next(name for name in usual if name not in second), second[0]
    jacobians = without_helpers(jacobians_of(maker.names))
    if backward is None and any(name not in jacobians for name in backwards_of(maker.names)):
        return None
    jacobians = [backward] if backward else outermost(jacobians, maker.get)
    others = [name for name in usual if name not in jacobians]
    if len(jacobians) != 1:
        return None
    name = forward or _function_of(jacobians[0], outermost(others, maker.get), others)
    return None if name is None else (name, jacobians[0])


def _together(maker: Maker, name: str) -> Made | None:
    """Return a function that gives several numbers and their Jacobian, as ``root(jac=True)``."""
    both = maker.get(name)
    first, second = Then(both, itemgetter(0)), Then(both, itemgetter(1))
    try:
        return _made(maker, first, second, (name, name))
    except DataError:  # which returns no two things
        return None


def _made(
    maker: Maker, function: Function, jacobian: Function, names: tuple[str, str]
) -> Made | None:
    """Return both if the one gives several numbers, and the other a matrix."""
    try:
        case = _behind_the_time(maker.given.case(arguments_of(function)), arguments_of(function))
        pair = Pair(function, jacobian, *names, is_jacobian=True)
        aim = target(maker.program.path, pair, case, maker.numbers)
        values = _values(maker, aim)
    except DataError:  # told where they are taken for a cost and its gradient
        return None
    fits = values is not None and _fits(maker, aim, values)
    return (pair, aim) if fits else None


def jacobians_of(names: Sequence[str]) -> list[str]:
    """Return what may be Jacobians, by their names."""
    lower = {name.casefold() for name in names}
    found = []
    for name in names:
        behind = _DERIVATIVE.fullmatch(name)
        if _JACOBIAN.fullmatch(name) or (behind and behind.group(1).casefold() in lower):
            found.append(name)
    return found


def _function_of(jacobian: str, outer: Iterable[str], names: Iterable[str]) -> str | None:
    """Return the function that a Jacobian belongs to, by its name or since there is no other."""
    found = (pattern.fullmatch(jacobian) for pattern in (_JACOBIAN, _DERIVATIVE))
    own = {part.casefold() for match in found if match for part in match.groups() if part}
    choices = (
        [name for name in names if name.casefold() in own],
        [name for name in outer if RESIDUALS.fullmatch(name)],
        [*outer],
    )
    return next((several[0] for several in choices if len(several) == 1), None)


def _behind_the_time(case: Case, arguments: Sequence[str]) -> Case:
    """Return parameters and data of a differential equation, whose first argument is the time."""
    timed = len(arguments) > 1 and arguments[0] in _TIMES and case.names is None
    if not timed or isinstance(case.params, Mapping) or np.ndim(case.params) == 0:
        return case
    first, second, *others = arguments
    names = (first, *others)[: len(case.data)]
    return Case({second: case.params}, case.data, names)


def _values(maker: Maker, aim: Target) -> FloatArray | None:
    """Return the several numbers that a function gives; ``None`` for anything else."""
    with told(maker.program.path):
        found = aim.cost(deep_copy(aim.params), *deep_copy(aim.data))
    try:
        values = np.asarray(found)
    except ValueError:  # several arrays of different length
        return None
    return values if values.dtype.kind == "f" and values.size > 1 else None


def _fits(maker: Maker, aim: Target, values: FloatArray) -> bool:
    """Say whether another function gives a matrix of that size, or one for each parameter."""
    with told(maker.program.path):
        result = aim.grad(deep_copy(aim.params), *deep_copy(aim.data))
    parts = tuple(result.values()) if isinstance(result, dict) else (result,)
    several = isinstance(result, tuple) and all(_is_matrix(each, values) for each in result)
    return several or all(_is_matrix(each, values) for each in parts)


def _is_matrix(part: Any, values: FloatArray) -> bool:
    """Say whether something has a row for each of some values."""
    if hasattr(part, "toarray"):
        return True
    shape = np.shape(part)
    return len(shape) > values.ndim or (len(shape) == 2 and shape[0] == values.size)
