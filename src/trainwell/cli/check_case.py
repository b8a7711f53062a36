"""Where a gradient is checked: what the program's test case, or two files, give."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

import numpy as np

from trainwell.cli.check_names import CASES, functions_of
from trainwell.cli.check_program import Program, told
from trainwell.cli.text import listed
from trainwell.diagnosis.gradient_verdict.other_numbers import in_words
from trainwell.diagnosis.gradient_verdict.parameters import has_numbers, named_parts
from trainwell.errors import DataError, FileFormatError

_PARAMETERS = ("params", "parameters", "weights", "theta0", "x0", "p0", "w0")
_DATA = ("data", "args")


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


@dataclass(frozen=True)
class Given:
    """What there is to check at, before it is known who takes it.

    Parameters
    ----------
    path : str
        The program's file.
    name : str
        The test case's; empty for files of arrays.
    returned : Any
        What the test case has returned; a :class:`Case` from files.
    """

    path: str
    name: str
    returned: Any

    def case(self, arguments: Iterable[str]) -> Case:
        """Return parameters and data; ``arguments`` are those of the forward pass."""
        if isinstance(self.returned, Case):
            return self.returned
        found = _as_case(self.returned, set(arguments))
        if found is None:
            said = _in_words(self.returned)
            problem = "must return (params, data), params with arrays of real numbers; it gave"
            raise DataError.in_file(self.path, f"{self.name} {problem} {said}")
        return found

    @property
    def first(self) -> Any:
        """What comes first, which may be the object that is checked."""
        if isinstance(self.returned, Case):
            return None
        several = isinstance(self.returned, tuple | list) and len(self.returned) > 0
        return self.returned[0] if several else self.returned

    @property
    def names(self) -> tuple[str, ...]:
        """What the data are called, as far as the test case says so."""
        if isinstance(self.returned, Case):
            return self.returned.names or ()
        items = self.returned if isinstance(self.returned, tuple | list) else ()
        return tuple(str(key) for item in items[1:] if isinstance(item, Mapping) for key in item)

    def behind_the_first(self) -> "Given":
        """Return the same without what comes first, of which nothing is checked."""
        _, *others = self.returned if isinstance(self.returned, tuple | list) else (None,)
        nested = len(others) == 1 and isinstance(others[0], tuple | list)
        return replace(self, returned=others[0] if nested else tuple(others))

    def of(self, params: Any, *, instead: bool) -> "Given":
        """Return the same data with parameters that the test case has not returned.

        ``instead`` says that they stand in the place of what has come first.
        """
        if isinstance(self.returned, Case):
            return replace(self, returned=replace(self.returned, params=params))
        items = self.returned if isinstance(self.returned, tuple | list) else (self.returned,)
        return replace(self, returned=(params, *items[int(instead) :]))


def given_by(program: Program, name: str | None) -> Given:
    """Return what the program's test case returns, or what its variables hold."""
    if name is None:
        name = _case_name(program)
    if name is None:
        return _in_variables(program)
    function = getattr(program.module, name, None)
    if not callable(function):
        what = f"has no function {name!r}" if function is None else f"{name!r} is not a function"
        known = listed(functions_of(program.module)) or "none"
        raise DataError.in_file(program.path, f"{what}; its functions: {known}")
    needed = _needed(function)
    if needed:
        problem = f"{name} must return (params, data) without arguments; it needs"
        raise DataError.in_file(program.path, f"{problem} {listed(needed)}")
    with told(program.path):
        return Given(program.path, name, function())


def _in_variables(program: Program) -> Given:
    """Return what the program's variables ``params`` and ``data`` hold."""
    known = vars(program.module)
    named = [name for name in _PARAMETERS if name in known]
    params = next((name for name in named if has_numbers(known[name])), None)
    if params is None:
        problem = (
            f"{listed(named)} has no array of real numbers to check at"
            if named
            else "no parameters to check at: add a function case() that returns (params, data), or"
            " variables params and data, name a function with --case NAME, or give"
            " --params FILE.npz and --data FILE.npz"
        )
        raise DataError.in_file(program.path, problem)
    data = next((known[name] for name in _DATA if name in known), ())
    return Given(program.path, f"{params}, data", (known[params], data))


def _case_name(program: Program) -> str | None:
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
        raise DataError.in_file(program.path, problem)
    return None


def _needed(function: Callable[..., Any]) -> list[str]:
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
        # (params, {"X": ..., "Y": ...}), unless it is the course's (X, parameters), or the
        # functions take the dictionary.
        named = others[0]
        taken = {str(key).lower() for key in named} & {name.lower() for name in arguments}
        if taken or (mappings == [0, 1] and len(arguments) == 1):
            return _checked(Case(first, tuple(named.values()), tuple(map(str, named))))
    if len(mappings) == 1 and mappings != [0]:
        (at,) = mappings
        return _checked(Case(returned[at], tuple(returned[:at]) + tuple(returned[at + 1 :])))
    if len(others) == 1 and isinstance(others[0], tuple | list):
        return _checked(Case(first, tuple(others[0])))
    return _checked(Case(first, tuple(others)))


def _checked(found: Case) -> Case | None:
    return found if has_numbers(found.params) else None


def _in_words(returned: Any) -> str:
    if isinstance(returned, tuple | list):
        kinds = [type(item).__name__ for item in returned]
        said = f"{type(returned).__name__} of {listed(kinds)}" if kinds else "nothing"
        first = returned[0] if kinds and isinstance(returned[0], Mapping) else {}
        kinds_of = {name: getattr(item, "dtype", None) for name, item in first.items()}
        objects = [name for name, kind in kinds_of.items() if getattr(kind, "kind", "") == "O"]
        hint = f" ({objects[0]!r} is an array of objects: a list will do)" if objects else ""
        parts = named_parts(returned[0]) if kinds and not objects else {}
        other = in_words(parts, "")
        return other or said + hint
    return "None" if returned is None else f"one {type(returned).__name__}"


def given_in_files(params: str, data: str | None) -> Given:
    """Return the parameters and data of two files: .npz by name, .npy one array."""
    found = read_arrays(params)
    structure: Any = found[""] if list(found) == [""] else found
    if not has_numbers(structure):
        raise FileFormatError.unreadable(params, "holds no array of real numbers")
    if data is None:
        return Given(params, "", Case(structure, (), ()))
    given = read_arrays(data)
    if list(given) == [""]:
        return Given(params, "", Case(structure, (given[""],)))
    return Given(params, "", Case(structure, tuple(given.values()), tuple(given)))


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
