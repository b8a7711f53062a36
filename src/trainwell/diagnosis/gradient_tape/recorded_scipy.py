"""Functions that turn what they are given into arrays at once, made to take recorded ones.

Universal functions of ``scipy.special`` ask a recorded array what to do; ``softmax``, and the
functions of ``scipy.signal`` and ``scipy.linalg``, do not. Users have imported them by name into
modules of their own, and put them into lists and objects, so that it is not the name that is
exchanged but the code of the function itself. Of a function within another one, whose code cannot
be, the name is exchanged, as in ``numpy``. What takes their place acts for recorded arrays only.
"""

import sys
from collections.abc import Callable, Mapping
from types import CodeType, FunctionType
from typing import Any

from trainwell.diagnosis.gradient_tape.dispatch import FUNCTIONS
from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported, is_traced


def _alike(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_HANDLERS: dict[str, dict[str, str]] = {
    "numpy.lib.stride_tricks": _alike("as_strided"),
    "scipy.fft": _alike(
        *("fft", "ifft", "rfft", "irfft", "fft2", "ifft2", "fftn", "ifftn"),
        *("rfft2", "irfft2", "rfftn", "irfftn", "dct", "idct"),
    ),
    "scipy.linalg": {
        **_alike("inv", "det", "pinv", "svd", "svdvals", "lstsq", "norm", "expm", "sqrtm"),
        **_alike("cho_factor", "cho_solve", "solve_triangular", "block_diag"),
        **_alike("toeplitz", "lu_factor", "lu_solve"),
        "cholesky": "upper_cholesky",
        "eigh": "eigh_of_scipy",
        "eigvalsh": "eigvalsh_of_scipy",
        "solve": "solve_of_scipy",
    },
    "scipy.ndimage": {
        "convolve": "convolve_image",
        "convolve1d": "convolve_along",
        "correlate": "correlate_image",
        "correlate1d": "correlate_along",
    },
    "scipy.signal": {
        **_alike("convolve2d", "correlate2d", "fftconvolve", "oaconvolve"),
        "convolve": "convolve_along_all",
        "correlate": "correlate_along_all",
    },
    "scipy.spatial.distance": _alike("cdist", "pdist", "squareform"),
    "scipy.special": {
        **_alike("softmax", "log_softmax", "multigammaln", "polygamma"),
        "logsumexp": "logsumexp_of_scipy",
    },
}
"""By module and name: what they are in the table of handlers."""

_CODES: dict[tuple[str, str], tuple[FunctionType, CodeType]] = {}
_NAMES: dict[tuple[str, str], Callable[..., Any]] = {}
_MODULE, _NAME = "the module", "the name"


# It finds what it needs by importing it, since the names it sees are those of the other module.
def _template(*args: Any, **keywords: Any) -> Any:
    from trainwell.diagnosis.gradient_tape.recorded_scipy import carried_out

    return carried_out("the module", "the name", args, keywords)


def _code_for(module: str, name: str) -> CodeType:
    """Return the code that takes the place of a function's."""
    own = _template.__code__
    named = {_MODULE: module, _NAME: name}
    constants = tuple(
        named.get(each, each) if isinstance(each, str) else each for each in own.co_consts
    )
    return own.replace(co_consts=constants)


def install_in_scipy() -> dict[int, Any]:
    """Let functions take recorded arrays, until :func:`restore_in_scipy`.

    Returns
    -------
    dict of int to Any
        What takes the place of an original wherever it has a name, by its identity.
    """
    found: dict[int, Any] = {}
    for module_name, handlers in _HANDLERS.items():
        module = sys.modules.get(module_name)
        if module is None:  # then the user's functions have not called it either
            continue
        for name in handlers:
            function = getattr(module, name, None)
            if function is None:
                continue  # of another release of SciPy; complex steps take over
            place = module_name, name
            if isinstance(function, FunctionType) and not function.__code__.co_freevars:
                if place not in _CODES:
                    _CODES[place] = function, function.__code__
                function.__code__ = _code_for(*place)
                continue
            _NAMES[place] = function
            found[id(function)] = replacement = _following(*place)
            setattr(module, name, replacement)
    return found


def _following(module: str, name: str) -> Callable[..., Any]:
    def follow(*args: Any, **keywords: Any) -> Any:
        return carried_out(module, name, args, keywords)

    return follow


def restore_in_scipy() -> None:
    """Give the functions their own code back, and the modules their names."""
    for function, code in _CODES.values():
        function.__code__ = code
    for (module_name, name), original in _NAMES.items():
        setattr(sys.modules[module_name], name, original)


def carried_out(module: str, name: str, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Call a function; recorded arguments stay so.

    Parameters
    ----------
    module : str
        The function's module.
    name : str
        Its name there.
    args : tuple
        Its arguments.
    keywords : dict
        Those with a name.

    Returns
    -------
    Any
        A recorded array, if one was given.
    """
    recorder = recorder_of((*args, *keywords.values()))
    if recorder is None:
        return _original(module, name)(*args, **keywords)
    args, keywords = _by_place((module, name), args, keywords)
    try:
        return FUNCTIONS[_HANDLERS[module][name]](recorder, *args, **keywords)
    except TypeError as error:
        if not recorder.backward:
            if isinstance(error, Unsupported):
                raise
            raise Unsupported.operation(f"{name} with these arguments") from error
    return recorder.without_rule(_original(module, name), args, keywords)


def _by_place(
    place: tuple[str, str], args: tuple[Any, ...], keywords: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments without the names of those that come next."""
    left = dict(keywords)
    if place in _CODES:
        code = _CODES[place][1]
        for name in code.co_varnames[len(args) : code.co_argcount]:
            if name not in left:
                break
            args = (*args, left.pop(name))
    return args, left


def recorder_of(values: tuple[Any, ...]) -> Recorder | None:
    """Return what records one of some values, also within sequences.

    Parameters
    ----------
    values : tuple
        Arguments.

    Returns
    -------
    Recorder or None
        That of the first.
    """
    for value in values:
        if is_traced(value):
            recorder: Recorder = value.recorder
            return recorder
        if type(value) in (list, tuple):
            found = recorder_of(tuple(value))
            if found is not None:
                return found
    return None


def _original(module: str, name: str) -> Callable[..., Any]:
    """Return a function that does as it did, though it has another code now."""
    if (module, name) in _NAMES:
        return _NAMES[module, name]
    function, code = _CODES[module, name]
    twin = FunctionType(code, function.__globals__, name, function.__defaults__)
    twin.__kwdefaults__ = function.__kwdefaults__
    return twin
