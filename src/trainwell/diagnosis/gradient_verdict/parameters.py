"""The parameters of a cost, however they are kept: named arrays in, the same structure out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.dispatch import plain
from trainwell.errors import ShapeError
from trainwell.types import FloatArray

Arrays = Mapping[str, FloatArray]
PATTERNS = ("d{}", "{}", "grad_{}", "{}_grad", "d_{}", "g{}", "g_{}", "grad{}", "D{}", "delta_{}")
"""How people call the gradient of a parameter."""


@dataclass(frozen=True, eq=False)
class Parameters:
    """Named arrays, and the structure they came in.

    Parameters
    ----------
    structure : Any
        A dictionary, list or tuple, also nested, or one array.
    arrays : mapping of str to FloatArray
        Copies of the arrays of floating-point numbers in it, by name; float64.
    """

    structure: Any
    arrays: Arrays

    @classmethod
    def of(cls, structure: Any) -> "Parameters":
        """Return the parameters in a structure, copied."""
        arrays = {name: np.array(value, dtype=np.float64) for name, value in _leaves(structure, "")}
        if not arrays:
            raise ShapeError.mismatch(
                "check_gradients", "params", type(structure).__name__, "with floating-point arrays"
            )
        return cls(structure, arrays)

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
        return _rebuilt(self.structure, "", values)


def _is_parameter(value: Any) -> bool:
    if isinstance(value, float):
        return True
    return isinstance(value, np.ndarray | np.floating) and value.dtype.kind == "f"


def _key(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def _leaves(structure: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(structure, Mapping):
        for key, value in structure.items():
            yield from _leaves(value, _key(path, key))
    elif isinstance(structure, list | tuple):
        for at, value in enumerate(structure):
            yield from _leaves(value, f"{path}[{at}]")
    elif _is_parameter(structure):
        yield path or "theta", structure


def _rebuilt(structure: Any, path: str, values: Callable[[str], Any]) -> Any:
    if isinstance(structure, Mapping):
        return {key: _rebuilt(value, _key(path, key), values) for key, value in structure.items()}
    if isinstance(structure, list | tuple):
        items = [_rebuilt(value, f"{path}[{at}]", values) for at, value in enumerate(structure)]
        if hasattr(structure, "_fields"):
            return type(structure)(*items)
        return type(structure)(items)
    return values(path or "theta") if _is_parameter(structure) else structure


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
        return {name: _named(gradients, name, key) for name in names}
    given = dict(_anything(gradients, ""))
    if len(names) == 1 and len(given) == 1:
        return {names[0]: next(iter(given.values()))}
    if set(given) >= set(names):
        return {name: given[name] for name in names}
    if isinstance(gradients, Mapping):
        return {name: _named(given, name, key) for name in names}
    if isinstance(gradients, Sequence) and len(given) == len(names):
        return dict(zip(names, given.values(), strict=True))
    return {name: given.get(name) for name in names}


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
    """
    return {name: plain(g) for name, g in gradient_of(gradients, parameters, key).items()}


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
    for pattern in (key, *PATTERNS):  # "fc.dW" of what is nested, "dfc.weight" where a dot is a dot
        for called in (_key(path, pattern.format(last)), pattern.format(name)):
            if called in gradients:
                return gradients[called]
    return None


def _anything(structure: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(structure, Mapping):
        for name, value in structure.items():
            yield from _anything(value, _key(path, name))
    elif isinstance(structure, list | tuple):
        for at, value in enumerate(structure):
            yield from _anything(value, f"{path}[{at}]")
    elif structure is not None:
        yield path or "theta", structure
