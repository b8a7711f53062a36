"""Functions that turn what they are given into arrays at once, made to take recorded ones.

Universal functions of ``scipy.special`` ask a recorded array what to do; ``softmax``, and the
functions of ``scipy.signal`` and ``scipy.linalg``, do not. Users have imported them by name into
modules of their own, and put them into lists and objects, so that it is not the name that is
exchanged but the code of the function itself. Of a function within another one, whose code cannot
be, the name is exchanged, as in ``numpy``. What takes their place acts for recorded arrays only.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

from trainwell.diagnosis.gradient_tape.dispatch import FUNCTIONS
from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported, is_traced


def _alike(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_WITHOUT_RULE: dict[str, tuple[str, ...]] = {
    "scipy.linalg": (
        *("circulant", "expm_frechet", "hankel", "logm", "solve_continuous_lyapunov"),
        *("solve_discrete_lyapunov", "solve_sylvester"),
    ),
    "scipy.ndimage": (
        *("gaussian_filter", "gaussian_filter1d", "laplace", "map_coordinates", "maximum_filter"),
        *("median_filter", "minimum_filter", "shift", "sobel", "uniform_filter", "zoom"),
    ),
    "scipy.signal": (
        *("detrend", "filtfilt", "lfilter", "medfilt", "resample", "savgol_filter", "sosfilt"),
        "upfirdn",
    ),
}
"""By module: functions that only a backward pass may use, which nobody differentiates."""

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

_MODULE, _NAME = "the module", "the name"


@dataclass(frozen=True, eq=False)
class _Exchange:
    """A function that can be exchanged.

    Parameters
    ----------
    module : module
        Where it stands.
    name : str
        Its name there.
    function : callable
        Itself.
    code : CodeType or None
        Its own code; ``None`` if the name is exchanged.
    new : CodeType or callable
        What takes the place of its code, or of itself.
    """

    module: ModuleType
    name: str
    function: Any
    code: CodeType | None
    new: Any


_KNOWN: dict[tuple[str, str], _Exchange] = {}
"""What was exchanged once, by module and name."""


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


@lru_cache(maxsize=4)  # modules are imported now and then
def _exchanges(present: tuple[str, ...]) -> tuple[_Exchange, ...]:
    """Return what can be exchanged in modules that are there."""
    for module_name in present:
        module = sys.modules[module_name]
        for name in (*_HANDLERS[module_name], *_WITHOUT_RULE.get(module_name, ())):
            function = getattr(module, name, None)
            if function is None or (module_name, name) in _KNOWN:
                continue  # of another release of SciPy; complex steps take over
            own = isinstance(function, FunctionType) and not function.__code__.co_freevars
            code = function.__code__ if own else None
            new = _code_for if own else partial(partial, _followed)
            _KNOWN[module_name, name] = _Exchange(
                module, name, function, code, new(module_name, name)
            )
    return tuple(each for (module_name, _), each in _KNOWN.items() if module_name in present)


def _followed(module: str, name: str, /, *args: Any, **keywords: Any) -> Any:
    return carried_out(module, name, args, keywords)


def _present() -> tuple[str, ...]:
    """Return the modules that are there: the user's functions cannot have called others."""
    return tuple(name for name in _HANDLERS if name in sys.modules)


def install_in_scipy() -> dict[int, Any]:
    """Let functions take recorded arrays, until :func:`restore_in_scipy`.

    Returns
    -------
    dict of int to Any
        What takes the place of an original wherever it has a name, by its identity.
    """
    found: dict[int, Any] = {}
    for each in _exchanges(_present()):
        if each.code is not None:
            each.function.__code__ = each.new
        else:
            setattr(each.module, each.name, each.new)
            found[id(each.function)] = each.new
    return found


def restore_in_scipy() -> None:
    """Give the functions their own code back, and the modules their names."""
    for each in _KNOWN.values():
        if each.code is not None:
            each.function.__code__ = each.code
        else:
            setattr(each.module, each.name, each.function)


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
        if name not in _HANDLERS[module]:
            raise Unsupported.operation(f"{module}.{name}")
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
    code = _KNOWN[place].code
    if code is not None:
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
    known = _KNOWN[module, name]
    function: Any = known.function
    if known.code is None:
        return function  # type: ignore[no-any-return]
    twin = FunctionType(known.code, function.__globals__, name, function.__defaults__)
    twin.__kwdefaults__ = function.__kwdefaults__
    return twin
