"""NumPy's creating functions, made to give recorded arrays while a user's function runs.

Arrays that a function makes for itself, such as ``out = np.zeros(m)``, must be recorded if what
it writes into them is to be followed. The functions are exchanged in the module ``numpy`` itself,
and where the user has imported them by their names, since this is where they are looked up; the
replacements act for one thread only, but for ``float``: there another thread meets a type that
gives the same numbers.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.call_sites import called_name
from trainwell.diagnosis.gradient_tape.dispatch import FUNCTIONS
from trainwell.diagnosis.gradient_tape.imported_names import (
    exchange_names,
    is_named,
    modules_of,
    restore_names,
)
from trainwell.diagnosis.gradient_tape.recorded_math import install_in_math, restore_in_math
from trainwell.diagnosis.gradient_tape.recorded_methods import (
    install_in_classes,
    restore_in_classes,
)
from trainwell.diagnosis.gradient_tape.recorded_scipy import install_in_scipy, restore_in_scipy
from trainwell.diagnosis.gradient_tape.recorded_types import BUILT_IN, NumberType
from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported, is_inside, is_traced

_FILLED = (
    *("zeros", "ones", "empty", "full"),
    *("zeros_like", "ones_like", "empty_like", "full_like"),
    *("eye", "identity"),
)
_CONVERTED = ("array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray")
_LISTED = ("sum", "mean", "prod", "max", "min")

_LOCK = threading.Lock()
_ORIGINALS: dict[str, Any] = {}
_EXCHANGED: dict[int, Any] = {}
"""What takes the place of an original, by its identity."""
_ACTIVE = threading.local()
_users = 0


def _recorder(name: str) -> Recorder | None:
    """Return what records in this thread, if it is the user's source that calls a function."""
    stack: list[Recorder] = getattr(_ACTIVE, "stack", [])
    if not stack:
        return None
    frame = sys._getframe(2)  # noqa: SLF001
    if is_inside(frame.f_code.co_filename):
        return None
    called = called_name(frame) or ""  # as it is in NumPy, or as the user has imported it
    known = called == name or frame.f_globals.get(called) is _REPLACEMENTS[name]
    return stack[-1] if known else None


