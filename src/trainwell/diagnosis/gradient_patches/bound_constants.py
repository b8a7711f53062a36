"""Objects that compiled code of the user's refers to as if they were constants."""

from types import CodeType
from typing import Any


def bound(code: CodeType, mark: str, value: Any) -> CodeType:
    """Return a code with an object in the place of a text, also in the functions within it.

    Parameters
    ----------
    code : CodeType
        Compiled from a tree in which the text stands for the object.
    mark : str
        The text, which nothing else is.
    value : Any
        The object.

    Returns
    -------
    CodeType
        It can be run, and not be written to a file.
    """
    constants = tuple(
        bound(each, mark, value) if isinstance(each, CodeType) else value if each == mark else each
        for each in code.co_consts
    )
    return code.replace(co_consts=constants)
