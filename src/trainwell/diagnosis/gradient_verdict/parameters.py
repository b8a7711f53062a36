"""The parameters of a cost, however they are kept: named arrays in, the same structure out."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.attributes import attributes, is_record, with_attributes
from trainwell.diagnosis.gradient_tape.dispatch import plain
from trainwell.diagnosis.gradient_verdict.comparison import all_finite
from trainwell.diagnosis.gradient_verdict.other_numbers import in_words
from trainwell.errors import DataError
from trainwell.types import FloatArray

Arrays = Mapping[str, FloatArray]
PATTERNS = (
    "d{}",
    "{}",
    "grad_{}",
    "{}_grad",
    "d_{}",
    "g{}",
    "g_{}",
    "grad{}",
    "D{}",
    "delta_{}",
    "nabla_{}",
    "{}_gradient",
    "gradient_{}",
    "{}_diff",
    "dj_d{}",
    "dJ_d{}",
    "dL_d{}",
    "dloss_d{}",
    "dLd{}",
    "dJd{}",
    "∂{}",
    "∇{}",
)
"""How people call the gradient of a parameter."""

_SETTING = re.compile(
    r"lam(?:bda|bd)?_?|reg(?:ulari[sz]ation)?(?:_strength)?|l[12](?:_reg)?|(?:learning_?)?rate|lr"
    r"|eta|eps(?:ilon)?|momentum|keep_?prob|drop_?(?:out|prob|rate).*|.*decay.*|tol|temperature",
    re.IGNORECASE,
)
"""How a number is called that nobody trains, unless there is a gradient of it."""
_DEEP = 6  # objects within objects
_DOUBLE = 8  # bytes of a number in double precision
_ROUNDED = 1e-9  # of a complex number, what rounding may leave of its imaginary part


def called_like(names: Mapping[Any, Any], name: Any) -> Any:
    """Return what is called like the gradient of something; ``None`` if nothing is.

    Parameters
    ----------
    names : mapping
        Anything, by name.
    name : Any
        Of the parameter; what has this very name is none.

    Returns
    -------
    Any
        The first, in the order of ``PATTERNS``.
    """
    plain = str(name).lstrip("_")  # what a property hides: `_W` or `_dW`, for W
    hidden = ("", "_") if plain != str(name) else ("",)
    for pattern in PATTERNS:
        for before in hidden:
            called = before + pattern.format(plain)
            if called != str(name) and names.get(called) is not None:
                return names[called]
    return None


@dataclass(frozen=True, eq=False)
class Parameters:
    """Named arrays, and the structure they came in.

    Parameters
    ----------
    structure : Any
        A dictionary, list, tuple or an object's attributes, also nested, or one array.
    arrays : mapping of str to FloatArray
        Copies of the arrays of floating-point numbers in it, by name; float64.
    narrow : frozenset of str, default=frozenset()
        Those that came in narrower numbers: so may their gradients.
    """

    structure: Any
    arrays: Arrays
    narrow: frozenset[str] = frozenset()

    @classmethod
    def of(cls, structure: Any, *, whole: bool = False) -> "Parameters":
        """Return the parameters in a structure, copied; what may be settings only if asked for.

        Whole numbers may be sizes and indices, and a number that an object has as its attribute
        a rate. Where there is nothing else, they are parameters.
        """
        leaves = dict(_leaves(structure))
        chosen = leaves if whole else dict(_leaves(structure, settings=False)) or leaves
        arrays = {name: np.array(value, dtype=np.float64) for name, value in chosen.items()}
        if not arrays:
            got = in_words(named_parts(structure), f"{type(structure).__name__} without any")
            problem = f"must hold real arrays or numbers, got {got}"
            raise DataError.in_array("check_gradients", "params", problem)
        for name, array in arrays.items():
            if not all_finite(array):
                at = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
                where = f" at {at[0] if len(at) == 1 else at}" if at else ""
                problem = f"holds {array[at]}{where}: a gradient is checked where all are finite"
                raise DataError.in_array("check_gradients", f"the parameter {name}", problem)
        return cls(structure, arrays, frozenset(n for n, v in chosen.items() if _is_narrow(v)))

    @property
    def has_settings(self) -> bool:
        """Whether there are whole numbers or settings beside the parameters, or among them."""
        every = sum(1 for _ in _leaves(self.structure))
        return every > sum(1 for _ in _leaves(self.structure, settings=False))

    def with_gradients(self, gradients: Any, key: Any) -> "Parameters":
        """Return the same and those settings for which there is a gradient of their size.

        An object that holds gradients may have the settings of the one that holds parameters.
        """
        every = Parameters.of(self.structure, whole=True)
        found = gradient_of(gradients, every, key)
        twins = is_record(gradients)
        sized = {
            name
            for name, g in found.items()
            if g is not None and np.size(g) == every.arrays[name].size
            if not (twins and np.array_equal(g, every.arrays[name]))
        }
        arrays = {n: a for n, a in every.arrays.items() if n in self.arrays or n in sized}
        return replace(self, arrays=arrays)

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return sum(array.size for array in self.arrays.values())

    @cached_property
    def _keys(self) -> dict[Any, str] | None:
        """Names by their keys in a dictionary of arrays and nothing else, the usual structure."""
        whole = self.structure
        if not isinstance(whole, Mapping) or len(whole) != len(self.arrays):
            return None
        names = {key: str(key) for key in whole}
        return names if list(names.values()) == list(self.arrays) else None

    def rebuilt(self, values: Callable[[str], Any]) -> Any:
        """Return the structure with other values in the place of its arrays."""
        if self._keys is not None:
            return {key: values(name) for key, name in self._keys.items()}
        return _rebuilt(self.structure, "", self.arrays, values)


def _kind(value: Any) -> str:
    """Return ``f`` for floating-point numbers, ``i`` for whole ones and arrays of them."""
    if isinstance(value, np.ndarray | np.floating | np.integer):
        kind = value.dtype.kind
        return "i" if kind == "u" else kind if kind in "fi" else ""
    return {float: "f", int: "i"}.get(type(value), "")


def _is_called_setting(name: str) -> bool:
    return _SETTING.fullmatch(name.rpartition(".")[2]) is not None


def _is_narrow(value: Any) -> bool:
    """Say whether numbers have fewer digits than float64."""
    dtype = np.asarray(value).dtype
    return dtype.kind == "f" and dtype.itemsize < _DOUBLE


def _key(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def named_parts(structure: Any) -> dict[str, Any]:
    """Return what mappings, sequences and objects hold, by how it is reached: ``layers[0].W``."""
    return {name: value for name, value, _ in _parts(structure, "", of_object=False)}


def has_numbers(structure: Any) -> bool:
    """Say whether a structure holds real numbers at all."""
    return any(np.size(value) > 0 for _, value in _leaves(structure))


def _leaves(structure: Any, *, settings: bool = True) -> Iterator[tuple[str, Any]]:
    for name, value, of_object in _parts(structure, "", of_object=False):
        kind = _kind(value)
        is_setting = kind == "i" or (of_object and not isinstance(value, np.ndarray))
        is_setting = is_setting or (type(value) is float and _is_called_setting(name))
        if kind and (settings or not is_setting):
            yield name, value


def _parts(structure: Any, path: str, *, of_object: bool) -> Iterator[tuple[str, Any, bool]]:
    """Yield what a structure holds that is no structure: its name, it, whether in an object."""
    if isinstance(structure, Mapping):
        for key, value in structure.items():
            yield from _parts(value, _key(path, key), of_object=of_object)
    elif isinstance(structure, list | tuple):
        for at, value in enumerate(structure):
            yield from _parts(value, f"{path}[{at}]", of_object=of_object)
    elif is_record(structure) and path.count(".") < _DEEP:
        for name, value in attributes(structure).items():
            yield from _parts(value, _key(path, name), of_object=True)
    elif structure is not None:
        yield path or "theta", structure, of_object


def _rebuilt(
    structure: Any, path: str, names: Collection[str], values: Callable[[str], Any]
) -> Any:
    if isinstance(structure, Mapping):
        return {k: _rebuilt(v, _key(path, k), names, values) for k, v in structure.items()}
    if isinstance(structure, list | tuple):
        items = [_rebuilt(v, f"{path}[{at}]", names, values) for at, v in enumerate(structure)]
        if hasattr(structure, "_fields"):
            return type(structure)(*items)
        return type(structure)(items)
    name = path or "theta"
    if name in names:
        return values(name)
    if is_record(structure) and any(each.startswith(path) for each in names):

        def change(called: str, value: Any) -> Any:
            return _rebuilt(value, _key(path, called), names, values)

        return with_attributes(structure, change)
    return structure


def gradient_of(
    gradients: Any, parameters: Parameters, key: str | Callable[[str], str] | Mapping[str, str]
) -> dict[str, Any]:
    """Return what a backward pass gives for each parameter; ``None`` where it gives nothing.

    Parameters
    ----------
    gradients : Any
        A dictionary with names such as ``dW1``, or the structure of the parameters.
    parameters : Parameters
        Whose gradients.
    key : str, callable or mapping
        From the name of a parameter to that of its gradient; ``"d{}"`` also finds the
        other usual ones.

    Returns
    -------
    dict
        By the name of the parameter; as it was given.
    """
    names = list(parameters.arrays)
    if isinstance(gradients, Mapping) and not _nested(gradients):
        called = {str(name): gradient for name, gradient in gradients.items()}
        alike = key == PATTERNS[0] and _are_called_alike(called, names)
        return {name: called[name] if alike else _named(called, name, key) for name in names}
    given = named_parts(gradients)
    if set(given) >= set(names):
        return {name: given[name] for name in names}
    if isinstance(gradients, Sequence) and len(given) == len(names):
        return dict(zip(names, given.values(), strict=True))
    parts = _split(gradients, parameters) if len(names) > 1 else {}
    given = parts or named_parts(_as_arrays(gradients))
    if len(names) == 1 and len(given) == 1:
        return {names[0]: next(iter(given.values()))}
    if isinstance(gradients, Mapping) or is_record(gradients):
        return {name: _named(given, name, key) for name in names}
    return {name: given.get(name) for name in names}


def _split(gradients: Any, parameters: Parameters) -> dict[str, Any]:
    """Return the parts of one array that holds the gradients of all parameters, in their order."""
    if not hasattr(gradients, "reshape") or np.size(gradients) != parameters.count:
        return {}
    arrays = parameters.arrays
    if np.ndim(gradients) > 1 and any(array.ndim for array in arrays.values()):
        return {}  # as of an array of lists of numbers, and of no arrays of any shape
    flat, found, begin = gradients.reshape(-1), {}, 0
    for name, array in arrays.items():
        found[name] = flat[begin : begin + array.size].reshape(array.shape)
        begin += array.size
    return found


def _as_arrays(gradients: Any) -> Any:
    """Return gradients with arrays in the place of lists of numbers."""
    if isinstance(gradients, Mapping):
        return {name: _as_arrays(gradient) for name, gradient in gradients.items()}
    listed = isinstance(gradients, list | tuple) and len(gradients) > 0
    if listed and all(_kind(each) and np.ndim(each) == 0 for each in gradients):
        return np.array([*map(float, gradients)])
    return gradients


def given_gradient(
    gradients: Any, parameters: Parameters, key: str | Callable[[str], str] | Mapping[str, str]
) -> dict[str, Any]:
    """Return :func:`gradient_of` without what a recording may have left in the user's state.

    Parameters
    ----------
    gradients : Any
        What a backward pass returned.
    parameters : Parameters
        Whose gradients.
    key : str, callable or mapping
        From the name of a parameter to that of its gradient.

    Returns
    -------
    dict
        By the name of the parameter; ``None`` where nothing is given.

    Raises
    ------
    DataError
        If one is complex: what rounding leaves of an imaginary part is left out.
    """
    found = gradient_of(gradients, parameters, key)
    return {name: _as_real(name, plain(gradient)) for name, gradient in found.items()}


def _as_real(name: str, gradient: Any) -> Any:
    if not np.iscomplexobj(gradient):
        return gradient
    largest = float(np.max(np.abs(np.imag(gradient)), initial=0.0))
    if largest > _ROUNDED * float(np.max(np.abs(gradient), initial=0.0)):
        problem = f"is complex, with imaginary parts up to {largest:.3g}: it must be real"
        raise DataError.in_array("check_gradients", f"the gradient of {name}", problem)
    return np.real(gradient)


def _are_called_alike(gradients: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Say whether gradients are called as their parameters, which may be ``t`` and ``dt``."""
    own = all(name in gradients for name in names)
    return own and not all(PATTERNS[0].format(name) in gradients for name in names)


def _nested(gradients: Mapping[Any, Any]) -> bool:
    return any(isinstance(value, Mapping | list | tuple) for value in gradients.values())


def _named(
    gradients: Mapping[Any, Any], name: str, key: str | Callable[[str], str] | Mapping[str, str]
) -> Any:
    if isinstance(key, Mapping):
        return gradients.get(key.get(name, name))
    if callable(key):
        return gradients.get(key(name))
    path, _, last = name.rpartition(".")
    patterns = PATTERNS if key == PATTERNS[0] else (key,)
    for pattern in patterns:  # "fc.dW" of what is nested, "dfc.weight" where a dot is a dot
        for called in (_key(path, pattern.format(last)), pattern.format(name)):
            if called in gradients:
                return gradients[called]
    return None
