"""Variables around a function that it does not read, but others that were made with it do."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import CellType, CodeType, FunctionType
from typing import Any

from trainwell.diagnosis.gradient_patches.bound_constants import bound
from trainwell.diagnosis.gradient_patches.held import Sort, sort_of

_MARK = "\0near"
_FUNCTION = "value"  # the method of this that the user's code calls
_MADE = ".<locals>."


@dataclass(frozen=True, eq=False)
class Near:
    """What a patch of a function may read of the function that has made it.

    Parameters
    ----------
    cells : mapping of str to cell
        By the name of the variable.
    """

    cells: Mapping[str, CellType]

    def value(self, name: str) -> Any:
        """Return what a variable holds now."""
        return self.cells[name].cell_contents

    def values(self) -> dict[str, Any]:
        """Return what all of them hold now."""
        return {name: cell.cell_contents for name, cell in self.cells.items()}

    def sorts(self) -> dict[str, Sort]:
        """Return of what sort that is."""
        return {name: sort_of(value) for name, value in self.values().items()}

    @contextmanager
    def applied(self, tree: ast.FunctionDef) -> Iterator[None]:
        """Give a function, for a while, variables of its own of those that it reads."""
        read = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
        found = [self._given(name, tree.body[0]) for name in self.cells if name in read]
        tree.body[:0] = found
        try:
            yield
        finally:
            del tree.body[: len(found)]

    def _given(self, name: str, first: ast.stmt) -> ast.Assign:
        method = ast.Attribute(ast.Constant(_MARK), _FUNCTION, ast.Load())
        value = ast.Call(method, [ast.Constant(name)], [])
        given = ast.Assign([ast.Name(name, ast.Store())], value)
        return ast.fix_missing_locations(ast.copy_location(given, first))

    def bound(self, code: CodeType) -> CodeType:
        """Return a code that was compiled with this applied, with this where it asks."""
        return bound(code, _MARK, self)


def near(function: FunctionType, others: Iterable[FunctionType]) -> Near:
    """Return the variables that functions made with another one read, and it does not.

    Parameters
    ----------
    function : FunctionType
        One that may have been made within another.
    others : iterable of FunctionType
        Those that may have been made with it.

    Returns
    -------
    Near
        Of the same call of the same maker; nothing where that is not known.
    """
    maker, own = _maker(function), _cells(function)
    found: dict[str, CellType] = {}
    for other in others:
        theirs = _cells(other)
        shared = own.keys() & theirs.keys()
        same = all(own[name] is theirs[name] for name in shared)
        if maker and _maker(other) == maker and shared and same:
            found.update(theirs)
    known = {*own, *function.__code__.co_varnames, *function.__code__.co_cellvars}
    return Near({name: cell for name, cell in found.items() if name not in known and _full(cell)})


def _maker(function: FunctionType) -> tuple[str, str] | None:
    """Return file and name of the function that has made another one."""
    name, made, _ = function.__qualname__.rpartition(_MADE)
    return (function.__code__.co_filename, name) if made else None


def _cells(function: FunctionType) -> dict[str, CellType]:
    return dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))


def _full(cell: CellType) -> bool:
    """Say whether a variable holds anything yet: an empty cell has no contents."""
    try:
        return not isinstance(cell.cell_contents, FunctionType)
    except ValueError:
        return False
