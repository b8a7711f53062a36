"""Which functions of a program are the forward pass, the backward pass and the test case."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import Parameter, isclass, isfunction, signature
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from trainwell.cli.check_program import Program, told
from trainwell.cli.text import listed
from trainwell.errors import DataError, FileFormatError

Function = Callable[..., Any]

_FORWARD = re.compile(r"(forward|cost|loss)(.*)", re.IGNORECASE)
_BACKWARD = re.compile(
    r"(?:backwards?|grad(?:ient)?s?)(.*)|(.*)_(?:backward|grad(?:ient)?s?)", re.IGNORECASE
)
# Of the course's own assignment: what checks, and what turns gradients into a vector.
_HELPERS = re.compile(r".*check.*|.*_to_vector|.*test_case", re.IGNORECASE)
CASES = ("case", "make_case", "test_case", "example")
"""How a function is called that returns parameters and data."""


@dataclass(frozen=True)
class Pair:
    """A forward pass and the backward pass that belongs to it."""

    forward: Function
    backward: Function
    forward_name: str
    backward_name: str


def pair(program: Program, forward: str | None = None, backward: str | None = None) -> Pair:
    """Find the two functions, by name where none is given."""
    functions = _functions(program.module)
    backwards = [n for n in functions if _BACKWARD.fullmatch(n) and not _HELPERS.fullmatch(n)]
    forwards = [
        n
        for n in functions
        if _FORWARD.fullmatch(n) and not _HELPERS.fullmatch(n) and n not in backwards
    ]
    for name in filter(None, (forward, backward)):
        _named(program, name)
    first = [forward] if forward else forwards
    second = [backward] if backward else backwards
    if len(first) > 1 or len(second) > 1:
        first, second = _belonging(first, second)
    one = _the_one(program, first, "forward", "begins with forward, cost or loss")
    other = _the_one(program, second, "backward", "begins with backward or grad")
    return Pair(_named(program, one), _named(program, other), one, other)


def _functions(module: ModuleType) -> list[str]:
    """Return the names of a program's functions; of imported ones if it has none of its own."""
    names = [
        name
        for name, value in vars(module).items()
        if callable(value) and not isclass(value) and not name.startswith("_")
    ]
    own = [n for n in names if getattr(getattr(module, n), "__module__", "") == module.__name__]
    if any(_FORWARD.fullmatch(n) or _BACKWARD.fullmatch(n) for n in own):
        return own
    return [n for n in names if isfunction(getattr(module, n))]


def _belonging(forwards: list[str], backwards: list[str]) -> tuple[list[str], list[str]]:
    """Return those whose names go on alike, such as forward_n and backward_n, if some do."""
    ends = {name: _rest(_BACKWARD, name) for name in backwards}
    alike = [
        (f, b) for f in forwards for b in backwards if _rest(_FORWARD, f) == ends[b] is not None
    ]
    if not alike:
        return forwards, backwards
    return list(dict.fromkeys(f for f, _ in alike)), list(dict.fromkeys(b for _, b in alike))


def _rest(pattern: re.Pattern[str], name: str) -> str | None:
    found = pattern.fullmatch(name)
    if found is None:
        return None
    end = next((group for group in reversed(found.groups()) if group is not None), "")
    # cost_gradient belongs to cost as backward belongs to forward.
    inner = _FORWARD.fullmatch(end)
    return (inner.group(2) if inner else end).casefold()


def _the_one(program: Program, names: list[str], side: str, rule: str) -> str:
    if len(names) == 1:
        return names[0]
    if names:
        problem = f"several functions may be the {side} pass: {listed(names)}"
        raise DataError.in_file(program.path, f"{problem}; choose one with --{side} NAME")
    known = _functions(program.module)
    has = f"it has {listed(known)}" if known else "it has no function at all"
    problem = f"has no function whose name {rule} ({has}); name the {side} pass with"
    raise DataError.in_file(program.path, f"{problem} --{side} NAME")


def _named(program: Program, name: str) -> Function:
    value = getattr(program.module, name, None)
    if not callable(value):
        what = f"{name!r} is not a function" if value is not None else f"has no function {name!r}"
        known = listed(_functions(program.module)) or "none"
        raise DataError.in_file(program.path, f"{what}; its functions: {known}")
    function: Function = value
    return function


@dataclass(frozen=True)
class Case:
    """Where a gradient is checked.

    Parameters
    ----------
    params : Any
        The parameters, in the structure that the functions take.
    data : tuple
        What the functions take beside them.
    names : tuple of str or None
        What the data are called; ``None`` if only their order is known.
    """

    params: Any
    data: tuple[Any, ...] = ()
    names: tuple[str, ...] | None = None


