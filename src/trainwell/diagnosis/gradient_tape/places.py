"""Where in the user's source an operation stands."""

import ast
from os import sep
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

_NUMPY = Path(np.__file__).parent
# The corpus is no package: its programs are as users write them.
_OWN = (file.parent for file in Path(__file__).parents[1].glob("gradient*/__init__.py"))
_FOLDERS = tuple(str(folder) + sep for folder in (*_OWN, _NUMPY, _NUMPY.parent / "scipy"))
_BUILT_ON_NUMPY = tuple(str(_NUMPY.parent / name) + sep for name in ("pandas", "sklearn"))
_LIBRARIES = (f"{sep}site-packages{sep}", str(Path(ast.__file__).parent) + sep)
_CORPUS = str(Path(__file__).parents[1] / "gradient_corpus") + sep  # as users write programs
_KNOWN: dict[str, bool] = {}
_PASSED_BY: dict[str, bool] = {}


def is_inside(file: str) -> bool:
    """Say whether a source file belongs to NumPy, SciPy or the gradient checker."""
    inside = _KNOWN.get(file)
    if inside is None:
        inside = file.startswith((*_FOLDERS, "<__array_function__"))
        if len(_KNOWN) > 4096:  # where programs are generated, so are names of files
            _KNOWN.clear()
        _KNOWN[file] = inside
    return inside


def is_users(file: str) -> bool:
    """Say whether a source file is the user's own: of no library that was installed."""
    library = any(folder in file for folder in _LIBRARIES) and not file.startswith(_CORPUS)
    return not is_inside(file) and not library


def file_of(function: Any) -> str:
    """Return the file in which a function stands, whatever it is wrapped in; empty if unknown."""
    while hasattr(function, "func"):
        function = function.func
    function = getattr(function, "__wrapped__", getattr(function, "__func__", function))
    code = getattr(function, "__code__", None)
    return "" if code is None else str(code.co_filename)


Place = tuple[str, int, int, tuple[tuple[str, int], ...]]
"""File, line and instruction of an operation; file and line of the calls that led there."""

_CALLERS = 4


def place_of(frame: FrameType | None, *, callers: bool = False) -> Place:
    """Return the place of the nearest caller that is a user's, with its own callers if wanted."""
    while frame is not None:
        file = frame.f_code.co_filename
        passed_by = _PASSED_BY.get(file)
        if passed_by is None:
            passed_by = is_inside(file) or file.startswith(_BUILT_ON_NUMPY)
            if len(_PASSED_BY) > 4096:
                _PASSED_BY.clear()
            _PASSED_BY[file] = passed_by
        if not passed_by:
            led = _callers(frame) if callers else ()
            return file, frame.f_lineno, frame.f_lasti, led
        frame = frame.f_back
    return "", 0, 0, ()


def _callers(frame: FrameType) -> tuple[tuple[str, int], ...]:
    """Return file and line of the user's calls that led to a frame, the nearest first."""
    found: list[tuple[str, int]] = []
    outer = frame.f_back
    while outer is not None and len(found) < _CALLERS:
        if is_inside(outer.f_code.co_filename):
            break
        found.append((outer.f_code.co_filename, outer.f_lineno))
        outer = outer.f_back
    return tuple(found)
