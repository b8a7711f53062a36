"""SciPy's functions that are written in Python, made to take recorded arrays.

A universal function of ``scipy.special`` asks a recorded array what to do; ``softmax`` and its
like turn it into one of NumPy's at once. Users have imported them by name into modules of their
own, so it is not the name that is exchanged but the code of the function itself, and what takes
its place acts for recorded arrays only.
"""

import sys
from collections.abc import Callable
from functools import partial
from types import CodeType, FunctionType
from typing import Any

from trainwell.diagnosis.gradient_tape.dispatch import FUNCTIONS
from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported, is_traced

_CODES: dict[str, tuple[FunctionType, CodeType]] = {}


# The codes that take the place of SciPy's: they find what they need by importing it, since
# the names they see are those of SciPy's module.
def _softmax(*args: Any, **keywords: Any) -> Any:
    from trainwell.diagnosis.gradient_tape.recorded_scipy import carried_out

    return carried_out("softmax", args, keywords)


def _log_softmax(*args: Any, **keywords: Any) -> Any:
    from trainwell.diagnosis.gradient_tape.recorded_scipy import carried_out

    return carried_out("log_softmax", args, keywords)


def _logsumexp(*args: Any, **keywords: Any) -> Any:
    from trainwell.diagnosis.gradient_tape.recorded_scipy import carried_out

    return carried_out("logsumexp", args, keywords)


_REPLACED: dict[str, Callable[..., Any]] = {
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
}


def install_in_scipy() -> None:
    """Let SciPy's functions take recorded arrays, until :func:`restore_in_scipy`."""
    special = sys.modules.get("scipy.special")
    if special is None:  # then the user's functions have not called it either
        return
    for name, replacement in _REPLACED.items():
        function = getattr(special, name)
        if name not in _CODES:
            if not isinstance(function, FunctionType) or function.__code__.co_freevars:
                continue  # of another release of SciPy; complex steps take over
            _CODES[name] = function, function.__code__
        function.__code__ = replacement.__code__


def restore_in_scipy() -> None:
    """Give SciPy's functions their own code back."""
    for function, code in _CODES.values():
        function.__code__ = code


def carried_out(name: str, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Call one of SciPy's functions; recorded arguments stay so.

    Parameters
    ----------
    name : str
        The function's name in ``scipy.special``.
    args : tuple
        Its arguments.
    keywords : dict
        Those with a name.

    Returns
    -------
    Any
        A recorded array, if one was given.
    """
    recorded = next(filter(is_traced, (*args, *keywords.values())), None)
    if recorded is None:
        return _original(name)(*args, **keywords)
    recorder: Recorder = recorded.recorder
    try:
        return _HANDLERS[name](recorder, *args, **keywords)
    except TypeError as error:
        if isinstance(error, Unsupported):
            raise
        raise Unsupported.operation(f"{name} with these arguments") from error


def _original(name: str) -> Callable[..., Any]:
    """Return a function that does as SciPy's does, though that one has another code now."""
    function, code = _CODES[name]
    twin = FunctionType(code, function.__globals__, name, function.__defaults__)
    twin.__kwdefaults__ = function.__kwdefaults__
    return twin


def _logarithm_of_sum(
    recorder: Recorder,
    a: Any,
    axis: Any = None,
    b: Any = None,
    keepdims: Any = False,  # noqa: FBT002 - as SciPy has it
    return_sign: Any = False,  # noqa: FBT002
) -> Any:
    if return_sign:
        raise Unsupported.operation("logsumexp(..., return_sign=True)")
    arrays = (a,) if b is None else (a, b)
    return recorder.traced(
        recorder.by_rule("logsumexp", arrays, axis=axis, keepdims=bool(keepdims))
    )


def _along(name: str, recorder: Recorder, x: Any, axis: Any = None) -> Any:
    return FUNCTIONS[name](recorder, x, axis=axis)


_HANDLERS: dict[str, Callable[..., Any]] = {
    "softmax": partial(_along, "softmax"),
    "log_softmax": partial(_along, "log_softmax"),
    "logsumexp": _logarithm_of_sum,
}
"""By the name of SciPy's function; the recorder comes first."""