def case_of(program: Program, name: str | None, arguments: Iterable[str]) -> Case:
    """Return what the program's test case gives; ``arguments`` are those of its forward pass."""
    if name is None:
        name = _case_name(program)
    function = _named(program, name)
    needed = _needed(function)
    if needed:
        problem = f"{name} must return (params, data) without arguments; it needs"
        raise DataError.in_file(program.path, f"{problem} {listed(needed)}")
    with told(program.path):
        returned = function()
    found = _as_case(returned, set(arguments))
    if found is None:
        said = _in_words(returned)
        problem = f"{name} must return (params, data), params with arrays of real numbers; it gave"
        raise DataError.in_file(program.path, f"{problem} {said}")
    return found


def _case_name(program: Program) -> str:
    known = vars(program.module)
    exact = [name for name in CASES if callable(known.get(name))]
    if exact:
        return exact[0]
    names = [n for n, value in known.items() if n.endswith("_test_case") and callable(value)]
    if len(names) > 1:
        # `from testCases import *` brings those of every assignment.
        names = [name for name in names if name.startswith("grad")] or names
    if len(names) == 1:
        return names[0]
    if names:
        problem = f"several functions may be the case: {listed(names)}; choose one with --case NAME"
    else:
        problem = (
            "no parameters to check at: add a function case() that returns (params, data),"
            " name one with --case NAME, or give --params FILE.npz and --data FILE.npz"
        )
    raise DataError.in_file(program.path, problem)


def _needed(function: Function) -> list[str]:
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    optional = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    return [p.name for p in parameters if p.default is p.empty and p.kind not in optional]


def _as_case(returned: Any, arguments: set[str]) -> Case | None:
    if isinstance(returned, Mapping | np.ndarray | float):
        return _checked(Case(returned))
    if not isinstance(returned, tuple | list) or not returned:
        return None
    mappings = [at for at, item in enumerate(returned) if isinstance(item, Mapping)]
    first, *others = returned
    if len(others) == 1 and isinstance(others[0], Mapping):
        # (params, {"X": ..., "Y": ...}), unless it is the course's (X, parameters).
        named = others[0]
        if mappings == [0, 1] or {str(key) for key in named} & arguments:
            return _checked(Case(first, tuple(named.values()), tuple(map(str, named))))
    if len(mappings) == 1 and mappings != [0]:
        (at,) = mappings
        return _checked(Case(returned[at], tuple(returned[:at]) + tuple(returned[at + 1 :])))
    if len(others) == 1 and isinstance(others[0], tuple | list):
        return _checked(Case(first, tuple(others[0])))
    return _checked(Case(first, tuple(others)))


def _checked(found: Case) -> Case | None:
    return found if _has_numbers(found.params) else None


def _has_numbers(params: Any) -> bool:
    if isinstance(params, Mapping):
        return any(map(_has_numbers, params.values()))
    if isinstance(params, list | tuple):
        return any(map(_has_numbers, params))
    if isinstance(params, np.ndarray):
        return params.dtype.kind in "fiu" and params.size > 0
    return type(params) in (int, float) or isinstance(params, np.floating | np.integer)


def _in_words(returned: Any) -> str:
    if isinstance(returned, tuple | list):
        kinds = [type(item).__name__ for item in returned]
        return f"{type(returned).__name__} of {listed(kinds)}" if kinds else "nothing"
    return "None" if returned is None else f"one {type(returned).__name__}"


def case_in_files(params: str, data: str | None) -> Case:
    """Return the parameters and data of two files: .npz by name, .npy one array."""
    found = read_arrays(params)
    structure: Any = found[""] if list(found) == [""] else found
    if not _has_numbers(structure):
        raise FileFormatError.unreadable(params, "holds no array of real numbers")
    if data is None:
        return Case(structure, (), ())
    given = read_arrays(data)
    if list(given) == [""]:
        return Case(structure, (given[""],))
    return Case(structure, tuple(given.values()), tuple(given))


def read_arrays(path: str) -> dict[str, Any]:
    """Return the arrays of an .npz by name; the one of an .npy has the empty name."""
    content = Path(path)
    content.open("rb").close()  # what is not there is the system's word
    try:
        loaded = np.load(content, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {"": loaded}
        with loaded:
            return {name: loaded[name][()] for name in loaded.files}
    except Exception:  # noqa: BLE001 - NumPy raises whatever the bytes lead to
        problem = "is not a file of numpy.savez (.npz) or numpy.save (.npy)"
        raise FileFormatError.unreadable(path, problem) from None