def _filled(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that gives a recorded array where the numbers can have a derivative."""
    # What is left to chance in an empty array must not differ from run to run.
    made: Callable[..., Any] = original
    if name.startswith("empty"):
        made = np.zeros if name == "empty" else np.zeros_like

    @wraps(original)
    def create(*args: Any, **keywords: Any) -> Any:
        recorder = _recorder(name)
        if recorder is None:
            return original(*args, **keywords)
        if _holds(args) or _holds(tuple(keywords.values())):
            if name in FUNCTIONS:
                return FUNCTIONS[name](recorder, *args, **keywords)
            return original(*args, **keywords)
        value = made(*args, **keywords)
        if type(value) is not np.ndarray or value.dtype.kind != "f":
            return value
        return recorder.constant(value, name)

    return create


def _converted(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that keeps what is recorded, also within lists."""

    @wraps(original)
    def convert(*args: Any, **keywords: Any) -> Any:
        recorder = _recorder(name)
        if recorder is None or not args or not _holds(args[0]):
            return original(*args, **keywords)
        return FUNCTIONS[name](recorder, *args, **keywords)

    return convert


def _of_lists(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that makes an array of a list with recorded values in it."""

    @wraps(original)
    def reduce(*args: Any, **keywords: Any) -> Any:
        if not args or type(args[0]) not in (list, tuple):
            return original(*args, **keywords)
        recorder = _recorder(name)
        if recorder is None or not _holds(args[0]):
            return original(*args, **keywords)
        return original(FUNCTIONS["array"](recorder, args[0]), *args[1:], **keywords)

    return reduce


def _of_iterators(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that makes an array of recorded values that come one by one."""

    @wraps(original)
    def create(iterable: Any, dtype: Any, *args: Any, **keywords: Any) -> Any:
        recorder = _recorder(name)
        if recorder is None:
            return original(iterable, dtype, *args, **keywords)
        items = list(iterable)
        if _holds(items) and not args and not keywords:
            return FUNCTIONS["array"](recorder, items, dtype)
        return original(items, dtype, *args, **keywords)

    return create


def _holds(value: Any) -> bool:
    """Say whether a value is recorded, or a list with such a value in it."""
    if type(value) in (list, tuple):
        return any(map(_holds, value))
    return is_traced(value)


_REPLACEMENTS: dict[str, Any] = {
    **{name: _filled(name, getattr(np, name)) for name in _FILLED},
    **{name: _converted(name, getattr(np, name)) for name in _CONVERTED},
    **{name: _of_lists(name, getattr(np, name)) for name in _LISTED},
    "fromiter": _of_iterators("fromiter", np.fromiter),
}


class _NumberType(NumberType):
    """What NumPy's types of numbers are exchanged for: conversions of recorded arrays stay so."""

    def __call__(self, value: Any = 0, *args: Any) -> Any:
        if is_traced(value):
            recorder = _recorder(self.__name__)
            if recorder is not None:
                return FUNCTIONS["astype"](recorder, value, self.original)
        return self.original(value, *args)


_TYPES = ("int64", "int32", "int16", "int8", "int_", "float64", "float32", "float16")
_REPLACEMENTS |= {
    name: _NumberType(name, (getattr(np, name),), {"original": getattr(np, name)})
    for name in _TYPES
}


class _Joined:
    """What ``np.c_`` and ``np.r_`` are exchanged for: recorded arrays are joined as such."""

    def __init__(self, name: str, original: Any) -> None:
        self._handler = FUNCTIONS["column_stack" if name == "c_" else "hstack"]
        self._original = original

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)

    def __getitem__(self, items: Any) -> Any:
        stack: list[Recorder] = getattr(_ACTIVE, "stack", [])
        if not stack or not _holds(items):
            return self._original[items]
        parts = items if type(items) is tuple else (items,)
        shapes = [getattr(part, "ndim", 0) for part in parts]
        if any(isinstance(part, str | slice) for part in parts) or max(shapes) > 2:
            raise Unsupported.operation("np.c_ or np.r_ with these arguments")
        if self._handler is FUNCTIONS["hstack"] and max(shapes) > 1:
            return FUNCTIONS["concatenate"](stack[-1], list(parts), 0)
        return self._handler(stack[-1], list(parts))


_REPLACEMENTS |= {name: _Joined(name, getattr(np, name)) for name in ("c_", "r_")}


def _install() -> None:
    for name, replacement in _REPLACEMENTS.items():
        _ORIGINALS[name] = getattr(np, name)
        setattr(np, name, replacement)
    install_in_classes()
    of_others = install_in_math() | install_in_scipy()
    _EXCHANGED.update({id(original): getattr(np, name) for name, original in _ORIGINALS.items()})
    _EXCHANGED.update(of_others)


def _restore() -> None:
    restore_names(_EXCHANGED, BUILT_IN)
    restore_in_math()
    restore_in_classes()
    restore_in_scipy()
    for name, original in _ORIGINALS.items():
        setattr(np, name, original)
    _ORIGINALS.clear()
    _EXCHANGED.clear()


def _refusal(error: BaseException | None) -> Unsupported | None:
    """Return the refusal that an error was made of."""
    while error is not None and not isinstance(error, Unsupported):
        error = error.__cause__ or error.__context__
    return error


@contextmanager
def recorded_numpy(
    recorder: Recorder, *functions: Callable[..., Any] | None, floats: bool = True
) -> Iterator[None]:
    """Let this thread's calls of NumPy's creating functions give recorded arrays.

    Calls from within NumPy, from within the tape and from other threads are not affected.

    Parameters
    ----------
    recorder : Recorder
        Where the arrays are written down.
    *functions : callable or None
        The user's: what their modules, and those of the functions that they call, have imported
        by its own name is exchanged, too.
    floats : bool, default=True
        Whether numbers that ``float`` takes out are recorded, where these name it: the type is
        exchanged there, for other threads as well, where it does what ``float`` does.

    Yields
    ------
    None
        Until the block ends, however it ends; blocks may stand within each other.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.diagnosis.gradient_tape.recorder import Recorder
    >>> recorder = Recorder()
    >>> with recorded_numpy(recorder):
    ...     out = np.zeros(2)
    >>> out[0] = recorder.leaf(3.0)
    >>> [step.operation for step in recorder.recording.steps]
    ['zeros', 'leaf', 'setitem']
    """
    global _users  # noqa: PLW0603 - how many blocks, of all threads, are in the module
    stack: list[Recorder] = _ACTIVE.__dict__.setdefault("stack", [])
    modules = modules_of(functions)
    built_in = BUILT_IN if floats and is_named("float", functions) else {}
    with _LOCK:
        if _users == 0:
            _install()
        _users += 1
    stack.append(recorder)
    try:
        with _LOCK:
            exchange_names(modules, _EXCHANGED, built_in)
        yield
    except Exception as error:
        refusal = _refusal(error)
        if refusal is error or refusal is None:
            raise
        raise refusal from None  # NumPy had put an error of its own before it
    finally:
        stack.pop()
        with _LOCK:
            _users -= 1
            if _users == 0:
                _restore()
