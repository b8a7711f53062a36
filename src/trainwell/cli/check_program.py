"""A person's program while it is checked: imported, run, and its errors told in one sentence."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from types import ModuleType, TracebackType

from trainwell.cli.text import say
from trainwell.errors import DataError, FileFormatError, TrainwellError

_PACKAGE = Path(__file__).resolve().parents[1]
_FOREIGN = ("site-packages", "dist-packages")
# How the modules of the course's notebooks are called.
_OF_THE_COURSE = {"gc_utils", "init_utils", "opt_utils", "reg_utils", "testCases"}


@dataclass(frozen=True)
class Program:
    """A file of Python, imported.

    Parameters
    ----------
    path : str
        Its name, as it was given.
    module : ModuleType
        What it defines.
    """

    path: str
    module: ModuleType


@contextmanager
def running(path: str) -> Iterator[Program]:
    """Import a file, and keep its folder in sight while the block runs.

    The file's ``__name__`` is not ``"__main__"``. What it prints while it is imported goes
    to standard error; what its functions print, which are called many times, goes nowhere.
    """
    source, file = _read(path), Path(path).resolve()
    name = f"checked_{file.stem}"
    module = ModuleType(name)
    module.__file__ = str(file)
    arguments, known = sys.argv, sys.modules.get(name)
    sys.argv = [path]
    sys.path.insert(0, str(file.parent))
    sys.modules[name] = module
    try:
        with redirect_stdout(sys.stderr), told(path):
            # Running a person's own file is what the command is for.
            code = compile(source, str(file), "exec", dont_inherit=True)
            exec(code, vars(module))  # noqa: S102
        with redirect_stdout(StringIO()):
            yield Program(path, module)
    finally:
        sys.argv = arguments
        if str(file.parent) in sys.path:
            sys.path.remove(str(file.parent))
        sys.modules.pop(name, None)
        if known is not None:
            sys.modules[name] = known


def _read(path: str) -> bytes:
    if path.endswith(".ipynb"):
        raise FileFormatError.unreadable(path, "is a notebook; save its functions as a .py file")
    source = Path(path).read_bytes()
    if Path(path).suffix not in ("", ".py"):
        why = "is no .py file; check takes one with a forward and a backward pass"
        raise FileFormatError.unreadable(path, why)
    return source


@contextmanager
def told(path: str) -> Iterator[None]:
    """Turn what goes wrong in a person's code into one sentence with its file and line."""
    try:
        yield
    except KeyboardInterrupt:
        say("Stopped; nothing was written.")
        raise
    except SyntaxError as error:
        # One of another file, which this one imports, has its own name.
        named = _shown(error.filename or path, path)
        where = f"{named}, line {error.lineno}" if error.lineno else named
        raise DataError.in_file(where, f"{type(error).__name__}: {error.msg}") from None
    except BaseException as error:
        place = _place(error.__traceback__, path)
        if place is None and isinstance(error, TrainwellError):
            raise
        if isinstance(error, SystemExit):
            problem = "the program ends itself here (sys.exit)"
        else:
            problem = _described(error)
        if place is None:
            raise DataError.in_file(path, f"could not be checked: {problem}") from error
        raise DataError.in_file(place, problem) from error


def _described(error: BaseException) -> str:
    said = " ".join(str(error).split())
    problem = f"{type(error).__name__}: {said}" if said else type(error).__name__
    problem += "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
    if isinstance(error, ModuleNotFoundError) and error.name in _OF_THE_COURSE:
        problem += " (begin with: import trainwell.course; trainwell.course.install())"
    return problem


def _place(traceback: TracebackType | None, path: str) -> str | None:
    """Return the innermost place in a person's own code; ``None`` if there is none."""
    found = None
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if _is_own(code.co_filename, path):
            within = "" if code.co_name == "<module>" else f", in {code.co_name}"
            found = f"{_shown(code.co_filename, path)}, line {traceback.tb_lineno}{within}"
        traceback = traceback.tb_next
    return found


def _is_own(file: str, path: str) -> bool:
    given, other = Path(path).resolve(), Path(file)
    if other == given:
        return True
    beside = other.is_absolute() and other.is_relative_to(given.parent)
    return beside and not other.is_relative_to(_PACKAGE) and not set(_FOREIGN) & set(other.parts)


def _shown(file: str, path: str) -> str:
    """Return a file's name as a person would write it."""
    given, other = Path(path).resolve(), Path(file)
    if other == given:
        return path
    if other.is_absolute() and other.is_relative_to(given.parent):
        return str(Path(path).parent / other.relative_to(given.parent))
    return file
