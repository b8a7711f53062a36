"""Parameters in numbers or containers that are not checked, and what to give in their place."""

from collections.abc import Mapping
from typing import Any

from trainwell.errors import DataError


def in_words(parts: Mapping[str, Any], otherwise: str) -> str:
    """Say what is no real array, and what could be given in its place.

    Parameters
    ----------
    parts : mapping of str to Any
        What a structure holds, by name.
    otherwise : str
        What is said if nothing is known of it.

    Returns
    -------
    str
        The first of them.
    """
    for name, value in parts.items():
        said = _in_its_place(value)
        if said:
            what, instead = said
            return f"{what}{'' if name == 'theta' else f' ({name})'}: give {instead}"
    return otherwise


def refuse_others(parts: Mapping[str, Any], gradients: Mapping[str, Any]) -> None:
    """Refuse parameters that would not be checked although there are gradients of them.

    Parameters
    ----------
    parts : mapping of str to Any
        What the parameters hold, by name.
    gradients : mapping of str to Any
        What was returned for each, ``None`` for nothing.

    Raises
    ------
    DataError
        With the name of the first, and what to give instead.
    """
    for name, value in parts.items():
        said = _in_its_place(value)
        if said and gradients.get(name) is not None:
            what, instead = said
            problem = f"was given as {what}, which is not checked: give {instead}"
            raise DataError.in_array("check_gradients", f"the parameter {name}", problem)


def _in_its_place(value: Any) -> tuple[str, str] | None:
    dtype = getattr(value, "dtype", None)
    if hasattr(value, "to_numpy"):
        return f"a {type(value).__name__}", "its numbers, .to_numpy()"
    if getattr(dtype, "names", None):
        return "a structured array", "its fields as a dictionary"
    if getattr(dtype, "kind", "") == "c" or isinstance(value, complex):
        return "complex numbers", "their real and imaginary parts"
    return None
