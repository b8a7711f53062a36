"""A small change of one recorded operation, and what it may be made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.recording import Edit, Step

Make = Callable[[Step], Edit | None]


@dataclass(frozen=True)
class Change:
    """A way to write an operation differently.

    Parameters
    ----------
    kind : str
        What was wrong if this mends it.
    cost : float
        How unlikely it is that somebody meant it: smaller is simpler.
    message : str
        What the statement should have done, for a person.
    make : callable
        From a recorded operation to the call in its place; ``None`` where it makes no sense.
    factor : float or None
        By what the result was too large, where it was a factor.
    was : float or None
        The number that another one takes the place of, where it is one.
    """

    kind: str
    cost: float
    message: str
    make: Make
    factor: float | None = None
    was: float | None = None


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What else an operation could have used.

    Parameters
    ----------
    constants : mapping of str to float
        Numbers with a name, such as ``m`` and the hyperparameters.
    pool : mapping of tuple to sequence of Step
        Recorded values by their shape.
    leaves : mapping of int to str
        Names of the parameters by the index of their step.
    boundary : int
        Index of the first step of the backward pass.
    is_derivative : callable
        Says whether a recorded value is a derivative as it stands.
    named : frozenset of int
        Indices of what statements give: a part of a formula is hardly meant by itself.
    """

    constants: Mapping[str, float]
    pool: Mapping[tuple[int, ...], Sequence[Step]]
    leaves: Mapping[int, str]
    boundary: int
    is_derivative: Callable[[Step], bool]
    named: frozenset[int]


POWERS = (
    (2, "a square is missing"),
    (3, "a cube is missing"),
    (-1, "the reciprocal is meant"),
    (0.5, "a root is missing"),
    (-0.5, "the root's reciprocal is meant"),
    (-2, "the square's reciprocal is meant"),
    (-1.5, "the power -1.5 is missing"),
    (1.5, "the power 1.5 is missing"),
)
"""Powers that are forgotten, and what is said then."""

COMPARISONS: Mapping[str, tuple[np.ufunc, str]] = {
    "greater": (np.greater, ">"),
    "greater_equal": (np.greater_equal, ">="),
    "less": (np.less, "<"),
    "less_equal": (np.less_equal, "<="),
    "equal": (np.equal, "=="),
    "not_equal": (np.not_equal, "!="),
}


def is_number(value: Any) -> bool:
    """Say whether an argument is a number that stands in the source, or was computed there."""
    real = isinstance(value, int | float | np.floating | np.integer | np.bool_)
    return real and not isinstance(value, bool | np.timedelta64)


def is_mask(value: Any) -> bool:
    """Say whether all elements are 0 or one other number, such as a mask's."""
    if not isinstance(value, np.ndarray) or value.ndim == 0 or value.size < 2:
        return False
    array = value
    if array.dtype.kind == "b":
        return True
    if array.dtype.kind in "iu":
        return bool(((array == 0) | (array == 1)).all())
    if array.dtype.kind != "f":
        return False
    others = array[array != 0]
    return bool(0 < others.size < array.size and (others == others.flat[0]).all())


def plain_value(argument: Any) -> Any:
    """Return the value of an argument, recorded or not."""
    return argument.value if isinstance(argument, Step) else argument


def kind_of(value: Any) -> str:
    """Return the letter of an array's kind of number."""
    return np.asarray(value).dtype.kind


def with_argument(step: Step, at: int, value: Any) -> Edit | None:
    """Return the same operation with another argument.

    Parameters
    ----------
    step : Step
        The operation.
    at : int
        Which argument.
    value : Any
        What stands in its place.

    Returns
    -------
    tuple or None
        ``None`` where there is no such argument.
    """
    if step.call is None or at >= len(step.arguments):
        return None
    changed = list(step.arguments)
    changed[at] = value
    return step.call, tuple(changed)


def _scaled(factor: float, call: Callable[..., Any], *values: Any) -> Any:
    return factor * np.asarray(call(*values))


def scaling(factor: float, cost: float = 1.1) -> Change:
    """Return the change that divides a result by a factor."""

    def make(step: Step) -> Edit | None:
        if step.call is None or kind_of(step.value) != "f":
            return None
        return partial(_scaled, 1 / factor, step.call), step.arguments

    return Change("sign" if factor == -1 else "factor", cost, "", make, factor)
